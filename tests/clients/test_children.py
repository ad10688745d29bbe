"""Other clients as child processes of a test: they reach its fake without knowing where it is."""

import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from fakes3mp import FakeS3

MiB = 1 << 20
AWS = Path(sys.executable).parent / "aws"
NODE = shutil.which("node")
JS = Path(__file__).parent / "js"
PUT = """
import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
await new S3Client({}).send(new PutObjectCommand({ Bucket: "media", Key: "child", Body: "hello" }));
"""


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        yield fake


@pytest.mark.skipif(not AWS.exists(), reason="awscli is not installed (group clients)")
def test_awscli(fake, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(os.urandom(20 * MiB))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run([str(AWS), "s3", "cp", str(big), "s3://media/big"], check=True, env=environment, capture_output=True)
    upload = fake.uploads.one(key="big")
    upload.assert_completed(parts=3)
    subprocess.run([str(AWS), "s3", "cp", "s3://media/big", str(tmp_path / "again")], check=True, capture_output=True)
    assert (tmp_path / "again").read_bytes() == big.read_bytes()


@pytest.mark.skipif(
    NODE is None or not (JS / "node_modules").is_dir(), reason="npm install in tests/clients/js was not run"
)
def test_the_javascript_sdk(fake):
    subprocess.run([NODE, "--input-type=module", "-e", PUT], cwd=JS, check=True)
    assert fake.object("media", "child").body == b"hello"


@pytest.fixture(params=["fork", "spawn", "forkserver"])
def start_method(request):
    """How multiprocessing makes the processes of a library that does not choose."""
    if not hasattr(os, "fork"):
        pytest.skip("this platform has no fork")
    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_downloads_by_several_processes(fake, tmp_path, start_method):
    """s3transfer's downloader: one process plans, others get the ranges."""
    from s3transfer.processpool import ProcessPoolDownloader, ProcessTransferConfig

    data = os.urandom(5 * MiB + 1)
    fake.put("media", "big", data)
    config = ProcessTransferConfig(multipart_threshold=MiB, multipart_chunksize=MiB, max_request_processes=2)
    region = {"region_name": "us-east-1"}
    with ProcessPoolDownloader(client_kwargs=region, config=config) as downloader:
        downloader.download_file("media", "big", str(tmp_path / "big")).result()
    assert (tmp_path / "big").read_bytes() == data
    assert len(fake.calls.of("GetObject")) == 6
    boto3.client("s3", **region).head_object(Bucket="media", Key="big")
