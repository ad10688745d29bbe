"""Signatures SigV4 and SigV2, in the query or in a header: reading and checking them.

botocore's own signers compute the expected signature. What is refused, and in which words, is O140-O158.
"""

from __future__ import annotations

import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, cast
from urllib.parse import quote, unquote, urlsplit

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address
from fakes3mp.wire.messages import Request, SecretLookup
from fakes3mp.wire.presigned import headers_in_query

_TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
_V4_QUERY = ("Algorithm", "Credential", "Signature", "Date", "SignedHeaders", "Expires")
_V4_INCOMPLETE = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
    "X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_V2_INCOMPLETE = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
_BAD_SCOPE = (
    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
    'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
_V2_UNSUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
# Those opened before 2014 (O217). Amazon's global host counts as us-east-1's.
_V2_REGIONS = (
    *("us-east-1", "us-west-1", "us-west-2", "eu-west-1", "sa-east-1"),
    *("ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
)
_WEEK = 604_800  # seconds: the longest lifetime of a URL
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SECONDS = re.compile(r"-?[0-9]{1,18}")
_CONTENT_SHA256 = "x-amz-content-sha256"  # it need not be signed (O148)
_V4_HEADER = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]*), *Signature=([^, ]+)")
_V2_HEADER = re.compile(r"AWS ([^:]+):(.+)")


@dataclass(frozen=True)
class Signature(ABC):
    """A request's signature: whose it is, what it signs, and when it expires."""

    by_form: ClassVar[bool] = False
    in_query: ClassVar[bool] = False

    access_key: str
    value: str
    request: Request = field(repr=False)
    expires_at: datetime | None = None
    lifetime: str | None = None  # seconds, as a SigV4 URL states them

    def check(self, now: datetime, secrets_of: SecretLookup, *, known_only: bool) -> None:
        """Refuse a signature that is malformed, has expired, or was made with another secret.

        A signature whose access key is unknown is accepted, unless ``known_only`` is set: then it is InvalidAccessKeyId.
        """
        self.check_without_secret()
        self._check_expiry(now)
        self.check_with_secrets(secrets_of, known_only=known_only)

    def check_with_secrets(self, secrets_of: SecretLookup, *, known_only: bool) -> None:
        """Refuse a signature that none of the secrets gives which its access key may have."""
        secrets = secrets_of(self.access_key)
        if not secrets and known_only:
            raise S3Error("InvalidAccessKeyId", fields={"AWSAccessKeyId": self.access_key})
        mismatch = None
        for secret in secrets:
            try:
                self.check_value(secret)
            except S3Error as error:
                mismatch = error
            else:
                return
        if mismatch is not None:
            raise mismatch

    @abstractmethod
    def check_without_secret(self) -> None:
        """Refuse what is wrong whatever the secret is."""

    def _check_expiry(self, now: datetime) -> None:
        """O141"""
        if self.expires_at is not None and now >= self.expires_at:
            lifetime = {} if self.lifetime is None else {"X-Amz-Expires": self.lifetime}
            fields = {**lifetime, "Expires": _iso(self.expires_at), "ServerTime": _iso(now)}
            raise S3Error("AccessDenied", "Request has expired", fields)

    @abstractmethod
    def check_value(self, secret: str) -> None:
        """Raise SignatureDoesNotMatch if this secret does not give this signature (O142)."""

    def compare(self, expected: str, string_to_sign: str, canonical_request: str | None = None) -> None:
        """Raise SignatureDoesNotMatch if another signature was expected; it shows what should have been signed (O142)."""
        if hmac.compare_digest(expected.encode(), self.value.encode()):
            return
        fields = {
            "AWSAccessKeyId": self.access_key,
            "StringToSign": string_to_sign,
            "SignatureProvided": self.value,
            "StringToSignBytes": _hex(string_to_sign),
        }
        if canonical_request is not None:
            fields.update(CanonicalRequest=canonical_request, CanonicalRequestBytes=_hex(canonical_request))
        raise S3Error("SignatureDoesNotMatch", fields=fields)


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _hex(text: str) -> str:
    return text.encode().hex(" ")


