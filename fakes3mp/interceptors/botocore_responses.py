"""Responses and connection failures in the shapes that botocore and urllib3 have for them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fakes3mp.core.content import Content
from fakes3mp.wire.messages import ConnectionFailure

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest


class _NoSocket:
    """Stands for a response's way down to its socket, ``_fp.fp.raw._sock``, whose timeout clients can set."""

    @property
    def fp(self) -> _NoSocket:
        return self

    raw = _sock = fp

    def settimeout(self, seconds: float | None) -> None:
        """Nothing is waited for. As a socket does, it refuses what is no number of seconds."""
        if seconds is not None and float(seconds) < 0:
            raise ValueError("Timeout value out of range")


class ResponseBody(io.RawIOBase):
    """A response's body as botocore reads it: in chunks, out of the content's own segments.

    ``declared_size`` is the body's length in bytes where the connection breaks before its end: a read of all that is left
    then raises as it does on a broken connection.
    """

    _fp = _NoSocket()  # read by StreamingBody.set_socket_timeout

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
        from http.client import IncompleteRead

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
    error_class = getattr(import_module(f"{package}.exceptions"), _BOTOCORE_ERRORS[failure.kind])
    extra = {"request": request} if error_class.__name__ == "ConnectionClosedError" else {}
    cause = urllib3_error(failure, str(request.url))
    error: Exception = error_class(endpoint_url=request.url, error=cause, **extra)
    return error


_BOTOCORE_ERRORS = {
    "reset": "ConnectionClosedError",
    "closed": "ConnectionClosedError",
    "read_timeout": "ReadTimeoutError",
    "connect_timeout": "ConnectTimeoutError",
    "unreachable": "EndpointConnectionError",
}


def urllib3_error(failure: ConnectionFailure, url: str) -> Exception:
    """The exception that urllib3 raises for such a failure of the connection to a URL."""
    from http.client import RemoteDisconnected

    from urllib3 import exceptions

    pool: Any = _Pool(url)
    if failure.kind == "read_timeout":
        return exceptions.ReadTimeoutError(pool, url, "Read timed out.")
    if failure.kind == "connect_timeout":
        return exceptions.ConnectTimeoutError(pool, "Connection timed out.")
    if failure.kind == "unreachable":
        message = "Failed to establish a new connection: [Errno 111] Connection refused"
        return exceptions.NewConnectionError(pool, message)
    closed = RemoteDisconnected("Remote end closed connection without response")
    cause = ConnectionResetError(104, "Connection reset by peer") if failure.kind == "reset" else closed
    return exceptions.ProtocolError("Connection aborted.", cause)


class _Pool:
    """Stands for urllib3's pool of connections to a host, which its exceptions name."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def __repr__(self) -> str:
        return f"AWSHTTPConnectionPool(host={self._url.hostname!r}, port={self._url.port})"

    __str__ = __repr__
