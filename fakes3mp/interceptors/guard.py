"""The guard: HTTP clients without an interceptor of their own are refused when they request an S3 URL.

A request that was let through would reach Amazon. Each library is patched in the methods that every request of it passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, NamedTuple

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches


class NotIntercepted(RuntimeError):
    """A request for S3 by a client that cannot reach the fake in this process."""


def _urllib3_url(pool: Any, method: str, url: str, *args: Any, **kwargs: Any) -> str:
    if "://" in url:
        return url
    port = f":{pool.port}" if pool.port not in (None, 80, 443) else ""
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _httpx_url(client: Any, request: Any, *args: Any, **kwargs: Any) -> str:
    return str(request.url)


def _aiohttp_url(session: Any, method: str, url: Any, *args: Any, **kwargs: Any) -> str:
    return str(url)


class _PatchPoint(NamedTuple):
    """A method that every request of a library passes."""

    classes: tuple[str, ...]
    method: str
    url_of: Callable[..., str]  # the URL, given the method's arguments


_PATCH_POINTS = {
    "urllib3.connectionpool": _PatchPoint(("HTTPConnectionPool",), "urlopen", _urllib3_url),
    "httpx": _PatchPoint(("Client", "AsyncClient"), "send", _httpx_url),
    "httpx2": _PatchPoint(("Client", "AsyncClient"), "send", _httpx_url),
    "aiohttp": _PatchPoint(("ClientSession",), "_request", _aiohttp_url),
}


class GuardInterceptor(ModuleInterceptor):
    """Guards all libraries of ``_PATCH_POINTS``."""

    def patch(self, module: Any, patches: Patches) -> None:
        point = _PATCH_POINTS[module.__name__]
        guard = partial(_guard, module.__name__.partition(".")[0], point.url_of)
        for name in point.classes:
            patches.replace(getattr(module, name), point.method, guard)


def _guard(library: str, url_of: Callable[..., str], original: Callable[..., Any]) -> Callable[..., Any]:
    """The method, preceded by a look at the URL; what it returns may be an awaitable."""

    @wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refuse(library, url_of(*args, **kwargs))
        return original(*args, **kwargs)

    return guarded


def refuse(library: str, url: str) -> None:
    """Raise NotIntercepted for a URL of S3's while a fake is active."""
    fake = ACTIVE.fake_for(url)
    if fake is not None and fake.claims(url):
        raise NotIntercepted(
            f"{library} asked for {url.partition('?')[0]} while a fake S3 is active, and cannot reach it in this process. "
            "Use requests, boto3 or aiobotocore; or the fixture fake_s3_server, whose URLs any client can open. "
            "passthrough=[...] exempts an endpoint."
        )


INTERCEPTOR = GuardInterceptor(*_PATCH_POINTS)
