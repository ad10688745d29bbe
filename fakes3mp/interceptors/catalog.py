"""Every interceptor, in the order in which they are installed."""

from __future__ import annotations

from fakes3mp.interceptors import aiobotocore, crt, guard, model_cache, requests
from fakes3mp.interceptors.active import Interceptor
from fakes3mp.interceptors.botocore import BotocoreInterceptor

INTERCEPTORS: tuple[Interceptor, ...] = (
    BotocoreInterceptor("botocore", async_handler=aiobotocore.AsyncBeforeSendHandler),
    BotocoreInterceptor("ibm_botocore"),
    requests.INTERCEPTOR,
    aiobotocore.INTERCEPTOR,
    crt.INTERCEPTOR,
    model_cache.INTERCEPTOR,
    guard.INTERCEPTOR,
)
