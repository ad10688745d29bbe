"""Coverage-guided fuzzing with atheris, which is to be installed beside: ``pip install atheris``.

    python -m benchmarks.fuzz.coverage_guided TARGET [-runs=100000] [-max_total_time=60] [-seed=1] [CORPUS] ...

TARGET is ``wsgi``, ``chunks``, ``xml``, ``policy`` or ``form``; what follows are libFuzzer's own options. An input begins as
one of those that the random fuzzing sends. What must hold: an answer below 500, or an S3Error. The first other exception
ends the run, and libFuzzer writes the input into a file.
"""

import io
import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fakes3mp"]):
    from fakes3mp import FakeS3, S3Error, wsgi_app
    from fakes3mp.operations.registry import registry
    from fakes3mp.wire import aws_chunked, xml
    from fakes3mp.wire.messages import Request
    from fakes3mp.wire.model import operation_model

    registry()

from benchmarks.fuzz.requests import HOST, random_request
from benchmarks.fuzz.values import Values
from benchmarks.fuzz.world import Ids
from tests.wire.senders import AUTHORIZATION

HEADERS = {"host": HOST, "authorization": AUTHORIZATION, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
FORM = {"host": HOST, "content-type": "multipart/form-data; boundary=x"}
FAKE = FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore")
FAKE.put("media", "k", b"body")
BASE = FAKE.snapshot()
APP = wsgi_app(FAKE)


def chunks(data):
    """The aws-chunked decoder: what it accepts has the bytes of the chunks, framed again."""
    body, _ = aws_chunked.unwrap(data)
    assert aws_chunked.unwrap(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n")[0] == body


def document(data):
    """The XML reader, with the shape of one operation's document: what it accepts and writes, it reads and writes again."""
    if data:
        shape, root = DOCUMENTS[data[0] % len(DOCUMENTS)]
        written = xml.write({root: xml.structure_node(shape, xml.read(data[1:], shape, root))})
        again = xml.write({root: xml.structure_node(shape, xml.read(written, shape, root))})
        assert again == written, (again, written)


def policy(data):
    """The policy engine: reading and, if a policy is accepted, judging requests by it."""
    FAKE._service.perform("PutBucketPolicy", {"Bucket": "media", "Policy": data.decode("utf-8", "surrogateescape")})
    for headers in (HEADERS, {"host": HOST}):
        for method, target in (("GET", "media/k"), ("PUT", "media/x?tagging"), ("GET", "media?list-type=2&prefix=a")):
            _judge(FAKE.handle(Request(method, f"https://{HOST}/{target}", headers)).status)
    FAKE._service.perform("DeleteBucketPolicy", {"Bucket": "media"})


def form(data):
    """The reader of browsers' forms."""
    _judge(
        FAKE.handle(Request("POST", f"https://{HOST}/media", {**FORM, "content-length": str(len(data))}, data)).status
    )


def wsgi(data):
    """The WSGI application: method, path, query and headers are the first lines, up to an empty one; then the body."""
    head, _, body = data.partition(b"\n\n")
    method, path, query, *lines = [*head.decode("latin-1").split("\n"), "", "", ""][:40]
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, _, value in (line.partition(":") for line in lines)
    }
    environ = {
        **headers,
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": HOST,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    statuses = []
    list(APP(environ, lambda status, headers: statuses.append(int(status[:3]))))
    _judge(statuses[0])


TARGETS = {"wsgi": wsgi, "chunks": chunks, "xml": document, "policy": policy, "form": form}


def _judge(status):
    assert 100 <= status < 500 or status in (501, 503), status


def _document_of(operation):
    """The shape and the root of an operation's document, or None."""
    shape = operation_model(operation).input_shape
    payload = shape.serialization.get("payload")
    if payload is None or shape.members[payload].type_name != "structure":
        return None
    return shape.members[payload], shape.members[payload].serialization.get("name", payload)


OPERATIONS = [name for name in sorted(registry()) if _document_of(name)]
DOCUMENTS = [_document_of(name) for name in OPERATIONS]


def _words():
    """The elements of all documents, for libFuzzer's dictionary."""
    shapes, seen = [shape for shape, _ in DOCUMENTS], set()
    while shapes:
        shape = shapes.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        if shape.type_name == "list":
            shapes.append(shape.member)
            yield shape.member.serialization.get("name", "member")
        for name, member in getattr(shape, "members", {}).items():
            shapes.append(member)
            yield xml.element_name(name, member)
        yield from getattr(shape, "enum", [])


def _seeds(target):
    """Inputs of a target, of which the random fuzzing would send some."""
    values = Values(random.Random(1), Ids(["version"] * 3, ["upload"] * 2, ["etag"] * 4))
    if target == "chunks":
        yield b"2000;chunk-signature=0\r\n%s\r\n1\r\nx\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n" % bytes(8192)
    for _ in range(2000):
        sent = random_request(values)
        if target == "wsgi":
            lines = [
                sent.method,
                sent.path,
                sent.target.partition("?")[2],
                *(f"{name}:{value}" for name, value in sent.headers.items()),
            ]
            yield "\n".join(lines).encode("utf-8", "replace") + b"\n\n" + sent.body
        elif (target == "form" and sent.operation == "PostObject") or (
            target == "chunks" and sent.headers.get("content-encoding") == "aws-chunked"
        ):
            yield sent.body
        elif target == "xml" and sent.operation in OPERATIONS:
            yield bytes([OPERATIONS.index(sent.operation)]) + sent.body
        elif target == "policy":
            yield values._policy().encode("utf-8", "replace")


def main():
    target, *options = sys.argv[1:]
    directory = Path(tempfile.mkdtemp(prefix=f"{target}-"))
    corpus = directory / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(_seeds(target)):
        (corpus / str(number)).write_bytes(seed)
    words = directory / "words"
    words.write_text("".join(f'"{word}"\n' for word in sorted(set(_words()))))
    count = 0

    def run(data):
        nonlocal count
        count += 1
        if count % 200 == 0:
            FAKE.restore(BASE)
        with suppress(S3Error):
            TARGETS[target](data)

    atheris.Setup([sys.argv[0], f"-dict={words}", *options, str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
