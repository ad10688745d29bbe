"""The values that a request has for condition keys, worked out when a policy asks for them (O273)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.encryption import key_arn
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.operations.configuration_documents import TAGGING
from fakes3mp.operations.configurations.abac import ABAC, NO_ABAC
from fakes3mp.operations.policy import transport
from fakes3mp.operations.policy.patterns import normalize_key
from fakes3mp.operations.registry import Caller

Params = Mapping[str, Any]
Values = Iterable[Any] | None

# condition key -> the parameter whose value it is
_PARAMETERS = {
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-bucket-namespace": "BucketNamespace",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-object-ownership": "ObjectOwnership",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "s3express:sessionmode": "SessionMode",
    "s3express:x-amz-server-side-encryption": "ServerSideEncryption",
}
_HEADERS = {"aws:referer": "referer", "aws:useragent": "user-agent", "s3:x-amz-content-sha256": "x-amz-content-sha256"}

# Keys whose values a request has only once it is signed. A call that is judged before goes over HTTP instead.
KEYS_OF_SIGNED_REQUESTS = frozenset(
    ("s3:x-amz-content-sha256", "s3:signatureage", "s3express:x-amz-content-sha256", "s3express:signatureage")
)

# The properties of an upload's object are judged when the upload is created: requests for its parts cannot send them.
# That S3 does so is not verified.
_PART_OPERATIONS = ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload")
_KEYS_OF_NEW_OBJECTS = frozenset(
    (
        *("s3:x-amz-acl", "s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp"),
        *("s3:x-amz-grant-write", "s3:x-amz-grant-write-acp", "s3:x-amz-storage-class"),
        *("s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        *("s3:x-amz-website-redirect-location", "s3:requestobjecttagkeys", "s3:object-lock-mode"),
        *("s3:object-lock-retain-until-date", "s3:object-lock-remaining-retention-days", "s3:object-lock-legal-hold"),
    )
)
_CREATING_OPERATIONS = ("PutObject", "CopyObject", "CompleteMultipartUpload")


class RequestContext:
    """Gives the values of condition keys for one request.

    Parameters
    ----------
    store : Store
        For the time, and the account of KMS keys.
    bucket : Bucket or None
        The bucket that the request is for; None if it is for none, or creates one.
    operation : str
        The operation's name.
    params : mapping
        The request's parameters.
    caller : Caller
        Who sends it.
    """

    def __init__(self, store: Store, bucket: Bucket | None, operation: str, params: Params, caller: Caller) -> None:
        self.store: Store = store
        self.bucket: Bucket | None = bucket
        self.operation: str = operation
        self.params: Params = params
        self.caller: Caller = caller

    def is_settled(self, key: str) -> bool:
        """Whether a key was judged by an earlier request: that which created the upload."""
        return self.operation in _PART_OPERATIONS and (
            key in _KEYS_OF_NEW_OBJECTS or key.startswith("s3:requestobjecttag/")
        )

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key; None where the request has none."""
        key = normalize_key(key)
        name, slash, tag = key.partition("/")
        if slash:
            values = self._tag_values(name, tag)
        elif key in _PARAMETERS:
            values = self._one(self.params.get(_PARAMETERS[key]))
        elif key in _HEADERS:
            values = self._one(self.caller.headers.get(_HEADERS[key]))
        else:
            values = _VALUES[name](self) if name in _VALUES else None
        return None if values is None else tuple(map(_as_text, values))

    def _one(self, value: Any) -> Values:
        return None if value is None else (value,)

    def _tag_values(self, name: str, tag: str) -> Values:
        """The value of one tag. Names of principals' tags compare without regard to case (IAM's manual)."""
        tags = _TAGS[name](self) if name in _TAGS else ()
        fold = name == "aws:principaltag"
        return next(((value,) for key, value in tags if key == tag or (fold and key.lower() == tag.lower())), None)

    @property
    def target(self) -> S3Object | None:
        """The object or version that the request is for; None for a missing one, or a delete marker."""
        key, version_id = self.params.get("Key"), self.params.get("VersionId")
        if self.bucket is None or key is None:
            return None
        if version_id is None:
            return self.bucket.objects.get(key)
        version = self.bucket.find_version(key, version_id)
        return version if isinstance(version, S3Object) else None

    def request_tags(self) -> list[tuple[str, str]] | None:
        """The tags that the request gives to an object, in a header or as a document."""
        tagging = self.params.get("Tagging")
        if isinstance(tagging, Mapping):
            return _pairs(tagging.get("TagSet"))
        return None if tagging is None else parse_qsl(str(tagging), keep_blank_values=True)

    def bucket_request_tags(self) -> list[tuple[str, str]]:
        """The tags that the request gives to a new bucket."""
        return _pairs((self.params.get("CreateBucketConfiguration") or {}).get("Tags"))

    def retention(self, member: str) -> Any:
        """The mode or date of a retention, of a new object or as a document."""
        return self.params.get(f"ObjectLock{member}") or (self.params.get("Retention") or {}).get(member)

    @property
    def resource_account(self) -> str:
        """The account that owns the bucket."""
        return account_of(self.store.owner if self.bucket is None else self.bucket.owner)


def account_of(canonical_id: str) -> str:
    """The account of a canonical user id."""
    return f"{int(canonical_id, 16):012d}"


