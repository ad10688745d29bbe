"""Responses and connection failures in the shapes that botocore and urllib3 have for them."""

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


class ResponseBody(io.RawIOBase):
    """A response's body as botocore reads it: in chunks, out of the content's own segments.

    ``declared_size`` is the body's length in bytes where the connection breaks before its end: a read of all that is left
    then raises as it does on a broken connection.
    """

    def __init__(self, content: Content, declared_size: int = 0) -> None:
        super().__init__()
        self._content = content
        self._declared_size = declared_size
        self._position = 0

    def readable(self) -> bool:
        return True

    def read(self, amt: int | None = None, **kwargs: Any) -> bytes:
        """Up to ``amt`` bytes, or all that are left."""
        left = self._content.size - self._position
        if amt is None and self._declared_size > self._content.size:
            raise self._incomplete_read(left)
        size = left if amt is None or amt < 0 else min(amt, left)
        if size == 0:
            return b""
        first, self._position = self._position, self._position + size
        return self._content.cut(first, self._position - 1).read()

    def _incomplete_read(self, left: int) -> Exception:
        from urllib3.exceptions import ProtocolError

        first, self._position = self._position, self._content.size
        partial = self._content.cut(first, first + left - 1).read() if left else b""
        cause = IncompleteRead(partial, self._declared_size - self._content.size)
        return ProtocolError(f"Connection broken: {cause!r}", cause)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def stream(self, amt: int | None = None, **kwargs: Any) -> Iterator[bytes]:
        """urllib3's way of reading in chunks of ``amt`` bytes."""
        while chunk := self.read(amt or 1 << 16):
            yield chunk


class PreparedResponse:
    """Stands in for a request whose response is known: the ``before-send`` handler returns that response."""

    method = url = body = None
    headers: Mapping[str, str] = {}

    def __init__(self, response: Any) -> None:
        self.response = response


def botocore_error(failure: ConnectionFailure, request: AWSPreparedRequest, package: str) -> Exception:
    """The exception that botocore raises for such a failure of the connection, around urllib3's.

    ``package`` is the botocore in use: ``botocore`` or ``ibm_botocore``.
    """
    from urllib3 import exceptions as urllib3

    botocore, pool = import_module(f"{package}.exceptions"), _Pool(str(request.url))
    reset = urllib3.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    disconnected = RemoteDisconnected("Remote end closed connection without response")
    closed = urllib3.ProtocolError("Connection aborted.", disconnected)
    read_timeout = urllib3.ReadTimeoutError(pool, str(request.url), "Read timed out.")  # type: ignore[arg-type]
    connect_timeout = urllib3.ConnectTimeoutError(pool, "Connection timed out.")
    message = "Failed to establish a new connection: [Errno 111] Connection refused"
    refused = urllib3.NewConnectionError(pool, message)  # type: ignore[arg-type]
    errors: dict[str, tuple[Any, Exception]] = {
        "reset": (botocore.ConnectionClosedError, reset),
        "closed": (botocore.ConnectionClosedError, closed),
        "read_timeout": (botocore.ReadTimeoutError, read_timeout),
        "connect_timeout": (botocore.ConnectTimeoutError, connect_timeout),
        "unreachable": (botocore.EndpointConnectionError, refused),
    }
    error_class, cause = errors[failure.kind]
    extra = {"request": request} if error_class is botocore.ConnectionClosedError else {}
    error: Exception = error_class(endpoint_url=request.url, error=cause, **extra)
    return error


class _Pool:
    """Stands for urllib3's pool of connections to a host, which its exceptions name."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def __repr__(self) -> str:
        return f"AWSHTTPConnectionPool(host={self._url.hostname!r}, port={self._url.port})"

    __str__ = __repr__
