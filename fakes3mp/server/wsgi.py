"""The WSGI door: any HTTP client of any process reaches a fake through a web server.

What may live here: WSGI's environment as the wire's request, the wire's answer as WSGI's. werkzeug reads the environment;
it is imported when the first request comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ActiveFake
from fakes3mp.wire.messages import ConnectionFailure, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication
    from werkzeug.wrappers import Request as Incoming

_PIECE = 1 << 16  # bytes
_MOST = 5 << 30  # bytes: more is no single request of S3's


def wsgi_app(fake: ActiveFake) -> WSGIApplication:
    """A WSGI application that answers for a fake, started or not, under any WSGI server.

    >>> from fakes3mp import FakeS3
    >>> from werkzeug.test import Client
    >>> client = Client(wsgi_app(FakeS3(buckets=["media"])))
    >>> client.get("/missing/key").status_code
    404
    """

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            response = fake.handle(translated(environ, fake))
        except (
            ConnectionFailure
        ) as broken:  # a server drops the connection; it cannot be broken in other ways from here
            raise ConnectionResetError(broken.how) from None
        start_response(f"{response.status} {phrase(response.status)}", list(response.sized_headers().items()))
        return map(bytes, pieces(response.body))

    return app


def phrase(status: int) -> str:
    """The words for a status."""
    return HTTPStatus(status).phrase


def pieces(content: Content) -> Iterator[memoryview]:
    """An answer's body in pieces, none of them copied."""
    for segment in content.segments:
        view = memoryview(segment)
        for at in range(0, len(view), _PIECE):
            yield view[at : at + _PIECE]


def translated(environ: dict[str, Any], fake: ActiveFake) -> Request:
    """What WSGI says of a request, as the wire's; raises a werkzeug exception where the client hangs up on the way."""
    from werkzeug.wrappers import Request as Arrived

    incoming = Arrived(environ)
    headers = {name.lower(): _text(value) for name, value in incoming.headers.items()}
    url = _url(environ, headers.get("host", "localhost"))
    return Request(incoming.method, url, headers, _body(incoming), _endpoint(url, fake), from_this_process=False)


def _body(incoming: Incoming) -> bytes:
    """The whole body, read into one piece where its length is known."""
    from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

    length = incoming.content_length
    if length is None:
        return incoming.get_data(cache=False, parse_form_data=False)
    if length > _MOST:
        raise RequestEntityTooLarge
    body: bytes = incoming.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body


def _text(value: str) -> str:
    """WSGI hands headers over as ISO-8859-1; S3's clients mean UTF-8."""
    return value.encode("iso-8859-1", "replace").decode("utf-8", "replace")


def _url(environ: dict[str, Any], host: str) -> str:
    """The URL as it was asked for: a key's own escapes are kept where the server tells of them."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is None:
        query = environ.get("QUERY_STRING", "")
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="iso-8859-1")
        raw = f"{path}?{query}" if query else path
    if "://" in raw.partition("?")[0]:
        return str(raw)
    return f"{environ['wsgi.url_scheme']}://{host}{raw}"


def _endpoint(url: str, fake: ActiveFake) -> str | None:
    """``media.localhost:9000`` is a virtual host of ``localhost:9000``, whether or not that bucket is there yet."""
    scheme, _, rest = url.partition("://")
    name, port = rest.partition("/")[0].partition("?")[0].partition(":")[::2]
    if name.endswith(".localhost"):
        return f"{scheme}://localhost{':' + port if port else ''}"
    return fake.endpoint_of(url)
