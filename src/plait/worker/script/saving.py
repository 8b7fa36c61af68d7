"""Write a model folder in MLflow's format: `MLmodel`, the pickled object, a small loader.

MLmodel            flavors.python_function, signature, times
code/plait_model_v1.py   the loader, a copy of worker/script/loader.py
data/model.pkl     the object, by cloudpickle
data/model.json    the columns it is given and those there were, the name and types of its answer
requirements.txt, python_env.yaml   what it needs
"""

from __future__ import annotations

import base64
import inspect
import json
import os
import pickle
import platform
import shutil
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.worker.arrow_types import to_pandas
from plait.worker.messages import ModelDescription
from plait.worker.script import loader
from plait.worker.script.outputs import output_table
from plait.worker.script.table import TaskTable, needs_pandas

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

LOADER_MODULE = "plait_model_v1"
_SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """What `save_model` was asked for, and the lock of the environment it runs in."""

    name: str
    features: tuple[str, ...] | None
    vector: str | None
    requirements: tuple[str, ...] | None
    lock: str | None


def save(
    obj: Any, folder: Path, options: SaveOptions, table: TaskTable, example: Any
) -> ModelDescription:
    """Write `obj` to `folder`, which appears whole, after it was read back and tried.

    Raises TypeError and ValueError as `save_model` says.
    """
    if not (hasattr(obj, "predict") or callable(obj)):
        raise TypeError(
            f"save_model() takes an object with predict(), or a function; "
            f"a {type(obj).__name__} is neither"
        )
    features = _features(obj, options)
    given = table.schema if example is None else _schema_of(example)
    _check_columns(features, given, options, example is None)
    inputs = given if features is None else _subset(given, features)
    staged = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        modules = _write_object(obj, staged, features, options, given.names)
        output = _try(staged, table, example, inputs.names, options.name)
        _describe(staged, inputs, output, options, modules)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return {
        "folder": folder.name,
        "features": None if features is None else list(features),
        "input": _pairs(inputs),
        "output": None if output is None else _pairs(output),
    }


def _features(obj: Any, options: SaveOptions) -> tuple[str, ...] | None:
    if options.vector is not None:
        return (options.vector,)
    if options.features is not None:
        return options.features
    try:
        names = obj.feature_names_in_
    except Exception:
        return None
    return tuple(str(name) for name in names)


def _check_columns(
    features: tuple[str, ...] | None, schema: pa.Schema, options: SaveOptions, of_table: bool
) -> None:
    missing = [name for name in features or () if name not in schema.names]
    chosen = options.features is not None or options.vector is not None
    if missing and (chosen or not of_table):
        where = "the training table" if of_table else "the example"
        raise ValueError(
            f"save_model(): {where} has no column(s) {', '.join(missing)}; "
            f"there is: {', '.join(schema.names)}"
            + ("; give example= when the model's input is another table" if of_table else "")
        )
    if missing:
        raise ValueError(
            f"save_model(): the model was trained on column(s) that the training table lacks: "
            f"{', '.join(missing)}; give example=, some rows of what it is to predict"
        )


def _write_object(
    obj: Any,
    staged: Path,
    features: tuple[str, ...] | None,
    options: SaveOptions,
    given: list[str],
) -> frozenset[str]:
    """Write code and data; returns the modules that reading the object back needs."""
    import cloudpickle

    (staged / "code").mkdir(parents=True)
    (staged / "data").mkdir()
    (staged / "code" / f"{LOADER_MODULE}.py").write_text(inspect.getsource(loader), "utf-8")
    with (staged / "data" / "model.pkl").open("wb") as file:
        cloudpickle.dump(obj, file)
    about: dict[str, Any] = {
        "format": 1,
        "features": None if options.vector or features is None else list(features),
        "vector": options.vector,
        "name": options.name,
        "given": given,
        "output": None,
    }
    _write_json(staged / "data" / "model.json", about)
    with (staged / "data" / "model.pkl").open("rb") as file:
        reader = _Recorder(file)
        reader.load()
    return frozenset(reader.modules)


