"""Reading objects: GetObject, HeadObject, GetObjectAttributes, and looking up the version that a request names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from msgspec import Struct

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.intelligent_tiering import remember_access
from fakes3mp.core.listing import paginate, validate_integer, validate_page_size
from fakes3mp.core.object_lock import UNLOCKED, Lock
from fakes3mp.core.objects import Attributes, S3Object, validate_key
from fakes3mp.core.ranges import parse_range
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import validate_part_number
from fakes3mp.digests import COMPOSITE, Checksum
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.body_digests import checksum_members
from fakes3mp.operations.conditions import ReadConditions
from fakes3mp.operations.encryption_checks import check_signed_for_kms
from fakes3mp.operations.lifecycle import expiration_member, http_date
from fakes3mp.operations.properties import CustomerKey, encryption_members
from fakes3mp.operations.registry import Answer, Caller, operation


class ResponseOverrides(Struct, frozen=True):
    """The response-* query parameters, which set headers of the answer (O28, O29)."""

    response_cache_control: str | None = None
    response_content_disposition: str | None = None
    response_content_encoding: str | None = None
    response_content_language: str | None = None
    response_content_type: str | None = None
    response_expires: datetime | str | None = None

    def members(self) -> Answer:
        """The overridden members of the answer; InvalidArgument for a value that can be no header's."""
        values = {name: value for name in _MEMBERS_BY_OVERRIDE if (value := getattr(self, name)) is not None}
        for name, value in values.items():
            _check_header_value(name.replace("_", "-"), str(value))
        return {_MEMBERS_BY_OVERRIDE[name]: value for name, value in values.items()}


_MEMBERS_BY_OVERRIDE = {
    "response_cache_control": "CacheControl",
    "response_content_disposition": "ContentDisposition",
    "response_content_encoding": "ContentEncoding",
    "response_content_language": "ContentLanguage",
    "response_content_type": "ContentType",
    "response_expires": "Expires",
}


_NO_HEADER_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]")


def _check_header_value(parameter: str, value: str) -> None:
    """Only ISO-8859-1 can be sent in a header (O29), and no control characters (O306; wording not verified)."""
    if _NO_HEADER_VALUE.search(value):
        raise invalid_argument("Header value cannot be represented using ISO-8859-1.", parameter, value)


class ReadRequest(Struct, frozen=True):
    """The parameters of GetObject and HeadObject: version, range or part, conditions, overridden headers."""

    conditions: ReadConditions
    overrides: ResponseOverrides
    customer_key: CustomerKey
    version_id: str | None = None
    range: str | None = None
    part_number: int | None = None
    checksum_mode: str | None = None


@operation("GetObject")
def get_object(store: Store, *, bucket: Bucket, key: str, request: ReadRequest, caller: Caller) -> Answer:
    """An object's bytes, or a range or part of them, with its attributes (O15)."""
    content, answer = _read(store, bucket, key, request, caller, method="GET")
    return {**answer, "Body": content}


@operation("HeadObject")
def head_object(store: Store, *, bucket: Bucket, key: str, request: ReadRequest, caller: Caller) -> Answer:
    """GetObject without the bytes (O16, O18); an archived object is answered too (O226)."""
    return _read(store, bucket, key, request, caller, method="HEAD")[1]


def _read(
    store: Store, bucket: Bucket, key: str, request: ReadRequest, caller: Caller, *, method: str
) -> tuple[Content, Answer]:
    overrides = request.overrides.members()
    _check_overrides_are_signed(overrides, caller)
    version = get_version(bucket, key, request.version_id, method=method)
    check_customer_key(request.customer_key.read_md5(), version)
    check_signed_for_kms(version.encryption, caller)
    is_archived = version.archive is not None
    if is_archived and method == "GET":
        check_readable(version, store.now())
    slice_ = _slice(store, version, request)
    if method == "GET":
        remember_access(store, bucket, version)
    answer = {**_object_members(bucket, version, slice_, request.checksum_mode), **overrides}
    if request.version_id is None:
        answer.update(expiration_member(bucket, version))  # O267
    if is_archived:
        answer.update(_archive_members(version, store.now(), method))
    return slice_.content(version), answer


def _check_overrides_are_signed(overrides: Answer, caller: Caller) -> None:
    """O388"""
    if overrides and caller.account is None:
        message = "Request specific response headers cannot be used for anonymous GET requests."
        raise S3Error("InvalidRequest", message)


def get_version(bucket: Bucket, key: str, version_id: str | None = None, *, method: str) -> S3Object:
    """The version a request names, the newest by default; raises S3's error for a delete marker (O65, O66).

    ``method`` is the request's HTTP method, which MethodNotAllowed repeats.
    """
    entry = bucket.version(validate_key(key), version_id)
    if isinstance(entry, S3Object):
        return entry
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": entry.version_id}
    if version_id is None:
        raise S3Error("NoSuchKey", fields={"Key": key}, headers=headers)
    raise delete_marker_error(method, {**headers, "Allow": "DELETE"})


