"""A bucket's configurations that are put, got and deleted as documents: encryption, ownership, public access, policy ...

What may live here: for each document the checks S3 makes when it is put and the answer where there is none. A bucket keeps
them under the names of their documents; what follows from them is other rooms' business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import KMS
from fakes3mp.core.lifecycle import LIFECYCLE
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.registry import Answer, operation

ACL = "AccessControlList"
ENCRYPTION = "ServerSideEncryptionConfiguration"
OWNERSHIP = "OwnershipControls"
PUBLIC_ACCESS = "PublicAccessBlockConfiguration"
POLICY = "Policy"
PAYMENT = "RequestPaymentConfiguration"
ACCELERATE = "AccelerateConfiguration"
OBJECT_LOCK = "ObjectLockConfiguration"
TAGGING = "Tagging"
CORS = "CORSConfiguration"

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def set_defaults(bucket: Bucket, ownership: str | None) -> None:
    """What a new bucket has: ownership enforced, all public access blocked (O103, O106)."""
    bucket.configure(OWNERSHIP, {"Rules": [{"ObjectOwnership": ownership or ENFORCED}]})
    bucket.configure(PUBLIC_ACCESS, dict.fromkeys(_BLOCKS, True))


def ownership_of(bucket: Bucket) -> str:
    """The bucket's object ownership; without controls it is the writer's, as of old (S3's manual)."""
    rules = bucket.configurations.get(OWNERSHIP, {}).get("Rules") or [{"ObjectOwnership": "ObjectWriter"}]
    return str(rules[0]["ObjectOwnership"])


# Configurations whose Delete is done whether they are there or not (O77, O86, O104, O108, O109).
_DELETES = {
    "DeleteBucketCors": CORS,
    "DeleteBucketEncryption": ENCRYPTION,
    "DeleteBucketLifecycle": LIFECYCLE,
    "DeleteBucketOwnershipControls": OWNERSHIP,
    "DeleteBucketPolicy": POLICY,
    "DeleteBucketTagging": TAGGING,
    "DeletePublicAccessBlock": PUBLIC_ACCESS,
}
# Configurations whose Get gives the document as it was put, or the error that there is none (O104, O108, O109).
_GETS = {
    "GetBucketOwnershipControls": (OWNERSHIP, "OwnershipControlsNotFoundError"),
    "GetBucketPolicy": (POLICY, "NoSuchBucketPolicy"),
    "GetPublicAccessBlock": (PUBLIC_ACCESS, "NoSuchPublicAccessBlockConfiguration"),
}


def _declare_delete(name: str, document: str) -> None:
    @operation(name)
    def delete(store: Store, *, bucket: str) -> Answer:
        """Drop the configuration, if it is there."""
        store.bucket(bucket).configurations.pop(document, None)
        return {}


def _declare_get(name: str, document: str, code: str) -> None:
    @operation(name)
    def get(store: Store, *, bucket: str) -> Answer:
        """The configuration as it was put."""
        found = store.bucket(bucket).configured(document)
        if found is None:
            raise S3Error(code, fields={"BucketName": bucket})
        return {document: found}


for _name, _document in _DELETES.items():
    _declare_delete(_name, _document)
for _name, (_document, _code) in _GETS.items():
    _declare_get(_name, _document, _code)


@operation("PutBucketEncryption")
def put_bucket_encryption(
    store: Store,
    *,
    bucket: str,
    server_side_encryption_configuration: Mapping[str, Any],
) -> Answer:
    """Decide how objects are encrypted that do not say (O78-O80)."""
    place = store.bucket(bucket)
    rules = server_side_encryption_configuration.get("Rules") or []
    if len(rules) != 1:
        raise S3Error("MalformedXML")
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if "KMSMasterKeyID" in default and default.get("SSEAlgorithm") not in KMS:
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise invalid_argument(message, "ApplyServerSideEncryptionByDefault")
    place.configure(ENCRYPTION, {"Rules": list(rules)})
    return {}


@operation("GetBucketEncryption")
def get_bucket_encryption(store: Store, *, bucket: str) -> Answer:
    """The rule as it was put; an untouched bucket has SSE-S3 (O76, O81)."""
    untouched = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    found = store.bucket(bucket).configured(ENCRYPTION, untouched)
    rules = [{"BucketKeyEnabled": False, **rule} for rule in found["Rules"]]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


@operation("PutBucketOwnershipControls")
def put_ownership(
    store: Store,
    *,
    bucket: str,
    ownership_controls: Mapping[str, Any],
) -> Answer:
    """Say who owns objects, and so whether ACLs count (O104, O105)."""
    place = store.bucket(bucket)
    rules = ownership_controls.get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
        raise S3Error("MalformedXML")
    place.configure(OWNERSHIP, {"Rules": list(rules)})
    return {}


@operation("PutPublicAccessBlock")
def put_public_access_block(
    store: Store,
    *,
    bucket: str,
    public_access_block_configuration: Mapping[str, Any],
) -> Answer:
    """Set all four; those left out become false (O107)."""
    given = {name: bool(public_access_block_configuration.get(name)) for name in _BLOCKS}
    store.bucket(bucket).configure(PUBLIC_ACCESS, given)
    return {}


@operation("PutBucketPolicy")
def put_bucket_policy(
    store: Store,
    *,
    bucket: str,
    policy: str = "",
) -> Answer:
    """Keep a policy, if it is one (O109, O111)."""
    place = store.bucket(bucket)
    try:
        document = json.loads(policy)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise S3Error("MalformedPolicy")
    if "Statement" not in document:
        raise S3Error("MalformedPolicy", "Missing required field Statement")
    place.configure(POLICY, json.dumps(document))
    return {}


@operation("PutBucketRequestPayment")
def put_request_payment(
    store: Store,
    *,
    bucket: str,
    request_payment_configuration: Mapping[str, Any],
) -> Answer:
    """Say who pays: the bucket's owner or the requester (S3's manual; not recorded)."""
    if request_payment_configuration.get("Payer") not in ("Requester", "BucketOwner"):
        raise S3Error("MalformedXML")
    store.bucket(bucket).configure(PAYMENT, dict(request_payment_configuration))
    return {}


@operation("GetBucketRequestPayment")
def get_request_payment(store: Store, *, bucket: str) -> Answer:
    """Who pays."""
    return {"Payer": payer_of(store.bucket(bucket))}


def payer_of(bucket: Bucket) -> str:
    """``BucketOwner`` or ``Requester``."""
    return str(bucket.configurations.get(PAYMENT, {}).get("Payer", "BucketOwner"))


@operation("PutBucketAccelerateConfiguration")
def put_accelerate(
    store: Store,
    *,
    bucket: str,
    accelerate_configuration: Mapping[str, Any],
) -> Answer:
    """Enable or suspend transfer acceleration (O122-O124)."""
    place = store.bucket(bucket)
    if "." in bucket:
        message = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        raise S3Error("InvalidRequest", message)
    if accelerate_configuration.get("Status") not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    place.configure(ACCELERATE, dict(accelerate_configuration))
    return {}


@operation("GetBucketAccelerateConfiguration")
def get_accelerate(store: Store, *, bucket: str) -> Answer:
    """The status; untouched there is none (O122)."""
    return dict(store.bucket(bucket).configured(ACCELERATE, {}))
