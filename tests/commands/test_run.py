"""``fakes3mp run`` and ``serve``: a fake around a command of any language, as a user types it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest

from fakes3mp import FakeS3
from fakes3mp.__main__ import main
from fakes3mp.commands.run import _run_command

BOTO3 = "import boto3; s3 = boto3.client('s3'); "
HERE = os.path.dirname(__file__)
UPLOAD = BOTO3 + "s3.create_multipart_upload(Bucket='media', Key='k')"


def fakes3mp(*arguments, **kwargs):
    command = [sys.executable, "-m", "fakes3mp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **kwargs)


def python(code):
    return ("--", sys.executable, "-c", code)


def test_the_command_reaches_the_fake():
    code = (
        BOTO3 + "s3.put_object(Bucket='media', Key='k', Body=b'hello'); print(s3.list_buckets()['Buckets'][0]['Name'])"
    )
    ran = fakes3mp("run", "--bucket", "media", *python(code))
    assert (ran.returncode, ran.stdout) == (0, "media\n"), ran.stderr
    assert "2 calls" in ran.stderr
    assert "bucket media: 1 object, 5 bytes" in ran.stderr


def test_what_the_environment_says_of_another_endpoint_is_not_for_the_command():
    elsewhere = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9", "AWS_PROFILE": "nobody", "AWS_SESSION_TOKEN": "mine"}
    code = BOTO3 + "print(s3.list_buckets()['Buckets'][0]['Name'])"
    ran = fakes3mp("run", "--bucket", "media", *python(code), env={**os.environ, **elsewhere})
    assert (ran.returncode, ran.stdout) == (0, "media\n"), ran.stderr


@pytest.mark.parametrize("code", [0, 3, 77])
def test_the_exit_code_is_the_commands(code):
    assert fakes3mp("run", *python(f"raise SystemExit({code})")).returncode == code


@pytest.mark.skipif(os.name == "nt", reason="no signal is left in an exit code there")
def test_a_command_that_is_killed():
    ran = fakes3mp("run", *python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert ran.returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize(
    ("open_uploads", "code", "expected"),
    [
        ("error", UPLOAD, 1),
        ("warn", UPLOAD, 0),
        ("ignore", UPLOAD, 0),
        ("error", BOTO3, 0),
        ("error", "raise SystemExit(5)", 5),
    ],
)
def test_open_uploads(open_uploads, code, expected):
    ran = fakes3mp("run", "--bucket", "media", "--open-uploads", open_uploads, *python(code))
    assert ran.returncode == expected, ran.stderr
    assert ("still open: <upload 'media/k' open" in ran.stderr) == (code is UPLOAD)


def test_the_state_is_loaded_and_dumped(tmp_path):
    put = BOTO3 + "s3.put_object(Bucket='media', Key=str(len(s3.list_objects_v2(Bucket='media').get('Contents', []))))"
    for _ in range(2):
        assert fakes3mp("run", "--bucket", "media", "--state", str(tmp_path / "s"), *python(put)).returncode == 0
    assert FakeS3.load(tmp_path / "s").buckets["media"].keys() == ["0", "1"]


RESET = "import os, urllib.request as u; u.urlopen(u.Request(os.environ['FAKES3MP_URL'] + '/_fakes3mp/reset', method='POST')); "


def test_the_buckets_are_there_after_a_reset(tmp_path):
    """Also those beside a state that was loaded."""
    code = RESET + BOTO3 + "print([bucket['Name'] for bucket in s3.list_buckets()['Buckets']])"
    state = ("--state", str(tmp_path / "state"))
    assert fakes3mp("run", "--bucket", "media", *state, *python(code)).stdout == "['media']\n"
    assert fakes3mp("run", "--bucket", "other", *state, *python(code)).stdout == "['media', 'other']\n"


def test_the_report(tmp_path):
    ran = fakes3mp("run", "--bucket", "media", "--report", str(tmp_path / "deep/report.html"), *python(UPLOAD))
    assert ran.returncode == 0, ran.stderr
    assert "CreateMultipartUpload" in (tmp_path / "deep/report.html").read_text()


def test_the_command_may_use_the_control_api():
    code = (
        "import json, os, urllib.request; url = os.environ['FAKES3MP_URL'] + '/_fakes3mp/faults'; "
        "fault = json.dumps({'operation': 'PutObject', 'times': 1, 'error': 'SlowDown'}).encode(); "
        "urllib.request.urlopen(urllib.request.Request(url, fault, method='POST')); "
        + BOTO3
        + "print(s3.put_object(Bucket='media', Key='k')['ResponseMetadata']['RetryAttempts'])"
    )
    ran = fakes3mp("run", "--bucket", "media", *python(code))
    assert ran.stdout == "1\n", ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "needs a command"),
        (["run", "--"], "needs a command"),
        (["run", "--bucket", "ab", "--", "true"], "cannot create the fake: InvalidBucketName"),
        (["run", "--state", HERE, "--", "true"], f"cannot create the fake: {HERE} holds no dump"),
        (["serve", "--control", "anywhere"], "needs --token"),
        (["serve", "--access-key", "a"], "belong together"),
    ],
)
def test_what_cannot_be_run_is_one_line(arguments, message):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert message in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_a_command_that_is_not_there():
    ran = fakes3mp("run", "--", "no-such-command")
    assert ran.returncode == 127
    assert ran.stderr.startswith("cannot run no-such-command: ")  # and what the system says


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_keys_outside_of_the_outputs_encoding(encoding):
    """As in a pipe on Windows."""
    code = (
        "from fakes3mp.__main__ import main\n"
        "from fakes3mp.commands import serving, serve\n"
        "serving.format_summary = serve.format_summary = lambda fake: 'open: \u043a'\n"
        "serve.threading.Event.wait = lambda *_: True\n"
        "main(['serve'])"
    )
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60, env=environment)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, b"open: \\u043a"), ran.stderr


def test_a_signal_that_cannot_be_sent_does_no_harm(monkeypatch):
    """Windows cannot send SIGINT: Popen raises ValueError there."""

    def send_signal(process, number):
        raise ValueError(f"Unsupported signal: {number}")

    monkeypatch.setattr(subprocess.Popen, "send_signal", send_signal)
    code = "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(0.5); raise SystemExit(7)"
    assert _run_command([sys.executable, "-c", code], dict(os.environ)) == 7


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM ends a process there, and cannot be handled")
def test_a_signal_is_passed_on():
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); print('up', flush=True); time.sleep(30)"
    process = subprocess.Popen(
        [sys.executable, "-m", "fakes3mp", "run", *python(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 9
    process.stdout.close()


def test_serve_dumps_its_state_when_it_stops(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "fakes3mp", "serve", "--bucket", "media", "--state", str(tmp_path / "s")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    url = process.stdout.readline().strip()
    with urllib.request.urlopen(f"{url}/_fakes3mp/health") as response:
        assert json.load(response)["ok"] is True
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    assert "bucket media: 0 objects, 0 bytes" in printed
    assert list(FakeS3.load(tmp_path / "s").buckets) == ["media"]


@pytest.fixture
def serve():
    """Start ``fakes3mp serve``; returns its URL."""
    processes = []

    def start(*options, **environment):
        command = [sys.executable, "-m", "fakes3mp", "serve", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        processes.append(process)
        return process.stdout.readline().strip()

    yield start
    for process in processes:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 0


def client(url):
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "thing", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, **keys)


def test_serve_buckets_as_they_were(serve):
    s3 = client(serve("--bucket-defaults", "legacy", "--bucket-names", "any"))
    s3.create_bucket(Bucket="My_Bucket", ACL="public-read")
    with pytest.raises(s3.exceptions.ClientError, match="InvalidBucketAclWithObjectOwnership"):
        client(serve()).create_bucket(Bucket="media", ACL="public-read")


def test_serve_records_the_last_calls(serve):
    url = serve("--bucket", "media", "--record", "last:2")
    s3 = client(url)
    for key in ("a", "b", "c"):
        s3.put_object(Bucket="media", Key=key, Body=b"")
    with urllib.request.urlopen(f"{url}/_fakes3mp/calls") as response:
        assert [call["params"]["Key"] for call in json.load(response)["calls"]] == ["b", "c"]


def test_serve_records_nothing_it_does_not_know(capsys):
    with pytest.raises(SystemExit, match="record is"):
        main(["serve", "--record", "some"])


@pytest.mark.skipif(os.name == "nt", reason="the browser of this test is a shell script")
def test_serve_opens_the_console_page(serve, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened.part; mv {tmp_path}/opened.part {tmp_path}/opened\n')
    browser.chmod(0o755)
    url = serve("--console", BROWSER=str(browser))
    end = time.monotonic() + 20
    while not (tmp_path / "opened").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert (tmp_path / "opened").read_text() == f"{url}/_fakes3mp/\n"


def test_the_console_script():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="fakes3mp")
    assert script.value == "fakes3mp.__main__:main"
