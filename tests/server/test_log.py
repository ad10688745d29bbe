"""The server's log has one line per request, which cannot be forged and holds no secret; and who is warned."""

import re
import socket
import warnings
from urllib.parse import urlsplit

import pytest
import requests
from botocore.config import Config

from fakes3mp import FakeS3
from fakes3mp.server.log_lines import log_line
from fakes3mp.server.server import Server


@pytest.fixture
def lines():
    return []


@pytest.fixture
def server(lines):
    with Server(FakeS3(buckets=["media"]), log=lines.append) as server:
        yield server


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_signatures_and_tokens_are_left_out(server, lines, version):
    keys = {"aws_access_key_id": "GUEST", "aws_secret_access_key": "secret", "aws_session_token": "TOKEN/+="}
    s3 = server.client(**keys, config=Config(signature_version=version))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"})
    assert requests.get(url).status_code == 404
    (line,) = lines
    assert re.match(r"GET /media/k\?\S* 404 \d+\.\d ms$", line)
    signature = re.search("Signature=([^&]+)", url)[1]
    for secret in (signature, "GUEST", "TOKEN"):
        assert secret in url
        assert secret not in line
    assert "Signature=..." in line


SECRETS = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "x-amz-security-token",
    "Signature",
    "AWSAccessKeyId",
]


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_parameter(name):
    line = log_line("GET", f"/b/k?a=1&{name}=SECRET%2F&c=Signature", 200, 0.001)
    assert line == f"GET /b/k?a=1&{name}=...&c=Signature 200 1.0 ms"


@pytest.mark.parametrize(
    ("target", "escaped"),
    [
        ("/a\x1b[2Jb", r"/a\x1b[2Jb"),
        ("/a\nGET /b 200 1.0 ms", r"/a\nGET /b 200 1.0 ms"),
        ("/\x85\u2028", r"/\x85\u2028"),
    ],
)
def test_control_characters_are_escaped(target, escaped):
    assert log_line("GET", target, 200, 0.001) == f"GET {escaped} 200 1.0 ms"


def test_a_refused_request_is_one_line_that_says_why(server, lines):
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nx\x1b[2J\xff\r\n\r\n")
        while connection.recv(65536):
            pass
    (line,) = lines
    assert re.match(r"- - 400 \d+\.\d ms \(no header field: ", line)
    assert line.isprintable()


# Others on the network


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_a_server_for_everybody_warns(host):
    with pytest.warns(UserWarning, match=r"answers everybody on the network.*check_signatures"):
        Server(FakeS3(), host).stop()


@pytest.mark.parametrize(
    ("host", "options"),
    [("127.0.0.1", {}), ("localhost", {}), ("::1", {}), ("0.0.0.0", {"check_signatures": "required"})],
)
def test_others_do_not_warn(host, options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Server(FakeS3(**options), host).stop()
