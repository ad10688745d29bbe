"""Every interceptor, in the order in which they are installed."""

from __future__ import annotations

from fakes3mp.interceptors import (
    aiobotocore,
    child_processes,
    crt,
    guard,
    model_cache,
    other_mocks,
    profiles,
    pycurl,
    requests,
    sockets,
)
from fakes3mp.interceptors.active import Interceptor
from fakes3mp.interceptors.botocore import BotocoreInterceptor

INTERCEPTORS: tuple[Interceptor, ...] = (
    BotocoreInterceptor("botocore", async_handler=aiobotocore.AsyncBeforeSendHandler),
    BotocoreInterceptor("ibm_botocore"),
    requests.INTERCEPTOR,
    requests.RESPONSES,
    aiobotocore.INTERCEPTOR,
    aiobotocore.SESSIONS,
    crt.INTERCEPTOR,
    model_cache.INTERCEPTOR,
    guard.INTERCEPTOR,
    sockets.INTERCEPTOR,
    pycurl.INTERCEPTOR,
    other_mocks.INTERCEPTOR,
    profiles.INTERCEPTOR,
    child_processes.INTERCEPTOR,
)
