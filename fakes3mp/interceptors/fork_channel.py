"""The way from a forked child to the fakes of its parent: a socket in a private directory.

The parent answers its children's requests in one thread, which stands still while the process forks. In the child every
active fake is replaced by a ``RemoteFake``, which sends requests to the parent and never looks at the child's copy of the
state.
"""

from __future__ import annotations

import os
import pickle
import selectors
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.wire.addressing import is_amazons
from fakes3mp.wire.messages import ConnectionFailure, Request, Response, TypedRequest
from fakes3mp.wire.presigned import is_presigned

_LENGTH = struct.Struct("!Q")
_LONGEST_DIRECTORY = 80  # bytes: the path of a socket has at most 103 on macOS, 107 on Linux
_GONE = (
    "the fake S3 of process {parent} has stopped or the process has ended, so that this child process cannot reach it. "
    "Wait for child processes before the fake stops."
)
_OTHER_VERSION = (
    "this child process has fakes3mp {child}, and the fake S3 of its parent fakes3mp {parent}: install the same in both"
)


@cache
def own_version() -> str:
    """The version of this package; a child may have replaced the files of the one that its parent runs."""
    from importlib.metadata import version

    return version("fakes3mp")


def send_message(connection: socket.socket, message: Any) -> None:
    """Send one message, with its length before it."""
    data = pickle.dumps(message, protocol=5)
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive_message(connection: socket.socket) -> Any:
    """Receive one message; EOFError where the connection ends before it is whole."""
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    return pickle.loads(_receive(connection, length))  # from a process of this program


