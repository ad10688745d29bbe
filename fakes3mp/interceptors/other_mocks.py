"""moto beside a fake: its S3 does not see the fake's calls, and inside ``mock_aws`` it answers all other services.

moto registers one handler of ``before-send`` with every botocore client, and one mock of ``responses``. Every undocumented
patch point and attribute:

* ``moto.core.botocore_stubber.BotocoreStubber.__call__``: the handler. It executes what it is called with, so that a call
  of ours would be done twice;
* ``moto.core.models``: ``botocore_stubber``, whose ``enabled`` says whether moto is active, and ``responses_mock``;
* ``start(reset)`` of ``moto.mock_aws``, and of ``moto.mock_SERVICE`` in releases before 5;
* ``HierarchicalEmitter._handlers.prefix_search``: whether a client has the handler. One that was created before moto was
  imported has not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any
from weakref import WeakSet

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches

MOTOS_HANDLER = "moto.core.botocore_stubber"  # the module whose handlers leave our calls alone
_MODELS = "moto.core.models"
_SERVICES = {"s3": "s3", "s3-control": "s3control", "sts": "sts"}  # in the names of events -> botocore's names


class MotoInterceptor(ModuleInterceptor):
    """While it is installed, moto's handler does not execute the calls that a fake answers."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.BotocoreStubber, "__call__", _leave_ours)


def _leave_ours(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(stubber: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        return None if _is_ours(event_name, request) else original(stubber, event_name, request, **kwargs)

    return call


def _is_ours(event_name: str, request: Any) -> bool:
    service = _SERVICES.get(event_name.split(".")[1])
    if service is None:
        return False
    if request.url is None:  # stands in for a request whose response is known
        return True
    fake = ACTIVE.fake_for(str(request.url))
    return fake is not None and service in fake.answered_services


def is_motos_mock(mock: object) -> bool:
    """Whether a mock of ``responses`` is moto's own, which has responses for all of AWS's hosts."""
    return mock is getattr(sys.modules.get(_MODELS), "responses_mock", None)


def is_moto_active() -> bool:
    """Whether moto answers calls."""
    return _handler() is not None


def is_moto_installed() -> bool:
    """Whether moto can be imported. It is not imported."""
    return "moto" in sys.modules or _is_found("moto")


@cache
def _is_found(module: str) -> bool:
    return find_spec(module) is not None


def _handler() -> Any:
    """moto's handler, where moto is active; else None."""
    handler = getattr(sys.modules.get(_MODELS), "botocore_stubber", None)
    return handler if getattr(handler, "enabled", False) else None


class OtherMock:
    """moto's mock inside ``mock_aws``.

    It is started with ``mock_aws`` where moto is imported already, else at the first call that is for it: importing moto
    takes half a second.
    """

    def __init__(self) -> None:
        self._config: Mapping[str, Any] | None = None  # None while it is not wanted
        self._mocks: dict[str, Any] = {}  # by its name in moto
        self._endpoints: WeakSet[Any] = WeakSet()  # those that we gave moto's handler

    def start(self, config: Mapping[str, Any]) -> None:
        """Start moto's mock, now or at the first call."""
        self._config = config
        if "moto" in sys.modules:
            self._start_mock("", reset=True)

    def _start_mock(self, service: str, *, reset: bool) -> None:
        """Start the mock of all services; before moto 5 that of one service."""
        import moto.core.models

        name = "mock_aws" if hasattr(moto, "mock_aws") else f"mock_{service.replace('-', '')}"
        if name in self._mocks or not hasattr(moto, name):
            return
        options = {"config": dict(self._config or {})} if name == "mock_aws" else {}
        mock = getattr(moto, name)(**options)
        mock.start(reset=reset or not options)
        self._mocks[name] = mock

    def take(self, endpoint: Any, operation_model: Any) -> None:
        """Let moto answer a call of this client's endpoint, if it is active or wanted."""
        if self._config is not None and is_moto_installed():
            self._start_mock(
                operation_model.service_model.service_name, reset=False
            )  # moto holds what this test put there
        handler = _handler()
        if handler is None or endpoint in self._endpoints:
            return
        emitter = endpoint._event_emitter
        service = operation_model.service_model.service_id.hyphenize()
        registered = emitter._emitter._handlers.prefix_search(f"before-send.{service}.{operation_model.name}")
        if not any(each is handler for each in registered):
            emitter.register_last("before-send", handler)
            self._endpoints.add(endpoint)

    def reset(self) -> None:
        """Forget what moto holds."""
        for mock in self._mocks.values():
            mock.reset()

    def stop(self) -> None:
        """Stop moto's mock."""
        self._config = None
        while self._mocks:
            self._mocks.popitem()[1].stop()
        for endpoint in list(self._endpoints):
            endpoint._event_emitter.unregister("before-send", sys.modules[_MODELS].botocore_stubber)
        self._endpoints.clear()


INTERCEPTOR = MotoInterceptor(MOTOS_HANDLER)
OTHER_MOCK = OtherMock()
