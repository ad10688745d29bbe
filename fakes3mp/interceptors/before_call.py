"""The ``before-call`` interceptor: a client's calls answered before anything is signed, sent, retried or parsed.

It answers a call only where nobody could tell the difference: only botocore's own handlers listen to the events that are
skipped, no fault is meant for the call, and the client would return the response as it is. Any other call goes on to the
``before-send`` interceptor.

Undocumented patch points and attributes of botocore that it relies on, beyond those of the botocore interceptor:

* ``BaseClient._make_api_call``: every call of every sync client, created at any time;
* ``HierarchicalEmitter._handlers.prefix_search``, and ``_lookup_cache``, a new dictionary after every change of handlers;
* ``Endpoint._do_get_response``, which parses a response: used for errors;
* ``Endpoint._response_parser_factory`` and its ``_defaults``: parsers that give other types;
* ``HistoryRecorder._enabled``; ``request_dict["context"]``: ``checksum``, ``retries``.

``library`` is the client's botocore: this one, IBM's, or aiobotocore. tests/properties/test_ways_in.py and
tests/clients/test_ways_in.py compare both interceptors, response by response.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.botocore_library import BotocoreLibrary, current_library
from fakes3mp.interceptors.botocore_responses import PreparedResponse
from fakes3mp.interceptors.other_mocks import MOTOS_HANDLER
from fakes3mp.interceptors.patches import Patches
from fakes3mp.interceptors.retries import KNOWN_RESPONSE
from fakes3mp.interceptors.serialised import RewindableBody, read_serialised_call
from fakes3mp.locks import create_lock
from fakes3mp.wire import parsed_responses, response_writer, typed_calls
from fakes3mp.wire.typed_calls import NeedsHTTP, UnsentCall

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from fakes3mp.wire.messages import Response
    from fakes3mp.wire.response_writer import TypedResponse

_BUILD_EVENT, _CALL_EVENT = "before-parameter-build.s3", "before-call.s3"
_SKIPPED_EVENTS = (
    *("before-call", "request-created", "choose-signer", "before-sign", "before-send", "response-received"),
    *("needs-retry", "before-parse", "after-call-error"),
)
_MODULES_WITH_EFFECT = ("stub", "retries.adaptive")  # in which botocore has handlers that must not be skipped
_METHODS_OF_ENDPOINTS = frozenset(("make_request", "_send_request", "_get_response", "_do_get_response"))
_PROGRESS_HANDLERS = ("signal_transferring", "signal_not_transferring")  # s3transfer's


class BeforeCallHandler:
    """The handlers of one client: one notes the parameters of its calls, the other answers them."""

    def __init__(self, client: Any, library: BotocoreLibrary) -> None:
        self.library = library
        self._client = ref(client)
        self._endpoint = client._endpoint
        self._emitter = client.meta.events._emitter
        self._parser_factory: object = client._endpoint._response_parser_factory
        self._signs_v4 = client.meta.config.signature_version == "s3v4"
        # The emitter's cache at the time of the verdicts; operation -> whether all handlers can be skipped.
        self._verdicts: tuple[Any, dict[str, bool]] = None, {}
        self._call_params = _CallParams()

    def register(self) -> None:
        """Add the handlers as the client's last."""
        self._emitter.register_last(_BUILD_EVENT, self.note_params)
        self._emitter.register_last(_CALL_EVENT, self)

    def unregister(self) -> None:
        """Put the client back as it was."""
        self._emitter.unregister(_BUILD_EVENT, self.note_params)
        self._emitter.unregister(_CALL_EVENT, self)

    def note_params(self, params: Mapping[str, Any], model: OperationModel, context: Any, **kwargs: Any) -> None:
        """Keep the parameters of this thread's call as all other handlers leave them, where a document is made of one."""
        if typed_calls.document_name(model.name) is not None:
            self._call_params.params, self._call_params.context = params, context

    def __call__(
        self, model: OperationModel, params: dict[str, Any], request_signer: Any, context: Any, **kwargs: Any
    ) -> Any:
        """Answer a call; None lets it go on to the ``before-send`` interceptor."""
        fake = ACTIVE.fake_for(params["url"])
        if fake is None or not fake.allows_before_call or not self.can_skip(model.name):
            return None
        result = None
        with RewindableBody(params["body"]) as body:
            call = self._read_call(model, params, request_signer, context)
            response = fake.answer_without_http(typed_calls.typed_request(call), self._endpoint.host)
            if response is None:
                return None
            context["retries"] = {"attempt": 1, "invocation-id": call.client_info.invocation_id}
            result = self._write_result(model, response, params, context)
            body.is_used = result is not None
        return result

    def can_skip(self, operation: str) -> bool:
        """Whether nobody could tell that what follows ``before-call`` is skipped."""
        return (
            self._is_unobserved(operation)
            and self.library.is_unpatched()
            and _METHODS_OF_ENDPOINTS.isdisjoint(vars(self._endpoint))
            and "_make_request" not in vars(self._client())
        )

    def _is_unobserved(self, operation: str) -> bool:
        """Whether only botocore's own code would notice that events, parsing and logging are skipped."""
        lookup_cache, verdicts = self._verdicts
        if lookup_cache is not self._emitter._lookup_cache:
            lookup_cache, verdicts = self._verdicts = self._emitter._lookup_cache, {}
        is_skippable = verdicts.get(operation)
        if is_skippable is None:
            lists = (self._emitter._handlers.prefix_search(f"{event}.s3.{operation}") for event in _SKIPPED_EVENTS)
            is_skippable = all(_can_be_skipped(handler, self.library) for handlers in lists for handler in handlers)
            verdicts[operation] = is_skippable
        if self.library.history._enabled or not self._has_default_parsers():
            return False
        return is_skippable and not self.library.logger.isEnabledFor(logging.DEBUG)

    def _has_default_parsers(self) -> bool:
        """Whether responses are parsed into the usual types; awscli's dates are text."""
        factory: Any = self._parser_factory
        return type(factory) is self.library.parser_factory and not factory._defaults

    def _read_call(self, model: OperationModel, params: dict[str, Any], signer: Any, context: Any) -> UnsentCall:
        if not self._signs_v4:
            raise NeedsHTTP
        document = None
        if params["body"] and typed_calls.document_name(model.name) is not None:
            document = self._call_params.document(model.name, context)
        return read_serialised_call(model, params, self._endpoint.host, signer, context, document)

    def _write_result(
        self, model: OperationModel, response: TypedResponse, params: dict[str, Any], context: Any
    ) -> Any:
        """The HTTP response and the parsed one, as botocore expects both from a ``before-call`` handler."""
        try:
            return self.write_result(model, response, params["url"], context)
        except NeedsHTTP:  # botocore parses the response itself, at ``before-send``, and may even retry
            context[KNOWN_RESPONSE] = written_response(model, response)
            return None

    def write_result(self, model: OperationModel, response: TypedResponse, url: str, context: Any) -> Any:
        """The HTTP response and the parsed one; NeedsHTTP where botocore has to parse the result itself."""
        if response.error is not None or not self.library.has_our_model:
            return self.parse_result(model, response, url, context)
        body = partial(response_writer.response_body, model.name, response.result)
        status, headers = response_writer.status_and_headers(
            model.name, response.result, response.ids, lambda: body().size
        )
        http = self.library.response_class(url, status, headers, body)
        parsed = parsed_responses.parsed_response(model.name, response.result, status, headers)
        if model.has_streaming_output:
            self._add_body(model, http, parsed, context)
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return http, parsed

    def parse_result(self, model: OperationModel, response: TypedResponse, url: str, context: Any) -> Any:
        """The HTTP response, and what botocore's own parser makes of it; the endpoint has our ``before-send`` handler."""
        return self.parse(model, self._http_response(url, written_response(model, response)), context)

    def _http_response(self, url: str, response: Response) -> Any:
        return self.library.response_class(url, response.status, response.headers, lambda: response.body)

    def parse(self, model: OperationModel, http: Any, context: Any) -> Any:
        """A response that is written in full, with what the client's own parser makes of it."""
        return with_no_retries(self._endpoint._do_get_response(PreparedResponse(http), model, context))

    def _add_body(self, model: OperationModel, http: Any, parsed: dict[str, Any], context: Any) -> None:
        """Add the stream of an object's bytes, in botocore's wrapper where it checks them as they are read."""
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        body: Any = self.library.streaming_body(http.raw, headers.get("content-length"))
        if context.get("checksum", {}).get("response_algorithms"):
            response = {"headers": headers, "body": body, "context": {"operation_name": model.name}}
            self.library.handle_checksum_body(http, response, context, model)
            body, algorithm = response["body"], response["context"].get("checksum", {}).get("response_algorithm")
            if algorithm:
                parsed["ResponseMetadata"]["ChecksumAlgorithm"] = algorithm
        parsed[str(response_writer.output_plan(model.name).payload)] = body


