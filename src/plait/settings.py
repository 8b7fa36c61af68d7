"""The settings of a run: `plait.toml` < its profile < `PLAIT_*` variables < keyword arguments.

Every setting has a dotted key (`ray.num_gpus`), the same in all places: a table of the
file, `PLAIT_RAY_NUM_GPUS` in the environment, `--set ray.num_gpus=1` on the command line,
`connect(**{"ray.num_gpus": 1})` in Python. An unknown key or a value of the wrong type is
an error that names the nearest right one.

A profile is a table `[profiles.NAME]` of the file with the same keys. `--profile NAME`,
PLAIT_PROFILE, or `profile = "NAME"` at the top of the file says which one is taken. Text in the
file may name a variable of the environment, `"${env:NAME}"`, so that it holds no secret.

A new setting is one line here: a field, with its type and its default. The type says what
values are accepted: `Size`, `Count` and `Zone` beside the types of Python.
"""

from __future__ import annotations

import os
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from plait.errors import UsageError, suggestion
from plait.worker.urls import local_path, split_url

EngineChoice = Literal["auto", "sail", "spark"]
# The setting `accept` as a script makes it, for its statements that follow.
ACCEPT = "plait.accept"
ExchangeMethod = Literal["auto", "client", "direct", "lake"]
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def parse_size(text: str) -> int:
    """Bytes of `64MiB`, `2g`, `1.5 GB` or a plain number; units are powers of 1024.

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgtb]?)(?:i?b)?\s*", text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"'{text}' is not a size such as 64MiB, 2g or 1048576")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def check_time_zone(zone: str) -> None:
    """Raise ValueError for what is no time zone; Spark's `+08:00` is one."""
    import zoneinfo

    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone '{zone}'") from None


def _check_count(value: int) -> None:
    if value < 1:
        raise ValueError(f"it cannot be {value}")


# Types of settings: what they hold, and a function that raises ValueError for a wrong value.
Size = Annotated[str, parse_size]
Count = Annotated[int, _check_count]
Zone = Annotated[str, check_time_zone]


