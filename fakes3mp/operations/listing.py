"""Lists: objects, parts, uploads. One page each, cut by the core's paginator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.listing import CommonPrefix, Page, page, walk
from fakes3mp.core.objects import S3Object, checked_key
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Event, Part, State, Upload
from fakes3mp.errors import invalid_argument
from fakes3mp.operations.body_digests import checksum_members
from fakes3mp.operations.buckets import decoded_token, token
from fakes3mp.operations.lifecycle import abort_members
from fakes3mp.operations.multipart import upload_checksum
from fakes3mp.operations.registry import Answer, operation

_PAGE = 1000
_MAX_INTEGER = 2**31 - 1


@operation("ListObjectsV2")
def list_objects_v2(
    store: Store,
    *,
    bucket: str,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    start_after: str | None = None,
    continuation_token: str | None = None,
    encoding_type: str | None = None,
    fetch_owner: bool | None = None,
) -> Answer:
    """The bucket's keys in the order of their UTF-8 bytes (F114); a continuation token wins over start-after."""
    encode = encoder(encoding_type)
    after = decoded_token(continuation_token) if continuation_token else start_after or ""
    limit = page_limit(max_keys, "maxKeys")
    listed = _keys(store.bucket(bucket), prefix, delimiter, after, limit)
    answer: Answer = {"Name": bucket, "Prefix": encode(prefix or ""), "MaxKeys": limit}
    if continuation_token:
        answer["ContinuationToken"] = continuation_token
    if start_after:
        answer["StartAfter"] = encode(start_after)
    if listed.truncated:
        answer["NextContinuationToken"] = token(_name(listed.last))
    answer.update(_listed_keys(listed, encode, owners=bool(fetch_owner)))
    return {**answer, **echo(delimiter, encoding_type, encode), "KeyCount": len(listed.items)}


@operation("ListObjects")
def list_objects(
    store: Store,
    *,
    bucket: str,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    marker: str | None = None,
    encoding_type: str | None = None,
) -> Answer:
    """The older list: markers instead of tokens, owners always, NextMarker only with a delimiter (S3's manual)."""
    encode = encoder(encoding_type)
    limit = page_limit(max_keys, "maxKeys")
    listed = _keys(store.bucket(bucket), prefix, delimiter, marker or "", limit)
    answer: Answer = {
        "Name": bucket,
        "Prefix": encode(prefix or ""),
        "Marker": encode(marker or ""),
        "MaxKeys": limit,
    }
    if listed.truncated and delimiter:
        answer["NextMarker"] = encode(_name(listed.last))
    answer.update(_listed_keys(listed, encode, owners=True))
    return {**answer, **echo(delimiter, encoding_type, encode)}


def _keys(bucket: Bucket, prefix: str | None, delimiter: str | None, after: str, limit: int) -> Page[S3Object]:
    def current(key: str) -> Sequence[S3Object]:
        return (bucket.objects[key],)

    return page(walk(bucket.keys, current, prefix=prefix or "", delimiter=delimiter or "", after=after), limit)


def _listed_keys(listed: Page[S3Object], encode: Callable[[str], str], *, owners: bool) -> Answer:
    contents = [_content(found, encode, owners) for found in listed.entries]
    answer: Answer = {"IsTruncated": listed.truncated}
    if contents:
        answer["Contents"] = contents
    return {**answer, **common_prefixes(listed, encode)}


def _content(found: S3Object, encode: Callable[[str], str], owners: bool) -> Answer:
    entry: Answer = {
        "Key": encode(found.key),
        "LastModified": found.modified,
        "ETag": f'"{found.etag}"',
        "Size": found.size,
        "StorageClass": found.properties.attributes.storage_class,
    }
    if found.checksum is not None:  # F99
        entry["ChecksumAlgorithm"] = [found.checksum.algorithm]
        entry["ChecksumType"] = found.checksum.type
    if owners:
        entry["Owner"] = {"ID": found.properties.owner}
    return entry


def _name(last: S3Object | CommonPrefix | None) -> str:
    return last.key if isinstance(last, S3Object) else str(last or "")


def common_prefixes(listed: Page[Any], encode: Callable[[str], str]) -> Answer:
    """The folded keys of a page, if there are any."""
    prefixes = [{"Prefix": encode(prefix)} for prefix in listed.prefixes]
    return {"CommonPrefixes": prefixes} if prefixes else {}


def echo(delimiter: str | None, encoding_type: str | None, encode: Callable[[str], str]) -> Answer:
    """Delimiter and EncodingType are answered if they were sent."""
    echoed = {"Delimiter": encode(delimiter) if delimiter else None, "EncodingType": encoding_type}
    return {name: value for name, value in echoed.items() if value is not None}