def written_response(model: OperationModel, response: TypedResponse) -> Response:
    """The response in full, as HTTP has it."""
    method = str(model.http["method"])
    if response.error is not None:
        return response_writer.write_error(response.error, method, response.ids)
    return response_writer.write_response(model.name, method, response.result, response.ids)


def with_no_retries(outcome: tuple[Any, Exception | None]) -> Any:
    """A response and its parsed form, or the exception, out of what botocore's endpoint returns for an attempt."""
    success, exception = outcome
    if exception is not None:
        raise exception
    success[1]["ResponseMetadata"]["RetryAttempts"] = 0
    return success


class _CallParams(threading.local):
    """The parameters of this thread's call."""

    params: Mapping[str, Any]
    context: Any = None

    def document(self, operation: str, context: Any) -> Mapping[str, Any]:
        """The parameter that the request's document was made of; NeedsHTTP where the context is another call's."""
        if self.context is not context:
            raise NeedsHTTP
        document: Mapping[str, Any] = self.params[str(typed_calls.document_name(operation))]
        return document


def _can_be_skipped(handler: Any, library: BotocoreLibrary) -> bool:
    """Whether a handler is ours, or one of botocore's or moto's that would have no effect here.

    ``disable_signing`` is botocore's too, but users register it. What s3transfer's handlers do, reading the body does.
    """
    module = str(getattr(handler, "__module__", None) or type(handler).__module__)
    name = getattr(handler, "__name__", "")
    if module == "s3transfer.utils":
        return name in _PROGRESS_HANDLERS
    package, _, rest = module.partition(".")
    if package in library.packages:
        return rest not in _MODULES_WITH_EFFECT and name != "disable_signing"
    return module == MOTOS_HANDLER or module.startswith("fakes3mp.interceptors.")


