"""The documents that configure a bucket: their names, S3's checks of the small ones, and what follows from them.

A bucket stores its configurations by these names. Checks of the larger documents have modules of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import KMS
from fakes3mp.errors import S3Error, invalid_argument

Document = dict[str, Any]

ACCELERATE = "AccelerateConfiguration"
ACL = "AccessControlList"
CORS = "CORSConfiguration"
ENCRYPTION = "ServerSideEncryptionConfiguration"
OBJECT_LOCK = "ObjectLockConfiguration"
OWNERSHIP = "OwnershipControls"
PAYMENT = "RequestPaymentConfiguration"
POLICY = "Policy"
PUBLIC_ACCESS = "PublicAccessBlockConfiguration"
TAGGING = "Tagging"

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_PUBLIC_ACCESS_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

DEFAULT_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}  # O76
DEFAULT_PAYMENT = {"Payer": "BucketOwner"}


def set_new_bucket_defaults(bucket: Bucket, ownership: str | None) -> None:
    """Configure a new bucket: its ownership, by default enforced; all public access is blocked (O103, O106)."""
    bucket.configure(OWNERSHIP, {"Rules": [{"ObjectOwnership": ownership or ENFORCED}]})
    bucket.configure(PUBLIC_ACCESS, dict.fromkeys(_PUBLIC_ACCESS_SETTINGS, True))


def get_object_ownership(bucket: Bucket) -> str:
    """The bucket's object ownership; ``ObjectWriter`` where it has no ownership controls (S3's manual)."""
    rules = bucket.configurations.get(OWNERSHIP, {}).get("Rules") or [{"ObjectOwnership": "ObjectWriter"}]
    return str(rules[0]["ObjectOwnership"])


def get_request_payer(bucket: Bucket) -> str:
    """``BucketOwner`` or ``Requester``."""
    return str(bucket.configurations.get(PAYMENT, DEFAULT_PAYMENT)["Payer"])


def validate_encryption(server_side_encryption_configuration: Mapping[str, Any]) -> Document:
    """How objects are encrypted that are written without encryption parameters (O78-O80)."""
    rules = server_side_encryption_configuration.get("Rules") or []
    if len(rules) != 1:
        raise S3Error("MalformedXML")
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if "KMSMasterKeyID" in default and default.get("SSEAlgorithm") not in KMS:
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise invalid_argument(message, "ApplyServerSideEncryptionByDefault")
    return {"Rules": list(rules)}


def encryption_with_bucket_key(document: Document) -> Document:
    """An encryption configuration as S3 answers it: each rule says whether a bucket key is used (O81)."""
    return {"Rules": [{"BucketKeyEnabled": False, **rule} for rule in document["Rules"]]}


def validate_ownership(ownership_controls: Mapping[str, Any]) -> Document:
    """Who owns objects, and so whether ACLs count (O104, O105)."""
    rules = ownership_controls.get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
        raise S3Error("MalformedXML")
    return {"Rules": list(rules)}


def validate_public_access(public_access_block_configuration: Mapping[str, Any]) -> Document:
    """All four settings; those left out are false (O107)."""
    return {name: bool(public_access_block_configuration.get(name)) for name in _PUBLIC_ACCESS_SETTINGS}


def validate_policy(policy: str = "") -> str:
    """A bucket policy, as JSON (O109, O111)."""
    try:
        document = json.loads(policy)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise S3Error("MalformedPolicy")
    if "Statement" not in document:
        raise S3Error("MalformedPolicy", "Missing required field Statement")
    return json.dumps(document)


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