class _Recorder(pickle.Unpickler):
    """An unpickler that notes the top-level modules it had to import."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.modules: set[str] = set()

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        self.modules.add(module_name.partition(".")[0])
        return super().find_class(module_name, global_name)


def _try(
    staged: Path, table: TaskTable, example: Any, given: list[str], name: str
) -> pa.Schema | None:
    """Predict a few rows with the model as it was saved; the schema of its answer.

    Raises ValueError with the model's own failure as its cause.
    """
    needs_pandas("save_model()")
    frame = _as_frame(example) if example is not None else to_pandas(table.head(_SAMPLE_ROWS))
    frame = frame.head(_SAMPLE_ROWS)
    if not len(frame):
        return None
    try:
        answer = loader._load_pyfunc(str(staged / "data")).predict(frame)
        schema: pa.Schema = output_table(answer, len(frame), name).schema
    except Exception as problem:
        raise ValueError(
            f"save_model(): the model cannot predict the rows it was tried on "
            f"(column(s) {', '.join(given)}): "
            f"{type(problem).__name__}: {problem}; say which columns it is given by features=, "
            "or give example="
        ) from problem
    about = json.loads((staged / "data" / "model.json").read_text("utf-8"))
    about["output"] = base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")
    _write_json(staged / "data" / "model.json", about)
    return schema


def _describe(
    staged: Path,
    inputs: pa.Schema,
    output: pa.Schema | None,
    options: SaveOptions,
    modules: frozenset[str],
) -> None:
    """Write MLmodel, requirements.txt and python_env.yaml."""
    import yaml

    needed = _requirements(options, modules)
    (staged / "requirements.txt").write_text("".join(f"{line}\n" for line in needed), "utf-8")
    python_env = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    (staged / "python_env.yaml").write_text(yaml.safe_dump(python_env, sort_keys=False), "utf-8")
    model: dict[str, Any] = {
        "flavors": {
            "python_function": {
                "loader_module": LOADER_MODULE,
                "code": "code",
                "data": "data",
                "env": {"virtualenv": "python_env.yaml"},
                "python_version": platform.python_version(),
            }
        },
        "model_uuid": uuid.uuid4().hex,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    signature = _signature(inputs, output)
    if signature is not None:
        model["signature"] = signature
    (staged / "MLmodel").write_text(yaml.safe_dump(model, sort_keys=False), "utf-8")


def _requirements(options: SaveOptions, modules: frozenset[str]) -> list[str]:
    if options.requirements is not None:
        return list(options.requirements)
    if options.lock:
        return options.lock.strip().splitlines()
    distributions = metadata.packages_distributions()
    roots = {*modules, "cloudpickle", "pandas"} - set(sys.stdlib_module_names)
    names = {name for root in roots for name in distributions.get(root, ())}
    return sorted(f"{name}=={metadata.version(name)}" for name in names)


def _signature(inputs: pa.Schema, output: pa.Schema | None) -> dict[str, Any] | None:
    """MLflow's signature; None when a column has a type that MLflow does not know."""
    parts: dict[str, Any] = {}
    for side, schema in (("inputs", inputs), ("outputs", output)):
        columns = [_mlflow_column(field) for field in schema or ()]
        if None in columns:
            return None
        parts[side] = json.dumps(columns) if schema is not None else None
    return {**parts, "params": None}


def _mlflow_column(field: pa.Field) -> dict[str, Any] | None:
    import pyarrow as pa

    item = field.type
    if pa.types.is_list(item) or pa.types.is_large_list(item):
        inner = _mlflow_type(item.value_type)
        kind: dict[str, Any] = {"type": "array", "items": {"type": inner}}
    else:
        inner = _mlflow_type(item)
        kind = {"type": inner}
    return None if inner is None else {**kind, "name": field.name, "required": True}


def _mlflow_type(kind: pa.DataType) -> str | None:
    import pyarrow as pa

    known = {
        pa.bool_(): "boolean",
        pa.int8(): "integer",
        pa.int16(): "integer",
        pa.int32(): "integer",
        pa.int64(): "long",
        pa.float32(): "float",
        pa.float64(): "double",
        pa.string(): "string",
        pa.large_string(): "string",
        pa.binary(): "binary",
    }
    return "datetime" if pa.types.is_timestamp(kind) else known.get(kind)


def _schema_of(example: Any) -> pa.Schema:
    import pyarrow as pa

    if isinstance(example, (pa.Table, pa.RecordBatch)):
        return example.schema
    return pa.Schema.from_pandas(_as_frame(example), preserve_index=False)


def _as_frame(example: Any) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    if isinstance(example, pd.DataFrame):
        return example
    if isinstance(example, pa.Table):
        return to_pandas(example)
    if hasattr(example, "to_pandas"):
        frame: pd.DataFrame = example.to_pandas()
        return frame
    raise TypeError(f"example= takes a data frame, not a {type(example).__name__}")


def _subset(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([schema.field(name) for name in names])


def _pairs(schema: pa.Schema) -> list[tuple[str, str]]:
    return [(field.name, str(field.type)) for field in schema]


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
