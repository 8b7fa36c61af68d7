"""What the shell offers at each place; what it offers is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.plan.formats import FORMATS
from plait.shell.completion import completions


class Names:
    def tables(self) -> tuple[str, ...]:
        return ("orders", "odd", "shop.revenue")

    def columns(self, table: str) -> tuple[str, ...]:
        return {"orders": ("day", "price"), "shop.revenue": ("month",)}.get(table, ())

    def variables(self) -> tuple[str, ...]:
        return ("fit", "day")


def offered(before: str) -> list[str]:
    """The whole texts that the candidates make of `before`."""
    return [
        before[: len(before) - each.length] + each.text for each in completions(before, Names())
    ]


@pytest.mark.parametrize(
    ("before", "among"),
    [
        ("", "load"),
        ("select 1 as t;\nsa", "select 1 as t;\nsave"),
        ("lo", "load"),
        ("load cs", "load csv.`"),
        ("load csv.`x` ", "load csv.`x` where"),
        ("load csv.`x` w", "load csv.`x` where"),
        ("load csv.`x` where he", 'load csv.`x` where header="'),
        ('load csv.`x` where header="t', 'load csv.`x` where header="true"'),
        ("load csv.`x` where header=", 'load csv.`x` where header="true"'),
        ('load csv.`x` where header="true" ', 'load csv.`x` where header="true" and'),
        ("load hive.`sh", "load hive.`shop.revenue`"),
        ("load script.`f", "load script.`fit`"),
        ("save ", "save overwrite"),
        ("save overwrite or", "save overwrite orders"),
        ("save orders as p", "save orders as parquet.`"),
        ("save orders as csv.`x` partitionBy pr", "save orders as csv.`x` partitionBy price"),
        ("train orders as Py", "train orders as PythonAlg.`"),
        (
            "train odd as PythonAlg.`m` where val",
            'train odd as PythonAlg.`m` where validateTable="',
        ),
        ("train odd as PythonAlg.`m` where fitP", "train odd as PythonAlg.`m` where fitParam.0."),
        (
            "predict odd as SKLearn.`m` where model",
            'predict odd as SKLearn.`m` where modelVersion="',
        ),
        ("select max(pr", "select max(price"),
        ("!", "!show"),
        ("!show ", "!show models"),
        ("!desc od", "!desc odd"),
        ('set a="1" where type="d', 'set a="1" where type="defaultParam"'),
        ("select price from or", "select price from orders"),
        ("select * from orders where p", "select * from orders where price"),
        ("select o.p from orders o where o.", "select o.p from orders o where o.price"),
        ("select * from shop.", "select * from shop.revenue"),
        ("select * from shop.revenue where mo", "select * from shop.revenue where month"),
        ("select regexp_repl", "select regexp_replace"),
        ("load csv.`${d", "load csv.`${day}"),
    ],
)  # fmt: skip
def test_what_may_follow(before: str, among: str) -> None:
    assert among in offered(before)


def test_every_format_that_can_be_read_or_saved_is_offered() -> None:
    assert {f"load {name}.`" for name, spec in FORMATS.items() if spec.reads} < set(
        offered("load ")
    )
    saved = {f"save odd as {name}.`" for name, spec in FORMATS.items() if spec.writes}
    assert saved == set(offered("save odd as "))


def test_given_options_and_refused_words_are_not_offered() -> None:
    assert not [
        o for o in offered('load csv.`x` where header="true" and ') if o.endswith('header="')
    ]
    assert "truncate" not in offered("")
    assert offered("select 'text ") == []
    assert offered("!nothing ") == offered("load wrong wrong ") == []
    assert offered("select 1 -- load") == offered("/* lo") == []
    assert "price" not in "".join(offered("select * from odd where pr"))  # not its column


def test_paths_are_those_of_this_machine(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "days.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert offered("load csv.`da") == ["load csv.`data/"]
    assert offered("load csv.`data/d") == ["load csv.`data/days.csv", "load csv.`data/deep/"]
    assert offered(f"load csv.`{tmp_path}/data/day") == [f"load csv.`{tmp_path}/data/days.csv"]