def _receive(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(min(size - len(data), 1 << 20))
        if not chunk:
            raise EOFError("the connection has ended")
        data += chunk
    return bytes(data)


def _directory_of_sockets() -> str:
    """The directory for temporary files, or where its path is too long for a socket in it, the system's."""
    directory = tempfile.gettempdir()
    return directory if len(os.fsencode(directory)) <= _LONGEST_DIRECTORY else "/tmp"


class ForkListener:
    """The parent's end: answers its children while a fake is active."""

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._socket: socket.socket | None = None
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._connections: set[socket.socket] = set()
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where children connect to."""
        return str(self._directory and self._directory / "socket")

    def prepare(self) -> None:
        """Before a fork: the socket is there, and no thread of ours is running."""
        if self._socket is None:
            self._directory = Path(tempfile.mkdtemp(prefix="fakes3mp-", dir=_directory_of_sockets()))
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(self.address)
            self._socket.listen(128)
            self._wake = socket.socketpair()
        self._stop_thread()

    def serve(self) -> None:
        """After a fork, in the parent: answer in a thread."""
        if self._socket is not None:
            self._thread = threading.Thread(target=self._serve, name="fakes3mp children", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Nothing is left: no thread, no socket, no file."""
        self._stop_thread()
        self.forget()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def abandon(self) -> None:
        """In a child: close the copies of the sockets; the parent's are not touched."""
        self.forget()
        self._directory = None

    def forget(self) -> None:
        """Close this process's ends of the sockets."""
        for each in (self._socket, *(self._wake or ()), *self._connections):
            if each is not None:
                each.close()
        self._socket = self._wake = self._thread = None
        self._connections = set()

    def _stop_thread(self) -> None:
        if self._thread is not None and self._wake is not None:
            self._wake[1].send(b"x")
            self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        assert self._socket is not None
        assert self._wake is not None
        with selectors.DefaultSelector() as selector:
            for each in (self._socket, self._wake[0], *self._connections):
                selector.register(each, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    ready: Any = key.fileobj
                    if ready is self._wake[0]:
                        ready.recv(1)
                        return
                    if ready is self._socket:
                        connection = ready.accept()[0]
                        self._connections.add(connection)
                        selector.register(connection, selectors.EVENT_READ)
                    elif not _answer(ready):
                        selector.unregister(ready)
                        self._connections.discard(ready)
                        ready.close()


def _answer(connection: socket.socket) -> bool:
    """Answer one request of a child; False where the child has ended, in the middle of a request perhaps."""
    try:
        version, position, method, arguments = receive_message(connection)
    except (OSError, EOFError):
        return False
    try:
        if version != own_version():
            raise RuntimeError(_OTHER_VERSION.format(child=version, parent=own_version()))
        fakes = ACTIVE.fakes
        if position >= len(fakes):
            raise RuntimeError(_GONE.format(parent=os.getpid()))
        reply = True, _METHODS[method](fakes[position], *arguments)
    except BaseException as error:  # it is raised in the child
        reply = False, error
    try:
        send_message(connection, reply)
    except (OSError, pickle.PicklingError, TypeError, AttributeError):
        try:
            send_message(connection, (False, RuntimeError(repr(reply[1]))))
        except OSError:
            return False
    return True


def _handle(fake: Any, request: Request) -> tuple[int, dict[str, str], bytes, int]:
    response: Response = fake.handle(request)
    return response.status, dict(response.headers), response.body.read(), response.declared_size


def _endpoint_of(fake: Any, url: str) -> str | None:
    endpoint: str | None = fake.endpoint_of(url)
    return endpoint


def _child_environment(fake: Any) -> dict[str, str]:
    environment: dict[str, str] = fake.child_environment()
    return environment


_METHODS: dict[str, Callable[..., Any]] = {
    "handle": _handle,
    "endpoint_of": _endpoint_of,
    "child_environment": _child_environment,
}


class RemoteFake:
    """A fake of the parent process, as a forked child sees it."""

    allows_before_call = False  # the parent answers HTTP requests

    def __init__(self, original: Any, position: int, address: str, parent: int) -> None:
        self.original = original
        self.passthrough: Sequence[str] = original.passthrough
        self.region: str = original.region
        self.real_sleep: bool = original.real_sleep
        self.children: str = original.children
        self.answered_services: frozenset[str] = original.answered_services
        self.other_services: str = original.other_services
        self.key_of_profile: Callable[[str], str | None] = original.key_of_profile
        self._position, self._address, self._parent = position, address, parent
        self._connection = _Connection()

    def handle(self, request: Request) -> Response:
        """Let the parent answer a request."""
        labelled = _labelled(request)
        status, headers, body, declared_size = self._call("handle", labelled)
        return Response(status, headers, Content.of(body), declared_size)

    def answer_without_http(self, request: TypedRequest, endpoint: str, /) -> None:
        """Nothing: every request of a child goes to the parent."""

    def endpoint_of(self, url: str) -> str | None:
        endpoint: str | None = self._call("endpoint_of", url)
        return endpoint

    def claims(self, url: str) -> bool:
        return is_amazons(url) or is_presigned(url) or self.endpoint_of(url) is not None

    def child_environment(self) -> dict[str, str]:
        """The environment of this child's own children."""
        environment: dict[str, str] = self._call("child_environment")
        return environment

    def _call(self, method: str, *arguments: Any) -> Any:
        if self.children == "refuse":
            raise RuntimeError("this is a child process, and the fake S3 has children='refuse'")
        connection = self._connect()
        try:
            send_message(connection, (own_version(), self._position, method, arguments))
            is_result, value = receive_message(connection)
        except (OSError, EOFError):
            self._connection.socket = None
            raise ConnectionFailure("reset") from None  # the client tries again
        if not is_result:
            raise value
        return value

    def _connect(self) -> socket.socket:
        """The connection of the current thread to the parent; a child of a child makes its own."""
        if self._connection.socket is None or self._connection.process != os.getpid():
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self._address)
            except OSError:
                connection.close()
                raise RuntimeError(_GONE.format(parent=self._parent)) from None
            self._connection.socket, self._connection.process = connection, os.getpid()
        connected: socket.socket = self._connection.socket
        return connected


class _Connection(threading.local):
    """The connection of one thread."""

    socket: Any = None
    process: int = 0


def _labelled(request: Request) -> Request:
    from msgspec.structs import replace

    return replace(request, process=os.getpid(), thread=threading.current_thread().name)


LISTENER = ForkListener()
