"""awscli v1 in-process: the examples of the AWS CLI's own pages, through its ``clidriver``."""

import json

import pytest

from fakes3mp import etag_of, mock_multipart

clidriver = pytest.importorskip("awscli.clidriver", reason="needs the extra fakes3mp[clients]")

# awscli leaves the files given with --body to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def aws(capsys, monkeypatch):
    monkeypatch.setenv("AWS_PAGER", "")

    def run(*arguments):
        status = clidriver.create_clidriver().main(list(arguments))
        captured = capsys.readouterr()
        return status, json.loads(captured.out) if captured.out.strip() else captured.err

    return run


def test_the_pages_examples(aws, tmp_path):
    """``create-multipart-upload`` and ``upload-part`` as the pages show them, to the end and back."""
    bodies = {1: b"first" * 1_100_000, 2: b"second" * 1_000_000, 3: b"last"}
    with mock_multipart(buckets=["my-bucket"]) as s3:
        location = ("--bucket", "my-bucket", "--key", "multipart/01")
        status, created = aws("s3api", "create-multipart-upload", *location)
        assert (status, created["Bucket"], created["Key"]) == (0, "my-bucket", "multipart/01")
        upload = (*location, "--upload-id", created["UploadId"])
        for number, body in bodies.items():
            path = tmp_path / f"part{number:02}"
            path.write_bytes(body)
            status, answer = aws("s3api", "upload-part", *upload, "--part-number", str(number), "--body", str(path))
            assert (status, answer["ETag"]) == (0, str(etag_of(body)))
        _, listing = aws("s3api", "list-parts", *upload)
        assert [part["Size"] for part in listing["Parts"]] == [len(body) for body in bodies.values()]
        _, open_uploads = aws("s3api", "list-multipart-uploads", "--bucket", "my-bucket")
        assert [upload["UploadId"] for upload in open_uploads["Uploads"]] == [created["UploadId"]]
        parts = {"Parts": [{key: part[key] for key in ("PartNumber", "ETag")} for part in listing["Parts"]]}
        status, completion = aws("s3api", "complete-multipart-upload", *upload, "--multipart-upload", json.dumps(parts))
        assert (status, completion["ETag"][-3:]) == (0, '-3"')
        s3.assert_object("my-bucket", "multipart/01", body=b"".join(bodies.values()))
        out = tmp_path / "out"
        aws("s3api", "get-object", *location, str(out))
        assert out.read_bytes() == b"".join(bodies.values())
        status, error = aws("s3api", "abort-multipart-upload", *location, "--upload-id", "nothing")
        assert status != 0
        assert "NoSuchUpload" in error


def test_the_options_of_create(aws):
    """The options of the page, in the CLI's spelling."""
    with mock_multipart(buckets=["my-bucket"], open_uploads="ignore") as s3:
        status, created = aws(
            "s3api", "create-multipart-upload", "--bucket", "my-bucket", "--key", "k", "--cache-control", "no-store",
            "--content-disposition", "inline", "--content-encoding", "gzip", "--content-language", "de",
            "--content-type", "text/plain", "--expires", "2030-01-01T00:00:00Z", "--metadata", "one=two",
            "--server-side-encryption", "aws:kms", "--ssekms-key-id", "some-id", "--bucket-key-enabled",
            "--storage-class", "STANDARD_IA", "--website-redirect-location", "/x", "--tagging", "a=b",
            "--acl", "bucket-owner-full-control", "--request-payer", "requester",
            "--expected-bucket-owner", "123456789012", "--checksum-algorithm", "SHA256",
        )  # fmt: skip
        assert status == 0
        assert created["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/some-id"
        assert (created["ChecksumAlgorithm"], created["ChecksumType"]) == ("SHA256", "COMPOSITE")
        assert s3.calls[0].ignored == ()


def test_high_level_copies(aws, tmp_path, capsys):
    """``aws s3 cp`` cuts a large file into parts by itself."""
    path = tmp_path / "big"
    path.write_bytes(b"x" * (20 << 20))
    with mock_multipart(buckets=["my-bucket"]) as s3:
        assert (
            clidriver.create_clidriver().main(["s3", "cp", str(path), "s3://my-bucket/big", "--only-show-errors"]) == 0
        )
        s3.uploads.one(key="big").assert_completed(parts=3)
        back = str(tmp_path / "back")
        assert clidriver.create_clidriver().main(["s3", "cp", "s3://my-bucket/big", back, "--only-show-errors"]) == 0
        assert (tmp_path / "back").read_bytes() == path.read_bytes()
        assert clidriver.create_clidriver().main(["s3", "rm", "s3://my-bucket/big", "--only-show-errors"]) == 0
        assert s3.buckets["my-bucket"].keys() == []
