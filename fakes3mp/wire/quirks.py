"""The only place where S3 differs from its own model.

What may live here: tables, each with the reason why the model does not say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

# The model names output shapes (ListPartsOutput); S3 writes these roots (API manual, response syntax of each).
ROOTS = {
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

# Two operations of the model on one route: the second name is what S3 answers there. The first of each pair is either
# deprecated in favour of the second or told apart by a host that the model does not name.
SHADOWED = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}

# What S3 says of a query parameter that is no integer. F17 is recorded; the other wording is users' reports.
NOT_AN_INTEGER = {"partNumber": "Part number must be an integer between 1 and 10000, inclusive"}

# Dates that S3 keeps as the text they came in, whatever it says.
FREE_DATES = frozenset(("Expires", "ResponseExpires"))


# Enumerations that S3 judges only after something else, or refuses in other words than those of a malformed document, so
# that the operation does it (O121, O124).
CHECKED_BY_OPERATION = frozenset(("BucketAccelerateStatus", "BucketLocationConstraint", "Event", "FilterRuleName"))

# Success statuses that the model leaves at 200 (O86, O109).
_STATUSES = {"PutBucketTagging": 204, "PutBucketPolicy": 204}


def status(operation: str, answer: Mapping[str, Any], modelled: int) -> int:
    """The model gives one status per operation; a partial answer to GET or HEAD is 206 (F83, O30)."""
    if operation in ("GetObject", "HeadObject") and "ContentRange" in answer:
        return 206
    return _STATUSES.get(operation, modelled)


# Digests that S3 makes of an object's bytes by itself, for ETags (O14, F48) and for uploads that name no algorithm (F52).
DIGESTED = {"PutObject": ("MD5",), "UploadPart": ("MD5", "CRC64NVME")}

# Documents in a form that the model does not tell of.
SPECIAL_DOCUMENTS = frozenset(("GetBucketLocation",))


def location_constraint(answer: Mapping[str, Any]) -> dict[str, Any]:
    """GetBucketLocation's document is a single element with text; the model makes it a member of one."""
    return {"LocationConstraint": {"@xmlns": XMLNS, "#text": answer.get("LocationConstraint", "")}}
