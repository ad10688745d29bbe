"""The ``before-call`` interceptor of aiobotocore's clients: the sync one, with the classes that aiobotocore has instead.

Undocumented patch points and attributes, beyond those of the sync one:

* ``AioBaseClient._make_api_call``, which awaits what a ``before-call`` handler returns;
* ``aiobotocore.endpoint.convert_to_response_dict``, which users replace in a work-around.

tests/clients/test_ways_in.py compares it with ``before-send``, response by response.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cached_property, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fakes3mp.interceptors.aiobotocore_responses import AsyncResponse, answered_response_class
from fakes3mp.interceptors.before_call import BeforeCallHandler, BeforeCallInterceptor, with_no_retries
from fakes3mp.interceptors.botocore_library import BotocoreLibrary, LazyResponse, lazy_response_class
from fakes3mp.interceptors.botocore_responses import PreparedResponse

if TYPE_CHECKING:
    from botocore.model import OperationModel


class AiobotocoreLibrary(BotocoreLibrary):
    """The classes and functions of aiobotocore, and of botocore where it has none of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.packages: tuple[str, ...] = ("botocore", "aiobotocore")
        self.client_class: Any = import_module("aiobotocore.client").AioBaseClient
        self.endpoint_module: Any = import_module("aiobotocore.endpoint")
        self.endpoint_class: Any = self.endpoint_module.AioEndpoint
        self.signer_class: Any = import_module("aiobotocore.signers").AioRequestSigner
        self.parser_factory: Any = import_module("aiobotocore.parsers").AioResponseParserFactory
        self.response_class: Any = lazy_response_class(LazyAsyncResponse, answered_response_class())
        self.streaming_body: Any = import_module("aiobotocore.response").StreamingBody
        self.directories: tuple[str, ...] = (*self.directories, self.directory_of("aiobotocore"))

    def handle_checksum_body(self, *args: Any) -> None:
        _run(import_module("aiobotocore.httpchecksum").handle_checksum_body(*args))

    def skipped_code(self) -> list[Any]:
        return [*super().skipped_code(), self.endpoint_module.convert_to_response_dict]


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that waits for nothing: where a body is a stream, only its wrapper is made."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("aiobotocore waits for the body of a stream")


class LazyAsyncResponse(LazyResponse):
    """A response whose body is read as aiohttp's is."""

    @cached_property
    def raw(self) -> Any:
        return AsyncResponse(self.url, self.status_code, self._headers, self._body())


class AsyncBeforeCallHandler(BeforeCallHandler):
    """The handlers of one async client. What the client's own parser makes of a response is awaited by the client."""

    async def parse(self, model: OperationModel, http: Any, context: Any) -> Any:
        return with_no_retries(await self._endpoint._do_get_response(PreparedResponse(http), model, context))


class AsyncBeforeCallInterceptor(BeforeCallInterceptor):
    """Registers a handler with each S3 client of aiobotocore at its first call."""

    library_class: Callable[..., BotocoreLibrary] = AiobotocoreLibrary
    handler_class = AsyncBeforeCallHandler

    def _patched_make_api_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        async def _make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
            self.add_handler(client)
            return await original(client, operation_name, api_params)

        return _make_api_call
