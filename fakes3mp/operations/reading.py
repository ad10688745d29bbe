"""Reading objects: get, head, attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.listing import page
from fakes3mp.core.object_lock import Lock
from fakes3mp.core.objects import Attributes, S3Object, checked_key
from fakes3mp.core.ranges import read_range
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import checked_part_number
from fakes3mp.digests import COMPOSITE, Checksum
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.body_digests import checksum_members
from fakes3mp.operations.conditions import ReadConditions
from fakes3mp.operations.properties import CustomerKey, encryption_members, expiration_member
from fakes3mp.operations.registry import Answer, operation


class Overrides(Struct, frozen=True):
    """The response-* query parameters: headers of the answer as the caller wants them (O28, O29)."""

    response_cache_control: str | None = None
    response_content_disposition: str | None = None
    response_content_encoding: str | None = None
    response_content_language: str | None = None
    response_content_type: str | None = None
    response_expires: datetime | str | None = None

    def members(self) -> Answer:
        """The members of the answer that they stand for."""
        given = {name: value for name in _OVERRIDDEN if (value := getattr(self, name)) is not None}
        for name, value in given.items():
            _check_latin1(name.replace("_", "-"), value)
        return {_OVERRIDDEN[name]: value for name, value in given.items()}


_OVERRIDDEN = {
    "response_cache_control": "CacheControl",
    "response_content_disposition": "ContentDisposition",
    "response_content_encoding": "ContentEncoding",
    "response_content_language": "ContentLanguage",
    "response_content_type": "ContentType",
    "response_expires": "Expires",
}


def _check_latin1(parameter: str, value: object) -> None:
    try:
        str(value).encode("iso-8859-1")
    except UnicodeEncodeError:
        message = "Header value cannot be represented using ISO-8859-1."
        raise invalid_argument(message, parameter, str(value)) from None


class Reading(Struct, frozen=True):
    """All that GetObject and HeadObject may say: which version, which bytes of it, on which conditions, how answered."""

    conditions: ReadConditions
    overrides: Overrides
    customer_key: CustomerKey
    version_id: str | None = None
    range: str | None = None
    part_number: int | None = None
    checksum_mode: str | None = None


@operation("GetObject")
def get_object(store: Store, *, bucket: str, key: str, reading: Reading) -> Answer:
    """An object's bytes, or a range or part of them, with all that is known about it (O15)."""
    content, answer = _read(store, bucket, key, reading, method="GET")
    return {**answer, "Body": content}


@operation("HeadObject")
def head_object(store: Store, *, bucket: str, key: str, reading: Reading) -> Answer:
    """GetObject without the bytes (O16, O18)."""
    return _read(store, bucket, key, reading, method="HEAD")[1]


def _read(store: Store, bucket: str, key: str, reading: Reading, *, method: str) -> tuple[Content, Answer]:
    found = readable(store, bucket, key, reading.version_id, method=method)
    check_readable_with(reading.customer_key.md5(), found)
    overridden = reading.overrides.members()
    slice_ = _slice(store, found, reading)
    return slice_.content(found), {
        **_described(store.bucket(bucket), found, slice_, reading.checksum_mode),
        **overridden,
    }


def readable(store: Store, bucket: str, key: str, version_id: str | None = None, *, method: str) -> S3Object:
    """The version a request names, the newest by default; a delete marker is none (O65, O66)."""
    place = store.bucket(bucket)
    entry = place.entry(checked_key(key), version_id)
    if isinstance(entry, S3Object):
        return entry
    told = {"x-amz-delete-marker": "true", "x-amz-version-id": entry.version_id}
    if version_id is None:
        raise S3Error("NoSuchKey", fields={"Key": key}, headers=told)
    raise marked(method, {**told, "Allow": "DELETE"})


def marked(method: str, headers: Mapping[str, str] | None = None) -> S3Error:
    """A delete marker has nothing to read or change (O66, O102)."""
    return S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": "DeleteMarker"}, headers=headers)


def check_readable_with(customer_key_md5: str | None, found: S3Object) -> None:
    """An object under a customer's key is read with that key, any other without one (F95; the last by reports)."""
    wanted = found.encryption.customer_key_md5
    if wanted == customer_key_md5:
        return
    if wanted is None:
        raise S3Error("InvalidRequest", "The encryption parameters are not applicable to this object.")
    if customer_key_md5 is None:
        raise S3Error(
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. "
            "The correct parameters must be provided to retrieve the object.",
        )
    raise S3Error("AccessDenied")


class Slice(Struct, frozen=True):
    """The bytes an answer carries: all, a range, or a part."""

    first: int
    last: int
    partial: bool = False
    part: int | None = None

    def content(self, found: S3Object) -> Content:
        return found.content.cut(self.first, self.last) if self.partial else found.content


def _slice(store: Store, found: S3Object, reading: Reading) -> Slice:
    """The bytes that are asked for, if the request is in order and its conditions hold (F86)."""
    if reading.range is not None and reading.part_number is not None:
        raise S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    if reading.part_number is not None:
        checked_part_number(reading.part_number, store.limits.max_part_number)
    reading.conditions.check(found)
    if reading.part_number is not None:
        return _part_slice(found, reading.part_number)
    offsets = read_range(reading.range, found.size) if reading.range is not None else None
    return Slice(0, found.size - 1) if offsets is None else Slice(*offsets, partial=True)


