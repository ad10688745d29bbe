"""The actions of S3 that policies can name, and the condition keys that each of them has.

From the Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" and "... for Amazon S3
Express". Of S3 Control's actions only those are here that bucket policies or tests of least privilege name.
"""

from __future__ import annotations

from collections.abc import Mapping

BUCKET, OBJECT, ACCOUNT, CONTROL = "bucket", "object", "account", "control"

_ON_BUCKETS = """
    CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration
    DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketABAC GetBucketAcl
    GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
    GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
    GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
    GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
    GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions
    ListTagsForResource PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketABAC PutBucketAcl
    PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls
    PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
    PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
    UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
    UpdateBucketMetadataJournalTableConfiguration
"""
_ON_OBJECTS = """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
    DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
    GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
    GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
    InitiateReplication ListMultipartUploadParts ListObjectAnnotations ObjectOwnerOverrideToBucketOwner PutObject
    PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
    PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject UpdateObjectEncryption
"""
_ON_ACCOUNTS = """
    CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation CreateAccessPoint
    CreateAccessPointForObjectLambda CreateJob CreateMultiRegionAccessPoint CreateStorageLensGroup
    DeleteAccessGrant DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy DeleteAccessGrantsLocation
    DeleteAccessPoint DeleteAccessPointForObjectLambda DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectLambda
    DeleteJobTagging DeleteMultiRegionAccessPoint DeleteStorageLensConfiguration DeleteStorageLensGroup DescribeJob
    DescribeMultiRegionAccessPointOperation GetAccessGrant GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix
    GetAccessGrantsInstanceResourcePolicy GetAccessGrantsLocation GetAccessPoint
    GetAccessPointConfigurationForObjectLambda GetAccessPointForObjectLambda GetAccessPointPolicy
    GetAccessPointPolicyForObjectLambda GetAccessPointPolicyStatus GetAccessPointPolicyStatusForObjectLambda
    GetAccountPublicAccessBlock GetDataAccess GetJobTagging GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy
    GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes GetStorageLensConfiguration
    GetStorageLensConfigurationTagging GetStorageLensGroup ListAccessGrants ListAccessGrantsInstances
    ListAccessGrantsLocations ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets ListCallerAccessGrants
    ListJobs ListMultiRegionAccessPoints ListStorageLensConfigurations ListStorageLensGroups
    PutAccessGrantsInstanceResourcePolicy PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy
    PutAccessPointPolicyForObjectLambda PutAccountPublicAccessBlock PutJobTagging PutMultiRegionAccessPointPolicy
    PutStorageLensConfiguration PutStorageLensConfigurationTagging SubmitMultiRegionAccessPointRoutes
    UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus UpdateStorageLensGroup
"""
_EXPRESS_POINTS = """
    CreateAccessPoint DeleteAccessPoint DeleteAccessPointPolicy DeleteAccessPointScope GetAccessPoint
    GetAccessPointPolicy GetAccessPointScope ListAccessPointsForDirectoryBuckets PutAccessPointPolicy PutAccessPointScope
"""
_EXPRESS = """
    CreateBucket CreateSession DeleteBucket DeleteBucketPolicy GetBucketPolicy GetEncryptionConfiguration
    GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration ListTagsForResource PutBucketPolicy
    PutEncryptionConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration TagResource
    UntagResource
"""

# action in lower case -> what its resources are
ACTIONS: Mapping[str, str] = {
    f"{service}:{name}".lower(): kind
    for service, kind, names in (
        ("s3", BUCKET, _ON_BUCKETS),
        ("s3", OBJECT, _ON_OBJECTS),
        ("s3", ACCOUNT, _ON_ACCOUNTS),
        ("s3express", BUCKET, _EXPRESS),
        ("s3express", ACCOUNT, f"ListAllMyDirectoryBuckets {_EXPRESS_POINTS}"),
        ("s3-object-lambda", ACCOUNT, "WriteGetObjectResponse"),
    )
    for name in names.split()
}

_LISTS = ("ListBucket", "ListBucketVersions")
_WRITES = ("PutObject", "BypassGovernanceRetention")
_GRANTS = (*_WRITES, "CreateBucket", "PutBucketAcl", "PutObjectAcl", "PutObjectVersionAcl")
_ENCRYPTED = (*_WRITES, "ReplicateObject", "UpdateObjectEncryption")
_VERSIONS = (
    *("DeleteObjectVersion", "DeleteObjectVersionTagging", "GetObjectVersion", "GetObjectVersionAcl"),
    *("GetObjectVersionAttributes", "GetObjectVersionTagging", "GetObjectVersionTorrent", "PutObjectVersionAcl"),
    "PutObjectVersionTagging",
)
_TAGGED = (
    *("DeleteObjectTagging", "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes"),
    *("GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionAttributes"),
    *("GetObjectVersionTagging", "PutObjectAcl", "PutObjectTagging", "PutObjectVersionAcl", "PutObjectVersionTagging"),
)
_TAGGING = (*_WRITES, "PutObjectTagging", "PutObjectVersionTagging")
_RETAINED = ("PutObject", "PutObjectRetention")
_CONDITIONAL = ("PutObject",)
_EVERY: tuple[str, ...] = ()

