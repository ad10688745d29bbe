"""Properties of a new object: attributes, encryption, tags, lock and ACL, from the request and the bucket's defaults.

PutObject, CopyObject and CreateMultipartUpload share these parameter groups.
"""

from __future__ import annotations

import base64
import binascii
import json
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp import digests
from fakes3mp.core.buckets import DIRECTORY_CLASS, Bucket, is_directory
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import CONTEXT_HEADER, KMS, SSE_S3, Encryption, key_arn, sse_c
from fakes3mp.core.objects import Attributes, Properties, S3Object
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import tags_from_header
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.acl_parameters import AccessRequest
from fakes3mp.operations.configuration_documents import ENCRYPTION, OBJECT_LOCK
from fakes3mp.operations.encryption_checks import check_not_blocked, check_signed_for_kms
from fakes3mp.operations.lifecycle import expiration_member
from fakes3mp.operations.lock_parameters import LockRequest
from fakes3mp.operations.registry import Answer, Caller

ENCRYPTION_HEADER = "x-amz-server-side-encryption"


class CustomerKey(Struct, frozen=True):
    """The three SSE-C parameters (F92-F96). The key is only read to check its MD5, and never stored."""

    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None

    def md5(self) -> str | None:
        """The base64 MD5 of the key; None if no key was sent."""
        return validate_customer_key(self.sse_customer_algorithm, self.sse_customer_key, self.sse_customer_key_md5)

    def read_md5(self) -> str | None:
        """The base64 MD5 of the key of a request that reads; one of another length is only a wrong key (O255)."""
        return validate_customer_key(
            self.sse_customer_algorithm, self.sse_customer_key, self.sse_customer_key_md5, size=None
        )


class SourceCustomerKey(Struct, frozen=True):
    """The three SSE-C parameters for the source of a copy."""

    copy_source_sse_customer_algorithm: str | None = None
    copy_source_sse_customer_key: str | None = None
    copy_source_sse_customer_key_md5: str | None = None

    def read_md5(self) -> str | None:
        """The base64 MD5 of the source's key; None if no key was sent."""
        return validate_customer_key(
            self.copy_source_sse_customer_algorithm,
            self.copy_source_sse_customer_key,
            self.copy_source_sse_customer_key_md5,
            size=None,
        )


_KEY_SIZE = 32  # bytes: AES256


def validate_customer_key(
    algorithm: str | None, key: str | None, md5: str | None, *, size: int | None = _KEY_SIZE
) -> str | None:
    """The key's MD5 if all three are there and agree, None if none is there. ``size`` is the key's, None is any.

    Raises InvalidArgument or InvalidEncryptionAlgorithmError (F96, O255; the wording of the former is from users' reports).
    """
    if algorithm is None and key is None and md5 is None:
        return None
    requirement = "Requests specifying Server Side Encryption with Customer provided keys must provide "
    if algorithm is None:
        raise _invalid_encryption(requirement + "a valid encryption algorithm.")
    if algorithm != "AES256":
        fields = {"ArgumentName": ENCRYPTION_HEADER, "ArgumentValue": algorithm}
        raise S3Error("InvalidEncryptionAlgorithmError", fields=fields)
    if key is None:
        raise _invalid_encryption(requirement + "an appropriate secret key.")
    if md5 is None:
        raise _invalid_encryption(requirement + "the client calculated MD5 of the secret key.")
    raw_key = digests.raw_digest(key, size)
    if raw_key is None:
        raise _invalid_encryption("The secret key was invalid for the specified algorithm.")
    if digests.b64(digests.md5([raw_key])) != md5:
        raise _invalid_encryption("The calculated MD5 hash of the key did not match the hash that was provided.")
    return md5


def _invalid_encryption(message: str, value: str | None = None) -> S3Error:
    return invalid_argument(message, ENCRYPTION_HEADER, value)


class EncryptionRequest(CustomerKey, frozen=True):
    """The encryption parameters of a write: SSE-C, SSE-KMS or SSE-S3."""

    server_side_encryption: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None

    def encryption(self, store: Store, bucket: Bucket) -> Encryption:
        """The object's encryption: as requested, else the bucket's default, else SSE-S3 (F1)."""
        self._check_one_method()
        customer_key_md5 = self.md5()
        if customer_key_md5 is not None:
            check_not_blocked(bucket)
            return sse_c(customer_key_md5)
        default = default_encryption(store, bucket)
        self._check_parameters()
        if self.server_side_encryption is None:
            return default
        if self.server_side_encryption not in KMS:
            return SSE_S3
        return Encryption(
            self.server_side_encryption,
            key_arn(self.ssekms_key_id, bucket.region, store.account_id),
            self.ssekms_encryption_context,
            default.bucket_key if self.bucket_key_enabled is None else self.bucket_key_enabled,
        )

    def _check_one_method(self) -> None:
        """A customer's key and another method exclude each other; this comes before the key's own checks (O255)."""
        customer = self.sse_customer_algorithm, self.sse_customer_key, self.sse_customer_key_md5
        if self.server_side_encryption is not None and any(value is not None for value in customer):
            raise _invalid_encryption(
                "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
            )

    def _check_parameters(self) -> None:
        """By S3's manual and users' reports; not recorded."""
        method = self.server_side_encryption
        if method not in (None, "AES256", *KMS):
            raise _invalid_encryption("The encryption method specified is not supported", method)
        if method not in KMS and (self.ssekms_key_id is not None or self.ssekms_encryption_context is not None):
            raise _invalid_encryption(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                "x-amz-server-side-encryption : aws:kms",
                method,
            )
        if self.ssekms_encryption_context is not None:
            _check_context(self.ssekms_encryption_context)


