"""``Server.stop()`` ends within two seconds, whatever clients do, and leaves no thread and no socket."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server

MiB = 1 << 20
GET = b"GET /media/big HTTP/1.1\r\nHost: h\r\n\r\n"
PUT = b"PUT /media/new HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"


def connect(server):
    url = urlsplit(server.url)
    return socket.create_connection((url.hostname, url.port), timeout=10)


def idle(connection, stopped):
    """It is connected, and sends nothing."""


def half_a_head(connection, stopped):
    connection.sendall(b"GET /media/big HTT")


def half_a_body(connection, stopped):
    connection.sendall(PUT + b"abc")


def never_reads(connection, stopped):
    """It asks for more than the socket's buffers hold, and does not read it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(GET)


def drips(connection, stopped):
    """It sends a body byte by byte for ever."""
    connection.sendall(PUT)
    send_until_stopped(connection, b"x", stopped)


def never_ends(connection, stopped):
    """It sends request after request."""
    send_until_stopped(connection, b"HEAD /media/big HTTP/1.1\r\nHost: h\r\n\r\n", stopped)


def send_until_stopped(connection, data, stopped):
    def send():
        with contextlib.suppress(OSError):
            while not stopped.wait(0.001):
                connection.sendall(data)

    threading.Thread(target=send, daemon=True).start()


def no_handshake(connection, stopped):
    """It speaks no TLS where TLS is spoken."""
    connection.sendall(b"GET")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    "client",
    [idle, half_a_head, half_a_body, never_reads, drips, never_ends, no_handshake],
    ids=lambda each: each.__name__,
)
def test_stop_ends_within_two_seconds(client, tls):
    before = set(threading.enumerate())
    fake = FakeS3(buckets=["media"], check_signatures=False)
    fake.put("media", "big", bytes(64 * MiB))
    server = Server(fake, tls=tls).start()
    stopped = threading.Event()
    with connect(server) as connection:
        client(connection, stopped)
        time.sleep(0.1)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 2
        stopped.set()
        assert [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("fakes3mp")] == []
        with pytest.raises(OSError, match="refused"):
            connect(server)


def test_a_request_under_way_is_answered():
    fake = FakeS3(buckets=["media"])
    fake.faults.on("ListBuckets").delay(0.5)
    server = Server(fake).start()
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: AWS a:b\r\n\r\n")
        time.sleep(0.1)
        server.stop()
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_request_that_takes_too_long_is_dropped():
    fake = FakeS3(buckets=["media"])
    fake.faults.on("ListBuckets").delay(4)
    server = Server(fake).start()
    with connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: AWS a:b\r\n\r\n")
        time.sleep(0.1)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 2
        assert connection.recv(100) == b""


def test_a_server_that_never_started():
    server = Server(FakeS3())
    server.stop()
    with pytest.raises(OSError, match="refused"):
        connect(server)


def test_stopping_twice():
    server = Server(FakeS3()).start()
    server.stop()
    server.stop()


def test_a_server_that_was_stopped_does_not_start_again():
    for server in (Server(FakeS3()), Server(FakeS3()).start()):
        server.stop()
        with pytest.raises(RuntimeError, match="once"):
            server.start()
