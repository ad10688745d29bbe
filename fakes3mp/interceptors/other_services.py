"""Calls of other AWS services while a fake is active: another library's mock answers them, or they are let out, or refused.

Undocumented patch points and attributes of botocore:

* ``Endpoint._send``: what hands a request to the network, after every ``before-send`` handler has left it unanswered;
* ``Endpoint._event_emitter`` and ``HierarchicalEmitter._handlers.prefix_search``, through ``other_mocks``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.guard import NotIntercepted
from fakes3mp.interceptors.other_mocks import OTHER_MOCK, is_moto_active
from fakes3mp.service.credentials import ACCESS_KEY

# service -> the event at which its calls are answered
BEFORE_SEND_EVENTS = {"s3": "before-send.s3", "s3control": "before-send.s3-control", "sts": "before-send.sts"}
SERVICES_BY_EVENT = {event: service for service, event in BEFORE_SEND_EVENTS.items()}


def is_answered(fake: ActiveFake, service: str, host: str) -> bool:
    """Whether a fake answers the calls of a service by itself.

    STS is asked by code that calls S3. It is answered at Amazon's hosts, unless moto does so or its calls are let out.
    """
    if service in fake.answered_services:
        return True
    return service == "sts" and ".amazonaws.com" in host and fake.other_services != "allow" and not is_moto_active()


class OtherCall(NamedTuple):
    """A call of a service that no fake answers, by botocore's names."""

    service: str
    operation: str


_CURRENT: ContextVar[OtherCall | None] = ContextVar("fakes3mp other call", default=None)


def make_request(original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
    """``Endpoint.make_request`` for another service."""
    OTHER_MOCK.take(endpoint, operation_model)
    with _tracking(operation_model):
        return original(endpoint, operation_model, request_dict)


async def make_async_request(
    original: Callable[..., Any], endpoint: Any, operation_model: Any, request_dict: Any
) -> Any:
    """``AioEndpoint.make_request`` for another service."""
    with _tracking(operation_model):
        return await original(endpoint, operation_model, request_dict)


@contextmanager
def _tracking(operation_model: Any) -> Iterator[None]:
    token = _CURRENT.set(OtherCall(operation_model.service_model.service_name, operation_model.name))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def patched_send(original: Callable[..., Any]) -> Callable[..., Any]:
    """``Endpoint._send``, preceded by a look at whose call it is; what it returns may be an awaitable."""

    def _send(endpoint: Any, request: Any) -> Any:
        call = _CURRENT.get()
        if call is not None and _is_refused(request):
            raise NotIntercepted(_refusal(call, str(request.url)))
        return original(endpoint, request)

    return _send


def _is_refused(request: Any) -> bool:
    """Whether the active fake lets no such request out (its option ``other_services``)."""
    url = str(request.url)
    fake = ACTIVE.fake_for(url)
    if fake is None or fake.other_services == "allow":
        return False
    return fake.other_services == "refuse" or (_has_dummy_signature(request) and not _is_local(url))


def _has_dummy_signature(request: Any) -> bool:
    """Whether a request is signed with our dummy credentials, which no service knows."""
    return ACCESS_KEY in f"{request.headers.get('Authorization', '')}{request.url}"


def _is_local(url: str) -> bool:
    """Whether a URL is this machine's, where another mock or emulator may listen."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _refusal(call: OtherCall, url: str) -> str:
    origin = "/".join(url.split("/", 3)[:3])
    return (
        f"{call.service} {call.operation} would have gone to {origin} while a fake S3 is active, and no mock here answers "
        f"it. Ways out: pip install 'moto[{call.service}]' and use fakes3mp.mock_aws, or moto's mock_aws beside the fake; "
        'FakeS3(other_services="allow") lets calls of other services out; passthrough=[...] exempts an endpoint.'
    )
