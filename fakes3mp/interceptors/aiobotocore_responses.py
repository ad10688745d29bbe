"""Responses in the shape that aiobotocore has for them.

A response's ``raw`` is read as aiohttp's: ``read()``, ``content.read(n)``, ``content.at_eof()``, ``close()``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Mapping
from functools import cache
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.interceptors.botocore_responses import ResponseBody


@cache
def answered_response_class() -> Any:
    """The class of responses: aiobotocore's own, where nothing need be awaited."""
    from aiobotocore.awsrequest import AioAWSResponse

    class AnsweredResponse(AioAWSResponse):  # type: ignore[misc]
        """A response that is here already: its content and its text need not be awaited, and can be."""

        _content: bytes | None

        @property
        def content(self) -> AwaitableBytes:
            if self._content is None:
                self._content = self.raw.read()
            return AwaitableBytes(self._content or b"")

        @property
        def text(self) -> AwaitableText:
            return AwaitableText(self.content.decode("utf-8"))

    return AnsweredResponse


class AwaitableBytes(bytes):
    """Bytes that can be awaited: work-arounds that users have copied read an async response as if it were a sync one."""

    def __await__(self) -> Generator[Any, None, AwaitableBytes]:
        yield from ()
        return self


class AwaitableText(str):
    """Text that can be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, AwaitableText]:
        yield from ()
        return self


_PIECE = 1 << 16  # bytes


class AsyncResponse:
    """A response with the attributes of aiohttp's: its body is read by itself, or through ``content``."""

    def __init__(
        self, url: str, status: int, headers: Mapping[str, str], body: Content, declared_size: int = 0
    ) -> None:
        self.url: str = url
        self.status: int = status
        self.headers: Mapping[str, str] = headers
        self.content = self
        self._body = ResponseBody(body)
        self._unread = body.size
        self._is_cut_short = declared_size > body.size

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers as bytes."""
        return tuple((name.encode(), value.encode()) for name, value in self.headers.items())

    def read(self, amount: int = -1) -> AwaitableBytes:
        """Up to ``amount`` bytes, or all; aiohttp's own exception at the end of a body that was cut short."""
        if amount and not self._unread and self._is_cut_short:
            from aiohttp import ClientPayloadError

            raise ClientPayloadError("Response payload is not completed")
        data = self._body.read(None if amount < 0 else amount)
        self._unread -= len(data)
        if amount < 0 and self._is_cut_short:
            return AwaitableBytes(data + self.read())
        return AwaitableBytes(data)

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """The body in pieces of ``size`` bytes; the last may be shorter."""
        while piece := self.read(size):
            yield piece

    def iter_any(self) -> AsyncIterator[bytes]:
        """The body in pieces."""
        return self.iter_chunked(_PIECE)

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        """The body in pieces, each with whether it ends an HTTP chunk."""
        async for piece in self.iter_any():
            yield piece, True

    def at_eof(self) -> bool:
        return self._unread == 0

    def close(self) -> None:
        """There is no connection."""

    release = close

    async def __aenter__(self) -> AsyncResponse:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()
