"""RFC 9112's message-length faults over raw sockets: nothing in the body of one request ever runs as another.

Each row sends a request whose length is faulty, with a second request in what might be its body: the second must not be
answered, and the connection must be closed. Section numbers are RFC 9112's, or RFC 9110's where the row says so.
"""

import re
import socket
import time
import tracemalloc
from urllib.parse import urlsplit

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server

HIDDEN = b"DELETE /media/k HTTP/1.1\r\nHost: h\r\n\r\n"
PUT = b"PUT /media/new HTTP/1.1\r\nHost: h\r\n"
CHUNKED = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
MiB = 1 << 20


@pytest.fixture
def server():
    with Server(FakeS3(buckets=["media"], check_signatures=False)) as server:
        fake = server.fake
        fake.put("media", "k", b"hello")
        allow_everybody(server)
        yield server


def allow_everybody(server):
    """Unsigned requests may do everything, so that a hidden one would succeed."""
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::media/*", "arn:aws:s3:::media"]}]}'
    s3 = server.client()
    s3.delete_public_access_block(Bucket="media")
    s3.put_bucket_policy(Bucket="media", Policy=policy)
    s3.close()


class Connection:
    """A raw connection to the server."""

    def __init__(self, server):
        url = urlsplit(server.url)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read_until_closed(self):
        """All that the server sends until it closes the connection; fails where it stays open."""
        received = b""
        while piece := self.socket.recv(65536):
            received += piece
        return received


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def hide(request):
    """The request, with another one where its body might be."""
    return request + HIDDEN


# section, what is wrong, the request, the statuses that may be answered
FAULTS = [
    ("6.3", "a length in words", hide(PUT + b"Content-Length: many\r\n\r\n"), [400]),
    ("6.3", "a negative length", hide(PUT + b"Content-Length: -5\r\n\r\n"), [400]),
    ("6.3", "a signed length", hide(PUT + b"Content-Length: +5\r\n\r\n"), [400]),
    ("6.3", "an empty length", hide(PUT + b"Content-Length:\r\n\r\n"), [400]),
    ("6.3", "a fraction", hide(PUT + b"Content-Length: 5.0\r\n\r\n"), [400]),
    ("6.3", "a hexadecimal length", hide(PUT + b"Content-Length: 0x5\r\n\r\n"), [400]),
    ("6.3", "a length with an underscore", hide(PUT + b"Content-Length: 1_0\r\n\r\n"), [400]),
    ("6.3", "a length with a space", hide(PUT + b"Content-Length: 1 0\r\n\r\n"), [400]),
    ("6.3", "digits that are not ASCII", hide(PUT + "Content-Length: \u0665\r\n\r\n".encode()), [400]),
    ("6.3", "superscript digits", hide(PUT + b"Content-Length: \xb2\r\n\r\n"), [400]),
    ("6.3", "a length of 5,000 digits", hide(PUT + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"), [400]),
    ("6.3", "two lengths", hide(PUT + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n"), [400]),
    ("6.3", "two lengths in one line", hide(PUT + b"Content-Length: 0, 37\r\n\r\n"), [400]),
    ("6.3", "a list with an empty element", hide(PUT + b"Content-Length: 0,\r\n\r\n"), [400]),
    ("6.3", "no length", hide(PUT + b"\r\n"), [200, 411]),
    ("6.3", "no length, with POST", hide(b"POST /media/new?uploads HTTP/1.1\r\nHost: h\r\n\r\n"), [403, 411]),
    ("6.1", "an unknown encoding", hide(PUT + b"Transfer-Encoding: xchunked\r\n\r\n"), [400, 501]),
    ("6.1", "another encoding", hide(PUT + b"Transfer-Encoding: gzip\r\n\r\n"), [400, 501]),
    ("6.1", "identity", hide(PUT + b"Transfer-Encoding: identity\r\n\r\n"), [400, 501]),
    ("6.1", "an empty encoding", hide(PUT + b"Transfer-Encoding:\r\n\r\n"), [400, 501]),
    ("6.1", "chunked is not the last", hide(PUT + b"Transfer-Encoding: chunked, gzip\r\n\r\n"), [400]),
    ("6.1", "another before chunked", hide(PUT + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), [501]),
    ("6.1", "chunked twice", hide(PUT + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), [400]),
    ("6.1", "two lines", hide(PUT + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"), [400]),
    ("6.1", "a quoted encoding", hide(PUT + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n'), [400, 501]),
    ("6.1", "an encoding with a parameter", hide(PUT + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"), [400, 501]),
    ("6.1", "a vertical tab", hide(PUT + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"), [400, 501]),
    ("6.1", "an encoding in HTTP/1.0", hide(CHUNKED.replace(b"/1.1", b"/1.0") + b"0\r\n\r\n"), [400]),
    ("6.3", "length and encoding", hide(PUT + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), [200, 400, 501]),
    ("7.1", "a chunk size in words", hide(CHUNKED + b"ZZ\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "no chunk size", hide(CHUNKED + b"\r\n\r\n"), [400]),
    ("7.1", "a negative chunk size", hide(CHUNKED + b"-1\r\n\r\n0\r\n\r\n"), [400]),
    ("7.1", "a signed chunk size", hide(CHUNKED + b"+1\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk size with a prefix", hide(CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk size with an underscore", hide(CHUNKED + b"1_0\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk size with a space", hide(CHUNKED + b" 1\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk size that overflows", hide(CHUNKED + b"1" + b"0" * 16 + b"\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk size of 5,000 digits", hide(CHUNKED + b"0" * 5000 + b"\r\n\r\n"), [400]),
    ("7.1", "a size line that ends with a line feed", hide(CHUNKED + b"1\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a size line that ends with a carriage return", hide(CHUNKED + b"1\rx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk that is longer than its size", hide(CHUNKED + b"1\r\nxy\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk that is shorter than its size", hide(CHUNKED + b"2\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1", "a chunk that ends with a line feed", hide(CHUNKED + b"1\r\nx\n0\r\n\r\n"), [400]),
    ("7.1.1", "a carriage return in an extension", hide(CHUNKED + b"1;a\rb\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1.1", "an endless extension", hide(CHUNKED + b"1;" + b"a" * 100_000 + b"\r\nx\r\n0\r\n\r\n"), [400]),
    ("7.1.2", "a trailer that is no field", hide(CHUNKED + b"0\r\nno field\r\n\r\n"), [400]),
    ("7.1.2", "endless trailers", hide(CHUNKED + b"0\r\n" + b"a: b\r\n" * 20_000 + b"\r\n"), [400]),
    ("5.1", "a space before the colon", hide(PUT + b"Content-Length : 37\r\n\r\n"), [400]),
    ("5.1", "a tab before the colon", hide(PUT + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"), [400]),
    ("5.1", "a line without a colon", hide(PUT + b"Content-Length\r\n\r\n"), [400]),
    ("5.1", "no field name", hide(PUT + b": 37\r\n\r\n"), [400]),
    ("5.1", "a field name that is no token", hide(PUT + b"Content(Length: 37\r\n\r\n"), [400]),
    ("2.2", "a space before the first field", hide(PUT[:-9] + b" Content-Length: 37\r\nHost: h\r\n\r\n"), [400]),
    ("5.2", "a folded field", hide(PUT + b"Content-Length:\r\n 37\r\n\r\n"), [400]),
    ("2.2", "a carriage return in a field", hide(PUT + b"x: y\rContent-Length: 37\r\n\r\n"), [400]),
    ("2.2", "a carriage return before the end", hide(PUT + b"Content-Length: 37\r\r\n\r\n"), [400]),
    ("9110 5.5", "a NUL in a field", hide(PUT + b"Content-Length: 37\0\r\n\r\n"), [400]),
    ("3.2", "no host", hide(b"PUT /media/new HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("3.2", "two hosts", hide(PUT + b"Host: other\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("3.2", "a host with a path", hide(PUT.replace(b": h", b": h/media/k?") + b"Content-Length: 0\r\n\r\n"), [400]),
    ("3", "a space in the target", hide(b"PUT /media/a b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("3", "two spaces", hide(b"PUT  /media/new HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("3", "a tab", hide(b"PUT\t/media/new\tHTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("3.2", "a target without a slash", hide(b"PUT media/new HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), [400]),
    ("2.3", "no version", hide(b"GET /media/k\r\n\r\n"), [400]),
    ("2.3", "a bad version", hide(b"GET /media/k HTTP/1.\r\nHost: h\r\n\r\n"), [400]),
    ("2.3", "version 2", hide(b"GET /media/k HTTP/2.0\r\nHost: h\r\n\r\n"), [505]),
    ("9110 10.1.1", "an unknown expectation", hide(PUT + b"Content-Length: 37\r\nExpect: a-miracle\r\n\r\n"), [417]),
    ("3", "an endless line", hide(b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"), [400]),
    ("5", "endless fields", hide(PUT + b"a: b\r\n" * 50_000 + b"Content-Length: 0\r\n\r\n"), [400]),
]  # fmt: skip


@pytest.mark.parametrize(("section", "fault", "request_bytes", "expected"), FAULTS, ids=[row[1] for row in FAULTS])
def test_a_faulty_length_ends_the_connection(server, section, fault, request_bytes, expected):
    with Connection(server) as connection:
        connection.send(request_bytes)
        received = connection.read_until_closed()
    assert len(statuses(received)) == 1, received
    assert statuses(received)[0] in expected
    assert re.search(rb"(?i)^connection: close\r$", received, re.MULTILINE)
    assert server.fake.object("media", "k").body == b"hello"
    assert "DeleteObject" not in [call.operation for call in server.fake.calls]


def test_a_refusal_is_an_s3_error(server):
    """O208"""
    with Connection(server) as connection:
        connection.send(PUT + b"Content-Length: -5\r\n\r\n")
        head, _, body = connection.read_until_closed().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Content-Type: application/xml" in head
    assert b"<Code>BadRequest</Code><Message>An error occurred when parsing the HTTP request.</Message>" in body


# section, what is allowed, the request, the body that is stored, or None for what is no PUT
VALID = [
    ("6.2", "a plain length", PUT + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    ("6.2", "leading zeros", PUT + b"Content-Length: 0003\r\n\r\nabc", b"abc"),
    ("5.1", "no space after the colon", PUT + b"Content-Length:3\r\n\r\nabc", b"abc"),
    ("5.1", "white space around the value", PUT + b"Content-Length: \t3 \t\r\n\r\nabc", b"abc"),
    ("2.2", "an empty line before the request", b"\r\n" + PUT + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    ("2.2", "line feeds alone", b"PUT /media/new HTTP/1.1\nHost: h\nContent-Length: 3\n\nabc", b"abc"),
    ("3.2.2", "the absolute form", b"PUT http://h/media/new HTTP/1.1\r\nHost: other\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    ("6.3", "a GET without a length", b"GET /media/k HTTP/1.1\r\nHost: h\r\n\r\n", None),
    ("6.3", "a GET with a body", b"GET /media/k HTTP/1.1\r\nHost: h\r\nContent-Length: 37\r\n\r\n" + HIDDEN, None),
]  # fmt: skip


@pytest.mark.parametrize(("section", "name", "request_bytes", "stored"), VALID, ids=[row[1] for row in VALID])
@pytest.mark.parametrize("bytewise", [False, True])
def test_a_valid_length_keeps_the_connection(server, section, name, request_bytes, stored, bytewise):
    with Connection(server) as connection:
        for piece in [bytes([byte]) for byte in request_bytes] if bytewise else [request_bytes]:
            connection.send(piece)
        connection.send(b"GET /media/k HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        received = connection.read_until_closed()
    assert statuses(received) == [200, 200]
    assert received.endswith(b"hello")
    if stored is not None:
        assert server.fake.object("media", "new").body == stored
    assert server.fake.object("media", "k").body == b"hello"


AWS_CHUNKED = (
    b"Content-Encoding: aws-chunked\r\nx-amz-decoded-content-length: 3\r\n"
    b"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-trailer: x-amz-checksum-crc32\r\n"
)
FRAMED = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"


def http_chunks(data, size, extension=b"", end=b"0\r\n\r\n"):
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + end


CHUNKS = [
    ("7.1", "one chunk", http_chunks(FRAMED, 1000)),
    ("7.1", "many chunks", http_chunks(FRAMED, 2)),
    ("7.1", "capital digits", http_chunks(FRAMED, 0x1F).replace(b"1f", b"1F")),
    ("7.1", "leading zeros", b"000" + http_chunks(FRAMED, 1000)),
    ("7.1.1", "extensions", http_chunks(FRAMED, 7, b' ; name="a b";x')),
    ("7.1.2", "trailers", http_chunks(FRAMED, 7, end=b"0\r\nExpires: never\r\na: b\r\n\r\n")),
    ("7.1", "a last chunk of many zeros", http_chunks(FRAMED, 7, end=b"000\r\n\r\n")),
]


@pytest.mark.parametrize(("section", "name", "body"), CHUNKS, ids=[row[1] for row in CHUNKS])
@pytest.mark.parametrize("encoding", [b"chunked", b"Chunked", b" \tchunked\t "])
def test_valid_chunks_keep_the_connection(server, section, name, body, encoding):
    with Connection(server) as connection:
        connection.send(PUT + AWS_CHUNKED + b"Transfer-Encoding:" + encoding + b"\r\n\r\n" + body)
        connection.send(b"GET /media/new HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        received = connection.read_until_closed()
    assert statuses(received) == [200, 200]
    assert received.endswith(b"abc")


def test_equal_lengths_count_once_and_close(server):
    """Section 6.3: a list of equal numbers is that number."""
    for lengths in (b"Content-Length: 3, 3\r\n", b"Content-Length: 3\r\nContent-Length: 3\r\n"):
        with Connection(server) as connection:
            connection.send(PUT + lengths + b"\r\nabc" + HIDDEN)
            assert statuses(connection.read_until_closed()) == [200]
        assert server.fake.object("media", "new").body == b"abc"


def test_http_1_0_is_answered_and_closed(server):
    for host in (b"", b"Host: h\r\n"):
        with Connection(server) as connection:
            connection.send(b"GET /media/k HTTP/1.0\r\n" + host + b"\r\n" + HIDDEN)
            received = connection.read_until_closed()
        assert statuses(received) == [200]
        assert received.endswith(b"hello")


@pytest.mark.parametrize("option", [b"close", b"Close", b"keep-alive, close", b"foo , close"])
def test_the_client_closes(server, option):
    """Section 9.6"""
    with Connection(server) as connection:
        connection.send(b"GET /media/k HTTP/1.1\r\nHost: h\r\nConnection: " + option + b"\r\n\r\n" + HIDDEN)
        assert statuses(connection.read_until_closed()) == [200]


def test_a_refused_body_is_not_asked_for(server):
    """RFC 9110, section 10.1.1: no 100 Continue where the answer is known without the body."""
    with Connection(server) as connection:
        connection.send(PUT + b"Content-Length: many\r\nExpect: 100-continue\r\n\r\n")
        assert statuses(connection.read_until_closed()) == [400]


def test_a_refused_client_reads_the_answer_though_it_is_still_sending(server):
    """Section 9.6: closing at once would reset the connection, and the answer would be lost."""
    with Connection(server) as connection:
        connection.send(PUT + b"Content-Length: many\r\n\r\n" + bytes(4 * MiB))
        time.sleep(0.1)
        assert statuses(connection.read_until_closed()) == [400]


# Bodies that are too long, and those that are only declared


def test_max_body():
    fake = FakeS3(buckets=["media"], check_signatures=False)
    with Server(fake, max_body=5) as server:
        for request, status in (
            (PUT + b"Content-Length: 5\r\nConnection: close\r\n\r\nabcde", 403),  # nobody allows it
            (PUT + b"Content-Length: 6\r\n\r\nabcdef", 400),
            (CHUNKED + b"3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n", 400),
        ):
            with Connection(server) as connection:
                connection.send(request)
                received = connection.read_until_closed()
            assert statuses(received) == [status]
            assert (b"<Code>EntityTooLarge</Code>" in received) == (status == 400)
            assert (b"<MaxSizeAllowed>5</MaxSizeAllowed>" in received) == (status == 400)


def test_a_body_has_s3s_limit(server):
    for request in (b"Content-Length: 5368709121\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n140000001\r\n"):
        with Connection(server) as connection:
            connection.send(PUT + request)
            assert b"<Code>EntityTooLarge</Code>" in connection.read_until_closed()


@pytest.mark.parametrize(
    "declaration", [b"Content-Length: 1000000000\r\n\r\nx", b"Transfer-Encoding: chunked\r\n\r\n3b9aca00\r\nx"]
)
def test_a_declared_body_takes_no_memory(server, declaration):
    tracemalloc.start()
    try:
        with Connection(server) as connection:
            connection.send(PUT + declaration)
            connection.socket.shutdown(socket.SHUT_WR)
            assert connection.read_until_closed() == b""
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * MiB
