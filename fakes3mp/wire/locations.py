"""Where each parameter of an operation is in a request (path, query, headers, body), and how it is read from there.

The plan of an operation is made from the model once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire import xml
from fakes3mp.wire.header_rules import (
    CHECKSUM_PREFIX,
    HeaderCheck,
    check_checksum_header,
    header_checks,
    unknown_parameter_check,
)
from fakes3mp.wire.metadata import decoded_metadata
from fakes3mp.wire.model import has_streaming_input, operation_model
from fakes3mp.wire.quirks import DATES_KEPT_AS_TEXT, DIGESTED_DOCUMENTS, NOT_AN_INTEGER_MESSAGES, OPTIONAL_DOCUMENTS
from fakes3mp.wire.scalars import from_text

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

Reader = Callable[[Any], Any]  # from a text, or a list of them where S3 Control's query repeats a parameter


class InputPlan(Struct, frozen=True):
    """Where the members of one operation's input are. Header names are lower case."""

    query: Mapping[str, tuple[str, Reader]]  # name in the query -> (member, reader)
    headers: Mapping[str, tuple[str, Reader]]
    required_query: frozenset[str]  # what a client always sends of the query
    required_headers: frozenset[str]  # and of the headers
    prefixes: tuple[tuple[str, str], ...]  # (header prefix, member): x-amz-meta-
    path: tuple[tuple[str, str], ...]  # (member, name in the path)
    read_body: Callable[[bytes], dict[str, Any]] | None  # the parameters in a body
    streamed: str | None  # the member that is the body as it is: an object's bytes, for one
    needs_digest: bool  # whether its document must come with a digest
    has_document_checksums: bool  # whether x-amz-checksum-* headers are of the document; elsewhere they are parameters
    checks: Mapping[str, tuple[HeaderCheck, ...]]  # what is refused about headers, by their names
    header_names: frozenset[str]  # of ``headers`` and ``checks``
    check_unknown: Callable[[str, str], None]  # what is refused about query parameters that are not in ``query``


def read_locations(
    plan: InputPlan,
    headers: Mapping[str, str],
    query: Mapping[str, str | list[str]],
    path: Mapping[str, str],
    params: dict[str, Any],
) -> None:
    """Add the parameters in path, headers and query to ``params``; after an S3Error, all that could be read are there."""
    error = None
    params.update((member, path[wire_name]) for member, wire_name in plan.path)
    for name, value in headers.items():
        if name in plan.header_names or name.startswith("x-amz-"):
            try:
                _read_header(plan, headers, name, value, params)
            except S3Error as header_error:
                error = error or header_error
    for name, values in query.items():
        try:
            _read_query(plan, name, values, params)
        except S3Error as query_error:
            error = error or query_error
    if error is not None:
        raise error


def _read_header(plan: InputPlan, headers: Mapping[str, str], name: str, value: str, params: dict[str, Any]) -> None:
    if not (name.isascii() and value.isascii()):  # no header has a lone surrogate
        name, value = (text.encode("utf-8", "replace").decode() for text in (name, value))
    if name in plan.headers:
        _read_param(plan.headers[name], value, params)
    for check in plan.checks.get(name, ()):
        check(headers, name, value)
    if name in plan.headers:
        return
    if name.startswith(CHECKSUM_PREFIX):
        check_checksum_header(name)
    for prefix, member in plan.prefixes:
        if name.startswith(prefix):
            params.setdefault(member, {})[name.removeprefix(prefix)] = decoded_metadata(value)


def _read_query(plan: InputPlan, name: str, values: str | list[str], params: dict[str, Any]) -> None:
    if name in plan.query:
        _read_param(plan.query[name], values, params)
    elif isinstance(values, str):
        plan.check_unknown(name, values)


def _read_param(target: tuple[str, Reader], text: str | list[str], params: dict[str, Any]) -> None:
    member, read = target
    value = read(text)
    if value is not None:
        params[member] = value


