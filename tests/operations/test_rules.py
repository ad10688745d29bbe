"""Rules of docs/s3-rules.md that are small, or that no other table has: one row each."""

import base64
import hashlib
import json
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from msgspec.structs import replace

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, Scene, expect_answer, expect_error, row, through_boto, through_client
from tests.operations.test_multipart import crc, invalid_request

NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented"
BAD_TOKEN = expect_error(
    "InvalidArgument", 400, "The continuation token provided is incorrect", ArgumentName="continuation-token"
)
PREFIX_OF_REDIRECTS = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
NO_REDIRECT = expect_error("InvalidRedirectLocation", 400, PREFIX_OF_REDIRECTS)
MALFORMED = expect_error("MalformedXML", 400)
MALFORMED_ACL = expect_error("MalformedACLError", 400)
OWNER = {"ID": f"{123456789012:064x}"}
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


def invalid_argument(name, value, message=None):
    return expect_error("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value)


def encrypt(**default):
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    return lambda s: s.PutBucketEncryption(ServerSideEncryptionConfiguration={"Rules": rules})


def cors(count=1, **members):
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **members}
    return lambda s: s.PutBucketCors(CORSConfiguration={"CORSRules": [rule] * count})


def lifecycle(count=1, **members):
    rules = [
        {"ID": str(n), "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}, **members} for n in range(count)
    ]
    return lambda s: s.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": rules})


def notify(count=1, prefix="", **params):
    topics = [
        {
            "Id": str(number),
            "TopicArn": TOPIC,
            "Events": ["s3:ObjectCreated:Put"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"{number:03}{prefix}"}]}},
        }
        for number in range(count)
    ]
    return lambda s: s.PutBucketNotificationConfiguration(
        NotificationConfiguration={"TopicConfigurations": topics}, **params
    )


def grants(count):
    policy = {"Owner": OWNER, "Grants": [{"Grantee": {"Type": "CanonicalUser", **OWNER}, "Permission": "READ"}] * count}
    return lambda s: s.PutBucketAcl(AccessControlPolicy=policy)


ROWS = [
    row("O383", "a redirect to nowhere", lambda s: s.PutObject(WebsiteRedirectLocation="page.html"), NO_REDIRECT),
    row("O383", "a redirect of an upload", lambda s: s.CreateMultipartUpload(WebsiteRedirectLocation="ftp://a/b"), NO_REDIRECT),
    row("O383", "a redirect in the bucket", lambda s: s.PutObject(WebsiteRedirectLocation="/page.html"), expect_answer(VersionId=ABSENT)),
    row("O383", "a redirect to a URL", lambda s: s.PutObject(WebsiteRedirectLocation="https://example.com/"), expect_answer(VersionId=ABSENT)),
    row("O383", "a long redirect", lambda s: s.PutObject(WebsiteRedirectLocation="/" * 2049), expect_error("InvalidRedirectLocation", 400)),
    row("manual", "an offset", lambda s: s.PutObject(Body=b"more", WriteOffsetBytes=4), expect_error("NotImplemented", 501, NOT_IMPLEMENTED, Header="x-amz-write-offset-bytes")),
    row("manual", "a long token of buckets", lambda s: s.ListBuckets(ContinuationToken="a" * 1028), BAD_TOKEN),
    row("reports", "a version-id marker alone", lambda s: s.ListObjectVersions(VersionIdMarker="null"), expect_error("InvalidArgument", 400, "A version-id marker cannot be specified without a key marker.", ArgumentName="version-id-marker", ArgumentValue="null")),
    row("manual", "an unknown default algorithm", encrypt(SSEAlgorithm="AES512"), MALFORMED),
    row("manual", "a default of file systems", encrypt(SSEAlgorithm="aws:fsx"), MALFORMED),
    row("manual", "a key of other characters", encrypt(SSEAlgorithm="aws:kms", KMSMasterKeyID="a key"), expect_error("InvalidArgument", 400, None, ArgumentName="KMSMasterKeyID")),
    row("manual", "a long ID of a CORS rule", cors(ID="a" * 256), expect_error("InvalidArgument", 400)),
    row("manual", "too many CORS rules", cors(101), MALFORMED),
    row("manual", "too many lifecycle rules", lifecycle(1001), MALFORMED),
    row("manual", "a rule neither enabled nor disabled", lifecycle(Status="On"), MALFORMED),
    row("manual", "a long prefix of a notification", notify(prefix="a" * 1022), expect_error("InvalidArgument", 400)),
    row("guide", "too many notifications", notify(101), expect_error("InvalidArgument", 400)),
    row("manual", "destinations are not validated", notify(SkipDestinationValidation=True), expect_answer()),
    row("guide", "too many grants", grants(101), MALFORMED_ACL),
    row("O382", "a grant by e-mail in a header", lambda s: s.PutObject(GrantRead="emailAddress=a@b.c"), expect_error("MethodNotAllowed", 405)),
    row("O382", "a grant by e-mail in a document", lambda s: s.PutBucketAcl(AccessControlPolicy={"Owner": OWNER, "Grants": [{"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b.c"}, "Permission": "READ"}]}), expect_error("MethodNotAllowed", 405)),
    row("manual", "a context without KMS", lambda s: s.PutObject(SSEKMSEncryptionContext="e30="), expect_error("InvalidArgument", 400, None, ArgumentName="x-amz-server-side-encryption")),
    row("manual", "eleven tags in a header", lambda s: s.PutObject(Tagging="&".join(f"k{n}=v" for n in range(11))), expect_error("BadRequest", 400)),
    row("manual", "a long key in a header", lambda s: s.PutObject(Tagging="k" * 129 + "=v"), expect_error("InvalidTag", 400, None, TagKey="k" * 129)),
    row("manual", "a long value in a header", lambda s: s.PutObject(Tagging="k=" + "v" * 257), expect_error("InvalidTag", 400, None, TagKey="k", TagValue="v" * 257)),
    row("manual", "a description", lambda s: (s.PutObject(StorageClass="GLACIER"), s.RestoreObject(RestoreRequest={"Days": 1, "Description": "why"}))[1], expect_answer()),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(scene, act)


