"""The first record of CSV files, taken apart without an engine; and what stops a file early."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from plait.data import json_schema
from plait.data.csv_layout import CsvLayout
from plait.data.csv_quotes import odd_quotes
from plait.data.sources import check, resolve
from plait.errors import DataError
from plait.plan.locations import PathTarget
from plait.worker import json_shapes


@pytest.mark.parametrize(
    ("text", "fields", "options"),
    [
        ("a,b\n", ["a", "b"], {}),
        ("\r\n\n a ,\n", [" a ", ""], {}),
        ('"a,1","b""c",""\r\n', ["a,1", 'b"c', ""], {}),
        ('"a\nb",c\n', ["a\nb", "c"], {}),
        ('"a"b,12" pipe\n', ['"a"b', '12" pipe'], {}),
        ('"never,closed\n', ['"never', "closed"], {}),
        ("a||b|c||\n", ["a", "b|c", ""], {"sep": "||"}),
        ("a\tb\n", ["a", "b"], {"delimiter": "\\t"}),
        ('"a\\"b","c"\n', ['a"b', "c"], {"escape": "\\"}),
        ('"a",b\n', ['"a"', "b"], {"quote": ""}),
        ("# of it\na\n", ["a"], {"comment": "#"}),
        ('"a\nb",c\n', ['"a'], {"multiline": False}),
    ],
)
def test_the_first_record(
    tmp_path: Path, text: str, fields: list[str], options: dict[str, object]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8", newline="")
    assert CsvLayout.of(options).first_fields([file]) == fields


def test_a_field_may_be_long_and_a_record_wide(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("x" * 300_000 + "," + ",".join(f"c{i}" for i in range(20_000)) + "\n")
    assert len(CsvLayout.of({"header": True}).names([file])) == 20_001


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("cut.csv.gz", gzip.compress(b"a,b\n" * 5000, mtime=0)[:-30], (), "cannot be unpacked"),
        ("odd.csv", b"a,b\n1,2\n", (("encoding", "utf-16"),), "not text of the encoding"),
        (
            "deep.json",
            b'{"a":' * 5000 + b"1" + b"}" * 5000,
            (),
            "line 1, has more than 30 levels",
        ),
        ("half.json", b'{"a":1}\n{"a":\n', (), None),
    ],
)
def test_a_broken_file_is_a_data_error(
    tmp_path: Path, name: str, content: bytes, options: tuple[tuple[str, str], ...], says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    source = resolve(
        PathTarget.of("json" if "json" in name else "csv", str(tmp_path / name)), options
    )
    if says is None:
        check(source)  # only the first line is looked at
        with pytest.raises(DataError, match=r"half\.json, line 2, is not JSON"):
            json_schema.json_lines([tmp_path / name])
        return
    with pytest.raises(DataError, match=says):
        check(source)


def test_the_types_of_json_are_those_of_spark(tmp_path: Path) -> None:
    lines = [
        '{"id":12345678901234567890,"both":1,"wide":1,"far":1,"neg":-0,"e":"","only":{},"x":[{}]}',
        '{"id":98765432109876543210,"both":12345678901234567890,"wide":1.5,"far":1e3}',
        '{"nine":9999999999999999999,"wide":12345678901234567890,"arr":[1,2.5],"\\ud83d\\ude00":1}',
        '{"far":' + "9" * 39 + ',"\\uffee":true,"mix":[1,"a"],"obj":{"b":null},"":1,"nul":null}',
    ]
    (tmp_path / "t.json").write_text("\n".join(lines), encoding="utf-8")
    schema = json_schema.json_lines([tmp_path / "t.json"]).schema()
    assert [(field.name, field.dataType.simpleString()) for field in schema.fields] == [
        ("arr", "array<double>"),
        ("both", "decimal(20,0)"),
        ("e", "string"),
        ("far", "double"),
        ("id", "decimal(20,0)"),
        ("mix", "array<string>"),
        ("neg", "bigint"),
        ("nine", "decimal(19,0)"),
        ("nul", "string"),
        ("obj", "struct<b:string>"),
        ("wide", "double"),
        ("\U0001f600", "bigint"),
        ("\uffee", "boolean"),
    ]


def test_empty_text_among_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"a":[{"n":""}]}\n{"a":[{"n":5}]}\n')
    lines = json_schema.json_lines([tmp_path / "t.json"])
    with pytest.raises(DataError, match=r"field 'a\[\]\.n' is empty text"):
        lines.schema()


def test_shapes_of_parts_are_merged() -> None:
    first: json_shapes.Shape = {}
    second: json_shapes.Shape = {}
    for shape, value in ((first, {"a": 1, "b": [10**25]}), (second, {"a": "x", "b": [10**30]})):
        json_shapes.see(shape, value)
    json_shapes.merge(first, second)
    assert first["fields"]["b"]["item"] == {"digits": 31, "kinds": ["big"]}
    assert sorted(first["fields"]["a"]["kinds"]) == ["int", "str"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a,b\n"x","y"\n', None),
        (b'\xef\xbb\xbf"a","say ""hi"""\r\n"","x,\ny"', None),
        (b'a,b\r\n1,"x\r\ny"\r\n', 2),
        (b'a,b\n1,"x"y\n', 2),
        (b'a,b\n1,"x\n\n\\"y\\""\n', 2),
        (b'size,b\n12" pipe,"3"" pipe"\na"b"c,1\n', None),
        (b'a,b\n1,""x\n', 2),
        (b'a,b\n1,"never\n2,closed\n', 2),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_odd_quotes_are_found_at_their_line(
    tmp_path: Path, content: bytes, line: int | None, packed: bool
) -> None:
    file = tmp_path / ("t.csv.gz" if packed else "t.csv")
    file.write_bytes(gzip.compress(content) if packed else content)
    found = odd_quotes([file], CsvLayout.of({}))
    assert (found.line if found else None) == line


def test_quotes_are_followed_from_block_to_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plait.data.csv_quotes._BLOCK_BYTES", 3)
    file = tmp_path / "t.csv"
    file.write_bytes(b'a,b\n"1\n2\n3","x"\n"y",""""\n')
    assert odd_quotes([file], CsvLayout.of({})) is None
    one_line = odd_quotes([file], CsvLayout.of({"multiline": False}))
    assert one_line is not None
    assert (one_line.line, one_line.what) == (2, "a line end within quotes")
