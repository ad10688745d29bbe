"""boto3's own multipart downloads: what is corrupted on the way is noticed (O250)."""

import io
import os

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import FlexibleChecksumError

from fakes3mp import FakeS3

PART = 5 << 20
DATA = os.urandom(2 * PART + 1000)
CONFIG = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        fake.client().upload_fileobj(io.BytesIO(DATA), "media", "video.mp4", Config=CONFIG)
        yield fake


def download(client, **options):
    target = io.BytesIO()
    client.download_fileobj("media", "video.mp4", target, Config=CONFIG, **options)
    return target.getvalue()


def test_each_range_comes_with_its_part_checksum(fake):
    assert download(fake.client()) == DATA
    calls = fake.calls.of("GetObject")
    assert len(calls) == 3
    for call in calls:
        assert call.params["Range"]
        assert call.result["ChecksumType"] == "COMPOSITE"
        assert "-" not in call.result["ChecksumCRC32"]


@pytest.mark.parametrize("times", [1, 3])
def test_a_corrupted_range_is_noticed(fake, times):
    """By default; nothing has to be configured."""
    fake.faults.on("GetObject").times(times).corrupt_body()
    with pytest.raises(FlexibleChecksumError):
        download(fake.client())
    assert fake.faults.all_fired()


def test_without_validation_nothing_is_noticed(fake):
    """The fake answers what S3 answers: whoever turns validation off is not protected."""
    fake.faults.on("GetObject").times(1).corrupt_body()
    client = boto3.client("s3", config=Config(response_checksum_validation="when_required"))
    data = download(client)
    assert len(data) == len(DATA)
    assert data != DATA


def test_ranges_that_are_no_parts_are_not_protected(fake):
    """Other sizes than the upload's: S3 has no checksum of such ranges."""
    client, target = fake.client(), io.BytesIO()
    fake.faults.on("GetObject").times(1).corrupt_body()
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART - 1)
    client.download_fileobj("media", "video.mp4", target, Config=config)
    assert target.getvalue() != DATA
