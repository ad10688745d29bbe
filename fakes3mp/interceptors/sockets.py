"""The standard library's way to the network: requests and connections to S3's hosts are refused while a fake is active.

``http.client``, and so ``urllib.request``, says which URL it requests. A bare socket, or a library with a protocol of its
own, says a host: when it looks the host up, or when it connects by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.guard import refuse
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches
from fakes3mp.wire.addressing import is_amazons


class HTTPClientInterceptor(ModuleInterceptor):
    """Guards ``http.client``."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.HTTPConnection, "putrequest", _guarded_putrequest)


class SocketInterceptor(ModuleInterceptor):
    """Guards ``socket``."""

    def patch(self, module: Any, patches: Patches) -> None:
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            patches.replace(module, name, _guarded_lookup)
        for name in ("connect", "connect_ex"):
            patches.replace(module.socket, name, _guarded_connect)


def _guarded_putrequest(original: Callable[..., Any]) -> Callable[..., Any]:
    def putrequest(connection: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        refuse("http.client", url if "://" in url else f"{_origin(connection)}{url}")
        return original(connection, method, url, *args, **kwargs)

    return putrequest


def _origin(connection: Any) -> str:
    """Scheme, host and port that a connection is for, through a proxy too."""
    host, port = connection.host, connection.port
    if getattr(connection, "_tunnel_host", None):
        host, port = connection._tunnel_host, connection._tunnel_port
    scheme = "https" if connection.default_port == 443 else "http"
    return f"{scheme}://{host}" if port in (None, connection.default_port) else f"{scheme}://{host}:{port}"


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_host(host, args[0] if args else kwargs.get("port"))
        return original(host, *args, **kwargs)

    return lookup


def _guarded_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) >= 2:
            _refuse_host(address[0], address[1])
        return original(self, address)

    return connect


def _refuse_host(host: Any, port: Any) -> None:
    """Raise NotIntercepted for one of Amazon's hosts for S3, unless it is exempt with either scheme."""
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if not isinstance(name, str) or not is_amazons(f"https://{name}/"):
        return
    suffix = "" if port in (None, 80, 443, "80", "443", "http", "https", 0) else f":{port}"
    urls = [f"{scheme}://{name}{suffix}/" for scheme in ("https", "http")]
    if all(ACTIVE.fake_for(url) is not None for url in urls):
        refuse("a socket", urls[0])


HTTP_CLIENT = HTTPClientInterceptor("http.client")
SOCKET = SocketInterceptor("socket")