def encoder(encoding_type: str | None) -> Callable[[str], str]:
    """How keys are written in a list: as they are, or percent-encoded with ``+`` for a space (S3's manual, F82)."""
    if encoding_type is None:
        return str
    if encoding_type != "url":
        message = "Invalid Encoding Method specified in Request"
        raise invalid_argument(message, "encoding-type", encoding_type or "null")
    return _encoded


def _encoded(text: str) -> str:
    return text if _SAFE.fullmatch(text) else quote_plus(text, safe="/*", errors="surrogatepass")


_SAFE = re.compile(r"[A-Za-z0-9_.~/*-]*")  # what quoting would leave as it is


def page_limit(asked: int | None, name: str) -> int:
    """How many entries a page may have: a thousand at most, none below zero (the refusal is not recorded)."""
    if asked is None:
        return _PAGE
    if not 0 <= asked <= _MAX_INTEGER:
        raise invalid_argument(f"Argument {name} must be an integer between 0 and {_MAX_INTEGER}", name, str(asked))
    return min(asked, _PAGE)


@operation("ListParts")
def list_parts(
    store: Store,
    *,
    bucket: str,
    key: str,
    upload_id: str,
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> Answer:
    """The parts stored so far, by number (F73-F75)."""
    upload = store.upload(bucket, checked_key(key), upload_id)
    upload.expect(Event.LIST)
    limit, marker = page_limit(max_parts, "max-parts"), part_number_marker or 0
    listed = page((upload.parts[number] for number in upload.numbers.after(marker)), limit)
    answer: Answer = {
        "Bucket": bucket,
        "Key": key,
        "UploadId": upload.id,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": listed.entries[-1].number if listed.entries else 0,
        "MaxParts": limit,
        "IsTruncated": listed.truncated,
        "Initiator": _initiator(upload),
        "Owner": {"ID": upload.owner},
        "StorageClass": upload.properties.attributes.storage_class,
        **upload_checksum(upload),
        **abort_members(store.bucket(bucket), upload),
    }
    parts = [_listed_part(upload, part) for part in listed.entries]
    return {**answer, "Parts": parts} if parts else answer


def _listed_part(upload: Upload, part: Part) -> Answer:
    listed = {
        "PartNumber": part.number,
        "LastModified": part.modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    return {**listed, **checksum_members(upload.part_checksum(part), typed=False)}


def _initiator(upload: Upload) -> Mapping[str, str]:
    """An initiator still has a DisplayName, an owner has not (F4)."""
    return {"ID": upload.owner, "DisplayName": upload.owner}


@operation("ListMultipartUploads")
def list_multipart_uploads(
    store: Store,
    *,
    bucket: str,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_uploads: int | None = None,
    key_marker: str | None = None,
    upload_id_marker: str | None = None,
    encoding_type: str | None = None,
) -> Answer:
    """The uploads in progress, by key and then by initiation (F77-F82)."""
    place = store.bucket(bucket)
    encode = encoder(encoding_type)
    limit = page_limit(max_uploads, "max-uploads")
    id_marker = (upload_id_marker or "") if key_marker else ""
    rest = _rest_of_key(store, place, key_marker or "", id_marker)
    listed = page(
        walk(
            place.upload_keys,
            place.uploads.__getitem__,
            prefix=prefix or "",
            delimiter=delimiter or "",
            after=key_marker or "",
            rest=rest if (key_marker or "").startswith(prefix or "") else (),
        ),
        limit,
    )
    last = listed.last if isinstance(listed.last, Upload) else None  # a prefix is no marker (F81)
    answer: Answer = {
        "Bucket": bucket,
        "KeyMarker": encode(key_marker or ""),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": encode(last.key) if last else "",
        "NextUploadIdMarker": last.id if last else "",
        "MaxUploads": limit,
        "IsTruncated": listed.truncated,
    }
    if prefix is not None:
        answer["Prefix"] = encode(prefix)
    uploads = [_listed_upload(upload, encode) for upload in listed.entries]
    if uploads:
        answer["Uploads"] = uploads
    return {**answer, **common_prefixes(listed, encode), **echo(delimiter, encoding_type, encode)}


def _rest_of_key(store: Store, bucket: Bucket, key: str, id_marker: str) -> Iterable[Upload]:
    """The uploads of the marker's own key that come after the upload named (F79, F80)."""
    if not id_marker:
        return ()
    marker = store.uploads.get(id_marker)
    if marker is None or (marker.bucket, marker.key, marker.state) != (bucket.name, key, State.OPEN):
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker)
    return bucket.opened_after(marker)


def _listed_upload(upload: Upload, encode: Callable[[str], str]) -> Answer:
    return {
        "Key": encode(upload.key),
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "StorageClass": upload.properties.attributes.storage_class,
        "Owner": {"ID": upload.owner},
        "Initiator": _initiator(upload),
        **upload_checksum(upload),
    }
