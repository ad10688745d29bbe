"""Where a request points: the bucket and key behind a host and a path.

What may live here: the spellings of S3's hosts, and how a URL is taken apart. Path style, virtual-host style, custom
endpoints; the rest of the wire sees only bucket and key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

# bucket.s3.eu-west-1.amazonaws.com, s3-eu-west-1..., s3.dualstack.eu-west-1..., s3-fips..., s3-accelerate..., and the
# same without the bucket.
_AMAZON = re.compile(
    r"(?:(?P<bucket>.+)\.)?"
    r"s3(?:-accelerate|-accesspoint|-outposts|-object-lambda|express-[a-z0-9-]+)?(?:-fips)?"
    r"(?:\.dualstack)?(?:[.-](?P<region>(?!accelerate|fips)[a-z]{2}(?:-[a-z]+)+-\d+|external-1))?(?:\.dualstack)?"
    r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws)",
    re.IGNORECASE,
)

_ORIGIN = re.compile(r"[^:/?#]+://[^/?#]*")


@dataclass(frozen=True)
class Address:
    """A URL taken apart. ``bucket_url`` is the URL of the bucket in the style in which the request named it."""

    bucket: str | None
    key: str | None
    query: dict[str, str]
    bucket_url: str
    region: str | None  # where the host names one; us-east-1 for Amazon's global host


@dataclass(frozen=True)
class Host:
    """What a host and the client's endpoint say: the bucket, if it is in the host, and the path before everything."""

    bucket: str | None
    region: str | None
    prefix: str = ""


def address(url: str, endpoint: str | None) -> Address:
    """Take a URL apart; ``endpoint`` is the client's own endpoint URL, if known."""
    origin, rest = _split(url)
    path, _, query = rest.partition("?")
    scheme, _, netloc = origin.partition("://")
    host = _host(netloc.rpartition("@")[2].lower(), endpoint)
    path = path.removeprefix(host.prefix)
    bucket, key, bucket_url = _bucket_and_key(host, path.removeprefix("/"), f"{scheme}://{netloc}{host.prefix}")
    parsed = dict(reversed(parse_qsl(query, keep_blank_values=True)))
    return Address(bucket or None, key or None, parsed, bucket_url, host.region)


def _split(url: str) -> tuple[str, str]:
    """``https://host:port`` and all that follows, which starts with a slash."""
    match = _ORIGIN.match(url)
    assert match is not None, f"no URL: {url!r}"
    rest = url[match.end() :].partition("#")[0]
    return match[0], rest if rest.startswith("/") else "/" + rest


def _bucket_and_key(host: Host, path: str, base: str) -> tuple[str, str, str]:
    if host.bucket is not None:
        return host.bucket, unquote(path), base
    bucket, _, key = path.partition("/")
    bucket = unquote(bucket)
    return bucket, unquote(key), f"{base}/{bucket}"


def _region(host: str, named: str | None) -> str | None:
    """The region of an Amazon host: the global one is us-east-1's, an accelerated one is nobody's."""
    if named is not None:
        return named if named != "external-1" else "us-east-1"
    return None if "accelerate" in host else "us-east-1"


@lru_cache(maxsize=1024)
def _host(netloc: str, endpoint: str | None) -> Host:
    name = netloc.partition(":")[0]
    amazon = _AMAZON.fullmatch(name)
    if amazon:
        return Host(amazon["bucket"], _region(name, amazon["region"]))
    if endpoint is None:
        return Host(None, None)
    base, path = _split(endpoint.rstrip("/"))
    own = base.partition("://")[2].lower()
    bucket = netloc[: -len(own) - 1] if netloc.endswith("." + own) else None
    return Host(bucket, None, path.rstrip("/"))
