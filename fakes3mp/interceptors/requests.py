"""The door for ``requests``: presigned URLs and raw URLs of S3 reach the fake, through a registry of ``responses``.

What may live here: requests' prepared request as the wire's, the wire's answer as ``responses`` gives one. The registry is
our own. A user's mocks of ``responses`` come first where they match, and their call log has nothing of ours:

* where theirs were started before ours, what is not S3's goes on to them;
* where theirs were started after ours, what is S3's and not theirs comes back to us (``RequestsMock._on_request``, the one
  undocumented seam here; tests/interceptors/test_requests.py fails when it moves).

Neither library is imported before the user has imported ``requests``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.botocore_responses import Raw
from fakes3mp.interceptors.import_hooks import unwatch, watch
from fakes3mp.interceptors.patches import Patches
from fakes3mp.interceptors.request_bodies import whole
from fakes3mp.wire.messages import ConnectionFailure, Request

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.adapters import HTTPAdapter
    from responses import RequestsMock


class RequestsInterceptor:
    """Opens and closes the way from ``requests`` to the active fakes."""

    def __init__(self) -> None:
        self._own: RequestsMock | None = None
        self._patches = Patches()

    def install(self) -> None:
        """Start our registry, now or when the user imports ``requests``."""
        watch("requests", self._start)

    def _start(self) -> None:
        import responses
        from requests.adapters import HTTPAdapter

        further: Any = HTTPAdapter.send  # where a request goes that is not S3's: maybe to a user's mock
        self._own = responses.RequestsMock(False, registry=_registry(), real_adapter_send=further)
        self._own.start()
        self._patches.replace(responses.RequestsMock, "_on_request", self._returning)

    def remove(self) -> None:
        """Leave both libraries as they were."""
        unwatch("requests")
        self._patches.undo()
        if self._own is not None:
            self._own.stop(allow_assert=False)
            self._own = None

    def _returning(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """What a user's mock has no answer for, and is S3's, comes to us."""

        def _on_request(mock: RequestsMock, adapter: HTTPAdapter, request: PreparedRequest, **kwargs: Any) -> Any:
            own = self._own
            if own is None or mock is own or _answering(str(request.url)) is None or _matched(mock, request, kwargs):
                return original(mock, adapter, request, **kwargs)
            return original(own, adapter, request, **kwargs)

        return _on_request


def _answering(url: str) -> ActiveFake | None:
    fake = ACTIVE.answering(url)
    return fake if fake is not None and fake.claims(url) else None


def _matched(mock: RequestsMock, request: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a user's mock has an answer, without using one up."""
    request.params = dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
    request.req_kwargs = kwargs
    return any(each.method == request.method and each.matches(request)[0] for each in mock.registered())


def _registry() -> Any:
    from responses import CallbackResponse, PassthroughResponse, registries

    class Registry(registries.FirstMatchRegistry):
        """Has an answer for every URL of S3's; what is not goes on to where it would have gone."""

        def find(self, request: PreparedRequest) -> Any:
            method, url = str(request.method), str(request.url)
            if _answering(url) is None:
                return PassthroughResponse(method, url), []
            return CallbackResponse(method, url, callback=_answer, content_type=None), []

    return Registry


def _answer(request: PreparedRequest) -> tuple[int, dict[str, str], Any]:
    url = str(request.url)
    fake = _answering(url)
    assert fake is not None, "the fake stopped while it was asked"
    try:
        response = fake.handle(translated(request, fake.endpoint_of(url)))
    except ConnectionFailure as broken:
        raise as_requests(broken, request) from None
    body = io.BufferedReader(Raw(response.body))
    return response.status, response.sized_headers(), body


def translated(request: PreparedRequest, endpoint: str | None) -> Request:
    """A prepared request as the wire's."""
    headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
    return Request(
        str(request.method), str(request.url), headers, whole(request.body, "utf-8"), endpoint, from_this_process=False
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def as_requests(broken: ConnectionFailure, request: PreparedRequest) -> Exception:
    """A broken connection as ``requests`` tells of one."""
    from requests import exceptions as known

    kinds: dict[str, Any] = {
        "reset": (
            known.ConnectionError,
            "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        ),
        "closed": (
            known.ConnectionError,
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))",
        ),
        "read_timeout": (known.ReadTimeout, f"{request.url}: Read timed out."),
        "connect_timeout": (known.ConnectTimeout, f"{request.url}: Connection timed out."),
        "unreachable": (known.ConnectionError, f"{request.url}: [Errno 111] Connection refused"),
    }
    kind, message = kinds[broken.how]
    error: Exception = kind(message, request=request)
    return error


INTERCEPTOR = RequestsInterceptor()
