"""Requests as bytes on a socket, with the framing of HTTP spoiled."""

_LINES = [b"Content-Length: 5", b"Content-Length: -5", b"Content-Length: many", b"Content-Length: 4, 4", b"Content-Length: 4, 5", b"Content-Length: " + b"9" * 30, b"Transfer-Encoding: chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding : chunked", b"Host: a", b"Host: a b", b"Expect: 100-continue", b"Expect: x", b"Connection: close", b"X: " + b"a" * 70_000, b" folded", b"X\x00: y", b": y", b"X: a\rb", b"\xff: \xff"]  # fmt: skip
_WILD = [b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\x00", b" ", b":", b"\t", b"\xff", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.0", b"HTTP/2.0", b"ffffffffffffffff\r\n", b"-1\r\n"]  # fmt: skip


def as_bytes(sent, values):
    """A request as it goes over a connection, in one time of two spoiled."""
    random, body = values.random, sent.body
    lines = [
        b"%s: %s" % (_bytes(name), _bytes(text))
        for name, text in sent.headers.items()
        if name not in ("host", "transfer-encoding")
    ]
    if values.chance(0.25):
        lines = [line for line in lines if not line.startswith(b"content-length")] + [b"Transfer-Encoding: chunked"]
        size = random.choice([len(body) or 1, 7])
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces[:200], b""])
    if values.chance(0.2):
        lines.insert(random.randrange(len(lines) + 1), random.choice(_LINES))
    data = b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n%s" % (_bytes(sent.method), _bytes(sent.target), _bytes(sent.host), b"\r\n".join(lines), body)  # fmt: skip
    if values.chance(0.3):
        position = random.randrange(min(len(data), 1000))
        data = data[:position] + random.choice(_WILD) + data[position + random.randrange(5) :]
    return data


def _bytes(text):
    return text.encode("utf-8", "replace")
