"""What a write may ask for besides its bytes: attributes, encryption, tags, lock. One group for put, copy and create.

What may live here: turning what a request says, and what its bucket's defaults say, into an object's properties.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp import digests
from fakes3mp.core.buckets import DIRECTORY_CLASS, Bucket, is_directory
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import CONTEXT_HEADER, KMS, PLAIN, Encryption, by_customer, key_arn
from fakes3mp.core.lifecycle import expiration_of
from fakes3mp.core.object_lock import MODES, UNLOCKED, Lock
from fakes3mp.core.objects import Attributes, Properties, S3Object
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import from_header
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.acl_parameters import AccessRequest
from fakes3mp.operations.configuration import ENCRYPTION, OBJECT_LOCK
from fakes3mp.operations.registry import Answer, Caller

ENCRYPTION_HEADER = "x-amz-server-side-encryption"


class CustomerKey(Struct, frozen=True):
    """The SSE-C trio (F92-F96). The key is looked at once, to check its MD5, and goes no further."""

    sse_customer_algorithm: str | None = None
    sse_customer_key: str | None = None
    sse_customer_key_md5: str | None = None

    def md5(self) -> str | None:
        """The MD5 that names the key, base64; None where no key was sent at all."""
        return checked_customer_key(self.sse_customer_algorithm, self.sse_customer_key, self.sse_customer_key_md5)


class SourceCustomerKey(Struct, frozen=True):
    """The same for the source of a copy."""

    copy_source_sse_customer_algorithm: str | None = None
    copy_source_sse_customer_key: str | None = None
    copy_source_sse_customer_key_md5: str | None = None

    def md5(self) -> str | None:
        """The MD5 that names the source's key."""
        return checked_customer_key(
            self.copy_source_sse_customer_algorithm,
            self.copy_source_sse_customer_key,
            self.copy_source_sse_customer_key_md5,
        )


def checked_customer_key(algorithm: str | None, key: str | None, md5: str | None) -> str | None:
    """The key's MD5, if the trio is whole and true (F96; the wording of the InvalidArguments is users' reports)."""
    if algorithm is None and key is None and md5 is None:
        return None
    needs = "Requests specifying Server Side Encryption with Customer provided keys must provide "
    if algorithm is None:
        raise _bad_encryption(needs + "a valid encryption algorithm.", "null")
    if algorithm != "AES256":
        fields = {"ArgumentName": ENCRYPTION_HEADER, "ArgumentValue": algorithm}
        raise S3Error("InvalidEncryptionAlgorithmError", fields=fields)
    if key is None:
        raise _bad_encryption(needs + "an appropriate secret key.", "null")
    if md5 is None:
        raise _bad_encryption(needs + "the client calculated MD5 of the secret key.", "null")
    raw = digests.raw_digest(key, 32)
    if raw is None:
        raise _bad_encryption("The secret key was invalid for the specified algorithm.", "null")
    if digests.b64(digests.md5([raw])) != md5:
        raise _bad_encryption("The calculated MD5 hash of the key did not match the hash that was provided.", "null")
    return md5


def _bad_encryption(message: str, value: str | None = None) -> S3Error:
    return invalid_argument(message, ENCRYPTION_HEADER, value)


class EncryptionRequest(CustomerKey, frozen=True):
    """Every way to ask for encryption."""

    server_side_encryption: str | None = None
    ssekms_key_id: str | None = None
    ssekms_encryption_context: str | None = None
    bucket_key_enabled: bool | None = None

    def encryption(self, store: Store, bucket: Bucket) -> Encryption:
        """What the object's encryption is: as asked for, else the bucket's default, else SSE-S3 (F1)."""
        customer = self.md5()
        if customer is not None:
            self._check_alone()
            return by_customer(customer)
        default = default_encryption(store, bucket)
        self._check_form()
        if self.server_side_encryption is None:
            return default
        if self.server_side_encryption not in KMS:
            return PLAIN
        return Encryption(
            self.server_side_encryption,
            key_arn(self.ssekms_key_id, bucket.region, store.account_id),
            self.ssekms_encryption_context,
            default.bucket_key if self.bucket_key_enabled is None else self.bucket_key_enabled,
        )

    def _check_alone(self) -> None:
        if self.server_side_encryption is not None:
            raise _bad_encryption(
                "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
                self.server_side_encryption,
            )

    def _check_form(self) -> None:
        """S3's manual and users' reports; not recorded."""
        method = self.server_side_encryption
        if method not in (None, "AES256", *KMS):
            raise _bad_encryption("The encryption method specified is not supported", method)
        if method not in KMS and (self.ssekms_key_id is not None or self.ssekms_encryption_context is not None):
            raise _bad_encryption(
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
    except (binascii.Error, ValueError):
        context = None
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        raise invalid_argument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
            "which represents a string-string map",
            CONTEXT_HEADER,
            header,
        )


def default_encryption(store: Store, bucket: Bucket) -> Encryption:
    """What PutBucketEncryption decided for writes that ask for nothing (O80-O83)."""
    rules = bucket.configurations.get(ENCRYPTION, {}).get("Rules", [])
    if not rules:
        return PLAIN
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if default.get("SSEAlgorithm") not in KMS:
        return PLAIN
    arn = key_arn(default.get("KMSMasterKeyID"), bucket.region, store.account_id)
    return Encryption(default["SSEAlgorithm"], arn, bucket_key=bool(rules[0].get("BucketKeyEnabled")))


