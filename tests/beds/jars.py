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

from plait.data import java
from plait.data.spark_start import spark_jars

_SECONDS = 900
_MODULE = """<ivy-module version="2.0">
<info organisation="plait" module="beds"/>
<dependencies>
{dependencies}
</dependencies>
</ivy-module>
"""


def jars(coordinates: Sequence[str]) -> list[Path]:
    """The files of `group:artifact:version`, without what they depend on, downloaded once."""
    key = hashlib.sha256("\n".join(coordinates).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "plait-beds"
    folder = cache / key
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix=".getting-") as made:
            _retrieve(coordinates, Path(made), cache / "ivy")
            (Path(made) / "jars").rename(folder)
    found = sorted(folder.glob("*.jar"))
    if len(found) != len(coordinates):
        raise RuntimeError(f"not all of {', '.join(coordinates)} are in {folder}")
    return found


def _retrieve(coordinates: Sequence[str], folder: Path, cache: Path) -> None:
    lines = []
    for coordinate in coordinates:
        org, name, rev = (quoteattr(part) for part in coordinate.split(":"))
        lines.append(
            f'<dependency org={org} name={name} rev={rev} transitive="false" conf="*->master"/>'
        )
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
