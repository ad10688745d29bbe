"""A refused request changes nothing, and an accepted one never breaks the calls that follow it.

Valid requests are spoiled in one place: a parameter, or a member of a document, gets a wild value, goes, or comes twice.
What S3 refuses leaves the whole state as it was. What it accepts leaves a bucket on which ordinary calls work, and on
which lifecycle rules can run.
"""

import copy
import json
import traceback
from base64 import b64encode
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from hashlib import md5

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3, S3Error
from fakes3mp.operations.registry import registry
from tests.stored_state import stored_state

NOW = datetime(2026, 3, 1, 12, 0, 30, 123456, tzinfo=timezone.utc)
OWNER = f"{123456789012:064x}"
SOMEBODY = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER}, "Permission": "READ"}
GROUP = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "FULL_CONTROL",
}
ACL = {"Owner": {"ID": OWNER}, "Grants": [SOMEBODY, GROUP]}
TAGS = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}
POLICY = {
    "Version": "2012-10-17",
    "Id": "id",
    "Statement": [
        {
            "Sid": "one",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
            "Action": ["s3:GetObject", "s3:PutObject*"],
            "Resource": ["arn:aws:s3:::media/*", "arn:aws:s3:::media/${aws:username}"],
            "Condition": {"StringLike": {"aws:UserAgent": ["x*"]}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        },
        {
            "Effect": "Deny",
            "NotPrincipal": {"AWS": "123456789012"},
            "NotAction": "s3:ListBucket",
            "NotResource": "arn:aws:s3:::media/x",
            "Condition": {
                "DateLessThanIfExists": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
                "Null": {"aws:UserAgent": "true"},
            },
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": "210987654321"},
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::media",
            "Condition": {
                "NumericLessThan": {"s3:max-keys": "10"},
                "ForAnyValue:StringEquals": {"s3:prefix": ["a", "b"]},
            },
        },
    ],
}
MIDNIGHT = datetime(2026, 4, 1, tzinfo=timezone.utc)
RULES = [
    {
        "ID": "days",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "1"}], "ObjectSizeGreaterThan": 0}},
        "Expiration": {"Days": 400},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 2},
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 3, "StorageClass": "GLACIER", "NewerNoncurrentVersions": 1}
        ],
    },
    {"ID": "date", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Date": MIDNIGHT}},
    {
        "ID": "uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
]
NOTIFICATION = {
    f"{kind}Configurations": [
        {
            "Id": kind,
            member: f"arn:aws:{service}:us-east-1:123456789012:{name}",
            "Events": [event],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".x"}]}},
        }
    ]
    for kind, member, service, name, event in [
        ("Queue", "QueueArn", "sqs", "queue", "s3:ObjectCreated:*"),
        ("Topic", "TopicArn", "sns", "topic", "s3:ObjectRemoved:*"),
        ("LambdaFunction", "LambdaFunctionArn", "lambda", "function:f", "s3:ObjectTagging:Put"),
    ]
}
CORS = {
    "CORSRules": [
        {
            "ID": "r",
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://*.example.com"],
            "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
}
KMS = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"},
    "BucketKeyEnabled": True,
}
UNTIL = NOW + timedelta(days=30)
WRITE = {
    "ACL": "bucket-owner-full-control",
    "CacheControl": "no-cache",
    "ContentEncoding": "gzip",
    "Expires": UNTIL,
    "Metadata": {"a": "b"},
    "StorageClass": "STANDARD_IA",
    "Tagging": "a=1&b=2",
    "ServerSideEncryption": "aws:kms",
    "SSEKMSKeyId": "key",
    "WebsiteRedirectLocation": "/x",
    "ObjectLockMode": "GOVERNANCE",
    "ObjectLockRetainUntilDate": UNTIL,
    "ObjectLockLegalHoldStatus": "OFF",
}
BODY = {"Body": b"body", "ContentMD5": b64encode(md5(b"body").digest()).decode()}
PART = {"Key": "open", "UploadId": "<upload>", "PartNumber": 1}

ID = {"Id": "1"}
ALLOW = {"Effect": "Allow"}
ANALYSIS = {
    "OutputSchemaVersion": "V_1",
    "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::locked", "Prefix": "x"}},
}
INVENTORY = {
    "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::locked"}},
    "IsEnabled": False,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
}
WEBSITE = {
    "IndexDocument": {"Suffix": "index.html"},
    "ErrorDocument": {"Key": "error.html"},
    "RoutingRules": [{"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}],
}
REPLICATION = {
    "Role": "arn:aws:iam::123456789012:role/r",
    "Rules": [
        {
            "ID": "r",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "a", "Tags": TAGS["TagSet"]}},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::locked", "StorageClass": "STANDARD_IA"},
        }
    ],
}
JOURNAL = {"RecordExpiration": {"Expiration": "ENABLED", "Days": 7}}
TABLES = {"TableBucketArn": "arn:aws:s3tables:us-east-1:123456789012:bucket/b", "TableName": "t"}

