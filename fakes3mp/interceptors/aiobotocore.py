"""The door for aiobotocore, and so for aioboto3 and s3fs: the same endpoints and events, with answers that are awaited.

Every undocumented seam of aiobotocore that we rely on is in this file:

* ``AioEndpoint`` inherits ``make_request``, so that the botocore door sees its calls, and awaits what its handlers return;
* ``AioRequestSigner.get_auth_instance``: lent dummies where a client has no credentials, as in botocore;
* ``AioEndpoint._sleep``, or before there was one ``aiobotocore.endpoint.asyncio.sleep``: how a client waits before it
  tries again;
* an answer's ``raw`` is read as aiohttp's: ``read()``, ``content.read(n)``, ``content.at_eof()``, ``close()``.

Nothing here is imported before the user has imported aiobotocore. tests/clients/test_async.py runs them all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.botocore import TEXT, BeforeSendHandler, lending, unwrapped
from fakes3mp.interceptors.botocore_responses import Raw
from fakes3mp.interceptors.patches import ModuleInterceptor, ModuleProxy
from fakes3mp.interceptors.request_bodies import whole
from fakes3mp.interceptors.retries import skips
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.messages import Response

_MODULE = "aiobotocore.client"


class AsyncBeforeSendHandler(BeforeSendHandler):
    """The ``before-send`` handler of one async client's endpoint."""

    async def __call__(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Answer the request; None lets it go on to an exempt endpoint."""
        fake = ACTIVE.answering(str(request.url))
        if fake is None:
            return None
        return self.answer(fake, request, await _whole(unwrapped(request.body)))

    def shaped(self, url: str, response: Response) -> Any:
        from aiobotocore.awsrequest import AioAWSResponse

        return AioAWSResponse(url, response.status, response.headers, AsyncRaw(url, response))


async def _whole(body: Any) -> bytes:
    """The whole body, where reading it may have to be awaited."""
    if hasattr(body, "read"):
        body = body.read()
    if inspect.isawaitable(body):
        body = await body
    if hasattr(body, "__aiter__"):
        body = [piece async for piece in body]
    return whole(body, TEXT)


class AsyncRaw:
    """An answer as aiohttp would give it: its body is read, or read through ``content``."""

    def __init__(self, url: str, response: Response) -> None:
        self.url = url
        self.headers: Mapping[str, str] = response.headers
        self.status = response.status
        self.content = self
        self._meant = response.meant
        self._body = response.body
        self._raw = Raw(response.body)
        self._left = response.body.size

    async def read(self, amount: int = -1) -> bytes:
        """Up to so many bytes; where the body was cut short, the end is aiohttp's own exception."""
        if amount and not self._left and self._meant > self._body.size:
            from aiohttp import ClientPayloadError

            raise ClientPayloadError("Response payload is not completed")
        data = self._raw.read(None if amount < 0 else amount)
        self._left -= len(data)
        if amount < 0 and self._meant > self._body.size:
            return data + await self.read()
        return data

    def at_eof(self) -> bool:
        return self._left == 0

    def close(self) -> None:
        """There is no connection."""

    release = close

    async def __aenter__(self) -> AsyncRaw:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()


class AiobotocoreInterceptor(ModuleInterceptor):
    """What aiobotocore needs besides the botocore door."""

    def place(self) -> None:
        from aiobotocore import endpoint
        from aiobotocore.credentials import AioCredentials
        from aiobotocore.signers import AioRequestSigner

        lend = partial(lending, AioCredentials(ACCESS_KEY, SECRET_KEY))
        self.patches.replace(AioRequestSigner, "get_auth_instance", lend)
        if hasattr(endpoint.AioEndpoint, "_sleep"):
            self.patches.replace(endpoint.AioEndpoint, "_sleep", _sleeping)
        else:
            self.patches.replace(endpoint, "asyncio", AsyncioProxy)


def _sleeping(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _sleep(endpoint: Any, seconds: float) -> None:
        if not skips(seconds):
            await original(endpoint, seconds)

    return _sleep


class AsyncioProxy(ModuleProxy):
    """The module ``asyncio`` in an older aiobotocore's endpoint, but for sleep."""

    async def sleep(self, seconds: float, *args: Any) -> Any:
        if not skips(seconds):
            return await self._real.sleep(seconds, *args)
        return None


INTERCEPTOR = AiobotocoreInterceptor(_MODULE)
