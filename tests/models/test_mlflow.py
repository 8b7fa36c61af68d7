"""A saved model is MLflow's: opened by MLflow itself, in an environment without plait."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from uv import find_uv_bin

from plait.exchange.ray_table import RayTable
from plait.worker.script.runner import run_group

ENVIRONMENT = Path("~/.cache/plait/test-envs/mlflow-1").expanduser()
PACKAGES = ["mlflow-skinny>=2.17", "numpy", "pandas<3", "scikit-learn", "cloudpickle"]

ROWS = pa.table(
    {
        "x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        "y": [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        "label": [0, 0, 0, 0, 1, 1, 1, 1],
    }
)
OPEN = """
import json, sys, warnings
import mlflow.pyfunc, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
frame = pandas.DataFrame(json.load(open(sys.argv[2])))
answer = model.predict(frame)
print(json.dumps({
    "answer": pandas.DataFrame(answer).values.tolist(),
    "inputs": model.metadata.get_input_schema().input_names(),
    "plait": any(name.split(".")[0] == "plait" for name in sys.modules),
}))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment with MLflow, built once and then reused."""
    import sklearn

    interpreter = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "complete").is_file():
        packages = [*PACKAGES, f"scikit-learn=={sklearn.__version__}"]
        for arguments in (
            ["venv", "--clear", "--quiet", str(ENVIRONMENT)],
            ["pip", "install", "--quiet", "--python", str(interpreter), *packages],
        ):
            subprocess.run([find_uv_bin(), *arguments], check=True)
        (ENVIRONMENT / "complete").touch()
    return interpreter


def save(folder: Path, script: str, table: pa.Table) -> Path:
    """Run a script that saves a model trained on `table`; the model's folder."""
    block = RayTable("data", table.schema, len(table), table.nbytes, blocks=(table,))
    answer = run_group(
        {
            "scripts": [{"name": "s", "text": script, "file": "s.mlsql", "first_line": 1}],
            "entry_point": "s",
            "group": 0,
            "params": {},
            "system_params": {},
            "table": block.payload(),
            "validation": None,
            "file_format": None,
            "model_folder": str(folder / "group-0"),
            "work_folder": str(folder / "work"),
            "keep_work": False,
            "storage": {},
            "lock": None,
        }
    )
    assert answer["status"] == "success", answer["traceback"]
    return folder / "group-0"


def opened(python: Path, model: Path, folder: Path, table: pa.Table) -> dict[str, object]:
    frame = folder / "frame.json"
    frame.write_text(json.dumps(table.to_pydict()))
    ended = subprocess.run(
        [python, "-c", OPEN, model, frame], capture_output=True, text=True, cwd=folder
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def test_mlflow_opens_an_estimator(tmp_path: Path, python: Path) -> None:
    script = """
import plait.task as task
from sklearn.linear_model import LogisticRegression
frame = task.data.to_pandas()
task.save_model(LogisticRegression().fit(frame[["x", "y"]], frame["label"]))
"""
    seen = opened(python, save(tmp_path, script, ROWS), tmp_path, ROWS)
    assert seen["answer"] == [[label] for label in ROWS["label"].to_pylist()]
    assert seen["inputs"] == ["x", "y"]
    assert seen["plait"] is False


def test_mlflow_opens_a_function_over_an_array_column(tmp_path: Path, python: Path) -> None:
    script = """
import plait.task as task
def total(matrix):
    return matrix.sum(axis=1)
task.save_model(total, vector="features")
"""
    table = pa.table({"features": [[0.0, 1.5], [2.0, 3.0]], "label": [0, 1]})
    seen = opened(python, save(tmp_path, script, table), tmp_path, table)
    assert seen["answer"] == [[1.5], [5.0]]
