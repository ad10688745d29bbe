"""Other SDKs and data tools against the server, each with a multipart upload of at least three parts (extra ``sdks``)."""

import io
import os

import boto3
import pytest

from fakes3mp import FakeS3, mock_multipart
from fakes3mp.server.server import Server
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

MiB = 1 << 20
DATA = os.urandom(15 * MiB + 1)


@pytest.fixture
def server():
    """A server that checks the signatures of every SDK."""
    with Server(FakeS3(buckets=["media"], check_signatures="required")) as server:
        yield server


def assert_uploaded(server, key, at_least=3):
    """The upload under a key, as it was recorded."""
    upload = server.fake.uploads.one(key=key)
    upload.assert_completed()
    assert len(upload.parts) >= at_least
    assert server.fake.object("media", key).body == DATA
    return upload


def test_minio(server):
    minio = pytest.importorskip("minio")
    host = server.url.partition("://")[2]
    s3 = minio.Minio(host, access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False, region="us-east-1")
    s3.put_object("media", "dir/ü b", io.BytesIO(DATA), -1, part_size=5 * MiB)
    upload = assert_uploaded(server, "dir/ü b", 4)
    answer = s3.get_object("media", "dir/ü b")
    assert answer.read() == DATA
    answer.close()
    answer.release_conn()
    assert [item.object_name for item in s3.list_objects("media", recursive=True)] == ["dir/ü b"]
    other = s3._create_multipart_upload("media", "other", {})
    assert [upload.upload_id for upload in s3._list_multipart_uploads("media").uploads] == [other]
    assert s3._list_parts("media", "other", other).parts == []
    s3._abort_multipart_upload("media", "other", other)
    with pytest.raises(minio.error.S3Error) as refused:
        s3._list_parts("media", "other", other)
    assert refused.value.code == "NoSuchUpload"
    assert s3.stat_object("media", "dir/ü b").etag == upload.etag.strip('"')


def test_pyarrow(server):
    fs = pytest.importorskip("pyarrow.fs")
    host = server.url.partition("://")[2]
    s3 = fs.S3FileSystem(
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        endpoint_override=host,
        scheme="http",
        region="us-east-1",
        background_writes=True,
    )
    with s3.open_output_stream("media/dir/table", buffer_size=0) as out:
        for at in range(0, 2 * len(DATA), 5 * MiB):  # it cuts parts of 10 MiB
            out.write((DATA * 2)[at : at + 5 * MiB])
    assert len(server.fake.uploads.one(key="dir/table").parts) >= 3
    with s3.open_input_file("media/dir/table") as read:
        assert read.read_at(10, 7 * MiB) == DATA[7 * MiB :][:10]
        assert read.read() == DATA * 2
    assert server.fake.object("media", "dir/table").body == DATA * 2
    assert [info.path for info in s3.get_file_info(fs.FileSelector("media/dir"))] == ["media/dir/table"]
    with pytest.raises(FileNotFoundError):
        s3.open_input_file("media/missing")
    s3.delete_dir_contents("media/dir")
    assert "dir/table" not in server.fake.buckets["media"]


def test_obstore(server):
    obstore = pytest.importorskip("obstore")
    from obstore.store import S3Store

    s3 = S3Store(
        "media",
        endpoint=server.url,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    obstore.put(s3, "dir/big", DATA, use_multipart=True, chunk_size=5 * MiB, max_concurrency=4)
    assert_uploaded(server, "dir/big", 4)
    assert bytes(obstore.get(s3, "dir/big").bytes()) == DATA
    assert bytes(obstore.get_range(s3, "dir/big", start=5, length=7)) == DATA[5:12]
    assert [item["path"] for item in obstore.list(s3).collect()] == ["dir/big"]
    with pytest.raises(FileNotFoundError):
        obstore.get(s3, "missing")


def test_smart_open():
    """In process: it is made of boto3."""
    smart_open = pytest.importorskip("smart_open")
    with mock_multipart(buckets=["media"]) as fake:
        params = {"client": boto3.client("s3", region_name="us-east-1"), "min_part_size": 5 * MiB}
        with smart_open.open("s3://media/k", "wb", transport_params=params) as out:
            for at in range(0, len(DATA), MiB):
                out.write(DATA[at : at + MiB])
        fake.uploads.one(key="k").assert_completed()
        assert len(fake.uploads.one().parts) >= 3
        with smart_open.open("s3://media/given-up", "wb", transport_params=params) as out:
            out.write(DATA)
            out.terminate()
        assert fake.uploads.one(key="given-up").state == "aborted"
        with smart_open.open("s3://media/k", "rb", transport_params={"client": params["client"]}) as read:
            read.seek(6 * MiB)
            assert read.read() == DATA[6 * MiB :]
        with pytest.raises(OSError, match="missing"):
            smart_open.open("s3://media/missing", "rb", transport_params={"client": params["client"]}).read()
