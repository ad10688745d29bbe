"""The guard: HTTP clients that have no door of their own are refused loudly when they ask for what is S3's.

What may live here: one seam for each library, all of them the methods through which every request of it goes. A call that
is let through would reach Amazon.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.import_hooks import unwatch, watch
from fakes3mp.interceptors.patches import Patches


class NotIntercepted(RuntimeError):
    """A request for S3 by a client that cannot reach the fake in process."""


def _refuse(library: str, url: str) -> None:
    fake = ACTIVE.answering(url)
    if fake is not None and fake.claims(url):
        raise NotIntercepted(
            f"{library} asked for {url.partition('?')[0]} while a fake S3 is active, and cannot reach it in this process. "
            "Use requests, boto3 or aiobotocore; or the fixture fake_s3_server, whose URLs any client can open. "
            "passthrough=[...] lets an endpoint out."
        )


def _of_urllib3(pool: Any, method: str, url: str, *args: Any, **kwargs: Any) -> str:
    if "://" in url:
        return url
    port = f":{pool.port}" if pool.port not in (None, 80, 443) else ""
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _of_httpx(client: Any, request: Any, *args: Any, **kwargs: Any) -> str:
    return str(request.url)


def _of_aiohttp(session: Any, method: str, url: Any, *args: Any, **kwargs: Any) -> str:
    return str(url)


# module whose import is awaited, classes in it, method, and how to tell the URL from its arguments
_SEAMS: tuple[tuple[str, tuple[str, ...], str, Callable[..., str]], ...] = (
    ("urllib3.connectionpool", ("HTTPConnectionPool",), "urlopen", _of_urllib3),
    ("httpx", ("Client", "AsyncClient"), "send", _of_httpx),
    ("aiohttp", ("ClientSession",), "_request", _of_aiohttp),
)


class GuardInterceptor:
    """Opens and closes the guard of all libraries."""

    def __init__(self) -> None:
        self._patches = Patches()

    def install(self) -> None:
        """Now, or for each library when the user imports it."""
        for seam in _SEAMS:
            watch(seam[0], partial(self._place, *seam))

    def _place(self, module: str, owners: tuple[str, ...], method: str, url_of: Callable[..., str]) -> None:
        for name in owners:
            owner, library = getattr(sys.modules[module], name), module.partition(".")[0]
            self._patches.replace(owner, method, partial(_guarded, library, url_of))

    def remove(self) -> None:
        """Leave the libraries as they were."""
        for module, *_ in _SEAMS:
            unwatch(module)
        self._patches.undo()


def _guarded(library: str, url_of: Callable[..., str], original: Callable[..., Any]) -> Callable[..., Any]:
    """The method, after a look at the URL; what it returns may be awaited."""

    @wraps(original)
    def asked(*args: Any, **kwargs: Any) -> Any:
        _refuse(library, url_of(*args, **kwargs))
        return original(*args, **kwargs)

    return asked


INTERCEPTOR = GuardInterceptor()
