"""The installed Apache Spark: its folder, its jars, and the prepared start made for them."""

from __future__ import annotations

import zlib
from importlib.util import find_spec
from pathlib import Path

from plait.engines.packages import SPARK, installed
from plait.errors import SetupError
from plait.settings import Settings


def spark_home() -> Path:
    """The folder of the installed pyspark. Raises SetupError without it."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise SetupError("Apache Spark is not installed", hint=SPARK)
    return Path(spec.origin).parent


def spark_jars() -> list[str]:
    """Spark's own jars, always in the same order. Raises SetupError without pyspark."""
    return sorted(str(jar) for jar in (spark_home() / "jars").glob("*.jar"))


def aot_cache_file(settings: Settings, java_home: Path) -> Path:
    """Where the prepared start of this Spark on this Java is kept, made or not.

    Raises SetupError without pyspark.
    """
    release = java_home / "release"
    key = [str(java_home), str(installed().pyspark), *spark_jars()]
    if release.is_file():
        key.append(release.read_text(encoding="utf-8", errors="replace"))
    return settings.cache_path / "java" / f"spark-{zlib.crc32(chr(10).join(key).encode()):x}.aot"


def aot_cache_options(settings: Settings, java_home: Path) -> tuple[str, ...]:
    """The JVM's options that use the prepared start, or none where it was not made."""
    file = aot_cache_file(settings, java_home)
    return (f"-XX:AOTCache={file}",) if file.is_file() else ()
