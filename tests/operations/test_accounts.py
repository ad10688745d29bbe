"""Several accounts: owners, initiators, access, policies, and regions. By S3's manual; none of it is recorded."""

import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.core.acl import canonical_id
from fakes3mp.service.credentials import account_in_key_id

OWNER, GUEST = "123456789012", "210987654321"


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        fake.credentials.add("GUESTKEY", "secret", account_id=GUEST)
        yield fake


def client(key="OWNKEY", **options):
    options = {"region_name": "us-east-1", **options}
    return boto3.client("s3", aws_access_key_id=key, aws_secret_access_key="x", **options)


def anonymous():
    return boto3.client("s3", region_name="us-east-1", config=Config(signature_version=UNSIGNED))


def allow(fake, *actions, principal="*", effect="Allow", **more):
    owner = client()
    owner.delete_public_access_block(Bucket="media")
    resources = ["arn:aws:s3:::media", "arn:aws:s3:::media/*"]
    statement = {"Effect": effect, "Principal": principal, "Action": list(actions), "Resource": resources, **more}
    owner.put_bucket_policy(Bucket="media", Policy=json.dumps({"Statement": [statement]}))


def code(act):
    try:
        act()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_account_numbers_in_keys():
    """As AWS's own key ids encode them."""
    assert account_in_key_id("ASIAQNZGKIQY56JQ7WML") == "029608264753"
    for key in ("AKIAIOSFODNN7EXAMPLE", "testing", "FAKES3MPACCESSKEYID0", "ASIAQNZGKIQY56JQ7WM1"):
        assert account_in_key_id(key) is None


def test_a_coded_key_acts_for_its_account(fake):
    client("ASIAQNZGKIQY56JQ7WML").create_bucket(Bucket="theirs")
    assert code(lambda: client().list_objects_v2(Bucket="theirs")) == "AccessDenied"
    assert code(lambda: client().create_bucket(Bucket="theirs")) == "BucketAlreadyExists"


def test_bad_account_ids(fake):
    with pytest.raises(ValueError, match="12 digits"):
        fake.credentials.add("KEY", "secret", account_id="12")


@pytest.mark.parametrize("who", ["guest", "anonymous"])
def test_other_accounts_have_no_access(fake, who):
    """Their calls change nothing."""
    other = client("GUESTKEY") if who == "guest" else anonymous()
    fake.put("media", "k", b"own")
    calls = [
        lambda: other.get_object(Bucket="media", Key="k"),
        lambda: other.get_object(Bucket="media", Key="nothing"),
        lambda: other.put_object(Bucket="media", Key="k", Body=b"theirs"),
        lambda: other.create_multipart_upload(Bucket="media", Key="k"),
        lambda: other.list_objects_v2(Bucket="media"),
        lambda: other.delete_object(Bucket="media", Key="k"),
        lambda: other.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"}),
    ]
    assert [code(call) for call in calls] == ["AccessDenied"] * len(calls)
    assert code(lambda: other.head_object(Bucket="media", Key="k")) == "403"
    assert code(lambda: other.list_objects_v2(Bucket="nowhere")) == "NoSuchBucket"
    assert fake.object("media", "k").body == b"own"


def test_list_buckets_shows_the_callers_own(fake):
    client("GUESTKEY").create_bucket(Bucket="theirs")
    answer = client("GUESTKEY").list_buckets()
    assert ([bucket["Name"] for bucket in answer["Buckets"]], answer["Owner"]["ID"]) == (
        ["theirs"],
        canonical_id(GUEST),
    )
    assert [bucket["Name"] for bucket in client().list_buckets()["Buckets"]] == ["media"]
    assert code(lambda: anonymous().list_buckets()) == "AccessDenied"


