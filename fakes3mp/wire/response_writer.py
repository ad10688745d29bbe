"""Results and errors as HTTP responses, for every operation: where each member goes, and the headers of every response."""

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


class ResponseIds(Struct, frozen=True):
    """What identifies a response: its RequestId and HostId, and when it was sent."""

    request: str
    host: str
    date: datetime

    def headers(self) -> dict[str, str]:
        """The headers of every response."""
        return {
            "x-amz-id-2": self.host,
            "x-amz-request-id": self.request,
            "Date": http_date(self.date),
            "Server": "AmazonS3",
        }


class TypedResponse(Struct, frozen=True):
    """A response without HTTP: the result by the model's member names (empty after an error), and the response's ids."""

    result: Mapping[str, Any]
    error: S3Error | None
    ids: ResponseIds


class OutputPlan(Struct, frozen=True):
    """Where the members of one operation's output go."""

    status: int
    headers: tuple[tuple[str, str, Shape], ...]  # member, header name, shape
    prefixes: tuple[tuple[str, str], ...]  # member, header prefix
    document: frozenset[str]  # members of the body, where it is a document of several
    payload: str | None  # the member that is the body
    shape: StructureShape | None
    members: frozenset[str]

    @property
    def has_document(self) -> bool:
        """Whether the body is an XML document of all members that have no other location."""
        return self.payload is None and bool(self.document)

    @property
    def has_xml_payload(self) -> bool:
        """Whether the body is an XML document of one member."""
        return self.payload is not None and self.shape.members[self.payload].type_name == "structure"  # type: ignore[union-attr]


@cache
def output_plan(operation: str) -> OutputPlan:
    """Where the members of an operation's output go."""
    model = operation_model(operation)
    shape = model.output_shape
    headers, prefixes, document = [], [], []
    for name, member in shape.members.items() if shape else ():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "header":
            headers.append((name, wire_name, member))
        elif location == "headers":
            prefixes.append((name, wire_name))
        elif location is None:
            document.append(name)
    return OutputPlan(
        status=int(model.http.get("responseCode", 200)),
        headers=tuple(headers),
        prefixes=tuple(prefixes),
        document=frozenset(document),
        payload=str(shape.serialization["payload"]) if shape and "payload" in shape.serialization else None,
        shape=shape,
        members=frozenset(shape.members) if shape else frozenset(),
    )


def result_members(operation: str) -> frozenset[str]:
    """The names of the members that an operation's result may have."""
    return output_plan(operation).members


def check_result(operation: str, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result, without members that only a newer botocore's model has.

    Raises TypeError for such a member under the botocore this release was written against: it is a mistake of ours.
    """
    unknown = result.keys() - output_plan(operation).members
    if not unknown:
        return result
    if not is_older():
        raise TypeError(f"{operation} answered {sorted(unknown)}, which its output shape does not have")
    return {name: value for name, value in result.items() if name not in unknown}


def write_response(operation: str, method: str, result: Mapping[str, Any], ids: ResponseIds) -> Response:
    """A result as an HTTP response; one to HEAD has no body."""
    content = response_body(operation, result)
    status, headers = status_and_headers(operation, result, ids, lambda: content.size)
    return Response(status, headers, _EMPTY if method == "HEAD" else content)


def status_and_headers(
    operation: str, result: Mapping[str, Any], ids: ResponseIds, body_size: Callable[[], int]
) -> tuple[int, dict[str, str]]:
    """Status and headers of a response.

    ``body_size`` returns the length of its body in bytes. It is not called for a document, which S3 sends in chunks.
    """
    plan = output_plan(operation)
    headers = ids.headers()
    headers.update(
        {wire_name: _header(shape, result[name]) for name, wire_name, shape in plan.headers if name in result}
    )
    for name, prefix in plan.prefixes:
        headers.update({prefix + key: encoded_metadata(value) for key, value in result.get(name, {}).items()})
    status = quirks.success_status(operation, result, plan.status)
    if status == 204:
        return status, headers  # O37
    if plan.has_document:
        return status, {**headers, "Content-Type": _XML, "Transfer-Encoding": "chunked"}
    if plan.has_xml_payload and plan.payload in result:
        headers.setdefault("Content-Type", _XML)
    if "Content-Length" not in headers:
        headers["Content-Length"] = str(body_size())
    return status, headers


def _header(shape: Shape, value: Any) -> str:
    if isinstance(value, datetime):
        return to_text(value) if shape.serialization.get("timestampFormat") == "iso8601" else http_date(value)
    if isinstance(value, list):
        return ",".join(map(str, value))
    text = value if isinstance(value, str) else to_text(value)
    return text if text.isascii() else _latin1(text)


def _latin1(text: str) -> str:
    """System headers are ISO-8859-1; a character that is not in it becomes a space (O27)."""
    return "".join(character if ord(character) < 256 else " " for character in text)


@lru_cache(maxsize=4096)
def encoded_metadata(value: str) -> str:
    """User metadata outside printable ASCII comes back as one RFC 2047 word (O24-O26)."""
    if all(" " <= character <= "~" or character == "\t" for character in value):
        return value
    raw = value.encode("utf-8", "replace")
    if raw.isascii():
        return f"=?UTF-8?B?{b64(raw)}?="
    return f"=?UTF-8?Q?{''.join(map(_Q_ENCODING.__getitem__, raw))}?="


# RFC 2047, 4.2, as S3 applies it: printable ASCII except "=?_" is written as it is, and a space as an underscore.
_Q_ENCODING = [chr(byte) if 32 < byte < 127 and chr(byte) not in "=?_" else f"={byte:02X}" for byte in range(256)]
_Q_ENCODING[ord(" ")] = "_"


def response_body(operation: str, result: Mapping[str, Any]) -> Content:
    """The body of a response; most operations have none (F28)."""
    plan = output_plan(operation)
    if plan.shape is None:
        return _EMPTY
    if operation in quirks.TEXT_DOCUMENTS:
        return Content.of(xml.write(quirks.location_document(result)))
    if plan.payload is not None:
        return _payload(plan.shape.members[plan.payload], result.get(plan.payload))
    if not plan.document:
        return _EMPTY
    node = xml.structure_node(plan.shape, result, plan.document)
    root = quirks.ROOT_ELEMENTS.get(operation, plan.shape.name)
    return Content.of(xml.write({root: {"@xmlns": quirks.XMLNS, **node}}))


def _payload(shape: Shape, value: Any) -> Content:
    if value is None:
        return _EMPTY
    if shape.type_name == "structure":
        root = str(shape.serialization.get("name", shape.name))
        return Content.of(xml.write({root: {"@xmlns": quirks.XMLNS, **xml.value_node(shape, value)}}))
    return Content.of(value.encode() if isinstance(value, str) else value)


def write_error(error: S3Error, method: str, ids: ResponseIds) -> Response:
    """An error as an HTTP response: an XML document, except that HEAD and 304 have only headers."""
    headers = {**ids.headers(), **error.headers}
    if method == "HEAD" or error.status == 304:
        return Response(error.status, headers, _EMPTY)
    fields = {"Code": error.code, "Message": error.message, **error.fields}
    body = Content.of(xml.write({"Error": {**fields, "RequestId": ids.request, "HostId": ids.host}}))
    return Response(error.status, {**headers, "Content-Type": _XML, "Content-Length": str(body.size)}, body)
