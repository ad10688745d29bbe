"""Who may do what: identity policies, bucket policies, ACLs and ownership, through every way in, and what the log says of it."""

import json
from urllib.parse import quote

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3, S3Error
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from tests.operations.scene import PLAIN, Scene, through_boto, through_client

OWNER, GUEST = "123456789012", "210987654321"
BUCKET, OBJECTS = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"
KMS = "arn:aws:kms:us-east-1:123456789012:key/a"


def through_key(fake, access_key, **options):
    """Calls of a client that signs with this key; None is an anonymous one."""
    if access_key is None:
        return through_boto(boto3.client("s3", config=Config(**PLAIN, signature_version=UNSIGNED), **options))
    keys = {"aws_access_key_id": access_key, "aws_secret_access_key": "secret"}
    return through_boto(boto3.client("s3", config=Config(**PLAIN), **keys, **options))


def through_service(fake, access_key, **options):
    def call(operation, **params):
        if isinstance(params.get("CopySource"), dict):
            params["CopySource"] = quote("{Bucket}/{Key}".format(**params["CopySource"]))
        client_info = ClientInfo("https://bucket.s3.amazonaws.com", access_key=access_key)
        try:
            return dict(fake._service.answer(TypedRequest(operation, params, client_info)))
        except S3Error as error:
            metadata = {"HTTPStatusCode": error.status}
            document = {"Code": error.code, "Message": error.message}
            raise ClientError({"Error": document, "ResponseMetadata": metadata}, operation) from None

    return call


class Callers(Scene):
    """A scene with the calls of others: ``scene.by("READER").GetObject()``."""

    def __init__(self, fake, through, **options):
        super().__init__(fake, through_client)
        self.through, self.options = through, options

    def by(self, access_key):
        other = Scene.__new__(Scene)
        other.fake, other.upload_id = self.fake, self.upload_id
        other.call = self.through(self.fake, access_key, **self.options)
        return other


@pytest.fixture(params=["before-call", "before-send", "service", "server"])
def scene(request):
    fake_options = {
        "min_part_size": 1,
        "open_uploads": "ignore",
        "wire": "http" if request.param == "before-send" else "auto",
    }
    with FakeS3(buckets=["bucket", "other"], **fake_options) as fake:
        fake.credentials.add("OWNER", "secret", account_id=OWNER)
        fake.credentials.add("GUEST", "secret", account_id=GUEST)
        if request.param == "server":
            with fake.serve() as server:
                yield Callers(fake, through_key, endpoint_url=server.url)
        else:
            yield Callers(fake, through_service if request.param == "service" else through_key)


def statement(action, resource=(BUCKET, OBJECTS), effect="Allow", **elements):
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def deny(action, resource=(BUCKET, OBJECTS), **elements):
    return statement(action, resource, "Deny", **elements)


