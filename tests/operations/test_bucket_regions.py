"""Regions of buckets: at which endpoints they are created, and where they are served (O245, O251, O252)."""

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.operations.location_constraints import REGIONS
from fakes3mp.server.server import Server
from fakes3mp.wire.model import service_model

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}


@pytest.fixture(params=["auto", "http"])
def fake(request):
    with FakeS3(wire=request.param) as fake:
        fake.create_bucket("eu-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        fake.put("eu-bucket", "k", b"x", ACL="bucket-owner-full-control")
        yield fake


def client(region, **options):
    return boto3.client("s3", region_name=region, **{**KEYS, **options})


def error_of(call, **params):
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]


def create(s3, name, constraint=None):
    configuration = {} if constraint is None else {"CreateBucketConfiguration": {"LocationConstraint": constraint}}
    return s3.create_bucket(Bucket=name, **configuration)


def incompatible(constraint):
    return (
        "IllegalLocationConstraintException",
        f"The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to.",
    )


INVALID = "InvalidLocationConstraint", "The specified location-constraint is not valid"
CUSTOM = {"endpoint_url": "http://localhost:4566"}

# fact, endpoint's region, further options of the client, constraint, expected region or (code, message)
CREATIONS = [
    ("O251", "us-east-1", {}, None, "us-east-1"),
    ("O251", "us-east-1", {}, "eu-west-1", "eu-west-1"),
    ("O251", "us-east-1", {}, "EU", "eu-west-1"),
    ("O251", "us-east-1", {}, "us-east-1", INVALID),
    ("O251", "us-east-1", {}, "", INVALID),
    ("O251", "us-east-1", {}, "bar", INVALID),
    ("O251", "us-east-1", {}, "eu-east-1", INVALID),
    ("O251", "eu-west-1", {}, "eu-west-1", "eu-west-1"),
    ("O251", "eu-west-1", {}, "EU", "eu-west-1"),
    ("O251", "eu-west-1", {}, None, incompatible("unspecified")),
    ("O251", "eu-west-1", {}, "eu-north-1", incompatible("eu-north-1")),
    ("O251", "eu-west-1", {}, "us-east-1", incompatible("us-east-1")),
    ("O251", "eu-west-1", {}, "bar", incompatible("bar")),
    ("O251", "eu-west-1", {}, "", INVALID),
    ("O251", "us-east-1", CUSTOM, None, "us-east-1"),
    ("O251", "us-east-1", CUSTOM, "us-west-2", "us-west-2"),
    ("O251", "eu-west-1", CUSTOM, "eu-west-1", "eu-west-1"),
    ("O251", "eu-west-1", CUSTOM, None, incompatible("unspecified")),
    ("O251", "eu-west-1", CUSTOM, "bar", incompatible("bar")),
]


@pytest.mark.parametrize(("fact", "region", "options", "constraint", "expected"), CREATIONS)
def test_creation(fake, fact, region, options, constraint, expected):
    s3 = client(region, **options)
    if isinstance(expected, str):
        create(s3, "new", constraint)
        assert fake.buckets["new"].region == expected
        location = client("us-east-1").get_bucket_location(Bucket="new")["LocationConstraint"]
        assert location == (None if expected == "us-east-1" else constraint)
    else:
        error = error_of(create, s3=s3, name="new", constraint=constraint)
        assert (error["Code"], error["Message"]) == expected
        assert "new" not in fake.buckets


def test_creation_at_the_server():
    """O251: the region that a request to another host is signed for is the endpoint's."""
    with Server(FakeS3()) as server:
        s3 = boto3.client("s3", region_name="eu-west-1", endpoint_url=server.url, **KEYS)
        assert error_of(create, s3=s3, name="new")["Code"] == "IllegalLocationConstraintException"
        create(s3, "new", "eu-west-1")
        assert s3.get_bucket_location(Bucket="new")["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize(
    ("first", "again", "is_answered_alike"),
    [("us-east-1", "us-east-1", True), ("eu-west-1", "eu-west-1", False), ("us-east-1", "eu-west-1", False)],
)
def test_creation_again(fake, first, again, is_answered_alike):
    """O252: only where bucket and request are both in us-east-1."""
    create(client(first), "new", None if first == "us-east-1" else first)
    constraint = None if again == "us-east-1" else again
    if is_answered_alike:
        create(client(again), "new", constraint)
    else:
        assert (
            error_of(create, s3=client(again), name="new", constraint=constraint)["Code"] == "BucketAlreadyOwnedByYou"
        )


def test_regions_are_those_of_the_model():
    """Every LocationConstraint that botocore knows; us-east-1 has none, and EU is an old name."""
    assert set(service_model().shape_for("BucketLocationConstraint").metadata["enum"]) - {"EU"} <= REGIONS
    assert "us-east-1" in REGIONS


def presigned(region, version, **options):
    config = Config(signature_version=version, **options)
    s3 = boto3.client("s3", region_name=region, config=config, **KEYS)
    return s3.generate_presigned_url("get_object", Params={"Bucket": "eu-bucket", "Key": "k"})


def allow_all(fake):
    fake.client().delete_public_access_block(Bucket="eu-bucket")
    fake.client().put_bucket_policy(
        Bucket="eu-bucket",
        Policy='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
        '"Resource": "arn:aws:s3:::eu-bucket/*"}}',
    )


GLOBAL_URL = "https://eu-bucket.s3.amazonaws.com/k"


def test_the_global_virtual_host_is_the_buckets_own_region(fake):
    """O245: SigV2, no signature, and SigV4 with the bucket's region."""
    url = presigned("us-east-1", "s3")
    assert url.startswith(GLOBAL_URL)
    assert requests.get(url).content == b"x"
    regional = presigned("eu-west-1", "s3v4", s3={"addressing_style": "virtual"})
    assert "eu-west-1%2Fs3" in regional
    allow_all(fake)
    assert requests.get(GLOBAL_URL).content == b"x"
    anonymous = client("us-east-1", config=Config(signature_version=UNSIGNED))
    assert anonymous.get_object(Bucket="eu-bucket", Key="k")["Body"].read() == b"x"


def read_through(fake, region, config):
    """GetObject by a client that corrects its region; returns the error that it met first."""
    s3 = client(region, config=config)
    assert s3.get_object(Bucket="eu-bucket", Key="k")["Body"].read() == b"x"
    return fake.calls.of("GetObject")[0].error


def test_signed_for_another_region_at_the_global_virtual_host(fake):
    """O215, O245: the error tells the region, and clients correct themselves."""
    error = read_through(fake, "us-east-1", Config())
    assert (error.code, error.fields) == ("AuthorizationHeaderMalformed", {"Region": "eu-west-1"})
    assert error.message == (
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
    )
    assert client("us-east-1").head_bucket(Bucket="eu-bucket")["BucketRegion"] == "eu-west-1"


@pytest.mark.parametrize(("region", "style"), [("us-east-1", "path"), ("us-west-2", "virtual"), ("us-west-2", "path")])
def test_other_addresses_redirect(fake, region, style):
    """O245: path style at the global host, and another region's host."""
    error = read_through(fake, region, Config(s3={"addressing_style": style}))
    assert (error.code, error.status) == ("PermanentRedirect", 301)
