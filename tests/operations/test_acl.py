"""ACLs, expected owners, and who pays. ACLs are not in the recordings: S3's manual and users' reports."""

import pytest

from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

OWNER = f"{123456789012:064x}"
FULL = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER}, "Permission": "FULL_CONTROL"}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
SOMEBODY, EMAIL = "a" * 64, "emailAddress=a@b.c"


def group(uri, permission):
    return {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}


def user(id_, permission):
    return {"Grantee": {"Type": "CanonicalUser", "ID": id_}, "Permission": permission}


@pytest.fixture
def open_scene(scene):
    """A bucket whose object ownership allows ACLs, with public ones."""
    scene.PutBucketOwnershipControls(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    scene.DeletePublicAccessBlock()
    return scene


ACLS_OF_PARAMETERS = [
    ({}, [FULL]),  # F16
    ({"ACL": "private"}, [FULL]),
    ({"ACL": "public-read"}, [FULL, group(ALL_USERS, "READ")]),
    ({"ACL": "public-read-write"}, [FULL, group(ALL_USERS, "READ"), group(ALL_USERS, "WRITE")]),
    ({"ACL": "authenticated-read"}, [FULL, group(AUTHENTICATED, "READ")]),
    (
        {"ACL": "aws-exec-read"},
        [FULL, user("6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c", "READ")],
    ),
    ({"ACL": "bucket-owner-read"}, [FULL]),
    ({"ACL": "bucket-owner-full-control"}, [FULL]),
    ({"GrantRead": f'id="{SOMEBODY}", uri="{ALL_USERS}"'}, [user(SOMEBODY, "READ"), group(ALL_USERS, "READ")]),
    ({"GrantFullControl": f"id={OWNER}", "GrantReadACP": f"id={SOMEBODY}"}, [FULL, user(SOMEBODY, "READ_ACP")]),
    ({"GrantWriteACP": f"uri={AUTHENTICATED}"}, [group(AUTHENTICATED, "WRITE_ACP")]),
]


@pytest.mark.parametrize(("params", "grants"), ACLS_OF_PARAMETERS)
def test_acl_of_a_write(open_scene, params, grants):
    """On put, on create (F16), on copy, and by PutObjectAcl."""
    open_scene.PutObject(Key="source", Body=b"")
    open_scene.PutObject(Key="put", Body=b"", **params)
    open_scene.complete(open_scene.upload(b"x", key="completed", **params), Key="completed")
    open_scene.CopyObject(Key="copy", CopySource={"Bucket": "bucket", "Key": "source"}, **params)
    if params:
        open_scene.PutObjectAcl(Key="source", **params)
    for key in ("put", "completed", "copy", "source"):
        answer = open_scene.GetObjectAcl(Key=key)
        assert answer["Owner"] == {"ID": OWNER}
        assert answer["Grants"] == grants, key


NOT_SUPPORTED = expect_error("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
BAD_ACLS = [
    row("O272", "unknown canned ACL", {"ACL": "junk"}, expect_error("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="junk")),
    row("seeds", "both kinds", {"ACL": "private", "GrantRead": f"id={SOMEBODY}"}, expect_error("InvalidRequest", 400, "Specifying both Canned ACLs and Header Grants is not allowed")),
    row("manual", "no grantee", {"GrantRead": "anybody"}, expect_error("InvalidArgument", 400, "Argument format not recognized", ArgumentName="x-amz-grant-read", ArgumentValue="anybody")),
    row("manual", "unknown kind", {"GrantReadACP": "name=x"}, expect_error("InvalidArgument", 400, "Argument format not recognized", ArgumentName="x-amz-grant-read-acp", ArgumentValue="name=x")),
    row("manual", "bad id", {"GrantRead": "id=me"}, expect_error("InvalidArgument", 400, "Invalid id", ArgumentName="id", ArgumentValue="me")),
    row("manual", "bad group", {"GrantRead": "uri=http://x"}, expect_error("InvalidArgument", 400, "Invalid group uri", ArgumentName="uri", ArgumentValue="http://x")),
    row("O382", "an e-mail address", {"GrantRead": EMAIL}, expect_error("MethodNotAllowed", 405)),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "PutObjectAcl"])
@pytest.mark.parametrize(("params", "expect"), BAD_ACLS)
def test_bad_acls(open_scene, operation, params, expect):
    open_scene.PutObject(Body=b"")
    expect.check(open_scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **params))


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "PutObjectAcl"])
def test_an_enforced_owner_allows_no_acls(scene, operation):
    """S3's manual, "Disabling ACLs": the ownership of a new bucket (O103)."""
    scene.PutObject(Body=b"")
    NOT_SUPPORTED.check(scene, lambda s: s.call(operation, Bucket="bucket", Key="key", ACL="public-read"))
    scene.call(operation, Bucket="bucket", Key="key", ACL="bucket-owner-full-control")
    assert scene.GetObjectAcl()["Grants"] == [FULL]


