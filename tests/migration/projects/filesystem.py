"""s3fs over a server, with public files."""

import pytest
from moto.server import ThreadedMotoServer

s3fs = pytest.importorskip("s3fs")


@pytest.fixture
def filesystem():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    s3fs.S3FileSystem.clear_instance_cache()
    yield s3fs.S3FileSystem(key="a", secret="b", endpoint_url=f"http://{host}:{port}")
    server.stop()


def test_public_files(filesystem):
    filesystem.mkdir("my_bucket", acl="public-read")
    with filesystem.open("my_bucket/a.txt", "wb", acl="public-read") as file:
        file.write(b"hello")
    assert filesystem.ls("my_bucket") == ["my_bucket/a.txt"]
    assert filesystem.cat("my_bucket/a.txt") == b"hello"
