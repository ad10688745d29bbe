"""The actions that each operation needs a permission for, and the permission of an ACL that grants the same.

From the Service Authorization Reference and the manual of each operation (O269); ACLs by S3's manual, "Mapping of ACL
permissions and access policy permissions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from fakes3mp.operations.policy.catalog import ACCOUNT, BUCKET, CONTROL, OBJECT

Params = Mapping[str, Any]


class Requirement(Struct, frozen=True):
    """An action that a request must be allowed.

    Attributes
    ----------
    action : str
        ``s3:GetObject``.
    resource : str
        What it is done to: ``bucket``, ``object``, ``account``, or ``control`` for a resource of S3 Control.
    permission : str, optional
        The permission of an ACL that grants it: ``READ``.
    acl_of : str
        Whose ACL: ``bucket`` or ``object``.
    """

    action: str
    resource: str = BUCKET
    permission: str | None = None
    acl_of: str = BUCKET


_PUT_OBJECT = Requirement("s3:PutObject", OBJECT, "WRITE")
_GET_OBJECT = Requirement("s3:GetObject", OBJECT, "READ", OBJECT)
LIST_BUCKET = Requirement("s3:ListBucket", BUCKET, "READ")

# Operations whose action an ACL can grant.
_WITH_ACL: dict[str, Requirement] = {
    "GetObject": _GET_OBJECT,
    "HeadObject": _GET_OBJECT,
    "SelectObjectContent": _GET_OBJECT,
    "GetObjectAttributes": _GET_OBJECT,
    "GetObjectTorrent": Requirement("s3:GetObjectTorrent", OBJECT, "READ", OBJECT),
    "GetObjectAcl": Requirement("s3:GetObjectAcl", OBJECT, "READ_ACP", OBJECT),
    "PutObjectAcl": Requirement("s3:PutObjectAcl", OBJECT, "WRITE_ACP", OBJECT),
    "PutObject": _PUT_OBJECT,
    "CopyObject": _PUT_OBJECT,
    "CreateMultipartUpload": _PUT_OBJECT,
    "UploadPart": _PUT_OBJECT,
    "UploadPartCopy": _PUT_OBJECT,
    "CompleteMultipartUpload": _PUT_OBJECT,
    "DeleteObject": Requirement("s3:DeleteObject", OBJECT, "WRITE"),
    "DeleteObjects": Requirement("s3:DeleteObject", OBJECT, "WRITE"),
    "HeadBucket": LIST_BUCKET,
    "ListObjects": LIST_BUCKET,
    "ListObjectsV2": LIST_BUCKET,
    "ListObjectVersions": Requirement("s3:ListBucketVersions", BUCKET, "READ"),
    "ListMultipartUploads": Requirement("s3:ListBucketMultipartUploads", BUCKET, "READ"),
    "GetBucketAcl": Requirement("s3:GetBucketAcl", BUCKET, "READ_ACP"),
    "PutBucketAcl": Requirement("s3:PutBucketAcl", BUCKET, "WRITE_ACP"),
    # The initiator of an upload may do these without a permission (S3's manual).
    "AbortMultipartUpload": Requirement("s3:AbortMultipartUpload", OBJECT, "INITIATOR"),
    "ListParts": Requirement("s3:ListMultipartUploadParts", OBJECT, "INITIATOR"),
}

# Operations whose action has another name. Of all others it has the operation's.
_NAMES: dict[str, str] = {
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAbac": "GetBucketABAC",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "PutBucketAbac": "PutBucketABAC",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

# Those of S3 Control.
_CONTROL_ACTIONS: dict[str, str] = {
    "DeleteAccessPointScope": "s3express:DeleteAccessPointScope",
    "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "DeleteStorageLensConfigurationTagging": "s3:PutStorageLensConfigurationTagging",
    "GetAccessPointScope": "s3express:GetAccessPointScope",
    "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "ListAccessPointsForDirectoryBuckets": "s3express:ListAccessPointsForDirectoryBuckets",
    "PutAccessPointScope": "s3express:PutAccessPointScope",
    "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}

# Actions that have another name where a request names a version (O269).
_OF_VERSIONS = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:GetObjectTorrent": "s3:GetObjectVersionTorrent",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}

_ON_ACCOUNTS = frozenset(("ListBuckets", "ListDirectoryBuckets", "WriteGetObjectResponse"))
_OTHER_SERVICES = {
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "RenameObject": "s3express:CreateSession",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}

_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
NEW_OBJECTS = ("PutObject", "CopyObject", "CreateMultipartUpload")


def _has(*members: str) -> Callable[[Params], bool]:
    """Whether a request has one of these parameters."""
    return lambda params: any(params.get(member) not in (None, False, "") for member in members)


def _has_bucket_grants(params: Params) -> bool:
    """Whether a new bucket is to have another ACL than the canned ``private``, which needs no permission."""
    return params.get("ACL", "private") != "private" or _has(*_GRANTS[1:])(params)


def _has_bucket_tags(params: Params) -> bool:
    return bool((params.get("CreateBucketConfiguration") or {}).get("Tags"))


# operations, whether the request asks for it -> what it needs besides the operation's own action
_FURTHER: tuple[tuple[tuple[str, ...], Callable[[Params], bool], tuple[Requirement, ...]], ...] = (
    (NEW_OBJECTS, _has("Tagging"), (Requirement("s3:PutObjectTagging", OBJECT),)),
    (NEW_OBJECTS, _has(*_GRANTS), (Requirement("s3:PutObjectAcl", OBJECT, "WRITE"),)),
    (
        NEW_OBJECTS,
        _has("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockEventHold"),
        (Requirement("s3:PutObjectRetention", OBJECT),),
    ),
    (NEW_OBJECTS, _has("ObjectLockLegalHoldStatus"), (Requirement("s3:PutObjectLegalHold", OBJECT),)),
    (
        ("DeleteObject", "DeleteObjects", "PutObjectRetention"),
        _has("BypassGovernanceRetention"),
        (Requirement("s3:BypassGovernanceRetention", OBJECT),),
    ),
    (("GetObjectAttributes",), lambda params: True, (Requirement("s3:GetObjectAttributes", OBJECT, "READ", OBJECT),)),
    (("CreateBucket",), _has_bucket_grants, (Requirement("s3:PutBucketAcl"),)),
    (("CreateBucket",), _has("ObjectOwnership"), (Requirement("s3:PutBucketOwnershipControls"),)),
    (
        ("CreateBucket",),
        _has("ObjectLockEnabledForBucket"),
        (Requirement("s3:PutBucketObjectLockConfiguration"), Requirement("s3:PutBucketVersioning")),
    ),
    (("CreateBucket",), _has_bucket_tags, (Requirement("s3:TagResource"),)),
)


def requirements(operation: str, params: Params, *, in_directory_bucket: bool = False) -> Iterator[Requirement]:
    """The actions that a request needs, that of the operation first.

    >>> [requirement.action for requirement in requirements("GetObject", {"Key": "a", "VersionId": "1"})]
    ['s3:GetObjectVersion']
    """
    main = _requirement(operation, params)
    if in_directory_bucket:
        yield _in_directory_bucket(main)
        return
    for requirement in (main, *_further(operation, params)):
        if params.get("VersionId") is not None and requirement.action in _OF_VERSIONS:
            yield Requirement(
                _OF_VERSIONS[requirement.action], requirement.resource, requirement.permission, requirement.acl_of
            )
        else:
            yield requirement


def _requirement(operation: str, params: Params) -> Requirement:
    if operation in _WITH_ACL:
        return _WITH_ACL[operation]
    service, _, name = operation.rpartition(".")
    if service:
        return Requirement(_CONTROL_ACTIONS.get(name, f"s3:{name}"), CONTROL)
    action = _OTHER_SERVICES.get(name) or f"s3:{_NAMES.get(name, name)}"
    if name in _ON_ACCOUNTS:
        return Requirement(action, ACCOUNT)
    return Requirement(action, OBJECT if "Key" in params else BUCKET)


def _further(operation: str, params: Params) -> Iterator[Requirement]:
    for operations, asks, further in _FURTHER:
        if operation in operations and asks(params):
            yield from further


def _in_directory_bucket(requirement: Requirement) -> Requirement:
    """In directory buckets all requests for objects and lists need a session; other actions have a prefix of their own."""
    name = requirement.action.partition(":")[2]
    is_session = requirement.resource == OBJECT or name.startswith("ListBucket")
    return Requirement("s3express:CreateSession" if is_session else f"s3express:{name}")
