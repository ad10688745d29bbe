"""HTTP clients without an interceptor of their own are refused, with a message that says what to do."""

import boto3
import pytest
import urllib3

from fakes3mp import FakeS3
from fakes3mp.interceptors.guard import NotIntercepted
from fakes3mp.server.server import Server

K = {"Bucket": "media", "Key": "k"}


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"hello")
        yield fake


def presigned(**options):
    return boto3.client("s3", **options).generate_presigned_url("get_object", Params=K)


@pytest.mark.parametrize("endpoint", [None, "http://localhost:9000"])
def test_urllib3(fake, endpoint):
    with pytest.raises(NotIntercepted, match=r"urllib3 asked for http.*/k while .*\n?.*fake_s3_server"):
        urllib3.PoolManager().request("GET", presigned(endpoint_url=endpoint), retries=False)


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_httpx(fake, library):
    httpx = pytest.importorskip(library)
    with pytest.raises(NotIntercepted, match=f"{library} asked for"):
        httpx.get(presigned())
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")


@pytest.mark.asyncio
async def test_aiohttp(fake):
    aiohttp = pytest.importorskip("aiohttp")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(NotIntercepted, match="aiohttp asked for"):
            await session.get(presigned())
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:9/")


def test_other_hosts_and_our_own_servers_are_let_through(fake):
    with pytest.raises(urllib3.exceptions.MaxRetryError):
        urllib3.PoolManager().request("GET", "http://127.0.0.1:9/", retries=0)
    with Server(FakeS3(buckets=["media"])) as server:
        server.fake.put("media", "k", b"served")
        url = server.client().generate_presigned_url("get_object", Params=K)
        pool = urllib3.PoolManager()
        assert pool.request("GET", url).data == b"served"
        pool.clear()
        assert server.client().get_object(**K)["Body"].read() == b"served"
        server.client().close()
    assert boto3.client("s3").get_object(**K)["Body"].read() == b"hello"


def test_nothing_is_left_behind():
    before = urllib3.HTTPConnectionPool.urlopen
    with FakeS3():
        assert urllib3.HTTPConnectionPool.urlopen is not before
    assert urllib3.HTTPConnectionPool.urlopen is before
