"""A call that botocore has serialised but not sent, as the fake's ``UnsentCall``.

It reads botocore's dictionary of a request, and adds what botocore would add before sending it. Undocumented parts:
``context["checksum"]``, ``["signing"]`` and ``["auth_type"]``; ``RequestSigner._credentials``.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from mmap import mmap
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fakes3mp.core.content import Content
from fakes3mp.digests import ALGORITHMS
from fakes3mp.interceptors.dummy_credentials import DummyCredentials
from fakes3mp.interceptors.request_bodies import as_text
from fakes3mp.service.credentials import ACCESS_KEY
from fakes3mp.service.learned_secrets import LEARNED_SECRETS
from fakes3mp.wire.addressing import parse_address
from fakes3mp.wire.messages import ClientInfo
from fakes3mp.wire.quirks import DIGESTS_COMPUTED_BY_S3, SHADOWED_OPERATIONS
from fakes3mp.wire.typed_calls import NeedsHTTP, UnsentCall

if TYPE_CHECKING:
    from botocore.model import OperationModel

_BODY_TYPES = (bytes, bytearray, io.BytesIO, io.BufferedReader, mmap)
_PLAIN_CREDENTIALS = {  # those whose keys do not change; by module and name
    ("botocore.credentials", "Credentials"),
    ("ibm_botocore.credentials", "Credentials"),
    ("aiobotocore.credentials", "AioCredentials"),
}
_RANDOM = Random()  # of our own: faster than the system's source, and no user's seed is disturbed


def read_serialised_call(
    model: OperationModel,
    request: dict[str, Any],
    endpoint: str,
    signer: Any,
    context: Any,
    document: Mapping[str, Any] | None,
) -> UnsentCall:
    """The call; NeedsHTTP where botocore would do more to it than is done here.

    ``request`` and ``context`` are botocore's dictionaries, ``endpoint`` is the client's endpoint URL, and ``document`` the
    parameter that the request's document was made of.
    """
    target = parse_address(request["url"], endpoint)
    if target.service != "s3" or model.name in SHADOWED_OPERATIONS:
        raise NeedsHTTP
    headers = {
        name.lower(): value if type(value) is str else as_text(value) for name, value in request["headers"].items()
    }
    path = {name: value for name, value in (("Bucket", target.bucket), ("Key", target.key)) if value is not None}
    region = _region(signer, context)
    client_info = ClientInfo(
        bucket_url=target.bucket_url,
        region=region,
        endpoint_region=target.region,
        is_path_style=target.is_path_style,
        access_key=_access_key(signer, context),
        invocation_id=str(UUID(int=_RANDOM.getrandbits(128), version=4)),
        signing_region=region,
        headers=headers,
        query=target.query,
    )
    checksum = context.get("checksum", {})
    if "request_algorithm_header" in checksum:
        header = checksum["request_algorithm_header"]
        headers[header["name"]] = header["value"]
    if model.has_streaming_input:
        content = Content.of(object_bytes(request["body"]))
        _add_length_and_checksum(model.name, headers, content, checksum.get("request_algorithm"))
        return UnsentCall(model.name, headers, target.query, path, client_info, content)
    if "content-md5" in headers or checksum.get("request_algorithm") == "conditional-md5":
        raise NeedsHTTP
    text = b"" if document is not None else _document_bytes(request["body"])
    return UnsentCall(model.name, headers, target.query, path, client_info, document=document, text=text)


def _access_key(signer: Any, context: Any) -> str:
    """The access key that would sign; only a call that SigV4 would sign with a plain key can stay unsigned."""
    if context.get("auth_type") != "v4":
        raise NeedsHTTP
    return access_key_of(signer)


def access_key_of(signer: Any) -> str:
    """The access key that a signer would sign with; NeedsHTTP where its credentials are no plain keys."""
    credentials = signer._credentials
    if credentials is None:
        return ACCESS_KEY
    if isinstance(credentials, DummyCredentials):
        return credentials.access_key
    kind = type(credentials)
    if (kind.__module__, kind.__name__) not in _PLAIN_CREDENTIALS or not (
        credentials.access_key and credentials.secret_key
    ):
        raise NeedsHTTP
    LEARNED_SECRETS.learn(credentials.access_key, credentials.secret_key)
    return str(credentials.access_key)


def _region(signer: Any, context: Any) -> str | None:
    region: str | None = context.get("signing", {}).get("region") or signer.region_name
    return region


def _document_bytes(body: Any) -> bytes:
    if not body:
        return b""
    if isinstance(body, str):
        return body.encode()
    if not isinstance(body, bytes):
        raise NeedsHTTP
    return body


def object_bytes(body: Any) -> Any:
    """An object's bytes, not copied where there is no need; NeedsHTTP for a type that botocore might treat otherwise."""
    if not body and not hasattr(body, "read"):
        return b""
    if type(body).__name__ == "ReadFileChunk":  # s3transfer's
        body.signal_transferring()
        return body.read()
    if type(body) not in _BODY_TYPES or not (hasattr(body, "__len__") or _is_seekable(body)):
        raise NeedsHTTP  # among others a pipe, whose length botocore cannot send
    return body.read() if hasattr(body, "read") else body


class RewindableBody:
    """A body that is set back to its position if the call goes over HTTP after all, which NeedsHTTP says.

    ``is_used`` is set where the call was answered, so that the body stays where it was read to.
    """

    def __init__(self, body: Any) -> None:
        self._body = body
        self.is_used = False

    def __enter__(self) -> RewindableBody:
        self._position = self._body.tell() if _is_seekable(self._body) else None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not self.is_used and self._position is not None:
            self._body.seek(self._position)
        return kind is NeedsHTTP


def _is_seekable(body: Any) -> bool:
    return hasattr(body, "tell") and (not hasattr(body, "seekable") or bool(body.seekable()))


def _add_length_and_checksum(operation: str, headers: dict[str, str], content: Content, algorithm: Any) -> None:
    """Add the headers that botocore would add for an object's bytes: their length, and the checksum of this algorithm."""
    if "content-length" in headers or not headers.get("content-encoding", "gzip").isalnum():
        raise NeedsHTTP
    headers["content-length"] = str(content.size)
    if not algorithm or algorithm["name"] in headers:
        return
    checksum = ALGORITHMS.get(str(algorithm["algorithm"]).upper())
    if checksum is None:
        raise NeedsHTTP
    content.compute(checksum.name, *DIGESTS_COMPUTED_BY_S3.get(operation, ()))
    headers[algorithm["name"]] = content.checksum(checksum.name).value
