"""A real HTTP server before a fake: for clients of other processes and languages.

What may live here: werkzeug's threaded server with what S3's clients need besides: connections that are kept alive, bodies
that go out without being copied, and a stop that leaves no thread and no socket.
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
from fakes3mp.server.wsgi import phrase, pieces, translated, wsgi_app
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.messages import ConnectionFailure, Response

_SILENCE = 60  # seconds that a client may be silent in the middle of a request
_BUG = b"<Error><Code>InternalError</Code><Message>fakes3mp failed; see the server's log.</Message></Error>"


class Handler(WSGIRequestHandler):
    """One connection. werkzeug's own would close it after each answer."""

    protocol_version = "HTTP/1.1"
    timeout = _SILENCE
    disable_nagle_algorithm = True  # an answer's head and body are two writes
    server: Listening

    def run_wsgi(self) -> None:
        """Answer one request."""
        began, self.environ = time.perf_counter(), self.make_environ()
        try:
            response = self.server.fake.handle(translated(self.environ, self.server.fake))
        except (ConnectionFailure, HTTPException, OSError):  # a fault, or the client hung up on the way
            self.close_connection = True
            return
        except Exception as bug:
            self._own_up(bug)
            return
        self._send(response)
        self.server.told(f"{self.command} {self.path} {response.status} {(time.perf_counter() - began) * 1e3:.1f} ms")

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status, phrase(response.status))
        for name, value in response.sized_headers().items():
            self.send_header(name, value.encode("utf-8").decode("iso-8859-1"))
        self.end_headers()
        for piece in pieces(response.body):
            self.wfile.write(piece)
        if response.meant > response.body.size:
            self.close_connection = True  # the body was cut short: so is the connection

    def _own_up(self, bug: Exception) -> None:
        """A mistake of ours is no answer of S3's: it is logged, and raised when the server stops."""
        self.server.bugs.append(bug)
        traceback.print_exception(bug, file=sys.stderr)
        self.close_connection = True
        self.send_response_only(500, phrase(500))
        self.send_header("Content-Length", str(len(_BUG)))
        self.end_headers()
        self.wfile.write(_BUG)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent: what is told of a call is the server's to decide."""

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Silent too: a client that hangs up is no news."""


class Listening(ThreadedWSGIServer):
    """The listening socket, and every connection that is open."""

    daemon_threads = False  # so that closing waits for them

    def __init__(
        self, fake: ActiveFake, host: str, port: int, tls: ssl.SSLContext | None, told: Callable[[str], None]
    ) -> None:
        self.fake, self.told = fake, told
        self.bugs: list[Exception] = []
        self._open: set[socket.socket] = set()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listening:
            bound = listening.getsockname()[1]
            super().__init__(host, bound, wsgi_app(fake), Handler, fd=listening.fileno())
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that fails, in its handshake say, is the client's business."""

    def hang_up(self) -> None:
        """Read no more from connections that clients keep open; what is being answered is still sent."""
        for connection in list(self._open):
            try:
                socket.socket.shutdown(connection, socket.SHUT_RD)  # an SSLSocket's own would end its writing too
            except OSError:
                continue  # it was closed meanwhile


class Server:
    """A fake behind a URL. The fake need not be started: starting is for clients of this process.

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
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.fake = fake
        self._tls = tls
        self._listening = Listening(fake, host, port, _self_made() if tls else None, told)
        self._thread = threading.Thread(target=self._listening.serve_forever, args=(0.02,), name="fakes3mp server")
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{self._listening.port}"

    def start(self) -> Server:
        """Begin to answer."""
        ACTIVE.served.add(self.url)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer what is under way, then close everything; raises what went wrong in the fake itself, if anything did."""
        ACTIVE.served.discard(self.url)
        self._listening.shutdown()
        self._listening.hang_up()
        self._thread.join()  # werkzeug's loop ends by closing the server, which waits for the connections' threads
        if self._listening.bugs:
            raise self._listening.bugs[0]

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 client of this server, with credentials that it knows."""
        from fakes3mp.interceptors.sessions import session

        given = {"endpoint_url": self.url, "verify": not self._tls, **options}
        return session(self.fake.region).client(service, **given)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS's tools at this server."""
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        return {**keys, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": self.fake.region}


def _self_made() -> ssl.SSLContext:
    try:
        return generate_adhoc_ssl_context()
    except TypeError as missing:
        raise RuntimeError(
            "a self-made certificate needs the package cryptography: pip install fakes3mp[tls]"
        ) from missing
