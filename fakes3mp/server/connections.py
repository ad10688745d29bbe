"""The listening socket and its connections: each has a thread, which answers one request after another."""

from __future__ import annotations

import io
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO, ClassVar, cast
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ActiveFake
from fakes3mp.server.control import Control
from fakes3mp.server.http_requests import RefusedRequest, RequestHead, check_body_size, read_body, read_head
from fakes3mp.server.log_lines import log_line
from fakes3mp.server.wsgi import chunks, find_endpoint, other_response, reason_phrase
from fakes3mp.wire import xml
from fakes3mp.wire.messages import ConnectionFailure, Request, Response

_IDLE_TIMEOUT = 60  # seconds that a client may be silent
_LINGER = 1.0  # seconds in which a refused client may read the response while it is still sending
_STOP_GRACE = 1.2  # seconds for requests that are under way when the server stops
_SMALL_BODY = 1 << 16  # bytes: it is sent together with the head
_BUG_BODY = b"<Error><Code>InternalError</Code><Message>fakes3mp failed; see the server's log.</Message></Error>"
_LINE_BREAKS = re.compile("[\r\n\0]")


class Settings(Struct, frozen=True):
    """What every connection of a server needs."""

    fake: ActiveFake
    control: Control
    max_body: int  # bytes
    log: Callable[[str], None] | None


class ConnectionHandler(socketserver.StreamRequestHandler):
    """Answers the requests of one connection."""

    timeout: ClassVar[float | None] = _IDLE_TIMEOUT
    disable_nagle_algorithm = True
    server: ListeningServer

    def handle(self) -> None:
        """Answer requests until one of both sides closes the connection."""
        try:
            while self._answer_request():
                if self.server.is_stopping:
                    break
        except (OSError, ConnectionFailure):  # the client hung up or fell silent, or a fault breaks the connection
            return

    def _answer_request(self) -> bool:
        """Answer one request; whether another may follow."""
        stream, settings = cast(BinaryIO, self.rfile), self.server.settings
        head, began = None, time.perf_counter()
        try:
            head = read_head(stream)
            if head is None:
                return False
            began = time.perf_counter()  # not the time in which the connection was idle
            check_body_size(head, settings.max_body)
            if head.expects_continue:
                self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = read_body(stream, head, settings.max_body)
        except RefusedRequest as refusal:
            self._refuse(refusal, head, began)
            return False
        try:
            response = self._respond(head, body)
        except ConnectionFailure:
            raise
        except Exception as bug:
            self._report_bug(bug)
            return False
        is_whole = response.declared_size <= response.body.size  # otherwise a fault cuts it short
        self._log(head, response.status, began)  # before the client can go on
        self._send(response, close=not head.keeps_connection)
        if is_whole and not head.keeps_connection:
            self._linger()
        return is_whole and head.keeps_connection

    def _respond(self, head: RequestHead, body: bytes) -> Response:
        """The response of S3, or of what else the server answers."""
        settings = self.server.settings
        other = other_response(_environ(head, body, self.client_address[0]), settings.fake, settings.control)
        if other is not None:
            return other
        url = head.target
        if url.startswith("/"):
            url = f"{'https' if self.server.is_tls else 'http'}://{head.host}{url}"
        endpoint = find_endpoint(url, settings.fake)
        return settings.fake.handle(Request(head.method, url, head.headers, body, endpoint, from_this_process=False))

    def _send(self, response: Response, *, close: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} {reason_phrase(response.status)}"]
        lines += [f"{name}: {_LINE_BREAKS.sub(' ', value)}" for name, value in response.sized_headers().items()]
        if close:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")
        if response.body.size <= _SMALL_BODY:
            self.connection.sendall(head + response.body.read())
            return
        self.connection.sendall(head)
        for chunk in chunks(response.body):
            self.connection.sendall(chunk)

    def _refuse(self, refusal: RefusedRequest, head: RequestHead | None, began: float) -> None:
        """Answer a request that was not read whole: what follows it on the connection could be anything."""
        document = {"Error": {"Code": refusal.code, "Message": refusal.message, **refusal.fields}}
        body = Content.of(xml.write(document))
        headers = {"Content-Type": "application/xml", "Content-Length": str(body.size)}
        self._log(head, refusal.status, began, str(refusal))
        self._send(Response(refusal.status, headers, body), close=True)
        self._linger()

    def _linger(self) -> None:
        """Read what the client still sends before the connection is closed (RFC 9112, section 9.6).

        Closing with unread data resets the connection, and the client might lose the response.
        """
        socket.socket.shutdown(self.connection, socket.SHUT_WR)  # an SSLSocket's own would end its reading too
        self.connection.settimeout(_LINGER / 4)
        deadline = time.monotonic() + _LINGER
        while time.monotonic() < deadline and not self.server.is_stopping and self.connection.recv(_SMALL_BODY):
            pass

    def _report_bug(self, bug: Exception) -> None:
        """A bug of the fake is no response of S3's: it is logged, and raised when the server stops."""
        self.server.bugs.append(bug)
        traceback.print_exception(bug, file=sys.stderr)
        body = Content.of(_BUG_BODY)
        self._send(Response(500, {"Content-Length": str(body.size)}, body), close=True)

    def _log(self, head: RequestHead | None, status: int, began: float, reason: str = "") -> None:
        log = self.server.settings.log
        if log is not None:
            method, target = (head.method, head.target) if head else ("-", "-")
            log(log_line(method, target, status, time.perf_counter() - began, reason))


def _environ(head: RequestHead, body: bytes, client: str) -> dict[str, Any]:
    """WSGI's environment of a request, as far as others than S3 need it."""
    path, _, query = head.target.partition("?")
    return {
        "REQUEST_METHOD": head.method,
        "PATH_INFO": unquote_to_bytes(path).decode("iso-8859-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": client,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": head.headers.get("authorization"),
        "wsgi.input": io.BytesIO(body),
    }


class ListeningServer(socketserver.TCPServer):
    """The listening socket, and every open connection."""

    def __init__(self, settings: Settings, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=128)
        socketserver.BaseServer.__init__(self, listening.getsockname()[:2], ConnectionHandler)
        self.settings = settings
        self.port: int = listening.getsockname()[1]
        self.is_tls: bool = tls is not None
        self.is_stopping: bool = False
        self.bugs: list[Exception] = []
        self._connections: dict[threading.Thread, socket.socket] = {}
        self.socket: socket.socket = listening
        if tls is not None:
            self.socket = tls.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread."""
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="fakes3mp connection", daemon=True
        )
        self._connections[thread] = request
        thread.start()

    def _serve(self, connection: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(connection, client_address)
        except OSError:
            pass  # a connection that fails, for example in its handshake, is the client's concern
        finally:
            self.shutdown_request(connection)
            del self._connections[threading.current_thread()]

    def close(self) -> None:
        """Close the socket and every connection: at first those that are idle, and soon those that are not."""
        self.is_stopping = True
        self.server_close()
        for how, seconds in ((socket.SHUT_RD, _STOP_GRACE), (socket.SHUT_RDWR, 0.3)):
            connections = dict(self._connections)
            for connection in connections.values():
                try:
                    socket.socket.shutdown(connection, how)  # an SSLSocket's own would end its writing too
                except OSError:
                    continue  # it was closed meanwhile
            deadline = time.monotonic() + seconds
            for thread in connections:
                thread.join(max(0.0, deadline - time.monotonic()))
