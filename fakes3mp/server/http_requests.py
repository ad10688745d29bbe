"""Reads HTTP/1.1 requests from a connection, by the rules of RFC 9112.

Where a message ends is never guessed: a request whose length is not certain is refused, so that nothing in its body can run
as the next request.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import BinaryIO

from msgspec import Struct

_MAX_HEAD_SIZE = 1 << 16  # bytes of the request line and the fields, and again of the trailers
_MAX_CHUNK_LINE = 1 << 12  # bytes of a chunk's size and extensions
_PIECE_SIZE = 1 << 20  # bytes that are read at once, whatever length is declared

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(%s) ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_FIELD_LINE = re.compile(rb"(%s):[ \t]*([^\0\r\n]*)" % _TOKEN)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[^\0\r\n]*)?\r\n")
_HOST = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=:\[\]]*")
_ABSOLUTE_FORM = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)
_METHODS_WITH_BODY = ("PUT", "POST", "PATCH")


class RefusedRequest(Exception):
    """A request that is refused before anybody looks at what it asks for; its connection is closed.

    ``reason`` says to the reader of the server's log what is wrong.
    """

    def __init__(
        self,
        reason: str,
        status: int = 400,
        code: str = "BadRequest",
        message: str = "An error occurred when parsing the HTTP request.",
        **fields: str,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields


class RequestHead(Struct, frozen=True):
    """A request without its body. Field names are lower case; a field that is repeated is joined by commas."""

    method: str
    target: str
    host: str
    headers: dict[str, str]
    length: int | None  # bytes of the body; None where it comes in chunks
    keeps_connection: bool  # whether another request may follow on the connection
    expects_continue: bool


def read_head(stream: BinaryIO) -> RequestHead | None:
    """The head of the next request; None where the client has closed the connection.

    Raises RefusedRequest for a faulty one, and ConnectionError where the client hangs up in the middle of it.
    """
    lines = _HeadLines(stream)
    line = lines.next(at_start=True) or lines.next(
        at_start=True
    )  # one empty line may come before a request (section 2.2)
    if line is None:
        return None
    request_line = _REQUEST_LINE.fullmatch(line)
    if request_line is None:
        raise RefusedRequest(f"no request line: {line[:200]!r}")
    if request_line[3] != b"1":
        message = "The HTTP version of the request is not supported."  # wording not verified
        raise RefusedRequest("not HTTP/1", 505, "HttpVersionNotSupported", message)
    fields = _read_fields(lines)
    is_1_0 = request_line[4] == b"0"
    method, target = request_line[1].decode(), request_line[2].decode("latin-1")
    host = _host(target, fields.get("host", ()), is_required=not is_1_0)
    length, is_certain = _body_length(method, fields, is_1_0)
    headers = {name: ",".join(values) for name, values in fields.items()}
    if length is not None and "content-length" in headers:
        headers["content-length"] = str(length)
    connection_options = {option.strip(" \t").lower() for option in headers.get("connection", "").split(",")}
    return RequestHead(
        method,
        target,
        host,
        {**headers, "host": host},
        length,
        keeps_connection=is_certain and not is_1_0 and "close" not in connection_options,
        expects_continue=_expects_continue(headers) and not is_1_0,
    )


class _HeadLines:
    """The lines of a head or of trailers, without their ends, up to a limit in bytes. A line feed alone ends a line too."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes_left = _MAX_HEAD_SIZE

    def next(self, *, at_start: bool = False) -> bytes | None:
        """The next line; None where the client hung up before a request, which ``at_start`` allows."""
        line = self._stream.readline(self._bytes_left)
        self._bytes_left -= len(line)
        if line.endswith(b"\n"):
            return line[:-2] if line.endswith(b"\r\n") else line[:-1]
        if not self._bytes_left:
            message = (
                "Your request header and the query parameters used to make the request exceed the maximum allowed size"
            )
            size = str(_MAX_HEAD_SIZE)
            raise RefusedRequest("too long", 400, "RequestHeaderSectionTooLarge", message, MaxSizeAllowed=size)
        if line or not at_start:
            raise ConnectionError("the client hung up in the middle of a request")
        return None


def _read_fields(lines: _HeadLines) -> dict[str, list[str]]:
    """Field values by lower-case names, up to the empty line (section 5). S3's clients send UTF-8."""
    fields: dict[str, list[str]] = {}
    while line := lines.next():
        field = _FIELD_LINE.fullmatch(line)
        if field is None:
            raise RefusedRequest(f"no header field: {line[:200]!r}")
        value = field[2].rstrip(b" \t").decode("utf-8", "replace")
        fields.setdefault(field[1].decode().lower(), []).append(value)
    return fields


def _host(target: str, hosts: Sequence[str], *, is_required: bool) -> str:
    """The host that is asked: that of an absolute target, or the Host field's (sections 3.2 and 3.3)."""
    if len(hosts) > 1 or (is_required and not hosts):
        raise RefusedRequest(f"{len(hosts)} Host fields instead of one")
    absolute = _ABSOLUTE_FORM.match(target)
    if absolute is None and not target.startswith("/"):
        raise RefusedRequest(f"a target that is neither a path nor a URL: {target[:200]!r}")
    host = absolute[1] if absolute else hosts[0] if hosts else ""
    if not _HOST.fullmatch(host):
        raise RefusedRequest(f"a bad host: {host[:200]!r}")
    return host or "localhost"


