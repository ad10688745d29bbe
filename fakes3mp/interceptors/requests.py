"""The interceptor for ``requests``: presigned and raw S3 URLs reach the fake.

It stands where ``HTTPAdapter.send`` gets its connection, below everything that users put around requests: sessions, hooks,
adapters of their own, retries, mocks of ``responses``. Those mocks come first where they match, and their call log has none
of our calls; it does not matter whether they start and stop before or after the fake. The patch points:

* ``HTTPAdapter.get_connection_with_tls_context``, or ``get_connection`` in older releases: the connection to a URL;
* ``RequestsMock._on_request`` of ``responses``, undocumented: a request that a user's mock does not match.
  tests/interceptors/test_requests.py fails when responses moves it.

Neither library is imported before the user has imported it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.botocore_responses import ResponseBody, urllib3_error
from fakes3mp.interceptors.other_mocks import is_motos_mock
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches
from fakes3mp.interceptors.request_bodies import read_body
from fakes3mp.wire.messages import ConnectionFailure, Request

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.adapters import HTTPAdapter
    from responses import RequestsMock


class RequestsInterceptor(ModuleInterceptor):
    """Catches the requests of ``requests`` for the active fakes."""

    def patch(self, module: Any, patches: Patches) -> None:
        adapter_class = module.HTTPAdapter
        patches.replace(adapter_class, "get_connection", _patched_get_connection)
        if hasattr(adapter_class, "get_connection_with_tls_context"):
            patches.replace(adapter_class, "get_connection_with_tls_context", _patched_get_connection)


class ResponsesInterceptor(ModuleInterceptor):
    """Lets S3 requests through that a user's mock of ``responses`` does not match."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.RequestsMock, "_on_request", _patched_on_request)


def _patched_get_connection(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_connection(adapter: HTTPAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
        url = request if isinstance(request, str) else str(request.url)
        fake = _fake_for(url)
        return original(adapter, request, *args, **kwargs) if fake is None else Connection(fake, url)

    return get_connection


def _patched_on_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def _on_request(mock: RequestsMock, adapter: HTTPAdapter, request: PreparedRequest, **kwargs: Any) -> Any:
        if _fake_for(str(request.url)) is None or _matches(mock, request, kwargs):
            return original(mock, adapter, request, **kwargs)
        from responses import _real_send

        return _real_send(adapter, request, **kwargs)

    return _on_request


def _fake_for(url: str) -> ActiveFake | None:
    fake = ACTIVE.fake_for(url)
    return fake if fake is not None and fake.claims(url) else None


def _matches(mock: RequestsMock, request: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a user's mock has a response for the request; none is used up. moto's leaves S3 to us."""
    if is_motos_mock(mock):
        return False
    request.params = dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
    request.req_kwargs = kwargs
    return any(rule.method == request.method and rule.matches(request)[0] for rule in mock.registered())


class Connection:
    """Stands for urllib3's pool of connections to S3, as far as ``HTTPAdapter.send`` uses it."""

    def __init__(self, fake: ActiveFake, url: str) -> None:
        self._fake = fake
        self._url = url

    def urlopen(self, method: str, url: str, body: Any, headers: Any, retries: Any, **options: Any) -> Any:
        """The fake's response, after the retries that the user's adapter has; urllib3's own errors."""
        from urllib3.exceptions import HTTPError, MaxRetryError

        request = read_request(method, self._url, headers, body, self._fake.endpoint_of(self._url))
        while True:
            response = error = None
            try:
                response = self._send(request)
            except HTTPError as failure:
                error = failure
            if response is not None and not retries.is_retry(
                method, response.status, "Retry-After" in response.headers
            ):
                return response
            try:
                retries = retries.increment(method, url, response=response, error=error, _pool=self)
            except MaxRetryError:
                if response is not None and not retries.raise_on_status:
                    return response
                raise
            if self._fake.real_sleep:
                retries.sleep(response)

    def _send(self, request: Request) -> Any:
        from http import HTTPStatus

        from urllib3 import HTTPResponse

        try:
            response = self._fake.handle(request)
        except ConnectionFailure as failure:
            raise urllib3_error(failure, self._url) from None
        return HTTPResponse(
            body=ResponseBody(response.body),
            headers=response.sized_headers(),
            status=response.status,
            version=11,
            reason=HTTPStatus(response.status).phrase,
            preload_content=False,
            request_method=request.method,
            enforce_content_length=True,
        )


def read_request(method: str, url: str, headers: Any, body: Any, endpoint: str | None) -> Request:
    """The fake's ``Request`` for what an adapter sends."""
    texts = {str(name).lower(): _header_text(value) for name, value in headers.items()}
    return Request(method, url, texts, read_body(body, "utf-8"), endpoint, from_this_process=False)


def _header_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


INTERCEPTOR = RequestsInterceptor("requests.adapters")
RESPONSES = ResponsesInterceptor("responses")
