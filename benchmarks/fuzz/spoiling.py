"""Requests spoiled in one or two places: a header, a query parameter, an element of the document, the method, the framing."""

import re
from base64 import b64encode
from functools import cache
from hashlib import md5
from urllib.parse import quote

from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import operation_model

_ELEMENT = re.compile(rb"<(\w+)[^<>]*>[^<]*</\1>")
_TEXT = re.compile(rb">([^<]*)<")
_JSON_VALUE = re.compile(rb'"[^"]*"|\b\d+\b|true|false|null')
_ENCODINGS = [b"utf-16", b"martian", b"utf-7", b"base64", b"ascii", b""]
_OTHER_HEADERS = ["range", "content-type", "content-length", "content-encoding", "x-amz-content-sha256", "x-amz-trailer", "x-amz-decoded-content-length", "x-amz-date", "date", "authorization", "amz-sdk-request", "amz-sdk-invocation-id", "origin", "access-control-request-method", "access-control-request-headers", "expect", "transfer-encoding", "x-amz-meta-", "x-amz-security-token", "host"]  # fmt: skip
_OTHER_QUERY = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders", "AWSAccessKeyId", "Signature", "Expires", "select", "x-id", "website", ""]  # fmt: skip


@cache
def wire_names(location):
    """The names of all headers, or query parameters, that operations have, and some that all requests may have."""
    names = {
        member.serialization.get("name", name)
        for operation in registry()
        for name, member in operation_model(operation).input_shape.members.items()
        if member.serialization.get("location") == location
    }
    subresources = {
        pair.partition("=")[0]
        for name in registry()
        for pair in operation_model(name).http["requestUri"].partition("?")[2].split("&")
    }
    others = _OTHER_HEADERS if location == "header" else [*_OTHER_QUERY, *subresources]
    return sorted({name.lower() if location == "header" else name for name in names} | set(others))


def spoil(sent, values):
    """Spoil a request in one place."""
    kinds = [_header, _header, _query, _query, _key, _method]
    if sent.body:
        kinds += [_document] * 8 if sent.body[:1] in b"<{" else [_body]
    values.random.choice(kinds)(sent, values)


def _header(sent, values):
    choice = values.random.choice
    name = choice(list(sent.headers) or ["range"]) if values.chance(0.4) else choice(wire_names("header"))
    if values.chance(0.15):
        sent.headers.pop(name, None)
    else:
        sent.headers[name] = values.wild_text()


def _query(sent, values):
    choice = values.random.choice
    if sent.query and values.chance(0.2):
        sent.query.pop(values.random.randrange(len(sent.query)))
        return
    name = choice(sent.query)[0] if sent.query and values.chance(0.4) else choice(wire_names("querystring"))
    value = values.wild_text()
    sent.query = [pair for pair in sent.query if pair[0] != name] if values.chance(0.8) else sent.query
    sent.query.append((name, quote(value.encode("utf-8", "replace")) if values.chance(0.8) else _one_line(value)))


def _key(sent, values):
    sent.path = "/" + _one_line(values.random.choice(["media/", "", "media"]) + values.wild_text())


def _one_line(text):
    """Without what ends a request line, and what makes the path a query; the rest is not escaped."""
    return re.sub(r"[\s\x00#?\ud800]", "", text)


def _method(sent, values):
    sent.method = values.random.choice(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "X", "put"])


def _document(sent, values):
    spoilt = _json(sent.body, values) if sent.body[:1] == b"{" else _xml(sent.body, values)
    sent.set_document(spoilt)


def _json(body, values):
    places = list(_JSON_VALUE.finditer(body))
    if not places or values.chance(0.1):
        return values.random.choice(
            [b"null", b"[]", b"{}", b"5", b"[" * 20_000, b'{"a":' * 20_000, body + b"x", body[:-2]]
        )
    place = values.random.choice(places)
    wild = values.random.choice(
        [b"null", b"[]", b"{}", b"5", b"1e999", b"-1", b"true", b'"x"', b'["x", 5]', b'{"a": []}', b'"\\ud800"']
    )
    return body[: place.start()] + wild + body[place.end() :]


def _xml(body, values):
    random = values.random
    leaves, elements = list(_TEXT.finditer(body)), list(_ELEMENT.finditer(body))
    step = random.randrange(10)
    if step < 5 and leaves:
        place = random.choice(leaves)
        return body[: place.start(1)] + _xml_text(values) + body[place.end(1) :]
    if step < 8 and elements:
        place = random.choice(elements)
        wild = [
            b"",
            place[0] * 2,
            place[0] * 101,
            b"<X>" + place[0] + b"</X>",
            b"<a:" + place[1] + b"/>",
            b"<" + place[1] + b"/>",
        ]
        return body[: place.start()] + random.choice(wild) + body[place.end() :]
    if step == 8:
        return b'<?xml version="1.0" encoding="%s"?>' % random.choice(_ENCODINGS) + body
    position = random.randrange(len(body) + 1)
    return random.choice(
        [
            body[:position],
            body[:position] + bytes([random.randrange(256)]) + body[position + 1 :],
            b"<a>" * 2000,
            b"\xff\xfe" + body,
        ]
    )


def _xml_text(values):
    text = values.wild_text().encode("utf-8", "replace")
    return text if values.chance(0.1) else text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b"\x00", b"&#0;")


def _body(sent, values):
    random = values.random
    sent.body = random.choice([b"", sent.body[:-1], sent.body + b"x", b"<a/>", b"{}", b"\x00" * 10])


def md5_header(body):
    return b64encode(md5(body).digest()).decode()