def _check_context(header: str) -> None:
    """An encryption context is base64 of a JSON map from strings to strings (S3's manual)."""
    try:
        context = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        raise invalid_argument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
            "which represents a string-string map",
            CONTEXT_HEADER,
            header,
        )


def default_encryption(store: Store, bucket: Bucket) -> Encryption:
    """The bucket's default encryption, for writes that request none (O80-O83)."""
    rules = bucket.configurations.get(ENCRYPTION, {}).get("Rules", [])
    if not rules:
        return SSE_S3
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if default.get("SSEAlgorithm") not in KMS:
        return SSE_S3
    arn = key_arn(default.get("KMSMasterKeyID"), bucket.region, store.account_id)
    return Encryption(default["SSEAlgorithm"], arn, bucket_key=bool(rules[0].get("BucketKeyEnabled")))


def encryption_members(encryption: Encryption, *, with_context: bool = False) -> Answer:
    """Encryption as members of an answer; BucketKeyEnabled only if it is on (F1, F92, O82)."""
    if encryption.customer_key_md5 is not None:
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": encryption.customer_key_md5}
    members: Answer = {"ServerSideEncryption": encryption.algorithm}
    if encryption.key_arn is not None:
        members["SSEKMSKeyId"] = encryption.key_arn
    if encryption.bucket_key:
        members["BucketKeyEnabled"] = True
    if with_context and encryption.context is not None:
        members["SSEKMSEncryptionContext"] = encryption.context
    return members


def etag_digest(store: Store, bucket: str, key: str, content: Content, encryption: Encryption) -> bytes:
    """The MD5 of the ETag: that of the bytes, or another value where encryption hides it (F20, F95, O84)."""
    return store.ids.hidden_md5(bucket, key) if encryption.hides_md5 else content.md5


def new_version_members(bucket: Bucket, version: S3Object) -> Answer:
    """VersionId, only while versioning is Enabled (O13, O64, O70), and Expiration of a version just written."""
    version_id = {"VersionId": version.version_id} if bucket.versioning == "Enabled" else {}
    return {**version_id, **expiration_member(bucket, version)}


class WriteRequest(Struct, frozen=True):
    """The parameters of PutObject, CopyObject and CreateMultipartUpload that describe the new object."""

    attributes: Attributes
    encryption: EncryptionRequest
    lock: LockRequest
    access: AccessRequest
    tagging: str | None = None

    def properties(self, store: Store, bucket: Bucket, caller: Caller) -> Properties:
        """The new object's properties; raises S3's error for the first parameter that is not accepted."""
        owner = self.access.object_owner(bucket, caller.id)
        if self == _NOTHING_REQUESTED and bucket.configurations.keys().isdisjoint(_DEFAULTS):
            return _default_properties(owner, is_directory=is_directory(bucket.name))
        encryption = self.encryption.encryption(store, bucket)
        check_signed_for_kms(encryption, caller)
        return Properties(
            attributes=self._attributes_in(bucket),
            owner=owner,
            encryption=encryption,
            tags=() if self.tagging is None else tags_from_header(self.tagging),
            lock=self.lock.lock(store, bucket),
            acl=self.access.requested_acl(store, bucket, owner),
        )

    def _attributes_in(self, bucket: Bucket) -> Attributes:
        """Directory buckets have a storage class of their own, and no other bucket has it (S3's manual)."""
        attributes = self.attributes.validated()
        if is_directory(bucket.name):
            return replace(attributes, storage_class=DIRECTORY_CLASS)
        if attributes.storage_class == DIRECTORY_CLASS:
            raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": DIRECTORY_CLASS})
        return attributes


_NOTHING_REQUESTED = WriteRequest(Attributes(), EncryptionRequest(), LockRequest(), AccessRequest())
_DEFAULTS = (ENCRYPTION, OBJECT_LOCK)  # configurations that apply to writes that request nothing


@lru_cache(maxsize=256)
def _default_properties(owner: str, *, is_directory: bool) -> Properties:
    """The properties of a write that requests nothing. Most objects have these and share them."""
    attributes = Attributes(storage_class=DIRECTORY_CLASS if is_directory else None)
    return Properties(attributes=attributes.validated(), owner=owner)
