"""Results and errors as HTTP responses, for every operation: where each member goes, and the headers of every response."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.wire import quirks, xml
from fakes3mp.wire.messages import Response
from fakes3mp.wire.metadata import encoded_metadata
from fakes3mp.wire.model import is_older, operation_model
from fakes3mp.wire.scalars import http_date, to_text

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

_EMPTY = Content.of(b"")
_XML = "application/xml"
_CHUNKED_XML = {"Content-Type": _XML, "Transfer-Encoding": "chunked"}
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


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

    method: str  # of the operation's requests
    status: int
    headers: tuple[tuple[str, str, Shape], ...]  # member, header name, shape
    prefixes: tuple[tuple[str, str], ...]  # member, header prefix
    outside_model: tuple[tuple[str, str], ...]  # (member, header) that the model does not have
    document: tuple[str, ...]  # members of the body, where it is a document of several, in S3's order
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
        return not self.has_events and self._payload_shape is not None and self._payload_shape.type_name == "structure"

    @property
    def has_events(self) -> bool:
        """Whether the body is a stream of events."""
        return self._payload_shape is not None and bool(self._payload_shape.serialization.get("eventstream"))

    @property
    def _payload_shape(self) -> Shape | None:
        return None if self.payload is None or self.shape is None else self.shape.members[self.payload]


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
    outside_model = quirks.HEADERS_OUTSIDE_MODEL.get(operation, ())
    return OutputPlan(
        method=str(model.http["method"]),
        status=int(model.http.get("responseCode", 200)),
        headers=tuple(headers),
        prefixes=tuple(prefixes),
        outside_model=outside_model,
        document=tuple(sorted(document, key=_element_order(operation, shape))) if shape else (),
        payload=str(shape.serialization["payload"]) if shape and "payload" in shape.serialization else None,
        shape=shape,
        members=frozenset(shape.members) if shape else frozenset(),
    )


def _element_order(operation: str, shape: StructureShape) -> Callable[[str], tuple[int, int]]:
    """The sort key of a document's members: those that S3 has first, then the others in the model's order (O260)."""
    leading, members = quirks.LEADING_ELEMENTS.get(operation, ()), list(shape.members)

    def order(name: str) -> tuple[int, int]:
        if name in leading:
            return 0, leading.index(name)
        is_last = bool(leading) and shape.members[name].type_name == "list"
        return (2 if is_last else 1), members.index(name)

    return order


def result_members(operation: str) -> frozenset[str]:
    """The names of the members that an operation's result may have."""
    return output_plan(operation).members


def check_result(operation: str, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result, without members that only a newer botocore's model has.

    Raises TypeError for such a member under the botocore this release was written against: it is a mistake of ours.
    """
    unknown = result.keys() - output_plan(operation).members - quirks.MEMBERS_OUTSIDE_MODEL
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
    for name, wire_name in plan.outside_model:
        if name in result:
            headers[wire_name] = str(result[name])
    status = quirks.success_status(operation, result, plan.status)
    if status == 204:
        return status, headers  # O37
    if plan.has_document or plan.has_events or operation == "HeadBucket":  # O261
        return status, {**headers, **({"Transfer-Encoding": "chunked"} if plan.has_events else _CHUNKED_XML)}
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
    return header_text(value if isinstance(value, str) else to_text(value))


def header_text(text: str) -> str:
    r"""A text as a header's value: control characters become spaces, so that no text can end a header.

    S3 sends system headers in the bytes that it was sent, which are UTF-8 (O265): a server encodes the text so.

    >>> header_text("a\r\nSet-Cookie: b")
    'a  Set-Cookie: b'
    """
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub(" ", text)


def safe_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers of a response, with nothing in their names and values that could end a header (O306)."""
    if not _CONTROLS.search("".join(headers.values())) and "".join(headers).isprintable():
        return headers
    return {
        name: _CONTROLS.sub(" ", value) for name, value in headers.items() if name.isprintable() and ":" not in name
    }


def response_body(operation: str, result: Mapping[str, Any]) -> Content:
    """The body of a response; most operations have none (F28)."""
    plan = output_plan(operation)
    if plan.shape is None:
        return _EMPTY
    if operation in quirks.TEXT_DOCUMENTS:
        return Content.of(xml.write(quirks.location_document(result), short_empty_elements=True))
    if plan.has_events:
        events_shape: Any = plan.shape.members[str(plan.payload)]
        from fakes3mp.wire.event_stream import write_events

        return Content.of(write_events(events_shape, result[str(plan.payload)]))
    if plan.payload is not None:
        return _payload(plan.shape.members[plan.payload], result.get(plan.payload), quirks.namespace(operation))
    if not plan.document:
        return _EMPTY
    node = xml.structure_node(plan.shape, result, plan.document)
    if quirks.ENTRY_LISTS.get(operation) in result:
        node = _with_mixed_lists(plan.shape, node, result[quirks.ENTRY_LISTS[operation]])
    root = quirks.ROOT_ELEMENTS.get(operation, plan.shape.name)
    return Content.of(xml.write({root: xml.Elements([("@xmlns", quirks.namespace(operation)), *node.items()])}))


def _with_mixed_lists(shape: StructureShape, node: dict[str, Any], entry_lists: Sequence[str]) -> dict[str, Any]:
    """The document with the elements of some lists among each other: ``entry_lists`` has a member for each element."""
    names = {member: xml.element_name(member, shape.members[member]) for member in set(entry_lists)}
    elements = {member: iter(node[name]) for member, name in names.items()}
    children: list[tuple[str, Any]] = []
    mixed = [(names[member], next(elements[member])) for member in entry_lists]
    for name, value in node.items():
        if name not in names.values():
            children.append((name, value))
        else:
            children.extend(mixed)
            mixed = []
    return xml.Elements(children)


def _payload(shape: Shape, value: Any, namespace: str) -> Content:
    if value is None:
        return _EMPTY
    if shape.type_name == "structure":
        root = str(shape.serialization.get("name", shape.name))
        return Content.of(xml.write({root: {"@xmlns": namespace, **xml.value_node(shape, value)}}))
    return Content.of(value.encode() if isinstance(value, str) else value)


def write_error(error: S3Error, method: str, ids: ResponseIds, *, is_control: bool = False) -> Response:
    """An error as an HTTP response, with an XML document unless it answers HEAD or has no code but the status.

    ``is_control``: S3 Control's document has the error inside of another element (O390).
    """
    headers = {**ids.headers(), **error.headers}
    if error.status == 304:
        return Response(error.status, headers, _EMPTY)
    if method == "HEAD":
        return Response(error.status, {**headers, **_CHUNKED_XML}, _EMPTY)  # O261
    if error.code.isdigit():
        return Response(error.status, {**headers, "Content-Length": "0"}, _EMPTY)  # O206
    fields = {"Code": error.code, "Message": error.message, **error.fields}
    request = {"RequestId": ids.request, "HostId": ids.host}
    document = {"ErrorResponse": {"Error": fields, **request}} if is_control else {"Error": {**fields, **request}}
    body = Content.of(xml.write(document))
    return Response(error.status, {**headers, "Content-Type": _XML, "Content-Length": str(body.size)}, body)