def policy(*grants):
    return {"AccessControlPolicy": {"Owner": {"ID": OWNER}, "Grants": list(grants)}}


def test_documents(open_scene):
    open_scene.PutObject(Body=b"")
    open_scene.PutObjectAcl(**policy(FULL, group(ALL_USERS, "READ")))
    assert open_scene.GetObjectAcl()["Grants"] == [FULL, group(ALL_USERS, "READ")]
    open_scene.PutBucketAcl(**policy(FULL, group(ALL_USERS, "WRITE")))
    assert open_scene.GetBucketAcl()["Grants"] == [FULL, group(ALL_USERS, "WRITE")]


@pytest.mark.parametrize(("put", "get"), [("PutObjectAcl", "GetObjectAcl"), ("PutBucketAcl", "GetBucketAcl")])
def test_an_emptied_acl_is_empty(open_scene, put, get):
    """O263; emptied, it does not become the default again."""
    open_scene.PutObject(Body=b"")
    getattr(open_scene, put)(**policy())
    assert getattr(open_scene, get)()["Grants"] == []
    getattr(open_scene, put)(ACL="private")
    assert getattr(open_scene, get)()["Grants"] == [FULL]


MALFORMED = expect_error("MalformedACLError", 400)
BAD_DOCUMENTS = [
    row("O262", "nothing at all", {}, expect_error("MissingSecurityHeader", 400, None, MissingHeaderName="x-amz-acl")),
    row("O262", "no Owner", {"AccessControlPolicy": {"Grants": [FULL]}}, MALFORMED),
    row("O262", "no Owner's ID", {"AccessControlPolicy": {"Owner": {"DisplayName": "x"}, "Grants": [FULL]}}, MALFORMED),
    row("O262", "no Grants", {"AccessControlPolicy": {"Owner": {"ID": OWNER}}}, MALFORMED),
    row("O262", "unknown permission", policy(user(SOMEBODY, "LOOK")), MALFORMED),
    row("O262", "unknown type", policy({"Grantee": {"Type": "Robot", "ID": SOMEBODY}, "Permission": "READ"}), MALFORMED),
    row("O262", "a user without an id", policy({"Grantee": {"Type": "CanonicalUser"}, "Permission": "READ"}), MALFORMED),
    row("O262", "no grantee", policy({"Permission": "READ"}), MALFORMED),
    row("O262", "bad id", policy(user("me", "READ")), expect_error("InvalidArgument", 400, ArgumentName="CanonicalUser/ID", ArgumentValue="me")),
    row("O262", "bad group", policy(group("http://x", "READ")), expect_error("InvalidArgument", 400, ArgumentName="Group/URI", ArgumentValue="http://x")),
    row("O262", "canned ACL and document", {"ACL": "private", **policy(FULL)}, expect_error("UnexpectedContent", 400, "This request does not support content")),
    row("O262", "unknown canned ACL", {"ACL": "junk"}, expect_error("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="junk")),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObjectAcl", "PutBucketAcl"])
@pytest.mark.parametrize(("params", "expect"), BAD_DOCUMENTS)
def test_bad_documents(scene, operation, params, expect):
    """The form is judged before the ownership, which is enforced here (O262)."""
    scene.PutObject(Body=b"")
    expect.check(scene, lambda s: getattr(s, operation)(**params))


@pytest.mark.parametrize("operation", ["PutObjectAcl", "PutBucketAcl"])
@pytest.mark.parametrize(
    "params", [{"ACL": "private"}, {"GrantRead": f"id={SOMEBODY}"}, policy(user(SOMEBODY, "READ")), policy()]
)
def test_the_ownership_is_judged_last(scene, operation, params):
    """O262, O240: even ``private`` is refused on a bucket that exists."""
    scene.PutObject(Body=b"")
    NOT_SUPPORTED.check(scene, lambda s: getattr(s, operation)(**params))


def test_a_delete_marker_has_no_acl(open_scene):
    """O262"""
    open_scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    open_scene.PutObject(Body=b"")
    marker = open_scene.DeleteObject()["VersionId"]
    for version in ({}, {"VersionId": marker}):
        expect_error("MethodNotAllowed", 405, None, Method="PUT", ResourceType="DeleteMarker").check(
            open_scene,
            lambda s: s.PutObjectAcl(ACL="private", **version),  # noqa: B023
        )


def test_bucket_acls(open_scene):
    assert open_scene.GetBucketAcl() == {"Owner": {"ID": OWNER}, "Grants": [FULL]}
    open_scene.PutBucketAcl(GrantWrite=f"uri={ALL_USERS}")
    assert open_scene.GetBucketAcl()["Grants"] == [group(ALL_USERS, "WRITE")]
    open_scene.PutBucketAcl(ACL="log-delivery-write")
    assert len(open_scene.GetBucketAcl()["Grants"]) == 3
    open_scene.CreateBucket(Bucket="shared", GrantRead=f"id={SOMEBODY}", ObjectOwnership="ObjectWriter")
    assert open_scene.GetBucketAcl(Bucket="shared")["Grants"] == [user(SOMEBODY, "READ")]
    for ownership, code in [
        ({}, "InvalidBucketAclWithObjectOwnership"),
        ({"ObjectOwnership": "ObjectWriter"}, "InvalidBucketAclWithBlockPublicAccessError"),
    ]:
        expect_error(code, 400).check(
            open_scene,
            lambda s: s.CreateBucket(Bucket="another", ACL="public-read", **ownership),  # noqa: B023
        )


PREFERRED, ENFORCED = "BucketOwnerPreferred", "BucketOwnerEnforced"


@pytest.mark.parametrize(
    ("ownership", "expected"),
    [({}, PREFERRED), ({"ObjectOwnership": ENFORCED}, ENFORCED), ({"ObjectOwnership": "ObjectWriter"}, "ObjectWriter")],
)
def test_a_private_bucket(scene, ownership, expected):
    """O240"""
    scene.CreateBucket(Bucket="new", ACL="private", **ownership)
    assert scene.GetBucketOwnershipControls(Bucket="new")["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": expected}
    ]
    assert scene.GetBucketAcl(Bucket="new")["Grants"] == [FULL]


