"""Every interceptor, in the order in which they are installed."""

from __future__ import annotations

from fakes3mp.interceptors import aiobotocore, botocore, crt, guard, model_cache, requests
from fakes3mp.interceptors.active import Interceptor

INTERCEPTORS: tuple[Interceptor, ...] = (
    *botocore.INTERCEPTORS,
    requests.INTERCEPTOR,
    aiobotocore.INTERCEPTOR,
    crt.INTERCEPTOR,
    model_cache.INTERCEPTOR,
    guard.INTERCEPTOR,
)
