"""Browser uploads: a form posted to a bucket is answered as a PutObject.

The form is read by werkzeug. Its policy is checked in ``form_policies``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire import xml
from fakes3mp.wire.addressing import Address, parse_address
from fakes3mp.wire.form_policies import FormSignature, missing_field
from fakes3mp.wire.messages import Request, Response

_ENCLOSURE = "Bucket POST must be of the enclosure-type multipart/form-data"
_HEADERS = ("cache-control", "content-type", "content-disposition", "content-encoding", "expires")
_NOT_HEADERS = ("x-amz-signature", "x-amz-credential", "x-amz-algorithm", "x-amz-date", "x-amz-security-token")
_EMPTY = Content.of(b"")


class Form(Struct, frozen=True):
    """A posted form: its fields by lower-case names (O164), and the file's bytes."""

    address: Address
    fields: dict[str, str]
    body: bytes
    request: Request

    @property
    def key(self) -> str:
        """The object's key."""
        return self.fields["key"]

    @property
    def location(self) -> str:
        """The object's URL (O160)."""
        return f"{self.address.bucket_url}/{quote(self.key, safe='/~')}"

    def as_put(self) -> Request:
        """The form as a PUT request, with the form's signature and policy to be checked."""
        headers = {name: value for name, value in self.fields.items() if _is_header(name)}
        if "acl" in self.fields:
            headers["x-amz-acl"] = self.fields["acl"]
        if tagging := _tagging_header(self.fields.get("tagging")):
            headers["x-amz-tagging"] = tagging
        headers["content-length"] = str(len(self.body))
        return replace(
            self.request,
            method="PUT",
            url=self.location,
            headers=headers,
            body=self.body,
            signature=FormSignature.of(
                str(self.address.bucket), self.fields, len(self.body), self.request, self.address.region
            ),
        )

    def respond(self, response: Response) -> Response:
        """PutObject's response as the form asks for it: a redirect, a document, or a status. An error stays as it is."""
        if response.status >= 300:
            return response
        headers = {name: value for name, value in response.headers.items() if not name.lower().startswith("content-")}
        redirect = self.fields.get("success_action_redirect", "")
        if _is_absolute_url(redirect):
            query = urlencode({"bucket": self.address.bucket, "key": self.key, "etag": headers["ETag"]})
            url = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
            return Response(303, {**headers, "Location": url}, _EMPTY)  # O161
        headers = {**headers, "Location": self.location}
        status = self.fields.get("success_action_status")
        if status == "201":
            return self._created(headers)
        return Response(200 if status == "200" else 204, headers, _EMPTY)  # O159

    def _created(self, headers: dict[str, str]) -> Response:
        """O160"""
        members = {"Location": self.location, "Bucket": self.address.bucket, "Key": self.key, "ETag": headers["ETag"]}
        body = Content.of(xml.write({"PostResponse": members}))
        body_headers = {"Content-Type": "application/xml", "Content-Length": str(body.size)}
        return Response(201, {**headers, **body_headers}, body)


def _is_absolute_url(text: str) -> bool:
    """Whether S3 can redirect to it: a text with spaces, control characters or a bad host is as good as none (O161)."""
    try:
        parts = urlsplit(text)
        if "[" in parts.netloc:  # Python 3.10 does not look at what is in the brackets
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and text.isprintable() and " " not in text


def _is_header(name: str) -> bool:
    return name in _HEADERS or (name.startswith("x-amz-") and name not in _NOT_HEADERS)


def read_form(request: Request) -> Form | None:
    """The posted form, or None where the request is none: a form is a POST to a bucket that is no operation.

    Raises S3Error where such a POST is no form, or a form without key or file.
    """
    if request.method != "POST":
        return None
    address = parse_address(request.url, request.endpoint)
    if address.bucket in (None, "WriteGetObjectResponse") or address.key is not None or address.query:
        return None
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        raise S3Error("PreconditionFailed", fields={"Condition": _ENCLOSURE})  # O165
    fields: dict[str, str] = {}
    for name, filename, data in _read_parts(content_type, request.body):
        if name.lower() != "file":
            fields[name.lower()] = data.decode("utf-8", "replace")
            continue
        if "key" not in fields:
            raise missing_field("key")
        if filename:
            fields["key"] = fields["key"].replace("${filename}", filename)  # O162
        return Form(address, fields, data, request)  # fields after the file are ignored (S3's manual)
    raise invalid_argument("POST requires exactly one file upload per request.", "file", "0")


def _read_parts(content_type: str, body: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    """Each part's name, its filename if it has one, and its bytes; the file may be a plain field (O163)."""
    from werkzeug.http import parse_options_header
    from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"))
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        name, filename = "", None
        chunks: list[bytes] = []
        while not isinstance(event := decoder.next_event(), (Epilogue, NeedData)):
            if isinstance(event, (Field, File)):
                name, chunks = event.name or "", []
                filename = event.filename if isinstance(event, File) else None
            elif isinstance(event, Data):
                chunks.append(event.data)
                if not event.more_data:
                    yield name, filename, b"".join(chunks)
    except (ValueError, LookupError):
        raise S3Error("MalformedPOSTRequest") from None


def _tagging_header(document: str | None) -> str:
    """The ``tagging`` field, an XML document, as the value of x-amz-tagging; another root has no tags (O177)."""
    if document is None:
        return ""
    tree: Any = xml.parse(document.encode())
    for name in ("Tagging", "TagSet", "Tag"):
        tree = tree.get(name) if isinstance(tree, dict) else None
    tags = tree if isinstance(tree, list) else [tree or {}]
    if not all(isinstance(tag, dict) for tag in tags):
        raise S3Error("MalformedXML")
    return urlencode([(tag.get("Key") or "", tag.get("Value") or "") for tag in tags if tag])
