"""What a job of S3 Batch Operations does to one object: the request of S3 that stands for its operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fakes3mp.core.jobs import Task, TaskResult
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.authorization import authorize
from fakes3mp.operations.registry import Caller, find_operation

Parameters = Mapping[str, Any]
Request = tuple[str, dict[str, Any]]  # the name of an operation, and its parameters

# Members of S3PutObjectCopy that CopyObject has by another name.
_COPY_MEMBERS = {
    "CannedAccessControlList": "ACL",
    "MetadataDirective": "MetadataDirective",
    "AnnotationDirective": "AnnotationDirective",
    "ModifiedSinceConstraint": "CopySourceIfModifiedSince",
    "UnModifiedSinceConstraint": "CopySourceIfUnmodifiedSince",
    "RedirectLocation": "WebsiteRedirectLocation",
    "StorageClass": "StorageClass",
    "SSEAwsKmsKeyId": "SSEKMSKeyId",
    "ObjectLockLegalHoldStatus": "ObjectLockLegalHoldStatus",
    "ObjectLockEventHold": "ObjectLockEventHold",
    "ObjectLockMode": "ObjectLockMode",
    "ObjectLockRetainUntilDate": "ObjectLockRetainUntilDate",
    "BucketKeyEnabled": "BucketKeyEnabled",
    "ChecksumAlgorithm": "ChecksumAlgorithm",
}
_NEW_METADATA = {
    "CacheControl": "CacheControl",
    "ContentDisposition": "ContentDisposition",
    "ContentEncoding": "ContentEncoding",
    "ContentLanguage": "ContentLanguage",
    "ContentType": "ContentType",
    "UserMetadata": "Metadata",
    "HttpExpiresDate": "Expires",
}
_ENCRYPTIONS = {"AES256": "AES256", "KMS": "aws:kms"}
_GRANTS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}
_GRANTEES = {
    "id": ("CanonicalUser", "ID"),
    "uri": ("Group", "URI"),
    "emailAddress": ("AmazonCustomerByEmail", "EmailAddress"),
}


def bucket_of(store: Store, arn: str) -> str:
    """The bucket that an ARN in a job means: its own, or an access point's."""
    name = arn.partition(":::")[2]
    return name or store.resolve_bucket_name(arn)


def _copy(store: Store, task: Task, parameters: Parameters) -> Request:
    """CopyObject to the target bucket, under the same key after the prefix."""
    source = f"{task.bucket}/{quote(task.key, safe='/')}"
    params: dict[str, Any] = {
        "Bucket": bucket_of(store, parameters.get("TargetResource", f"arn:aws:s3:::{task.bucket}")),
        "Key": f"{parameters['TargetKeyPrefix']}/{task.key}" if "TargetKeyPrefix" in parameters else task.key,
        "CopySource": source if task.version_id is None else f"{source}?versionId={task.version_id}",
    }
    params |= {new: parameters[old] for old, new in _COPY_MEMBERS.items() if old in parameters}
    metadata = parameters.get("NewObjectMetadata") or {}
    if metadata:
        params |= {new: metadata[old] for old, new in _NEW_METADATA.items() if old in metadata}
        params.setdefault("MetadataDirective", "REPLACE")
    if "SSEAlgorithm" in metadata or "SSEAwsKmsKeyId" in parameters:
        params["ServerSideEncryption"] = _ENCRYPTIONS[metadata.get("SSEAlgorithm", "KMS")]
    if "NewObjectTagging" in parameters:
        tags = {tag["Key"]: tag["Value"] for tag in parameters["NewObjectTagging"]}
        params |= {"TaggingDirective": "REPLACE", "Tagging": urlencode(tags)}
    for unit, number in (parameters.get("ObjectLockEventHoldDuration") or {}).items():
        params[f"ObjectLockEventHoldDuration{unit}"] = number
    if parameters.get("RequesterPays"):
        params["RequestPayer"] = "requester"
    for grant in parameters.get("AccessControlGrants") or ():
        name, grantee = _GRANTS[grant["Permission"]], grant["Grantee"]
        header = f'{grantee["TypeIdentifier"]}="{grantee["Identifier"]}"'
        params[name] = f"{params[name]}, {header}" if name in params else header
    return "CopyObject", params


