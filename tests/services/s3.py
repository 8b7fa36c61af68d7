"""An S3 store on this machine: SeaweedFS, one process, on loopback and free ports.

By hand: `python -m tests.services.s3` prints plait's settings for it and lives until Ctrl-C.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from plait.settings import load_settings
from plait.storage.credentials import Storage

_START_SECONDS = 120.0
# The server ends with its standard input, so it also ends when this process is killed.
_SUPERVISOR = """
exec 2>>"$LOG"
"$@" >>"$LOG" </dev/null & server=$!
read -r _
kill -9 $server
wait $server
"""
_PORTS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True, slots=True)
class S3Service:
    """A running store with one bucket, and how to reach it."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str

    @property
    def settings(self) -> dict[str, str]:
        """plait's settings for this store."""
        return {
            "storage.endpoint": self.endpoint,
            "storage.region": "us-east-1",
            "storage.access_key": self.access_key,
            "storage.secret_key": self.secret_key,
        }

    @property
    def storage(self) -> Storage:
        """The same as credentials."""
        return Storage.of(load_settings(self.settings, folder=Path("/"), environ={}).storage, {})


@contextmanager
def s3(folder: Path) -> Iterator[S3Service]:
    """A store whose data lie in `folder`, from start to stop."""
    ports = _free_ports(2 * len(_PORTS))
    keys = {"accessKey": "plait-tests", "secretKey": secrets.token_hex(16)}
    config = folder / "s3.json"
    identity = {"name": "tests", "credentials": [keys], "actions": ["Admin", "Read", "Write"]}
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    config.chmod(0o600)
    service = S3Service(f"http://127.0.0.1:{ports[-2]}", *keys.values(), "lake")
    server = subprocess.Popen(
        ["sh", "-c", _SUPERVISOR, "weed", *_command(folder, config, ports)],
        stdin=subprocess.PIPE,
        env={"LOG": str(folder / "weed.log"), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        start_new_session=True,
    )
    try:
        _wait_for_bucket(service, server, folder / "weed.log")
        yield service
    finally:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(30)


def _command(folder: Path, config: Path, ports: list[int]) -> list[str]:
    weed = Path(sys.executable).parent / "weed"
    data = folder / "data"
    data.mkdir()
    options = [
        f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3",
        f"-s3.localSocket={folder / 's3.sock'}", f"-filer.localSocket={folder / 'filer.sock'}",
        f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-s3.autoCreateBucket=false", "-volume.max=30", "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
    ]  # fmt: skip
    for name in _PORTS:
        # Without this option the second port of each is its first plus 10000.
        options.append(f"-{name}.port={ports.pop(0)}")
        options.append(f"-{name}.port.grpc={ports.pop(0)}")
    return [str(weed if weed.exists() else shutil.which("weed")), "server", *options]


def _wait_for_bucket(service: S3Service, server: subprocess.Popen[bytes], log: Path) -> None:
    """Make the bucket, and one object in it, as soon as the store takes it."""
    import pyarrow.fs as pafs

    scheme, _, host = service.endpoint.rpartition("://")
    files = pafs.S3FileSystem(
        access_key=service.access_key, secret_key=service.secret_key,
        region="us-east-1", scheme=scheme,
        endpoint_override=host, allow_bucket_creation=True, connect_timeout=2, request_timeout=10,
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=1),
    )  # fmt: skip
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            files.create_dir(service.bucket)
            with files.open_output_stream(f"{service.bucket}/ready") as out:
                out.write(b"ready")
            return files.delete_file(f"{service.bucket}/ready")
        except OSError as problem:
            if server.poll() is not None or time.monotonic() > deadline:
                output = log.read_text(errors="replace")[-4000:] if log.exists() else ""
                raise RuntimeError(f"SeaweedFS did not start: {problem}\n{output}") from None
            time.sleep(0.3)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, s3(Path(folder)) as service:
        for key, value in service.settings.items():
            print(f'{key} = "{value}"')
        print(f"# bucket: s3a://{service.bucket}", flush=True)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