def delete_marker_error(method: str, headers: Mapping[str, str] | None = None) -> S3Error:
    """MethodNotAllowed: a delete marker can neither be read nor changed (O66, O102)."""
    return S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": "DeleteMarker"}, headers=headers)


def check_customer_key(customer_key_md5: str | None, version: S3Object) -> None:
    """An object under a customer's key is read with that key, any other without one (F95; the last by reports)."""
    expected = version.encryption.customer_key_md5
    if expected == customer_key_md5:
        return
    if expected is None:
        raise S3Error("InvalidRequest", "The encryption parameters are not applicable to this object.")
    if customer_key_md5 is None:
        raise S3Error(
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. "
            "The correct parameters must be provided to retrieve the object.",
        )
    message = (
        "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
    )
    raise S3Error("AccessDenied", message)  # O255


def check_readable(version: S3Object, now: datetime) -> None:
    """Raise InvalidObjectState for an archived object that is not restored (O226).

    This comes before conditions: they are ignored where the response without them is an error (RFC 9110, 13.2.1).
    """
    if version.is_readable(now):
        return
    fields = {"StorageClass": version.attributes.storage_class or ""}
    if version.properties.access_tier is not None:
        fields["AccessTier"] = version.properties.access_tier
    raise S3Error("InvalidObjectState", fields=fields)


def _archive_members(version: S3Object, now: datetime, method: str) -> Answer:
    """Restore, once a restore was requested, and in HEAD the access tier of INTELLIGENT_TIERING (S3's manual)."""
    answer: Answer = {}
    restoration = version.properties.restoration
    if restoration is not None and restoration.is_ongoing(now):
        answer["Restore"] = 'ongoing-request="true"'
    elif restoration is not None and (expires := restoration.copy_expires(now)) is not None:
        answer["Restore"] = f'ongoing-request="false", expiry-date="{http_date(expires)}"'
    if method == "HEAD" and version.properties.access_tier is not None:
        answer["ArchiveStatus"] = version.properties.access_tier
    return answer


class Slice(Struct, frozen=True):
    """The bytes that an answer carries: all, a range, or a part. Offsets are in bytes, both included."""

    first: int
    last: int
    partial: bool = False
    part_number: int | None = None

    def content(self, version: S3Object) -> Content:
        return version.content.cut(self.first, self.last) if self.partial else version.content


def _slice(store: Store, version: S3Object, request: ReadRequest) -> Slice:
    """The bytes that are requested, if the request is valid and its conditions hold (F86)."""
    if request.range is not None and request.part_number is not None:
        raise S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    if request.part_number is not None:
        validate_part_number(request.part_number, store.limits.max_part_number)
    request.conditions.check(version)
    if request.part_number is not None:
        return _part_slice(version, request.part_number)
    offsets = parse_range(request.range, version.size) if request.range is not None else None
    return Slice(0, version.size - 1) if offsets is None else Slice(*offsets, partial=True)


def _part_slice(version: S3Object, number: int) -> Slice:
    """The bytes of a part, counted in the finished object; a plain object is its own part 1 (F83, F85)."""
    sizes = [part.size for part in version.parts] or [version.size]
    if number > len(sizes):
        fields = {"ActualPartCount": str(len(sizes)), "PartNumberRequested": str(number)}
        raise S3Error("InvalidPartNumber", fields=fields)
    first = sum(sizes[: number - 1])
    return Slice(first, first + sizes[number - 1] - 1, partial=True, part_number=number)


def _part_number_of(version: S3Object, slice_: Slice) -> int | None:
    """The part of a multipart object that the bytes are, exactly; None if they are something else."""
    if slice_.part_number is not None or not slice_.partial:
        return slice_.part_number
    for part, end in zip(version.parts, accumulate(part.size for part in version.parts), strict=True):
        if end > slice_.last:
            return part.number if (end - part.size, end - 1) == (slice_.first, slice_.last) else None
    return None


def _object_members(bucket: Bucket, version: S3Object, slice_: Slice, checksum_mode: str | None) -> Answer:
    answer: Answer = {
        "AcceptRanges": "bytes",
        "LastModified": version.modified,
        "ContentLength": slice_.last - slice_.first + 1,
        "ETag": f'"{version.etag}"',
        **attribute_members(version.attributes),
        **encryption_members(version.encryption),
        **lock_members(version.properties.lock),
    }
    if version.properties.replication is not None:
        answer["ReplicationStatus"] = version.properties.replication
    if bucket.is_versioned:
        answer["VersionId"] = version.version_id  # O22
    if version.properties.tags:
        answer["TagCount"] = len(version.properties.tags)  # O21
    if slice_.partial and version.size:
        answer["ContentRange"] = f"bytes {slice_.first}-{slice_.last}/{version.size}"
    if slice_.part_number is not None and version.parts:
        answer["PartsCount"] = len(version.parts)
    if (checksum_mode or "").upper() == "ENABLED":
        answer.update(checksum_members(_slice_checksum(version, slice_)))
    return answer


