"""A JVM whose classes are used from Python, for services without a main class of their own.

No compiler is needed: the server is put together by reflection over Py4J.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.services.jvm import Jvm


class Gateway:
    """jvm: the packages and classes of the process; process: the process itself."""

    def __init__(
        self,
        *,
        folder: Path,
        name: str,
        heap: str,
        classpath: Sequence[str | Path] = (),
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        from py4j.java_gateway import GatewayParameters, JavaGateway

        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # its log begins with the gateway's own token
        self.process = Jvm(
            "py4j.GatewayServer",
            ["--enable-auth", "0"],
            folder=folder,
            name=name,
            heap=heap,
            classpath=classpath,
            options=options,
            environ=environ,
        )
        try:
            found = self.process.wait_for(r"(?m)^(\d+)\n(\S+)\n")
        except BaseException:
            self.process.stop()
            raise
        parameters = GatewayParameters(port=int(found[1]), auth_token=found[2], auto_convert=True)
        self._gateway = JavaGateway(gateway_parameters=parameters)
        self.jvm: Any = self._gateway.jvm

    def named(self, name: str) -> Any:
        """A class by its full name, also a nested one (`a.b.C$D`)."""
        package, _, last = name.rpartition(".")
        found = self.jvm
        for part in package.split("."):
            found = getattr(found, part)
        return getattr(found, last)

    def strings(self, values: Sequence[str]) -> Any:
        """A Java array of strings."""
        array = self._gateway.new_array(self.jvm.java.lang.String, len(values))
        for index, value in enumerate(values):
            array[index] = value
        return array

    def in_background(self, target: Any, method: str) -> None:
        """Call a public method without parameters, which may never return, in a Java thread."""
        lang, nothing = self.jvm.java.lang, self.jvm.java.lang.Void.TYPE
        kind = self.jvm.java.lang.invoke.MethodType.methodType(nothing)
        lookup = lang.invoke.MethodHandles.publicLookup()
        handle = lookup.findVirtual(target.getClass(), method, kind).bindTo(target)
        runnable = lang.Class.forName("java.lang.Runnable")
        work = lang.invoke.MethodHandleProxies.asInterfaceInstance(runnable, handle)
        lang.Thread(work, method).start()

    def stop(self) -> None:
        # Py4J would log every object that it can no longer release.
        logging.getLogger("py4j.java_gateway").disabled = True
        self.process.stop()
        with suppress(Exception):
            self._gateway.close()
