"""The HTML pages of a website's errors and redirects, and the headers that repeat an error (O319)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.wire.messages import Response
from fakes3mp.wire.response_writer import ResponseIds

_SECOND_ERROR = "An Error Occurred While Attempting to Retrieve a Custom Error Document"


def error_page(error: S3Error, method: str, ids: ResponseIds, second: S3Error | None = None) -> Response:
    """The page of an error; ``second`` is the error of looking up the error document."""
    title = f"{error.status} {HTTPStatus(error.status).phrase}"
    items = {**_members(error), "RequestId": ids.request, "HostId": ids.host}
    lines = [
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<h1>{title}</h1>",
        *_list(items),
        *((f"<h3>{_SECOND_ERROR}</h3>", *_list(_members(second))) if second is not None else ()),
        "<hr/>",
        "</body>",
        "</html>",
    ]
    body = Content.of(("\n".join(lines) + "\n").encode())
    headers = {
        **ids.headers(),
        **error.headers,
        **error_headers(error),
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(body.size),
    }
    return Response(error.status, headers, Content.of(b"") if method == "HEAD" else body)


def error_headers(error: S3Error) -> dict[str, str]:
    """The headers that repeat an error, also beside an error document of the website's own."""
    details = {f"x-amz-error-detail-{name}": value for name, value in error.fields.items()}
    return {"x-amz-error-code": error.code, "x-amz-error-message": error.message, **details}


def _members(error: S3Error) -> dict[str, str]:
    return {"Code": error.code, "Message": error.message, **error.fields}


def _list(items: Mapping[str, str]) -> list[str]:
    return ["<ul>", *(f"<li>{name}: {escape(value)}</li>" for name, value in items.items()), "</ul>"]
