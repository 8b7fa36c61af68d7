from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from plait.worker.arrow_types import to_pandas
from plait.worker.prediction import predict_files
from plait.worker.script.outputs import output_table
from plait.worker.script.runner import run_group

from .groups import ROWS, file_table, payload

FIT = """
import plait.task as task
from sklearn.linear_model import LogisticRegression
frame = task.data.to_pandas()
model = LogisticRegression().fit(frame[["x", "y"]], frame["label"])
"""


def trained(folder: Path, script: str, **other: Any) -> Path:
    """The model folder that a script leaves."""
    answer = run_group(payload(folder, script, **other))
    assert answer["status"] == "success", answer["traceback"]
    return folder / answer["model"]["folder"]


def predicted(model: Path, folder: Path, table: pa.Table = ROWS, **other: Any) -> dict[str, Any]:
    """Predict `table` as one part, in this process."""
    given = file_table(folder / "given", table)
    folder.mkdir(exist_ok=True)
    return predict_files(
        {
            "model": str(model),
            "schema": table.schema.serialize().to_pybytes(),
            "files": [{"path": path, "row_groups": None} for path in given.files],
            "blocks": [],
            "batch_size": 3,
            "output": {"method": "lake", "folder": str(folder), "part": "part-00000"},
            "storage": {},
            **other,
        }
    )


def test_a_model_is_given_what_it_was_trained_on(tmp_path: Path) -> None:
    model = trained(tmp_path, FIT + "task.save_model(model)\n")
    shuffled = ROWS.select(["label", "y", "x"]).append_column("more", ROWS["x"])
    answer = predicted(model, tmp_path / "out", shuffled)
    assert answer["status"] == "success", answer
    out = pq.read_table(answer["file"])
    assert out.schema.names == ["label", "y", "x", "more", "prediction"]
    assert out["prediction"].to_pylist() == ROWS["label"].to_pylist()
    assert (answer["rows"], answer["bytes"]) == (8, Path(answer["file"]).stat().st_size)
    assert [p.name for p in (tmp_path / "out").iterdir() if p.is_file()] == ["part-00000.parquet"]


def test_the_folder_is_mlflows(tmp_path: Path) -> None:
    folder = trained(tmp_path, FIT + "task.save_model(model)\n", lock="numpy==2.0\nplus==1\n")
    model = yaml.safe_load((folder / "MLmodel").read_text())
    flavor = model["flavors"]["python_function"]
    assert (folder / flavor["code"] / f"{flavor['loader_module']}.py").is_file()
    assert (folder / flavor["data"] / "model.pkl").is_file()
    assert '"name": "x"' in model["signature"]["inputs"]
    assert "label" not in model["signature"]["inputs"]
    assert (folder / "requirements.txt").read_text() == "numpy==2.0\nplus==1\n"
    assert yaml.safe_load((folder / "python_env.yaml").read_text())["python"]


def test_requirements_without_a_lock_are_what_the_model_imports(tmp_path: Path) -> None:
    folder = trained(tmp_path, FIT + "task.save_model(model)\n")
    names = [line.partition("==")[0] for line in (folder / "requirements.txt").open()]
    assert {"cloudpickle", "pandas", "scikit-learn"} <= set(names)
    assert not {"ray", "plait", "pytest"} & set(names)


def test_a_function_and_its_helpers_travel_with_the_model(tmp_path: Path) -> None:
    script = """
import plait.task as task
from helper import double
def answer(frame):
    return double(frame["x"])
task.save_model(answer, name="twice", features=["x"])
"""
    answer = run_group(payload(tmp_path, script, ("helper", "def double(x):\n    return 2 * x\n")))
    assert answer["model"]["input"] == [("x", "double")]
    assert answer["model"]["output"] == [("twice", "double")]
    out = predicted(tmp_path / "group-0", tmp_path / "out", ROWS.select(["x"]))
    assert pq.read_table(out["file"])["twice"].to_pylist() == [2 * x for x in range(8)]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1] + '/code'); import pandas, plait_model_v1;"
        "model = plait_model_v1._load_pyfunc(sys.argv[1] + '/data');"
        "print(list(model.predict(pandas.DataFrame({'x': [4.0]}))))"
    )
    alone = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "group-0")], capture_output=True, text=True
    )
    assert "8.0" in alone.stdout, alone.stderr


