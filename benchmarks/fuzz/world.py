"""The fake under test, what is stored in it at the beginning of each block of inputs, and the ways in."""

import io
import os
import socket
import tempfile
from contextlib import suppress
from urllib.parse import unquote_to_bytes, urlsplit

import boto3
from botocore.config import Config

from benchmarks.fuzz.values import NOW
from fakes3mp import FakeS3, wsgi_app
from fakes3mp.server.server import Server
from fakes3mp.wire.messages import Request
from tests.wire.senders import parsed


class Ids:
    """What the base state's versions, uploads and parts are called."""

    def __init__(self, versions, uploads, etags):
        self.versions, self.uploads, self.etags = versions, uploads, etags

    def with_names(self, value):
        """Parameters with these names instead of ``<version>``, ``<upload>``, ``<part 1>``."""
        names = {
            "<version>": self.versions[0],
            "<upload>": self.uploads[0],
            "<part 1>": self.etags[0],
            "<part 2>": self.etags[1],
        }
        if isinstance(value, dict):
            return {name: self.with_names(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.with_names(member) for member in value]
        return names.get(value, value) if isinstance(value, str) else value


class World:
    """A fake with buckets in which requests of every operation can succeed; bodies of 64 bytes are in a file."""

    def __init__(self):
        self._tempdir, self.directory = tempfile.tempdir, tempfile.mkdtemp(prefix="fuzz-")
        tempfile.tempdir = self.directory
        self.fake = FakeS3(
            buckets=["media", "plain", "empty", "zonal--use1-az1--x-s3"],
            seed=5,
            clock=lambda: NOW,
            min_part_size=1,
            open_uploads="ignore",
            spool_over=64,
        )
        with self.fake:
            self.ids = self._set_up()
        self.base = self.fake.snapshot()
        self.app = wsgi_app(self.fake)
        self.server = Server(self.fake).start()
        self._address = urlsplit(self.server.url).hostname, urlsplit(self.server.url).port

    def close(self):
        """Stop the server. Files that are left stay, to be looked at."""
        self.server.stop()
        self.restore()
        tempfile.tempdir = self._tempdir
        with suppress(OSError):
            os.rmdir(self.directory)

    def restore(self):
        """Go back to the base state."""
        self.fake.restore(self.base)

    def _set_up(self):
        s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
        self.fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        for bucket in ("media", "plain", "locked"):
            s3.delete_public_access_block(Bucket=bucket)
            s3.put_bucket_ownership_controls(
                Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
            )
        s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object_lock_configuration(Bucket="media", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
        versions = [s3.put_object(Bucket="media", Key="k", Body=body)["VersionId"] for body in (b"first", b"second")]
        s3.put_object(Bucket="media", Key="archived", Body=b"third", StorageClass="GLACIER")
        s3.put_object(Bucket="plain", Key="k", Body=b"plain")
        etags, uploads = [], []
        for key in ("open", "k"):
            uploads.append(s3.create_multipart_upload(Bucket="media", Key=key)["UploadId"])
            target = {"Bucket": "media", "Key": key, "UploadId": uploads[-1]}
            etags += [s3.upload_part(**target, PartNumber=number, Body=b"part.")["ETag"] for number in (1, 2)]
        tagged = s3.put_object(Bucket="media", Key="tagged", Body=b"tagged", Tagging="a=1")
        boto3.client("s3control").create_access_point(AccountId="123456789012", Name="my-ap", Bucket="media")
        return Ids([*versions, tagged["VersionId"]], uploads, etags)

    # Ways in: each returns status, headers and body

    def handle(self, sent):
        """As an interceptor hands a request on."""
        url = f"https://{sent.host}{sent.target}"
        response = self.fake.handle(Request(sent.method, url, {**sent.headers, "host": sent.host}, sent.body))
        return response.status, dict(response.headers), response.body.read()

    def wsgi(self, sent):
        """As a WSGI server does, with the body as long as its header says, or as it is."""
        answered = []
        headers = {
            "HTTP_" + name.upper().replace("-", "_"): text.encode("utf-8", "replace").decode("latin-1")
            for name, text in sent.headers.items()
        }
        environ = {
            **headers,
            "REQUEST_METHOD": sent.method,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": sent.host,
            "PATH_INFO": unquote_to_bytes(sent.path).decode("latin-1"),
            "QUERY_STRING": sent.target.partition("?")[2].encode("utf-8", "replace").decode("latin-1"),
            "CONTENT_LENGTH": str(len(sent.body)),
            "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent.body),
        }
        body = b"".join(self.app(environ, lambda status, headers: answered.append((int(status[:3]), headers))))
        status, response_headers = answered[0]
        for name, text in response_headers:
            (name + text).encode("latin-1")
        return status, dict(response_headers), body

    def sockets(self, data):
        """Bytes on a connection; what the server answered until it closed it: every response's status, and all bytes."""
        with socket.create_connection(self._address, timeout=10) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has refused the request, and closed the connection
            received = b""
            try:
                while piece := connection.recv(1 << 16):
                    received += piece
            except ConnectionResetError:
                pass
        return received


def statuses(received):
    """The statuses of all responses among these bytes."""
    found = []
    while received.startswith(b"HTTP/1.1 "):
        answer = parsed(received)
        found.append(answer.status)
        length = int(answer.headers.get("content-length", 0))
        rest = received.partition(b"\r\n\r\n")[2]
        received = rest if rest.startswith(b"HTTP/1.1 ") else rest[length:]
    return found, received
