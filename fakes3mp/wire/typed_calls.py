"""Typed calls: what HTTP would make of a call and of its answer, without HTTP.

What may live here: the plans of places and writing, followed for values that are never written down. A value that
HTTP would change, or that a parser treats in a way of its own, raises NeedsHTTP: such calls and answers go the long way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.wire import locations as read_from
from fakes3mp.wire import response_writer
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import CHECKED_BY_OPERATION, SPECIAL_DOCUMENTS
from fakes3mp.wire.scalars import to_text

if TYPE_CHECKING:
    from botocore.model import Shape

Change = Callable[[Any], Any]
# What an XML parser does not give back as it was written.
_CHANGED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

_FORMS = ("Wed, 01 Mar 2006 00:00:00 GMT", "2006-03-01T00:00:00.000Z")


class NeedsHTTP(Exception):
    """Only the long way tells what becomes of this value."""


class UnsentCall(Struct, frozen=True):
    """A call that is about to become a request: what stands in headers, query and path, and what would be its body."""

    operation: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path: Mapping[str, str]
    client_info: ClientInfo
    content: Content | None = None  # an object's bytes
    document: Mapping[str, Any] | None = None  # the parameter that would be the document
    text: bytes = b""  # a body of any other kind


def arrived(sent: UnsentCall) -> TypedRequest:
    """The call as it would arrive."""
    places, operation = read_from.plan(sent.operation), sent.operation
    if len(sent.path) != len(places.uri):
        raise NeedsHTTP  # the path means something else than the client thinks
    params: dict[str, Any] = {}
    defect = None
    try:
        read_from.located(places, sent.headers, sent.query, sent.path, params)
        if sent.content is not None and sent.content.size:
            params["Body"] = sent.content.read()
        elif sent.document is not None:
            params[str(document_name(operation))] = _settling_document(operation)(sent.document)
        elif places.payload is not None:
            params.update(places.payload(sent.text))
    except S3Error as error:
        defect = error
    return TypedRequest(operation, params, sent.client_info, defect, sent.content)


@cache
def document_name(operation: str) -> str | None:
    """The parameter that a call's document is made of, if it has one."""
    shape = operation_model(operation).input_shape
    name = shape.serialization.get("payload") if shape else None
    return str(name) if shape and name and shape.members[str(name)].type_name == "structure" else None


@cache
def _settling_document(operation: str) -> Change:
    shape: Any = operation_model(operation).input_shape
    return _settling(shape.members[document_name(operation)])


def _settling(shape: Shape) -> Change:
    """How a value of this shape comes out of XML that botocore wrote."""
    kinds: dict[str, Callable[[Any], Change]] = {
        "structure": _settling_structure,
        "list": _settling_list,
        "string": _settling_string,
        "timestamp": _settling_date,
    }
    if shape.type_name in kinds:
        return kinds[shape.type_name](shape)
    return {"integer": _exactly(int), "long": _exactly(int), "boolean": _exactly(bool)}.get(shape.type_name, _refuse)


def _settling_structure(shape: Any) -> Change:
    members = {
        name: _settling(member) for name, member in shape.members.items() if "location" not in member.serialization
    }

    def settle(value: Any) -> dict[str, Any]:
        if not value or not value.keys() <= members.keys():
            raise NeedsHTTP
        return {name: members[name](each) for name, each in value.items()}

    return settle


def _settling_list(shape: Any) -> Change:
    member = _settling(shape.member)

    def settle(value: Any) -> list[Any]:
        if not value:
            raise NeedsHTTP
        return [member(each) for each in value]

    return settle


def _settling_string(shape: Any) -> Change:
    allowed = None if shape.name in CHECKED_BY_OPERATION else getattr(shape, "enum", None)

    def settle(value: Any) -> str:
        if not _is_kept(value) or not value.strip() or (allowed and value not in allowed):
            raise NeedsHTTP
        return str(value)

    return settle


def _exactly(kind: type) -> Change:
    def settle(value: Any) -> Any:
        if type(value) is not kind:
            raise NeedsHTTP
        return value

    return settle


def _settling_date(shape: Shape) -> Change:
    form = "2006-03-01T00:00:00Z" if shape.serialization.get("timestampFormat", "iso8601") == "iso8601" else _FORMS[0]

    def settle(value: Any) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise NeedsHTTP
        moment = value.astimezone(_zone(form, time.tzname))
        return moment.replace(microsecond=0) if form is _FORMS[0] else moment

    return settle


def _refuse(value: Any) -> Any:
    raise NeedsHTTP


def _is_kept(text: Any) -> bool:
    return type(text) is str and ((text.isascii() and text.isprintable()) or not _CHANGED.search(text))