@cache
def input_plan(operation: str) -> InputPlan:
    """Where the members of an operation's input are."""
    shape = operation_model(operation).input_shape
    members = shape.members if shape else {}
    query: dict[str, tuple[str, Reader]] = {}
    headers: dict[str, tuple[str, Reader]] = {}
    prefixes, path = [], []
    for name, member in members.items():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "querystring":
            reader = _query_reader(wire_name, member)
            query[wire_name] = (name, partial(reader, member, wire_name))
        elif location == "header":
            headers[wire_name.lower()] = (name, _header_reader(name, member))
        elif location == "headers":
            prefixes.append((wire_name.lower(), name))
        elif location == "uri":
            path.append((name, wire_name))
    read_body, checks = _body_reader(operation, shape), header_checks(operation)
    return InputPlan(
        query,
        headers,
        frozenset(name for name, (member, _) in query.items() if shape and member in shape.required_members),
        frozenset(name for name, (member, _) in headers.items() if shape and member in shape.required_members),
        tuple(prefixes),
        tuple(path),
        read_body,
        streamed=str(shape.serialization["payload"]) if shape and has_streaming_input(operation) else None,
        needs_digest=operation in DIGESTED_DOCUMENTS,
        has_document_checksums=read_body is not None and "ChecksumCRC32" not in members,
        checks=checks,
        header_names=frozenset((*headers, *checks)),
        check_unknown=unknown_parameter_check(operation),
    )


def _query_reader(wire_name: str, shape: Shape) -> Callable[..., Any]:
    if shape.type_name == "list":
        return _query_list
    return _override_value if wire_name.startswith("response-") else _query_value


def _query_list(shape: Any, wire_name: str, texts: str | list[str]) -> Any:
    """A query parameter's values, where it may be repeated."""
    texts = [texts] if isinstance(texts, str) else texts
    return [_query_value(shape.member, wire_name, text) for text in texts]


def _query_value(shape: Shape, wire_name: str, text: str | list[str]) -> Any:
    """A query parameter's value; an empty number counts as missing (F76)."""
    text = text if isinstance(text, str) else text[0]  # the first of a name counts
    if not text and shape.type_name in ("integer", "long"):
        return None
    try:
        return from_text(shape, text)
    except ValueError:
        default = f"Provided {wire_name} not an integer or within integer range"
        message = NOT_AN_INTEGER_MESSAGES.get(wire_name, default)
        raise invalid_argument(message, wire_name, text) from None


def _override_value(shape: Shape, wire_name: str, text: str) -> Any:
    """A response override; one that should be a date may be any text, which S3 sends as it is."""
    try:
        return from_text(shape, text)
    except ValueError:
        return text


def _header_reader(member: str, shape: Shape) -> Reader:
    if shape.type_name == "list":
        return lambda text: [item.strip() for item in text.split(",") if item.strip()]
    if shape.type_name == "timestamp":
        return partial(_header_date, member, shape)
    if shape.type_name in ("integer", "long"):
        return partial(_header_number, member, shape)
    return partial(from_text, shape)


def _header_date(member: str, shape: Shape, text: str) -> Any:
    """A header's date; one that is no date counts as missing (RFC 9110, 13.1.3), unless S3 keeps any text there."""
    try:
        return from_text(shape, text)
    except ValueError:
        return text if member in DATES_KEPT_AS_TEXT else None


def _header_number(member: str, shape: Shape, text: str) -> Any:
    try:
        return from_text(shape, text)
    except ValueError:
        if member in ("MaxParts", "ContentLength"):
            return None  # O259; of lengths, ``header_rules`` refuses it
        if member == "MpuObjectSize":
            message = f"Value for x-amz-mp-object-size header is invalid: '{text}'"
            raise S3Error("InvalidRequest", message) from None  # O228
        raise S3Error("InvalidArgument") from None


def _body_reader(operation: str, shape: StructureShape | None) -> Callable[[bytes], dict[str, Any]] | None:
    """How the body is read: as one member, or as a document of all members that have no other location."""
    if shape is None:
        return None
    required = operation not in OPTIONAL_DOCUMENTS
    name = shape.serialization.get("payload")
    if name is None:
        has_document = any("location" not in member.serialization for member in shape.members.values())
        return partial(_document, None, shape, required=required) if has_document else None
    member: Any = shape.members[str(name)]
    if member.type_name == "structure":
        return partial(_document, str(name), member, required=required)
    if member.type_name == "string":
        return partial(_text, str(name), required=required)
    return lambda body: {str(name): body} if body else {}


def _document(name: str | None, shape: StructureShape, body: bytes, *, required: bool) -> dict[str, Any]:
    """The parameters in an XML body; an empty one is missing (O229)."""
    if not body:
        if required:
            raise S3Error("MissingRequestBodyError")
        return {}
    value = xml.read(body, shape, str(shape.serialization.get("name", shape.name)))
    return value if name is None else {name: value}


def _text(name: str, body: bytes, *, required: bool) -> dict[str, Any]:
    """The parameter that the whole body is; an empty one is missing (O229)."""
    if not body:
        if required:
            raise S3Error("MissingRequestBodyError")
        return {}
    return {name: body.decode("utf-8", "replace")}
