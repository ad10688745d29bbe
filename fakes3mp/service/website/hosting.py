"""Answers requests to websites: which object is the page, and what follows where there is none.

A page is read through the request pipeline, as GetObject or HeadObject of an anonymous caller: policies, ACLs and Block
Public Access decide, faults apply, and the call is recorded (S3's manual, "Hosting a static website").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.operations.configurations.website import WEBSITE
from fakes3mp.service.cors import add_cors_headers
from fakes3mp.service.website.pages import error_headers, error_page
from fakes3mp.service.website.redirects import Redirect, find_redirect, redirect_all
from fakes3mp.wire.messages import Request, Response
from fakes3mp.wire.request_reader import read_request
from fakes3mp.wire.response_writer import ResponseIds, write_response
from fakes3mp.wire.website_address import WebsiteAddress

if TYPE_CHECKING:
    from fakes3mp.core.buckets import Bucket
    from fakes3mp.service.service import Service

_CONDITIONS = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_CIRCUMSTANCES = ("origin", "referer", "user-agent")  # which policies and CORS rules ask for


def answer_website(service: Service, request: Request, address: WebsiteAddress) -> Response:
    """Answer one request to a website."""
    ids = service.ids(service.store.now())
    try:
        return _Website(service, request, address, ids).answer()
    except S3Error as error:
        return error_page(error, request.method, ids)


class _Website:
    """One request to a website."""

    def __init__(self, service: Service, request: Request, address: WebsiteAddress, ids: ResponseIds) -> None:
        self.service, self.request, self.address, self.ids = service, request, address, ids
        if request.method not in ("GET", "HEAD"):
            raise S3Error("MethodNotAllowed", fields={"Method": request.method, "ResourceType": "OBJECT"})
        with service.store.lock:
            self.bucket = _find_bucket(service, address)
            self.configuration: dict[str, Any] = self.bucket.configuration(WEBSITE)

    def answer(self) -> Response:
        """A redirect, the page, or the page of an error."""
        target = self.configuration.get("RedirectAllRequestsTo")
        if target is not None:
            return self._redirect(redirect_all(target, self.address))
        redirect = find_redirect(self._rules, self.address)
        if redirect is not None:
            return self._redirect(redirect)
        try:
            return self._read(self._page_key())
        except S3Error as error:
            return self._answer_error(error)

    @property
    def _rules(self) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = self.configuration.get("RoutingRules", [])
        return rules

    @property
    def _index(self) -> str:
        return str(self.configuration["IndexDocument"]["Suffix"])

    def _page_key(self) -> str:
        """The key of the page: a folder's is its index document."""
        key = self.address.key
        return key + self._index if key == "" or key.endswith("/") else key

    def _answer_error(self, error: S3Error) -> Response:
        """What follows an error: Not Modified, the redirect of a folder or a rule, or the error document."""
        if error.status == 304:
            return Response(304, {**self.ids.headers(), **error.headers}, Content.of(b""))
        if self._is_folder_without_slash():
            location = f"{self.address.root}{self.address.path}/"
            return self._redirect(Redirect(302, location), {"x-amz-error-code": "Found"})
        redirect = find_redirect(self._rules, self.address, error.status)
        if redirect is not None:
            return self._redirect(redirect)
        document = self.configuration.get("ErrorDocument")
        if document is None or not 400 <= error.status < 500:
            raise error
        try:
            page = self._read(document["Key"], with_conditions=False)
        except S3Error as second:
            return error_page(error, self.request.method, self.ids, second)
        return replace(page, status=error.status, headers={**page.headers, **error_headers(error)})

    def _is_folder_without_slash(self) -> bool:
        """Whether the key is that of no object, and the folder of this name has an index document."""
        key = self.address.key
        with self.service.store.lock:
            objects = self.bucket.objects
            return key not in objects and not key.endswith("/") and f"{key}/{self._index}" in objects

    def _read(self, key: str, *, with_conditions: bool = True) -> Response:
        """The object of this key, or the redirect that it stands for."""
        request = self._request_of(key, with_conditions=with_conditions)
        typed_request = read_request(request)
        client_info = replace(typed_request.client_info, is_website=True)
        typed_request = replace(typed_request, client_info=client_info)
        operation = typed_request.operation
        effect = self.service.faults.effect_for(operation, typed_request.params, typed_request.client_info)
        result = self.service.answer(typed_request, effect, self.ids)
        location = result.get("WebsiteRedirectLocation")
        if location is not None:
            root = self.address.root if location.startswith("/") else ""
            return self._redirect(Redirect(301, f"{root}{location}"))
        response = write_response(operation, self.request.method, result, self.ids)
        return effect.apply_to_response(add_cors_headers(self.service.store, request, response))

    def _request_of(self, key: str, *, with_conditions: bool) -> Request:
        """The request for an object that a browser sends to the bucket itself."""
        url = (
            f"{self.address.scheme}://{self.bucket.name}.s3.{self.bucket.region}.amazonaws.com/{quote(key, safe='/~')}"
        )
        names = (*_CIRCUMSTANCES, *(_CONDITIONS if with_conditions else ()))
        forwarded = {name: self.request.headers[name] for name in names if name in self.request.headers}
        return replace(self.request, url=url, headers=forwarded, body=b"", endpoint=None, from_this_process=False)

    def _redirect(self, redirect: Redirect, headers: dict[str, str] | None = None) -> Response:
        all_headers = {**self.ids.headers(), **(headers or {}), "Location": redirect.location, "Content-Length": "0"}
        return Response(redirect.status, all_headers, Content.of(b""))


def _find_bucket(service: Service, address: WebsiteAddress) -> Bucket:
    """The bucket of a website, in the region of the host (O319), with a website configuration."""
    bucket = service.store.bucket(address.bucket)
    if address.region not in (None, bucket.region):
        endpoint = f"{bucket.name}.s3-website-{bucket.region}.amazonaws.com"
        raise S3Error("IncorrectEndpoint", fields={"Endpoint": endpoint})
    if WEBSITE not in bucket.configurations:
        raise S3Error("NoSuchWebsiteConfiguration", fields={"BucketName": bucket.name})
    return bucket