def encryption_members(encryption: Encryption, *, with_context: bool = False) -> Answer:
    """Encryption as members of an answer; a bucket key that is off is not named (F1, F92, O82)."""
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
    """The MD5 that an ETag is made of, or what stands for it where encryption hides it (F20, F95, O84)."""
    return store.ids.hidden_md5(bucket, key) if encryption.hides_md5 else content.md5


def written_members(bucket: Bucket, written: S3Object) -> Answer:
    """The VersionId of what was written, told only while versioning is Enabled (O13, O64, O70), and when it expires."""
    version = {"VersionId": written.version_id} if bucket.versioning == "Enabled" else {}
    return {**version, **expiration_member(bucket, written)}


def expiration_member(bucket: Bucket, found: S3Object) -> Answer:
    """When a lifecycle rule will let the object expire, in the words of x-amz-expiration (S3's manual)."""
    due = expiration_of(bucket, found)
    if due is None:
        return {}
    return {"Expiration": f'expiry-date="{due[0]:%a, %d %b %Y %H:%M:%S} GMT", rule-id="{quote(due[1])}"'}


class LockRequest(Struct, frozen=True):
    """Retention and legal hold asked for with a write."""

    object_lock_mode: str | None = None
    object_lock_retain_until_date: datetime | None = None
    object_lock_legal_hold_status: str | None = None

    def lock(self, bucket: Bucket, clock: Callable[[], datetime]) -> Lock:
        """The object's lock: as asked for, else the bucket's default (F14; all but F14 by S3's manual and reports)."""
        given = (self.object_lock_mode, self.object_lock_retain_until_date, self.object_lock_legal_hold_status)
        if given == (None, None, None):
            return default_lock(bucket, clock)
        check_mode(self.object_lock_mode)
        if not bucket.lock_enabled:
            raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
        check_hold(self.object_lock_legal_hold_status)
        until = self._until(clock())
        base = default_lock(bucket, clock) if until is None else Lock(self.object_lock_mode, until)
        return Lock(base.mode, base.until, self.object_lock_legal_hold_status)

    def _until(self, now: datetime) -> datetime | None:
        date = self.object_lock_retain_until_date
        if (date is None) != (self.object_lock_mode is None):
            missing = "x-amz-object-lock-retain-until-date" if date is None else "x-amz-object-lock-mode"
            message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
            raise invalid_argument(message, missing)
        return None if date is None else checked_until(date, now)


def check_mode(mode: str | None) -> None:
    """F14"""
    if mode not in (None, *MODES):
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)


def check_hold(status: str | None) -> None:
    """A legal hold is ON or OFF (users' reports)."""
    if status not in (None, "ON", "OFF"):
        message = "Legal Hold must be either of 'ON' or 'OFF'"
        raise invalid_argument(message, "x-amz-object-lock-legal-hold", status)


def checked_until(date: datetime, now: datetime) -> datetime:
    """Retention ends in the future (users' reports)."""
    moment = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    if moment <= now:
        raise invalid_argument(
            "The retain until date must be in the future!",
            "x-amz-object-lock-retain-until-date",
            moment.strftime("%a %b %d %H:%M:%S UTC %Y"),
        )
    return moment


def default_lock(bucket: Bucket, clock: Callable[[], datetime]) -> Lock:
    """What the bucket's Object Lock configuration gives to writes that ask for nothing."""
    default = bucket.configurations.get(OBJECT_LOCK, {}).get("Rule", {}).get("DefaultRetention")
    if not default:
        return UNLOCKED
    days = default.get("Days") or 365 * default["Years"]
    return Lock(default["Mode"], clock() + timedelta(days=days))


def _classed(attributes: Attributes, asked: str | None, bucket: Bucket) -> Attributes:
    """The storage class is the bucket's kind's: directory buckets have one of their own, and only they (S3's manual)."""
    if is_directory(bucket.name):
        return replace(attributes, storage_class=DIRECTORY_CLASS)
    if asked == DIRECTORY_CLASS:
        raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": asked})
    return attributes


class WriteRequest(Struct, frozen=True):
    """All that PutObject, CopyObject and CreateMultipartUpload may say of the object to be."""

    attributes: Attributes
    encryption: EncryptionRequest
    lock: LockRequest
    access: AccessRequest
    tagging: str | None = None

    @property
    def _asks_nothing(self) -> bool:
        return self == _NOTHING

    def properties(self, store: Store, bucket: Bucket, caller: Caller) -> Properties:
        """The object's properties, or S3's refusal of the first that it does not take."""
        owner = self.access.object_owner(bucket, caller.id)
        if self._asks_nothing and bucket.configurations.keys().isdisjoint(_DEFAULTS):
            return _plain(owner, is_directory=is_directory(bucket.name))
        return Properties(
            attributes=_classed(self.attributes.checked(), self.attributes.storage_class, bucket),
            owner=owner,
            encryption=self.encryption.encryption(store, bucket),
            tags=() if self.tagging is None else from_header(self.tagging),
            lock=self.lock.lock(bucket, store.now),
            acl=self.access.asked_list(bucket, owner) or (),
        )


_NOTHING = WriteRequest(Attributes(), EncryptionRequest(), LockRequest(), AccessRequest())
_DEFAULTS = (ENCRYPTION, OBJECT_LOCK)  # configurations that give something to writes that ask for nothing


@lru_cache(maxsize=256)
def _plain(owner: str, *, is_directory: bool) -> Properties:
    """The properties of all objects that nothing was asked for: most are such, and share them."""
    asked = Attributes(storage_class=DIRECTORY_CLASS if is_directory else None)
    return Properties(attributes=asked.checked(), owner=owner)
