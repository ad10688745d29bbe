"""Server-side encryption: what an object says of it. The bytes themselves are kept as they are.

What may live here: the kinds of encryption and what follows from each. A customer's key is never kept, only its MD5.
"""

from __future__ import annotations

import hashlib

from fakes3mp.core.value import Value

KMS = ("aws:kms", "aws:kms:dsse")
CONTEXT_HEADER = "x-amz-server-side-encryption-context"


class Encryption(Value, frozen=True):
    """How an object is encrypted: by S3 (``AES256``), by KMS, or by a customer's key, of which only the MD5 is known."""

    algorithm: str | None = "AES256"
    key_arn: str | None = None
    context: str | None = None
    bucket_key: bool = False
    customer_key_md5: str | None = None

    @property
    def hides_md5(self) -> bool:
        """Whether the ETag is not the MD5 of the bytes (F95, O84)."""
        return self.algorithm in KMS or self.customer_key_md5 is not None


PLAIN = Encryption()


def by_customer(key_md5: str) -> Encryption:
    """SSE-C."""
    return Encryption(algorithm=None, customer_key_md5=key_md5)


def _managed_key(region: str, account_id: str) -> str:
    """The id of an account's AWS managed key in a region, in the form of a UUID."""
    digits = hashlib.blake2b(f"aws/s3:{region}:{account_id}".encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """The full ARN that S3 answers for a key id; without one, that of the account's AWS managed key (F15, O82, O83)."""
    if key_id is not None and key_id.startswith("arn:"):
        return key_id
    named = key_id or _managed_key(region, account_id)
    kind = "" if named.startswith("alias/") else "key/"
    return f"arn:aws:kms:{region}:{account_id}:{kind}{named}"
