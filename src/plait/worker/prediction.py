"""Predict one part of a table with a saved model, batch by batch."""

from __future__ import annotations

import base64
import importlib.util
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.worker.arrow_types import any_part, to_pandas
from plait.worker.messages import Access, PartAnswer, PredictionAnswer, PredictionRequest
from plait.worker.scratch import fetched
from plait.worker.script.outputs import output_table
from plait.worker.script.saving import LOADER_MODULE
from plait.worker.script.source import headline
from plait.worker.script.table import block_of, is_lost, needs_pandas
from plait.worker.storage import environment, parquet
from plait.worker.transport.parts import ApplyError, counted, write_part

if TYPE_CHECKING:
    import pyarrow as pa


def predict_files(request: PredictionRequest) -> PredictionAnswer:
    """Predict a part of a table and write it, with the model's columns, to where it is wanted.

    A failure is an answer. Raises KeyboardInterrupt alone (the task was cancelled).
    """
    try:
        with environment(request["storage"]):
            return {"status": "success", **_predict(request)}
    except ApplyError as problem:
        cause = problem.__cause__
        shown = None if cause is None else _model_traceback(cause)
        return {"status": "failed", "error": str(problem), "traceback": shown}
    except Exception as problem:
        return {
            "status": "failed",
            "error": headline(problem),
            "traceback": _model_traceback(problem),
            "lost": is_lost(problem),
        }


def _predict(request: PredictionRequest) -> PartAnswer:
    import pyarrow as pa

    needs_pandas("predict")
    model = SavedModel(_fetched(request["model"], request["storage"]))
    given = pa.ipc.read_schema(pa.py_buffer(request["schema"]))
    tables = counted(_extended(model, _batches(request, given), given))
    return write_part(tables, request["output"], request["storage"])


def _extended(
    model: SavedModel, batches: Iterator[pa.Table], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Every batch with the model's columns; of no batches one without rows, for its schema."""
    rows = 0
    for batch in batches:
        rows += len(batch)
        yield model.extend(batch)
    if not rows:
        yield model.extend(schema.empty_table())


def _fetched(model: str, access: Access) -> Path:
    try:
        return fetched(model, access)
    except (OSError, ValueError) as problem:
        raise ApplyError(f"the model {model} cannot be read: {problem}") from None


def _batches(request: PredictionRequest, schema: pa.Schema) -> Iterator[pa.Table]:
    """The part of the table, as tables of at most `batch_size` rows."""
    import pyarrow as pa

    size = request["batch_size"]
    for given in request["files"]:
        with parquet(given["path"], request["storage"]) as file:
            for batch in file.iter_batches(batch_size=size, row_groups=given["row_groups"]):
                yield pa.Table.from_batches([batch]).cast(schema)
    for part in request["blocks"]:
        block = block_of(part["block"])
        start, stop = (len(block) * n // part["parts"] for n in (part["part"], part["part"] + 1))
        for at in range(start, stop, size):
            yield block.slice(at, min(size, stop - at)).cast(schema)


class SavedModel:
    """A model folder, opened by the loader that lies in it."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ApplyError(
                f"there is no folder {folder} on the node that predicts; a model that several "
                "machines use lies in s3a://… or hdfs://…"
            )
        try:
            about = json.loads((folder / "data" / "model.json").read_text("utf-8"))
        except (OSError, ValueError) as problem:
            raise ApplyError(f"the model in {folder} is broken: {problem}") from None
        self._name: str = about["name"]
        self._needs = [about["vector"]] if about["vector"] else about["features"]
        self._trained_on: list[str] = about.get("given", [])  # older models do not say
        self._output = _schema(about["output"])
        self._model = _open(folder)

    def extend(self, table: pa.Table) -> pa.Table:
        """`table` with the model's columns appended.

        Raises ApplyError for a column that is missing or taken, and for an answer of another
        type than the model gave before; and whatever the model raises.
        """
        answer = self._answer(table)
        there = {name.lower() for name in table.schema.names}
        for column in answer.schema.names:
            if column.lower() in there:
                raise ApplyError(taken_column(column))
        for field, column in zip(answer.schema, answer.columns, strict=True):
            table = table.append_column(field, column)
        return table

    def _answer(self, table: pa.Table) -> pa.Table:
        if not len(table):
            if self._output is None:
                raise ApplyError(
                    "the table has no rows and the model never answered any: "
                    "the columns of the result are unknown"
                )
            return self._output.empty_table()
        given = table if self._needs is None else table.select(self._existing(table))
        answer = output_table(self._predicted(given), len(table), self._name)
        if self._output is None:
            self._output = answer.schema
        return self._as_before(answer)

    def _predicted(self, given: pa.Table) -> Any:
        """What the model answers. Raises ApplyError when it misses a column of its training."""
        try:
            return self._model.predict(to_pandas(given))
        except Exception as problem:
            lacking = set(self._trained_on) - set(given.schema.names)
            missing = sorted(name for name in lacking if f"'{name}'" in str(problem))
            if not missing:
                raise
            text = missing_columns(missing, given.schema.names)
            raise ApplyError(f"{text} ({headline(problem)})") from problem

    def _existing(self, table: pa.Table) -> list[str]:
        missing = [name for name in self._needs or () if name not in table.schema.names]
        if missing:
            raise ApplyError(missing_columns(missing, table.schema.names))
        return list(self._needs or ())

    def _as_before(self, answer: pa.Table) -> pa.Table:
        import pyarrow as pa

        assert self._output is not None
        if answer.schema.names != self._output.names:
            raise ApplyError(
                f"the model answered the columns {', '.join(answer.schema.names)} where it "
                f"answered {', '.join(self._output.names)} before"
            )
        try:
            return answer.cast(self._output)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise ApplyError(
                f"the model answered {_types(answer.schema)} where it answered "
                f"{_types(self._output)} before ({problem}); it has to answer one type"
            ) from None


def missing_columns(missing: list[str], there: list[str]) -> str:
    """The message about columns that a model needs and a table has not."""
    return f"the model needs the column(s) {', '.join(missing)}; there is: {', '.join(there)}"


def taken_column(column: str) -> str:
    """The message about a prediction's column that the table has already."""
    return (
        f"the table has a column '{column}' already, which is the name of the model's answer; "
        "leave it out of the table, or save the model with save_model(..., name='…')"
    )


def _schema(encoded: str | None) -> pa.Schema | None:
    import pyarrow as pa

    if encoded is None:
        return None
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(encoded)))
    # A part of a type is unknown where there were nulls alone, or empty lists.
    unknown = any(any_part(field.type, pa.types.is_null) for field in schema)
    return None if unknown else schema


def _open(folder: Path) -> Any:
    """The model, by the loader in its folder; nothing of it is left in sys.modules."""
    path = folder / "code" / f"{LOADER_MODULE}.py"
    spec = importlib.util.spec_from_file_location(LOADER_MODULE, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module._load_pyfunc(str(folder / "data"))


def _model_traceback(error: BaseException) -> str:
    """The traceback without the frames of this file."""
    report = traceback.TracebackException.from_exception(error)
    frames = [frame for frame in report.stack if frame.filename != __file__]
    report.stack = traceback.StackSummary.from_list(frames)
    return "".join(report.format()).rstrip()


def _types(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
