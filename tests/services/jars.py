"""Jars that PySpark does not bring, from the public Maven repository by Spark's own Ivy.

Neither Maven nor a compiler is needed. They are kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

from plait.engines.spark import java
from plait.engines.spark.install import spark_jars

_SECONDS = 900
_AWS, _AWS_VERSION = "software.amazon.awssdk", "2.35.4"
# Groups of which PySpark has the jars already.
_BROUGHT = ("io.netty", "org.slf4j", "commons-logging", "commons-codec")
_MODULE = """<ivy-module version="2.0">
<info organisation="plait" module="services"/>
<dependencies>
{dependencies}
</dependencies>
</ivy-module>
"""


def jars(coordinates: Sequence[str], *, whole: Sequence[str] = ()) -> list[Path]:
    """The files of `group:artifact:version`, downloaded once: of `coordinates` alone, of
    `whole` with what they depend on, but for what Spark brings itself.
    """
    key = hashlib.sha256("\n".join([*coordinates, "", *whole]).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "plait-services"
    folder = cache / key
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix=".getting-") as made:
            _retrieve(coordinates, whole, Path(made), cache / "ivy")
            (Path(made) / "jars").rename(folder)
    found = sorted(folder.glob("*.jar"))
    if len(found) < len(coordinates) + len(whole):
        raise RuntimeError(f"not all of {', '.join(coordinates)} are in {folder}")
    return found


def s3a() -> list[Path]:
    """What Spark needs for s3a:// paths and PySpark does not bring."""
    parts = ("s3", "s3-transfer-manager", "sts", "apache-client")
    return jars(
        ["org.apache.hadoop:hadoop-aws:3.5.0", f"{_AWS}:netty-nio-client:{_AWS_VERSION}",
         "software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.3.1"],
        whole=[f"{_AWS}:{part}:{_AWS_VERSION}" for part in parts],
    )  # fmt: skip


def _retrieve(coordinates: Sequence[str], whole: Sequence[str], folder: Path, cache: Path) -> None:
    lines = []
    for coordinate in (*coordinates, *whole):
        org, name, rev = (quoteattr(part) for part in coordinate.split(":"))
        how = 'conf="*->default"' if coordinate in whole else 'transitive="false" conf="*->master"'
        lines.append(f"<dependency org={org} name={name} rev={rev} {how}/>")
    lines += [f'<exclude org="{group}"/>' for group in _BROUGHT]
    file = folder / "ivy.xml"
    file.write_text(_MODULE.format(dependencies="\n".join(lines)), encoding="utf-8")
    home = java.require_java()
    ivy = next(jar for jar in spark_jars() if Path(jar).name.startswith("ivy-"))
    command = [
        str(home / "bin" / "java"),
        *java.trust_store_options(home),
        "-jar",
        ivy,
        "-ivy",
        str(file),
        "-cache",
        str(cache),
        "-retrieve",
        str(folder / "jars" / "[artifact]-[revision].[ext]"),
        "-warn",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0 or not (folder / "jars").is_dir():
        raise RuntimeError(f"Ivy failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