def test_a_vector_column_becomes_a_matrix(tmp_path: Path) -> None:
    table = pa.table({"features": [[0.0, 1.0], [1.0, 0.0], [5.0, 1.0]], "label": [0, 0, 1]})
    script = """
import numpy as np, plait.task as task
from sklearn.tree import DecisionTreeClassifier
frame = task.data.to_pandas()
model = DecisionTreeClassifier().fit(np.stack(frame["features"]), frame["label"])
task.save_model(model, vector="features")
"""
    folder = trained(tmp_path, script, table=file_table(tmp_path / "v", table).payload())
    out = predicted(folder, tmp_path / "out", table)
    assert pq.read_table(out["file"])["prediction"].to_pylist() == [0, 0, 1]


def test_a_data_frame_brings_its_own_columns(tmp_path: Path) -> None:
    script = """
import pandas as pd, plait.task as task
def answer(frame):
    return pd.DataFrame({"low": frame["x"] - 1, "kind": ["a"] * len(frame)})
task.save_model(answer)
"""
    out = predicted(trained(tmp_path, script), tmp_path / "out")
    assert pq.read_table(out["file"]).schema.names == ["x", "y", "label", "low", "kind"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("save_model({})", "TypeError: save_model() takes an object with predict()"),
        ("save_model(model, features=['x', 'z'])", "the training table has no column(s) z"),
        ("save_model(model, features='x')", "TypeError: features is a list of column names"),
        ("save_model(model, vector='w')", "the training table has no column(s) w"),
        ("save_model(model, features=['x'])", "the model cannot predict the rows it was tried on"),
        ("save_model(lambda f: [1])", "the model answered 1 value(s) for 4 row(s)"),
        ("save_model(lambda f: 'a')", "the model answered a str"),
    ],
)
def test_what_cannot_be_saved_fails_the_script(tmp_path: Path, call: str, says: str) -> None:
    answer = run_group(payload(tmp_path, FIT + f"task.{call}\n"))
    assert (answer["status"], answer["line"]) == ("failed", 16)
    assert says in answer["error"]
    assert list(tmp_path.glob("group-0*")) == list(tmp_path.glob(".group-0*")) == []


def test_the_second_model_replaces_the_first(tmp_path: Path) -> None:
    script = FIT + "task.save_model(lambda f: f['x'])\ntask.save_model(model, name='kind')\n"
    out = predicted(trained(tmp_path, script), tmp_path / "out")
    assert pq.read_table(out["file"]).schema.names[-1] == "kind"


def test_a_script_that_fails_after_saving_gives_no_model(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, FIT + "task.save_model(model)\n1 / 0\n"))
    assert (answer["status"], answer["model"]) == ("failed", None)
    assert not (tmp_path / "group-0").exists()


def test_a_table_that_does_not_fit_the_model(tmp_path: Path) -> None:
    model = trained(tmp_path, FIT + "task.save_model(model)\n")
    lacking = predicted(model, tmp_path / "a", ROWS.select(["x"]))
    assert lacking["error"] == "the model needs the column(s) y; there is: x"
    taken = predicted(model, tmp_path / "b", ROWS.append_column("prediction", ROWS["x"]))
    assert "has a column 'prediction' already" in taken["error"]
    assert list((tmp_path / "b").glob("*.tmp")) == list((tmp_path / "b").glob(".*")) == []


@pytest.mark.parametrize("code", ["f['x'] + f['y']", "f.x + f.y", "f[['x', 'y']].sum(axis=1)"])
def test_a_column_that_only_the_models_code_names(tmp_path: Path, code: str) -> None:
    """Such a model is given all columns, and only its own failure shows which one it misses."""
    script = f"import plait.task as t\nt.save_model(lambda f: {code})\n"
    model = trained(tmp_path, script)
    answer = predicted(model, tmp_path / "out", ROWS.select(["x"]))
    assert answer["error"].startswith("the model needs the column(s) y; there is: x ("), answer
    assert "in <lambda>" in answer["traceback"]


