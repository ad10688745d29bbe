"""Server-side encryption as an object's property. The bytes are not encrypted.

Of a customer's key (SSE-C) only the MD5 is stored.
"""

from __future__ import annotations

import hashlib

from fakes3mp.core.value import Value

KMS = ("aws:kms", "aws:kms:dsse")
CONTEXT_HEADER = "x-amz-server-side-encryption-context"


class Encryption(Value, frozen=True):
    """How an object is encrypted: SSE-S3 (``AES256``), SSE-KMS or SSE-C (``algorithm`` is None)."""

    algorithm: str | None = "AES256"
    key_arn: str | None = None
    context: str | None = None
    bucket_key: bool = False
    customer_key_md5: str | None = None

    @property
    def hides_md5(self) -> bool:
        """Whether the ETag is something else than the MD5 of the bytes (F95, O84)."""
        return self.algorithm in KMS or self.customer_key_md5 is not None


SSE_S3 = Encryption()


def sse_c(key_md5: str) -> Encryption:
    """Encryption with a customer's key, given by the base64 text of its MD5."""
    return Encryption(algorithm=None, customer_key_md5=key_md5)


def _managed_key(region: str, account_id: str) -> str:
    """The id of an account's AWS managed key in a region, in the form of a UUID."""
    digits = hashlib.blake2b(f"aws/s3:{region}:{account_id}".encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """The ARN of a KMS key in S3's answers; without a key id, that of the account's AWS managed key (F15, O82, O83)."""
    if key_id is not None and key_id.startswith("arn:"):
        return key_id
    resource = key_id or _managed_key(region, account_id)
    if not resource.startswith("alias/"):
        resource = f"key/{resource}"
    return f"arn:aws:kms:{region}:{account_id}:{resource}"
