"""Clients in processes of their own, against the server: curl, and awscli v1 as a command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server

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
    part_list = ""
    for number, path in enumerate(parts, 1):
        answer = curl(server, "-T", path, path=f"/media/k?partNumber={number}&uploadId={upload_id}")
        etag = between(answer, b"ETag: ", b"\r\n").decode()
        part_list += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
    assert curl(server, path=f"/media/k?uploadId={upload_id}").count(b"<Part>") == 3
    assert upload_id.encode() in curl(server, path="/media?uploads=")
    document = tmp_path / "complete.xml"
    document.write_text(f"<CompleteMultipartUpload>{part_list}</CompleteMultipartUpload>")
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
    refusal = b"Missing required header for this request: x-amz-content-sha256"
    assert refusal in answer or b"ListAllMyBucketsResult" in answer  # newer curls send it by themselves


def aws(server, *arguments, check=True):
    environment = {**os.environ, **server.environment, "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [str(AWS), "--endpoint-url", server.url, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, check=check, text=True)


@needs_aws
def test_awscli(server, parts, tmp_path):
    location = ("--bucket", "media", "--key", "k")
    upload_id = json.loads(aws(server, "s3api", "create-multipart-upload", *location).stdout)["UploadId"]
    location = (*location, "--upload-id", upload_id)
    part_list = []
    for number, path in enumerate(parts, 1):
        answer = json.loads(
            aws(server, "s3api", "upload-part", *location, "--part-number", number, "--body", path).stdout
        )
        part_list.append({"PartNumber": number, "ETag": answer["ETag"]})
    assert len(json.loads(aws(server, "s3api", "list-parts", *location).stdout)["Parts"]) == 3
    uploads = json.loads(aws(server, "s3api", "list-multipart-uploads", "--bucket", "media").stdout)["Uploads"]
    assert [upload["UploadId"] for upload in uploads] == [upload_id]
    document = json.dumps({"Parts": part_list})
    aws(server, "s3api", "complete-multipart-upload", *location, "--multipart-upload", document)
    aws(server, "s3", "cp", "s3://media/k", tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"".join(path.read_bytes() for path in parts)
    failed = aws(server, "s3api", "upload-part", *location, "--part-number", 1, "--body", parts[0], check=False)
    assert "NoSuchUpload" in failed.stderr
    other = json.loads(aws(server, "s3api", "create-multipart-upload", "--bucket", "media", "--key", "o").stdout)
    location = ("--bucket", "media", "--key", "o", "--upload-id", other["UploadId"])
    aws(server, "s3api", "abort-multipart-upload", *location)
    assert server.fake.uploads.one(key="o").state == "aborted"
    big = tmp_path / "big"
    big.write_bytes(bytes(20 * MiB))
    aws(server, "s3", "cp", big, "s3://media/big")
    assert len(server.fake.uploads.one(key="big").parts) == 3


NODE = shutil.which("node")
JS = Path(__file__).parent / "js"
needs_js = pytest.mark.skipif(
    NODE is None or not (JS / "node_modules").is_dir(), reason="npm install in tests/clients/js was not run"
)


@needs_js
def test_the_javascript_sdk(server):
    """O153: it puts x-amz-* into the query of a presigned URL."""
    environment = {**os.environ, **server.environment}
    process = subprocess.run(
        [NODE, "story.mjs", server.url], cwd=JS, env=environment, capture_output=True, text=True, check=False
    )
    assert (process.stdout, process.returncode) == ("done\n", 0), process.stderr
    assert len(server.fake.uploads.one(key="managed").parts) == 5
    assert server.fake.object("media", "signed").metadata == {"c": "d"}
    assert {call.outcome for call in server.fake.calls} == {"ok", "NoSuchUpload"}


# A script, what its package is called, its upload of at least three parts, and the keys that are there in the end.
JS_CLIENTS = [
    ("sdk2.mjs", "aws-sdk", "dir/big", ["dir/big"]),
    ("minio.mjs", "minio", "dir/big", ["dir/big"]),
    ("aws4fetch.mjs", "aws4fetch", "dir/big", ["dir/big"]),
    ("tus.mjs", "@tus/s3-store", "big", ["big", "big.info"]),
]


@needs_js
@pytest.mark.parametrize(("script", "package", "key", "keys"), JS_CLIENTS, ids=[row[1] for row in JS_CLIENTS])
def test_other_javascript_clients(script, package, key, keys):
    if not (JS / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed")
    with Server(FakeS3(buckets=["media"], check_signatures="required")) as server:
        environment = {**os.environ, **server.environment}
        command = [NODE, script, server.url]
        process = subprocess.run(command, cwd=JS, env=environment, capture_output=True, text=True, check=False)
        assert (process.stdout, process.returncode) == ("done\n", 0), process.stderr
        server.fake.uploads.one(key=key).assert_completed()
        assert len(server.fake.uploads.one(key=key).parts) >= 3
        assert server.fake.object("media", key).size == 15 * MiB + 1
        assert server.fake.buckets["media"].keys() == keys
        server.fake.assert_no_open_uploads()
        assert {call.outcome for call in server.fake.calls} == {"ok", "NoSuchKey"}


@needs_js
def test_a_javascript_test_suite():
    """``fakes3mp run`` around node's own runner; the suite adds faults and looks at parts over the control API."""
    command = [sys.executable, "-m", "fakes3mp", "run", "--bucket", "media", "--", NODE, "--test"]
    process = subprocess.run(command, cwd=JS, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout
    assert "pass 3\n" in process.stdout


@needs_js
def test_a_javascript_upload_under_exploration():
    """The command is run once per schedule; the SDK's own upload aborts what it cannot complete."""
    code = (
        'import { S3Client } from "@aws-sdk/client-s3"; import { Upload } from "@aws-sdk/lib-storage"; '
        'const params = { Bucket: "media", Key: "k", Body: Buffer.alloc(6 << 20) }; '
        "await new Upload({ client: new S3Client({ maxAttempts: 1 }), params, partSize: 5 << 20 }).done();"
    )
    command = [sys.executable, "-m", "fakes3mp", "run", "--explore", "--bucket", "media", "--faults", "AccessDenied"]
    command += ["--", NODE, "--input-type=module", "-e", code]
    process = subprocess.run(command, cwd=JS, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout
    assert "4 calls, 4 schedules" in process.stdout


S3CMD, RCLONE = shutil.which("s3cmd"), shutil.which("rclone")


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(15 * MiB + 1))
    return path


@pytest.mark.skipif(S3CMD is None, reason="s3cmd is not installed")
def test_s3cmd(server, big, tmp_path):
    host = server.url.partition("://")[2]
    keys = server.environment["AWS_ACCESS_KEY_ID"], server.environment["AWS_SECRET_ACCESS_KEY"]

    def s3cmd(*arguments, check=True):
        command = [S3CMD, "-c", "/dev/null", "--no-ssl", "--host", host, "--host-bucket", host, "--no-progress"]
        command += ["--access_key", keys[0], "--secret_key", keys[1], "--multipart-chunk-size-mb", "5"]
        return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=check)

    s3cmd("put", big, "s3://media/dir/big")
    server.fake.uploads.one().assert_completed(parts=4)
    s3cmd("get", "s3://media/dir/big", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == big.read_bytes()
    assert "s3://media/dir/big" in s3cmd("ls", "s3://media/dir/").stdout
    upload_id = server.client().create_multipart_upload(Bucket="media", Key="other")["UploadId"]
    assert upload_id in s3cmd("multipart", "s3://media").stdout
    server.client().upload_part(Bucket="media", Key="other", UploadId=upload_id, PartNumber=1, Body=b"x")
    assert "9dd4e461268c8034f5c8564e155c67a6" in s3cmd("listmp", "s3://media/other", upload_id).stdout
    s3cmd("abortmp", "s3://media/other", upload_id)
    server.fake.assert_no_open_uploads()
    missing = s3cmd("get", "s3://media/missing", tmp_path / "missing", check=False)
    assert missing.returncode != 0
    assert "does not exist" in missing.stderr


@pytest.mark.skipif(RCLONE is None, reason="rclone is not installed")
def test_rclone(server, big, tmp_path):
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": server.url,
        "REGION": "us-east-1",
        "ACCESS_KEY_ID": server.environment["AWS_ACCESS_KEY_ID"],
        "SECRET_ACCESS_KEY": server.environment["AWS_SECRET_ACCESS_KEY"],
        "ACL": "bucket-owner-full-control",  # new buckets take no other list
        "NO_CHECK_BUCKET": "true",
        "CHUNK_SIZE": "5Mi",
        "UPLOAD_CUTOFF": "5Mi",
    }
    environment = {**os.environ, **{f"RCLONE_CONFIG_FAKE_{name}": value for name, value in settings.items()}}
    environment.pop("AWS_CA_BUNDLE", None)  # rclone cannot read it

    def rclone(*arguments, check=True):
        command = [RCLONE, "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=check)

    rclone("copyto", big, "fake:media/dir/big")
    server.fake.uploads.one().assert_completed(parts=4)
    rclone("copyto", "fake:media/dir/big", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == big.read_bytes()
    assert sorted(rclone("lsf", "-R", "fake:media").stdout.split()) == ["dir/", "dir/big"]
    server.client().create_multipart_upload(Bucket="media", Key="other")
    assert "other" in rclone("backend", "list-multipart-uploads", "fake:media").stdout
    rclone("backend", "cleanup", "fake:media", "-o", "max-age=0s")
    server.fake.assert_no_open_uploads()
    failed = rclone("lsf", "fake:nowhere", check=False)
    assert failed.returncode != 0
    assert "directory not found" in failed.stderr
    rclone("purge", "fake:media/dir")
    assert server.fake.buckets["media"].keys() == []