def _part_slice(found: S3Object, number: int) -> Slice:
    """Parts are counted in the finished object; one that was not made of parts is its own first (F83, F85)."""
    sizes = [part.size for part in found.parts] or [found.size]
    if number > len(sizes):
        fields = {"ActualPartCount": str(len(sizes)), "PartNumberRequested": str(number)}
        raise S3Error("InvalidPartNumber", fields=fields)
    first = sum(sizes[: number - 1])
    return Slice(first, first + sizes[number - 1] - 1, partial=True, part=number)


def _described(bucket: Bucket, found: S3Object, part: Slice, checksum_mode: str | None) -> Answer:
    answer: Answer = {
        "AcceptRanges": "bytes",
        "LastModified": found.modified,
        "ContentLength": part.last - part.first + 1,
        "ETag": f'"{found.etag}"',
        **described_attributes(found.attributes),
        **encryption_members(found.encryption),
        **described_lock(found.properties.lock),
    }
    if bucket.objects.get(found.key) is found:
        answer.update(expiration_member(bucket, found))
    if bucket.is_versioned:
        answer["VersionId"] = found.version_id  # O22
    if found.properties.tags:
        answer["TagCount"] = len(found.properties.tags)  # O21
    if part.partial and found.size:
        answer["ContentRange"] = f"bytes {part.first}-{part.last}/{found.size}"
    if part.part is not None and found.parts:
        answer["PartsCount"] = len(found.parts)
    if (checksum_mode or "").upper() == "ENABLED":
        answer.update(checksum_members(_checksum_of(found, part)))
    return answer


def _checksum_of(found: S3Object, part: Slice) -> Checksum | None:
    """The checksum of what is sent, if known: the whole's, or that of a composite object's part (F84, F87, O35)."""
    if part.part is not None and found.parts and found.checksum is not None and found.checksum.type == COMPOSITE:
        own = found.parts[part.part - 1].checksum
        return None if own is None else Checksum(own.algorithm, own.value, COMPOSITE)
    whole = part.first == 0 and part.last == found.size - 1
    return found.checksum if whole else None


def described_attributes(attributes: Attributes) -> Answer:
    """The attributes as HEAD and GET answer them; STANDARD is not named (O20)."""
    members = {
        "CacheControl": attributes.cache_control,
        "ContentDisposition": attributes.content_disposition,
        "ContentEncoding": attributes.content_encoding,
        "ContentLanguage": attributes.content_language,
        "ContentType": attributes.content_type,
        "Expires": attributes.expires,
        "Metadata": attributes.metadata,
        "StorageClass": None if attributes.storage_class == "STANDARD" else attributes.storage_class,
        "WebsiteRedirectLocation": attributes.website_redirect_location,
    }
    return {name: value for name, value in members.items() if value is not None}


_ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


def described_lock(lock: Lock) -> Answer:
    """Retention and legal hold as HEAD and GET answer them."""
    members = {
        "ObjectLockMode": lock.mode,
        "ObjectLockRetainUntilDate": lock.until,
        "ObjectLockLegalHoldStatus": lock.legal_hold,
    }
    return {name: value for name, value in members.items() if value is not None}


@operation("GetObjectAttributes")
def get_object_attributes(
    store: Store,
    *,
    bucket: str,
    key: str,
    customer_key: CustomerKey,
    object_attributes: Sequence[str] = (),
    version_id: str | None = None,
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> Answer:
    """What is asked for about an object, parts included (F88, F89)."""
    found = readable(store, bucket, key, version_id, method="GET")
    check_readable_with(customer_key.md5(), found)
    _check_attribute_names(object_attributes)
    members: dict[str, Any] = {
        "ETag": found.etag,
        "Checksum": _plain_checksum(found.checksum),
        "ObjectParts": _object_parts(found, part_number_marker or 0, min(max_parts or 1000, 1000)),
        "StorageClass": found.attributes.storage_class,
        "ObjectSize": found.size,
    }
    asked = {name: members[name] for name in _ATTRIBUTES if name in object_attributes}
    versioned = {"VersionId": found.version_id} if store.bucket(bucket).is_versioned else {}
    told = {name: value for name, value in asked.items() if value is not None}
    return {"LastModified": found.modified, **versioned, **told}


def _check_attribute_names(names: Sequence[str]) -> None:
    """S3's manual asks for at least one, all known; the wording of the refusals is not recorded."""
    if not names:
        message = (
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
        )
        raise S3Error("InvalidRequest", message)
    unknown = [name for name in names if name not in _ATTRIBUTES]
    if unknown:
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", unknown[0])


def _plain_checksum(checksum: Checksum | None) -> Answer | None:
    """Here a composite value stands without its suffix (F57)."""
    if checksum is None:
        return None
    return checksum_members(Checksum(checksum.algorithm, checksum.value.partition("-")[0], checksum.type))


def _object_parts(found: S3Object, marker: int, limit: int) -> Answer | None:
    if not found.parts:
        return None
    count: Answer = {"TotalPartsCount": len(found.parts)}
    if found.checksum is None or found.checksum.type != COMPOSITE:
        return count
    listed = page((part for part in found.parts if part.number > marker), limit)
    parts = [
        {"PartNumber": part.number, "Size": part.size, **checksum_members(part.checksum, typed=False)}
        for part in listed.entries
    ]
    paging: Answer = {
        "PartNumberMarker": marker,
        "NextPartNumberMarker": listed.entries[-1].number if parts else 0,
        "MaxParts": limit,
        "IsTruncated": listed.truncated,
    }
    return {**count, **paging, **({"Parts": parts} if parts else {})}
