"""boto3's transfers under every fault: what they leave, and how many schedules that takes.

Through moto with patches made by hand the same would take, for each of these calls, attempts and kinds of faults, a patch of
botocore's HTTP session that counts the calls by operation and part, a way to carry the operation out and lose the response,
threads that agree on the order, a copy of moto's backend before each run, and the invariants.
"""

import os

import pytest
from boto3.s3.transfer import TransferConfig

from fakes3mp import ExplorationError, explore

KiB = 1 << 10
DATA = os.urandom(4 * KiB - 100)
CONFIG = TransferConfig(multipart_threshold=KiB, multipart_chunksize=KiB)
OPTIONS = {"buckets": ["media"], "min_part_size": 1}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """s3transfer never sends parts below 5 MiB; here their number matters, not their size."""
    adjust = "s3transfer.utils.ChunksizeAdjuster.adjust_chunksize"
    monkeypatch.setattr(adjust, lambda adjuster, size, file_size=None: size)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return str(path)


def source(fake):
    fake.put("media", "source", DATA)


def test_upload_file_of_four_parts(path):
    def upload_file(fake):
        fake.client().upload_file(path, "media", "k", Config=CONFIG)

    report = explore(upload_file, crash=True, **OPTIONS)
    print(report)
    assert [point.operation for point in report.points] == [
        "CreateMultipartUpload",
        *["UploadPart"] * 4,
        "CompleteMultipartUpload",
    ]
    assert report.explored > 150
    assert {orphan.reason for orphan in report.orphans} == {
        "the response with its id was lost",
        "the code had crashed",
    }


def test_upload_file_with_two_faults(path):
    """The second fault meets the retries and the abort."""

    def upload_file(fake):
        fake.client().upload_file(path, "media", "k", Config=CONFIG)

    faults = ["SlowDown", "AccessDenied", "lose_response", "abort_upload"]
    report = explore(upload_file, faults=faults, depth=2, **OPTIONS)
    print(report)
    assert {orphan.reason for orphan in report.orphans} == {
        "the response with its id was lost",
        "AbortMultipartUpload failed",
    }


def test_upload_fileobj(path):
    def upload_fileobj(fake):
        with open(path, "rb") as file:
            fake.client().upload_fileobj(file, "media", "k", Config=CONFIG)

    print(explore(upload_fileobj, crash=True, **OPTIONS))


def test_copy():
    def copy(fake):
        fake.client().copy({"Bucket": "media", "Key": "source"}, "media", "k", Config=CONFIG)

    print(explore(copy, setup=source, crash=True, **OPTIONS))


def test_download_file(tmp_path):
    """Where the whole object has a checksum, nothing protects a range of it: the file is wrong, and no error is raised."""
    path = tmp_path / "out.bin"

    def download_file(fake):
        fake.client().download_file("media", "source", str(path), Config=CONFIG)

    def check(fake, outcome):
        assert not outcome.returned or path.read_bytes() == DATA, "the file has other bytes"

    faults = ["error", "connection", "truncate_response"]
    print(explore(download_file, setup=source, check=check, faults=faults, **OPTIONS))
    with pytest.raises(ExplorationError) as known:
        explore(download_file, setup=source, check=check, faults=["corrupt_response"], **OPTIONS)
    assert known.value.violation.details[0].startswith("the file has other bytes")
    assert str(known.value.violation.schedule) == "GetObject media/source bytes=0-1023, attempt 1: corrupt_response"
