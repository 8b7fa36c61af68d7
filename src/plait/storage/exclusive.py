"""Files that are made once: of several who create one at the same time, one succeeds."""

from __future__ import annotations

import errno
import os
import uuid
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.storage.errors import store_errors
from plait.storage.paths import AnyPath, RemotePath
from plait.worker.storage import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    from plait.storage.credentials import Storage

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def create(path: AnyPath, text: str, spare: AnyPath) -> bool:
    """Write a file that does not exist, whole at once; False when it exists.

    spare: a path on the same file system that may be used on the way, and may be left.
    Raises OSError when it cannot be written.
    """
    if isinstance(path, RemotePath):
        if not path.moves:
            return _put(path, text)
        assert isinstance(spare, RemotePath)
        return _rename(spare, path, text)
    assert isinstance(spare, Path)
    write_durably(spare, text)
    try:
        os.link(spare, path)  # a hard link is never made over what exists
        return True
    except FileExistsError:
        return False
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        return _claim(path, spare)


def write_durably(path: AnyPath, text: str) -> None:
    """Write a file, or replace it, so that a reader sees all of it or the one before.

    It survives a crash of the machine. Raises OSError.
    """
    if isinstance(path, RemotePath):
        return path.write_text(text)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return None


def sync_files(folder: AnyPath) -> None:
    """Have every file below a folder survive a crash of the machine. Raises OSError.

    A file that was written to a store is safe already.
    """
    for path in folder.rglob("*") if isinstance(folder, Path) else ():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _claim(path: Path, spare: Path) -> bool:
    """Create without hard links: the name is claimed by an exclusive file first.

    The claim stays, so that the check and the rename below cannot be raced.
    """
    try:
        path.with_suffix(".claim").open("x").close()
    except FileExistsError:
        return False
    if path.exists():
        return False
    spare.rename(path)
    return True


def _rename(spare: RemotePath, path: RemotePath, text: str) -> bool:
    """Write `spare`, then rename it: HDFS renames nothing over a file that exists."""
    spare.write_text(text)
    try:
        spare.rename(path)
        return True
    except FileExistsError:
        return False
    except OSError:
        if path.exists():  # somebody was faster, between the question and the renaming
            return False
        raise


def _put(path: RemotePath, text: str) -> bool:
    """Put an object on the condition that there is none (`If-None-Match`), which Arrow cannot."""
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError

    body = text.encode("utf-8")
    with store_errors(str(path), path.storage.access):
        try:
            obstore.put(_bucket(path.root, path.storage), path.key, body, mode="create")
            return True
        except AlreadyExistsError:
            # Also the answer to a put that was repeated because the first answer was lost.
            return path.read_bytes() == body
        except BaseError as problem:
            raise OSError(str(problem).partition("\n\nDebug source")[0]) from None


@lru_cache(maxsize=8)
def _bucket(root: str, storage: Storage) -> Any:
    from obstore.store import S3Store

    access = storage.access
    given: dict[str, Any] = {
        "endpoint": access.get("endpoint"),
        "region": access.get("region") or ("us-east-1" if access.get("endpoint") else None),
        "access_key_id": access.get("access_key"),
        "secret_access_key": access.get("secret_key"),
        "session_token": access.get("session_token"),
    }
    return S3Store(
        root.partition("://")[2],
        **{name: value for name, value in given.items() if value},
        virtual_hosted_style_request=access.get("path_style") == "no",
        client_options={
            "allow_http": access.get("endpoint", "").startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=READ_SECONDS),
        },
        retry_config={
            "max_retries": ATTEMPTS - 1,
            "retry_timeout": timedelta(seconds=READ_SECONDS),
        },
    )
