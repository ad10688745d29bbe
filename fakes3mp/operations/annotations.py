"""Annotations of objects: put, get, list and delete (S3's manual; O345)."""

from __future__ import annotations

from typing import Any

from fakes3mp.core.annotations import (
    Annotation,
    find_annotation,
    validate_name,
    validate_payload,
    with_annotation,
    without_annotation,
)
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.listing import paginate
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, precondition_failed
from fakes3mp.operations.body_digests import DEFAULT_ALGORITHM, PayloadDigests, checksum_members
from fakes3mp.operations.buckets import decode_continuation_token, encode_continuation_token
from fakes3mp.operations.conditions import etag_matches
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, operation

_MAX_PAGE = 1000


@operation("PutObjectAnnotation")
def put_object_annotation(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    annotation_name: str,
    digests: PayloadDigests,
    annotation_payload: Any = b"",
    version_id: str | None = None,
    object_if_match: str | None = None,
) -> Answer:
    """Attach an annotation to a version, or replace the one of this name."""
    name = validate_name(annotation_name)
    content = Content.of(annotation_payload)
    version = get_version(bucket, key, version_id, method="PUT")
    _check_object(version, object_if_match)
    declared = digests.compute_and_check(content, default=DEFAULT_ALGORITHM)
    checksum = declared or content.checksum(DEFAULT_ALGORITHM)
    annotation = Annotation(name, validate_payload(content), content.md5.hex(), store.now(), checksum)
    annotations = with_annotation(version.properties.annotations, annotation)

    bucket.update_properties(version, annotations=annotations)
    store.notify("ObjectAnnotation:Put", bucket, version)

    return {
        "Key": key,
        "AnnotationName": name,
        "ETag": f'"{annotation.etag}"',
        "ServerSideEncryption": version.encryption.algorithm,
        **checksum_members(checksum),
        **_version_member(bucket, version),
    }


def _check_object(version: S3Object, if_match: str | None) -> None:
    """Objects under a customer's key have no annotations; the object's ETag must be the expected one (S3's manual)."""
    if version.encryption.customer_key_md5 is not None:  # wording not verified
        raise S3Error("InvalidRequest", "Objects encrypted with SSE-C cannot have annotations.")
    if if_match is not None and not etag_matches(if_match, version):
        raise precondition_failed("x-amz-object-if-match")


@operation("GetObjectAnnotation")
def get_object_annotation(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    annotation_name: str,
    version_id: str | None = None,
    checksum_mode: str | None = None,
) -> Answer:
    """The bytes of an annotation."""
    version = get_version(bucket, key, version_id, method="GET")
    annotation = find_annotation(version.properties.annotations, annotation_name)
    answer: Answer = {
        "AnnotationPayload": annotation.payload,
        "LastModified": annotation.modified,
        "ContentLength": len(annotation.payload),
        "ETag": f'"{annotation.etag}"',
        "ServerSideEncryption": version.encryption.algorithm,
        **_version_member(bucket, version),
    }
    if (checksum_mode or "").upper() == "ENABLED":
        answer.update(checksum_members(annotation.checksum))
    return answer


@operation("ListObjectAnnotations")
def list_object_annotations(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    version_id: str | None = None,
    max_annotation_results: int | None = None,
    annotation_prefix: str | None = None,
    continuation_token: str | None = None,
) -> Answer:
    """The annotations of a version, by name."""
    limit = _MAX_PAGE if max_annotation_results is None else _validate_limit(max_annotation_results)
    after = "" if continuation_token is None else decode_continuation_token(continuation_token)
    version = get_version(bucket, key, version_id, method="GET")
    prefix = annotation_prefix or ""
    page = paginate(
        (each for each in version.properties.annotations if each.name > after and each.name.startswith(prefix)), limit
    )

    answer: Answer = {
        "Bucket": bucket.name,
        "Key": key,
        "MaxAnnotationResults": limit,
        "AnnotationCount": len(page.entries),
        **_version_member(bucket, version),
    }
    if page.entries:
        answer["Annotations"] = [_entry(annotation) for annotation in page.entries]
    if annotation_prefix is not None:
        answer["AnnotationPrefix"] = annotation_prefix
    if continuation_token is not None:
        answer["ContinuationToken"] = continuation_token
    if page.truncated:
        answer["NextContinuationToken"] = encode_continuation_token(page.entries[-1].name)
    return answer


def _validate_limit(limit: int) -> int:
    """1 to 1,000 (S3's manual; wording not verified)."""
    if not 1 <= limit <= _MAX_PAGE:
        name = "max-annotation-results"
        raise invalid_argument(f"Argument {name} must be an integer between 1 and {_MAX_PAGE}", name, str(limit))
    return limit


def _entry(annotation: Annotation) -> Answer:
    return {
        "AnnotationName": annotation.name,
        "LastModified": annotation.modified,
        "ETag": f'"{annotation.etag}"',
        "ChecksumAlgorithm": [annotation.checksum.algorithm],
        "Size": len(annotation.payload),
    }


@operation("DeleteObjectAnnotation")
def delete_object_annotation(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    annotation_name: str,
    version_id: str | None = None,
    object_if_match: str | None = None,
) -> Answer:
    """Remove an annotation for good; no error if there is none (the manual names none; O345)."""
    version = get_version(bucket, key, version_id, method="DELETE")
    if object_if_match is not None and not etag_matches(object_if_match, version):
        raise precondition_failed("x-amz-object-if-match")
    version.properties.lock.check_delete(store.exact_time(), bypass=False)
    annotations = without_annotation(version.properties.annotations, annotation_name)

    if annotations != version.properties.annotations:
        bucket.update_properties(version, annotations=annotations)
        store.notify("ObjectAnnotation:Delete", bucket, version)
    return _version_member(bucket, version)


def _version_member(bucket: Bucket, version: S3Object) -> Answer:
    return {"ObjectVersionId": version.version_id} if bucket.is_versioned else {}