def identity(*statements, key="USER", account=OWNER, **more):
    """A user with this policy."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return lambda scene: scene.fake.credentials.add(key, "secret", account_id=account, policy=policy, **more)


def bucket_policy(*statements):
    """A bucket policy whose statements are for everybody unless they say something else."""
    statements = [one if "NotPrincipal" in one else {"Principal": "*", **one} for one in statements]

    def put(scene):
        scene.DeletePublicAccessBlock()
        scene.PutBucketPolicy(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    return put


def enable_acls(scene, ownership="ObjectWriter"):
    scene.DeletePublicAccessBlock()
    scene.PutBucketOwnershipControls(OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


def outcome(act):
    """The code of the error, or of the status if HEAD has no code; "ok" without one."""
    try:
        act()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {"403": "AccessDenied", "404": "NotFound", "NoSuchKey": "NotFound"}.get(code, code)
    return "ok"


DENIED, OK, MISSING = "AccessDenied", "ok", "NotFound"
READ = statement("s3:GetObject", OBJECTS)
LIST = statement("s3:ListBucket", BUCKET)
GUESTS = {"Principal": {"AWS": GUEST}}
VERSIONED = {"Status": "Enabled"}


def case(fact, name, given, by, act, expected, decision=None):
    """One row; ``decision`` is part of what the call log says."""
    return pytest.param(
        given if isinstance(given, list) else [given], by, act, expected, decision, id=f"{fact}: {name}"
    )


def get(**params):
    return lambda s: s.GetObject(**params)


def put(**params):
    return lambda s: s.PutObject(**{"Body": b"y", **params})


def copy(**params):
    return lambda s: s.CopyObject(**{"Key": "copy", "CopySource": {"Bucket": "bucket", "Key": "key"}, **params})


def tag(scene):
    scene.PutObjectTagging(Tagging={"TagSet": [{"Key": "team", "Value": "red"}]})


def new_bucket_if(operator, key, value):
    """A user that may create buckets under a condition."""
    allowed = statement("s3:CreateBucket", "*", Condition={operator: {key: value}})
    return identity(allowed, statement("s3:TagResource", "*"))


def tagged_bucket(*names):
    tags = [{"Key": name, "Value": "red"} for name in names]
    return lambda s: s.CreateBucket(Bucket="new", CreateBucketConfiguration={"Tags": tags})


def condition(action, *conditions, resource=OBJECTS):
    """A denial under conditions: operator, key, value."""
    block = {}
    for operator, key, value in conditions:
        block.setdefault(operator, {})[key] = value
    return bucket_policy(deny(action, resource, Condition=block))


# fmt: off
CASES = [
    # one account: its users need a permission
    case("O324", "the account may do everything", [], "OWNER", get(), OK, None),
    case("O324", "a user may what its policy allows", identity(READ), "USER", get(), OK, "s3:GetObject: allowed by statement 1 of the identity policy"),
    case("O324", "and nothing else", identity(READ), "USER", put(), DENIED, "s3:PutObject on arn:aws:s3:::bucket/key: allowed by no statement of the identity policy, no bucket policy, no ACL"),
    case("O324", "other resources", identity(statement("s3:GetObject", "arn:aws:s3:::bucket/public/*")), "USER", get(), DENIED),
    case("O324", "all of S3", identity(statement("s3:*", "*")), "USER", put(), OK),
    case("O324", "actions of other services are ignored", identity(statement(["sqs:*", "s3:GetObject"], "*")), "USER", get(), OK),
    case("O324", "an explicit denial wins", identity(statement("s3:*", "*"), deny("s3:GetObject", Sid="NoReads")), "USER", get(), DENIED, "s3:GetObject on arn:aws:s3:::bucket/key: denied by statement 'NoReads' of the identity policy"),
    case("O324", "the bucket's policy allows it too", [identity(LIST), bucket_policy(READ)], "USER", get(), OK, "statement 1 of the bucket policy"),
    case("O324", "the bucket's policy names the user", [identity(LIST), bucket_policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:user/USER"}})], "USER", get(), OK),
    case("O324", "the bucket's policy names another user", [identity(LIST), bucket_policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:user/OTHER"}})], "USER", get(), DENIED),
    case("O324", "a permission for the account only delegates", [identity(LIST), bucket_policy({**READ, "Principal": {"AWS": OWNER}})], "USER", get(), DENIED, "no statement of the bucket policy"),
    case("O324", "the bucket's policy denies it", [identity(READ), bucket_policy(deny("s3:Get*"))], "USER", get(), DENIED, "denied by statement 1 of the bucket policy"),
    case("O324", "the bucket's policy denies it to the owner", bucket_policy(READ, deny("s3:*")), "OWNER", get(), DENIED, "denied by statement 2 of the bucket policy"),
    case("O324", "but not to take the denial back", bucket_policy(deny("s3:*")), "OWNER", lambda s: s.DeleteBucketPolicy(), OK),
    case("O324", "a user cannot take it back", [identity(statement("s3:*", "*")), bucket_policy(deny("s3:*"))], "USER", lambda s: s.DeleteBucketPolicy(), DENIED),
    case("O324", "a user without a policy", lambda s: s.fake.credentials.add("USER", "secret", account_id=OWNER, tags={"a": "b"}), "USER", get(), OK),
    case("O324", "a role's ARN", [identity(LIST, arn=f"arn:aws:iam::{OWNER}:role/reader"), bucket_policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:role/reader"}})], "USER", get(), OK),
    case("O324", "a role's session", [identity(LIST, arn=f"arn:aws:sts::{OWNER}:assumed-role/reader/me"), bucket_policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:role/reader"}})], "USER", get(), OK),
    case("O324", "all but a role", [identity(READ, arn=f"arn:aws:iam::{OWNER}:role/reader"), bucket_policy(deny("s3:GetObject", OBJECTS, NotPrincipal={"AWS": [f"arn:aws:iam::{OWNER}:role/reader", OWNER]}))], "USER", get(), OK),
    case("O269", "lists of buckets", identity(READ), "USER", lambda s: s.ListBuckets(), DENIED, "s3:ListAllMyBuckets"),
    case("O269", "lists of buckets allowed", identity(statement("s3:ListAllMyBuckets", "arn:aws:s3:::*")), "USER", lambda s: s.ListBuckets(), OK),
    # another account: both sides need one
    case("O324", "nobody else may", [], "GUEST", get(), DENIED, "s3:GetObject on arn:aws:s3:::bucket/key: allowed by no bucket policy, no ACL"),
    case("O324", "nor anonymous callers", [], None, get(), DENIED),
    case("O324", "the bucket's policy lets an account in", bucket_policy(READ | GUESTS), "GUEST", get(), OK, "s3:GetObject: allowed by statement 1 of the bucket policy"),
    case("O324", "not anonymous callers", bucket_policy(READ | GUESTS), None, get(), DENIED),
    case("O324", "everybody", bucket_policy(READ), None, get(), OK),
    case("O324", "an account's user without a permission of its own", [identity(LIST, account=GUEST), bucket_policy(READ | GUESTS)], "USER", get(), DENIED, "allowed by no statement of the identity policy"),
    case("O324", "an account's user with both", [identity(READ, account=GUEST), bucket_policy(READ | GUESTS)], "USER", get(), OK, "statement 1 of the identity policy and statement 1 of the bucket policy"),
    case("O324", "an account's user with its own only", identity(READ, account=GUEST), "USER", get(), DENIED, "no bucket policy, no ACL"),
    case("O324", "a member of the account", bucket_policy({**READ, "Principal": {"AWS": f"arn:aws:iam::{GUEST}:role/reader"}}), "GUEST", get(), OK),
    case("O324", "owner's-only operations by policy", bucket_policy(statement("s3:PutLifecycleConfiguration", BUCKET, **GUESTS)), "GUEST", lambda s: s.DeleteBucketLifecycle(), OK),
    # Block Public Access
    case("O225", "public policies count for nobody else", [bucket_policy(READ), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})], "GUEST", get(), DENIED, "denied by RestrictPublicBuckets, because the bucket policy is public"),
    case("O225", "nor for anonymous callers", [bucket_policy(READ), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})], None, get(), DENIED),
    case("O225", "also where another statement names them", [bucket_policy(READ, READ | GUESTS), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})], "GUEST", get(), DENIED),
    case("O225", "but for the account's users", [identity(LIST), bucket_policy(READ), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})], "USER", get(), OK),
    case("O225", "policies that are not public count", [bucket_policy(READ | GUESTS), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})], "GUEST", get(), OK),
    case("O324", "the account restricts them", [bucket_policy(READ), lambda s: s.fake._store.public_access_blocks.update({s.fake._store.owner: {"RestrictPublicBuckets": True}})], "GUEST", get(), DENIED),
    case("O324", "public ACLs are ignored", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="public-read"), lambda s: s.PutPublicAccessBlock(PublicAccessBlockConfiguration={"IgnorePublicAcls": True})], None, get(), DENIED),
    case("O324", "the account ignores public ACLs", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="public-read"), lambda s: s.fake._store.public_access_blocks.update({s.fake._store.owner: {"IgnorePublicAcls": True}})], None, get(), DENIED),
    # ACLs and ownership
    case("O325", "a public object", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="public-read")], None, get(), OK, "s3:GetObject: allowed by the object's ACL"),
    case("O325", "a public bucket's list", [enable_acls, lambda s: s.PutBucketAcl(ACL="public-read")], None, lambda s: s.ListObjectsV2(), OK, "the bucket's ACL"),
    case("O325", "a public object for a user without a permission", [identity(LIST), enable_acls, lambda s: s.PutObject(Body=b"x", ACL="public-read")], "USER", get(), OK),
    case("O325", "ACLs do not matter where ownership is enforced", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="public-read"), lambda s: enable_acls(s, "BucketOwnerEnforced")], None, get(), DENIED),
    case("O325", "another account's object", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], "OWNER", get(), DENIED, "s3:GetObject on arn:aws:s3:::bucket/key: allowed by"),
    case("O325", "with a grant", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x", ACL="bucket-owner-read")], "OWNER", get(), OK, "the object's ACL"),
    case("O325", "ceded to the bucket's owner", [lambda s: enable_acls(s, "BucketOwnerPreferred"), bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x", ACL="bucket-owner-full-control")], "OWNER", get(), OK),
    case("O325", "its writer", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], "GUEST", get(), OK, "the object's ACL"),
    case("O325", "its writer tags it", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], "GUEST", tag, OK, "owning the object"),
    case("O325", "another account does not tag it", enable_acls, "GUEST", tag, DENIED, "allowed by no bucket policy, no ACL"),
    case("O325", "an object for every account", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="authenticated-read")], "GUEST", get(), OK, "the object's ACL"),
    case("O325", "not for anonymous callers", [enable_acls, lambda s: s.PutObject(Body=b"x", ACL="authenticated-read")], None, get(), DENIED),
    case("O325", "the bucket's policy does not reach it", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], None, get(), DENIED),
    case("O325", "the bucket's owner deletes it", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], "OWNER", lambda s: s.DeleteObject(), OK),
    case("O325", "the bucket's owner overwrites it", [enable_acls, bucket_policy(statement("s3:*")), lambda s: s.by("GUEST").PutObject(Body=b"x")], "OWNER", put(ACL="private"), OK),
    # missing keys
    case("O264", "missing for the owner", [], "OWNER", get(Key="none"), MISSING),
    case("O264", "missing for who may read only", bucket_policy(READ), "GUEST", get(Key="none"), DENIED, "s3:ListBucket on arn:aws:s3:::bucket: allowed by no statement of the bucket policy, no ACL"),
    case("O264", "missing for who may list", bucket_policy(READ, LIST), "GUEST", get(Key="none"), MISSING),
    case("O264", "HEAD for who may read only", bucket_policy(READ), None, lambda s: s.HeadObject(Key="none"), DENIED),
    case("O264", "HEAD for who may list", bucket_policy(READ, LIST), None, lambda s: s.HeadObject(Key="none"), MISSING),
    case("O264", "by a public bucket's ACL", [enable_acls, lambda s: s.PutBucketAcl(ACL="public-read")], None, get(Key="none"), MISSING),
    case("O264", "a user who may read only", identity(READ), "USER", get(Key="none"), DENIED),
    case("O264", "a user who may list", identity(READ, LIST), "USER", get(Key="none"), MISSING),
    case("O264", "a user who may list only", identity(LIST), "USER", get(Key="none"), MISSING),
    case("O264", "reading is denied", identity(LIST, deny("s3:GetObject")), "USER", get(Key="none"), DENIED),
    # actions
    case("O269", "a version", [lambda s: s.PutBucketVersioning(VersioningConfiguration=VERSIONED), identity(READ)], "USER", get(VersionId="null"), DENIED, "s3:GetObjectVersion"),
    case("O269", "a version allowed", [lambda s: s.PutBucketVersioning(VersioningConfiguration=VERSIONED), identity(statement("s3:GetObjectVersion", OBJECTS))], "USER", get(VersionId="null"), OK),
    case("O269", "delete a version", [lambda s: s.PutBucketVersioning(VersioningConfiguration=VERSIONED), identity(statement("s3:DeleteObject", OBJECTS))], "USER", lambda s: s.DeleteObject(VersionId="null"), DENIED, "s3:DeleteObjectVersion"),
    case("O269", "CORS is deleted by putting", identity(statement("s3:PutBucketCORS", BUCKET)), "USER", lambda s: s.DeleteBucketCors(), OK),
    case("O269", "encryption", identity(statement("s3:GetEncryptionConfiguration", BUCKET)), "USER", lambda s: s.GetBucketEncryption(), OK),
    case("O269", "public access", identity(statement("s3:GetBucketPublicAccessBlock", BUCKET)), "USER", lambda s: s.GetPublicAccessBlock(), OK),
    case("O269", "heads of buckets", identity(LIST), "USER", lambda s: s.HeadBucket(), OK),
    case("O269", "lists of versions", identity(LIST), "USER", lambda s: s.ListObjectVersions(), DENIED, "s3:ListBucketVersions"),
    case("O329", "attributes need both", identity(statement("s3:GetObjectAttributes", OBJECTS)), "USER", lambda s: s.GetObjectAttributes(ObjectAttributes=["ETag"]), DENIED, "s3:GetObject on"),
    case("O329", "attributes with both", identity(statement(["s3:GetObjectAttributes", "s3:GetObject"], OBJECTS)), "USER", lambda s: s.GetObjectAttributes(ObjectAttributes=["ETag"]), OK),
    case("O329", "tags need an action", identity(statement("s3:PutObject", OBJECTS)), "USER", put(Tagging="a=b"), DENIED, "s3:PutObjectTagging"),
    case("O329", "tags with it", identity(statement(["s3:PutObject", "s3:PutObjectTagging"], OBJECTS)), "USER", put(Tagging="a=b"), OK),
    case("O329", "an ACL needs one", [enable_acls, identity(statement("s3:PutObject", OBJECTS))], "USER", put(ACL="private"), DENIED, "s3:PutObjectAcl"),
    case("O329", "retention needs one", identity(statement("s3:PutObject", OBJECTS)), "USER", put(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate="2040-01-01T00:00:00Z"), DENIED, "s3:PutObjectRetention"),
    case("O329", "a legal hold needs one", identity(statement("s3:PutObject", OBJECTS)), "USER", put(ObjectLockLegalHoldStatus="ON"), DENIED, "s3:PutObjectLegalHold"),
    case("O329", "bypass needs one", identity(statement("s3:DeleteObject", OBJECTS)), "USER", lambda s: s.DeleteObject(BypassGovernanceRetention=True), DENIED, "s3:BypassGovernanceRetention"),
    case("O330", "a new bucket", identity(statement("s3:CreateBucket", "*")), "USER", lambda s: s.CreateBucket(Bucket="new"), OK),
    case("O330", "a new bucket refused", identity(LIST), "USER", lambda s: s.CreateBucket(Bucket="new"), DENIED, "s3:CreateBucket on arn:aws:s3:::new"),
    case("O330", "its ownership", identity(statement("s3:CreateBucket", "*")), "USER", lambda s: s.CreateBucket(Bucket="new", ObjectOwnership="ObjectWriter"), DENIED, "s3:PutBucketOwnershipControls"),
    case("O330", "its lock", identity(statement("s3:CreateBucket", "*")), "USER", lambda s: s.CreateBucket(Bucket="new", ObjectLockEnabledForBucket=True), DENIED, "s3:PutBucketObjectLockConfiguration"),
    # copies: both sides
    case("O329", "a copy needs its source", identity(statement("s3:PutObject", OBJECTS), LIST), "USER", copy(), DENIED, "s3:GetObject on arn:aws:s3:::bucket/key"),
    case("O329", "a copy needs its destination", identity(READ), "USER", copy(), DENIED, "s3:PutObject on arn:aws:s3:::bucket/copy"),
    case("O329", "a copy with both", identity(statement(["s3:PutObject", "s3:GetObject"], OBJECTS)), "USER", copy(), OK),
    case("O329", "a copy of tags reads them", [tag, identity(statement(["s3:PutObject", "s3:GetObject", "s3:PutObjectTagging"], OBJECTS))], "USER", copy(), DENIED, "s3:GetObjectTagging"),
    case("O329", "a copy of tags writes them", [tag, identity(statement(["s3:PutObject", "s3:GetObject", "s3:GetObjectTagging"], OBJECTS))], "USER", copy(), DENIED, "s3:PutObjectTagging"),
    case("O329", "a copy of tags with both", [tag, identity(statement(["s3:PutObject*", "s3:GetObject*"], OBJECTS))], "USER", copy(), OK),
    case("O329", "a copy of a version", [lambda s: s.PutBucketVersioning(VersioningConfiguration=VERSIONED), identity(statement(["s3:PutObject", "s3:GetObject"], OBJECTS))], "USER", copy(CopySource="bucket/key?versionId=null"), DENIED, "s3:GetObjectVersion"),
    # anonymous callers
    case("O322", "uploads", bucket_policy(statement("s3:*")), None, lambda s: s.CreateMultipartUpload(), DENIED),
    case("O322", "copies", bucket_policy(statement("s3:*")), None, copy(), DENIED),
    case("O322", "plain puts are allowed", bucket_policy(statement("s3:*")), None, put(), OK),
    # conditions
    case("O273", "the usual one: no header", condition("s3:PutObject", ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")), "OWNER", lambda s: s.CreateMultipartUpload(), DENIED, "denied by statement 1 of the bucket policy"),
    case("O273", "the usual one: another method", condition("s3:PutObject", ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")), "OWNER", lambda s: s.CreateMultipartUpload(ServerSideEncryption="AES256"), DENIED),
    case("O273", "the usual one: that method", condition("s3:PutObject", ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")), "OWNER", lambda s: s.CreateMultipartUpload(ServerSideEncryption="aws:kms"), OK),
    case("O273", "refused before the algorithm is looked at", condition("s3:PutObject", ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")), "OWNER", put(ServerSideEncryption="junk"), DENIED),
    case("O273", "a bad algorithm that is allowed", condition("s3:PutObject", ("StringEquals", "s3:x-amz-server-side-encryption", "aws:kms")), "OWNER", put(ServerSideEncryption="junk"), "InvalidArgument"),
    case("O273", "no encryption header", condition("s3:PutObject", ("Null", "s3:x-amz-server-side-encryption", "true")), "OWNER", put(), DENIED),
    case("O273", "KMS key by ARN", condition("s3:PutObject", ("StringNotEqualsIfExists", "s3:x-amz-server-side-encryption-aws-kms-key-id", KMS)), "OWNER", put(ServerSideEncryption="aws:kms", SSEKMSKeyId=KMS), OK),
    case("O273", "another KMS key", condition("s3:PutObject", ("StringNotEqualsIfExists", "s3:x-amz-server-side-encryption-aws-kms-key-id", KMS)), "OWNER", put(ServerSideEncryption="aws:kms", SSEKMSKeyId="b"), DENIED),
    case("O273", "canned ACL", [enable_acls, condition("s3:PutObject", ("StringEquals", "s3:x-amz-acl", "public-read"))], "OWNER", put(ACL="public-read"), DENIED),
    case("O273", "another canned ACL", [enable_acls, condition("s3:PutObject", ("StringEquals", "s3:x-amz-acl", "public-read"))], "OWNER", put(ACL="private"), OK),
    case("O273", "a grant", [enable_acls, condition("s3:PutObject", ("StringLike", "s3:x-amz-grant-read", "*AllUsers*"))], "OWNER", put(GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"'), DENIED),
    case("O273", "copy source", condition("s3:PutObject", ("StringNotLike", "s3:x-amz-copy-source", "bucket/public/*")), "OWNER", copy(), DENIED),
    case("O273", "copy source allowed", condition("s3:PutObject", ("StringNotLike", "s3:x-amz-copy-source", "bucket/k*")), "OWNER", copy(), OK),
    case("O273", "metadata directive", condition("s3:PutObject", ("StringEquals", "s3:x-amz-metadata-directive", "REPLACE")), "OWNER", copy(MetadataDirective="REPLACE"), DENIED),
    case("O273", "storage class", condition("s3:PutObject", ("StringEquals", "s3:x-amz-storage-class", ["GLACIER", "DEEP_ARCHIVE"])), "OWNER", put(StorageClass="GLACIER"), DENIED),
    case("O273", "existing tag", [tag, condition("s3:GetObject", ("StringEquals", "s3:ExistingObjectTag/team", "red"))], "OWNER", get(), DENIED),
    case("O273", "existing tag of another name", [tag, condition("s3:GetObject", ("StringEquals", "s3:ExistingObjectTag/Team", "red"))], "OWNER", get(), OK),
    case("O273", "requested tag", condition("s3:PutObject", ("StringEquals", "s3:RequestObjectTag/team", "blue")), "OWNER", put(Tagging="team=blue&x=y"), DENIED),
    case("O273", "requested tag in a document", condition("s3:PutObjectTagging", ("StringEquals", "s3:RequestObjectTag/team", "red")), "OWNER", tag, DENIED),
    case("O273", "requested tags' names", condition("s3:PutObject", ("ForAnyValue:StringNotEquals", "s3:RequestObjectTagKeys", ["team"])), "OWNER", put(Tagging="team=blue&x=y"), DENIED),
    case("O273", "requested tags' names, all good", condition("s3:PutObject", ("ForAnyValue:StringNotEquals", "s3:RequestObjectTagKeys", ["team"])), "OWNER", put(Tagging="team=blue"), OK),
    case("O273", "prefix", condition("s3:ListBucket", ("StringNotLike", "s3:prefix", "home/*"), resource=BUCKET), "OWNER", lambda s: s.ListObjectsV2(Prefix="logs/"), DENIED),
    case("O273", "prefix allowed", condition("s3:ListBucket", ("StringNotLike", "s3:prefix", "home/*"), resource=BUCKET), "OWNER", lambda s: s.ListObjectsV2(Prefix="home/a"), OK),
    case("O273", "no prefix", condition("s3:ListBucket", ("StringNotLike", "s3:prefix", "home/*"), resource=BUCKET), "OWNER", lambda s: s.ListObjects(), DENIED),
    case("O273", "delimiter", condition("s3:ListBucket", ("StringNotEquals", "s3:delimiter", "/"), resource=BUCKET), "OWNER", lambda s: s.ListObjectsV2(Delimiter="/"), OK),
    case("O273", "max-keys", condition("s3:ListBucket", ("NumericGreaterThan", "s3:max-keys", "10"), resource=BUCKET), "OWNER", lambda s: s.ListObjectsV2(MaxKeys=11), DENIED),
    case("O273", "max-keys allowed", condition("s3:ListBucket", ("NumericGreaterThan", "s3:max-keys", "10"), resource=BUCKET), "OWNER", lambda s: s.ListObjectsV2(MaxKeys=10), OK),
    case("O273", "version id", [lambda s: s.PutBucketVersioning(VersioningConfiguration=VERSIONED), condition("s3:GetObjectVersion", ("StringEquals", "s3:VersionId", "null"))], "OWNER", get(VersionId="null"), DENIED),
    case("O273", "if-none-match", condition("s3:PutObject", ("Null", "s3:if-none-match", "true"), ("Bool", "s3:ObjectCreationOperation", "true")), "OWNER", put(Key="new"), DENIED),
    case("O273", "if-none-match sent", condition("s3:PutObject", ("Null", "s3:if-none-match", "true"), ("Bool", "s3:ObjectCreationOperation", "true")), "OWNER", put(Key="new", IfNoneMatch="*"), OK),
    case("O328", "uploads are no creations yet", condition("s3:PutObject", ("Null", "s3:if-none-match", "true"), ("Bool", "s3:ObjectCreationOperation", "true")), "OWNER", lambda s: s.CreateMultipartUpload(), OK),
    case("O273", "signature", condition("s3:GetObject", ("StringEquals", "s3:signatureversion", "AWS4-HMAC-SHA256")), "OWNER", get(), DENIED),
    case("O273", "where the signature is", condition("s3:GetObject", ("StringNotEquals", "s3:authType", "REST-HEADER")), "OWNER", get(), OK),
    case("O273", "source address", condition("s3:GetObject", ("NotIpAddress", "aws:SourceIp", "127.0.0.0/8")), "OWNER", get(), OK),
    case("O273", "another source address", condition("s3:GetObject", ("IpAddress", "aws:SourceIp", "127.0.0.0/8")), "OWNER", get(), DENIED),
    case("O273", "principal", condition("s3:GetObject", ("ArnNotEquals", "aws:PrincipalArn", f"arn:aws:iam::{OWNER}:root")), "OWNER", get(), OK),
    case("O273", "another principal", [identity(READ), condition("s3:GetObject", ("ArnNotEquals", "aws:PrincipalArn", f"arn:aws:iam::{OWNER}:root"))], "USER", get(), DENIED),
    case("O273", "the principal's account", [bucket_policy(statement("s3:GetObject", OBJECTS, Condition={"StringEquals": {"aws:PrincipalAccount": GUEST}}))], "GUEST", get(), OK),
    case("O273", "another account", [bucket_policy(statement("s3:GetObject", OBJECTS, Condition={"StringEquals": {"aws:PrincipalAccount": OWNER}}))], "GUEST", get(), DENIED),
    case("O273", "anonymous callers", condition("s3:GetObject", ("StringEquals", "aws:PrincipalType", "Anonymous")), None, get(), DENIED),
    case("O273", "the time", condition("s3:GetObject", ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")), "OWNER", get(), DENIED),
    case("O273", "the time as a number", condition("s3:GetObject", ("NumericLessThan", "aws:EpochTime", "1600000000")), "OWNER", get(), OK),
    case("O273", "the bucket's account", identity(statement("s3:GetObject", "*", Condition={"StringEquals": {"s3:ResourceAccount": OWNER}})), "USER", get(), OK),
    case("O273", "region", condition("s3:GetObject", ("StringEquals", "aws:RequestedRegion", "us-east-1")), "OWNER", get(), DENIED),
    case("O273", "location", identity(statement("s3:CreateBucket", "*", Condition={"StringEquals": {"s3:LocationConstraint": "eu-west-1"}})), "USER", lambda s: s.CreateBucket(Bucket="new"), DENIED),
    case("O273", "a new bucket's tags' names", new_bucket_if("ForAllValues:StringEquals", "aws:TagKeys", "team"), "USER", tagged_bucket("team"), OK),
    case("O273", "a new bucket's tags' names, one of them other", new_bucket_if("ForAllValues:StringEquals", "aws:TagKeys", "team"), "USER", tagged_bucket("team", "x"), DENIED, "s3:CreateBucket"),
    case("O273", "a new bucket must have tags", new_bucket_if("Null", "aws:TagKeys", "false"), "USER", tagged_bucket("team"), OK),
    case("O273", "a new bucket without tags", new_bucket_if("Null", "aws:TagKeys", "false"), "USER", lambda s: s.CreateBucket(Bucket="new"), DENIED, "s3:CreateBucket"),
    case("O273", "accounts", condition("s3:GetObject", ("StringEquals", "aws:PrincipalType", "Account")), "OWNER", get(), DENIED),
    case("O273", "users are no accounts", [identity(READ), condition("s3:GetObject", ("StringEquals", "aws:PrincipalType", "Account"))], "USER", get(), OK),
    case("O273", "users", [identity(READ), condition("s3:GetObject", ("StringEquals", "aws:PrincipalType", "User"))], "USER", get(), DENIED),
    case("manual", "the user id of an account", condition("s3:GetObject", ("StringEquals", "aws:userid", OWNER)), "OWNER", get(), DENIED),
    case("manual", "the user id of another account", [bucket_policy(READ, deny("s3:GetObject", Condition={"StringEquals": {"aws:userid": OWNER}}))], "GUEST", get(), OK),
    case("manual", "the user id of anonymous callers", [bucket_policy(READ, deny("s3:GetObject", Condition={"StringEquals": {"aws:userid": "anonymous"}}))], None, get(), DENIED),
    case("manual", "accounts are not anonymous", [bucket_policy(READ, deny("s3:GetObject", Condition={"StringEquals": {"aws:userid": "anonymous"}}))], "GUEST", get(), OK),
    case("O273", "a legal hold", condition("s3:PutObject", ("StringEquals", "s3:object-lock-legal-hold", "ON")), "OWNER", put(ObjectLockLegalHoldStatus="ON"), DENIED, "denied by statement 1 of the bucket policy"),
    case("O273", "a legal hold in a document", condition("s3:PutObjectLegalHold", ("StringEquals", "s3:object-lock-legal-hold", "OFF")), "OWNER", lambda s: s.PutObjectLegalHold(LegalHold={"Status": "OFF"}), DENIED, "denied by statement 1 of the bucket policy"),
    case("O327", "a user's home", identity(statement("s3:PutObject", "arn:aws:s3:::bucket/home/${aws:username}/*")), "USER", put(Key="home/USER/a"), OK),
    case("O327", "another user's home", identity(statement("s3:PutObject", "arn:aws:s3:::bucket/home/${aws:username}/*")), "USER", put(Key="home/OTHER/a"), DENIED),
    case("O327", "a user's home, listed", identity(statement("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}})), "USER", lambda s: s.ListObjectsV2(Prefix="USER/"), OK),
    case("O327", "a team's prefix", identity(statement("s3:PutObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*"), tags={"team": "red"}), "USER", put(Key="red/a"), OK),
    case("O327", "another team's prefix", identity(statement("s3:PutObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*"), tags={"team": "red"}), "USER", put(Key="blue/a"), DENIED),
    case("O327", "without the tag", identity(statement("s3:PutObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*")), "USER", put(Key="red/a"), DENIED),
]
# fmt: on


@pytest.mark.parametrize(("given", "by", "act", "expected", "decision"), CASES)
def test_cases(scene, given, by, act, expected, decision):
    scene.PutObject(Body=b"x")
    for step in given:
        step(scene)
    before = scene.state()
    assert outcome(lambda: act(scene.by(by))) == expected
    if decision is not None:
        assert decision in scene.fake.calls[-1].decision
    if expected == DENIED:
        assert scene.state() == before


# Further rows with their own steps.


def message(act):
    with pytest.raises(ClientError) as raised:
        act()
    return raised.value.response["Error"]["Message"]


def test_the_reason_is_told_within_an_account(scene):
    """O320"""
    scene.PutObject(Body=b"x")
    identity(deny("s3:PutObject"), LIST)(scene)
    user = f"User: arn:aws:iam::{OWNER}:user/USER is not authorized to perform: "
    by = scene.by("USER")
    assert message(by.GetObject) == (
        f'{user}s3:GetObject on resource: "{BUCKET}/key" because no identity-based policy allows the s3:GetObject action'
    )
    assert message(lambda: by.PutObject(Body=b"x")) == (
        f'{user}s3:PutObject on resource: "{BUCKET}/key" with an explicit deny in an identity-based policy'
    )
    bucket_policy(deny("s3:GetObject"))(scene)
    assert message(scene.by("OWNER").GetObject) == (
        f"User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:GetObject on resource: "
        f'"{BUCKET}/key" with an explicit deny in a resource-based policy'
    )
    assert message(scene.by("GUEST").GetObject) == message(scene.by(None).GetObject) == "Access Denied"


def test_what_anonymous_callers_may_never_do(scene):
    """O322"""
    bucket_policy(statement("s3:*"))(scene)
    assert message(scene.by(None).CreateMultipartUpload) == (
        "Anonymous users cannot initiate multipart uploads.  Please authenticate."
    )
    assert message(lambda: copy()(scene.by(None))) == "Anonymous users cannot copy objects.  Please authenticate."


def test_batch_deletes_are_judged_key_by_key(scene):
    """O246: 200, and what was refused is among the errors; the log says why."""
    for key in ("a", "tmp/b", "c"):
        scene.PutObject(Key=key, Body=b"x")
    identity(statement("s3:DeleteObject", "arn:aws:s3:::bucket/tmp/*"))(scene)
    answer = scene.by("USER").DeleteObjects(Delete={"Objects": [{"Key": key} for key in ("a", "tmp/b", "c")]})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["tmp/b"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("a", DENIED), ("c", DENIED)]
    assert scene.fake.buckets["bucket"].keys() == ["a", "c"]
    decision = scene.fake.calls[-1].decision
    assert "s3:DeleteObject: allowed by statement 1 of the identity policy" in decision
    assert "s3:DeleteObject on arn:aws:s3:::bucket/a: allowed by no statement" in decision


def test_batch_deletes_of_versions_need_their_own_action(scene):
    """O246, O269"""
    scene.PutBucketVersioning(VersioningConfiguration=VERSIONED)
    version_id = scene.PutObject(Body=b"x")["VersionId"]
    identity(statement("s3:DeleteObject", OBJECTS))(scene)
    objects = [{"Key": "key", "VersionId": version_id}, {"Key": "key"}]
    answer = scene.by("USER").DeleteObjects(Delete={"Objects": objects})
    assert [entry.get("VersionId") for entry in answer["Errors"]] == [version_id]
    assert answer["Deleted"][0]["DeleteMarker"]


def test_batch_deletes_of_others(scene):
    """O246"""
    scene.PutObject(Body=b"x")
    for key in ("GUEST", None):
        answer = scene.by(key).DeleteObjects(Delete={"Objects": [{"Key": "key"}]}, ChecksumAlgorithm="CRC32")
        assert [entry["Code"] for entry in answer["Errors"]] == [DENIED]
    assert scene.fake.buckets["bucket"].keys() == ["key"]


def test_parts_follow_their_upload(scene):
    """What is judged when an upload is created is not judged again with its parts (assumed: no part can send it)."""
    sse = ("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")
    condition("s3:PutObject", sse)(scene)
    owner = scene.by("OWNER")
    owner.complete_upload_of(b"a", b"b", ServerSideEncryption="aws:kms")
    assert scene.GetObject()["Body"] == b"ab"
    required = {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    bucket_policy(statement("s3:PutObject", OBJECTS, Condition=required, **GUESTS))(scene)
    guest = scene.by("GUEST")
    guest.complete_upload_of(b"a", ServerSideEncryption="aws:kms")
    assert outcome(lambda: guest.CreateMultipartUpload()) == DENIED


def test_initiators_need_no_permission_to_abort(scene):
    """O326: nor to list their parts; others do."""
    bucket_policy(statement("s3:PutObject", OBJECTS, Principal={"AWS": [GUEST, "333333333333"]}))(scene)
    scene.fake.credentials.add("THIRD", "secret", account_id="333333333333")
    guest, third = scene.by("GUEST"), scene.by("THIRD")
    guest.upload(b"a")
    third.upload_id = guest.upload_id
    assert outcome(third.ListParts) == outcome(third.AbortMultipartUpload) == DENIED
    assert len(guest.ListParts()["Parts"]) == 1
    guest.AbortMultipartUpload()
    assert "being the upload's initiator" in scene.fake.calls[-1].decision


def test_part_copies_need_their_source(scene):
    """O329"""
    scene.PutObject(Body=b"x")
    identity(statement("s3:PutObject", OBJECTS), LIST)(scene)
    user = scene.by("USER")
    user.upload(key="copy")
    part = {"Key": "copy", "PartNumber": 1, "CopySource": {"Bucket": "bucket", "Key": "key"}}
    assert outcome(lambda: user.UploadPartCopy(**part)) == DENIED
    identity(statement(["s3:PutObject", "s3:GetObject"], OBJECTS))(scene)
    assert outcome(lambda: user.UploadPartCopy(**part)) == "ok"


def test_a_new_policy_replaces_the_earlier_one(scene):
    """Of a key that is added again, and of a bucket."""
    scene.PutObject(Body=b"x")
    for allowed in (READ, LIST, READ):
        identity(allowed)(scene)
        assert outcome(scene.by("USER").GetObject) == (OK if allowed is READ else DENIED)
    scene.fake.credentials.add("USER", "secret", account_id=OWNER)
    bucket_policy(deny("s3:GetObject"))(scene)
    assert outcome(scene.by("USER").GetObject) == DENIED
    scene.DeleteBucketPolicy()
    assert outcome(scene.by("USER").GetObject) == OK


def test_snapshots_keep_policies(scene):
    scene.PutObject(Body=b"x")
    bucket_policy(deny("s3:GetObject"))(scene)
    snapshot = scene.fake.snapshot()
    scene.DeleteBucketPolicy()
    scene.fake.restore(snapshot)
    assert outcome(scene.by("OWNER").GetObject) == DENIED


def test_the_fake_itself_is_under_no_policy(scene):
    """Seeding and looking work whatever the bucket's policy denies."""
    bucket_policy(deny("s3:*"))(scene)
    scene.fake.put("bucket", "seed", b"x")
    assert scene.fake.object("bucket", "seed").body == b"x"
