"""Where Spark's executors run: what a master's URL means, and whether the master answers."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from plait.errors import EngineError, UsageError

MasterKind = Literal["local", "spark", "yarn", "k8s"]
REACH_SECONDS = 5.0
_YARN_PORT = 8032
_METASTORE_PORT = 9083
_TITLES = {
    "spark": "the Spark master",
    "yarn": "YARN's resource manager",
    "k8s": "the Kubernetes API server",
}


class Address(NamedTuple):
    """Where a server listens. port: a TCP port number."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Master:
    """The master of a Spark application, which gives it its executors.

    url: as Spark takes it. addresses: of its servers, one of which must answer; none for `local`.
    """

    kind: MasterKind
    url: str
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, text: str, conf: Mapping[str, str], environ: Mapping[str, str]) -> Master:
        """What `spark.master` means, with Hadoop's own files for YARN. Raises UsageError."""
        if re.fullmatch(r"local(\[.*\])?|local-cluster\[.*\]", text):
            return cls("local", text, ())
        if text == "yarn":
            return cls("yarn", text, _resource_managers(conf, environ))
        if text.startswith("k8s://"):
            server = text.removeprefix("k8s://")
            server = server if "://" in server else f"https://{server}"
            port = 80 if server.startswith("http:") else 443
            return cls("k8s", f"k8s://{server}", (_address(server.split("://")[1], port),))
        if text.startswith("spark://"):
            hosts = text.removeprefix("spark://").split(",")
            return cls("spark", text, tuple(_address(host, 7077) for host in hosts))
        raise UsageError(
            f"spark.master '{text}' is no master",
            hint="it is local[*], spark://host:port, yarn or k8s://host:port; "
            "a Spark Connect server is spark.remote",
        )

    @property
    def here(self) -> bool:
        """Whether all of it is on this machine."""
        return all(is_loopback(host) for host, _ in self.addresses)

    def require(self) -> None:
        """Raise EngineError, within seconds, when none of its addresses answers."""
        if self.addresses:
            require_one(self.addresses, f"{_TITLES[self.kind]} ({self.url})", "spark.master")

    def driver_address(self) -> str:
        """The address of this machine by which the master can reach it. Raises EngineError."""
        return "127.0.0.1" if self.here else address_towards(self.addresses[0])


def is_loopback(host: str) -> bool:
    """Whether a host is the loopback device of this machine."""
    return host in ("localhost", "::1", "[::1]") or host.startswith("127.")


def require_one(addresses: Sequence[Address], what: str, setting: str) -> None:
    """Raise EngineError when none of the addresses accepts a connection within some seconds."""
    problems = []
    for host, port in addresses:
        try:
            with socket.create_connection((host, port), REACH_SECONDS):
                return
        except OSError as problem:
            problems.append(f"{host}:{port}: {problem.strerror or problem}")
    raise EngineError(
        f"{what} does not answer",
        engine="spark",
        cause="\n".join(problems),
        hint=f"see that it runs and can be reached from here, or change {setting}",
    )


def metastore_addresses(text: str) -> tuple[Address, ...]:
    """The addresses in `thrift://host:port,…`. Raises UsageError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"thrift://[^/\s]+", part) for part in parts):
        raise UsageError(f"spark.metastore '{text}' is not thrift://host:port")
    return tuple(_address(part.removeprefix("thrift://"), _METASTORE_PORT) for part in parts)


def address_towards(target: Address) -> str:
    """This machine's address on the network by which `target` is reached. Raises EngineError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(*target, type=socket.SOCK_DGRAM)[0]
        # Connecting a datagram socket sends nothing; it only asks for the route.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as problem:
        raise EngineError(
            f"the host '{target.host}' cannot be reached", engine="spark", cause=str(problem)
        ) from None


def can_listen_on(address: str) -> bool:
    """Whether a server on this machine can listen on `address`."""
    with contextlib.suppress(OSError):
        family, _, _, _, bound = socket.getaddrinfo(address, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(bound)
            return True
    return False


def hadoop_folders(environ: Mapping[str, str]) -> list[Path]:
    """The folders of Hadoop's own settings, as the environment names them."""
    named = [environ.get(name) for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR")]
    folders = [Path(text) for text in dict.fromkeys(named) if text]
    return [folder for folder in folders if folder.is_dir()]


def hadoop_properties(environ: Mapping[str, str], *files: str) -> dict[str, str]:
    """The properties in Hadoop's files, with `${references}` replaced. Raises UsageError."""
    import xml.etree.ElementTree as ET

    found: dict[str, str] = {}
    for folder in reversed(hadoop_folders(environ)):
        for file in (folder / name for name in files if (folder / name).is_file()):
            try:
                entries = list(ET.parse(file).getroot().iter("property"))
            except (ET.ParseError, OSError) as problem:
                raise UsageError(f"{file} cannot be read: {problem}") from None
            for entry in entries:
                found[(entry.findtext("name") or "").strip()] = (
                    entry.findtext("value") or ""
                ).strip()

    def resolved(text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda name: found.get(name[1], name[0]), text)

    return {name: resolved(text) for name, text in found.items()}


def _resource_managers(conf: Mapping[str, str], environ: Mapping[str, str]) -> tuple[Address, ...]:
    prefix, manager = "spark.hadoop.", "yarn.resourcemanager"
    known = hadoop_properties(environ, "yarn-site.xml")
    known |= {k.removeprefix(prefix): v for k, v in conf.items() if k.startswith(prefix)}
    named = known.get(f"{manager}.ha.rm-ids", "")
    ids = [f".{name.strip()}" for name in named.split(",") if name.strip()] or [""]
    named_addresses = [
        known.get(f"{manager}.address{name}") or known.get(f"{manager}.hostname{name}")
        for name in ids
    ]
    found = tuple(_address(one, _YARN_PORT) for one in named_addresses if one)
    if not found:
        raise UsageError(
            "spark.master is yarn, and no setting names YARN's resource manager",
            hint="set HADOOP_CONF_DIR to the folder that has the cluster's yarn-site.xml",
        )
    return found


def _address(text: str, default: int) -> Address:
    host, _, port = text.strip().rstrip("/").rpartition(":")
    if not host or not port.isdigit():
        host, port = text.strip().rstrip("/"), str(default)
    return Address(host.strip("[]"), int(port))
