"""Lists of objects, parts and uploads, one page each. core.listing walks the keys and cuts the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from fakes3mp.core.buckets import Bucket, UploadKeys
from fakes3mp.core.listing import CommonPrefix, Page, paginate, validate_integer, validate_page_size, walk_keys
from fakes3mp.core.objects import S3Object, validate_key
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Part, Upload, UploadEvent
from fakes3mp.errors import invalid_argument
from fakes3mp.operations.body_digests import checksum_members
from fakes3mp.operations.buckets import (
    decode_continuation_token,
    encode_continuation_token,
    incorrect_token_error,
)
from fakes3mp.operations.lifecycle import abort_members
from fakes3mp.operations.multipart import upload_checksum_members
from fakes3mp.operations.registry import Answer, operation


@operation("ListObjectsV2")
def list_objects_v2(
    store: Store,
    *,
    bucket: Bucket,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    start_after: str | None = None,
    continuation_token: str | None = None,
    encoding_type: str | None = None,
    fetch_owner: bool | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> Answer:
    """The bucket's objects by the UTF-8 bytes of their keys (F114); with a token, start-after is ignored (O258)."""
    encode = key_encoder(encoding_type)
    after = _after_token(continuation_token) if continuation_token is not None else start_after or ""
    limit = validate_page_size(max_keys, "max-keys", "maxKeys")
    listing = _list_objects(bucket, prefix, delimiter, after, limit)
    answer: Answer = {"Name": bucket.name, "Prefix": encode(prefix or ""), "MaxKeys": limit}
    if continuation_token is not None:
        answer["ContinuationToken"] = continuation_token
    elif start_after:
        answer["StartAfter"] = encode(start_after)
    if listing.truncated:
        answer["NextContinuationToken"] = encode_continuation_token(_key_of(listing.last))
    restored_at = time_of_restore_status(store, optional_object_attributes)
    answer.update(_objects_members(listing, encode, restored_at, with_owner=bool(fetch_owner)))
    return {**answer, **echoed_members(delimiter, encoding_type, encode), "KeyCount": len(listing.items)}


