"""Random HTTP requests: of every operation by botocore's serialiser, browsers' forms, and aws-chunked bodies."""

import copy
import json
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1

from botocore.exceptions import BotoCoreError
from botocore.serialize import create_serializer

from benchmarks.fuzz.spoiling import md5_header, spoil
from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import operation_model
from tests.properties.test_refused import REQUESTS, places, value_at, wild_values
from tests.properties.test_refused import spoil as spoil_params
from tests.wire.senders import AUTHORIZATION

HOST = "s3.us-east-1.amazonaws.com"
CONTROL_HOST = "123456789012.s3-control.us-east-1.amazonaws.com"


@dataclass
class Sent:
    """A request as it goes out."""

    operation: str  # the one that it was made for
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    host: str = HOST
    spoilt: int = field(default=0)  # in how many places

    @property
    def target(self):
        """Path and query."""
        query = "&".join(f"{name}={value}" if value or name == "" else name for name, value in self.query)
        return f"{self.path}?{query}" if query else self.path

    def set_document(self, body):
        self.body = body
        if "content-md5" in self.headers:
            self.headers["content-md5"] = md5_header(body)


def random_request(values):
    """One request, spoiled or not."""
    kind = values.random.random()
    if kind < 0.06:
        return _form(values)
    sent = _operation_request(values)
    if sent.operation in ("PutObject", "UploadPart") and kind < 0.4:
        _chunk(sent, values)
    for _ in range(values.random.choice([0, 0, 1, 1, 1, 2])):
        spoil(sent, values)
        sent.spoilt += 1
    sent.headers.setdefault("content-length", str(len(sent.body)))
    return sent


@cache
def _names():
    """All operations; those that carry a document more often than others."""
    return [
        name for name in sorted(registry()) for _ in range(2 if name.startswith(("Put", "Complete", "Create")) else 1)
    ]


@cache
def _serializer(service):
    return create_serializer("rest-xml", include_validation=False)


def _operation_request(values):
    while True:
        name = values.random.choice(_names())
        params = _params(name, values)
        if isinstance(params.get("Policy"), dict):
            params["Policy"] = json.dumps(params["Policy"])
        try:
            http = _serializer("s3").serialize_to_request(params, operation_model(name))
        except (BotoCoreError, ValueError, TypeError, AttributeError, KeyError, OverflowError):  # no client can send it
            continue
        return _as_sent(name, http, params, values)


def _params(name, values):
    if name in REQUESTS and values.chance(0.5):
        params = values.ids.with_names({"Bucket": "media", **copy.deepcopy(REQUESTS[name])})
        if values.chance(0.4):
            path = values.random.choice(list(places(params)))
            spoil_params(params, path, values.random.choice(wild_values(value_at(params, path))))
        return params
    return values.of(operation_model(name).input_shape)


def _as_sent(name, http, params, values):
    url, _, own_query = http["url_path"].partition("?")
    query = [pair.partition("=")[::2] for pair in own_query.split("&") if pair]
    query += [(str(key), str(value)) for key, value in _pairs(http["query_string"])]
    body = http["body"] or b""
    headers = {key.lower(): str(value) for key, value in http["headers"].items()}
    sent = Sent(name, http["method"], url, [(key, _escaped(value)) for key, value in query], headers, _as_bytes(body))
    if name.startswith("s3control"):
        sent.host = CONTROL_HOST
    if not operation_model(name).has_streaming_input and sent.body and values.chance(0.95):
        sent.headers["content-md5"] = md5_header(sent.body)
    if not values.chance(0.03):
        sent.headers |= {"authorization": AUTHORIZATION, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    return sent


def _pairs(query_string):
    for key, value in query_string.items() if isinstance(query_string, dict) else query_string:
        yield from ((key, each) for each in value) if isinstance(value, list) else ((key, value),)


def _escaped(value):
    from urllib.parse import quote

    return quote(value.encode("utf-8", "replace"), safe="")


def _as_bytes(body):
    return body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body)


def _chunk(sent, values):
    """Frame the body as aws-chunked, and perhaps break the framing."""
    random, body = values.random, sent.body
    size = random.choice([8192, 8192, len(body) or 1, 3])
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    line_end = b"\r\n" if values.chance(0.95) else b"\n"
    extension = b";chunk-signature=" + b"0" * 64 if values.chance(0.3) else b""
    framed = b"".join(
        b"%x%s%s%s%s" % (len(piece), extension, line_end, piece, line_end) for piece in [*pieces, b""][:-1]
    )
    trailer = b"x-amz-checksum-sha1:" + b64encode(sha1(body).digest())
    sent.body = (
        framed + b"0" + extension + line_end + random.choice([b"", trailer + line_end, trailer + b"\n\r\n"]) + line_end
    )
    if values.chance(0.4):
        position = random.randrange(len(sent.body))
        wild = random.choice([b"", b"x", b"\r", b"\n", b"0", b"ffffffffffffffff", b"-1", b";", b"\x00", b"\r\n\r\n"])
        sent.body = sent.body[:position] + wild + sent.body[position + random.randrange(3) :]
    sent.headers["content-encoding"] = "aws-chunked"
    sent.headers["x-amz-content-sha256"] = random.choice(["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD"])  # fmt: skip
    sent.headers["x-amz-decoded-content-length"] = str(len(body))
    sent.headers["x-amz-trailer"] = "x-amz-checksum-sha1"


_FIELDS = ["key", "acl", "tagging", "success_action_redirect", "success_action_status", "Content-Type", "policy", "x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-meta-a", "x-amz-storage-class", "AWSAccessKeyId", "signature", "bucket", "x-amz-security-token", "x-ignore-a", "redirect", "Expires", "file"]  # fmt: skip
_POLICIES = [{"expiration": "2030-01-01T00:00:00Z", "conditions": [{"bucket": "media"}, ["starts-with", "$key", ""], ["content-length-range", 0, 100]]}, {"expiration": "x"}, {"conditions": [[]]}, [], None, {"expiration": 5, "conditions": {"a": []}}]  # fmt: skip


def _form(values):
    """A browser's form, with fields left out, repeated or wild."""
    random = values.random
    fields = [("key", random.choice(["k", "${filename}", "a/${filename}", values.wild_text()]))]
    for _ in range(random.randrange(5)):
        name = random.choice(_FIELDS) if values.chance(0.9) else values.wild_text()
        policy = b64encode(json.dumps(random.choice(_POLICIES)).encode()).decode()
        fields.append((name, policy if name == "policy" and values.chance(0.7) else values.wild_text()))
    fields.append(("file", "body"))
    if values.chance(0.2):
        random.shuffle(fields)
    parts = [_part(name, value) for name, value in fields]
    body = b"".join(b"--x\r\n%s\r\n" % part for part in parts) + b"--x--\r\n"
    if values.chance(0.2):
        position = random.randrange(len(body))
        body = (
            body[:position]
            + values.wild_text().encode("utf-8", "replace")[:100]
            + body[position + random.randrange(9) :]
        )
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": str(len(body))}
    sent = Sent("PostObject", "POST", f"/{random.choice(['media', 'plain', 'none'])}", [], headers, body)
    if values.chance(0.3):
        spoil(sent, values)
        sent.spoilt = 1
    return sent


def _part(name, value):
    name, value = (text.encode("utf-8", "replace") for text in (name, value))
    filename = b'; filename="f"' if name == b"file" else b""
    return b'Content-Disposition: form-data; name="%s"%s\r\n\r\n%s' % (name, filename, value)
