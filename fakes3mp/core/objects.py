"""Objects: what S3 knows of one besides its bytes, and the conditions a write may put on the one it replaces.

What may live here: frozen values and the rules about them. Where objects are kept is in buckets; how one comes to be out
of parts is in uploads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from fakes3mp.core.acl import Acl
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import PLAIN, Encryption
from fakes3mp.core.object_lock import UNLOCKED, Lock
from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error, not_implemented_header, precondition_failed

DEFAULT_CONTENT_TYPE = "binary/octet-stream"  # F6, O17
MAX_KEY_BYTES = 1024
MAX_METADATA_BYTES = 2048

# What a general-purpose bucket stores; OUTPOSTS and other names are refused (F13).
STORAGE_CLASSES = frozenset(
    ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE")
) | {"GLACIER_IR", "EXPRESS_ONEZONE"}


class Attributes(Value, frozen=True):
    """What a request says of an object besides its bytes, kept from create or put to the finished object."""

    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    expires: datetime | str | None = None
    metadata: Mapping[str, str] | None = None
    storage_class: str | None = None
    website_redirect_location: str | None = None

    def checked(self) -> Attributes:
        """These attributes as S3 stores them, or S3's refusal of them."""
        if self.storage_class is not None and self.storage_class not in STORAGE_CLASSES:
            raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": self.storage_class})
        metadata = {name.lower(): value for name, value in (self.metadata or {}).items()}  # O23
        _check_metadata_size(metadata)
        return Attributes(
            self.cache_control,
            self.content_disposition,
            self.content_encoding,
            self.content_language,
            self.content_type or DEFAULT_CONTENT_TYPE,
            self.expires,
            metadata,
            self.storage_class or "STANDARD",
            self.website_redirect_location,
        )


def _check_metadata_size(metadata: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > MAX_METADATA_BYTES:
        raise S3Error("MetadataTooLarge", fields={"Size": str(size), "MaxSizeAllowed": str(MAX_METADATA_BYTES)})


class ObjectPart(Value, frozen=True):
    """One part of a finished multipart object, as GET by part number and GetObjectAttributes see it."""

    number: int
    size: int
    checksum: Checksum | None = None


class Properties(Value, frozen=True):
    """All that a write settles about an object besides its bytes, the same for a put, a copy and an upload."""

    attributes: Attributes
    owner: str = ""  # canonical id
    encryption: Encryption = PLAIN
    tags: Tags = ()
    lock: Lock = UNLOCKED
    acl: Acl = ()  # empty: the owner's alone (F16)

    def kept(self, checksum: Checksum) -> Checksum | None:
        """The checksum that the object keeps: none under a customer's key (F65)."""
        return None if self.encryption.customer_key_md5 else checksum


class S3Object(Value, frozen=True, eq=False):
    """A version of an object; a new write makes a new one."""

    key: str
    content: Content
    etag: str  # unquoted
    modified: datetime
    properties: Properties
    checksum: Checksum | None = None
    parts: tuple[ObjectPart, ...] = ()  # empty unless it came out of a multipart upload
    version_id: str = "null"
    sequence: int = 0  # where in the store's order of changes it was written

    def as_version(self, version_id: str, sequence: int) -> S3Object:
        """The same, written under a version id at a sequence."""
        return S3Object(
            self.key,
            self.content,
            self.etag,
            self.modified,
            self.properties,
            self.checksum,
            self.parts,
            version_id,
            sequence,
        )

    @property
    def attributes(self) -> Attributes:
        return self.properties.attributes

    @property
    def encryption(self) -> Encryption:
        return self.properties.encryption

    @property
    def size(self) -> int:
        return self.content.size


class DeleteMarker(Value, frozen=True):
    """What a delete leaves in a versioned bucket (O64)."""

    key: str
    modified: datetime
    version_id: str
    sequence: int


class WriteConditions(Struct, frozen=True):
    """If-Match and If-None-Match of a write, about the object that stands at the key (F66-F72)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check_form(self) -> None:
        """S3 takes If-None-Match only as ``*``, If-Match never so, and not both (F72, O135, O136)."""
        if self.if_match is not None and self.if_none_match is not None:
            raise not_implemented_header(
                "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
            )
        if self.if_none_match not in (None, "*"):
            raise not_implemented_header("If-None-Match", _NOT_THIS_VALUE.format("If-None-Match"))
        if self.if_match == "*":
            raise not_implemented_header("If-Match", _NOT_THIS_VALUE.format("If-Match"))

    def check(self, current: S3Object | None, key: str) -> None:
        """Hold the conditions against the object that is there now (F66, F68, F70, O131-O134)."""
        if self.if_none_match is not None and current is not None:
            raise precondition_failed("If-None-Match")
        if self.if_match is None:
            return
        if current is None:
            raise S3Error("NoSuchKey", fields={"Key": key})
        if unquoted(self.if_match) != current.etag:
            raise precondition_failed("If-Match")

    @property
    def named(self) -> str | None:
        """The header that was sent, if one was."""
        if self.if_none_match is not None:
            return "If-None-Match"
        return None if self.if_match is None else "If-Match"


_NOT_THIS_VALUE = "We don't accept the provided value of {} header for this API"


def unquoted(etag: str) -> str:
    """An ETag without its quotes; S3 compares them with or without (F41, O54)."""
    return etag.strip('"')


def checked_key(key: str) -> str:
    """The key, if S3 accepts its length in UTF-8 bytes."""
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError", fields={"Size": str(size), "MaxSizeAllowed": str(MAX_KEY_BYTES)})
    return key
