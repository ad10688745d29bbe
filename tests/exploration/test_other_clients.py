"""Other libraries under every fault; those that are not installed are skipped. What they do wrong is pinned as it is."""

import os
import warnings
from types import SimpleNamespace

import pytest

from fakes3mp import ExplorationError, explore

MiB = 1 << 20
DATA = os.urandom(10 * MiB + 100)  # three parts of 5 MiB
OPTIONS = {"buckets": ["media"]}
FAULTS = ["SlowDown", "AccessDenied", "reset_connection", "lose_response", "ok_with_error", "abort_upload", "crash"]
REGION = {"region_name": "us-east-1"}
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def summary(code, **settings):
    """What is known: each invariant that is broken with the shortest schedule that breaks it."""
    try:
        report = explore(code, faults=FAULTS, **{**OPTIONS, **settings})
    except ExplorationError as error:
        report = error.report
    print(report)
    known = {}
    for violation in report.violations:
        known.setdefault(violation.invariant, str(violation.schedule))
    return known


def test_smart_open_writes_parts(monkeypatch):
    smart_open = pytest.importorskip("smart_open", reason="smart_open is not installed (extra sdks)")
    # It makes up to seven attempts of its own, with waits of its own.
    monkeypatch.setattr("smart_open.s3.time", SimpleNamespace(sleep=lambda seconds: None))

    def write(fake):
        parameters = {"client": fake.client(), "min_part_size": 5 * MiB}
        with smart_open.open("s3://media/k", "wb", transport_params=parameters) as file:
            file.write(DATA)

    known = summary(write)
    assert known == {}


def test_aioboto3_upload_fileobj(tmp_path):
    aioboto3 = pytest.importorskip("aioboto3", reason="aioboto3 is not installed (extra async)")
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)

    async def upload():
        async with aioboto3.Session().client("s3", **REGION) as s3:
            with open(path, "rb") as file:
                await s3.upload_fileobj(file, "media", "k")

    known = summary(upload)
    assert known == {}


def test_s3fs_writes_parts():
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed (extra async)")

    def write():
        fs = s3fs.S3FileSystem(skip_instance_cache=True, key="testing", secret="testing", client_kwargs=REGION)
        with fs.open("media/k", "wb", block_size=5 * MiB) as file:
            file.write(DATA)

    known = summary(write)
    # It aborts where a part fails, not where CompleteMultipartUpload does.
    assert known == {"open_uploads": "CompleteMultipartUpload media/k, attempt 1: AccessDenied"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_downloads_by_several_processes(tmp_path):
    """s3transfer's process pool: a file is not there, or whole; a corrupted range is not noticed, since it has no checksum."""
    from s3transfer.processpool import ProcessPoolDownloader, ProcessTransferConfig

    data, path = os.urandom(2500), tmp_path / "out"
    config = ProcessTransferConfig(multipart_threshold=1000, multipart_chunksize=1000, max_request_processes=2)

    def download():
        path.unlink(missing_ok=True)
        try:
            with ProcessPoolDownloader(client_kwargs=REGION, config=config) as downloader:
                downloader.download_file("media", "k", str(path)).result()
        finally:
            assert not path.exists() or path.read_bytes() == data, "other bytes"

    faults = ["AccessDenied", "truncate_response", "corrupt_response"]
    with pytest.raises(ExplorationError) as raised:
        explore(download, setup=lambda fake: fake.put("media", "k", data), faults=faults, rerun=False, **OPTIONS)
    print(raised.value.report)
    broken = {(violation.invariant, str(violation.schedule)) for violation in raised.value.report.violations}
    ranges = ("bytes=0-999", "bytes=1000-1999", "bytes=2000-")
    assert broken == {("assertions", f"GetObject media/k {each}, attempt 1: corrupt_response") for each in ranges}


def test_awscli_cp(tmp_path, capsys):
    clidriver = pytest.importorskip("awscli.clidriver", reason="awscli is not installed (extra clients)")
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)

    def copy():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            status = clidriver.create_clidriver().main(["s3", "cp", str(path), "s3://media/k"])
        if status:
            raise SystemExit(status)

    known = summary(copy)
    assert known == {}
