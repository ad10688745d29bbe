"""Many objects or parts at once, as ``fake.fill`` and ``fake.put_sized`` put them: the same as a call for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.bulk_change import bulk_change
from fakes3mp.core.content import Content
from fakes3mp.core.objects import S3Object, WriteConditions, validate_key
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Part, Upload, validate_part_number
from fakes3mp.digests import Checksum
from fakes3mp.operations.body_digests import DEFAULT_ALGORITHM, BodyDigests, check_body_size, checksum_members
from fakes3mp.operations.properties import WriteRequest, etag_digest
from fakes3mp.operations.registry import Caller


def put_objects(
    store: Store,
    bucket_name: str,
    bodies: Iterable[tuple[str, Content]],
    *,
    request: WriteRequest,
    digests: BodyDigests,
    conditions: WriteConditions,
    caller: Caller,
    **others: Any,
) -> int:
    """Put the objects of these keys and bodies, all with the same parameters; returns how many. Hashed outside the lock."""
    if others:
        raise TypeError(f"fill does not act on {', '.join(others)}")
    conditions.check_form()
    with store.lock:
        properties, now = request.properties(store, store.bucket(bucket_name), caller), store.now()
    checks = None if conditions == WriteConditions() else conditions
    new_objects = [
        S3Object(key, body, body.md5.hex(), now, properties, checksum)
        for key, body, checksum in _hash(store, bodies, digests)
    ]

    with bulk_change(store):
        for new_object in new_objects:
            if properties.encryption.hides_md5:
                new_object = replace(new_object, etag=store.ids.hidden_md5(bucket_name, new_object.key).hex())
            store.put(bucket_name, new_object, checks)
    return len(new_objects)


def _hash(
    store: Store, bodies: Iterable[tuple[str, Content]], digests: BodyDigests
) -> Iterator[tuple[str, Content, Checksum]]:
    """Each key and body with the checksum that it is stored with; S3's error for one that PutObject would not accept."""
    declares_any = digests != BodyDigests()
    for key, body in bodies:
        validate_key(key)
        check_body_size(body, store.limits.max_body_size)
        if declares_any:
            declared = digests.compute_and_check(body, default=DEFAULT_ALGORITHM, expected_in_hex=True)
            yield key, body, declared or body.checksum(DEFAULT_ALGORITHM)
        else:
            body.compute("MD5", DEFAULT_ALGORITHM)
            yield key, body, body.checksum(DEFAULT_ALGORITHM)


def put_part(store: Store, upload: Upload, number: int, content: Content) -> None:
    """Store a part of an open upload, as UploadPart does. Under the store's lock."""
    validate_part_number(number, store.limits.max_part_number)
    check_body_size(content, store.limits.max_body_size)
    content.compute("MD5", upload.algorithm or DEFAULT_ALGORITHM)
    digest = etag_digest(store, upload.bucket, upload.key, content, upload.properties.encryption)
    upload.put_part(number, content, store.now(), digest)


def listed_part(upload: Upload, part: Part) -> dict[str, Any]:
    """The part's entry in the list of CompleteMultipartUpload."""
    checksum = upload.part_checksum(part)
    return {"PartNumber": part.number, "ETag": part.etag, **checksum_members(checksum, typed=False)}
