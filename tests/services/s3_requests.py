"""The requests that an S3 store gets, counted on the way to it."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.services.s3 import S3Service

_NOT_HANDED_ON = ("connection", "expect", "transfer-encoding", "content-length")


@dataclass(frozen=True, slots=True)
class Listing:
    """One LIST. prefix: what it is about. from_plait: whether pyarrow sent it, by which plait
    itself reaches a store, and not an engine.
    """

    prefix: str
    path: str
    from_plait: bool


@dataclass(slots=True)
class CountedRequests:
    """endpoint: the address to use instead of the store's own. kinds: how many of each kind
    came: LIST, or the HTTP method. listings: the LISTs among them.
    """

    endpoint: str
    kinds: Counter[str] = field(default_factory=Counter)
    listings: list[Listing] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All of them."""
        return self.kinds.total()


class _Server(ThreadingHTTPServer):
    """Hands requests on to a store, and counts them."""

    daemon_threads = True

    def __init__(self, store: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = urlsplit(store)
        self.counted = CountedRequests(f"http://127.0.0.1:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _hand_on(self) -> None:
        """As it is: what was signed stays true."""
        query = parse_qs(urlsplit(self.path).query)
        counted = self.server.counted
        counted.kinds["LIST" if "list-type" in query else self.command] += 1
        if "list-type" in query:
            from_plait = "aws-sdk-cpp" in self.headers.get("User-Agent", "")
            prefix = query.get("prefix", [""])[0]
            counted.listings.append(Listing(prefix, self.path, from_plait))
        body = self._body()
        address = self.server.store
        store = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _NOT_HANDED_ON:
                store.putheader(name, value)
        if body is not None:
            store.putheader("Content-Length", str(len(body)))
        store.endheaders(body)
        self._answer(store.getresponse())
        store.close()

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        content, head = answer.read(), self.command == "HEAD"
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_HANDED_ON or (head and name == "Content-Length"):
                self.send_header(name, value)
        if not head:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            length = self.headers.get("Content-Length")
            return None if length is None else self.rfile.read(int(length))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # checksums after the content
        return content

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _hand_on  # noqa: N815


@contextmanager
def counted_requests(service: S3Service) -> Iterator[CountedRequests]:
    """A second address of the store, at which requests are counted."""
    with _Server(service.endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.counted
        finally:
            server.shutdown()
            thread.join()
