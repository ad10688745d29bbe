"""The backends that are measured: the fake, the fake over HTTP only, moto, and two floors that no fake can be faster than.

Each is imported when it is entered, since the cold start counts.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}


def client() -> Any:
    """A client as the code under test would create one."""
    import boto3

    return boto3.client("s3")


def _fake(**options: Any) -> AbstractContextManager[Any]:
    from fakes3mp import mock_multipart

    return mock_multipart(min_part_size=1, open_uploads="ignore", **options)


def _moto() -> AbstractContextManager[Any]:
    import moto.s3.models
    import moto.settings
    from moto import mock_aws

    moto.s3.models.S3_UPLOAD_PART_MIN_SIZE = 1
    return mock_aws()


class _Body(io.BytesIO):
    def stream(self, **kwargs: Any) -> Iterator[bytes]:
        yield self.read()


def _answer_at_send(request: Any, **kwargs: Any) -> Any:
    """Answers every request with 200 at ``before-send``: no fake that intercepts HTTP can be faster."""
    from botocore.awsrequest import AWSResponse

    body = b"<R><UploadId>u</UploadId></R>" if request.method == "POST" else b""
    return AWSResponse(request.url, 200, {"ETag": '"x"', "Content-Length": str(len(body))}, _Body(body))


def _answer_at_call(**kwargs: Any) -> Any:
    """Answers every call at ``before-call``: what boto3 itself costs."""
    from botocore.awsrequest import AWSResponse

    parsed = {"ETag": '"x"', "UploadId": "u", "Body": _Body(b""), "ResponseMetadata": {"HTTPStatusCode": 200}}
    return AWSResponse("http://x", 200, {}, _Body(b"")), parsed


@contextmanager
def _handling(event: str, handler: Callable[..., Any]) -> Iterator[None]:
    import botocore.handlers

    botocore.handlers.BUILTIN_HANDLERS.append((event, handler))
    yield


BACKENDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "fakes3mp": _fake,
    "fakes3mp, wire=http": lambda: _fake(wire="http"),
    "moto": _moto,
    "null-send": lambda: _handling("before-send", _answer_at_send),
    "null-call": lambda: _handling("before-call", _answer_at_call),
}
FLOORS = ("null-send", "null-call")


def start_backend(name: str) -> AbstractContextManager[Any]:
    """The backend of this name, as a context manager, with credentials in the environment."""
    os.environ.update(CREDENTIALS)
    return BACKENDS[name]()
