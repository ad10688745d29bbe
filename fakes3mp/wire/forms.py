"""Browser uploads: a form posted to a bucket is a PutObject in other clothes.

What may live here: taking the form apart (by werkzeug), making a PUT of it, and dressing the answer. Whether its policy
allows it is policies' business.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire import xml
from fakes3mp.wire.addressing import Address, address
from fakes3mp.wire.form_policies import FormSignature, missing
from fakes3mp.wire.messages import Request, Response

_ENCLOSURE = "Bucket POST must be of the enclosure-type multipart/form-data"
_HEADERS = ("cache-control", "content-type", "content-disposition", "content-encoding", "expires")
_NOT_HEADERS = ("x-amz-signature", "x-amz-credential", "x-amz-algorithm", "x-amz-date", "x-amz-security-token")


class Form(Struct, frozen=True):
    """A form that was posted: its fields by lower-case names (O164), and the file."""

    where: Address
    fields: dict[str, str]
    body: bytes
    request: Request

    @property
    def key(self) -> str:
        return self.fields["key"]

    @property
    def location(self) -> str:
        """The object's URL (O160)."""
        return f"{self.where.bucket_url}/{quote(self.key, safe='/~')}"

    def as_put(self) -> Request:
        """The same as a PUT, which its policy has to allow."""
        headers = {name: value for name, value in self.fields.items() if _is_header(name)}
        if "acl" in self.fields:
            headers["x-amz-acl"] = self.fields["acl"]
        if tags := _tags(self.fields.get("tagging")):
            headers["x-amz-tagging"] = tags
        headers["content-length"] = str(len(self.body))
        proof = FormSignature.of(str(self.where.bucket), self.fields, len(self.body), self.request)
        url = self.location
        return replace(self.request, method="PUT", url=url, headers=headers, body=self.body, proof=proof)

    def answered(self, response: Response) -> Response:
        """PutObject's answer as the form asked for it; a refusal as it is."""
        if response.status >= 300:
            return response
        told = {name: value for name, value in response.headers.items() if not name.lower().startswith("content-")}
        headers = {**told, "Location": self.location}
        redirect = self.fields.get("success_action_redirect", "")
        if urlsplit(redirect).scheme and urlsplit(redirect).netloc:
            return Response(303, {**headers, "Location": self._redirected(redirect, told["ETag"])}, _EMPTY)  # O161
        status = self.fields.get("success_action_status")
        if status == "201":
            return self._created(headers)
        return Response(200 if status == "200" else 204, headers, _EMPTY)  # O159

    def _redirected(self, url: str, etag: str) -> str:
        query = urlencode({"bucket": self.where.bucket, "key": self.key, "etag": etag})
        return f"{url}{'&' if '?' in url else '?'}{query}"

    def _created(self, headers: dict[str, str]) -> Response:
        """O160"""
        told = {"Location": self.location, "Bucket": self.where.bucket, "Key": self.key, "ETag": headers["ETag"]}
        body = Content.of(xml.write({"PostResponse": told}))
        described = {"Content-Type": "application/xml", "Content-Length": str(body.size)}
        return Response(201, {**headers, **described}, body)


_EMPTY = Content.of(b"")


def _is_header(name: str) -> bool:
    return name in _HEADERS or (name.startswith("x-amz-") and name not in _NOT_HEADERS)


def posted(request: Request) -> Form | None:
    """The form, if a request is one: a POST to a bucket that is no operation of its own."""
    if request.method != "POST":
        return None
    where = address(request.url, request.endpoint)
    if where.bucket in (None, "WriteGetObjectResponse") or where.key is not None or where.query:
        return None
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise S3Error("PreconditionFailed", fields={"Condition": _ENCLOSURE})  # O165
    fields: dict[str, str] = {}
    for name, filename, data in _parts(kind, request.body):
        if name.lower() != "file":
            fields[name.lower()] = data.decode("utf-8", "replace")
            continue
        if "key" not in fields:
            raise missing("key")
        if filename:
            fields["key"] = fields["key"].replace("${filename}", filename)  # O162
        return Form(where, fields, data, request)  # what follows the file is ignored (S3's manual)
    raise invalid_argument("POST requires exactly one file upload per request.", "file", "0")


def _parts(kind: str, body: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    """Each part's name, its filename if it has one, and its bytes; the file may be a plain field (O163)."""
    from werkzeug.http import parse_options_header
    from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

    boundary = parse_options_header(kind)[1].get("boundary", "")
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"))
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        name, filename = "", None
        pieces: list[bytes] = []
        while not isinstance(event := decoder.next_event(), (Epilogue, NeedData)):
            if isinstance(event, (Field, File)):
                name, pieces = event.name or "", []
                filename = event.filename if isinstance(event, File) else None
            elif isinstance(event, Data):
                pieces.append(event.data)
                if not event.more_data:
                    yield name, filename, b"".join(pieces)
    except (ValueError, LookupError):
        raise S3Error("MalformedPOSTRequest") from None


def _tags(document: str | None) -> str:
    """The ``tagging`` field as the header says it; another root has no tags (O177)."""
    if document is None:
        return ""
    tree = xml.parsed(document.encode())
    entries = ((tree.get("Tagging") or {}).get("TagSet") or {}).get("Tag") or []
    listed = entries if isinstance(entries, list) else [entries]
    return urlencode([(each.get("Key") or "", each.get("Value") or "") for each in listed])
