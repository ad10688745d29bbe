"""Objects: their versions, delete markers and properties, and the conditions of a write.

All are immutable values. How buckets store them is in ``buckets``, how an object is made of parts in ``completion``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from fakes3mp.core.acl import Acl
from fakes3mp.core.annotations import Annotations
from fakes3mp.core.archive import ARCHIVE_CLASSES, TIERING, Restoration
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import SSE_S3, Encryption
from fakes3mp.core.object_lock import UNLOCKED, Lock
from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error, not_implemented_header, precondition_failed

DEFAULT_CONTENT_TYPE = "binary/octet-stream"  # F6, O17
MAX_KEY_BYTES = 1024
MAX_METADATA_BYTES = 2048
_MAX_REDIRECT = 2048  # characters

# Storage classes that PutObject accepts; OUTPOSTS and other names are refused (F13).
STORAGE_CLASSES = frozenset(
    ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE")
) | {"GLACIER_IR", "EXPRESS_ONEZONE"}


class Attributes(Value, frozen=True):
    """The system-defined and user-defined metadata of an object, as the request that created it declared them."""

    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    expires: datetime | str | None = None
    metadata: Mapping[str, str] | None = None
    storage_class: str | None = None
    website_redirect_location: str | None = None

    def validated(self) -> Attributes:
        """These attributes as S3 stores them; raises InvalidStorageClass, InvalidRedirectLocation or MetadataTooLarge."""
        if self.storage_class is not None and self.storage_class not in STORAGE_CLASSES:
            raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": self.storage_class})
        if self.website_redirect_location is not None:
            check_redirect(self.website_redirect_location)
        metadata = {name.lower(): value for name, value in (self.metadata or {}).items()}  # O23
        size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
        if size > MAX_METADATA_BYTES:
            fields = {"Size": str(size), "MaxSizeAllowed": str(MAX_METADATA_BYTES)}
            raise S3Error("MetadataTooLarge", fields=fields)
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


def check_redirect(location: str) -> None:
    """Refuse a website redirect that is neither a path nor a URL, or too long (O383; the latter is not verified)."""
    if not location.startswith(("/", "http://", "https://")):
        raise S3Error("InvalidRedirectLocation")
    if len(location) > _MAX_REDIRECT:
        raise S3Error(
            "InvalidRedirectLocation", f"The length of website redirect location cannot exceed {_MAX_REDIRECT}."
        )


class ObjectPart(Value, frozen=True):
    """One part of a multipart object, as GetObject by part number and GetObjectAttributes answer it."""

    number: int
    size: int  # bytes
    checksum: Checksum | None = None


class Properties(Value, frozen=True):
    """Everything about an object but its bytes; PutObject, CopyObject and CreateMultipartUpload determine it alike."""

    attributes: Attributes
    owner: str = ""  # canonical id
    encryption: Encryption = SSE_S3
    tags: Tags = ()
    lock: Lock = UNLOCKED
    acl: Acl | None = None  # None: never set, full control for the owner only (F16); it can be empty (O263)
    access_tier: str | None = None  # in INTELLIGENT_TIERING, if it is archived: ARCHIVE_ACCESS or DEEP_ARCHIVE_ACCESS
    accessed: datetime | None = None  # in INTELLIGENT_TIERING, when it was last read
    restoration: Restoration | None = None  # of an archived object
    annotations: Annotations = ()
    replication: str | None = None  # PENDING, COMPLETED, FAILED or REPLICA


class S3Object(Value, frozen=True, eq=False):
    """One version of an object."""

    key: str
    content: Content
    etag: str  # unquoted
    modified: datetime
    properties: Properties
    checksum: Checksum | None = None
    parts: tuple[ObjectPart, ...] = ()  # empty if it was not made by a multipart upload
    version_id: str = "null"
    sequence: int = 0  # the number of its write in the store's order of changes

    def as_version(self, version_id: str, sequence: int) -> S3Object:
        """A copy with this version id and sequence number."""
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
    def archive(self) -> str | None:
        """The storage class or access tier in which it is archived; None if it can be read at any time (O226)."""
        storage_class = self.attributes.storage_class
        if storage_class == TIERING:
            return self.properties.access_tier
        return storage_class if storage_class in ARCHIVE_CLASSES else None

    def is_readable(self, now: datetime) -> bool:
        """Whether its bytes can be read: it is not archived, or a restored copy is there."""
        restoration = self.properties.restoration
        return self.archive is None or (restoration is not None and restoration.is_readable(now))

    @property
    def size(self) -> int:
        """Bytes."""
        return self.content.size


class DeleteMarker(Value, frozen=True):
    """The marker that DeleteObject adds in a versioned bucket (O64)."""

    key: str
    modified: datetime
    version_id: str
    sequence: int


class WriteConditions(Struct, frozen=True):
    """If-Match and If-None-Match of a write, which refer to the current object of the key (F66-F72)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check_form(self) -> None:
        """S3 accepts ``*`` and nothing else in If-None-Match, no ``*`` in If-Match, and not both (F72, O135, O136)."""
        if self.if_match is not None and self.if_none_match is not None:
            raise not_implemented_header(
                "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
            )
        if self.if_none_match not in (None, "*"):
            raise not_implemented_header("If-None-Match", _VALUE_NOT_ACCEPTED.format("If-None-Match"))
        if self.if_match == "*":
            raise not_implemented_header("If-Match", _VALUE_NOT_ACCEPTED.format("If-Match"))

    def check(self, current: S3Object | None, key: str) -> None:
        """Raise PreconditionFailed or NoSuchKey if the current object does not fulfil them (F66, F68, F70, O131-O134)."""
        if self.if_none_match is not None and current is not None:
            raise precondition_failed("If-None-Match")
        if self.if_match is None:
            return
        if current is None:
            raise S3Error("NoSuchKey", fields={"Key": key})
        if unquote_etag(self.if_match) != current.etag:
            raise precondition_failed("If-Match")

    @property
    def header(self) -> str | None:
        """The name of the header that was sent, if one was."""
        if self.if_none_match is not None:
            return "If-None-Match"
        return None if self.if_match is None else "If-Match"


_VALUE_NOT_ACCEPTED = "We don't accept the provided value of {} header for this API"


def unquote_etag(etag: str) -> str:
    """An ETag without its quotes; S3 accepts both forms (F41, O54)."""
    return etag.strip('"')


def validate_key(key: str) -> str:
    """Return the key; KeyTooLongError if it has more than 1024 bytes in UTF-8."""
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError", fields={"Size": str(size), "MaxSizeAllowed": str(MAX_KEY_BYTES)})
    return key
