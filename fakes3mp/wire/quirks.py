"""Where S3 differs from botocore's model: tables, each with the fact or the manual it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

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

# Query parameter -> S3's message where it is no integer (F17). The message for all others is from users' reports.
NOT_AN_INTEGER_MESSAGES = {"partNumber": "Part number must be an integer between 1 and 10000, inclusive"}

# Parameters that are dates in the model, and that S3 stores as any text.
DATES_KEPT_AS_TEXT = frozenset(("Expires", "ResponseExpires"))

# Enumerations whose values the operation checks, because S3 checks something else first or answers with another error than
# MalformedXML (O121, O124).
ENUMS_CHECKED_BY_OPERATION = frozenset(
    ("BucketAccelerateStatus", "BucketLocationConstraint", "Event", "FilterRuleName")
)

# Statuses of success that are not the model's 200 (O86, O109).
_SUCCESS_STATUSES = {"PutBucketTagging": 204, "PutBucketPolicy": 204}


def success_status(operation: str, result: Mapping[str, Any], model_status: int) -> int:
    """The status of a response; the model has one for each operation, but a partial GET or HEAD is 206 (F83, O30)."""
    if operation in ("GetObject", "HeadObject") and "ContentRange" in result:
        return 206
    return _SUCCESS_STATUSES.get(operation, model_status)


# Digests of an object's bytes that S3 always computes, for ETags (O14, F48) and for uploads that name no algorithm (F52).
DIGESTS_COMPUTED_BY_S3 = {"PutObject": ("MD5",), "UploadPart": ("MD5", "CRC64NVME")}

# Operations whose response document is one element with text; in the model, the text is a member of it.
TEXT_DOCUMENTS = frozenset(("GetBucketLocation",))


def location_document(result: Mapping[str, Any]) -> dict[str, Any]:
    """GetBucketLocation's document."""
    return {"LocationConstraint": {"@xmlns": XMLNS, "#text": result.get("LocationConstraint", "")}}