UNKNOWN_DIRECTIVE = invalid_argument("x-amz-tagging-directive", "MERGE", "Unknown tagging directive.")
OTHER_TIME = expect_error("PreconditionFailed", 412, None, Condition="x-amz-if-match-initiated-time")


def test_tagging_directives(scene):
    scene.PutObject(Body=b"")
    UNKNOWN_DIRECTIVE.check(
        scene, lambda s: s.CopyObject(CopySource="bucket/key", Key="copy", TaggingDirective="MERGE")
    )


def test_an_upload_of_its_time(scene):
    scene.upload()
    initiated = scene.ListMultipartUploads()["Uploads"][0]["Initiated"]
    for seconds in (-1, 1):
        other = initiated + timedelta(seconds=seconds)
        OTHER_TIME.check(scene, lambda s, other=other: s.AbortMultipartUpload(IfMatchInitiatedTime=other))
    scene.AbortMultipartUpload(IfMatchInitiatedTime=initiated)
    assert "Uploads" not in scene.ListMultipartUploads()


@pytest.mark.parametrize(
    ("params", "expect"),
    [
        pytest.param({"ContinuationToken": "a" * 1028}, BAD_TOKEN, id="a long token"),
        pytest.param(
            {"MaxDirectoryBuckets": -1}, invalid_argument("max-directory-buckets", "-1"), id="a negative page"
        ),
        pytest.param(
            {"MaxDirectoryBuckets": 1001}, invalid_argument("max-directory-buckets", "1001"), id="a large page"
        ),
    ],
)
def test_lists_of_directory_buckets(params, expect):
    with FakeS3() as fake:
        unchecked = boto3.client("s3", config=Config(parameter_validation=False))
        scene = Scene(fake, lambda fake: through_boto(unchecked))
        expect.check(scene, lambda s: s.ListDirectoryBuckets(**params))
        assert scene.ListDirectoryBuckets(MaxDirectoryBuckets=0)["Buckets"] == []


def too_large(proposed, allowed):
    return expect_error("EntityTooLarge", 400, None, ProposedSize=str(proposed), MaxSizeAllowed=str(allowed))


TOO_LARGE_TO_COPY = invalid_request(
    "The specified copy source is larger than the maximum allowable size for a copy source: 8"
)


