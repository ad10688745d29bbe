"""XML documents to typed values and back, by the model's shapes. xmltodict reads and writes the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fakes3mp.errors import S3Error
from fakes3mp.wire.quirks import ENUMS_CHECKED_BY_OPERATION, OPTIONAL_MEMBERS
from fakes3mp.wire.scalars import from_text, to_text

if TYPE_CHECKING:
    from botocore.model import ListShape, Shape, StructureShape

# Characters that XML 1.0 does not allow, or changes; S3 writes them as references.
_WRITTEN_AS_REFERENCES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r]")


class Elements(dict[str, Any]):
    """xmltodict's node of an element whose children have names that return after others."""

    def __init__(self, children: Sequence[tuple[str, Any]]) -> None:
        super().__init__(children)
        self._children = children

    def items(self) -> Any:
        """Every child in its place."""
        return self._children


def parse(body: bytes) -> dict[str, Any]:
    """The document as xmltodict's nodes. Raises MalformedXML."""
    from xml.parsers.expat import ExpatError

    import xmltodict

    try:
        document: dict[str, Any] = xmltodict.parse(body, strip_whitespace=False, postprocessor=_without_prefix)
    except (ExpatError, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise S3Error("MalformedXML") from None
    return document


def read(body: bytes, shape: StructureShape, root: str) -> dict[str, Any]:
    """The document as a value of the shape. Raises MalformedXML where it is no XML or does not fit the shape."""
    document = parse(body)
    if set(document) != {root}:
        raise S3Error("MalformedXML")
    return _structure(shape, document[root])


def _without_prefix(path: object, key: str, value: Any) -> tuple[str, Any]:
    """Names without their namespace prefix; attributes keep their @."""
    if ":" not in key:
        return key, value
    return ("@" if key.startswith("@") else "") + key.rpartition(":")[2], value


def _structure(shape: StructureShape, node: Any) -> dict[str, Any]:
    if node is None or (isinstance(node, str) and not node.strip()):
        node = {}
    if not isinstance(node, dict):
        raise S3Error("MalformedXML")
    value = {}
    for name, member in shape.members.items():
        if "location" in member.serialization:
            continue
        wire_name = element_name(name, member)
        if wire_name in node:
            value[name] = _value(member, node[wire_name])
        elif name in shape.required_members and (shape.name, name) not in OPTIONAL_MEMBERS:
            raise S3Error("MalformedXML")
    return value


def _value(shape: Shape, node: Any) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, node)  # type: ignore[arg-type]
    if shape.type_name == "list":
        return _list(shape, node)  # type: ignore[arg-type]
    if shape.type_name == "map":
        return _map(shape, node)
    text = node.get("#text", "") if isinstance(node, dict) else node or ""
    if not isinstance(text, str):
        raise S3Error("MalformedXML")
    try:
        value = from_text(shape, text if shape.type_name == "string" else text.strip())
    except ValueError:
        raise S3Error("MalformedXML") from None
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed and shape.name not in ENUMS_CHECKED_BY_OPERATION:
        raise S3Error("MalformedXML")  # O61, O105, O118
    return value


def _list(shape: ListShape, node: Any) -> list[Any]:
    if not shape.serialization.get("flattened"):
        if node is None or (isinstance(node, str) and not node.strip()):
            return []
        if not isinstance(node, dict):
            raise S3Error("MalformedXML")
        node = node.get(shape.member.serialization.get("name", "member"), [])
    return [_value(shape.member, item) for item in (node if isinstance(node, list) else [node])]


def _map(shape: Any, node: Any) -> dict[str, Any]:
    """A map: an ``entry`` with ``key`` and ``value`` for each item."""
    if node is None or (isinstance(node, str) and not node.strip()):
        return {}
    if not isinstance(node, dict):
        raise S3Error("MalformedXML")
    entries = node.get("entry", [])
    pairs = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            raise S3Error("MalformedXML")
        pairs[_value(shape.key, entry["key"])] = _value(shape.value, entry["value"])
    return pairs


def element_name(name: str, member: Shape) -> str:
    """The element, or ``@attribute``, of a member. The items of a flattened list may have a name of their own."""
    serialized = member.serialization
    if member.type_name == "list" and serialized.get("flattened"):
        item = member.member.serialization  # type: ignore[attr-defined]
        name = str(item.get("name", serialized.get("name", name)))
    else:
        name = str(serialized.get("name", name))
    return "@" + name.rpartition(":")[2] if serialized.get("xmlAttribute") else name


def write(document: Mapping[str, Any], *, short_empty_elements: bool = False) -> bytes:
    """A document, xmltodict's node of one root, as bytes; an empty element may be ``<Name/>``."""
    import xmltodict

    text = xmltodict.unparse(document, short_empty_elements=short_empty_elements)
    return _WRITTEN_AS_REFERENCES.sub(lambda match: f"&#{ord(match[0])};", text).encode("utf-8", "replace")


def value_node(shape: Shape, value: Any) -> Any:
    """A typed value as xmltodict's node."""
    if shape.type_name == "structure":
        return structure_node(shape, value)  # type: ignore[arg-type]
    if shape.type_name == "list":
        items = [value_node(shape.member, item) for item in value]  # type: ignore[attr-defined]
        if shape.serialization.get("flattened"):
            return items
        return {shape.member.serialization.get("name", "member"): items}  # type: ignore[attr-defined]
    if shape.type_name == "map":
        return {"entry": [{"key": key, "value": to_text(item)} for key, item in value.items()]}
    return to_text(value)


def structure_node(
    shape: StructureShape, value: Mapping[str, Any], only: Sequence[str] | None = None
) -> dict[str, Any]:
    """A structure as xmltodict's node, in the model's order; ``only`` names its members in another order."""
    node: dict[str, Any] = {}
    namespace = shape.serialization.get("xmlNamespace")
    if isinstance(namespace, dict) and "prefix" in namespace:
        node[f"@xmlns:{namespace['prefix']}"] = namespace["uri"]
    for name in shape.members if only is None else only:
        if name in value:
            member = shape.members[name]
            key = element_name(name, member)
            if key.startswith("@"):
                key = "@" + str(member.serialization["name"])
            node[key] = value_node(member, value[name])
    return node