def _body_length(method: str, fields: dict[str, list[str]], is_1_0: bool) -> tuple[int | None, bool]:
    """The body's length in bytes, None for chunks; and whether all could agree on it (section 6.3).

    Where they could not, the request may be answered, but its connection must be closed.
    """
    if "transfer-encoding" in fields:
        _check_transfer_encoding(fields["transfer-encoding"], is_1_0)
        return None, "content-length" not in fields
    if "content-length" not in fields:
        return 0, method not in _METHODS_WITH_BODY
    numbers = [number.strip(" \t") for value in fields["content-length"] for number in value.split(",")]
    if len(set(numbers)) > 1 or not re.fullmatch("[0-9]+", numbers[0]):
        raise RefusedRequest(f"Content-Length is not one number: {', '.join(numbers)[:200]!r}")
    digits = numbers[0].lstrip("0") or "0"
    if len(digits) > 18:
        raise _too_large(digits[:18])
    return int(digits), len(numbers) == 1


def _check_transfer_encoding(values: Sequence[str], is_1_0: bool) -> None:
    """Raise RefusedRequest unless the only transfer encoding is ``chunked`` (sections 6.1 and 6.3)."""
    codings = [coding.strip(" \t").lower() for value in values for coding in value.split(",")]
    if codings == ["chunked"] and not is_1_0:
        return
    reason = f"Transfer-Encoding is not 'chunked', or not in HTTP/1.1: {', '.join(codings)[:200]!r}"
    if is_1_0 or codings[-1] != "chunked" or codings.count("chunked") > 1:
        raise RefusedRequest(reason)
    message = "A header you provided implies functionality that is not implemented"
    raise RefusedRequest(reason, 501, "NotImplemented", message, Header="Transfer-Encoding")


def _expects_continue(headers: dict[str, str]) -> bool:
    """Whether the client waits for ``100 Continue`` before it sends the body (RFC 9110, section 10.1.1)."""
    expectation = headers.get("expect")
    if expectation is None:
        return False
    if expectation.strip(" \t").lower() != "100-continue":
        message = "The Expect header cannot be satisfied."  # wording not verified
        raise RefusedRequest(f"Expect: {expectation[:200]!r}", 417, "ExpectationFailed", message)
    return True


def check_body_size(head: RequestHead, max_size: int) -> None:
    """Raise RefusedRequest where the declared length is more than ``max_size`` bytes."""
    if head.length is not None and head.length > max_size:
        raise _too_large(str(head.length), max_size)


def read_body(stream: BinaryIO, head: RequestHead, max_size: int) -> bytes:
    """The whole body, which takes memory only as it arrives, in whatever lengths it is declared.

    Raises RefusedRequest for faulty chunks and for more than ``max_size`` bytes, and ConnectionError where the client hangs
    up before the end.
    """
    if head.length is not None and head.length <= _PIECE_SIZE:
        body = stream.read(head.length)
        if len(body) < head.length:
            raise ConnectionError("the client hung up in the middle of a body")
        return body
    buffer = io.BytesIO()
    if head.length is not None:
        _copy(stream, buffer, head.length)
    else:
        _read_chunks(stream, buffer, max_size)
    return buffer.getvalue()


def _copy(stream: BinaryIO, buffer: io.BytesIO, size: int) -> None:
    while size:
        piece = stream.read(min(size, _PIECE_SIZE))
        if not piece:
            raise ConnectionError("the client hung up in the middle of a body")
        buffer.write(piece)
        size -= len(piece)


def _read_chunks(stream: BinaryIO, buffer: io.BytesIO, max_size: int) -> None:
    """Chunks, the last one, which is empty, and trailers, which S3 does not use here (section 7.1)."""
    while True:
        line = stream.readline(_MAX_CHUNK_LINE)
        chunk = _CHUNK_LINE.fullmatch(line)
        if chunk is None:
            if not line.endswith(b"\n") and len(line) < _MAX_CHUNK_LINE:
                raise ConnectionError("the client hung up between chunks")
            raise RefusedRequest(f"no chunk size: {line[:200]!r}")
        size = int(chunk[1], 16)
        if size == 0:
            _read_fields(_HeadLines(stream))
            return
        if buffer.tell() + size > max_size:
            raise _too_large(str(buffer.tell() + size), max_size)
        _copy(stream, buffer, size)
        end = stream.read(2)
        if end != b"\r\n":
            raise RefusedRequest(f"a chunk of {size} bytes is followed by {end!r}")


def _too_large(size: str, max_size: int = 5 << 30) -> RefusedRequest:
    message = "Your proposed upload exceeds the maximum allowed size"
    fields = {"ProposedSize": size, "MaxSizeAllowed": str(max_size)}
    return RefusedRequest(f"a body of {size} bytes", 400, "EntityTooLarge", message, **fields)
