"""Errors as JSON, in the manner of events, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from plait import errors
from plait.errors import ClusterError, PlaitError, ScriptErrors, Span


def error_to_json(error: PlaitError) -> str:
    """An error as one JSON line, in the manner of an event."""
    body = _data(error)
    if isinstance(error, ScriptErrors):
        body["errors"] = [_data(each) for each in error.errors]
    return json.dumps({"event": "Error", **body, "exit_code": error.exit_code})


def error_from_data(data: Mapping[str, Any]) -> PlaitError:
    """The error that `error_to_json` wrote. data: the line's JSON object."""
    if data.get("errors"):
        error: PlaitError = ScriptErrors([error_from_data(each) for each in data["errors"]])
    else:
        named = getattr(errors, str(data.get("kind")), None)
        kind: type[PlaitError] = ClusterError
        if isinstance(named, type) and issubclass(named, PlaitError):
            kind = named
        error = kind(
            str(data.get("message")), span=_span(data), engine=data.get("engine"),
            cause=data.get("cause"), hint=data.get("hint"),
        )  # fmt: skip
    if "exit_code" in data:
        error.exit_code = int(data["exit_code"])
    return error


def _data(error: PlaitError) -> dict[str, object]:
    span = error.span
    position = asdict(span) if span is not None else {each.name: None for each in fields(Span)}
    return {
        "kind": type(error).__name__,
        "message": error.message,
        **position,
        "engine": error.engine,
        "hint": error.hint,
        "cause": error.cause,
    }


def _span(data: Mapping[str, Any]) -> Span | None:
    if data.get("file") is None:
        return None
    length, text = data.get("length") or 1, data.get("text") or ""
    return Span(str(data["file"]), data["line"], data["column"], length, text)
