"""Which website a URL is at, and which key it asks for: at Amazon's website hosts, or at a server under ``/_website/``."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct

from fakes3mp.wire.addressing import WEBSITE_HOST, parse_address

_URL = re.compile(r"(?P<scheme>[^:/?#]+)://(?P<netloc>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?")
_PATH = re.compile(r"(?P<root>/_website/(?P<bucket>[^/]+))(?P<path>/.*)?", re.DOTALL)


class WebsiteAddress(Struct, frozen=True):
    """What a request to a website addresses."""

    bucket: str
    region: str | None  # where the host names one
    scheme: str
    netloc: str  # host and port
    root: str  # the path of the website itself: "" at its own host, "/_website/BUCKET" at a server
    path: str  # below the root, as it was sent: escaped, and beginning with a slash
    query: str  # with its question mark, or empty

    @property
    def key(self) -> str:
        """The key that the path names; it ends with a slash, or is empty, where that of a folder."""
        return unquote(self.path[1:])


def website_address(url: str, endpoint: str | None) -> WebsiteAddress | None:
    """The website that a URL is at; None where it is at none. ``endpoint`` is the client's endpoint URL, if known.

    >>> website_address("http://site.s3-website-us-east-1.amazonaws.com/docs/", None).key
    'docs/'
    >>> website_address("http://localhost:9000/_website/site/docs/", None).bucket
    'site'
    """
    if "s3-website" not in url and "/_website/" not in url:
        return None
    match = _URL.match(url)
    if match is None:
        return None
    scheme, netloc, path, query = match["scheme"], match["netloc"], match["path"], match["query"] or ""
    host = WEBSITE_HOST.fullmatch(netloc.partition(":")[0])
    if host is not None:
        return WebsiteAddress(host["bucket"], host["region"].lower(), scheme, netloc, "", path or "/", query)
    below = _PATH.fullmatch(path)
    if below is None or parse_address(url, endpoint).bucket != "_website":  # which is no bucket's name
        return None
    return WebsiteAddress(unquote(below["bucket"]), None, scheme, netloc, below["root"], below["path"] or "/", query)
