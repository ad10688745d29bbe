"""What encryption refuses: customers' keys where a bucket blocks them, and old signatures for what is under KMS."""

from __future__ import annotations

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import KMS, Encryption
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import ENCRYPTION
from fakes3mp.operations.policy.transport import SIGV4, signature_version
from fakes3mp.operations.registry import Caller

_CUSTOMER_KEYS = "SSE-C"


def check_not_blocked(bucket: Bucket) -> None:
    """Raise AccessDenied for new data under a customer's key, where the bucket's encryption blocks it (O385)."""
    rules = bucket.configurations.get(ENCRYPTION, {}).get("Rules", ())
    if any(_CUSTOMER_KEYS in rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", ()) for rule in rules):
        raise S3Error("AccessDenied")


def check_signed_for_kms(encryption: Encryption, caller: Caller) -> None:
    """Raise InvalidArgument where bytes under KMS are read or written without a signature of version 4 (O384)."""
    if encryption.algorithm not in KMS or signature_version(caller) == SIGV4:
        return
    message = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
    raise invalid_argument(message, "Authorization", "null")
