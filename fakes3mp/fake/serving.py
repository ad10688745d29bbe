"""The methods of FakeS3 that serve it over HTTP: for other processes and languages."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from fakes3mp.locks import create_lock

if TYPE_CHECKING:
    from typing_extensions import Self

    from fakes3mp.interceptors.native_clients import NativeEnvironment
    from fakes3mp.server.server import Server

_native_port = 0  # of the last server for native clients
_DUMMIES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


class ServingMethods:
    """Part of FakeS3: a server for it, and the one that child processes use."""

    def __init__(self) -> None:
        self._server_lock: threading.Lock = create_lock()
        self._child_server: Server[Any] | None = None
        self._child_server_process = 0  # the process that started it
        self._native_server: Server[Any] | None = None
        self._native_environment: NativeEnvironment | None = None

    def serve(self, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Server[Self]:
        """A real HTTP server for this fake, for clients of other processes and languages. The fake may be started or not.

        Parameters
        ----------
        host : str, default "127.0.0.1"
            The address to listen at.
        port : int, default 0
            The TCP port; 0 takes a free one.
        **options : object
            Further options of Server: ``tls``, ``log`` ...

        Returns
        -------
        Server
            Not started: use it as a context manager. ``url``, ``fake``, ``client()`` and ``environment`` are its members.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]).serve() as server:
        ...     [bucket["Name"] for bucket in server.client().list_buckets()["Buckets"]]
        ['media']
        """
        from fakes3mp.server.server import Server

        return Server(self, host, port, **options)

    def child_environment(self) -> dict[str, str]:
        """Environment variables with which a child process, of any language, reaches this fake.

        A server on loopback is started when they are first asked for. It stops with the fake. While the fake is started
        and ``children="share"``, child processes get these variables by themselves.

        Returns
        -------
        dict of str to str
            The endpoint of S3, S3 Control and STS, dummy credentials and a region.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3() as fake:
        ...     fake.child_environment()["AWS_ENDPOINT_URL_S3"].startswith("http://127.0.0.1:")
        True
        """
        with self._server_lock:
            if self._child_server is None:
                self._child_server, self._child_server_process = self.serve().start(), os.getpid()
            server = self._child_server
        endpoints = {f"AWS_ENDPOINT_URL_{service}": server.url for service in ("S3", "S3_CONTROL", "STS")}
        return {**endpoints, **{name: value for name, value in server.environment.items() if name in _DUMMIES}}

    def _serve_native_clients(self) -> None:
        """Serve native clients. The port is the last one, where it is free: some of them cache clients by endpoint."""
        from fakes3mp.interceptors.native_clients import NativeEnvironment

        global _native_port
        try:
            server = self.serve(port=_native_port)
        except OSError:
            server = self.serve()
        self._native_server = server.start()
        _native_port = server.get_host_and_port()[1]
        self._native_environment = NativeEnvironment(server.url, server.environment["AWS_DEFAULT_REGION"])

    def _stop_serving_native_clients(self) -> None:
        environment, self._native_environment = self._native_environment, None
        server, self._native_server = self._native_server, None
        if environment is not None and server is not None:
            environment.restore()
            server.stop()

    def _stop_child_server(self) -> None:
        server, self._child_server = self._child_server, None
        if server is not None and self._child_server_process == os.getpid():  # a forked child has no thread of it
            server.stop()
