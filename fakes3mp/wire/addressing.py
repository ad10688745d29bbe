"""The bucket and key that a URL addresses: path style, virtual-host style, access points and custom endpoints."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qs, parse_qsl, unquote

from msgspec import Struct

# bucket.s3.eu-west-1.amazonaws.com, s3-eu-west-1..., s3.dualstack.eu-west-1..., s3-fips..., s3-accelerate..., the same
# without the bucket, and the hosts of access points, Outposts, directory buckets and S3 Control.
_AMAZON = re.compile(
    r"(?:(?P<bucket>.+)\.)?"
    r"s3(?P<kind>-accelerate|-accesspoint|-outposts|-object-lambda|-control|express-[a-z0-9-]+)?(?:-fips)?"
    r"(?:\.dualstack)?(?:[.-](?P<region>(?!accelerate|fips)[a-z]{2}(?:-[a-z]+)+-\d+|external-1))?(?:\.dualstack)?"
    r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
# The hosts of websites: bucket.s3-website-us-east-1.amazonaws.com or, in newer regions, bucket.s3-website.eu-central-1...
# Both spellings are taken for every region.
WEBSITE_HOST = re.compile(
    r"(?P<bucket>.+)\.s3-website[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com(?:\.cn)?", re.IGNORECASE
)
# my-ap-123456789012.accesspoint.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com: an endpoint of a VPC, for S3 and S3 Control.
_VPC_ENDPOINT = re.compile(
    r"(?:(?P<bucket>.+)\.)?(?P<kind>bucket|accesspoint|control)\.vpce-[0-9a-z-]+\.s3\.(?P<region>[a-z0-9-]+)\.vpce\.amazonaws\.com"
)
# mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com: a Multi-Region Access Point, by its alias.
_MULTI_REGION = re.compile(r"(?P<alias>[a-z0-9]+\.mrap)\.accesspoint\.s3-global\.amazonaws\.com")
_ACCESS_POINT = re.compile(r"(?P<name>.+)-(?P<account>\d{12})(?:\.(?P<outpost>op-[0-9a-z]+))?")
_ORIGIN = re.compile(r"[^:/?#]+://[^/?#]*")
_CONTROL_PATH = "/v20180820/"  # S3 Control's version, with which all of its paths begin
_ACCOUNT_HEADER = "x-amz-account-id"
_ACCOUNT_HOST = re.compile(r"(\d{12})\.")


class Address(Struct, frozen=True):
    """What a URL addresses. ``bucket_url`` is the bucket's URL in the same style, path or virtual host."""

    bucket: str | None
    key: str | None
    query: dict[str, str]
    bucket_url: str
    region: str | None  # where the host names one; us-east-1 for Amazon's global host
    service: str = "s3"  # or "s3control", "s3express-control"
    is_path_style: bool = False  # at one of Amazon's hosts
    account: str | None = None  # in the host of S3 Control
    repeated: Mapping[str, list[str]] = MappingProxyType({})  # all values of S3 Control's query parameters


class Host(Struct, frozen=True):
    """What a host and the client's endpoint say: the bucket, if the host names it, and the endpoint's own path."""

    bucket: str | None
    region: str | None
    prefix: str = ""
    service: str = "s3"
    is_amazons: bool = False


def is_amazons(url: str) -> bool:
    """Whether a URL is at one of Amazon's hosts for S3, websites included.

    >>> is_amazons("https://media.s3.eu-west-1.amazonaws.com/k"), is_amazons("https://example.com/")
    (True, False)
    """
    if not _ORIGIN.match(url):
        return False
    netloc = _split(url)[0].partition("://")[2].rpartition("@")[2]
    host = netloc.partition(":")[0].lower()
    return any(form.fullmatch(host) for form in (_AMAZON, WEBSITE_HOST, _MULTI_REGION, _VPC_ENDPOINT))


def belongs_to(url: str, endpoint: str) -> bool:
    """Whether a URL is at an endpoint, in path style or as one of its virtual hosts.

    >>> belongs_to("http://media.localhost:9000/k", "http://localhost:9000")
    True
    >>> belongs_to("http://localhost:9000/storage/k", "http://localhost:9000/store")
    False
    """
    scheme, _, rest = endpoint.rstrip("/").lower().partition("://")
    host, _, path = rest.partition("/")
    url_scheme, _, url_rest = url.lower().partition("://")
    url_host, _, url_path = url_rest.partition("?")[0].partition("/")
    if scheme != url_scheme or not (url_host == host or url_host.endswith("." + host)):
        return False
    return not path or url_path == path or url_path.startswith(path + "/")


def endpoint_behind(url: str, buckets: Container[str]) -> str | None:
    """The endpoint of a URL whose host begins with the name of one of these buckets, or None.

    >>> endpoint_behind("http://media.localhost:9000/k", ["media"])
    'http://localhost:9000'
    """
    origin, path = _split(url)
    scheme, _, host = origin.partition("://")
    bucket, _, endpoint_host = host.partition(".")
    bucket_in_path = path.partition("?")[0].split("/")[1]
    if endpoint_host and bucket in buckets and bucket_in_path not in buckets:
        return f"{scheme}://{endpoint_host}"
    return None


