"""What botocore is given instead of a connection's answer: a body to read, or the exception that tells of its failure.

What may live here: our answers in the shapes that botocore and urllib3 have for them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from http.client import IncompleteRead, RemoteDisconnected
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fakes3mp.core.content import Content
from fakes3mp.wire.messages import ConnectionFailure

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest


class Raw(io.RawIOBase):
    """An answer's body as botocore reads it: in pieces, out of the content's own segments.

    One that is shorter than was declared ends as a connection does that broke.
    """

    def __init__(self, content: Content, meant: int = 0) -> None:
        super().__init__()
        self._content = content
        self._meant = meant  # its length in bytes, where the connection breaks before its end
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, amt: int | None = None, **kwargs: Any) -> bytes:
        """Up to ``amt`` bytes, or all that are left."""
        left = self._content.size - self._at
        if amt is None and self._meant > self._content.size:
            raise self._broken(left)
        size = left if amt is None or amt < 0 else min(amt, left)
        if size == 0:
            return b""
        first, self._at = self._at, self._at + size
        return self._content.cut(first, self._at - 1).read()

    def _broken(self, left: int) -> Exception:
        from urllib3.exceptions import ProtocolError

        last, self._at = self._content.cut(self._at, self._at + left - 1).read() if left else b"", self._content.size
        cause = IncompleteRead(last, self._meant - self._content.size)
        return ProtocolError(f"Connection broken: {cause!r}", cause)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def stream(self, amt: int | None = None, **kwargs: Any) -> Iterator[bytes]:
        """urllib3's way of reading in pieces of ``amt`` bytes."""
        while piece := self.read(amt or 1 << 16):
            yield piece


class PreparedResponse:
    """Stands for a request whose answer is known."""

    method = url = body = None
    headers: Mapping[str, str] = {}

    def __init__(self, answer: Any) -> None:
        self.answer = answer


def as_botocore(broken: ConnectionFailure, request: AWSPreparedRequest, package: str) -> Exception:
    """A broken connection as botocore tells of one, around what urllib3 told it."""
    from urllib3 import exceptions

    known, pool = import_module(f"{package}.exceptions"), _Pool(str(request.url))
    reset = exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    closed = RemoteDisconnected("Remote end closed connection without response")
    late = exceptions.ReadTimeoutError(pool, str(request.url), "Read timed out.")  # type: ignore[arg-type]
    refused = "Failed to establish a new connection: [Errno 111] Connection refused"
    kinds: dict[str, tuple[Any, Exception]] = {
        "reset": (known.ConnectionClosedError, reset),
        "closed": (known.ConnectionClosedError, exceptions.ProtocolError("Connection aborted.", closed)),
        "read_timeout": (known.ReadTimeoutError, late),
        "connect_timeout": (known.ConnectTimeoutError, exceptions.ConnectTimeoutError(pool, "Connection timed out.")),
        "unreachable": (
            known.EndpointConnectionError,
            exceptions.NewConnectionError(pool, refused),  # type: ignore[arg-type]
        ),
    }
    kind, cause = kinds[broken.how]
    told = {"request": request} if kind is known.ConnectionClosedError else {}
    error: Exception = kind(endpoint_url=request.url, error=cause, **told)
    return error


class _Pool:
    """Stands for urllib3's pool of connections to a host, which its exceptions name."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def __repr__(self) -> str:
        return f"AWSHTTPConnectionPool(host={self._url.hostname!r}, port={self._url.port})"

    __str__ = __repr__
