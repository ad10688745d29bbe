"""The interceptor for ``requests``: presigned and raw S3 URLs reach the fake, through a registry of ``responses``.

The registry is our own. A user's mocks of ``responses`` come first where they match, and their call log has none of our
calls:

* where their mock was started before the fake, requests that are not for S3 go on to it;
* where their mock was started after the fake, S3 requests that it does not match come back to us through
  ``RequestsMock._on_request``, the one undocumented patch point here; tests/interceptors/test_requests.py fails when
  responses moves it.

Neither library is imported before the user has imported ``requests``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.botocore_responses import ResponseBody
from fakes3mp.interceptors.import_hooks import call_on_import, cancel_on_import
from fakes3mp.interceptors.patches import Patches
from fakes3mp.interceptors.request_bodies import read_body
from fakes3mp.wire.messages import ConnectionFailure, Request

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.adapters import HTTPAdapter
    from responses import RequestsMock


class RequestsInterceptor:
    """Catches the requests of ``requests`` for the active fakes."""

    def __init__(self) -> None:
        self._mock: RequestsMock | None = None  # our own
        self._patches = Patches()

    def install(self) -> None:
        """Start our mock, now or when the user imports ``requests``."""
        call_on_import("requests", self._start)

    def _start(self) -> None:
        import responses
        from requests.adapters import HTTPAdapter

        next_send: Any = HTTPAdapter.send  # where requests that are not for S3 go: possibly a user's mock
        self._mock = responses.RequestsMock(False, registry=_registry_class(), real_adapter_send=next_send)
        self._mock.start()
        self._patches.replace(responses.RequestsMock, "_on_request", self._patched_on_request)

    def remove(self) -> None:
        """Put both libraries back as they were."""
        cancel_on_import("requests")
        self._patches.undo()
        if self._mock is not None:
            self._mock.stop(allow_assert=False)
            self._mock = None

    def _patched_on_request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """S3 requests for which a user's mock has no response go to our mock."""

        def _on_request(mock: RequestsMock, adapter: HTTPAdapter, request: PreparedRequest, **kwargs: Any) -> Any:
            ours = self._mock
            if ours is None or mock is ours or _fake_for(str(request.url)) is None or _matches(mock, request, kwargs):
                return original(mock, adapter, request, **kwargs)
            return original(ours, adapter, request, **kwargs)

        return _on_request


def _fake_for(url: str) -> ActiveFake | None:
    fake = ACTIVE.fake_for(url)
    return fake if fake is not None and fake.claims(url) else None


def _matches(mock: RequestsMock, request: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a user's mock has a response for the request; none is used up."""
    request.params = dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
    request.req_kwargs = kwargs
    return any(rule.method == request.method and rule.matches(request)[0] for rule in mock.registered())


def _registry_class() -> Any:
    from responses import CallbackResponse, PassthroughResponse, registries

    class Registry(registries.FirstMatchRegistry):
        """Has a response for every S3 URL; other requests go where they would have gone."""

        def find(self, request: PreparedRequest) -> Any:
            method, url = str(request.method), str(request.url)
            if _fake_for(url) is None:
                return PassthroughResponse(method, url), []
            return CallbackResponse(method, url, callback=_respond, content_type=None), []

    return Registry


def _respond(request: PreparedRequest) -> tuple[int, dict[str, str], Any]:
    url = str(request.url)
    fake = _fake_for(url)
    assert fake is not None, "the fake was stopped during a request"
    try:
        response = fake.handle(read_request(request, fake.endpoint_of(url)))
    except ConnectionFailure as failure:
        raise requests_error(failure, request) from None
    body = io.BufferedReader(ResponseBody(response.body))
    return response.status, response.sized_headers(), body


def read_request(request: PreparedRequest, endpoint: str | None) -> Request:
    """The fake's ``Request`` for a prepared one."""
    headers = {str(name).lower(): _header_text(value) for name, value in request.headers.items()}
    body = read_body(request.body, "utf-8")
    return Request(str(request.method), str(request.url), headers, body, endpoint, from_this_process=False)


def _header_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def requests_error(failure: ConnectionFailure, request: PreparedRequest) -> Exception:
    """The exception that ``requests`` raises for such a failure of the connection."""
    from requests import exceptions

    reset = "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
    closed = "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))"
    errors: dict[str, tuple[Any, str]] = {
        "reset": (exceptions.ConnectionError, reset),
        "closed": (exceptions.ConnectionError, closed),
        "read_timeout": (exceptions.ReadTimeout, f"{request.url}: Read timed out."),
        "connect_timeout": (exceptions.ConnectTimeout, f"{request.url}: Connection timed out."),
        "unreachable": (exceptions.ConnectionError, f"{request.url}: [Errno 111] Connection refused"),
    }
    error_class, message = errors[failure.kind]
    error: Exception = error_class(message, request=request)
    return error


INTERCEPTOR = RequestsInterceptor()
