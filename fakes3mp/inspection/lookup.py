"""Builds the views of a fake's uploads, buckets and objects from its store and its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Completion, Part, PartRecord, Upload
from fakes3mp.digests import ALGORITHMS, Checksum
from fakes3mp.errors import S3Error
from fakes3mp.inspection.calls import PART_OPERATIONS, Call, Calls
from fakes3mp.inspection.failures import failure, list_items, suggest
from fakes3mp.inspection.object_views import BucketView, BucketViews, ObjectView, bucket_view, object_view
from fakes3mp.inspection.part_views import ETag, PartView, attempts_of
from fakes3mp.inspection.upload_views import UploadView, UploadViews


def view_uploads(store: Store, calls: Calls) -> UploadViews:
    """Every multipart upload ever initiated, in that order."""
    by_upload_id: dict[Any, list[Call]] = {}
    for call in calls:  # those with the id as a parameter, and CreateMultipartUpload, which has it in its result
        for upload_id in {call.params.get("UploadId"), (call.result or {}).get("UploadId")}:
            by_upload_id.setdefault(upload_id, []).append(call)
    with store.lock:
        uploads = [_upload_view(upload, Calls(by_upload_id.get(upload.id, []))) for upload in store.uploads.values()]
    return UploadViews(uploads, calls)


def _upload_view(upload: Upload, calls: Calls) -> UploadView:
    by_number: dict[int, list[Call]] = {}
    for call in calls:
        if call.operation in PART_OPERATIONS and "PartNumber" in call.params:
            by_number.setdefault(call.params["PartNumber"], []).append(call)
    completion = upload.completion
    return UploadView(
        id=upload.id,
        bucket=upload.bucket,
        key=upload.key,
        state=upload.state.value,
        initiated=upload.initiated,
        etag=ETag(f'"{completion.etag}"') if completion else None,
        metadata=dict(upload.properties.attributes.metadata or {}),
        parts=tuple(
            _part_view(part, checksum, content, by_number.get(part.number, []))
            for part, checksum, content in (
                _stored_parts(upload) if completion is None else _recorded_parts(completion)
            )
        ),
        calls=calls,
    )


ShownPart = tuple[Part | PartRecord, Checksum | None, Content | None]


def _stored_parts(upload: Upload) -> Iterator[ShownPart]:
    """The parts of an open upload."""
    for number in upload.part_numbers:
        part = upload.parts[number]
        yield part, upload.part_checksum(part), part.content


def _recorded_parts(completion: Completion) -> Iterator[ShownPart]:
    """The parts of a completed upload; the object holds their bytes."""
    for part, content in zip(completion.parts, completion.part_contents, strict=True):
        yield part, part.checksum, content


def _part_view(
    part: Part | PartRecord, checksum: Checksum | None, content: Content | None, calls: Sequence[Call]
) -> PartView:
    attempts = attempts_of(calls, stored=True)
    stored = next((attempt.call for attempt in attempts if attempt.outcome == "stored"), None)
    result = (stored.result if stored else None) or {}
    return PartView(
        number=part.number,
        etag=ETag(f'"{part.etag}"'),
        size=part.size,
        checksums={checksum.algorithm: checksum.value} if checksum else _checksums_in(result),
        attempts=attempts,
        content=_recorded_body(stored) if content is None else content,
    )


def _recorded_body(call: Call | None) -> Content | None:
    """The body of the call that stored a part, if the call log has it."""
    body = call.params.get("Body") if call else None
    return Content.of(body) if isinstance(body, (bytes, memoryview)) else None


def _checksums_in(result: Mapping[str, Any]) -> dict[str, str]:
    """The checksums in the result of a call, by algorithm."""
    return {name: result[algorithm.member] for name, algorithm in ALGORITHMS.items() if algorithm.member in result}


def view_buckets(store: Store) -> Mapping[str, BucketView]:
    """The buckets by name, in order of their names."""
    with store.lock:
        views = {name: bucket_view(bucket) for name, bucket in store.buckets.items()}
    return BucketViews(sorted(views.items()))


def find_object(store: Store, bucket: str, key: str) -> ObjectView:
    """The current object with this key; AssertionError listing what exists if there is none."""
    with store.lock:
        try:
            return object_view(store.bucket(bucket), key)
        except S3Error as error:
            if bucket in store.buckets:
                keys = list(store.buckets[bucket].keys)
                details = [*suggest(key, keys), *list_items(keys, f"keys in {bucket!r}")]
            else:
                names = sorted(store.buckets)
                details = [*suggest(bucket, names), *list_items(names, "buckets")]
            raise failure(f"no object {bucket}/{key}: {error.message}", details) from None
