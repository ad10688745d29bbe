"""Answers and errors as HTTP, for every operation at once.

What may live here: where each member of an answer goes (status, headers, body) and the headers every answer has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.digests import b64
from fakes3mp.errors import S3Error
from fakes3mp.wire import quirks, xml
from fakes3mp.wire.messages import Response
from fakes3mp.wire.model import is_older, operation_model
from fakes3mp.wire.scalars import http_date, to_text

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

_EMPTY = Content.of(b"")
_XML = "application/xml"


class Ids(Struct, frozen=True):
    """What identifies an answer: RequestId, HostId, and when it was given."""

    request: str
    host: str
    date: datetime

    def headers(self) -> dict[str, str]:
        return {
            "x-amz-id-2": self.host,
            "x-amz-request-id": self.request,
            "Date": http_date(self.date),
            "Server": "AmazonS3",
        }


class TypedResponse(Struct, frozen=True):
    """What a call came to: an answer by the model's names, or a refusal; and the ids it is told with."""

    answer: Mapping[str, Any]
    error: S3Error | None
    ids: Ids


class Plan(Struct, frozen=True):
    """Where one operation's answer goes."""

    status: int
    headers: tuple[tuple[str, str, Shape], ...]  # member, header name, shape
    prefixes: tuple[tuple[str, str], ...]  # member, header prefix
    body: frozenset[str]  # members of the document, where the answer is one
    payload: str | None
    shape: StructureShape | None
    names: frozenset[str]

    @property
    def is_document(self) -> bool:
        """Whether the body is an XML document of all members that stand nowhere else."""
        return self.payload is None and bool(self.body)

    @property
    def has_xml_payload(self) -> bool:
        """Whether the body is an XML document of one member."""
        return self.payload is not None and self.shape.members[self.payload].type_name == "structure"  # type: ignore[union-attr]


@cache
def plan(operation: str) -> Plan:
    """Where the members of an operation's output go, worked out once."""
    model = operation_model(operation)
    shape = model.output_shape
    headers, prefixes, body = [], [], []
    for name, member in shape.members.items() if shape else ():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "header":
            headers.append((name, wire_name, member))
        elif location == "headers":
            prefixes.append((name, wire_name))
        elif location is None:
            body.append(name)
    return Plan(
        status=int(model.http.get("responseCode", 200)),
        headers=tuple(headers),
        prefixes=tuple(prefixes),
        body=frozenset(body),
        payload=str(shape.serialization["payload"]) if shape and "payload" in shape.serialization else None,
        shape=shape,
        names=frozenset(shape.members) if shape else frozenset(),
    )


def answer_names(operation: str) -> frozenset[str]:
    """The members that an operation's answer may have."""
    return plan(operation).names


def checked_answer(operation: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, if all its names are the model's; under an older botocore without those it does not know."""
    unknown = answer.keys() - plan(operation).names
    if not unknown:
        return answer
    if not is_older():
        raise TypeError(f"{operation} answered {sorted(unknown)}, which its output shape does not have")
    return {name: value for name, value in answer.items() if name not in unknown}


def written(operation: str, method: str, answer: Mapping[str, Any], ids: Ids) -> Response:
    """An answer as HTTP."""
    content = body(operation, answer)
    status, headers = head(operation, answer, ids, lambda: content.size)
    return Response(status, headers, _EMPTY if method == "HEAD" else content)


def head(operation: str, answer: Mapping[str, Any], ids: Ids, size: Callable[[], int]) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer; ``size`` gives the length of its body in bytes.

    A document is sent in chunks, as users see it, so that its length is not asked for.
    """
    places = plan(operation)
    headers = ids.headers()
    headers.update({wire: _header(shape, answer[name]) for name, wire, shape in places.headers if name in answer})
    for name, prefix in places.prefixes:
        headers.update({prefix + key: encoded_metadata(value) for key, value in answer.get(name, {}).items()})
    status = quirks.status(operation, answer, places.status)
    if status == 204:
        return status, headers  # O37
    if places.is_document:
        return status, {**headers, "Content-Type": _XML, "Transfer-Encoding": "chunked"}
    if places.has_xml_payload and places.payload in answer:
        headers.setdefault("Content-Type", _XML)
    if "Content-Length" not in headers:
        headers["Content-Length"] = str(size())
    return status, headers


def _header(shape: Shape, value: Any) -> str:
    if isinstance(value, datetime):
        stamp = shape.serialization.get("timestampFormat")
        return to_text(value) if stamp == "iso8601" else http_date(value)
    if isinstance(value, list):
        return ",".join(map(str, value))
    text = value if isinstance(value, str) else to_text(value)
    return text if text.isascii() else _latin1(text)


def _latin1(text: str) -> str:
    """System headers are ISO-8859-1; what is not in it becomes a space (O27)."""
    return "".join(character if ord(character) < 256 else " " for character in text)


@lru_cache(maxsize=4096)
def encoded_metadata(value: str) -> str:
    """User metadata outside printable ASCII comes back as one RFC 2047 word (O24-O26)."""
    if all(" " <= character <= "~" or character == "\t" for character in value):
        return value
    raw = value.encode("utf-8", "replace")
    if raw.isascii():
        return f"=?UTF-8?B?{b64(raw)}?="
    return f"=?UTF-8?Q?{''.join(map(_Q.__getitem__, raw))}?="


# RFC 2047, 4.2, as S3 applies it: printable ASCII but "=?_" stands for itself, a space becomes an underscore.
_Q = [chr(byte) if 32 < byte < 127 and chr(byte) not in "=?_" else f"={byte:02X}" for byte in range(256)]
_Q[ord(" ")] = "_"


def body(operation: str, answer: Mapping[str, Any]) -> Content:
    """The body of an answer; most have none (F28)."""
    places = plan(operation)
    if places.shape is None:
        return _EMPTY
    if operation in quirks.SPECIAL_DOCUMENTS:
        return Content.of(xml.write(quirks.location_constraint(answer)))
    if places.payload is not None:
        return _payload(places.shape.members[places.payload], answer.get(places.payload))
    if not places.body:
        return _EMPTY
    node = xml.members_node(places.shape, answer, places.body)
    root = quirks.ROOTS.get(operation, places.shape.name)
    return Content.of(xml.write({root: {"@xmlns": quirks.XMLNS, **node}}))


def _payload(shape: Shape, value: Any) -> Content:
    if value is None:
        return _EMPTY
    if shape.type_name == "structure":
        root = str(shape.serialization.get("name", shape.name))
        return Content.of(xml.write({root: {"@xmlns": quirks.XMLNS, **xml.node(shape, value)}}))
    return Content.of(value.encode() if isinstance(value, str) else value)


def refused(error: S3Error, method: str, ids: Ids) -> Response:
    """An error as HTTP: a document, but to HEAD and for 304 only the headers."""
    headers = {**ids.headers(), **error.headers}
    if method == "HEAD" or error.status == 304:
        return Response(error.status, headers, _EMPTY)
    fields = {"Code": error.code, "Message": error.message, **error.fields}
    body = Content.of(xml.write({"Error": {**fields, "RequestId": ids.request, "HostId": ids.host}}))
    return Response(error.status, {**headers, "Content-Type": _XML, "Content-Length": str(body.size)}, body)