@operation("ListObjects")
def list_objects(
    store: Store,
    *,
    bucket: Bucket,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    marker: str | None = None,
    encoding_type: str | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> Answer:
    """The older list: markers instead of tokens, owners always, NextMarker only with a delimiter (S3's manual)."""
    encode = key_encoder(encoding_type)
    limit = validate_page_size(max_keys, "max-keys", "maxKeys")
    listing = _list_objects(bucket, prefix, delimiter, marker or "", limit)
    answer: Answer = {
        "Name": bucket.name,
        "Prefix": encode(prefix or ""),
        "Marker": encode(marker or ""),
        "MaxKeys": limit,
    }
    if listing.truncated and delimiter:
        answer["NextMarker"] = encode(_key_of(listing.last))
    restored_at = time_of_restore_status(store, optional_object_attributes)
    answer.update(_objects_members(listing, encode, restored_at, with_owner=True))
    return {**answer, **echoed_members(delimiter, encoding_type, encode)}


def _after_token(token: str) -> str:
    """The key after which a page begins; an empty token is refused, too, other than in ListBuckets (O258)."""
    if not token:
        raise incorrect_token_error()
    return decode_continuation_token(token)


def _list_objects(bucket: Bucket, prefix: str | None, delimiter: str | None, after: str, limit: int) -> Page[S3Object]:
    if not delimiter:
        return paginate(_objects_from(bucket, prefix or "", after), limit)

    def current_version(key: str) -> Sequence[S3Object]:
        return (bucket.objects[key],)

    return paginate(
        walk_keys(bucket.objects, current_version, prefix=prefix or "", delimiter=delimiter, after=after), limit
    )


def _objects_from(bucket: Bucket, prefix: str, after: str) -> Iterator[S3Object]:
    """The objects under a prefix whose keys are greater than ``after``."""
    for key, version in bucket.objects.items_since(max(after, prefix)):
        if not key.startswith(prefix):
            return
        if key != after:
            yield version


def _objects_members(
    listing: Page[S3Object], encode: Callable[[str], str], restored_at: datetime | None, *, with_owner: bool
) -> Answer:
    versions = listing.entries
    keys = _encode_all([version.key for version in versions], encode)
    contents = [_object_entry(version, key) for version, key in zip(versions, keys, strict=True)]
    if with_owner:
        for entry, version in zip(contents, versions, strict=True):
            entry["Owner"] = {"ID": version.properties.owner}
    if restored_at is not None:
        for entry, version in zip(contents, versions, strict=True):
            entry.update(restore_status_member(version, restored_at))
    answer: Answer = {"IsTruncated": listing.truncated}
    if contents:
        answer["Contents"] = contents
    return {**answer, **common_prefix_members(listing, encode)}


def _object_entry(version: S3Object, key: str) -> Answer:
    entry: Answer = {"Key": key, "LastModified": version.modified, "ETag": f'"{version.etag}"'}
    if version.checksum is not None:  # F99
        entry["ChecksumAlgorithm"] = [version.checksum.algorithm]
        entry["ChecksumType"] = version.checksum.type
    entry["Size"] = version.content.size
    entry["StorageClass"] = version.properties.attributes.storage_class
    return entry


def time_of_restore_status(store: Store, attributes: Sequence[str]) -> datetime | None:
    """The time for which entries have their RestoreStatus; None where it is not among the requested attributes."""
    return store.now() if "RestoreStatus" in attributes else None


def restore_status_member(version: S3Object, now: datetime) -> Answer:
    """RestoreStatus of an entry: only of objects that are being restored or are restored (S3's manual)."""
    restoration = version.properties.restoration
    if restoration is not None and restoration.is_ongoing(now):
        return {"RestoreStatus": {"IsRestoreInProgress": True}}
    if restoration is not None and (expires := restoration.copy_expires(now)) is not None:
        return {"RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": expires}}
    return {}


def _key_of(last: S3Object | CommonPrefix | None) -> str:
    return last.key if isinstance(last, S3Object) else str(last or "")


def common_prefix_members(listing: Page[Any], encode: Callable[[str], str]) -> Answer:
    """CommonPrefixes, if the page has any."""
    prefixes = [{"Prefix": encode(prefix)} for prefix in listing.prefixes]
    return {"CommonPrefixes": prefixes} if prefixes else {}


def echoed_members(delimiter: str | None, encoding_type: str | None, encode: Callable[[str], str]) -> Answer:
    """Delimiter and EncodingType, which a list repeats if they were sent."""
    members = {"Delimiter": encode(delimiter) if delimiter else None, "EncodingType": encoding_type}
    return {name: value for name, value in members.items() if value is not None}


def key_encoder(encoding_type: str | None) -> Callable[[str], str]:
    """How keys are written in a list: as they are, or percent-encoded with ``+`` for a space (S3's manual, F82)."""
    if encoding_type is None:
        return str
    if encoding_type != "url":
        message = "Invalid Encoding Method specified in Request"
        raise invalid_argument(message, "encoding-type", encoding_type)  # O256
    return _url_encode


def _encode_all(texts: list[str], encode: Callable[[str], str]) -> list[str]:
    """Keys as ``encode`` writes them; those of most pages stay as they are."""
    return texts if _SAFE.fullmatch("".join(texts)) else list(map(encode, texts))


def _url_encode(text: str) -> str:
    return text if _SAFE.fullmatch(text) else quote_plus(text, safe="/*", errors="surrogatepass")


_SAFE = re.compile(r"[A-Za-z0-9_.~/*-]*")  # what quoting would leave as it is