class Secret:
    """Text that is never shown: its representation is `***`, its value is `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the code that has to send it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class RaySettings:
    """address: an existing cluster in whose network plait runs (host:port, or 'auto');
    None starts Ray on this machine on first use.

    jobs: the Jobs endpoint of a remote cluster (http://host:8265): the run itself is then
    sent there as a job. requirements: what pip installs for such a job, beside plait itself.
    num_cpus, num_gpus: logical CPUs and GPUs of a Ray started here (None: those of the machine).
    object_store_memory: bytes, or text such as '2GiB'; None is a quarter of the memory.
    pending_timeout: seconds after which a task fails whose resources no node has.
    task_retries: how often a task that lost its worker process is started again.
    """

    address: str | None = None
    jobs: str | None = None
    requirements: str = ""
    num_cpus: float | None = None
    num_gpus: float | None = None
    object_store_memory: Size | None = None
    pending_timeout: float = 5.0
    task_retries: int = 2

    @property
    def here(self) -> bool:
        """Whether a session starts its own Ray on this machine."""
        return self.address in (None, "", "local")


@dataclass(frozen=True, slots=True)
class SailSettings:
    """memory: the engine's memory pool; None is half of the machine's memory.

    batch_size: rows of one Arrow batch that leaves the engine.
    """

    memory: Size | None = None
    batch_size: Count = 65536


@dataclass(frozen=True, slots=True)
class SparkSettings:
    """master: where Spark's executors run: local[N], spark://, yarn or k8s://.

    remote: an existing Spark Connect server (sc://host:port), instead of a driver of plait's
    own; token: its bearer token. driver_memory: the heap of plait's driver. driver_host:
    the address at which executors reach that driver; this machine alone when None.
    metastore: a Hive metastore (thrift://host:port), whose tables `hive` then names.
    python: the executors' Python; None is this one. start_timeout: seconds in which Spark must
    answer and, on a cluster, have an executor. conf: further Spark settings.
    """

    master: str = "local[*]"
    remote: str | None = None
    token: Secret | None = None
    driver_memory: Size = "2g"
    driver_host: str | None = None
    metastore: str | None = None
    python: str | None = None
    start_timeout: float = 180.0
    conf: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """method: the transfer method of every table whose statement does not choose one.

    client_limit: a table of at most this size (as Arrow) is transferred through the client.
    receivers: how many on each Ray node take what executors send. reach_timeout: seconds in
    which an executor must have connected to a Ray node. shared_memory: whether senders on a
    receiver's own machine may write into its memory instead of sending.
    """

    method: ExchangeMethod = "auto"
    client_limit: Size = "64MiB"
    receivers: Count = 1
    reach_timeout: float = 5.0
    shared_memory: bool = True


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """One set of credentials for whatever reads or writes the lake: Spark, Sail, Arrow, Ray.

    endpoint, region, access_key, secret_key, session_token: of an S3 store; each is taken
    from the AWS_* variable of that name where it is not set. path_style: buckets in the
    path instead of the host's name (None: whenever an endpoint is given).
    webhdfs: the name node's HTTP address (http://host:9870), by which Python reaches HDFS; of
    several, with commas between, the active one is used. None takes it from HADOOP_CONF_DIR.
    hdfs_user: who writes there (HADOOP_USER_NAME).
    """

    endpoint: str | None = None
    region: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    path_style: bool | None = None
    webhdfs: str | None = None
    hdfs_user: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run.

    profile: the profile of plait.toml that was taken. lake: root of tables and staging, a
    folder or a URL (s3a://, hdfs://). engine: which data engine.
    time_zone: the session's time zone, the same on every engine.
    cache: where environments and the events of past runs are kept. runs_kept: of how many.
    accept: names of differences (docs/differences.md) that are run on Sail knowingly.
    """

    profile: str | None = None
    lake: str = "plait-lake"
    engine: EngineChoice = "auto"
    time_zone: Zone = "UTC"
    cache: str = "~/.cache/plait"
    preview_rows: Count = 20
    runs_kept: int = 100
    accept: tuple[str, ...] = ()
    ray: RaySettings = field(default_factory=RaySettings)
    sail: SailSettings = field(default_factory=SailSettings)
    spark: SparkSettings = field(default_factory=SparkSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)

    @property
    def spark_elsewhere(self) -> bool:
        """Whether Spark is a cluster or a server, and not a process on this machine."""
        return self.spark.remote is not None or not self.spark.master.startswith("local")

    @property
    def lake_remote(self) -> bool:
        """Whether the lake is in a store (s3a://, hdfs://) and not on this machine."""
        return bool(split_url(self.lake).scheme)

    @property
    def lake_path(self) -> Path:
        """The lake's root as an absolute local path.

        For a lake in a store it is a folder in the cache, for what a run's engines write for
        themselves on this machine: logs and what does not fit into memory.
        """
        if self.lake_remote:
            return self.cache_path / "runs"
        return local_path(self.lake)

    @property
    def cache_path(self) -> Path:
        """The cache folder as an absolute path."""
        return local_path(self.cache)


def known_keys(cls: type = Settings, prefix: str = "") -> dict[str, Any]:
    """Dotted key → type of every setting, with what checks its values."""
    keys: dict[str, Any] = {}
    hints = get_type_hints(cls, include_extras=True)
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
    file = folder / "plait.toml"
    common, profiles = _from_file(file, environ)
    variables, given = _from_environment(environ), dict(overrides or {})
    asked = (values.get("profile") for values in (given, variables, common))
    profile = next((str(name) for name in asked if name is not None), None)
    settings = Settings()
    for origin, values in (
        (str(file), common),
        (f"{file}, profile {profile}", _profile(profile, profiles, file, environ)),
        ("environment", variables),
        ("settings", given),
    ):
        for key, value in values.items():
            settings = with_setting(settings, key, value, origin)
    return settings


def profiles(folder: Path | None = None) -> list[str]:
    """The names of the profiles in `folder`/plait.toml. Raises UsageError."""
    return list(_from_file((folder or Path.cwd()) / "plait.toml", os.environ)[1])


def as_values(settings: Settings) -> dict[str, object]:
    """Dotted key → value of everything that is not the default; secrets stay `Secret`."""
    from operator import attrgetter

    default = Settings()
    values: dict[str, object] = {}
    for key in known_keys():
        value = attrgetter(key)(settings)
        if value == attrgetter(key)(default):
            continue
        if isinstance(value, Mapping):
            values.update({f"{key}.{name}": each for name, each in value.items()})
        elif isinstance(value, tuple):
            values[key] = ",".join(value)
        else:
            values[key] = value
    return values


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
    section, _, name = key.rpartition(".")
    change: dict[str, Any] = {name: typed}
    if section:
        change = {section: replace(getattr(settings, section), **change)}
    return replace(settings, **change)


_Values = dict[str, object]


def _from_file(path: Path, environ: Mapping[str, str]) -> tuple[_Values, dict[str, _Values]]:
    """What the file says for all, and by profile."""
    if not path.is_file():
        return {}, {}
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not a TOML file: {problem}") from None
    profiles = table.pop("profiles", {})
    tables = [profiles, *profiles.values()] if isinstance(profiles, dict) else [profiles]
    if not all(isinstance(part, dict) for part in tables):
        raise UsageError(f"{path}: a profile is a table, [profiles.NAME]")
    by_name = {name: _flatten(values) for name, values in profiles.items()}
    return _expanded(_flatten(table), environ, str(path)), by_name


def _profile(
    name: str | None, profiles: Mapping[str, _Values], file: Path, environ: Mapping[str, str]
) -> _Values:
    """The values of the profile that is taken. Raises UsageError when it is not there."""
    if name is None:
        return {}
    if name not in profiles:
        raise UsageError(
            f"there is no profile '{name}' in {file}",
            hint=suggestion(name, list(profiles)) or f"write a table [profiles.{name}]",
        )
    # Only now: the variables of the other profiles need not be there.
    return {**_expanded(profiles[name], environ, f"{file}, profile {name}"), "profile": name}


_VARIABLE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def _expanded(values: _Values, environ: Mapping[str, str], origin: str) -> _Values:
    """The values with `${env:NAME}` replaced."""

    def variable(found: re.Match[str]) -> str:
        if found[1] not in environ:
            raise UsageError(f"{origin}: there is no variable {found[1]} in the environment")
        return environ[found[1]]

    def expand(value: object) -> object:
        return _VARIABLE.sub(variable, value) if isinstance(value, str) else value

    return {key: expand(value) for key, value in values.items()}


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


_FOREIGN_VARIABLES = {"RAY_ADDRESS": "ray.address", "SPARK_REMOTE": "spark.remote"}


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
    for variable, key in _FOREIGN_VARIABLES.items():
        if key not in found and environ.get(variable):
            found[key] = environ[variable]
    if str(found.get("ray.address", "")).startswith(("http://", "https://")):
        # Ray's own tools take the Jobs endpoint by the same variable.
        found.setdefault("ray.jobs", found.pop("ray.address"))
    return found


def names_in(text: str) -> tuple[str, ...]:
    """The names in a text that separates them by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _convert(value: object, kind: Any) -> object:
    """`value` as the type of a setting. Raises ValueError."""
    if get_origin(kind) in (Union, types.UnionType):
        if value is None:
            return None
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Annotated:
        kind, check = get_args(kind)
        typed = _convert(value, kind)
        check(typed)
        return typed
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"'{value}' is not one of {', '.join(get_args(kind))}")
        return value
    return _plain(value, kind)


def _plain(value: object, kind: Any) -> object:
    """`value` as a type that is no choice of several. Raises ValueError."""
    if get_origin(kind) is tuple:
        return _names(value)
    if kind is Secret:
        return value if isinstance(value, Secret) else Secret(str(value))
    if kind is bool:
        return _truth(value)
    if kind is str and isinstance(value, (str, int, float, Path)):
        return str(value)
    if kind in (int, float) and not isinstance(value, bool):
        return _number(value, kind)
    if isinstance(value, Mapping):
        return {str(k): str(v) for k, v in value.items()}
    raise ValueError(f"'{value}' has the wrong type")


def _names(value: object) -> tuple[str, ...]:
    """`value` as several names. Raises ValueError."""
    if isinstance(value, str):
        return names_in(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ValueError("it takes names, as a list or with commas between")
    return tuple(value)


def _number(value: Any, kind: type[int] | type[float]) -> int | float:
    """`value` as a number that counts or measures something. Raises ValueError."""
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"'{value}' is not a number") from None
    if isinstance(value, float) and number != value:
        raise ValueError(f"'{value}' is not a whole number")
    if not 0 <= number < float("inf"):
        raise ValueError(f"it cannot be {number:g}")
    return number


def _truth(value: object) -> bool:
    """`value` as yes or no. Raises ValueError."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    known = value if isinstance(value, bool) else words.get(str(value).lower())
    if known is None:
        raise ValueError(f"'{value}' is not true or false")
    return known
