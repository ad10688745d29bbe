"""A server in a thread, for code that takes an endpoint URL."""

import urllib.request

import boto3
import pytest
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    yield boto3.client("s3", endpoint_url=endpoint, **keys)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()


@pytest.mark.parametrize("name", ["first_bucket", "second-bucket"])
def test_each_begins_with_nothing(s3, name):
    s3.create_bucket(Bucket=name, ACL="public-read")
    s3.put_object(Bucket=name, Key="k", Body=b"hello", ACL="public-read")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [name]


def test_anybody_reads_what_is_public(s3, endpoint):
    s3.create_bucket(Bucket="site", ACL="public-read")
    s3.put_object(Bucket="site", Key="index.html", Body=b"<p>", ACL="public-read")
    with urllib.request.urlopen(f"{endpoint}/site/index.html") as response:
        assert response.read() == b"<p>"
