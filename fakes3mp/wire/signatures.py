"""Signatures: what a request claims of itself, and whether a secret proves it.

What may live here: SigV4 and SigV2, in the query or in the header. The signatures themselves are computed by botocore's own
signers; what is refused, and in which words, is O140-O158.
"""

from __future__ import annotations

import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlsplit

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address
from fakes3mp.wire.messages import Request
from fakes3mp.wire.presigned import hoisted

_STAMP = "%Y%m%dT%H%M%SZ"
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
_HASH = "x-amz-content-sha256"  # unsigned it is let pass (O148)
_V4_HEADER = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]*), *Signature=([^, ]+)")
_V2_HEADER = re.compile(r"AWS ([^:]+):(.+)")
_MISMATCH = "SignatureDoesNotMatch"
Secrets = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Signature(ABC):
    """A request's signature: whose, over what, and until when it is good."""

    by_form: ClassVar[bool] = False  # whether it is a form's

    access_key: str
    signature: str
    request: Request = field(repr=False)
    until: datetime | None = None
    seconds: str | None = None  # how long a SigV4 URL is good, as it says itself

    def check(self, now: datetime, secret_of: Secrets, *, known_only: bool) -> None:
        """Refuse what is signed badly, has run out, or is signed with a secret that does not fit.

        A key whose secret is not known is believed, unless only known ones are to be.
        """
        self.check_form()
        self._check_time(now)
        secret = secret_of(self.access_key)
        if secret is not None:
            self.check_signature(secret)
        elif known_only:
            raise S3Error("InvalidAccessKeyId", fields={"AWSAccessKeyId": self.access_key})

    @abstractmethod
    def check_form(self) -> None:
        """Refuse what can be judged without a secret."""

    def _check_time(self, now: datetime) -> None:
        """O141"""
        if self.until is not None and now > self.until:
            lifetime = {} if self.seconds is None else {"X-Amz-Expires": self.seconds}
            fields = {**lifetime, "Expires": _iso(self.until), "ServerTime": _iso(now)}
            raise S3Error("AccessDenied", "Request has expired", fields)

    @abstractmethod
    def check_signature(self, secret: str) -> None:
        """SignatureDoesNotMatch if this secret does not give this signature (O142)."""

    def compare(self, expected: str, to_sign: str, canonical: str | None = None) -> None:
        """SignatureDoesNotMatch shows what should have been signed (O142)."""
        if hmac.compare_digest(expected.encode(), self.signature.encode()):
            return
        fields = {
            "AWSAccessKeyId": self.access_key,
            "StringToSign": to_sign,
            "SignatureProvided": self.signature,
            "StringToSignBytes": _hex(to_sign),
        }
        if canonical is not None:
            fields.update(CanonicalRequest=canonical, CanonicalRequestBytes=_hex(canonical))
        raise S3Error(_MISMATCH, fields=fields)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _hex(text: str) -> str:
    return text.encode().hex(" ")


@dataclass(frozen=True)
class V4(Signature):
    """Signature version 4: over method, path, query, the headers it names, and the body's hash."""

    scope: tuple[str, ...] = ()  # date, region, service, "aws4_request"
    stamp: str = ""
    signed: tuple[str, ...] = ()  # header names, lower case
    query: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)  # what stands in the query and acts as a header
    in_query: bool = False

    def check_form(self) -> None:
        """In a URL, every x-amz-* header must be signed or stand in the query with the same value (O146, O148, O150).

        In a header, the body's hash must be told (users' reports of curl).
        """
        if not self.in_query:
            if _HASH not in self.request.headers:
                raise S3Error("InvalidRequest", f"Missing required header for this request: {_HASH}")
            return
        stray = [
            name
            for name, value in self.request.headers.items()
            if name.startswith("x-amz-") and name not in (*self.signed, _HASH) and self.moved.get(name) != value
        ]
        if stray:
            message = "There were headers present in the request which were not signed"
            raise S3Error("AccessDenied", message, {"HeadersNotSigned": ", ".join(sorted(stray))})

    def check_signature(self, secret: str) -> None:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        signer: Any = S3SigV4QueryAuth(Credentials(self.access_key, secret), self.scope[2], self.scope[1])
        headers = self._signed_headers()
        url = urlsplit(self.request.url)
        path = quote(unquote(url.path), safe="/~")  # O156
        signing: Any = AWSRequest(self.request.method, f"{url.scheme}://{url.netloc}{path}", headers, params=self.query)
        signing.context["timestamp"] = self.stamp
        signer.headers_to_sign = lambda request: request.headers
        canonical = signer.canonical_request(signing)
        to_sign = signer.string_to_sign(signing, canonical)
        self.compare(signer.signature(to_sign, signing), to_sign, canonical)

    def _signed_headers(self) -> dict[str, str]:
        """The headers that are named as signed; the host is the URL's, and one left out may stand in the query (O150)."""
        url = urlsplit(self.request.url)
        default = {"http": 80, "https": 443}.get(url.scheme)
        host = url.netloc.rpartition("@")[2]
        there = {"host": host.removesuffix(f":{default}"), **self.moved, **self.request.headers}
        return {name: there[name] for name in self.signed if name in there}