# A valid request of each operation that changes something, without its Bucket.
REQUESTS = {
    "AbortMultipartUpload": {"Key": "open", "UploadId": "<upload>"},
    "CompleteMultipartUpload": {
        "Key": "open",
        "UploadId": "<upload>",
        "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "<part 1>"}, {"PartNumber": 2, "ETag": "<part 2>"}]},
        "MpuObjectSize": 10,
    },
    "CopyObject": {"Key": "copy", "CopySource": "media/k", "TaggingDirective": "REPLACE", **WRITE},
    "CreateBucket": {
        "Bucket": "new",
        "ACL": "private",
        "ObjectOwnership": "ObjectWriter",
        "ObjectLockEnabledForBucket": True,
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1", "Tags": TAGS["TagSet"]},
    },
    "CreateBucketMetadataConfiguration": {
        "Bucket": "locked",
        "MetadataConfiguration": {"JournalTableConfiguration": JOURNAL},
    },
    "CreateBucketMetadataTableConfiguration": {
        "Bucket": "locked",
        "MetadataTableConfiguration": {"S3TablesDestination": TABLES},
    },
    "CreateMultipartUpload": {"Key": "k", "ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE", **WRITE},
    "DeleteBucket": {"Bucket": "empty"},
    "DeleteBucketAnalyticsConfiguration": {"Id": "there"},
    "DeleteBucketCors": {},
    "DeleteBucketEncryption": {},
    "DeleteBucketInventoryConfiguration": {"Id": "there"},
    "DeleteBucketLifecycle": {},
    "DeleteBucketMetadataConfiguration": {},
    "DeleteBucketMetricsConfiguration": {"Id": "there"},
    "DeleteBucketOwnershipControls": {},
    "DeleteBucketPolicy": {},
    "DeleteBucketReplication": {},
    "DeleteBucketTagging": {},
    "DeleteBucketWebsite": {},
    "DeleteObject": {"Key": "k", "VersionId": "<version>", "BypassGovernanceRetention": True},
    "DeleteObjectAnnotation": {"Key": "k", "AnnotationName": "notes"},
    "DeleteObjectTagging": {"Key": "k", "VersionId": "<version>"},
    "DeleteObjects": {
        "Delete": {"Objects": [{"Key": "k", "VersionId": "<version>"}, {"Key": "other"}], "Quiet": False}
    },
    "DeletePublicAccessBlock": {},
    "PutBucketAbac": {"AbacStatus": {"Status": "Enabled"}},
    "PutBucketAccelerateConfiguration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "PutBucketAnalyticsConfiguration": {
        **ID,
        "AnalyticsConfiguration": {**ID, "StorageClassAnalysis": {"DataExport": ANALYSIS}},
    },
    "PutBucketAcl": {"AccessControlPolicy": ACL},
    "PutBucketCors": {"CORSConfiguration": CORS},
    "PutBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [KMS]}},
    "PutBucketLifecycleConfiguration": {
        "LifecycleConfiguration": {"Rules": RULES},
        "TransitionDefaultMinimumObjectSize": "varies_by_storage_class",
    },
    "PutBucketLogging": {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "locked", "TargetPrefix": "logs/"}}
    },
    "PutBucketMetricsConfiguration": {**ID, "MetricsConfiguration": {**ID, "Filter": {"Prefix": "a"}}},
    "PutBucketNotificationConfiguration": {"NotificationConfiguration": NOTIFICATION},
    "PutBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}},
    "PutBucketPolicy": {"Policy": POLICY},
    "PutBucketReplication": {"ReplicationConfiguration": REPLICATION},
    "PutBucketRequestPayment": {"RequestPaymentConfiguration": {"Payer": "Requester"}},
    "PutBucketTagging": {"Tagging": TAGS},
    "PutBucketVersioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "PutBucketWebsite": {"WebsiteConfiguration": WEBSITE},
    "PutObject": {"Key": "k", **BODY, **WRITE},
    "PutObjectAcl": {"Key": "k", "AccessControlPolicy": ACL},
    "PutObjectAnnotation": {"Key": "k", "AnnotationName": "notes", "AnnotationPayload": b"text"},
    "PutObjectLegalHold": {"Key": "k", "LegalHold": {"Status": "ON"}},
    "PutObjectLockConfiguration": {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 100}},
        }
    },
    "PutObjectRetention": {"Key": "k", "Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL}},
    "PutObjectTagging": {"Key": "k", "Tagging": TAGS},
    "PutPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False}},
    "RestoreObject": {
        "Key": "archived",
        "RestoreRequest": {"Days": 3, "GlacierJobParameters": {"Tier": "Standard"}},
    },
    "UpdateBucketMetadataAnnotationTableConfiguration": {
        "AnnotationTableConfiguration": {"ConfigurationState": "DISABLED"}
    },
    "UpdateBucketMetadataInventoryTableConfiguration": {
        "InventoryTableConfiguration": {"ConfigurationState": "DISABLED"}
    },
    "UpdateBucketMetadataJournalTableConfiguration": {"JournalTableConfiguration": JOURNAL},
    "UpdateObjectEncryption": {
        "Key": "k",
        "ObjectEncryption": {
            "SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k", "BucketKeyEnabled": True}
        },
    },
    "UploadPart": {**PART, **BODY},
    "UploadPartCopy": {**PART, "CopySource": "media/k", "CopySourceRange": "bytes=0-1"},
}
READS = ("Get", "Head", "List")
NOT_SPOILED = {
    "CreateSession": "its only parameter is the bucket",
    "DeleteBucketMetadataTableConfiguration": "the bucket has a configuration of the newer kind",
    "DeleteBucketIntelligentTieringConfiguration": "needs one",
    "PutBucketIntelligentTieringConfiguration": "objects move on each of the many days that pass here",
    "PutBucketInventoryConfiguration": "a list is delivered on each of the many days that pass here",
    "PutBucketLifecycle": "sent as PutBucketLifecycleConfiguration",
    "PutBucketNotification": "sent as PutBucketNotificationConfiguration",
    "RenameObject": "for directory buckets only",
    "SelectObjectContent": "changes nothing",
    "WriteGetObjectResponse": "needs a function that was called",
}


