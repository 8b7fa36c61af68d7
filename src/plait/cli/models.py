"""`plait models`: which models lie below a folder, and all about one version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plait.cli.invocation import DONE, Invocation
from plait.console import text as show
from plait.errors import ModelError, PlaitError, UsageError
from plait.events import TableShown

if TYPE_CHECKING:
    from plait.models.manifest import ModelVersion

_COLUMNS = (
    ("path", "string"),
    ("version", "int"),
    ("estimator", "string"),
    ("metric", "string"),
    ("score", "double"),
    ("trained on", "string"),
    ("ended (UTC)", "timestamp"),
)


def models_list(call: Invocation) -> int:
    """Write every version of every model at or below a folder or URL.

    Raises UsageError for a folder that does not exist, ModelError for a version that cannot be
    read, after all others.
    """
    from plait.models.store import ModelStore, find_models
    from plait.storage.credentials import Storage
    from plait.worker.urls import is_remote, local_path

    folder, storage = call.options.path, Storage.of(call.settings().storage)
    try:
        here = not is_remote(folder)
    except ValueError as problem:
        raise UsageError(str(problem)) from None
    if here and not local_path(folder).is_dir():
        raise UsageError(f"there is no folder '{folder}'")
    versions: list[ModelVersion] = []
    broken: list[PlaitError] = []
    for path in find_models(folder, storage):
        try:
            versions.extend(ModelStore(path, storage).versions())
        except ModelError as error:
            broken.append(error)
    out = call.out
    if call.options.json:
        out.lines(_as_json(version) for version in versions)
    elif versions:
        rows = tuple(_row(version) for version in versions)
        shown = TableShown(0, "models", _COLUMNS, rows, len(rows))
        out.lines(show.table(shown, out.width()))
    else:
        out.line(f"no models in {local_path(folder) if here else folder}")
    if broken:
        raise broken[0]
    return DONE


def _row(version: ModelVersion) -> tuple[str | None, ...]:
    return (
        version.path,
        str(version.number),
        version.estimator,
        version.metric,
        None if version.score is None else f"{version.score:g}",
        f"{version.data.table}, {version.data.rows:,} rows",
        f"{version.ended:%Y-%m-%d %H:%M:%S}",
    )


def models_show(call: Invocation) -> int:
    """Write all about the latest version of a model, or that of --version. Raises ModelError."""
    from plait.models.store import ModelStore
    from plait.storage.credentials import Storage

    number, out = call.options.version, call.out
    store = ModelStore(call.options.path, Storage.of(call.settings().storage))
    version = store.latest() if number is None else store.get(number)
    if call.options.json:
        out.line(_as_json(version))
        return DONE
    for name, value in _facts(version):
        out.line(f"{name:<12} {show.clean(value)}")
    out.line()
    out.lines(show.table(_groups(version), out.width()))
    for name, text in version.scripts.items():
        out.lines(["", f"script {name}:", *(f"  {show.clean(t)}" for t in text.splitlines())])
    return DONE


def _facts(version: ModelVersion) -> list[tuple[str, str]]:
    score = "none" if version.metric is None else f"{version.mode} {version.metric}"
    if version.score is not None:
        score += f" = {version.score:g}"
    data = version.data
    return [
        ("model", f"{version.path} version {version.number}"),
        ("estimator", version.estimator),
        ("folder", version.location),
        ("ranked by", score),
        ("parameters", _pairs(version.parameters)),
        ("metrics", _pairs(version.metrics)),
        ("data", f"{data.table}, {data.rows:,} rows, {show.size(data.bytes)}"),
        ("sources", ", ".join(data.sources) or "unknown"),
        ("input", _columns(version.input)),
        ("output", "never tried" if version.output is None else _columns(version.output)),
        ("environment", "plait's own" if version.environment is None else "its own, locked"),
        ("resources", version.resources),
        ("trained", f"{version.started:%Y-%m-%d %H:%M:%S} to {version.ended:%H:%M:%S} UTC"),
        ("run", f"{version.run}, plait {version.plait}"),
        *((("accepted", ", ".join(version.accepted)),) if version.accepted else ()),
    ]


def _groups(version: ModelVersion) -> TableShown:
    columns = (
        ("group", "int"), ("status", "string"), ("score", "double"), ("seconds", "double"),
        ("parameters", "string"), ("message", "string"),
    )  # fmt: skip
    rows = tuple(
        (
            str(group.index),
            group.status,
            None if group.score is None else f"{group.score:g}",
            f"{(group.ended - group.started).total_seconds():.2f}",
            _pairs(group.params),
            group.message,
        )
        for group in version.groups
    )
    return TableShown(0, "groups", columns, rows, len(rows))


def _pairs(values: Any) -> str:
    shown = (f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in values.items())
    return ", ".join(shown) or "none"


def _columns(columns: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns) or "none"


def _as_json(version: ModelVersion) -> str:
    from plait.models.manifest import to_json

    return json.dumps({"path": version.path, **json.loads(to_json(version))}, ensure_ascii=False)