@pytest.mark.parametrize(
    ("principal", "guest", "nobody"),
    [("*", None, None), ({"AWS": "*"}, None, None), ({"AWS": GUEST}, None, "AccessDenied"),
     ({"AWS": [f"arn:aws:iam::{GUEST}:root"]}, None, "AccessDenied"), ({"AWS": OWNER}, "AccessDenied", "AccessDenied")],
)  # fmt: skip
def test_principals_of_policies(fake, principal, guest, nobody):
    fake.put("media", "k", b"x")
    allow(fake, "s3:GetObject", principal=principal)
    assert code(lambda: client("GUESTKEY").get_object(Bucket="media", Key="k")) == guest
    assert code(lambda: anonymous().get_object(Bucket="media", Key="k")) == nobody
    assert code(lambda: client("GUESTKEY").put_object(Bucket="media", Key="k")) == "AccessDenied"


def test_policies_with_wildcards_denials_and_conditions(fake):
    fake.put("media", "k", b"x")
    guest = client("GUESTKEY")
    allow(fake, "s3:Get*", "S3:putobject")
    assert code(lambda: guest.put_object(Bucket="media", Key="k2", Body=b"y")) is None
    allow(fake, "s3:*", effect="Deny")
    assert code(lambda: client().get_object(Bucket="media", Key="k")) == "AccessDenied"
    assert code(lambda: client().delete_bucket_policy(Bucket="media")) is None
    allow(fake, "s3:*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert code(lambda: client().get_object(Bucket="media", Key="k")) is None


def test_public_objects(fake):
    """An ACL gives access to an object, where ACLs are enabled."""
    owner = client()
    owner.delete_public_access_block(Bucket="media")
    owner.put_bucket_ownership_controls(
        Bucket="media", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    owner.put_object(Bucket="media", Key="public", Body=b"x", ACL="public-read")
    owner.put_object(Bucket="media", Key="private", Body=b"x")
    owner.put_object(Bucket="media", Key="guests", Body=b"x", GrantRead=f"id={canonical_id(GUEST)}")
    reads = {key: [code(lambda: other.get_object(Bucket="media", Key=key)) for other in (client("GUESTKEY"), anonymous())]  # noqa: B023
             for key in ("public", "private", "guests")}  # fmt: skip
    assert reads == {"public": [None, None], "private": ["AccessDenied"] * 2, "guests": [None, "AccessDenied"]}
    owner.put_bucket_acl(Bucket="media", ACL="public-read-write")
    assert code(lambda: client("GUESTKEY").put_object(Bucket="media", Key="theirs", Body=b"y")) is None
    owners = {entry["Key"]: entry["Owner"]["ID"] for entry in owner.list_objects(Bucket="media")["Contents"]}
    assert (owners["theirs"], owners["public"]) == (canonical_id(GUEST), canonical_id(OWNER))
    owner.put_public_access_block(Bucket="media", PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    assert code(lambda: anonymous().get_object(Bucket="media", Key="public")) == "AccessDenied"


def test_initiators(fake):
    """F104: the owner of an upload is who initiated it."""
    allow(fake, "s3:PutObject", "s3:ListBucketMultipartUploads")
    client("GUESTKEY").create_multipart_upload(Bucket="media", Key="k")
    upload = client().list_multipart_uploads(Bucket="media")["Uploads"][0]
    assert upload["Initiator"]["ID"] == upload["Owner"]["ID"] == canonical_id(GUEST)


def test_a_copy_needs_permission_to_read_its_source(fake):
    fake.put("media", "k", b"x")
    client("GUESTKEY").create_bucket(Bucket="theirs")
    source = {"Bucket": "media", "Key": "k"}
    copy = lambda: client("GUESTKEY").copy_object(Bucket="theirs", Key="k", CopySource=source)  # noqa: E731
    assert code(copy) == "AccessDenied"
    allow(fake, "s3:GetObject")
    assert code(copy) is None


def test_requester_pays(fake):
    """seeds: other accounts need the header; the answer says that they are charged."""
    fake.put("media", "k", b"x")
    allow(fake, "s3:GetObject")
    client().put_bucket_request_payment(Bucket="media", RequestPaymentConfiguration={"Payer": "Requester"})
    guest = client("GUESTKEY")
    assert code(lambda: guest.get_object(Bucket="media", Key="k")) == "AccessDenied"
    assert guest.get_object(Bucket="media", Key="k", RequestPayer="requester")["RequestCharged"] == "requester"
    assert code(lambda: client().get_object(Bucket="media", Key="k")) is None


def test_object_ownership(fake):
    """The owner of an object that another account wrote."""
    allow(fake, "s3:*")
    guest, owner = client("GUESTKEY"), client()
    for ownership, acl, expected in [
        ("BucketOwnerEnforced", {}, OWNER),
        ("BucketOwnerPreferred", {}, GUEST),
        ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, OWNER),
        ("ObjectWriter", {"ACL": "bucket-owner-full-control"}, GUEST),
    ]:
        rules = {"Rules": [{"ObjectOwnership": ownership}]}
        owner.put_bucket_ownership_controls(Bucket="media", OwnershipControls=rules)
        guest.put_object(Bucket="media", Key="k", Body=b"", **acl)
        owner_id = owner.list_objects(Bucket="media")["Contents"][0]["Owner"]["ID"]
        assert owner_id == canonical_id(expected), (ownership, acl)


def test_redirects_are_followed(fake):
    """301 PermanentRedirect with x-amz-bucket-region: botocore sends the request again to the right endpoint."""
    fake.create_bucket("european", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client(region_name="us-west-2").put_object(Bucket="european", Key="k", Body=b"x")
    attempts = [(call.region, call.outcome) for call in fake.calls.of("PutObject")]
    assert attempts == [("us-west-2", "PermanentRedirect"), ("eu-west-1", "ok")]
    error = fake.calls[0].error
    assert error.headers == {"x-amz-bucket-region": "eu-west-1"}
    assert error.fields == {"Endpoint": "european.s3.eu-west-1.amazonaws.com", "Bucket": "european"}
    assert client().get_bucket_location(Bucket="european")["LocationConstraint"] == "eu-west-1"
    assert client().head_bucket(Bucket="european")["BucketRegion"] == "eu-west-1"
    custom = client(endpoint_url="http://localhost:9000")
    assert custom.get_object(Bucket="european", Key="k")["Body"].read() == b"x"


# the endpoint's region, LocationConstraint -> error, or the bucket's region
LOCATIONS = [
    ("us-east-1", None, None, "us-east-1"),
    ("us-east-1", "eu-west-1", None, "eu-west-1"),
    ("us-east-1", "EU", None, "eu-west-1"),
    ("us-east-1", "us-east-1", "InvalidLocationConstraint", None),
    ("us-east-1", "moon", "InvalidLocationConstraint", None),
    ("eu-west-1", "eu-west-1", None, "eu-west-1"),
    ("eu-west-1", None, "IllegalLocationConstraintException", None),
    ("eu-west-1", "eu-central-1", "IllegalLocationConstraintException", None),
]


@pytest.mark.parametrize(("endpoint", "constraint", "error", "region"), LOCATIONS)
def test_locations(fake, endpoint, constraint, error, region):
    configuration = {"CreateBucketConfiguration": {"LocationConstraint": constraint}} if constraint else {}
    s3 = boto3.client("s3", region_name=endpoint, aws_access_key_id="a", aws_secret_access_key="b")
    assert code(lambda: s3.create_bucket(Bucket="new", **configuration)) == error
    assert (fake.buckets["new"].region if "new" in fake.buckets else None) == region


def test_the_requester_pays_for_the_source_of_a_copy(fake):
    """S3's manual, "Requester Pays buckets": the header is needed to read the source."""
    fake.put("media", "k", b"x")
    allow(fake, "s3:GetObject")
    client().put_bucket_request_payment(Bucket="media", RequestPaymentConfiguration={"Payer": "Requester"})
    guest, source = client("GUESTKEY"), {"Bucket": "media", "Key": "k"}
    guest.create_bucket(Bucket="theirs")
    assert code(lambda: guest.copy_object(Bucket="theirs", Key="k", CopySource=source)) == "AccessDenied"
    assert (
        code(lambda: guest.copy_object(Bucket="theirs", Key="k", CopySource=source, RequestPayer="requester")) is None
    )
