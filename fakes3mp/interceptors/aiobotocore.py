"""The interceptor for aiobotocore, and so for aioboto3 and s3fs: botocore's endpoints and events, with awaited responses.

The undocumented patch points of aiobotocore, beyond those in aiobotocore_before_call.py:

* ``AioEndpoint`` inherits ``make_request``, so that the botocore interceptor sees its calls; it awaits what handlers
  return;
* ``AioRequestSigner.get_auth_instance``: dummy credentials for clients that have none, as in botocore;
* ``AioEndpoint._sleep``, or in older releases ``aiobotocore.endpoint.asyncio.sleep``: how a client waits before it retries.

aiobotocore is not imported before the user has imported it. tests/clients/test_async.py runs all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.aiobotocore_responses import AsyncResponse, answered_response_class
from fakes3mp.interceptors.botocore import TEXT_ENCODING, BeforeSendHandler, patched_get_auth_instance, without_framing
from fakes3mp.interceptors.botocore_responses import PreparedResponse
from fakes3mp.interceptors.other_services import patched_send
from fakes3mp.interceptors.patches import ModuleInterceptor, ModuleProxy, Patches
from fakes3mp.interceptors.profiles import profile_key
from fakes3mp.interceptors.request_bodies import read_body
from fakes3mp.interceptors.retries import current_call, skip_wait
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from fakes3mp.interceptors.before_call import BeforeCallInterceptor
    from fakes3mp.wire.messages import Response


class AsyncBeforeSendHandler(BeforeSendHandler):
    """The ``before-send`` handler of one async client's endpoint."""

    async def __call__(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Answer the request; None sends it, to an exempt endpoint."""
        if isinstance(request, PreparedResponse):
            return request.response
        fake = ACTIVE.fake_for(str(request.url))
        if fake is None:
            return None
        known_response = current_call().take_known_response()
        if known_response is not None:
            return self.aws_response(str(request.url), known_response)
        return self.respond(fake, request, await _read_body(without_framing(request.body)))

    def aws_response(self, url: str, response: Response) -> Any:
        raw = AsyncResponse(url, response.status, response.headers, response.body, response.declared_size)
        return answered_response_class()(url, response.status, response.headers, raw)


async def _read_body(body: Any) -> bytes:
    """All bytes of a body whose reading may have to be awaited."""
    if hasattr(body, "read"):
        body = body.read()
    if inspect.isawaitable(body):
        body = await body
    if hasattr(body, "__aiter__"):
        body = [chunk async for chunk in body]
    return read_body(body, TEXT_ENCODING)


class AiobotocoreInterceptor(ModuleInterceptor):
    """What aiobotocore needs beyond the botocore interceptor.

    ``add_before_send_handler`` registers the ``before-send`` handler of a client's endpoint.
    """

    def __init__(self, module: str, add_before_send_handler: Callable[[Any], None]) -> None:
        super().__init__(module)
        self._add_before_send_handler = add_before_send_handler
        self._before_call: BeforeCallInterceptor | None = None

    def patch(self, module: Any, patches: Patches) -> None:
        from aiobotocore import endpoint
        from aiobotocore.credentials import AioCredentials
        from aiobotocore.signers import AioRequestSigner

        from fakes3mp.interceptors.aiobotocore_before_call import AsyncBeforeCallInterceptor

        credentials = AioCredentials(ACCESS_KEY, SECRET_KEY)
        patches.replace(AioRequestSigner, "get_auth_instance", partial(patched_get_auth_instance, credentials))
        patches.replace(endpoint.AioEndpoint, "_send", patched_send)
        if hasattr(endpoint.AioEndpoint, "_sleep"):
            patches.replace(endpoint.AioEndpoint, "_sleep", _patched_sleep)
        else:
            patches.replace(endpoint, "asyncio", AsyncioProxy)
        if self._before_call is None:
            self._before_call = AsyncBeforeCallInterceptor(self._add_before_send_handler)
        self._before_call.patch(patches)

    def is_current(self) -> bool:
        return self._before_call is not None and self._before_call.is_current()

    def remove(self) -> None:
        super().remove()
        if self._before_call is not None:
            self._before_call.forget()


def _patched_sleep(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _sleep(endpoint: Any, seconds: float) -> None:
        if not skip_wait(seconds):
            await original(endpoint, seconds)

    return _sleep


class AsyncioProxy(ModuleProxy):
    """The module ``asyncio`` in an older aiobotocore's endpoint, with another ``sleep``."""

    async def sleep(self, seconds: float, *args: Any) -> Any:
        if not skip_wait(seconds):
            return await self._module.sleep(seconds, *args)
        return None


class AioSessionInterceptor(ModuleInterceptor):
    """While it is installed, sessions find dummies that the fake outlives only as what they find then."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.AioSession, "get_credentials", _patched_get_credentials)


def _patched_get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    async def get_credentials(session: Any) -> Any:
        from fakes3mp.interceptors.dummy_credentials import AsyncDummyCredentials, is_dummy

        access_key = profile_key(session)
        if access_key is not None:
            return AsyncDummyCredentials(session, access_key)
        credentials = await original(session)
        if not is_dummy(credentials):
            return credentials
        session._credentials = None
        return AsyncDummyCredentials(session)

    return get_credentials


SESSIONS = AioSessionInterceptor("aiobotocore.session")
