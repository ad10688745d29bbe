"""Event streams, as SelectObjectContent answers with one: messages with headers, and a CRC32 of each (S3's manual)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from zlib import crc32

from fakes3mp.wire import xml

if TYPE_CHECKING:
    from botocore.model import StructureShape

_TEXT = 7  # the type of a header's value
_BYTES_TYPE, _XML_TYPE = "application/octet-stream", "text/xml"


def write_events(shape: StructureShape, events: Iterable[Mapping[str, Any]]) -> bytes:
    """The messages of some events. Each event has one member of the shape, with that member's value."""
    return b"".join(_message(shape, name, value) for event in events for name, value in event.items())


def _message(shape: StructureShape, name: str, value: Mapping[str, Any]) -> bytes:
    """One message: the lengths of all and of its headers, a CRC32 of these, headers, payload, and a CRC32 of all that."""
    content_type, payload = _payload(shape.members[name], value)
    names = {":message-type": "event", ":event-type": name, **({":content-type": content_type} if content_type else {})}
    headers = b"".join(_header(*header) for header in names.items())
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return message + struct.pack("!I", crc32(message))


def _header(name: str, value: str) -> bytes:
    encoded_name, encoded = name.encode(), value.encode()
    head = struct.pack(f"!B{len(encoded_name)}sBH", len(encoded_name), encoded_name, _TEXT, len(encoded))
    return head + encoded


def _payload(shape: Any, value: Mapping[str, Any]) -> tuple[str, bytes]:
    """The type and the bytes of an event's payload: bytes, or the XML of a structure; most events have none."""
    for name, member in shape.members.items():
        if member.type_name == "blob":
            return _BYTES_TYPE, value[name]
        return _XML_TYPE, xml.write({shape.name.removesuffix("Event"): xml.value_node(member, value[name])})
    return "", b""
