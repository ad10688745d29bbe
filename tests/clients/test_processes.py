"""Clients in processes of their own, against the server: curl, and awscli v1 as a command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes3mp import FakeS3
from fakes3mp.doors.server import Server

MiB = 1 << 20
CURL = shutil.which("curl")
AWS = Path(sys.executable).parent / "aws"
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed")
needs_aws = pytest.mark.skipif(not AWS.exists(), reason="awscli is not installed (extra clients)")


@pytest.fixture
def server():
    with Server(FakeS3(buckets=["media"])) as server:
        yield server


@pytest.fixture
def parts(tmp_path):
    """Three files of a multipart upload."""
    bodies = [b"a" * 5 * MiB, b"b" * 5 * MiB, b"c"]
    paths = [tmp_path / f"part{n}" for n in range(1, 4)]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    return paths


def curl(server, *arguments, path=""):
    signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "FAKES3MPACCESSKEYID0:fakes3mp-secret-access-key"]
    signed += ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]  # without it S3 refuses the request
    command = [CURL, "-sS", "-i", *signed, *map(str, arguments), server.url + path]
    return subprocess.run(command, capture_output=True, check=True).stdout


def between(text, start, end):
    return text.partition(start)[2].partition(end)[0]


@needs_curl
def test_curl(server, parts, tmp_path):
    """Signed by curl itself; the signature is checked, since the secret is known."""
    upload_id = between(curl(server, "-X", "POST", path="/media/k?uploads="), b"<UploadId>", b"</UploadId>").decode()
    listed = ""
    for number, path in enumerate(parts, 1):
        answer = curl(server, "-T", path, path=f"/media/k?partNumber={number}&uploadId={upload_id}")
        etag = between(answer, b"ETag: ", b"\r\n").decode()
        listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
    assert curl(server, path=f"/media/k?uploadId={upload_id}").count(b"<Part>") == 3
    assert upload_id.encode() in curl(server, path="/media?uploads=")
    document = tmp_path / "complete.xml"
    document.write_text(f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>")
    assert b"CompleteMultipartUploadResult" in curl(
        server, "-X", "POST", "--data-binary", f"@{document}", path=f"/media/k?uploadId={upload_id}"
    )
    whole = b"".join(path.read_bytes() for path in parts)
    assert curl(server, path="/media/k").endswith(b"\r\n\r\n" + whole)
    other = between(curl(server, "-X", "POST", path="/media/o?uploads="), b"<UploadId>", b"</UploadId>").decode()
    assert b" 204 " in curl(server, "-X", "DELETE", path=f"/media/o?uploadId={other}")
    assert b"<Code>NoSuchUpload</Code>" in curl(server, path=f"/media/o?uploadId={other}")
    assert {call.outcome for call in server.fake.calls} == {"ok", "NoSuchUpload"}


@needs_curl
def test_curl_without_the_bodys_hash(server):
    signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "KEY:secret"]
    answer = subprocess.run([CURL, "-sS", *signed, server.url], capture_output=True, check=True).stdout
    sent = b"Missing required header for this request: x-amz-content-sha256"
    assert sent in answer or b"ListAllMyBucketsResult" in answer  # newer curls send it by themselves


def aws(server, *arguments, check=True):
    environment = {**os.environ, **server.environment, "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [str(AWS), "--endpoint-url", server.url, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, check=check, text=True)


@needs_aws
def test_awscli(server, parts, tmp_path):
    where = ("--bucket", "media", "--key", "k")
    upload_id = json.loads(aws(server, "s3api", "create-multipart-upload", *where).stdout)["UploadId"]
    where = (*where, "--upload-id", upload_id)
    claimed = []
    for number, path in enumerate(parts, 1):
        answer = json.loads(aws(server, "s3api", "upload-part", *where, "--part-number", number, "--body", path).stdout)
        claimed.append({"PartNumber": number, "ETag": answer["ETag"]})
    assert len(json.loads(aws(server, "s3api", "list-parts", *where).stdout)["Parts"]) == 3
    listed = json.loads(aws(server, "s3api", "list-multipart-uploads", "--bucket", "media").stdout)["Uploads"]
    assert [upload["UploadId"] for upload in listed] == [upload_id]
    document = json.dumps({"Parts": claimed})
    aws(server, "s3api", "complete-multipart-upload", *where, "--multipart-upload", document)
    aws(server, "s3", "cp", "s3://media/k", tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"".join(path.read_bytes() for path in parts)
    failed = aws(server, "s3api", "upload-part", *where, "--part-number", 1, "--body", parts[0], check=False)
    assert "NoSuchUpload" in failed.stderr
    big = tmp_path / "big"
    big.write_bytes(bytes(20 * MiB))
    aws(server, "s3", "cp", big, "s3://media/big")
    assert len(server.fake.uploads.one(key="big").parts) == 3
