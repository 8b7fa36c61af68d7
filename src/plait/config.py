"""The settings of a run: `plait.toml` < `PLAIT_*` variables < keyword arguments.

Every setting has a dotted key (`ray.num_gpus`), the same in all three places: a table of
the file, `PLAIT_RAY_NUM_GPUS` in the environment, `--set ray.num_gpus=1` on the command
line, `connect(**{"ray.num_gpus": 1})` in Python. An unknown key or a value of the wrong
type is an error that names the nearest right one.
"""

from __future__ import annotations

import os
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from plait.errors import UsageError, suggestion

EngineChoice = Literal["auto", "sail", "spark"]


@dataclass(frozen=True, slots=True)
class RaySettings:
    """address: an existing cluster; None starts Ray on this machine on first use.

    num_cpus, num_gpus: logical CPUs and GPUs of a Ray started here (None: what there is).
    object_store_memory: bytes, or text such as '2GiB'; None is a quarter of the memory.
    pending_timeout: seconds before a task that waits for what no node has is called impossible.
    task_retries: how often a task that lost its worker process is started again.
    """

    address: str | None = None
    num_cpus: float | None = None
    num_gpus: float | None = None
    object_store_memory: str | None = None
    pending_timeout: float = 5.0
    task_retries: int = 2


@dataclass(frozen=True, slots=True)
class SailSettings:
    """memory: the engine's memory pool; None is half of the machine's memory.

    batch_size: rows of one Arrow batch that leaves the engine.
    """

    memory: str | None = None
    batch_size: int = 65536


@dataclass(frozen=True, slots=True)
class SparkSettings:
    """master: where Spark runs; only local masters in this release.

    driver_memory: the JVM's heap. conf: further Spark settings.
    """

    master: str = "local[*]"
    driver_memory: str = "2g"
    conf: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """client_limit: a table of at most this size (as Arrow) crosses through the client."""

    client_limit: str = "64MiB"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run.

    lake: root folder of tables and staging. engine: which data engine.
    time_zone: the session's time zone, the same on every engine.
    cache: where environments are kept. validate: analyse the SQL before anything runs.
    """

    lake: str = "plait-lake"
    engine: EngineChoice = "auto"
    time_zone: str = "UTC"
    cache: str = "~/.cache/plait"
    preview_rows: int = 20
    ray: RaySettings = field(default_factory=RaySettings)
    sail: SailSettings = field(default_factory=SailSettings)
    spark: SparkSettings = field(default_factory=SparkSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)

    @property
    def lake_path(self) -> Path:
        """The lake's root as an absolute local path."""
        return Path(self.lake).expanduser().absolute()

    @property
    def cache_path(self) -> Path:
        """The cache folder as an absolute path."""
        return Path(self.cache).expanduser().absolute()


_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def parse_size(text: str) -> int:
    """Bytes of `64MiB`, `2g`, `1.5 GB` or a plain number; units are powers of 1024.

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgtb]?)(?:i?b)?\s*", text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"'{text}' is not a size such as 64MiB, 2g or 1048576")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def known_keys(cls: type = Settings, prefix: str = "") -> dict[str, Any]:
    """Dotted key → type of every setting."""
    keys: dict[str, Any] = {}
    hints = get_type_hints(cls)
    for spec in fields(cls):
        kind = hints[spec.name]
        if is_dataclass(kind) and isinstance(kind, type):
            keys.update(known_keys(kind, f"{prefix}{spec.name}."))
        else:
            keys[prefix + spec.name] = kind
    return keys


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from `folder`/plait.toml, the environment and `overrides`, in rising order.

    Raises UsageError for an unknown key, a wrong type or a file that is not TOML.
    """
    folder = Path.cwd() if folder is None else folder
    environ = os.environ if environ is None else environ
    settings = Settings()
    for origin, values in (
        (str(folder / "plait.toml"), _from_file(folder / "plait.toml")),
        ("environment", _from_environment(environ)),
        ("settings", dict(overrides or {})),
    ):
        for key, value in values.items():
            settings = with_setting(settings, key, value, origin)
    return settings


def with_setting(settings: Settings, key: str, value: object, origin: str) -> Settings:
    """`settings` with one dotted key changed. Raises UsageError."""
    keys = known_keys()
    if key.startswith("spark.conf."):
        conf = {**settings.spark.conf, key.removeprefix("spark.conf."): str(value)}
        return replace(settings, spark=replace(settings.spark, conf=conf))
    if key not in keys:
        raise UsageError(f"unknown setting '{key}' ({origin})", hint=suggestion(key, list(keys)))
    try:
        typed = _convert(value, keys[key])
    except ValueError as problem:
        raise UsageError(f"setting '{key}' ({origin}): {problem}") from None
    _check_size(key, typed, origin)
    _check_amount(key, typed, origin)
    if key == "time_zone":
        check_time_zone(str(typed), f"setting 'time_zone' ({origin})")
    section, _, name = key.rpartition(".")
    change: dict[str, Any] = {name: typed}
    if section:
        change = {section: replace(getattr(settings, section), **change)}
    return replace(settings, **change)


def _check_size(key: str, value: object, origin: str) -> None:
    sizes = ("memory", "object_store_memory", "client_limit", "driver_memory")
    if key.rpartition(".")[2] in sizes and isinstance(value, str):
        try:
            parse_size(value)
        except ValueError as problem:
            raise UsageError(f"setting '{key}' ({origin}): {problem}") from None


def _check_amount(key: str, value: object, origin: str) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        least = 1 if key in ("sail.batch_size", "preview_rows") else 0
        if not least <= value < float("inf"):
            raise UsageError(f"setting '{key}' ({origin}) cannot be {value:g}")


def check_time_zone(zone: str, where: str) -> None:
    """Raise UsageError for what is no time zone; Spark's `+08:00` is one."""
    import zoneinfo

    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{where}: there is no time zone '{zone}'") from None


def _from_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    import tomllib

    try:
        return _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not a TOML file: {problem}") from None


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    by_variable = {f"PLAIT_{key.upper().replace('.', '_')}": key for key in known_keys()}
    found: dict[str, object] = {}
    for variable, value in environ.items():
        if not variable.startswith("PLAIT_"):
            continue
        if variable not in by_variable:
            hint = suggestion(variable, list(by_variable))
            raise UsageError(f"unknown setting {variable} in the environment", hint=hint)
        found[by_variable[variable]] = value
    if "PLAIT_RAY_ADDRESS" not in environ and environ.get("RAY_ADDRESS"):
        found["ray.address"] = environ["RAY_ADDRESS"]
    return found


def _convert(value: object, kind: Any) -> object:
    """`value` as the type of a setting. Raises ValueError."""
    if get_origin(kind) in (Union, types.UnionType):
        if value is None:
            return None
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"'{value}' is not one of {', '.join(get_args(kind))}")
        return value
    if kind is str and isinstance(value, (str, int, float, Path)):
        return str(value)
    if kind in (int, float) and not isinstance(value, bool):
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise ValueError(f"'{value}' is not a number") from None
    if isinstance(value, Mapping):
        return {str(k): str(v) for k, v in value.items()}
    raise ValueError(f"'{value}' has the wrong type")