# condition key in lower case; one that ends in a slash is followed by the name of a tag -> the actions that have it
CONDITION_KEYS: Mapping[str, tuple[str, ...]] = {
    "s3:accessgrantsinstancearn": _EVERY,
    "s3:accesspointnetworkorigin": _EVERY,
    "s3:accesspointtag/": _EVERY,
    "s3:authtype": _EVERY,
    "s3:buckettag/": _EVERY,
    "s3:dataaccesspointaccount": _EVERY,
    "s3:dataaccesspointarn": _EVERY,
    "s3:delimiter": _LISTS,
    "s3:destinationregion": ("PauseReplication",),
    "s3:existingobjecttag/": _TAGGED,
    "s3:if-match": (*_CONDITIONAL, "DeleteObject"),
    "s3:if-none-match": _CONDITIONAL,
    "s3:inventoryaccessibleoptionalfields": ("PutInventoryConfiguration",),
    "s3:isreplicationpauserequest": ("PutReplicationConfiguration",),
    "s3:locationconstraint": ("CreateBucket", "CreateAccessPoint"),
    "s3:max-keys": _LISTS,
    "s3:object-lock-legal-hold": ("PutObject", "PutObjectLegalHold"),
    "s3:object-lock-mode": _RETAINED,
    "s3:object-lock-remaining-retention-days": _RETAINED,
    "s3:object-lock-retain-until-date": _RETAINED,
    "s3:objectcreationoperation": _CONDITIONAL,
    "s3:prefix": _LISTS,
    "s3:requestobjecttag/": _TAGGING,
    "s3:requestobjecttagkeys": _TAGGING,
    "s3:resourceaccount": _EVERY,
    "s3:signatureage": _EVERY,
    "s3:signatureversion": _EVERY,
    "s3:tlsversion": _EVERY,
    "s3:versionid": _VERSIONS,
    "s3:x-amz-acl": (*_GRANTS, "CreateAccessPoint"),
    "s3:x-amz-bucket-namespace": ("CreateBucket",),
    "s3:x-amz-content-sha256": _EVERY,
    "s3:x-amz-copy-source": _WRITES,
    "s3:x-amz-grant-full-control": _GRANTS,
    "s3:x-amz-grant-read": _GRANTS,
    "s3:x-amz-grant-read-acp": _GRANTS,
    "s3:x-amz-grant-write": _GRANTS,
    "s3:x-amz-grant-write-acp": _GRANTS,
    "s3:x-amz-metadata-directive": _WRITES,
    "s3:x-amz-object-ownership": ("CreateBucket",),
    "s3:x-amz-server-side-encryption": _ENCRYPTED,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": _ENCRYPTED,
    "s3:x-amz-server-side-encryption-customer-algorithm": (*_WRITES, "ReplicateObject"),
    "s3:x-amz-storage-class": (*_WRITES, "PutObjectAcl", "PutObjectVersionAcl"),
    "s3:x-amz-website-redirect-location": _WRITES,
    "s3express:allaccessrestrictedtolocalzonegroup": _EVERY,
    "s3express:authtype": _EVERY,
    "s3express:locationname": _EVERY,
    "s3express:permissions": _EVERY,
    "s3express:resourceaccount": _EVERY,
    "s3express:sessionmode": _EVERY,
    "s3express:signatureage": _EVERY,
    "s3express:signatureversion": _EVERY,
    "s3express:tlsversion": _EVERY,
    "s3express:x-amz-content-sha256": _EVERY,
    "s3express:x-amz-server-side-encryption": _EVERY,
    "s3express:x-amz-server-side-encryption-aws-kms-key-id": _EVERY,
}


def actions_with_key(key: str) -> frozenset[str] | None:
    """The actions, in lower case, that have a condition key; an empty set means all, None that S3 has no such key.

    Keys of other services, ``aws:SourceVpc`` for one, belong to every action.
    """
    name, slash, tag = key.partition("/")
    if not name.startswith(("s3:", "s3express:")):
        return frozenset() if ":" in name else None
    if f"{name}{slash}" not in CONDITION_KEYS or (slash and not tag):
        return None
    return frozenset(f"s3:{action.lower()}" for action in CONDITION_KEYS[f"{name}{slash}"])
