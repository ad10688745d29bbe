"""``fakes3mp run --explore``: a command in any language under every fault, once per schedule against the server."""

import os
import subprocess
import sys
import time

import pytest

UPLOAD = """
import boto3, sys
from botocore.config import Config

s3 = boto3.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
upload = {"Bucket": "media", "Key": "k"}
upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
try:
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"hello")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
except BaseException:
    if "mended" in sys.argv:
        s3.abort_multipart_upload(**upload)
    raise
"""


@pytest.fixture
def explore(tmp_path):
    """Explore a Python program; returns the finished process."""

    def explore(code, *options, arguments=()):
        program = tmp_path / "program.py"
        program.write_text(code)
        command = [sys.executable, "-m", "fakes3mp", "run", "--explore", "--bucket", "media", *options]
        command += ["--", sys.executable, str(program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)

    return explore


def test_a_command_that_leaves_an_upload_open(explore, tmp_path):
    page = tmp_path / "page.html"
    ran = explore(UPLOAD, "--faults", "AccessDenied", "--no-rerun", "--report", str(page))
    assert ran.returncode == 1, ran.stderr
    assert "breaks the invariant 'open_uploads'" in ran.stdout
    assert "The faults: UploadPart media/k part 1, attempt 1: AccessDenied" in ran.stdout
    assert "CommandFailed: exit code 1" in ran.stdout
    assert ran.stderr.splitlines() == [
        "ok  CreateMultipartUpload media/k, attempt 1: AccessDenied",
        "FAILED  UploadPart media/k part 1, attempt 1: AccessDenied",
        "FAILED  CompleteMultipartUpload media/k, attempt 1: AccessDenied",
    ]
    assert '<td>UploadPart media/k part 1, attempt 1</td><td class="failed">open_uploads</td>' in page.read_text()

    pasted = ran.stdout.partition("The same as a test:\n")[2].partition("\n1 further violation")[0]
    (tmp_path / "test_pasted.py").write_text("\n".join(line[4:] for line in pasted.splitlines()))
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    again = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert "FAILED test_pasted.py::test_subprocess_run_open_uploads - AssertionError" in again.stdout


def test_the_mended_command(explore):
    ran = explore(UPLOAD, "--faults", "AccessDenied", arguments=["mended"])
    assert ran.returncode == 0, ran.stdout
    assert "3 calls, 3 schedules" in ran.stdout
    assert ran.stdout.splitlines()[0].endswith("0 violations")


def test_a_crash_kills_the_command(explore, tmp_path):
    """It cleans nothing up, whatever it would do: the abort is not called."""
    code = UPLOAD + f"\nopen({str(tmp_path / 'ends')!r}, 'a').write('x')"
    ran = explore(code, "--faults", "crash", "--no-rerun", arguments=["mended"])
    assert ran.returncode == 0, ran.stdout
    assert "the code had crashed: UploadPart media/k part 1, attempt 1: crash" in ran.stdout
    assert (tmp_path / "ends").read_text() == "x" * 3  # without faults: twice to compare, once to judge
    assert "6 schedules" in ran.stdout


def test_a_command_that_calls_without_end_is_stopped(explore):
    code = """
import boto3
from botocore.config import Config
s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
while True:
    try:
        s3.put_object(Bucket="media", Key="k", Body=b"x")
        break
    except Exception:
        continue
"""
    ran = explore(code, "--faults", "AccessDenied", "--no-rerun")
    assert ran.returncode == 1
    assert "breaks the invariant 'ends'" in ran.stdout


def test_a_command_that_does_not_end(explore):
    code = UPLOAD.replace("    raise\n", "    import time; time.sleep(600)\n")
    began = time.monotonic()
    ran = explore(code, "--faults", "AccessDenied", "--no-rerun", "--timeout", "5", arguments=["mended"])
    assert ran.returncode == 1
    assert time.monotonic() - began < 100
    assert "did not end within 5 seconds" in ran.stdout


@pytest.mark.parametrize(
    ("code", "options", "message"),
    [
        ("raise SystemExit('wrong')", [], "the command fails without any fault: exit code 1: wrong"),
        ("pass", [], "cannot explore: the code made no S3 call"),
        (UPLOAD, ["--faults", "SlowDwn"], "did you mean SlowDown?"),
        (UPLOAD, ["--faults", "PreconditionFailed"], "applies to none of the calls"),
        (UPLOAD, ["--without", "open_upload"], "did you mean open_uploads?"),
        (UPLOAD, ["--depth", "0"], "1 or more, not 0"),
        (UPLOAD, ["--open-uploads", "error"], "--open-uploads"),
        ("import uuid\n" + UPLOAD.replace('"k"', "str(uuid.uuid4())"), [], "other calls each time"),
    ],
)
def test_what_cannot_be_explored(explore, code, options, message):
    ran = explore(code, *options)
    assert ran.returncode == 1
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_command_that_is_not_there():
    command = [sys.executable, "-m", "fakes3mp", "run", "--explore", "--", "no-such-command"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "cannot explore: [Errno 2]" in ran.stderr
