"""UpdateObjectEncryption: another encryption of an object that is there (S3's manual, with its messages)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import Encryption
from fakes3mp.core.object_lock import Lock
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.policy.transport import SIGV4, signature_version
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, Caller, operation

_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:(?P<account>\d{12}):key/[\w-]+")
_TRY_AGAIN = "Modify the request to {}, and then try again."


@operation("UpdateObjectEncryption")
def update_object_encryption(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    object_encryption: Mapping[str, Any],
    caller: Caller,
    version_id: str | None = None,
) -> Answer:
    """Move an object under SSE-S3 or SSE-KMS to a KMS key. Its bytes, ETag, date and class stay."""
    if signature_version(caller) != SIGV4:
        raise _invalid(
            "Requests that modify an object encryption configuration require Amazon Web Services Signature Version 4.",
            "use Amazon Web Services Signature Version 4",
        )
    encryption = _read_encryption(object_encryption, store.account_id)
    version = get_version(bucket, key, version_id, method="PUT")
    _check_source(version)
    _check_lock(version.properties.lock, store)

    bucket.update_properties(version, encryption=encryption)
    return {}


def _read_encryption(document: Mapping[str, Any], account: str) -> Encryption:
    """The new encryption; InvalidRequest or AccessDenied for a key that is not one of the bucket's account."""
    if "SSEKMS" not in document:
        raise _invalid(
            "Requests that modify an object encryption configuration require a valid new encryption type. "
            "Valid values are SSEKMS.",
            "specify SSE-KMS for the updated encryption type",
        )
    arn = document["SSEKMS"].get("KMSKeyArn")
    required = "Requests that modify an object's encryption type to SSE-KMS require "
    if not arn:
        message = f"{required}an Amazon Web Services KMS key Amazon Resource Name (ARN)."
        raise _invalid(message, "specify a KMS key ARN")
    match = _KEY_ARN.fullmatch(arn)
    if match is None:
        raise S3Error(
            "InvalidRequest",
            f"{required}a valid Amazon Web Services KMS key Amazon Resource Name (ARN). "
            "Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.",
        )
    if match["account"] != account:
        raise S3Error(
            "AccessDenied",
            "The Amazon Web Services KMS key in the request must be owned by the same account as the bucket. "
            + _TRY_AGAIN.format("specify a KMS key from the same account"),
        )
    return Encryption("aws:kms", arn, bucket_key=bool(document["SSEKMS"].get("BucketKeyEnabled")))


def _check_source(version: S3Object) -> None:
    if version.encryption.algorithm not in ("AES256", "aws:kms"):
        raise S3Error(
            "InvalidRequest",
            "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS "
            "or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.",
        )


def _check_lock(lock: Lock, store: Store) -> None:
    """Raise AccessDenied for an object that is protected by Object Lock."""
    try:
        lock.check_delete(store.exact_time(), bypass=False)
    except S3Error:
        raise S3Error(
            "AccessDenied",
            "The encryption type for the specified object can’t be updated because that object is protected by "  # noqa: RUF001
            "S3 Object Lock. If the object has a governance-mode retention period or a legal hold, you must first "
            "remove the Object Lock status on the object before you issue your UpdateObjectEncryption request. "
            "You can't use the UpdateObjectEncryption operation with objects that have an Object Lock compliance mode "
            "retention period applied to them.",
        ) from None


def _invalid(reason: str, remedy: str) -> S3Error:
    return S3Error("InvalidRequest", f"{reason} {_TRY_AGAIN.format(remedy)}")
