"""Makes the prepared start of local Spark: Java's ahead-of-time cache of the classes it loads.

Once made (half a minute, 200 MB in the cache folder), Spark answers its first query in a third
of the time. It is made on request only, and used wherever it exists; Java itself ignores a
cache that does not fit the classes any more.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from plait.engines.spark import java
from plait.engines.spark.engine import SparkEngine
from plait.engines.spark.install import aot_cache_file
from plait.errors import EngineError
from plait.settings import Settings

_FIRST_JAVA = 25
_END_SECONDS = 180.0
# What nearly every script does first: a scan, an aggregation, a join, a window, a write.
_REHEARSAL = (
    "select id % 3 k, count(*) c, avg(id) a from range(1000) group by 1 order by 1",
    "select a.id, row_number() over (order by b.id) r from range(9) a join range(9) b using (id)",
    "select upper(cast(id as string)) u, date_add(date'2024-01-01', cast(id as int)) d "
    "from range(9) where id > 3",
)


def prepare_start(settings: Settings, run_folder: Path) -> Path | None:
    """Make the prepared start and return its file; None when this Java has no such thing.

    Starts a Spark of its own, under `run_folder`, and ends it. Raises SetupError, EngineError.
    """
    home = java.require_java()
    target = aot_cache_file(settings, home)
    if target.is_file():
        return target
    if _java_version(home) < _FIRST_JAVA:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    made = run_folder / "spark-start.aot"
    run_folder.mkdir(parents=True, exist_ok=True)
    log = _rehearse(settings, run_folder, (f"-XX:AOTCacheOutput={made}",))
    if not made.is_file():
        raise EngineError("Java made no prepared start", engine="spark", cause=log)
    _publish(made, target)
    return target


def _java_version(home: Path) -> int:
    try:
        text = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    found = re.search(r'JAVA_VERSION="(\d+)', text)
    return int(found[1]) if found else 0


def _rehearse(settings: Settings, run_folder: Path, options: Sequence[str]) -> str:
    """Run a few queries and let the JVM end by itself, which writes the cache; its log."""
    import psutil

    engine = SparkEngine(settings, run_folder, tuple(options))
    try:
        session = engine.session()
        for sql in _REHEARSAL:
            session.sql(sql).toArrow()
        written = str(run_folder / "rehearsal")
        session.range(10).write.mode("overwrite").parquet(written)
        session.read.parquet(written).toArrow()
        supervisor = psutil.Process(engine.pid)
        for process in supervisor.children():
            process.terminate()
        supervisor.wait(_END_SECONDS)
        return (run_folder / "spark.log").read_text(encoding="utf-8", errors="replace")[-4000:]
    except psutil.TimeoutExpired:
        raise EngineError("Java did not finish the prepared start", engine="spark") from None
    finally:
        engine.stop()


def _publish(made: Path, target: Path) -> None:
    """Move the file into the cache so that it is there whole or not at all."""
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    shutil.move(made, partial)
    partial.replace(target)
