"""What doors and wire exchange: a request as it arrived, an answer as it leaves.

What may live here: frozen values; those of which every call makes one are tuples. No parsing, no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error

if TYPE_CHECKING:
    from fakes3mp.wire.signatures import Signature


class Request(Struct, frozen=True):
    """One HTTP request.

    Header names are lower case; ``endpoint`` is the client's endpoint URL where a door knows it. A door that can take the
    aws-chunked framing off without ever putting it on gives the plain body and the ``trailers`` that would have followed.
    ``max_attempts`` and ``waited`` (seconds of backoff before this attempt) are what a door knows of the client's retries.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    endpoint: str | None = None
    trailers: Mapping[str, str] | None = None
    max_attempts: int | None = None
    waited: float = 0.0
    proof: Signature | None = None  # where the signature stands neither in the URL nor in a header: in a form
    from_this_process: bool = True  # the door knows the client in its own process; signatures in headers need no check


class Response(Struct, frozen=True):
    """One HTTP answer. The body may be content in segments, which nobody joins before it is read."""

    status: int
    headers: Mapping[str, str]
    body: Content
    meant: int = 0  # how long the body was to be, in bytes, where the connection broke before its end

    def sized_headers(self) -> dict[str, str]:
        """The headers for a door that sends a body whose length it knows: nothing is sent in chunks."""
        headers = dict(self.headers)
        if headers.pop("Transfer-Encoding", None) is not None:
            headers["Content-Length"] = str(self.meant or self.body.size)
        return headers


class ConnectionFailure(Exception):
    """The connection failed instead of an answer; each door says it in its client's words.

    ``how`` is "reset", "closed" (before the answer), "read_timeout", "connect_timeout" or "unreachable".
    """

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__(how)


class ClientInfo(Struct, frozen=True):
    """Who sent a call and how: the address used, the region signed for, and boto3's labels of its attempts (F110)."""

    bucket_url: str = ""
    region: str | None = None  # the one signed for
    endpoint_region: str | None = None  # the one whose endpoint of Amazon's was asked; None for any other endpoint
    access_key: str | None = None  # None is an anonymous call
    is_path_style: bool = False  # asked at one of Amazon's hosts with the bucket in the path
    invocation_id: str | None = None
    attempt: int = 1
    max_attempts: int | None = None  # after how many the client gives up, where it says so
    waited: float = 0.0  # seconds the client meant to wait before this attempt
    proof: Signature | None = None  # its signature, where it is to be checked
    forged: S3Error | None = None  # what is wrong with the form of its signature


class TypedRequest(Struct, frozen=True):
    """A request understood: the operation, its parameters by the model's member names, and what was wrong with it.

    A ``defect`` does not stop the request at the door: S3 judges some things (a bucket that is not there) first (O10),
    and the call is recorded with what could be read of it. ``content`` is the body of ``params`` where its digests are
    known already.
    """

    operation: str
    params: Mapping[str, Any]
    client_info: ClientInfo = ClientInfo()
    defect: S3Error | None = None
    content: Content | None = None
