"""The documents that configure a bucket: their names, S3's checks of the small ones, and what follows from them.

A bucket stores its configurations by these names. Checks of the larger documents have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import KMS
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument

Document = dict[str, Any]

ACCELERATE = "AccelerateConfiguration"
ACL = "AccessControlList"
CORS = "CORSConfiguration"
ENCRYPTION = "ServerSideEncryptionConfiguration"
INVENTORY_STEP = "inventory"  # the kind of a scheduled delivery
LOGGING = "BucketLoggingStatus"
OBJECT_LOCK = "ObjectLockConfiguration"
OWNERSHIP = "OwnershipControls"
PAYMENT = "RequestPaymentConfiguration"
POLICY = "Policy"
PUBLIC_ACCESS = "PublicAccessBlockConfiguration"
TAGGING = "Tagging"

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_PUBLIC_ACCESS_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

_KMS_KEY = re.compile(r"[A-Za-z0-9/_:.\-]*")  # an id, an alias, or the ARN of either (AWS KMS API reference, "KeyId")
DEFAULT_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}  # O76
DEFAULT_PAYMENT = {"Payer": "BucketOwner"}


def set_new_bucket_defaults(bucket: Bucket, ownership: str | None, *, are_legacy: bool = False) -> None:
    """Configure a new bucket: its ownership, by default enforced; all public access is blocked (O103, O106).

    Before April 2023 new buckets had ACLs enabled, and nothing was blocked (S3's manual, "Default settings for new S3
    buckets").
    """
    if ownership is not None or not are_legacy:
        bucket.configure(OWNERSHIP, {"Rules": [{"ObjectOwnership": ownership or ENFORCED}]})
    if not are_legacy:
        bucket.configure(PUBLIC_ACCESS, dict.fromkeys(_PUBLIC_ACCESS_SETTINGS, True))


def get_object_ownership(bucket: Bucket) -> str:
    """The bucket's object ownership; ``ObjectWriter`` where it has no ownership controls (S3's manual)."""
    rules = bucket.configurations.get(OWNERSHIP, {}).get("Rules") or [{"ObjectOwnership": "ObjectWriter"}]
    return str(rules[0]["ObjectOwnership"])


def has_public_access_setting(store: Store, bucket: Bucket, name: str) -> bool:
    """Whether a setting of Block Public Access holds for a bucket: its own, or that of its owner's account."""
    of_account = store.public_access_blocks.get(bucket.owner, {}).get(name)
    return bool(bucket.configurations.get(PUBLIC_ACCESS, {}).get(name) or of_account)


def has_account_public_access_setting(store: Store, account_id: str, name: str) -> bool:
    """Whether a setting of Block Public Access holds for a whole account."""
    return store.public_access_blocks.get(canonical_id(account_id), {}).get(name, False)


def get_request_payer(bucket: Bucket) -> str:
    """``BucketOwner`` or ``Requester``."""
    return str(bucket.configurations.get(PAYMENT, DEFAULT_PAYMENT)["Payer"])


def validate_encryption(server_side_encryption_configuration: Mapping[str, Any]) -> Document:
    """How objects are encrypted that are written without encryption parameters (O78-O80)."""
    rules = server_side_encryption_configuration.get("Rules") or []
    if len(rules) != 1:
        raise S3Error("MalformedXML")
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if default and default.get("SSEAlgorithm") not in ("AES256", *KMS):
        raise S3Error("MalformedXML")
    if "KMSMasterKeyID" in default and default["SSEAlgorithm"] not in KMS:
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise invalid_argument(message, "ApplyServerSideEncryptionByDefault")
    if not _KMS_KEY.fullmatch(default.get("KMSMasterKeyID", "")):  # it is sent in headers; the error is not verified
        raise invalid_argument("Invalid KMSMasterKeyID", "KMSMasterKeyID")
    return {"Rules": list(rules)}


def encryption_with_bucket_key(document: Document) -> Document:
    """An encryption configuration as S3 answers it: each rule says whether a bucket key is used (O81)."""
    return {"Rules": [{"BucketKeyEnabled": False, **rule} for rule in document["Rules"]]}


def validate_ownership(bucket: Bucket, ownership_controls: Mapping[str, Any]) -> Document:
    """Who owns objects, and so whether ACLs count (O104, O105). An ACL that grants to others must go first (O233)."""
    rules = ownership_controls.get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
        raise S3Error("MalformedXML")
    grants = bucket.configurations.get(ACL, ())
    if rules[0]["ObjectOwnership"] == ENFORCED and any(grant.id != bucket.owner for grant in grants):
        raise S3Error("InvalidBucketAclWithObjectOwnership")
    return {"Rules": list(rules)}


def validate_public_access(public_access_block_configuration: Mapping[str, Any]) -> Document:
    """All four settings; those left out are false (O107)."""
    return {name: bool(public_access_block_configuration.get(name)) for name in _PUBLIC_ACCESS_SETTINGS}


def validate_payment(request_payment_configuration: Mapping[str, Any]) -> Document:
    """Who pays for requests (S3's manual; not recorded)."""
    if request_payment_configuration.get("Payer") not in ("Requester", "BucketOwner"):
        raise S3Error("MalformedXML")
    return dict(request_payment_configuration)


def validate_acceleration(bucket: Bucket, accelerate_configuration: Mapping[str, Any]) -> Document:
    """Whether transfer acceleration is enabled or suspended (O122-O124)."""
    if "." in bucket.name:
        message = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        raise S3Error("InvalidRequest", message)
    if accelerate_configuration.get("Status") not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    return dict(accelerate_configuration)
