"""Every interceptor, in the order in which they are installed."""

from __future__ import annotations

from fakes3mp.interceptors import (
    aiobotocore,
    child_processes,
    crt,
    guard,
    hooks_cache,
    model_cache,
    native_clients,
    other_mocks,
    profiles,
    pycurl,
    requests,
    sockets,
)
from fakes3mp.interceptors.active import Interceptor
from fakes3mp.interceptors.botocore import BotocoreInterceptor

_BOTOCORE = BotocoreInterceptor("botocore", async_handler=aiobotocore.AsyncBeforeSendHandler)
INTERCEPTORS: tuple[Interceptor, ...] = (
    _BOTOCORE,
    BotocoreInterceptor("ibm_botocore"),
    requests.INTERCEPTOR,
    requests.RESPONSES,
    aiobotocore.AiobotocoreInterceptor("aiobotocore.client", _BOTOCORE.add_s3_handler),
    aiobotocore.SESSIONS,
    crt.INTERCEPTOR,
    model_cache.INTERCEPTOR,
    hooks_cache.INTERCEPTOR,
    guard.INTERCEPTOR,
    native_clients.INTERCEPTOR,
    native_clients.PYARROW,
    native_clients.AWSCRT,
    native_clients.ENDPOINTS,
    sockets.HTTP_CLIENT,
    sockets.SOCKET,
    pycurl.INTERCEPTOR,
    other_mocks.INTERCEPTOR,
    profiles.INTERCEPTOR,
    child_processes.INTERCEPTOR,
)