@dataclass(frozen=True)
class SignatureV4(Signature):
    """Signature version 4: over method, path, query, the headers it names, and the body's hash."""

    scope: tuple[str, ...] = ()  # date, region, service, "aws4_request"
    timestamp: str = ""
    signed_headers: tuple[str, ...] = ()  # lower-case names
    query: Mapping[str, str] | Sequence[tuple[str, str]] = field(default_factory=dict)  # pairs where names repeat
    query_headers: Mapping[str, str] = field(default_factory=dict)  # the headers that a presigned query holds

    def check_without_secret(self) -> None:
        """The body's hash is required (users' reports of curl)."""
        if _CONTENT_SHA256 not in self.request.headers:
            raise S3Error("InvalidRequest", f"Missing required header for this request: {_CONTENT_SHA256}")

    def check_value(self, secret: str) -> None:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        signer: Any = S3SigV4QueryAuth(Credentials(self.access_key, secret), self.scope[2], self.scope[1])
        headers = self._headers_to_sign()
        url, query = urlsplit(self.request.url), cast("Any", self.query)
        path = quote(unquote(url.path), safe="/~")  # O156
        to_sign: Any = AWSRequest(self.request.method, f"{url.scheme}://{url.netloc}{path}", headers, params=query)
        to_sign.context["timestamp"] = self.timestamp
        signer.headers_to_sign = lambda request: request.headers
        canonical_request = signer.canonical_request(to_sign)
        string_to_sign = signer.string_to_sign(to_sign, canonical_request)
        self.compare(signer.signature(string_to_sign, to_sign), string_to_sign, canonical_request)

    def _headers_to_sign(self) -> dict[str, str]:
        """The headers named as signed; the host is the URL's, and one that was not sent may be in the query (O150)."""
        url = urlsplit(self.request.url)
        default_port = {"http": 80, "https": 443}.get(url.scheme)
        host = url.netloc.rpartition("@")[2].removesuffix(f":{default_port}")
        headers = {"host": host, **self.query_headers, **self.request.headers}
        return {name: headers[name] for name in self.signed_headers if name in headers}


@dataclass(frozen=True)
class PresignedV4(SignatureV4):
    """Signature version 4 in a URL."""

    in_query: ClassVar[bool] = True

    def check_without_secret(self) -> None:
        """Every x-amz-* header must be signed or be in the query with the same value (O146, O148, O150)."""
        unsigned = [
            name
            for name, value in self.request.headers.items()
            if name.startswith("x-amz-")
            and name not in (*self.signed_headers, _CONTENT_SHA256)
            and self.query_headers.get(name) != value
        ]
        if unsigned:
            message = "There were headers present in the request which were not signed"
            raise S3Error("AccessDenied", message, {"HeadersNotSigned": ", ".join(sorted(unsigned))})


@dataclass(frozen=True)
class SignatureV2(Signature):
    """Signature version 2: over method, resource, content type and MD5, and every x-amz-* header (O152)."""

    date: str = ""
    bucket_in_host: str | None = None
    query_headers: Mapping[str, str] = field(default_factory=dict)

    def check_without_secret(self) -> None:
        """Do nothing: headers that are not signed make the signature wrong (O152)."""

    def check_value(self, secret: str) -> None:
        from botocore.auth import HmacV1Auth
        from botocore.compat import HTTPHeaders
        from botocore.credentials import Credentials

        signer: Any = HmacV1Auth(Credentials(self.access_key, secret))
        url = urlsplit(self.request.url)
        resource = f"/{self.bucket_in_host}{url.path}" if self.bucket_in_host else url.path
        if resource.count("/") == 1 and resource != "/":
            resource += "/"  # botocore signs a bucket alone in this way, in path style too
        signer._get_date = lambda: self.date  # the one the client signed, not the present
        headers = HTTPHeaders.from_dict({**self.query_headers, **self.request.headers})
        string_to_sign = signer.canonical_string(self.request.method, url, headers, auth_path=resource)
        self.compare(signer.sign_string(string_to_sign), string_to_sign)


@dataclass(frozen=True)
class PresignedV2(SignatureV2):
    """Signature version 2 in a URL."""

    in_query: ClassVar[bool] = True


def signature_of(request: Request, address: Address) -> Signature | None:
    """The signature in a request's query, or in its Authorization header unless an interceptor knows the client.

    Raises S3Error for a query or header that holds only a part of a signature (O143-O145), or a kind of signature that the
    region does not have (O217).
    """
    query = address.query
    if any(name.startswith("X-Amz-") and name[6:] in _V4_QUERY for name in query):
        return _v4_of_query(request, query)
    if "Signature" in query or "AWSAccessKeyId" in query:
        check_v2_region(address.region)
        return _v2_of_query(request, address)
    if request.headers.get("authorization", "").startswith("AWS "):
        check_v2_region(address.region)
    return None if request.from_this_process else _signature_of_header(request, address)


