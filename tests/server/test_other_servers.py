"""A server in the places of others: fixtures written for moto's, LocalStack's and MinIO's servers."""

import json
import urllib.error
import urllib.request

import pytest

from fakes3mp import FakeS3, Server


def fetch(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
        return response.read()


@pytest.fixture
def server():
    with Server() as server:
        yield server


def test_as_a_fixture_starts_motos():
    server = Server(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    assert server.url == f"http://{host}:{port}"
    server.stop()


def test_its_own_fake_is_lenient(server):
    server.client().create_bucket(Bucket="My_Bucket", ACL="public-read")
    assert list(server.fake.buckets) == ["My_Bucket"]


@pytest.mark.parametrize(
    "path", ["/moto-api", "/moto-api/", "/_localstack/health", "/minio/health/live", "/minio/health/ready"]
)
def test_readiness(server, path):
    assert json.loads(fetch(server.url + path)) is not None


def test_reset(server):
    server.client().create_bucket(Bucket="media")
    assert json.loads(fetch(f"{server.url}/moto-api/reset", "POST")) == {"status": "ok"}
    assert list(server.fake.buckets) == []


def test_a_bucket_of_that_name_comes_first():
    with Server(FakeS3(buckets=["moto-api"])) as server:
        with pytest.raises(urllib.error.HTTPError):  # S3 has no POST of a key
            fetch(f"{server.url}/moto-api/reset", "POST")
        assert list(server.fake.buckets) == ["moto-api"]


def test_only_those_may_reset_who_may_use_the_control_api():
    with Server(FakeS3(buckets=["media"]), control_token="secret") as server:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            fetch(f"{server.url}/moto-api/reset", "POST")
        assert list(server.fake.buckets) == ["media"]


def test_sts_through_the_server(server):
    role = {"RoleArn": "arn:aws:iam::210987654321:role/reader", "RoleSessionName": "me"}
    assert server.client("sts").assume_role(**role)["Credentials"]["AccessKeyId"]


def test_verbose_prints_each_request(capsys):
    with Server(verbose=True) as server:
        server.client().list_buckets()
    assert "GET /" in capsys.readouterr().out
