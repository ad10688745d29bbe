"""A real HTTP server for a fake: for clients of other processes and languages.

It is werkzeug's threaded server, with what S3's clients need besides: connections that are kept alive, bodies that are sent
without being copied, and a stop that leaves no thread and no socket.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, generate_adhoc_ssl_context

from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.server.control import Control
from fakes3mp.server.wsgi import chunks, reason_phrase, respond, wsgi_app
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.messages import ConnectionFailure, Response

_IDLE_TIMEOUT = 60  # seconds that a client may be silent in the middle of a request
_BUG_RESPONSE = b"<Error><Code>InternalError</Code><Message>fakes3mp failed; see the server's log.</Message></Error>"


class ConnectionHandler(WSGIRequestHandler):
    """Answers the requests of one connection. werkzeug's own handler would close it after each response."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_TIMEOUT
    disable_nagle_algorithm = True  # a response's head and body are two writes
    server: ListeningServer

    def run_wsgi(self) -> None:
        """Answer one request."""
        began, self.environ = time.perf_counter(), self.make_environ()
        try:
            response = respond(self.environ, self.server.fake, self.server.control)
        except (ConnectionFailure, HTTPException, OSError):  # a fault, or the client hung up during its request
            self.close_connection = True
            return
        except Exception as bug:
            self._report_bug(bug)
            return
        self._send(response)
        milliseconds = (time.perf_counter() - began) * 1e3
        self.server.log_line(f"{self.command} {self.path} {response.status} {milliseconds:.1f} ms")

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status, reason_phrase(response.status))
        for name, value in response.sized_headers().items():
            self.send_header(name, value.encode("utf-8").decode("iso-8859-1"))
        self.end_headers()
        for chunk in chunks(response.body):
            self.wfile.write(chunk)
        if response.declared_size > response.body.size:
            self.close_connection = True  # a fault cut the body short

    def _report_bug(self, bug: Exception) -> None:
        """A bug of the fake is no response of S3's: it is logged, and raised when the server stops."""
        self.server.bugs.append(bug)
        traceback.print_exception(bug, file=sys.stderr)
        self.close_connection = True
        self.send_response_only(500, reason_phrase(500))
        self.send_header("Content-Length", str(len(_BUG_RESPONSE)))
        self.end_headers()
        self.wfile.write(_BUG_RESPONSE)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: ``run_wsgi`` logs."""

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Nothing: a client that hangs up is not worth a line."""


class ListeningServer(ThreadedWSGIServer):
    """The listening socket, and every open connection."""

    daemon_threads = False  # so that closing waits for them

    def __init__(
        self,
        fake: ActiveFake,
        control: Control,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        log: Callable[[str], None],
    ) -> None:
        self.fake, self.control, self.log_line = fake, control, log
        self.bugs: list[Exception] = []
        self._connections: set[socket.socket] = set()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listening:
            bound_port = listening.getsockname()[1]
            super().__init__(host, bound_port, wsgi_app(fake), ConnectionHandler, fd=listening.fileno())
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a connection that fails, for example in its handshake, is the client's concern."""

    def hang_up(self) -> None:
        """Read no more from open connections; responses that are under way are still sent."""
        for connection in list(self._connections):
            try:
                socket.socket.shutdown(connection, socket.SHUT_RD)  # an SSLSocket's own would end its writing too
            except OSError:
                continue  # it was closed meanwhile


class Server:
    """A real HTTP server for a fake, in threads of this process, for clients of any process and any language.

    Use it as a context manager, or call ``start`` and ``stop``. Clients of this process can use its URL too, even while
    another fake is active.

    Parameters
    ----------
    fake : FakeS3
        The fake that answers. It need not be started: starting is for clients of this process.
    host : str
        The name or IP address to listen at: by default only this machine can connect. ``"0.0.0.0"`` lets others on the
        network connect.
    port : int
        The TCP port to listen at; 0 takes a free one.
    tls : bool
        Whether to serve HTTPS, with a self-signed certificate made for this server. It needs ``fakes3mp[tls]``.
    log : callable
        Called with one line of text for each request that was answered: method, path, status and milliseconds. By default
        nothing is logged.
    control_anywhere : bool
        Whether the control API under ``/_fakes3mp/`` answers other machines too; by default only this one.
    control_token : str, optional
        What requests to the control API must carry as ``Authorization: Bearer TOKEN``.

    Attributes
    ----------
    fake : FakeS3
        The fake that answers.
    url : str
        The URL of the server, with its scheme, host and port: the ``endpoint_url`` of clients.

    Raises
    ------
    OSError
        The server cannot listen at this host and port: the port is in use, for example.
    RuntimeError
        ``tls`` is true and the package cryptography is not installed.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with Server(FakeS3(buckets=["media"])) as server:
    ...     server.client().list_buckets()["Buckets"][0]["Name"]
    'media'
    """

    def __init__(
        self,
        fake: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: bool = False,
        log: Callable[[str], None] = lambda line: None,
        control_anywhere: bool = False,
        control_token: str | None = None,
    ) -> None:
        self.fake = fake
        self._tls = tls
        control = Control(fake, anywhere=control_anywhere, token=control_token)
        self._server = ListeningServer(fake, control, host, port, _self_signed_context() if tls else None, log)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fakes3mp server")
        url_host = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{url_host}:{self._server.port}"

    def start(self) -> Server:
        """Begin to answer requests; the socket listens since the server was constructed.

        Returns
        -------
        Server
            This server.

        Raises
        ------
        RuntimeError
            The server was started before: each can be started once.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> server = Server(FakeS3()).start()
        >>> server.client().list_buckets()["Buckets"]
        []
        >>> server.stop()
        """
        ACTIVE.server_urls.add(self.url)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer the requests that are under way, then close every connection and the socket, and end the threads.

        Raises
        ------
        Exception
            The first exception of the fake's own that was no response of S3's: a bug. Its request was answered with 500.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> server = Server(FakeS3()).start()
        >>> server.stop()
        """
        ACTIVE.server_urls.discard(self.url)
        self._server.shutdown()
        self._server.hang_up()
        self._thread.join()  # werkzeug's loop ends by closing the server, which waits for the connections' threads
        if self._server.bugs:
            raise self._server.bugs[0]

    def __enter__(self) -> Server:
        """Start the server."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def client(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 client of this server, with credentials that the server knows.

        Parameters
        ----------
        service : str
            The service of the client: ``"s3"`` or ``"s3control"``.
        **options
            Options of boto3's ``Session.client``: ``config``, ``aws_access_key_id`` and others. They replace those that
            point the client at this server.

        Returns
        -------
        botocore.client.BaseClient
            A new client.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with Server(FakeS3(buckets=["media"])) as server:
        ...     response = server.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
        >>> server.fake.object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp.interceptors.sessions import session

        client_options = {"endpoint_url": self.url, "verify": not self._tls, **options}
        return session(self.fake.region).client(service, **client_options)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS's SDKs and tools at this server.

        Returns
        -------
        dict of str to str
            ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL`` and ``AWS_DEFAULT_REGION``. Merge them
            into ``os.environ`` for a child process.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with Server(FakeS3(region="eu-west-1")) as server:
        ...     server.environment["AWS_DEFAULT_REGION"]
        'eu-west-1'
        """
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        return {**keys, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": self.fake.region}


def _self_signed_context() -> ssl.SSLContext:
    try:
        return generate_adhoc_ssl_context()
    except TypeError as missing:  # which werkzeug raises
        raise RuntimeError(
            "a self-signed certificate needs the package cryptography: pip install fakes3mp[tls]"
        ) from missing
