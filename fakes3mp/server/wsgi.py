"""The WSGI application: any HTTP client of any process reaches a fake through a web server.

It translates WSGI's environment to the fake's ``Request``, and the fake's ``Response`` to WSGI's. werkzeug, which reads the
environment, is imported at the first request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ActiveFake
from fakes3mp.server.control import Control, is_control_request
from fakes3mp.wire.messages import ConnectionFailure, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication
    from werkzeug.wrappers import Request as WerkzeugRequest

_CHUNK_SIZE = 1 << 16  # bytes
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
        start_response(f"{response.status} {reason_phrase(response.status)}", list(response.sized_headers().items()))
        return map(bytes, chunks(response.body))

    return app


def respond(environ: dict[str, Any], fake: ActiveFake, control: Control) -> Response:
    """The response to a request: S3's, or the control API's."""
    if not is_control_request(environ):
        return fake.handle(read_request(environ, fake))
    status, body = control.respond(environ)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
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
    return Request(incoming.method, url, headers, _read_body(incoming), _endpoint(url, fake), from_this_process=False)


def _read_body(incoming: WerkzeugRequest) -> bytes:
    """The whole body; where its length is known it is read at once, so that it is held only once."""
    from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

    length = incoming.content_length
    if length is None:
        return incoming.get_data(cache=False, parse_form_data=False)
    if length > _MAX_BODY_SIZE:
        raise RequestEntityTooLarge
    body: bytes = incoming.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body


def _header_text(value: str) -> str:
    """WSGI decodes header values as ISO-8859-1; S3's clients send UTF-8."""
    return value.encode("iso-8859-1", "replace").decode("utf-8", "replace")


def _url(environ: dict[str, Any], host: str) -> str:
    """The URL as it was requested: a key's own escapes are kept where the server gives the raw URI."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is None:
        query = environ.get("QUERY_STRING", "")
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="iso-8859-1")
        raw = f"{path}?{query}" if query else path
    if "://" in raw.partition("?")[0]:
        return str(raw)
    return f"{environ['wsgi.url_scheme']}://{host}{raw}"


def _endpoint(url: str, fake: ActiveFake) -> str | None:
    """The endpoint of a URL. ``media.localhost:9000`` is a virtual host of ``localhost:9000``, bucket or not."""
    scheme, _, rest = url.partition("://")
    host, port = rest.partition("/")[0].partition("?")[0].partition(":")[::2]
    if host.endswith(".localhost"):
        return f"{scheme}://localhost{':' + port if port else ''}"
    return fake.endpoint_of(url)