class Members(Struct, frozen=True):
    """How a client's parser gives an answer: where it takes each member from, in the model's order."""

    located: tuple[tuple[str, str, Callable[[str, Any], Any] | None], ...]  # member, header or prefix, and how
    inside: tuple[tuple[str, Change], ...]  # those of the body, but not an object's bytes
    payload: str | None  # the one that is the body; a parser makes something of it even where it is not there


@cache
def _members(operation: str) -> Members:
    shape = operation_model(operation).output_shape
    if operation in SPECIAL_DOCUMENTS:
        raise NeedsHTTP
    located: list[tuple[str, str, Callable[[str, Any], Any] | None]] = []
    inside = []
    for name, member in shape.members.items() if shape else ():
        place, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if place == "headers":
            located.append((name, wire_name, None))
        elif place == "header":
            located.append((name, wire_name, _of_header(member)))
        elif not operation_model(operation).has_streaming_output:
            inside.append((name, _giving(member)))
    payload = response_writer.plan(operation).payload if inside else None
    return Members(tuple(located), tuple(inside), payload)


def parsed(operation: str, answer: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    """An answer as botocore's parser would give it, but for an object's bytes."""
    members = _members(operation)
    if members.payload is not None and members.payload not in answer:
        raise NeedsHTTP
    told: dict[str, Any] = {
        "ResponseMetadata": {
            "RequestId": headers["x-amz-request-id"],
            "HostId": headers["x-amz-id-2"],
            "HTTPStatusCode": status,
            "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
        }
    }
    for name, wire_name, of_header in members.located:
        if of_header is None:
            told[name] = {key: headers[wire_name + key] for key in answer.get(name, ())}
        elif wire_name in headers:
            told[name] = of_header(headers[wire_name], answer.get(name))
    for name, give in members.inside:
        if name in answer and (value := give(answer[name])) is not _NOTHING:
            told[name] = value
    return told


def _of_header(shape: Shape) -> Callable[[str, Any], Any]:
    """How a header is read, given its text and the value that was written."""
    if shape.name == "Expires":  # botocore keeps its text too
        return lambda text, value: _refuse(value)
    if shape.type_name == "timestamp":
        return lambda text, value: _given_date(value, _FORMS[shape.serialization.get("timestampFormat") == "iso8601"])
    kinds: dict[str, Change] = {"string": str, "integer": int, "long": int, "boolean": "true".__eq__}
    read = kinds.get(shape.type_name, _refuse)
    return lambda text, value: read(text)


def _giving(shape: Shape) -> Change:
    """How a value of this shape comes out of XML that we wrote."""
    kinds: dict[str, Callable[[Any], Change]] = {"structure": _giving_structure, "list": _giving_list}
    if shape.type_name in kinds:
        return kinds[shape.type_name](shape)
    text = str if getattr(shape, "enum", None) else _given_string
    scalars: dict[str, Change] = {"string": text, "integer": int, "long": int, "boolean": bool}
    return {**scalars, "timestamp": _given_date}.get(shape.type_name, _refuse)


_NOTHING = object()  # a list in which there is nothing is not written at all


def _giving_structure(shape: Any) -> Change:
    members = tuple((name, _giving(member)) for name, member in shape.members.items())

    def give(value: Any) -> dict[str, Any]:
        given = {name: change(value[name]) for name, change in members if name in value}
        return (
            {name: each for name, each in given.items() if each is not _NOTHING}
            if _NOTHING in given.values()
            else given
        )

    return give


def _giving_list(shape: Any) -> Change:
    member, flattened = _giving(shape.member), bool(shape.serialization.get("flattened"))

    def give(value: Any) -> Any:
        return [member(each) for each in value] if value or not flattened else _NOTHING

    return give


def _given_string(value: Any) -> str:
    if type(value) is str and value.isascii() and value.isprintable():
        return value
    text = to_text(value)
    if not _is_kept(text):
        raise NeedsHTTP
    return text


def _given_date(value: Any, form: str = _FORMS[1]) -> datetime:
    """A date as the client's parser has it: in XML and some headers with milliseconds, in most headers without."""
    if not isinstance(value, datetime):
        raise NeedsHTTP
    return _zoned(value, form, time.tzname)


@lru_cache(maxsize=1024)
def _zoned(moment: datetime, form: str, local: tuple[str, str]) -> datetime:
    finest = moment.microsecond // 1000 * 1000 if form is _FORMS[1] else 0
    return moment.astimezone(timezone.utc).replace(microsecond=finest, tzinfo=_zone(form, local))


@cache
def _zone(form: str, local: tuple[str, str]) -> tzinfo:
    """The time zone that botocore's parser gives dates of this form; it depends on the names of the process's own zone."""
    from botocore.utils import parse_timestamp

    zone = parse_timestamp(form).tzinfo
    assert zone is not None
    return zone
