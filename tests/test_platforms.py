"""Platforms without what only POSIX has, as Windows: simulated by taking it away before anything is imported."""

import subprocess
import sys

import pytest

WITHOUT_POSIX = """
import os, socket, sys
for name in ("fork", "forkpty", "register_at_fork", "posix_spawn", "posix_spawnp", "killpg", "getuid", "_spawnvef"):
    if hasattr(os, name):
        delattr(os, name)
if hasattr(socket, "AF_UNIX"):
    del socket.AF_UNIX
for name in ("fcntl", "resource", "pwd", "grp", "termios", "pty"):
    sys.modules[name] = None
import boto3
from fakes3mp import FakeS3, Server, mock_multipart
"""

USES = {
    "a client": """
with FakeS3(buckets=["media"]) as fake:
    boto3.client("s3").put_object(Bucket="media", Key="k", Body=b"body")
    assert fake.object("media", "k").body == b"body"
""",
    "the server": """
with Server(FakeS3(buckets=["media"])) as server:
    server.client().put_object(Bucket="media", Key="k", Body=b"body")
    assert server.fake.object("media", "k").body == b"body"
""",
    "spooled bodies": """
with FakeS3(buckets=["media"], spool_over=0) as fake:
    boto3.client("s3").put_object(Bucket="media", Key="k", Body=b"body")
    assert fake.object("media", "k").body == b"body"
""",
    "a child process": """
import subprocess
PUT = "import boto3; boto3.client('s3').put_object(Bucket='media', Key='k', Body=b'body')"
with FakeS3(buckets=["media"]) as fake:
    subprocess.run([sys.executable, "-c", PUT], check=True)
    assert fake.object("media", "k").body == b"body"
""",
    "a dump": """
import tempfile
with tempfile.TemporaryDirectory() as directory:
    FakeS3(buckets=["media"]).dump(directory)
    FakeS3(buckets=["media"]).dump(directory)
    assert list(FakeS3.load(directory).buckets) == ["media"]
""",
    "exploring a command": """
from fakes3mp.__main__ import main
PUT = "import boto3; boto3.client('s3').put_object(Bucket='media', Key='k')"
assert main(["run", "--bucket", "media", "--explore", "--", sys.executable, "-c", PUT]) == 0
""",
    "the command run": """
from fakes3mp.__main__ import main
assert main(["run", "--", sys.executable, "-c", "raise SystemExit(3)"]) == 3
""",
}


@pytest.mark.parametrize("use", USES)
def test_without_what_only_posix_has(use):
    code = WITHOUT_POSIX + USES[use]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
