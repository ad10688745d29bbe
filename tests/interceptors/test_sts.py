"""STS, the one other service that a fake answers: only while no other mock does."""

import asyncio

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from fakes3mp import FakeS3

OWNER, GUEST = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{GUEST}:role/reader"


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"x")
        yield fake


def sts(**options):
    return boto3.client("sts", region_name="us-east-1", **options)


def keys_of(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def test_the_identity_of_the_caller(fake):
    fake.credentials.add("GUEST", "secret", account_id=GUEST)
    assert sts().get_caller_identity()["Account"] == OWNER
    guest = sts(aws_access_key_id="GUEST", aws_secret_access_key="secret")
    assert guest.get_caller_identity()["Account"] == GUEST
    assert [call.operation for call in fake.calls] == []


def test_credentials_of_a_role_are_those_of_its_account(fake):
    keys = keys_of(sts().assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"])
    assert sts(**keys).get_caller_identity()["Arn"] == f"arn:aws:sts::{GUEST}:assumed-role/reader/me"
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3.client("s3", **keys).get_object(Bucket="media", Key="k")
    own = keys_of(sts().get_session_token()["Credentials"])
    assert boto3.client("s3", **own).get_object(Bucket="media", Key="k")["Body"].read() == b"x"


def test_through_the_server(fake):
    with fake.serve() as server:
        keys = {"aws_access_key_id": "OWN", "aws_secret_access_key": "secret"}
        assert sts(endpoint_url=server.url, **keys).get_caller_identity()["Account"] == OWNER


def test_through_aiobotocore(fake):
    session = pytest.importorskip("aiobotocore.session")

    async def identity():
        async with session.get_session().create_client("sts", region_name="us-east-1") as client:
            return await client.get_caller_identity()

    assert asyncio.run(identity())["Account"] == OWNER


def test_a_stubber_answers_first(fake):
    client = sts()
    with Stubber(client) as stubber:
        stubber.add_response("get_caller_identity", {"Account": GUEST})
        assert client.get_caller_identity()["Account"] == GUEST


def test_moto_answers_first(fake):
    """Also clients that the fake has answered before."""
    moto = pytest.importorskip("moto")
    client = sts()
    assert client.get_caller_identity()["Arn"].endswith("user/fakes3mp")
    with moto.mock_aws() if hasattr(moto, "mock_aws") else moto.mock_sts():
        assert not client.get_caller_identity()["Arn"].endswith("user/fakes3mp")
        assert not sts().get_caller_identity()["Arn"].endswith("user/fakes3mp")
    assert client.get_caller_identity()["Arn"].endswith("user/fakes3mp")


def test_other_endpoints_are_left_alone(fake):
    """Another emulator may be there."""
    client = sts(endpoint_url="http://localhost:1", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(Exception, match="Could not connect"):
        client.get_caller_identity()
