"""A client's parameters as the fake would read them from its HTTP request, where that is known without the request.

A plan has a conversion for each parameter. It returns the value that the fake's reader would make of the text that the
client writes, or raises NeedsHTTP for a value that the client may refuse or change, or that the fake may read as another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from fakes3mp.wire.header_rules import is_checksum_value
from fakes3mp.wire.locations import input_plan
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import OPTIONAL_DOCUMENTS, SHADOWED_OPERATIONS, TEXT_DOCUMENTS
from fakes3mp.wire.typed_calls import NeedsHTTP, document_conversion, document_name

Conversion = Callable[[Any], Any]

_MAX_INTEGER = (1 << 31) - 1
_plain_text = re.compile("[!-~](?:[ -~]*[!-~])?").fullmatch  # printable ASCII that no sender strips
_list_item = re.compile("[A-Za-z0-9]+").fullmatch
_metadata_name = re.compile("[a-z0-9_-]+").fullmatch

# Encoded, completed with a digest, or taken for another one's by the client itself.
_CHANGED_BY_CLIENT = frozenset(("SSECustomerKey", "CopySourceSSECustomerKey", "ContentLength"))


class CallPlan(Struct, frozen=True):
    """How the parameters of calls with the same names are read: (parameter, conversion), in the order of a request."""

    head: tuple[tuple[str, Conversion], ...]  # in the path and in headers
    query: tuple[tuple[str, Conversion], ...]
    document: tuple[str, Conversion] | None
    streamed: str | None  # the parameter that is an object's bytes
    has_length: bool  # whether their length is a parameter too
    has_copy_source: bool


@lru_cache(maxsize=4096)
def call_plan(operation: str, names: tuple[str, ...]) -> CallPlan | None:
    """The plan for calls with parameters of these names; None where they need HTTP."""
    conversions = _conversions(operation)
    shape = operation_model(operation).input_shape
    required = shape.required_members if shape else ()
    if conversions is None or not set(required) <= set(names) <= conversions.keys():
        return None
    located = {location: [name for name in names if conversions[name][0] == location] for location in _LOCATIONS}
    head = [*located["uri"], *located["header"]]
    documents = located["document"]
    plan = CallPlan(
        head=tuple((name, conversions[name][1]) for name in head),
        query=tuple((name, conversions[name][1]) for name in located["querystring"]),
        document=(documents[0], conversions[documents[0]][1]) if documents else None,
        streamed=input_plan(operation).streamed,
        has_length=shape is not None and "ContentLength" in shape.members,
        has_copy_source="CopySource" in names,
    )
    if plan.document is None and document_name(operation) and operation not in OPTIONAL_DOCUMENTS:
        return None
    if "ChecksumAlgorithm" in names and any(_is_checksum(operation, name) for name in names):
        return None  # they may contradict each other
    if "ContentMD5" in names and plan.streamed is None:
        return None  # it has to be that of the document
    return plan


_LOCATIONS = ("uri", "header", "querystring", "document", "body")


@cache
def _conversions(operation: str) -> dict[str, tuple[str, Conversion]] | None:
    """The location and the conversion of each parameter; None where the operation always needs HTTP."""
    model = operation_model(operation)
    shape = model.input_shape
    if (
        operation in SHADOWED_OPERATIONS
        or operation in TEXT_DOCUMENTS
        or model.has_event_stream_output
        or model.has_event_stream_input
        or model.endpoint
        or (shape is not None and (model.idempotent_members or not _has_known_body(operation, shape)))
    ):
        return None
    conversions = {}
    for name, member in shape.members.items() if shape else ():
        location, convert = _member(operation, name, member)
        if location is not None:
            conversions[name] = location, convert
    return conversions


def _has_known_body(operation: str, shape: Any) -> bool:
    """Whether a request's body is an object's bytes, or a document made of one parameter, or there is none."""
    if input_plan(operation).streamed or document_name(operation):
        return True
    return all("location" in member.serialization for member in shape.members.values())


def _member(operation: str, name: str, shape: Any) -> tuple[str | None, Conversion]:
    """A parameter's location, or None where it always needs HTTP, and its conversion."""
    location = shape.serialization.get("location")
    if name == document_name(operation):
        return "document", document_conversion(operation)
    if name == input_plan(operation).streamed:
        return "body", _unchanged
    if location == "headers":
        return "header", _metadata
    if name in _SPECIAL:
        return location, _SPECIAL[name]
    convert = _CONVERSIONS.get(shape.type_name)
    if convert is None or name in _CHANGED_BY_CLIENT or _has_limits(shape):
        return None, _unchanged
    return location, convert


def _has_limits(shape: Any) -> bool:
    """Whether botocore checks a value's size, or the items of a list."""
    if shape.type_name == "list":
        return bool(shape.member.type_name != "string" or shape.metadata.get("min", 0) > 1)
    return "min" in shape.metadata and (shape.type_name != "string" or shape.metadata["min"] > 1)


def _is_checksum(operation: str, name: str) -> bool:
    """Whether a parameter is the checksum of the body."""
    shape: Any = operation_model(operation).input_shape
    return is_checksum_value(str(shape.members[name].serialization.get("name", "")).lower())


def _unchanged(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if type(value) is not str or not _plain_text(value):
        raise NeedsHTTP
    return value


def _path(value: Any) -> str:
    """A key: no part of a path that could be taken for something else."""
    if type(value) is not str or not _plain_text(value) or ".." in value or value[0] in "/.":
        raise NeedsHTTP
    return value


def _content_encoding(value: Any) -> str:
    """The client may add aws-chunked to it."""
    if type(value) is not str or not value.isascii() or not value.isalnum():
        raise NeedsHTTP
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_INTEGER:
        raise NeedsHTTP
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise NeedsHTTP
    return value


def _list(value: Any) -> list[str]:
    if type(value) is not list or not value:
        raise NeedsHTTP
    for item in value:
        if type(item) is not str or not _list_item(item):
            raise NeedsHTTP
    return list(value)


def _metadata(value: Any) -> dict[str, str]:
    if type(value) is not dict or not value:
        raise NeedsHTTP
    for name, text in value.items():
        if type(name) is not str or not _metadata_name(name) or _text(text).startswith("=?"):
            raise NeedsHTTP
    return dict(value)


_SPECIAL: dict[str, Conversion] = {"Key": _path, "ContentEncoding": _content_encoding}
_CONVERSIONS: dict[str, Conversion] = {
    "string": _text,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "list": _list,
}