def _slice_checksum(version: S3Object, slice_: Slice) -> Checksum | None:
    """The checksum of the bytes sent, if known: the object's, or that of a composite object's part (F84, F87, O250)."""
    checksum = version.checksum
    number = _part_number_of(version, slice_) if checksum is not None and checksum.type == COMPOSITE else None
    if number is not None and version.parts:
        part_checksum = version.parts[number - 1].checksum
        return None if part_checksum is None else Checksum(part_checksum.algorithm, part_checksum.value, COMPOSITE)
    is_whole = slice_.first == 0 and slice_.last == version.size - 1
    return checksum if is_whole else None


def attribute_members(attributes: Attributes) -> Answer:
    """The attributes as HEAD and GET answer them; without StorageClass if it is STANDARD (O20)."""
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


def lock_members(lock: Lock) -> Answer:
    """Retention and holds as HEAD and GET answer them."""
    if lock == UNLOCKED:
        return {}
    members: Answer = {
        "ObjectLockMode": lock.mode,
        "ObjectLockRetainUntilDate": lock.until,
        "ObjectLockLegalHoldStatus": lock.legal_hold,
        "ObjectLockEventHold": lock.event_hold,
    }
    if lock.event_hold_period is not None:
        members[f"ObjectLockEventHoldDuration{lock.event_hold_period.unit}"] = lock.event_hold_period.number
    return {name: value for name, value in members.items() if value is not None}


@operation("GetObjectTorrent")
def get_object_torrent(store: Store, *, bucket: Bucket, key: str) -> Answer:
    """Torrents are no more: S3 refuses the method (O348)."""
    fields = {"Method": "GET", "ResourceType": "TORRENT"}
    raise S3Error("MethodNotAllowed", fields=fields)


_ATTRIBUTE_NAMES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


@operation("GetObjectAttributes")
def get_object_attributes(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    customer_key: CustomerKey,
    object_attributes: Sequence[str] = (),
    version_id: str | None = None,
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> Answer:
    """The requested attributes of an object, parts included (F88, F89)."""
    version = get_version(bucket, key, version_id, method="GET")
    check_customer_key(customer_key.read_md5(), version)
    _check_attribute_names(object_attributes)
    limit = validate_page_size(max_parts, "max-parts")  # the errors of this operation's headers are not recorded
    marker = validate_integer(part_number_marker or 0, "part-number-marker")
    members: dict[str, Any] = {
        "ETag": version.etag,
        "Checksum": _checksum_without_suffix(version.checksum),
        "ObjectParts": _object_parts(version, marker, limit),
        "StorageClass": version.attributes.storage_class,
        "ObjectSize": version.size,
    }
    answer: Answer = {"LastModified": version.modified}
    if bucket.is_versioned:
        answer["VersionId"] = version.version_id
    for name, value in members.items():
        if name in object_attributes and value is not None:
            answer[name] = value
    return answer


def _check_attribute_names(names: Sequence[str]) -> None:
    """S3's manual requires at least one, all known; the wording of the errors is not recorded."""
    if not names:
        message = (
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
        )
        raise S3Error("InvalidRequest", message)
    unknown = [name for name in names if name not in _ATTRIBUTE_NAMES]
    if unknown:
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", unknown[0])


def _checksum_without_suffix(checksum: Checksum | None) -> Answer | None:
    """In this answer a composite value has no ``-N`` suffix (F57)."""
    if checksum is None:
        return None
    return checksum_members(Checksum(checksum.algorithm, checksum.value.partition("-")[0], checksum.type))


def _object_parts(version: S3Object, marker: int, limit: int) -> Answer | None:
    if not version.parts:
        return None
    answer: Answer = {"TotalPartsCount": len(version.parts)}
    if version.checksum is None or version.checksum.type != COMPOSITE:
        return answer
    listing = paginate((part for part in version.parts if part.number > marker), limit)
    parts = [
        {"PartNumber": part.number, "Size": part.size, **checksum_members(part.checksum, typed=False)}
        for part in listing.entries
    ]
    answer.update(
        PartNumberMarker=marker,
        NextPartNumberMarker=parts[-1]["PartNumber"] if parts else 0,
        MaxParts=limit,
        IsTruncated=listing.truncated,
    )
    if parts:
        answer["Parts"] = parts
    return answer
