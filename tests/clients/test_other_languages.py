"""The snippets of docs/other-languages.md, each made whole by a program that stores an object, where its language is installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server
from tests.clients.programs import program

PAGE = Path(__file__).parent.parent.parent / "docs" / "other-languages.md"
ON_THE_PAGE = "http://127.0.0.1:9000"
JS = Path(__file__).parent / "js"
GO_SOURCES = Path("/usr/share/gocode")  # where Debian has Go's libraries
GO_SDK = "github.com/aws/aws-sdk-go-v2"


def snippet(server, title, number=1):
    """The code under a heading of the page, with the address of this server."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\w+\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert ON_THE_PAGE in blocks[number - 1]
    return blocks[number - 1].replace(ON_THE_PAGE, server.url)


def shell(server, tmp_path, code):
    (tmp_path / "video.mp4").write_bytes(b"hello")
    program("sh", server)("-euc", f"cd {tmp_path}\n{code}")


def aws_cli(major):
    """Version 1 is beside this Python, version 2 is the system's."""

    def run(server, tmp_path):
        path = shutil.which("aws", path=Path(sys.executable).parent if major == 1 else "/usr/local/bin:/usr/bin")
        if path is None or f"aws-cli/{major}." not in subprocess.check_output([path, "--version"], text=True):
            pytest.skip(f"version {major} of the AWS CLI is not installed")
        code = snippet(server, "AWS CLI").replace("\naws ", f"\n{path} ")
        assert path in code
        shell(server, tmp_path, code)

    return run


def curl(server, tmp_path):
    program("curl", server)
    shell(server, tmp_path, snippet(server, "curl"))


def javascript(server, tmp_path):
    node = program("node", server)
    if not (JS / "node_modules").is_dir():
        pytest.skip("npm install in tests/clients/js was not run")
    put = 'import { PutObjectCommand } from "@aws-sdk/client-s3";\nawait s3.send(new PutObjectCommand({ Bucket: "media", Key: "video.mp4", Body: "hello" }));'
    node("--input-type=module", "-e", snippet(server, "JavaScript") + put, cwd=JS)


def ruby(server, tmp_path):
    run = program("ruby", server)
    if run("-e", 'require "aws-sdk-s3"', check=False).returncode != 0:
        pytest.skip("ruby-aws-sdk-s3 is not installed")
    put = "s3.put_object(bucket: 'media', key: 'video.mp4', body: 'hello')"
    run("-e", f'require "aws-sdk-s3"\n{snippet(server, "Ruby")}\n{put}')


def go(server, tmp_path):
    """Debian's version is one of those that have no BaseEndpoint."""
    if not (GO_SOURCES / "src" / GO_SDK).is_dir():
        pytest.skip("golang-github-aws-aws-sdk-go-v2-dev is not installed")
    run = program("go", server, GO111MODULE="off", GOPATH=str(GO_SOURCES))
    (tmp_path / "put.go").write_text(GO.replace("SNIPPET", snippet(server, "Go", 2)), encoding="utf-8")
    run("run", tmp_path / "put.go", timeout=500)


GO = f"""
package main

import (
    "context"
    "strings"
    "{GO_SDK}/aws"
    "{GO_SDK}/credentials"
    "{GO_SDK}/feature/s3/manager"
    "{GO_SDK}/service/s3"
)

func main() {{
    SNIPPET
    put := func(key string, body string) {{
        uploader := manager.NewUploader(s3Client)
        input := &s3.PutObjectInput{{Bucket: aws.String("media"), Key: aws.String(key), Body: strings.NewReader(body)}}
        if _, err := uploader.Upload(context.TODO(), input); err != nil {{
            panic(err)
        }}
    }}
    put("video.mp4", "hello")
    put("big", strings.Repeat("x", 12 << 20))
}}
"""

LANGUAGES = {
    "AWS CLI v1": aws_cli(1),
    "AWS CLI v2": aws_cli(2),
    "curl": curl,
    "JavaScript": javascript,
    "Ruby": ruby,
    "Go": go,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_snippet(language, tmp_path):
    with Server(FakeS3(buckets=["media"])) as server:
        LANGUAGES[language](server, tmp_path)
        assert server.fake.object("media", "video.mp4").text() == "hello"
        if "big" in server.fake.buckets["media"]:
            server.fake.uploads.one(key="big").assert_completed(parts=3)
        server.fake.assert_no_open_uploads()