def check_v2_region(region: str | None) -> None:
    """Refuse version 2 at the endpoint of a region that was opened since 2014 (O217)."""
    if region is not None and region not in _V2_REGIONS:
        raise S3Error("InvalidRequest", _V2_UNSUPPORTED)


def _query_error(message: str) -> S3Error:
    return S3Error("AuthorizationQueryParametersError", message)


def _lifetime(seconds: str) -> timedelta:
    """How long a SigV4 URL is valid (O214)."""
    if not _SECONDS.fullmatch(seconds):
        raise _query_error("X-Amz-Expires should be a number")  # wording not verified
    if seconds.startswith("-"):
        raise _query_error("X-Amz-Expires must be non-negative")
    if int(seconds) > _WEEK:
        raise _query_error(
            "X-Amz-Expires must be less than a week (in seconds); "
            f"that is, the given X-Amz-Expires must be less than {_WEEK} seconds"
        )
    return timedelta(seconds=int(seconds))


def _signing_time(timestamp: str) -> datetime:
    try:
        if not _TIMESTAMP.fullmatch(timestamp):
            raise ValueError(timestamp)
        return datetime.strptime(timestamp, _TIMESTAMP_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        raise _bad_date() from None


def _bad_date() -> S3Error:
    form = "yyyyMMdd'T'HHmmss'Z'"
    return _query_error(f'X-Amz-Date must be in the ISO8601 Long Format "{form}"')  # wording not verified


def _v4_of_query(request: Request, query: Mapping[str, str]) -> PresignedV4:
    if any(f"X-Amz-{name}" not in query for name in _V4_QUERY):
        raise _query_error(_V4_INCOMPLETE)
    access_key, *scope = query["X-Amz-Credential"].split("/")
    if len(scope) != 4 or scope[3] != "aws4_request":
        raise _query_error(_BAD_SCOPE)
    signed_at, lifetime = _signing_time(query["X-Amz-Date"]), _lifetime(query["X-Amz-Expires"])
    try:
        expires_at = signed_at + lifetime
    except OverflowError:
        raise _bad_date() from None
    return PresignedV4(
        access_key,
        query["X-Amz-Signature"],
        request,
        expires_at,
        query["X-Amz-Expires"],
        scope=tuple(scope),
        timestamp=query["X-Amz-Date"],
        signed_headers=tuple(query["X-Amz-SignedHeaders"].lower().split(";")),
        query={name: value for name, value in query.items() if name != "X-Amz-Signature"},
        query_headers=headers_in_query(query),
    )


def _v2_of_query(request: Request, address: Address) -> PresignedV2:
    query = address.query
    if any(name not in query for name in ("Signature", "Expires", "AWSAccessKeyId")):
        raise S3Error("AccessDenied", _V2_INCOMPLETE)
    try:
        if not _SECONDS.fullmatch(query["Expires"]):
            raise ValueError(query["Expires"])
        expires_at = datetime.fromtimestamp(int(query["Expires"]), timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise S3Error("AccessDenied", f"Invalid date (should be seconds since epoch): {query['Expires']}") from None
    return PresignedV2(
        query["AWSAccessKeyId"],
        query["Signature"],
        request,
        expires_at,
        date=query["Expires"],
        bucket_in_host=_bucket_in_host(address),
        query_headers=headers_in_query(query),
    )


def _bucket_in_host(address: Address) -> str | None:
    return None if address.bucket_url.endswith(f"/{address.bucket}") else address.bucket


def _signature_of_header(request: Request, address: Address) -> Signature | None:
    authorization = request.headers.get("authorization", "")
    if match := _V4_HEADER.match(authorization):
        access_key, *scope = match[1].split("/")
        if len(scope) != 4 or scope[3] != "aws4_request":
            raise S3Error("AuthorizationHeaderMalformed")
        return SignatureV4(
            access_key,
            match[3],
            request,
            scope=tuple(scope),
            timestamp=request.headers.get("x-amz-date", ""),
            signed_headers=tuple(match[2].lower().split(";")),
            query=[(name, value) for name, values in address.repeated.items() for value in values] or address.query,
        )
    if match := _V2_HEADER.match(authorization):
        date = "" if "x-amz-date" in request.headers else request.headers.get("date", "")
        return SignatureV2(match[1], match[2], request, date=date, bucket_in_host=_bucket_in_host(address))
    return None
