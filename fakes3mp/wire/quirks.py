"""Where S3 differs from botocore's model: tables, each with the fact or the manual it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
CONTROL = "s3control."  # with which the names of S3 Control's operations begin
_CONTROL_XMLNS = "http://awss3control.amazonaws.com/doc/2018-08-20/"


def namespace(operation: str) -> str:
    """The XML namespace of an operation's response document."""
    return _CONTROL_XMLNS if operation.startswith(CONTROL) else XMLNS


# Operation -> root element of its response document (API manual, response syntax of each). The model has only the names of
# output shapes (ListPartsOutput).
ROOT_ELEMENTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}

# Operation -> the one that S3 answers on the same route. The first of each pair is deprecated in favour of the second, or
# is requested at a host that the model does not name.
SHADOWED_OPERATIONS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}

# How S3's server access log begins the names of requests: REST.PUT.ACL. Requests that mean no operation have such a name.
LOG_NAME_PREFIX = "REST."

# (depth, or None for any; query parameter of a sub-resource) -> ResourceType in errors, where it is not the parameter in
# upper case. Depth 2 is an object's. (O201, O302; the others are the names of S3's server access log.)
RESOURCE_TYPES: dict[tuple[int | None, str], str] = {
    (None, "uploadId"): "UPLOAD",
    (None, "partNumber&uploadId"): "PART",
    (None, "delete"): "MULTI_OBJECT_DELETE",
    (None, "logging"): "LOGGING_STATUS",
    (None, "object-lock"): "OBJECT_LOCK_CONFIGURATION",
    (None, "policy"): "BUCKETPOLICY",
    (None, "versions"): "BUCKETVERSIONS",
    (2, "encryption"): "OBJECT_ENCRYPTION",
    (2, "tagging"): "OBJECT_TAGGING",
}

# Query parameter -> S3's message where it is no integer (F17). The message for all others is from users' reports.
NOT_AN_INTEGER_MESSAGES = {"partNumber": "Part number must be an integer between 1 and 10000, inclusive"}

# Operations that need no document, or that answer a missing one with an error of their own (O226, O257, O262). All others
# that can have one answer MissingRequestBodyError (O229).
OPTIONAL_DOCUMENTS = frozenset(
    (
        "s3control.CreateAccessGrantsInstance",
        *("CompleteMultipartUpload", "CreateBucket", "PutBucketAcl", "PutObjectAcl", "PutObjectLegalHold"),
        "RestoreObject",
    )
)

# Operations whose document needs a Content-MD5 or a checksum (O380).
DIGESTED_DOCUMENTS = frozenset(("DeleteObjects",))

# Parameters that are dates in the model, and that S3 stores as any text.
DATES_KEPT_AS_TEXT = frozenset(("Expires", "ResponseExpires"))

# Enumerations whose values the operation checks, because S3 checks something else first or answers with another error than
# MalformedXML (O121, O124, O262, O315).
ENUMS_CHECKED_BY_OPERATION = frozenset(
    (
        *("BucketAccelerateStatus", "CompressionType", "ExpressionType", "FileHeaderInfo", "JSONType"),
        *("QuoteFields", "BucketLocationConstraint", "Event", "FilterRuleName", "Permission", "Protocol", "Type"),
    )
)

# (structure, member) -> required by the model, but not by S3 (O87, O94, O242; O262: the error is the operation's).
OPTIONAL_MEMBERS = frozenset((("Tagging", "TagSet"), ("Grantee", "Type")))

# Statuses of success that are not the model's 200 (O86, O109, O125, O310).
_SUCCESS_STATUSES = dict.fromkeys(
    ("PutBucketTagging", "PutBucketPolicy", "PutBucketMetricsConfiguration", "PutBucketInventoryConfiguration"), 204
)


# A result may name its status as botocore's responses do (O226), and the order of its entries (O260).
MEMBERS_OUTSIDE_MODEL = frozenset(("ResponseMetadata", "EntryLists"))


def success_status(operation: str, result: Mapping[str, Any], model_status: int) -> int:
    """The status of a response; the model has one for each operation, but a partial GET or HEAD is 206 (F83, O30)."""
    if "ResponseMetadata" in result:
        return int(result["ResponseMetadata"]["HTTPStatusCode"])
    if operation in ("GetObject", "HeadObject") and "ContentRange" in result:
        return 206
    return _SUCCESS_STATUSES.get(operation, model_status)


# Headers that responses have although the model does not: (member of the result, header). O261.
HEADERS_OUTSIDE_MODEL = dict.fromkeys(
    ("ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2"),
    (("BucketRegion", "x-amz-bucket-region"),),
)

# Members of response documents that come first, in S3's order, where the model has another (O260, F73, F77). Then come the
# others in the model's order, lists last.
LEADING_ELEMENTS: dict[str, tuple[str, ...]] = {
    "ListBuckets": ("Owner", "Buckets"),
    "ListMultipartUploads": (
        *("Bucket", "KeyMarker", "UploadIdMarker", "NextKeyMarker", "NextUploadIdMarker", "Prefix", "Delimiter"),
        *("EncodingType", "MaxUploads", "IsTruncated"),
    ),
    "ListObjectVersions": (
        *("Name", "Prefix", "KeyMarker", "VersionIdMarker", "NextKeyMarker", "NextVersionIdMarker", "MaxKeys"),
        *("Delimiter", "EncodingType", "IsTruncated", "Versions", "DeleteMarkers"),
    ),
    "ListObjects": (
        *("Name", "Prefix", "Marker", "NextMarker", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated"),
    ),
    "ListObjectsV2": (
        *("Name", "Prefix", "ContinuationToken", "NextContinuationToken", "StartAfter", "KeyCount", "MaxKeys"),
        *("Delimiter", "EncodingType", "IsTruncated"),
    ),
    "ListParts": (
        *("Bucket", "Key", "UploadId", "Initiator", "Owner", "StorageClass", "PartNumberMarker"),
        *("NextPartNumberMarker", "MaxParts", "IsTruncated"),
    ),
}

# The member of a result that names, entry by entry, which of the lists comes next in the response's document: S3 has
# versions and delete markers among each other, by key and the newest first (O72, O260).
ENTRY_LISTS = {"ListObjectVersions": "EntryLists"}

# Digests of an object's bytes that S3 always computes, for ETags (O14, F48) and for uploads that name no algorithm (F52).
DIGESTS_COMPUTED_BY_S3: dict[str, tuple[str, ...]] = {"PutObject": ("MD5",), "UploadPart": ("MD5", "CRC64NVME")}

# Operations whose response document is one element with text; in the model, the text is a member of it.
TEXT_DOCUMENTS = frozenset(("GetBucketLocation",))


def location_document(result: Mapping[str, Any]) -> dict[str, Any]:
    """GetBucketLocation's document; one element without an end tag for us-east-1 (O260)."""
    text = result.get("LocationConstraint")
    return {"LocationConstraint": {"@xmlns": XMLNS, **({"#text": text} if text else {})}}