def test_bodies_beyond_the_limit(scene):
    """O381, with limits of 8 and 20 bytes instead of 5 GiB and 50 TB."""
    etags = scene.upload(b"12345678", b"12345678", b"1234")
    store = scene.fake._store
    store.limits = replace(store.limits, max_body_size=8, max_object_size=20)
    too_large(9, 8).check(scene, lambda s: s.PutObject(Body=b"123456789"))
    too_large(9, 8).check(scene, lambda s: s.UploadPart(PartNumber=4, Body=b"123456789"))
    scene.complete(etags)
    TOO_LARGE_TO_COPY.check(scene, lambda s: s.CopyObject(CopySource="bucket/key", Key="copy"))

    etags = scene.upload(b"12345678", b"12345678")
    TOO_LARGE_TO_COPY.check(scene, lambda s: s.UploadPartCopy(PartNumber=3, CopySource="bucket/key"))
    copy = scene.UploadPartCopy(PartNumber=3, CopySource="bucket/key", CopySourceRange="bytes=0-7")["CopyPartResult"]
    message = "Your proposed upload exceeds the maximum allowed object size."
    expect_error("EntityTooLarge", 400, message).check(scene, lambda s: s.complete([*etags, copy["ETag"]]))
    assert scene.HeadObject()["ContentLength"] == 20


def test_parts_with_checksums_of_their_own_have_no_gaps(scene):
    """O386"""
    scene.upload(ChecksumAlgorithm="CRC32")
    parts = []
    for number, body in ((1, b"aaaaa"), (3, b"ccccc"), (2, b"bbbbb")):
        etag = scene.UploadPart(PartNumber=number, Body=body, ChecksumCRC32=crc(body))["ETag"]
        parts.append({"PartNumber": number, "ETag": etag, "ChecksumCRC32": crc(body)})
    first, third, second = parts
    gap = expect_error("InvalidPartOrder", 400, None, UploadId=scene.upload_id)
    for listed in ([first, third], [second, third], [third]):
        gap.check(scene, lambda s: s.CompleteMultipartUpload(MultipartUpload={"Parts": listed}))  # noqa: B023
    scene.CompleteMultipartUpload(MultipartUpload={"Parts": [first, second, third]})


MARKER_AS_SOURCE = invalid_request(
    "The source of a copy request may not specifically refer to a delete marker by version id."
)


def test_a_delete_marker_is_no_source(scene):
    """O387; F65 and O66 are about reading it."""
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    scene.PutObject(Body=b"")
    marker = scene.DeleteObject()["VersionId"]
    gone = expect_error("NoSuchKey", 404, None, Key="key")
    scene.upload(key="other")
    for params, expect in (("", gone), (f"?versionId={marker}", MARKER_AS_SOURCE)):
        source = {"CopySource": f"bucket/key{params}", "Key": "other"}
        expect.check(scene, lambda s: s.CopyObject(**source))  # noqa: B023
        expect.check(scene, lambda s: s.UploadPartCopy(PartNumber=1, **source))  # noqa: B023


def test_conditions_of_deleting_many(scene):
    """Each key has its own result. Conditions on size and time are for directory buckets (as O47, O48)."""
    etag = scene.PutObject(Body=b"body")["ETag"]

    def delete(**conditions):
        answer = scene.DeleteObjects(Delete={"Objects": [{"Key": "key", **conditions}, {"Key": "other"}]})
        assert {"Key": "other"} in answer["Deleted"]
        return answer.get("Errors", [{"Code": None}])[0]["Code"]

    assert delete(ETag='"other"') == "PreconditionFailed"
    assert delete(Size=4) == "NotImplemented"
    assert delete(LastModifiedTime=datetime(2026, 1, 1, tzinfo=timezone.utc)) == "NotImplemented"
    assert scene.GetObject()["Body"] == b"body"
    assert delete(ETag=etag) is None


CUSTOMER_KEY = b"k" * 32
DENIED = expect_error("AccessDenied", 403)


def test_blocked_encryption(scene):
    """O385"""
    key = {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(CUSTOMER_KEY).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(CUSTOMER_KEY).digest()).decode(),
    }
    scene.PutObject(Key="before", Body=b"body", **key)
    block(scene, "SSE-C")
    DENIED.check(scene, lambda s: s.PutObject(Body=b"", **key))
    DENIED.check(scene, lambda s: s.CreateMultipartUpload(**key))
    source = {f"CopySource{name}": value for name, value in key.items()}
    DENIED.check(scene, lambda s: s.CopyObject(CopySource="bucket/before", **key, **source))
    assert scene.GetObject(Key="before", **key)["Body"] == b"body"
    scene.PutObject(Body=b"")
    block(scene, "NONE")
    scene.PutObject(Body=b"", **key)