def test_each_operation_has_a_request():
    names = {name for name in registry() if "." not in name and not name.startswith(READS)}
    assert names == REQUESTS.keys() | NOT_SPOILED.keys()


# Spoiling: (path, wild value) where the path leads to any place in a request

TEXTS = [
    "",
    " ",
    "junk",
    "\n",
    "a\r\nx: y",
    "\x7f",
    "é—",
    "*",
    "a" * 1025,
    "aws:x",
    "%zz=1",
    "=",
    "0",
    "null",
    "[]",
    "../../x",
]
NUMBERS = [-(2**63), -(2**31), -1, 0, 1, 101, 36_501, 2**31 - 1, 2**31, 2**63 - 1]
DATES = [
    datetime.min.replace(tzinfo=timezone.utc),
    datetime.max.replace(tzinfo=timezone.utc),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc),
    NOW,
    MIDNIGHT.replace(year=9999, tzinfo=timezone(timedelta(hours=1))),
]
WILD = [(bool, [True, False]), (int, NUMBERS), (str, TEXTS), (datetime, DATES), (bytes, [b"", b"x" * 3000])]
MISSING, TWICE = object(), object()


def places(value, path=()):
    """Every place in a request that can be spoiled."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


def value_at(request, path):
    for name in path:
        request = request[name]
    return request


@st.composite
def spoiled_requests(draw):
    """An operation's name, and its request with one or two places spoiled."""
    operation = draw(st.sampled_from(sorted(REQUESTS)))
    request = {"Bucket": "media", **copy.deepcopy(REQUESTS[operation])}
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        path = draw(st.sampled_from(list(places(request)) or [()]))
        if path:
            spoil(request, path, draw(st.sampled_from(wild_values(value_at(request, path)))))
    return operation, request