def test_a_key_that_is_no_column_is_the_models_own_failure(tmp_path: Path) -> None:
    script = (
        "import plait.task as t\nt.save_model(lambda f: f['x'] if f['x'].min() < 2 else {}['z'])\n"
    )
    model = trained(tmp_path, script)
    answer = predicted(model, tmp_path / "out", ROWS.select(["x"]))
    assert answer["error"] == "KeyError: 'z'"


def test_a_model_that_fails_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    script = """
import plait.task as task
def answer(frame):
    if (frame["x"] > 4).any():
        raise ValueError("too large")
    return frame["x"]
task.save_model(answer)
"""
    out = predicted(trained(tmp_path, script), tmp_path / "out")
    assert (out["status"], out["error"]) == ("failed", "ValueError: too large")
    assert "in answer" in out["traceback"] and "apply.py" not in out["traceback"]
    assert [p for p in (tmp_path / "out").iterdir() if p.is_file()] == []


def test_a_model_has_to_keep_to_its_type(tmp_path: Path) -> None:
    script = """
import plait.task as task
task.save_model(lambda f: list(f["label"]) if f["x"].max() < 6 else list(f["x"] + 0.5))
"""
    out = predicted(trained(tmp_path, script), tmp_path / "out")
    assert "answered prediction double where it answered prediction int64 before" in out["error"]


def test_no_rows_give_no_rows_with_the_right_columns(tmp_path: Path) -> None:
    model = trained(tmp_path, FIT + "task.save_model(model)\n")
    out = predicted(model, tmp_path / "out", ROWS.slice(0, 0))
    assert out["rows"] == 0
    assert pq.read_table(out["file"]).schema.names == ["x", "y", "label", "prediction"]


def test_what_counts_as_an_answer() -> None:
    import numpy as np

    same = [1, 2]
    for answer in (
        same,
        tuple(same),
        np.array(same),
        np.array([same]).T,
        pd.Series(same, index=[5, 9]),
        pa.array(same),
        pa.chunked_array([same]),
        pd.DataFrame({"p": same}),
        {"p": same},
        pa.table({"p": same}),
    ):
        assert output_table(answer, 2, "p").to_pydict() == {"p": same}
    nested = output_table(np.array([[0.5, 0.5], [1.0, 0.0]]), 2, "p")
    assert nested.to_pydict() == {"p": [[0.5, 0.5], [1.0, 0.0]]}
    times = output_table(pd.Series(pd.to_datetime(["2020-01-01"])), 1, "p")
    assert times.schema.field("p").type == pa.timestamp("us")
    assert output_table(pd.Categorical(["a"]), 1, "p").schema.field("p").type == pa.string()
    for wrong in (7, None, "ab", np.float64(3)):
        with pytest.raises(TypeError):
            output_table(wrong, 1, "p")


def test_the_answers_name(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, FIT + "task.save_model(model, name=' ')\n"))
    assert answer["status"] == "failed" and "is empty" in answer["error"]
    model = trained(tmp_path, FIT + "task.save_model(model, name='LABEL')\n")
    out = predicted(model, tmp_path / "out")
    assert out["status"] == "failed" and "has a column 'LABEL' already" in out["error"]


def test_a_model_whose_files_are_missing(tmp_path: Path) -> None:
    model = trained(tmp_path, FIT + "task.save_model(model)\n")
    (model / "data" / "model.json").unlink()
    out = predicted(model, tmp_path / "out")
    assert out["status"] == "failed" and "is broken" in out["error"]
    assert out["traceback"] is None


