"""What a Ray worker knows of its node: versions, its clock, whether it reaches the lake."""

from __future__ import annotations

import contextlib
import platform
import socket
import threading
import time

from plait.worker.messages import Access, NodeFacts


class Probe:
    """An actor, one on each node. It listens on the node's address until it is ended."""

    def __init__(self) -> None:
        import ray

        self._address = ray.util.get_node_ip_address()
        self._socket = socket.create_server((self._address, 0), family=_family(self._address))
        threading.Thread(target=self._accept, daemon=True).start()

    def about(self) -> NodeFacts:
        """The node's name, its versions, and where this actor listens."""
        found = None
        with contextlib.suppress(ImportError):
            import pyarrow

            found = pyarrow.__version__
        return {
            "host": socket.gethostname(),
            "python": platform.python_version(),
            "pyarrow": found,
            "listens": (self._address, self._socket.getsockname()[1]),
        }

    def now(self) -> float:
        """This node's clock, seconds since the epoch."""
        return time.time()

    def try_lake(self, folder: str, access: Access, there: str, content: bytes) -> str | None:
        """Read the file `there` in `folder`, write and remove another; what went wrong.

        None when nothing did.
        """
        from plait.worker.storage import filesystem

        try:
            files, path = filesystem(folder, access)
            with files.open_input_stream(f"{path}/{there}") as source:
                if source.read() != content:
                    return "it reads something else than was written"
            own = f"{path}/{there}-{socket.gethostname()}-{self._socket.getsockname()[1]}"
            with files.open_output_stream(own) as out:
                out.write(content)
            files.delete_file(own)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._socket.accept()[0].close()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
