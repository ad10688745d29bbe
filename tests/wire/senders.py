"""Ways to send any HTTP request to a fake: by ``requests`` in this process, and hand-signed over a socket to the server."""

import socket
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes3mp.server.server import Server
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


class Answer:
    """A response as it came: lower-case header names, and the elements of an error document."""

    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def error(self):
        """The elements of the error document, without those that vary."""
        import xmltodict

        elements = xmltodict.parse(self.body)["Error"] if self.body else {}
        return {name: value for name, value in elements.items() if name not in ("RequestId", "HostId")}


class RequestsSender:
    """``requests`` in this process, caught by the interceptor. The signature is not checked."""

    def __init__(self, fake):
        self._fake = fake

    def __enter__(self):
        self._fake.start()
        return self

    def __exit__(self, *args):
        self._fake.stop()

    def send(self, method, path, headers=None, body=b""):
        headers = {
            "Authorization": AUTHORIZATION.replace("us-east-1", self._fake.region),
            "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
            **(headers or {}),
        }
        prepared = requests.Request(method, f"https://s3.{self._fake.region}.amazonaws.com/", data=body).prepare()
        prepared.url += path.removeprefix("/")  # requests would take dot segments out
        prepared.headers.update(headers)
        with requests.Session() as session:
            response = session.send(prepared, allow_redirects=False)
        return Answer(response.status_code, response.headers.items(), response.content)


class ServerSender:
    """Bytes on a socket to the server, signed with its own keys."""

    def __init__(self, fake):
        self._server = Server(fake)
        self._region = fake.region

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *args):
        self._server.stop()

    def send(self, method, path, headers=None, body=b""):
        url = urlsplit(self._server.url)
        headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", **(headers or {})}
        if not any(name.lower() in ("content-length", "transfer-encoding") for name in headers):
            headers["Content-Length"] = str(len(body))
        signed = self._signed_headers(method, path, headers)
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.items())]
        head = "\r\n".join([*lines, f"Host: {url.netloc}", "Connection: close", "", ""])
        with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
            connection.sendall(head.encode() + body)
            received = b""
            while piece := connection.recv(1 << 16):
                received += piece
        return parsed(received)

    def _signed_headers(self, method, path, headers):
        url, _, query = path.partition("?")
        params = dict(parse_qsl(query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in headers.items()}
        unsigned = {"content-length", "transfer-encoding"}
        request = AWSRequest(
            method,
            f"{self._server.url}{quote(unquote(url), safe='/~')}",
            headers={name: value for name, value in headers.items() if name not in unsigned},
            params=params,
        )
        signer = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", self._region)
        signer.payload = lambda request: headers["x-amz-content-sha256"]
        signer.add_auth(request)
        return {name: headers[name] for name in unsigned & headers.keys()} | dict(request.headers.items())


def parsed(received):
    """The first response in these bytes."""
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = [line.partition(": ")[::2] for line in lines]
    return Answer(int(status_line.split(" ")[1]), headers, body)


SENDERS = {"requests": RequestsSender, "server": ServerSender}