def _as_text(value: Any) -> str:
    """A value as conditions compare it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).isoformat()
    return str(value)


def _pairs(tags: Any) -> list[tuple[str, str]]:
    return [(tag.get("Key", ""), tag.get("Value", "")) for tag in tags or ()]


def _copy_source(context: RequestContext) -> Values:
    """``bucket/key``, without the slash that may stand before it."""
    source = context.params.get("CopySource")
    return None if source is None else (unquote(str(source)).removeprefix("/"),)


def _kms_key(context: RequestContext) -> Values:
    """The ARN of the KMS key, whichever way the request names it (S3's manual)."""
    key_id = context.params.get("SSEKMSKeyId")
    if key_id is None or context.bucket is None:
        return None
    return (key_arn(key_id, context.bucket.region, context.store.account_id),)


def _remaining_days(context: RequestContext) -> Values:
    date = context.retention("RetainUntilDate")
    if not isinstance(date, datetime):
        return None
    until = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return ((until - context.store.exact_time()).days,)


def _legal_hold(context: RequestContext) -> Values:
    status = context.params.get("ObjectLockLegalHoldStatus") or (context.params.get("LegalHold") or {}).get("Status")
    return None if status is None else (status,)


def _optional(value: Any) -> Values:
    return None if value is None else (value,)


def _user_name(context: RequestContext) -> Values:
    identity = context.caller.identity
    return (identity.arn.rpartition("/")[2],) if identity is not None and identity.type == "User" else None


def _user_id(context: RequestContext) -> Values:
    """The account of a caller who is one, ``anonymous``; ids of users and roles are not known."""
    if context.caller.account is None:
        return ("anonymous",)
    return (context.caller.account,) if context.caller.identity is None else None


def _principal_arn(context: RequestContext) -> Values:
    caller = context.caller
    if caller.account is None:
        return None
    return (f"arn:aws:iam::{caller.account}:root" if caller.identity is None else caller.identity.role_arn,)


def _principal_type(context: RequestContext) -> Values:
    if context.caller.account is None:
        return ("Anonymous",)
    return ("Account" if context.caller.identity is None else context.caller.identity.type,)


def _request_tag_keys(context: RequestContext) -> Values:
    tags = context.request_tags()
    return None if tags is None else [key for key, _ in tags]


def _bucket_tag_keys(context: RequestContext) -> Values:
    return [key for key, _ in context.bucket_request_tags()] or None


def _access_point_account(context: RequestContext) -> Values:
    arn = context.caller.access_point
    return None if arn is None else (arn.split(":")[4],)


def _network_origin(context: RequestContext) -> Values:
    point = context.store.access_points.get(context.caller.access_point or "")
    return None if point is None else (point.network_origin,)


def _location(context: RequestContext) -> Values:
    return _optional((context.params.get("CreateBucketConfiguration") or {}).get("LocationConstraint"))


_VALUES: dict[str, Callable[[RequestContext], Values]] = {
    "aws:currenttime": lambda context: (context.store.exact_time(),),
    "aws:epochtime": lambda context: (int(context.store.exact_time().timestamp()),),
    "aws:principalaccount": lambda context: _optional(context.caller.account),
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": lambda context: (False,),
    "aws:principaltype": _principal_type,
    "aws:requestedregion": lambda context: _optional(context.bucket and context.bucket.region),
    "aws:resourceaccount": lambda context: (context.resource_account,),
    "aws:securetransport": lambda context: (transport.is_secure(context.caller),),
    "aws:sourceip": lambda context: (context.caller.source_ip,),
    "aws:tagkeys": _bucket_tag_keys,
    "aws:userid": _user_id,
    "aws:username": _user_name,
    "aws:viaawsservice": lambda context: (False,),
    "s3:accesspointnetworkorigin": _network_origin,
    "s3:authtype": lambda context: _optional(transport.auth_type(context.caller)),
    "s3:dataaccesspointaccount": _access_point_account,
    "s3:dataaccesspointarn": lambda context: _optional(context.caller.access_point),
    "s3:locationconstraint": _location,
    "s3:object-lock-legal-hold": _legal_hold,
    "s3:object-lock-mode": lambda context: _optional(context.retention("Mode")),
    "s3:object-lock-remaining-retention-days": _remaining_days,
    "s3:object-lock-retain-until-date": lambda context: _optional(context.retention("RetainUntilDate")),
    "s3:objectcreationoperation": lambda context: (context.operation in _CREATING_OPERATIONS,),
    "s3:requestobjecttagkeys": _request_tag_keys,
    "s3:resourceaccount": lambda context: (context.resource_account,),
    "s3:signatureage": lambda context: _optional(transport.signature_age(context.caller, context.store.exact_time())),
    "s3:signatureversion": lambda context: _optional(transport.signature_version(context.caller)),
    "s3:tlsversion": lambda context: _optional(transport.tls_version(context.caller)),
    "s3:x-amz-copy-source": _copy_source,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": _kms_key,
}
_VALUES |= {
    key.replace("s3:", "s3express:"): _VALUES[key]
    for key in ("s3:authtype", "s3:resourceaccount", "s3:signatureage", "s3:signatureversion", "s3:tlsversion")
}


def _bucket_tags(context: RequestContext) -> Iterable[tuple[str, str]]:
    """The tags of a bucket whose ABAC is enabled (S3's manual, "Enabling ABAC in general purpose buckets")."""
    bucket = context.bucket
    if bucket is None or bucket.configurations.get(ABAC, NO_ABAC)["Status"] != "Enabled":
        return ()
    tags: Iterable[tuple[str, str]] = bucket.configurations.get(TAGGING, ())
    return tags


_TAGS: dict[str, Callable[[RequestContext], Iterable[tuple[str, str]]]] = {
    "aws:principaltag": lambda context: () if context.caller.identity is None else context.caller.identity.tags,
    "aws:requesttag": RequestContext.bucket_request_tags,
    "aws:resourcetag": _bucket_tags,
    "s3:buckettag": _bucket_tags,
    "s3:existingobjecttag": lambda context: () if context.target is None else context.target.properties.tags,
    "s3:requestobjecttag": lambda context: context.request_tags() or (),
}