def test_decimals_have_one_type_whatever_their_digits(tmp_path: Path) -> None:
    """The model is tried on five rows of few digits, and then meets more of them."""
    rows = pa.table({"d": pa.array([Decimal(n) for n in (1, 2, 3, 4, 5, 6, 700000)])})
    data = file_table(tmp_path / "rows", rows).payload()
    script = 'import plait.task as t\nt.save_model(lambda f: f["d"] / 4)\n'
    answer = predicted(trained(tmp_path, script, table=data), tmp_path / "out", rows)
    assert answer["status"] == "success", answer
    out = pq.read_table(answer["file"])["prediction"]
    assert out.type == pa.decimal128(38, 18)
    assert out.to_pylist() == [Decimal(n) / 4 for n in (1, 2, 3, 4, 5, 6, 700000)]


def test_decimals_inside_of_other_types_and_those_of_arrow() -> None:
    """A type that the model's writer chose stays; a Decimal too long is refused, not rounded."""
    wide, one = pa.decimal128(38, 18), Decimal("1.5")
    assert output_table([[one]], 1, "p").schema.field("p").type.value_type == wide
    assert output_table([{"a": one}], 1, "p").schema.field("p").type[0].type == wide
    chosen = pa.array([one], pa.decimal128(5, 2))
    assert output_table(chosen, 1, "p").schema.field("p").type == pa.decimal128(5, 2)
    series = pd.Series([one], dtype=pd.ArrowDtype(pa.decimal128(5, 2)))
    assert output_table(series, 1, "p").schema.field("p").type == pa.decimal128(5, 2)
    for long in (Decimal(10) ** 30, Decimal("1e-19")):
        with pytest.raises(ValueError, match=r"kept as decimal\(38, 18\)"):
            output_table([long], 1, "p")


def test_types_that_spark_lacks_inside_of_others() -> None:
    answer = pa.table(
        {
            "list": pa.array([[255]], pa.list_(pa.uint8())),
            "struct": pa.array([{"a": 2**64 - 1}], pa.struct([("a", pa.uint64())])),
            "word": pa.array(["x"]).dictionary_encode(),
        }
    )
    out = output_table(answer, 1, "p")
    assert out.to_pylist() == [{"list": [255], "struct": {"a": Decimal(2**64 - 1)}, "word": "x"}]
    assert [str(kind) for kind in out.schema.types] == [
        "list<element: int16>", "struct<a: decimal128(20, 0)>", "string",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pa.table([[1], [2]], names=["a", "A"]),
        {1: [1], "1": [2]},
    ],
)
def test_two_columns_of_one_name_are_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="two columns of the name"):
        output_table(answer, 1, "p")


def test_integers_are_never_rounded_on_their_way_to_pandas(tmp_path: Path) -> None:
    """float64, pandas' own choice for integers with nulls, is exact up to 2^53 alone."""
    big = 2**53 + 1
    rows = pa.table(
        {
            "big": pa.array([big, None]),
            "unsigned": pa.array([2**64 - 1, None], pa.uint64()),
            "small": pa.array([2**53, None]),
            "full": pa.array([big, -big]),
            "list": pa.array([[big, None], None]),
            "struct": pa.array([{"a": big}, {"a": None}]),
            "map": pa.array([[("k", big)], [("k", None)]], pa.map_(pa.string(), pa.int64())),
        }
    )
    frame = to_pandas(rows)
    frame = to_pandas(rows)
    kinds = {name: str(frame[name].dtype) for name in ("big", "unsigned", "small", "full")}
    assert kinds == {"big": "Int64", "unsigned": "UInt64", "small": "float64", "full": "int64"}
    assert (frame["big"][0], frame["unsigned"][0], frame["list"][0][0]) == (big, 2**64 - 1, big)
    assert (frame["struct"][0]["a"], frame["map"][0]) == (big, [("k", big)])
    given = rows.select(["big"])
    script = """
import plait.task as task
assert int(task.data.to_pandas()["big"].max()) == 2**53 + 1
task.save_model(lambda f: f["big"])
"""
    model = trained(tmp_path, script, table=file_table(tmp_path / "rows", given).payload())
    answer = predicted(model, tmp_path / "out", given)
    assert pq.read_table(answer["file"])["prediction"].to_pylist() == [big, None]