def test_an_unknown_acl_creates_no_bucket(scene):
    """O272"""
    expect_error("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="junk").check(
        scene, lambda s: s.CreateBucket(Bucket="new", ACL="junk")
    )
    assert "new" not in scene.fake.buckets


@pytest.mark.parametrize("grant", [group(ALL_USERS, "READ"), user(SOMEBODY, "READ")])
def test_enforcing_the_owner_over_grants_to_others(open_scene, grant):
    """O233"""
    enforce = {"OwnershipControls": {"Rules": [{"ObjectOwnership": ENFORCED}]}}
    open_scene.PutBucketAcl(**policy(FULL, grant))
    expect_error("InvalidBucketAclWithObjectOwnership", 400).check(
        open_scene, lambda s: s.PutBucketOwnershipControls(**enforce)
    )
    open_scene.PutBucketAcl(ACL="private")
    open_scene.PutBucketOwnershipControls(**enforce)


def test_public_acls_are_blocked(scene):
    """S3's manual on BlockPublicAcls, which a new bucket has (O106)."""
    scene.PutBucketOwnershipControls(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    expect_error("AccessDenied", 403).check(scene, lambda s: s.PutObject(Body=b"", ACL="public-read"))
    expect_error("AccessDenied", 403).check(scene, lambda s: s.PutBucketAcl(**policy(group(ALL_USERS, "READ"))))
    scene.PutObject(Body=b"", ACL="private")


def test_versions_have_their_own_acls(open_scene):
    open_scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    first = open_scene.PutObject(Body=b"", ACL="public-read")["VersionId"]
    open_scene.PutObject(Body=b"")
    assert len(open_scene.GetObjectAcl(VersionId=first)["Grants"]) == 2
    assert len(open_scene.GetObjectAcl()["Grants"]) == 1


@pytest.mark.parametrize(
    "operation", ["PutObject", "GetObject", "CreateMultipartUpload", "ListObjectsV2", "HeadBucket", "DeleteObject"]
)
def test_expected_bucket_owner(scene, operation):
    """seeds: another account is 403."""
    scene.PutObject(Body=b"")
    if operation != "HeadBucket":
        expect_error("AccessDenied", 403, "Access Denied").check(
            scene, lambda s: getattr(s, operation)(ExpectedBucketOwner="000000000000")
        )
    getattr(scene, operation)(ExpectedBucketOwner="123456789012")


def test_expected_source_bucket_owner(scene):
    scene.PutObject(Body=b"")
    copy = {"Key": "copy", "CopySource": {"Bucket": "bucket", "Key": "key"}}
    expect_error("AccessDenied", 403).check(
        scene, lambda s: s.CopyObject(**copy, ExpectedSourceBucketOwner="000000000000")
    )
    scene.CopyObject(**copy, ExpectedSourceBucketOwner="123456789012")


def test_request_charged(scene):
    """seeds: RequestCharged if the requester offers to pay and the bucket is Requester Pays."""
    expect_answer(RequestCharged=ABSENT).check(scene, lambda s: s.PutObject(Body=b"", RequestPayer="requester"))
    scene.PutBucketRequestPayment(RequestPaymentConfiguration={"Payer": "Requester"})
    expect_answer(RequestCharged="requester").check(scene, lambda s: s.PutObject(Body=b"", RequestPayer="requester"))
    expect_answer(RequestCharged=ABSENT).check(scene, lambda s: s.PutObject(Body=b""))
    scene.upload(RequestPayer="requester")
    expect_answer(RequestCharged="requester").check(
        scene, lambda s: s.UploadPart(PartNumber=1, Body=b"", RequestPayer="requester")
    )


def test_everything_at_once(scene):
    """Create an upload with all options on a suitable bucket, complete it, and read every option back."""
    from datetime import datetime, timezone

    until = datetime(2090, 1, 1, tzinfo=timezone.utc)
    scene.CreateBucket(Bucket="full", ObjectLockEnabledForBucket=True, ObjectOwnership="ObjectWriter")
    scene.PutBucketRequestPayment(Bucket="full", RequestPaymentConfiguration={"Payer": "Requester"})
    rule = {
        "ID": "abort",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    scene.PutBucketLifecycleConfiguration(Bucket="full", LifecycleConfiguration={"Rules": [rule]})
    properties = {
        "CacheControl": "max-age=1", "ContentDisposition": "inline", "ContentEncoding": "gzip", "ContentLanguage": "de",
        "ContentType": "video/mp4", "Expires": until, "Metadata": {"one": "two"}, "StorageClass": "STANDARD_IA",
        "WebsiteRedirectLocation": "/x", "ServerSideEncryption": "aws:kms", "BucketKeyEnabled": True,
        "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until, "ObjectLockLegalHoldStatus": "ON",
    }  # fmt: skip
    created = scene.CreateMultipartUpload(
        Bucket="full", Key="key", **properties, GrantRead=f"id={SOMEBODY}", Tagging="a=1&b=2", SSEKMSKeyId="some-id",
        SSEKMSEncryptionContext="eyJhIjogImIifQ==", RequestPayer="requester", ExpectedBucketOwner="123456789012",
        ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE",
    )  # fmt: skip
    assert {
        "AbortDate", "AbortRuleId", "Bucket", "Key", "UploadId", "ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext",
        "BucketKeyEnabled", "RequestCharged", "ChecksumAlgorithm", "ChecksumType",
    } == set(created)  # fmt: skip
    upload = {"Bucket": "full", "Key": "key", "UploadId": created["UploadId"]}
    from tests.operations.test_multipart import crc

    checksum = crc(b"aaaaa", "SHA256")
    etag = scene.UploadPart(**upload, PartNumber=1, Body=b"aaaaa", ChecksumSHA256=checksum)["ETag"]
    completed = scene.CompleteMultipartUpload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag, "ChecksumSHA256": checksum}]}
    )
    head = scene.HeadObject(Bucket="full")
    assert {name: head[name] for name in properties} == properties
    assert (head["VersionId"], head["ETag"]) == (completed["VersionId"], completed["ETag"])
    assert is_older() or head["TagCount"] == 2
    assert head["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/some-id"
    assert scene.GetObjectAcl(Bucket="full")["Grants"] == [user(SOMEBODY, "READ")]
    assert scene.GetObjectTagging(Bucket="full")["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert scene.GetObjectRetention(Bucket="full")["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": until}
    assert scene.GetObjectLegalHold(Bucket="full")["LegalHold"] == {"Status": "ON"}
    attributes = scene.GetObjectAttributes(Bucket="full", ObjectAttributes=["StorageClass", "Checksum", "ObjectParts"])
    assert attributes["StorageClass"] == "STANDARD_IA"
    assert attributes["Checksum"]["ChecksumType"] == "COMPOSITE"
    assert scene.ListObjectVersions(Bucket="full")["Versions"][0]["StorageClass"] == "STANDARD_IA"
