"""The WSGI application: any HTTP client of any process reaches a fake through a web server.

It translates WSGI's environment to the fake's ``Request``, and the fake's ``Response`` to WSGI's. werkzeug, which reads the
environment, is imported at the first request.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ActiveFake
from fakes3mp.server.control import Control, is_control_request
from fakes3mp.server.other_servers import other_servers_response
from fakes3mp.wire.messages import ConnectionFailure, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication
    from werkzeug.wrappers import Request as WerkzeugRequest

_CHUNK_SIZE = 1 << 16  # bytes
_PIECE_SIZE = 1 << 20  # bytes
_ABSOLUTE_FORM = re.compile("https?://", re.IGNORECASE)
_MAX_BODY_SIZE = 5 << 30  # bytes: S3's limit for a single request


def wsgi_app(fake: ActiveFake) -> WSGIApplication:
    """A WSGI application that answers S3 requests from a fake, for any WSGI server.

    Parameters
    ----------
    fake : FakeS3
        The fake that answers. It need not be started: starting is for clients of this process.

    Returns
    -------
    WSGIApplication
        The application. Where a fault rule breaks the connection it raises ``ConnectionResetError``, on which a server
        drops the connection. An exception that is a bug of the fake is not caught, so that the server reports it.

    Examples
    --------
    >>> from fakes3mp import FakeS3, wsgi_app
    >>> from werkzeug.test import Client
    >>> client = Client(wsgi_app(FakeS3(buckets=["media"])))
    >>> client.get("/missing/key").status_code
    404
    """
    control = Control(fake)

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            response = respond(environ, fake, control)
        except ConnectionFailure as failure:  # WSGI has no other way to break a connection
            raise ConnectionResetError(failure.kind) from None
        headers = [(name, _wsgi_text(value)) for name, value in response.sized_headers().items()]
        start_response(f"{response.status} {reason_phrase(response.status)}", headers)
        return map(bytes, chunks(response.body))

    return app


def respond(environ: dict[str, Any], fake: ActiveFake, control: Control) -> Response:
    """The response to a request: S3's, or another."""
    return other_response(environ, fake, control) or fake.handle(read_request(environ, fake))


def other_response(environ: dict[str, Any], fake: ActiveFake, control: Control) -> Response | None:
    """The response of the control API, or to what fixtures ask of other servers; None where the request is for S3."""
    if is_control_request(environ):
        return control_response(environ, control)
    return other_servers_response(environ, fake, control)


def control_response(environ: dict[str, Any], control: Control) -> Response:
    """The response of the control API."""
    status, content_type, body = control.respond(environ)
    headers = {"Content-Type": content_type, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return Response(status, headers, Content.of(body))


def reason_phrase(status: int) -> str:
    """HTTP's phrase for a status: 404 is ``Not Found``."""
    return HTTPStatus(status).phrase


def chunks(content: Content) -> Iterator[memoryview]:
    """A response's body in chunks of at most 64 KiB, without copying it."""
    for segment in content.segments:
        view = memoryview(segment)
        for start in range(0, len(view), _CHUNK_SIZE):
            yield view[start : start + _CHUNK_SIZE]


def read_request(environ: dict[str, Any], fake: ActiveFake) -> Request:
    """The fake's ``Request`` for a WSGI environment; a werkzeug exception where the client hangs up before its end."""
    from werkzeug.wrappers import Request as WerkzeugRequest

    incoming = WerkzeugRequest(environ)
    headers = {name.lower(): _header_text(value) for name, value in incoming.headers.items()}
    url = _url(environ, headers.get("host", "localhost"))
    return Request(
        incoming.method,
        url,
        headers,
        _read_body(incoming),
        find_endpoint(url, fake),
        from_this_process=False,
        source_ip=environ.get("REMOTE_ADDR") or "127.0.0.1",
    )


def _read_body(incoming: WerkzeugRequest) -> bytes:
    """The whole body, which takes memory only as it arrives, whatever length is declared."""
    from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

    length = incoming.content_length
    stream = incoming.stream if length is None else incoming.environ["wsgi.input"]
    bytes_left, buffer = _MAX_BODY_SIZE + 1 if length is None else length, io.BytesIO()
    if bytes_left > _MAX_BODY_SIZE and length is not None:
        raise RequestEntityTooLarge
    while bytes_left and (piece := stream.read(min(bytes_left, _PIECE_SIZE))):
        buffer.write(piece)
        bytes_left -= len(piece)
    if length is None and not bytes_left:
        raise RequestEntityTooLarge
    if length is not None and bytes_left:
        raise ClientDisconnected
    return buffer.getvalue()


def _header_text(value: str) -> str:
    """WSGI decodes header values as ISO-8859-1; S3's clients send UTF-8."""
    return value.encode("iso-8859-1", "replace").decode("utf-8", "replace")


def _wsgi_text(value: str) -> str:
    """A header's value for WSGI, which encodes it as ISO-8859-1; S3 sends UTF-8 (O265)."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("iso-8859-1")


def _url(environ: dict[str, Any], host: str) -> str:
    """The URL as it was requested: a key's own escapes are kept where the server gives the raw URI."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is None:
        query = environ.get("QUERY_STRING", "")
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="iso-8859-1")
        raw = f"{path}?{query}" if query else path
    if _ABSOLUTE_FORM.match(raw):  # as a proxy is asked (RFC 9112, section 3.2.2)
        return str(raw)
    return f"{environ['wsgi.url_scheme']}://{host}{raw if raw.startswith('/') else f'/{raw}'}"


def find_endpoint(url: str, fake: ActiveFake) -> str | None:
    """The endpoint of a URL. ``media.localhost:9000`` is a virtual host of ``localhost:9000``, bucket or not."""
    scheme, _, rest = url.partition("://")
    host, port = rest.partition("/")[0].partition("?")[0].partition(":")[::2]
    if host.endswith(".localhost"):
        return f"{scheme}://localhost{':' + port if port else ''}"
    return fake.endpoint_of(url)