def _acl(store: Store, task: Task, parameters: Parameters) -> Request:
    policy = parameters.get("AccessControlPolicy") or {}
    params = _address(task)
    if "CannedAccessControlList" in policy:
        return "PutObjectAcl", {**params, "ACL": policy["CannedAccessControlList"]}
    acl = policy.get("AccessControlList") or {}
    grants = [
        {"Grantee": _grantee(grant["Grantee"]), "Permission": grant["Permission"]} for grant in acl.get("Grants") or ()
    ]
    document = {"Owner": {"ID": acl.get("Owner", {}).get("ID", "")}, "Grants": grants}
    return "PutObjectAcl", {**params, "AccessControlPolicy": document}


def _grantee(grantee: Parameters) -> dict[str, str]:
    kind, member = _GRANTEES[grantee["TypeIdentifier"]]
    return {"Type": kind, member: grantee["Identifier"]}


def _address(task: Task) -> dict[str, Any]:
    params = {"Bucket": task.bucket, "Key": task.key}
    return params if task.version_id is None else {**params, "VersionId": task.version_id}


def _tagging(store: Store, task: Task, parameters: Parameters) -> Request:
    return "PutObjectTagging", {**_address(task), "Tagging": {"TagSet": parameters.get("TagSet") or []}}


def _delete_tagging(store: Store, task: Task, parameters: Parameters) -> Request:
    return "DeleteObjectTagging", _address(task)


def _restore(store: Store, task: Task, parameters: Parameters) -> Request:
    request: dict[str, Any] = {}
    if parameters.get("ExpirationInDays"):
        request["Days"] = parameters["ExpirationInDays"]
    if "GlacierJobTier" in parameters:
        request["GlacierJobParameters"] = {"Tier": parameters["GlacierJobTier"].capitalize()}
    return "RestoreObject", {**_address(task), "RestoreRequest": request}


def _legal_hold(store: Store, task: Task, parameters: Parameters) -> Request:
    return "PutObjectLegalHold", {**_address(task), "LegalHold": parameters["LegalHold"]}


def _retention(store: Store, task: Task, parameters: Parameters) -> Request:
    bypass = bool(parameters.get("BypassGovernanceRetention"))
    retention = {"Retention": parameters["Retention"], "BypassGovernanceRetention": bypass}
    return "PutObjectRetention", {**_address(task), **retention}


# Operation of a job -> the request for one object. A job with another operation is refused.
REQUEST_OF: Mapping[str, Callable[[Store, Task, Parameters], Request]] = {
    "S3PutObjectCopy": _copy,
    "S3PutObjectAcl": _acl,
    "S3PutObjectTagging": _tagging,
    "S3DeleteObjectTagging": _delete_tagging,
    "S3InitiateRestoreObject": _restore,
    "S3PutObjectLegalHold": _legal_hold,
    "S3PutObjectRetention": _retention,
}


def run_task(store: Store, name: str, parameters: Parameters, task: Task, role: str) -> TaskResult:
    """Do what a job does to one object, as the account of the job's role."""
    try:
        request, params = REQUEST_OF[name](store, task, parameters)
        perform(store, request, params, Caller(role.split(":")[4]))
    except S3Error as error:
        return TaskResult(task, error.status, error.code, error.message)
    return TaskResult(task)


def perform(store: Store, name: str, params: Parameters, caller: Caller) -> None:
    """Carry out one request of a job, if the caller may; what it changed is taken back where it is refused."""
    found = find_operation(name)
    assert found is not None, f"{name} is one of S3's operations"
    with store.transaction():
        authorize(store, name, params, caller)
        arguments, _ = found.bind(params)
        found.execute(store, arguments, caller)
