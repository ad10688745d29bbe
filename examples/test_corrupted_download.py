"""A corrupted download: the object's checksum shows that a bit has flipped, if the client checks it."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import FlexibleChecksumError


def careful():
    return boto3.client("s3")


def careless():
    """Broken: this client does not check."""
    return boto3.client("s3", config=Config(response_checksum_validation="when_required"))


class Cache:
    """The code under test: it must not cache a corrupted body."""

    def __init__(self, s3):
        self.s3, self.bodies = s3, {}

    def fetch(self, key):
        try:
            self.bodies[key] = self.s3.get_object(Bucket="media", Key=key)["Body"].read()
        except FlexibleChecksumError:
            self.bodies.pop(key, None)


@pytest.mark.fake_s3(buckets=["media"])
@pytest.mark.parametrize("client", [careful, pytest.param(careless, marks=pytest.mark.xfail(raises=AssertionError))])
def test_a_corrupted_download_is_not_cached(fake_s3, client):
    cache = Cache(client())
    cache.s3.put_object(Bucket="media", Key="k", Body=b"hello world")
    fake_s3.faults.on("GetObject").times(1).corrupt_body()

    cache.fetch("k")
    assert cache.bodies.get("k") in (None, b"hello world")

    cache.fetch("k")
    assert cache.bodies["k"] == b"hello world"