def is_control_request(url: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is for S3 Control: at its host, or with its header for the account where a host is not Amazon's.

    >>> is_control_request("http://localhost:9000/v20180820/jobs", {"x-amz-account-id": "123456789012"})
    True
    >>> is_control_request("http://localhost:9000/media/v20180820/jobs", {})
    False
    """
    if _CONTROL_PATH not in url:
        return False
    netloc = _split(url)[0].partition("://")[2].rpartition("@")[2].lower()
    return _ACCOUNT_HEADER in headers or _host(netloc, None).service == "s3control"


def parse_control_address(url: str, endpoint: str | None) -> Address:
    """The address of a request for S3 Control, whose path is all of its ``key``."""
    origin, rest = _split(url)
    path, _, query = rest.partition("?")
    netloc = origin.partition("://")[2].rpartition("@")[2].lower()
    host, account = _host(netloc, endpoint), _ACCOUNT_HOST.match(netloc)
    repeated = parse_qs(query, keep_blank_values=True)
    return Address(
        None,
        unquote(path.removeprefix(host.prefix)),
        {name: values[0] for name, values in repeated.items()},
        origin,
        host.region,
        "s3control",
        account=account[1] if account else None,
        repeated=repeated,
    )


def parse_address(url: str, endpoint: str | None) -> Address:
    """What a URL addresses; ``endpoint`` is the client's endpoint URL, if known."""
    origin, rest = _split(url)
    path, _, query = rest.partition("?")
    scheme, _, netloc = origin.partition("://")
    host = _host(netloc.rpartition("@")[2].lower(), endpoint)
    path = path.removeprefix(host.prefix)
    params = dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}  # the first of a name counts
    bucket, key, bucket_url = _bucket_and_key(host, path.removeprefix("/"), f"{scheme}://{netloc}{host.prefix}")
    path_style = host.is_amazons and host.bucket is None and host.service == "s3"
    return Address(bucket or None, key or None, params, bucket_url, host.region, host.service, path_style)


def _split(url: str) -> tuple[str, str]:
    """``https://host:port``, and path and query, which start with a slash."""
    match = _ORIGIN.match(url)
    assert match is not None, f"not a URL: {url!r}"
    rest = url[match.end() :].partition("#")[0]
    return match[0], rest if rest.startswith("/") else "/" + rest


def _bucket_and_key(host: Host, path: str, base: str) -> tuple[str, str, str]:
    """Bucket, key and the bucket's URL; ``base`` is the URL before the path."""
    if host.bucket is not None:
        return host.bucket, unquote(path), base
    bucket, _, key = path.partition("/")
    bucket = unquote(bucket)
    return bucket, unquote(key), f"{base}/{bucket}"


def _amazon_host(name: str, match: re.Match[str]) -> Host:
    """One of Amazon's hosts. The bucket of an access point's host is its ARN, as everywhere else."""
    kind, region, bucket = match["kind"] or "", _region(name, match["region"]), match["bucket"]
    if kind == "-control":
        return Host(None, region, service="s3control", is_amazons=True)
    if kind == "express-control":
        return Host(None, region, service="s3express-control", is_amazons=True)
    if kind in ("-accesspoint", "-outposts") and bucket is not None:
        return Host(_arn(bucket, region or ""), region, is_amazons=True)
    if kind == "-object-lambda" and bucket is not None:
        return Host(_arn(bucket, region or "", "s3-object-lambda"), region, is_amazons=True)
    return Host(bucket, region, is_amazons=True)


def _vpc_host(match: re.Match[str]) -> Host:
    """A host of a VPC's endpoint."""
    kind, region, bucket = match["kind"], match["region"], match["bucket"]
    if kind == "control":
        return Host(None, region, service="s3control", is_amazons=True)
    return Host(_arn(bucket, region) if kind == "accesspoint" and bucket else bucket, region, is_amazons=True)


def _arn(host: str, region: str, service: str = "s3") -> str:
    """``my-ap-123456789012`` or ``my-ap-123456789012.op-0123`` as an ARN."""
    match = _ACCESS_POINT.fullmatch(host)
    if match is None:
        return host
    if match["outpost"]:
        outpost = f"arn:aws:s3-outposts:{region}:{match['account']}:outpost/{match['outpost']}"
        return f"{outpost}/accesspoint/{match['name']}"
    return f"arn:aws:{service}:{region}:{match['account']}:accesspoint/{match['name']}"


def _region(host: str, region: str | None) -> str | None:
    """The region of an Amazon host, whose name may have one. The global host's is us-east-1, accelerated ones have none."""
    if region is not None:
        return region if region != "external-1" else "us-east-1"
    return None if "accelerate" in host else "us-east-1"


@lru_cache(maxsize=1024)
def _host(netloc: str, endpoint: str | None) -> Host:
    name = netloc.partition(":")[0]
    match = _AMAZON.fullmatch(name)
    if match:
        return _amazon_host(name, match)
    match = _MULTI_REGION.fullmatch(name)
    if match:
        return Host(match["alias"], None, is_amazons=True)
    match = _VPC_ENDPOINT.fullmatch(name)
    if match:
        return _vpc_host(match)
    if endpoint is None:
        return Host(None, None)
    origin, path = _split(endpoint.rstrip("/"))
    endpoint_host = origin.partition("://")[2].lower()
    bucket = netloc[: -len(endpoint_host) - 1] if netloc.endswith("." + endpoint_host) else None
    return Host(bucket, None, path.rstrip("/"))