@operation("ListParts")
def list_parts(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    upload_id: str,
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> Answer:
    """The parts stored so far, by number (F73-F75)."""
    upload = store.upload(bucket.name, validate_key(key), upload_id)
    upload.check_allowed(UploadEvent.LIST)
    limit = validate_page_size(max_parts, "max-parts")
    marker = validate_integer(part_number_marker or 0, "part-number-marker")
    listing = paginate((part for _, part in upload.parts.items_since(marker + 1)), limit)
    answer: Answer = {
        "Bucket": bucket.name,
        "Key": key,
        "UploadId": upload.id,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": listing.entries[-1].number if listing.entries else 0,
        "MaxParts": limit,
        "IsTruncated": listing.truncated,
        "Initiator": _initiator(upload),
        "Owner": {"ID": upload.owner},
        "StorageClass": upload.properties.attributes.storage_class,
        **upload_checksum_members(upload),
        **abort_members(bucket, upload),
    }
    parts = [_part_entry(upload, part) for part in listing.entries]
    return {**answer, "Parts": parts} if parts else answer


def _part_entry(upload: Upload, part: Part) -> Answer:
    return {
        "PartNumber": part.number,
        "LastModified": part.modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **checksum_members(upload.part_checksum(part), typed=False),
    }


def _initiator(upload: Upload) -> Mapping[str, str]:
    """An initiator still has a DisplayName, an owner has none (F4)."""
    return {"ID": upload.owner, "DisplayName": upload.owner}


@operation("ListMultipartUploads")
def list_multipart_uploads(
    store: Store,
    *,
    bucket: Bucket,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_uploads: int | None = None,
    key_marker: str | None = None,
    upload_id_marker: str | None = None,
    encoding_type: str | None = None,
) -> Answer:
    """The uploads in progress, by key and then by initiation (F77-F82)."""
    encode = key_encoder(encoding_type)
    limit = validate_page_size(max_uploads, "max-uploads")
    id_marker = (upload_id_marker or "") if key_marker else ""
    rest = _rest_of_key(store, bucket, key_marker or "", id_marker)
    listing = paginate(
        walk_keys(
            UploadKeys(bucket.uploads),
            lambda key: map(store.uploads.__getitem__, bucket.upload_ids(key)),
            prefix=prefix or "",
            delimiter=delimiter or "",
            after=key_marker or "",
            rest=rest if (key_marker or "").startswith(prefix or "") else (),
        ),
        limit,
    )
    last = listing.last if isinstance(listing.last, Upload) else None  # a prefix is no marker (F81)
    answer: Answer = {
        "Bucket": bucket.name,
        "KeyMarker": encode(key_marker or ""),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": encode(last.key) if last else "",
        "NextUploadIdMarker": last.id if last else "",
        "MaxUploads": limit,
        "IsTruncated": listing.truncated,
    }
    if prefix is not None:
        answer["Prefix"] = encode(prefix)
    uploads = [_upload_entry(upload, encode) for upload in listing.entries]
    if uploads:
        answer["Uploads"] = uploads
    return {**answer, **common_prefix_members(listing, encode), **echoed_members(delimiter, encoding_type, encode)}


def _rest_of_key(store: Store, bucket: Bucket, key: str, id_marker: str) -> Iterable[Upload]:
    """The uploads of the key marker that were initiated after the upload id marker (F79, F80).

    The marker's upload may have ended since: a client may abort the uploads of one page before it asks for the next (O366).
    """
    if not id_marker:
        return ()
    marker = store.uploads.get(id_marker)
    if marker is None or (marker.bucket, marker.key) != (bucket.name, key):
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker)
    return map(store.uploads.__getitem__, bucket.upload_ids(key, after=marker.sequence))


def _upload_entry(upload: Upload, encode: Callable[[str], str]) -> Answer:
    return {
        "Key": encode(upload.key),
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "StorageClass": upload.properties.attributes.storage_class,
        "Owner": {"ID": upload.owner},
        "Initiator": _initiator(upload),
        **upload_checksum_members(upload),
    }