def block(scene, kind):
    rules = [{"BlockedEncryptionTypes": {"EncryptionType": [kind]}}]
    scene.PutBucketEncryption(ServerSideEncryptionConfiguration={"Rules": rules})


def test_an_unknown_type_to_block():
    with FakeS3(buckets=["bucket"]) as fake:
        MALFORMED.check(Scene(fake, through_client), lambda s: block(s, "SSE-X"))


RESERVED = ("xn--bucket", "sthree-bucket", "amzn-s3-demo-bucket", "bucket-s3alias", "bucket--ol-s3", "bucket.mrap", "bucket--x-s3", "bucket--table-s3")  # fmt: skip


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names(name):
    """O389"""
    with FakeS3() as fake:
        refused = expect_error("InvalidBucketName", 400, None, BucketName=name)
        refused.check(Scene(fake, through_client), lambda s: s.CreateBucket(Bucket=name))


def least_privilege(fake, *actions):
    """A client whose policy allows these actions only."""
    statement = {"Effect": "Allow", "Action": [f"s3:{action}" for action in actions], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    fake.credentials.add("LIMITED", "secret", account_id=fake.account_id, policy=policy)
    return boto3.client("s3", aws_access_key_id="LIMITED", aws_secret_access_key="secret")


def test_permissions_of_deleting_many():
    """O246: a key that may not be deleted is an error of its own."""
    with FakeS3(buckets=["bucket"]) as fake:
        fake.put("bucket", "own", b"")
        fake.put("bucket", "others", b"")
        statement = {
            "Effect": "Deny",
            "Principal": {"AWS": fake.account_id},
            "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::bucket/others",
        }
        s3 = fake.client()
        s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        answer = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "own"}, {"Key": "others"}]})
        assert [entry["Key"] for entry in answer["Deleted"]] == ["own"]
        assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("others", "AccessDenied")]
        assert fake.buckets["bucket"].keys() == ["others"]


def test_permission_to_bypass():
    """S3's manual: a bypass needs s3:BypassGovernanceRetention, beside what the deletion needs."""
    with FakeS3() as fake:
        s3 = fake.client()
        s3.create_bucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime(2090, 1, 1, tzinfo=timezone.utc)}
        version = s3.put_object(Bucket="bucket", Key="key", Body=b"", ChecksumAlgorithm="CRC32", **lock)["VersionId"]
        params = {"Bucket": "bucket", "Key": "key", "VersionId": version, "BypassGovernanceRetention": True}
        limited = least_privilege(fake, "DeleteObject", "DeleteObjectVersion")
        with pytest.raises(limited.exceptions.ClientError, match="BypassGovernanceRetention"):
            limited.delete_object(**params)
        least_privilege(fake, "DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention").delete_object(
            **params
        )
        assert "Versions" not in s3.list_object_versions(Bucket="bucket")


def code_of(act, client):
    """The code of the error that a call is answered with; None for success."""
    try:
        act(client)
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


PUT = {"Bucket": "bucket", "Key": "key", "Body": b""}
MISSING = {"Bucket": "bucket", "Key": "missing"}
# Fact, the call, the actions that are not enough, the action that is missing, the codes with and without it.
PERMISSIONS = [
    ("O329", lambda s3: s3.put_object(**PUT, Tagging="a=b"), ["PutObject"], "PutObjectTagging", None, "AccessDenied"),
    ("O329", lambda s3: s3.create_multipart_upload(Bucket="bucket", Key="key", Tagging="a=b"), ["PutObject"], "PutObjectTagging", None, "AccessDenied"),
    ("O264", lambda s3: s3.get_object(**MISSING), ["GetObject"], "ListBucket", "NoSuchKey", "AccessDenied"),
    ("O264", lambda s3: s3.head_object(**MISSING), ["GetObject"], "ListBucket", "404", "403"),
    ("O269", lambda s3: s3.get_object(Bucket="bucket", Key="old", VersionId="null"), ["GetObject"], "GetObjectVersion", None, "AccessDenied"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "act", "actions", "missing", "code", "denied"), PERMISSIONS)
def test_permissions_of_members(fact, act, actions, missing, code, denied):
    with FakeS3(buckets=["bucket"], open_uploads="ignore") as fake:
        fake.put("bucket", "old", b"")
        assert code_of(act, least_privilege(fake, *actions)) == denied
        assert code_of(act, least_privilege(fake, *actions, missing)) == code