@dataclass(frozen=True)
class V2(Signature):
    """Signature version 2: over method, resource, content type and MD5, and every x-amz-* header (O152)."""

    date: str = ""
    bucket_in_host: str | None = None
    moved: Mapping[str, str] = field(default_factory=dict)

    def check_form(self) -> None:
        """Nothing: what is signed is found out by the signature (O152)."""

    def check_signature(self, secret: str) -> None:
        from botocore.auth import HmacV1Auth
        from botocore.compat import HTTPHeaders
        from botocore.credentials import Credentials

        signer: Any = HmacV1Auth(Credentials(self.access_key, secret))
        url = urlsplit(self.request.url)
        resource = f"/{self.bucket_in_host}{url.path}" if self.bucket_in_host else url.path
        if resource.count("/") == 1 and resource != "/":
            resource += "/"  # a bucket alone: botocore signs it so in either style
        signer._get_date = lambda: self.date  # the one the client signed, not the present
        headers = HTTPHeaders.from_dict({**self.moved, **self.request.headers})
        to_sign = signer.canonical_string(self.request.method, url, headers, auth_path=resource)
        self.compare(signer.sign_string(to_sign), to_sign)


def proof(request: Request, where: Address) -> Signature | None:
    """What proves a request: its presigned query, or the Authorization header where the door does not vouch for it.

    Raises S3Error for a query that is no signature although it means to be one (O143-O145).
    """
    query = where.query
    if any(name.startswith("X-Amz-") and name[6:] in _V4_QUERY for name in query):
        return _v4_of_query(request, query)
    if "Signature" in query or "AWSAccessKeyId" in query:
        return _v2_of_query(request, where)
    return None if request.from_this_process else _of_header(request, where)


def _v4_of_query(request: Request, query: Mapping[str, str]) -> Signature:
    if any(f"X-Amz-{name}" not in query for name in _V4_QUERY):
        raise S3Error("AuthorizationQueryParametersError", _V4_INCOMPLETE)
    access_key, *scope = query["X-Amz-Credential"].split("/")
    if len(scope) != 4 or scope[3] != "aws4_request":
        raise S3Error("AuthorizationQueryParametersError", _BAD_SCOPE)
    try:
        began = datetime.strptime(query["X-Amz-Date"], _STAMP).replace(tzinfo=timezone.utc)
        until = began + timedelta(seconds=int(query["X-Amz-Expires"]))
    except (ValueError, OverflowError):
        raise S3Error("AuthorizationQueryParametersError", _V4_INCOMPLETE) from None
    return V4(
        access_key,
        query["X-Amz-Signature"],
        request,
        until,
        query["X-Amz-Expires"],
        scope=tuple(scope),
        stamp=query["X-Amz-Date"],
        signed=tuple(query["X-Amz-SignedHeaders"].lower().split(";")),
        query={name: value for name, value in query.items() if name != "X-Amz-Signature"},
        moved=hoisted(query),
        in_query=True,
    )


def _v2_of_query(request: Request, where: Address) -> Signature:
    query = where.query
    if any(name not in query for name in ("Signature", "Expires", "AWSAccessKeyId")):
        raise S3Error("AccessDenied", _V2_INCOMPLETE)
    try:
        until = datetime.fromtimestamp(int(query["Expires"]), timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise S3Error("AccessDenied", f"Invalid date (should be seconds since epoch): {query['Expires']}") from None
    return V2(
        query["AWSAccessKeyId"],
        query["Signature"],
        request,
        until,
        date=query["Expires"],
        bucket_in_host=_bucket_in_host(where),
        moved=hoisted(query),
    )


def _bucket_in_host(where: Address) -> str | None:
    return None if where.bucket_url.endswith(f"/{where.bucket}") else where.bucket


def _of_header(request: Request, where: Address) -> Signature | None:
    authorization = request.headers.get("authorization", "")
    if match := _V4_HEADER.match(authorization):
        access_key, *scope = match[1].split("/")
        if len(scope) != 4 or scope[3] != "aws4_request":
            raise S3Error("AuthorizationHeaderMalformed")
        stamp = request.headers.get("x-amz-date", "")
        signed = tuple(match[2].lower().split(";"))
        return V4(access_key, match[3], request, scope=tuple(scope), stamp=stamp, signed=signed, query=where.query)
    if match := _V2_HEADER.match(authorization):
        date = "" if "x-amz-date" in request.headers else request.headers.get("date", "")
        return V2(match[1], match[2], request, date=date, bucket_in_host=_bucket_in_host(where))
    return None