def wild_values(value):
    kinds = [values for kind, values in WILD if isinstance(value, kind)]
    collection = [[[], {}][isinstance(value, dict)]] if isinstance(value, (list, dict)) else []
    return [MISSING, TWICE, *(kinds[0] if kinds else collection)]


def spoil(request, path, wild):
    parent, name = value_at(request, path[:-1]), path[-1]
    if wild is MISSING:
        del parent[name]
    elif wild is not TWICE:
        parent[name] = wild
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[name]))
    elif isinstance(parent[name], str):
        parent[name] += parent[name]


# What happens then


class World:
    """Fakes whose clients check nothing, and the state that each example starts from."""

    def __init__(self, wire):
        self.fake = FakeS3(
            buckets=["media", "empty"], seed=5, clock=lambda: NOW, wire=wire, min_part_size=1, open_uploads="ignore"
        )
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        self.s3 = boto3.client("s3", config=config)
        self.methods = {operation: name for name, operation in self.s3.meta.method_to_api_mapping.items()}
        with self.fake:
            self.names = self._set_up()
        self.base = self.fake.snapshot()

    def _set_up(self):
        """An object with versions in a bucket that allows everything that is spoiled, an open upload; returns their ids."""
        s3, fake = self.s3, self.fake
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        for bucket in ("media", "locked"):
            s3.delete_public_access_block(Bucket=bucket)
            s3.put_bucket_ownership_controls(
                Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
            )
        s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object_lock_configuration(Bucket="media", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
        services = [f"{name}.amazonaws.com" for name in ("s3", "logging.s3")]
        deliveries = {
            **ALLOW,
            "Principal": {"Service": services},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::locked/*",
        }
        s3.put_bucket_policy(Bucket="locked", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deliveries]}))
        for name in ("Analytics", "Metrics"):
            request = copy.deepcopy(REQUESTS[f"PutBucket{name}Configuration"])
            request["Id"] = request[f"{name}Configuration"]["Id"] = "there"
            getattr(s3, self.methods[f"PutBucket{name}Configuration"])(Bucket="media", **request)
        s3.put_bucket_inventory_configuration(
            Bucket="media", Id="there", InventoryConfiguration={"Id": "there", **INVENTORY}
        )
        s3.create_bucket_metadata_configuration(
            Bucket="media", MetadataConfiguration={"JournalTableConfiguration": JOURNAL}
        )
        version = s3.put_object(Bucket="media", Key="k", Body=b"first")["VersionId"]
        s3.put_object(Bucket="media", Key="k", Body=b"second")
        s3.put_object(Bucket="media", Key="archived", Body=b"third", StorageClass="GLACIER")
        upload = s3.create_multipart_upload(Bucket="media", Key="open")["UploadId"]
        address = {"Bucket": "media", "Key": "open", "UploadId": upload}
        etags = [s3.upload_part(**address, PartNumber=number, Body=b"part.")["ETag"] for number in (1, 2)]
        return {"<version>": version, "<upload>": upload, "<part 1>": etags[0], "<part 2>": etags[1]}

    def call(self, operation, request):
        """Returns S3's error, or None if the request was accepted or never left the client."""
        params = self._with_names(request)
        if isinstance(params.get("Policy"), dict):
            params["Policy"] = json.dumps(params["Policy"])
        try:
            getattr(self.s3, self.methods[operation])(**params)
        except ClientError as error:
            return error
        except Exception as error:
            ours = [frame.name for frame in traceback.extract_tb(error.__traceback__) if "/fakes3mp/" in frame.filename]
            if (
                ours and ours[-1] != "_make_api_call"
            ):  # which the interceptor wraps: botocore itself refuses the request
                raise
        return None

    def _with_names(self, value):
        if isinstance(value, dict):
            return {name: self._with_names(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._with_names(member) for member in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def use_bucket(self):
        """What tests do with a bucket. Only a policy may forbid something of it."""
        bypass = {"BypassGovernanceRetention": True}
        upload = self._ordinary("CreateMultipartUpload", Key="used")
        if upload is not None:
            address = {"Key": "used", "UploadId": upload["UploadId"]}
            part = self._ordinary("UploadPart", **address, PartNumber=1, Body=b"part")
            parts = [{"PartNumber": 1, "ETag": part["ETag"]}] if part else []
            self._ordinary("ListParts", **address)
            self._ordinary("CompleteMultipartUpload", **address, MultipartUpload={"Parts": parts})
            self._ordinary("AbortMultipartUpload", **address)
        self._ordinary("PutObject", Key="used", Body=b"body")
        self._ordinary("CopyObject", Key="copied", CopySource="media/used")
        for name in ("HeadObject", "GetObject", "GetObjectTagging", "GetObjectAcl", "GetObjectAttributes"):
            self._ordinary(
                name, Key="used", **({"ObjectAttributes": ["ETag"]} if name == "GetObjectAttributes" else {})
            )
        for name in registry():
            if name.startswith(("GetBucket", "GetPublic", "GetObjectLockC", "List")) and name not in (
                "ListParts",
                "ListBuckets",
                "ListObjectAnnotations",
            ):
                self._ordinary(name)
        self._ordinary("DeleteObject", Key="used", **bypass)
        for days in (1, 400, 40_000):
            self.fake.clock.advance(days=days)
        for name in REQUESTS:
            if name.startswith(("DeleteBucket", "DeletePublic")) and name != "DeleteBucket":
                self._ordinary(name)

    def _ordinary(self, operation, **params):
        bucket = {} if operation == "ListDirectoryBuckets" else {"Bucket": "media"}
        try:
            return getattr(self.s3, self.methods[operation])(**bucket, **params)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        # There is no configuration, or a policy forbids it, or the step before was refused; but it is no fault of the fake.
        assert status in (400, 403, 404, 405), operation
        return None


@pytest.fixture(scope="module")
def worlds():
    return {wire: World(wire) for wire in ("auto", "http")}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.sampled_from(["auto", "auto", "http"]), spoiled_requests())
def test_refusals_change_nothing(worlds, wire, spoiled):
    operation, request = spoiled
    world = worlds[wire]
    with ExitStack() as stack:
        stack.enter_context(world.fake)
        world.fake.restore(world.base)
        before = stored_state(world.fake._store)
        refused = world.call(operation, request)
        if refused is not None:
            assert (
                refused.response["ResponseMetadata"]["HTTPStatusCode"] < 500
                or refused.response["Error"]["Code"] == "NotImplemented"
            )
            assert stored_state(world.fake._store) == before
        world.use_bucket()


@pytest.mark.parametrize("operation", REQUESTS)
@pytest.mark.parametrize("wire", ["auto", "http"])
def test_requests_are_accepted_as_they_are(worlds, wire, operation):
    """What is spoiled is good: otherwise nothing would be shown."""
    world = worlds[wire]
    with world.fake:
        world.fake.restore(world.base)
        error = world.call(operation, {"Bucket": "media", **REQUESTS[operation]})
        assert error is None, error
        world.use_bucket()


def test_an_operation_that_raises_anything_changes_nothing(monkeypatch):
    """Not an S3Error but a bug, after the object was written: the call fails, and the object before it is still there."""
    from fakes3mp.operations import objects

    def raise_bug(*arguments):
        raise ZeroDivisionError

    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"before")
        state = stored_state(fake._store)
        monkeypatch.setattr(objects, "new_version_members", raise_bug)
        with pytest.raises(ZeroDivisionError):
            fake.client().put_object(Bucket="media", Key="k", Body=b"after")
        with pytest.raises(ZeroDivisionError):
            fake.put("media", "k", b"after")
        assert stored_state(fake._store) == state
        assert fake.object("media", "k").body == b"before"
        with pytest.raises(S3Error, match="NoSuchKey"):
            fake._service.perform("GetObject", {"Bucket": "media", "Key": "other"})