class BeforeCallInterceptor:
    """Registers a ``BeforeCallHandler`` with each S3 client of one botocore at its first call.

    ``add_before_send_handler`` registers the ``before-send`` handler of a client's endpoint, which answers the other calls.
    """

    library_class: Callable[..., BotocoreLibrary] = BotocoreLibrary
    handler_class = BeforeCallHandler

    def __init__(self, add_before_send_handler: Callable[[Any], None], *package: str) -> None:
        self._package = package
        self._add_before_send_handler = add_before_send_handler
        self._lock = create_lock()
        self._handlers: WeakKeyDictionary[Any, BeforeCallHandler] = WeakKeyDictionary()  # client -> handler

    def patch(self, patches: Patches) -> None:
        """Patch botocore's present class of clients, which is another one after a second import."""
        self._library = current_library(type(self).library_class, *self._package)
        patches.replace(self._library.client_class, "_make_api_call", self._patched_make_api_call)

    def is_current(self) -> bool:
        """Whether the botocore that was patched is still the one that an import gives."""
        return self._library.is_current()

    def forget(self) -> None:
        """Put every client back as it was."""
        if not self._handlers:
            return
        with self._lock:
            for handler in self._handlers.values():
                handler.unregister()
            self._handlers.clear()

    def _patched_make_api_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
            self.add_handler(client)
            return original(client, operation_name, api_params)

        return _make_api_call

    def add_handler(self, client: Any) -> None:
        """Register a handler with this client, if it is one of S3 and has none yet."""
        if client in self._handlers or client._service_model.service_name != "s3":
            return
        if ACTIVE.fake_for(client._endpoint.host) is None:
            return
        with self._lock:
            if client not in self._handlers:
                self._add_before_send_handler(client._endpoint)
                handler = self._handlers[client] = self.handler_class(client, self._library)
                handler.register()
