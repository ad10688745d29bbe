"""The interceptor for aiobotocore, and so for aioboto3 and s3fs: botocore's endpoints and events, with awaited responses.

Every undocumented patch point of aiobotocore is in this file:

* ``AioEndpoint`` inherits ``make_request``, so that the botocore interceptor sees its calls; it awaits what handlers
  return;
* ``AioRequestSigner.get_auth_instance``: dummy credentials for clients that have none, as in botocore;
* ``AioEndpoint._sleep``, or in older releases ``aiobotocore.endpoint.asyncio.sleep``: how a client waits before it retries;
* a response's ``raw`` is read as aiohttp's: ``read()``, ``content.read(n)``, ``content.at_eof()``, ``close()``.

aiobotocore is not imported before the user has imported it. tests/clients/test_async.py runs all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.botocore import TEXT_ENCODING, BeforeSendHandler, with_dummy_credentials, without_framing
from fakes3mp.interceptors.botocore_responses import ResponseBody
from fakes3mp.interceptors.patches import ModuleInterceptor, ModuleProxy
from fakes3mp.interceptors.request_bodies import read_body
from fakes3mp.interceptors.retries import skip_wait
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.messages import Response


class AsyncBeforeSendHandler(BeforeSendHandler):
    """The ``before-send`` handler of one async client's endpoint."""

    async def __call__(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Answer the request; None sends it, to an exempt endpoint."""
        fake = ACTIVE.fake_for(str(request.url))
        if fake is None:
            return None
        return self.respond(fake, request, await _read_body(without_framing(request.body)))

    def aws_response(self, url: str, response: Response) -> Any:
        from aiobotocore.awsrequest import AioAWSResponse

        return AioAWSResponse(url, response.status, response.headers, AsyncResponse(url, response))


async def _read_body(body: Any) -> bytes:
    """All bytes of a body whose reading may have to be awaited."""
    if hasattr(body, "read"):
        body = body.read()
    if inspect.isawaitable(body):
        body = await body
    if hasattr(body, "__aiter__"):
        body = [chunk async for chunk in body]
    return read_body(body, TEXT_ENCODING)


class AsyncResponse:
    """A response with the attributes of aiohttp's: its body is read by itself, or through ``content``."""

    def __init__(self, url: str, response: Response) -> None:
        self.url = url
        self.headers: Mapping[str, str] = response.headers
        self.status = response.status
        self.content = self
        self._body = ResponseBody(response.body)
        self._unread = response.body.size
        self._is_cut_short = response.declared_size > response.body.size

    async def read(self, amount: int = -1) -> bytes:
        """Up to ``amount`` bytes, or all; aiohttp's own exception at the end of a body that was cut short."""
        if amount and not self._unread and self._is_cut_short:
            from aiohttp import ClientPayloadError

            raise ClientPayloadError("Response payload is not completed")
        data = self._body.read(None if amount < 0 else amount)
        self._unread -= len(data)
        if amount < 0 and self._is_cut_short:
            return data + await self.read()
        return data

    def at_eof(self) -> bool:
        return self._unread == 0

    def close(self) -> None:
        """There is no connection."""

    release = close

    async def __aenter__(self) -> AsyncResponse:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()


class AiobotocoreInterceptor(ModuleInterceptor):
    """What aiobotocore needs beyond the botocore interceptor."""

    def patch(self) -> None:
        from aiobotocore import endpoint
        from aiobotocore.credentials import AioCredentials
        from aiobotocore.signers import AioRequestSigner

        credentials = AioCredentials(ACCESS_KEY, SECRET_KEY)
        self.patches.replace(AioRequestSigner, "get_auth_instance", partial(with_dummy_credentials, credentials))
        if hasattr(endpoint.AioEndpoint, "_sleep"):
            self.patches.replace(endpoint.AioEndpoint, "_sleep", _patched_sleep)
        else:
            self.patches.replace(endpoint, "asyncio", AsyncioProxy)


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


INTERCEPTOR = AiobotocoreInterceptor("aiobotocore.client")
