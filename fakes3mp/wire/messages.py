"""What interceptors, the server and the request pipeline pass to each other: requests, responses and failed connections.

All of them are values. Reading and writing HTTP is in the other modules of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error

SecretLookup = Callable[
    [str], tuple[str, ...]
]  # access key -> the secrets that it may have; none where it is not known


class RequestSignature(Protocol):
    """A signature that the request pipeline has to check."""

    @property
    def access_key(self) -> str:
        """The access key it was made with; empty in an anonymous form."""

    @property
    def by_form(self) -> bool:
        """Whether it is that of a posted form."""

    @property
    def in_query(self) -> bool:
        """Whether it is that of a presigned URL."""

    def check(self, now: datetime, secrets_of: SecretLookup, *, known_only: bool) -> None:
        """Raise S3Error where the request must be refused; ``known_only`` also refuses unknown access keys."""


class Request(Struct, frozen=True):
    """One HTTP request.

    Header names are lower case; ``endpoint`` is the client's endpoint URL, where it is known. An interceptor that sees the
    body before it is framed as aws-chunked passes the plain body and the ``trailers`` that would have followed it.
    ``max_attempts`` and ``backoff_seconds`` (waited before this attempt) are what an interceptor knows of the client's
    retries.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    endpoint: str | None = None
    trailers: Mapping[str, str] | None = None
    max_attempts: int | None = None
    backoff_seconds: float = 0.0
    signature: RequestSignature | None = None  # only where it is neither in the URL nor in a header: in a form
    from_this_process: bool = True  # sent by a client that an interceptor knows; signatures in headers need no check
    process: int = 0  # the id of the child process that sent it; 0 is this process
    thread: str = ""  # the name of the child's thread
    source_ip: str = "127.0.0.1"  # the client's address


class Response(Struct, frozen=True):
    """One HTTP response. Its body is content in segments, which are not joined before they are read."""

    status: int
    headers: Mapping[str, str]
    body: Content
    declared_size: int = 0  # the whole body's length in bytes, where the connection breaks before its end

    def sized_headers(self) -> dict[str, str]:
        """The headers with Content-Length instead of Transfer-Encoding, for senders that do not send chunks."""
        headers = dict(self.headers)
        if headers.pop("Transfer-Encoding", None) is not None:
            headers["Content-Length"] = str(self.declared_size or self.body.size)
        return headers


class ConnectionFailure(Exception):
    """The connection failed, and there is no response. Interceptors raise their client's own exception for it.

    ``kind`` is "reset", "closed" (before the response), "read_timeout", "connect_timeout" or "unreachable".
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class ClientInfo(Struct, frozen=True):
    """Who sent a request and how: the URL used, the signature, and boto3's labels of its attempts (F110)."""

    bucket_url: str = ""
    region: str | None = None  # the one signed for
    endpoint_region: str | None = None  # the region of the Amazon host that was used; None for any other host
    access_key: str | None = None  # None for an anonymous request
    is_path_style: bool = False  # at one of Amazon's hosts, with the bucket in the path
    invocation_id: str | None = None
    attempt: int = 1
    max_attempts: int | None = None  # after how many attempts the client gives up, where it says so
    backoff_seconds: float = 0.0  # how long the client would have waited before this attempt
    signature: RequestSignature | None = None  # only where it has to be checked
    signature_error: S3Error | None = None  # what is malformed about the signature
    signing_region: str | None = None  # the region of the signature's scope; None without a signature of version 4
    process: int = 0  # the id of the child process that sent it; 0 is this process
    thread: str = ""  # the name of the child's thread
    source_ip: str = "127.0.0.1"  # the client's address
    headers: Mapping[str, str] = MappingProxyType({})  # of the request, by lower-case names
    query: Mapping[str, str] = MappingProxyType({})  # of the request's URL
    is_website: bool = False  # sent to a website


class TypedRequest(Struct, frozen=True):
    """A request as an operation's name and its parameters, by the model's member names.

    A request with an ``error`` goes on through the pipeline: S3 judges some things, such as a missing bucket, before it
    (O10), and the call is recorded with the parameters that could be read. ``content`` is the body of ``params`` where its
    digests have been computed already.
    """

    operation: str
    params: Mapping[str, Any]
    client_info: ClientInfo = ClientInfo()
    error: S3Error | None = None
    content: Content | None = None
