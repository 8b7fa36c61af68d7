"""Single objects of S3, each in one request, through obstore.

Arrow, which lists, opens and copies files of all stores, takes three requests to remove an
object and two to read one, and cannot write one on the condition that there is none. obstore
for its part cannot name the empty objects with a slash at their end that stand for folders.
Failures raise FileNotFoundError or OSError with the library's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from plait.worker.storage import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    from plait.storage.credentials import Storage

_TRANSFER_SECONDS = 600.0


def read(root: str, key: str, storage: Storage) -> bytes:
    """All of an object."""
    import obstore

    with _os_errors():
        return bytes(obstore.get(_bucket(root, storage), key).bytes())


def write(root: str, key: str, storage: Storage, body: bytes) -> None:
    """Put an object, or replace it."""
    import obstore

    with _os_errors():
        obstore.put(_bucket(root, storage), key, body)


def create(root: str, key: str, storage: Storage, body: bytes) -> bool:
    """Put an object on the condition that there is none (`If-None-Match`); False if there is."""
    import obstore
    from obstore.exceptions import AlreadyExistsError

    with _os_errors():
        try:
            obstore.put(_bucket(root, storage), key, body, mode="create")
            return True
        except AlreadyExistsError:
            # Also the answer to a put that was repeated because the first answer was lost.
            return read(root, key, storage) == body


def remove(root: str, key: str, storage: Storage) -> None:
    """Remove an object, if it is there."""
    import obstore

    with _os_errors():
        obstore.delete(_bucket(root, storage), key)


@contextmanager
def _os_errors() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as problem:
        # Without the library's own view of its insides.
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
            "read_timeout": timedelta(seconds=READ_SECONDS),
            "timeout": timedelta(seconds=_TRANSFER_SECONDS),
        },
        retry_config={
            "max_retries": ATTEMPTS - 1,
            "retry_timeout": timedelta(seconds=READ_SECONDS),
        },
    )
