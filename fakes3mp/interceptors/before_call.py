"""The fast door: boto3's calls answered at ``before-call``, before anything is signed, sent, tried again or parsed.

It opens only where nobody could tell the difference: nobody but botocore listens to what would follow, no fault is meant
for the call, and the client would hand the answer on as it is. In any other case the call goes on to ``before-send``.

Every undocumented seam of botocore that this file relies on beyond those of the botocore door:

* ``BaseClient._make_api_call``: every call of every sync client, of any age;
* ``HierarchicalEmitter._handlers.prefix_search`` and ``_lookup_cache``, a new dictionary whenever a handler comes or goes;
* ``Endpoint._do_get_response``, which parses: asked where only botocore's own parser will do;
* ``Endpoint._response_parser_factory`` and its ``_defaults``: parsers that were told to give other types;
* ``HistoryRecorder._enabled``; ``request_dict["context"]``: ``checksum``, ``retries``.

tests/properties/test_ways_in.py holds both doors against each other, answer by answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import botocore
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.httpchecksum import handle_checksum_body
from botocore.parsers import ResponseParserFactory
from botocore.response import StreamingBody
from botocore.signers import RequestSigner

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.botocore_responses import PreparedResponse, Raw
from fakes3mp.interceptors.patches import Patches
from fakes3mp.interceptors.retries import ANSWER
from fakes3mp.interceptors.serialised import RewindableBody, unsent
from fakes3mp.wire import response_writer, typed_calls
from fakes3mp.wire.typed_calls import NeedsHTTP, UnsentCall

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from fakes3mp.wire.messages import Response
    from fakes3mp.wire.response_writer import TypedResponse

CAPTURE, CALL = "before-parameter-build.s3", "before-call.s3"
_SKIPPED = (
    *("before-call", "request-created", "choose-signer", "before-sign", "before-send", "response-received"),
    *("needs-retry", "before-parse", "after-call-error"),
)
_ACTING = ("botocore.stub", "botocore.retries.adaptive")  # botocore's own that would have something to do
_REPORTING = ("signal_transferring", "signal_not_transferring")  # s3transfer's, for bodies that report their progress
_LOGGER = logging.getLogger("botocore.endpoint")
_HISTORY: Any = get_global_history_recorder()


class BeforeCallHandler:
    """The handlers of one client: takes note of its parameters, and answers its calls."""

    def __init__(self, client: Any, is_untouched: Callable[[], bool]) -> None:
        self._endpoint = client._endpoint
        self._emitter = client.meta.events._emitter
        self._parsers: object = client._endpoint._response_parser_factory
        self._signs_v4 = client.meta.config.signature_version == "s3v4"
        self._is_untouched = is_untouched
        self._judged: tuple[Any, dict[str, bool]] = None, {}  # the handlers that it was judged by, operation -> verdict
        self._captured = _Captured()

    def register(self) -> None:
        """Stand last among this client's handlers."""
        self._emitter.register_last(CAPTURE, self.capture)
        self._emitter.register_last(CALL, self)

    def unregister(self) -> None:
        """Leave the client as it was."""
        self._emitter.unregister(CAPTURE, self.capture)
        self._emitter.unregister(CALL, self)

    def capture(self, params: Mapping[str, Any], model: OperationModel, context: Any, **kwargs: Any) -> None:
        """Keep the parameters of the call that is being made in this thread, as its last handler leaves them."""
        if typed_calls.document_name(model.name) is not None:
            self._captured.params, self._captured.context = params, context

    def __call__(
        self, model: OperationModel, params: dict[str, Any], request_signer: Any, context: Any, **kwargs: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        """The answer to a call; None lets it go on."""
        fake = ACTIVE.answering(params["url"])
        if (
            fake is None
            or not fake.allows_before_call
            or not self._is_unwatched(model.name)
            or not self._is_untouched()
        ):
            return None
        answer = None
        with RewindableBody(params["body"]) as body:
            sent = self._sent(model, params, request_signer, context)
            told = fake.answer_without_http(typed_calls.arrived(sent), self._endpoint.host)
            if told is None:
                return None
            context["retries"] = {"attempt": 1, "invocation-id": sent.client_info.invocation_id}
            answer = self._answered(model, told, params, context)
            body.is_used = answer is not None
        return answer

    # Whether it may open

    def _is_unwatched(self, operation: str) -> bool:
        """Whether nobody but botocore would hear of what is skipped."""
        lookup, known = self._judged
        if lookup is not self._emitter._lookup_cache:
            lookup, known = self._judged = self._emitter._lookup_cache, {}
        judged = known.get(operation)
        if judged is None:
            heard = (self._emitter._handlers.prefix_search(f"{event}.s3.{operation}") for event in _SKIPPED)
            judged = known[operation] = all(_is_botocores(each) for handlers in heard for each in handlers)
        if _HISTORY._enabled or not self._parses_as_usual():
            return False
        return judged and not _LOGGER.isEnabledFor(logging.DEBUG)

    def _parses_as_usual(self) -> bool:
        """Whether answers are parsed into the usual types; awscli's dates are text."""
        return type(self._parsers) is ResponseParserFactory and not self._parsers._defaults  # type: ignore[attr-defined]

    # The way in

    def _sent(self, model: OperationModel, params: dict[str, Any], signer: Any, context: Any) -> UnsentCall:
        if not self._signs_v4:
            raise NeedsHTTP
        document = None
        if params["body"] and typed_calls.document_name(model.name) is not None:
            document = self._captured.document(model.name, context)
        return unsent(model, params, self._endpoint.host, signer, context, document)

    # The way out

    def _answered(
        self, model: OperationModel, told: TypedResponse, params: dict[str, Any], context: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        url, method = params["url"], params["method"]
        if told.error is not None:
            return self._refused(model, url, response_writer.refused(told.error, method, told.ids), context)
        body = partial(response_writer.body, model.name, told.answer)
        status, headers = response_writer.head(model.name, told.answer, told.ids, lambda: body().size)
        http = Answered(url, status, headers, body)
        try:
            parsed = typed_calls.parsed(model.name, told.answer, status, headers)
        except NeedsHTTP:  # botocore may even try again; it is given this answer as if it had come by HTTP
            context[ANSWER] = response_writer.written(model.name, method, told.answer, told.ids)
            return None
        if model.has_streaming_output:
            _add_body(model, http, parsed, context)
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return http, parsed

    def _refused(
        self, model: OperationModel, url: str, response: Response, context: Any
    ) -> tuple[AWSResponse, dict[str, Any]]:
        """A refusal as botocore's own parser gives it."""
        http = Answered(url, response.status, response.headers, lambda: response.body)
        answer, failure = self._endpoint._do_get_response(PreparedResponse(http), model, context)
        if failure is not None:
            raise failure
        answer[1]["ResponseMetadata"]["RetryAttempts"] = 0
        return http, answer[1]


class _Captured(threading.local):
    """The parameters of this thread's call, where a document is made of one."""

    params: Mapping[str, Any]
    context: Any = None

    def document(self, operation: str, context: Any) -> Mapping[str, Any]:
        """The parameter that was made a document of, in the call with this context."""
        if self.context is not context:
            raise NeedsHTTP
        found: Mapping[str, Any] = self.params[str(typed_calls.document_name(operation))]
        return found


class Answered(AWSResponse):
    """An answer whose headers and body are made when somebody looks at them."""

    def __init__(self, url: str, status: int, headers: Mapping[str, str], body: Callable[[], Content]) -> None:
        self.url, self.status_code = url, status
        self._headers, self._body = headers, body
        self._content = None

    @cached_property
    def headers(self) -> Any:  # type: ignore[override]
        """As botocore keeps them."""
        return HeadersDict(self._headers)

    @cached_property
    def raw(self) -> Any:
        """What the body is read from."""
        return Raw(self._body())


def _is_botocores(handler: Any) -> bool:
    """Whether a handler is ours, or one that botocore itself registers and that has nothing to do here.

    Users register ``disable_signing``, which is botocore's too. What s3transfer's do is done in reading the body.
    """
    module = str(getattr(handler, "__module__", None) or type(handler).__module__)
    name = getattr(handler, "__name__", "")
    if module == "s3transfer.utils":
        return name in _REPORTING
    return (
        module.startswith(("botocore.", "fakes3mp.interceptors."))
        and module not in _ACTING
        and name != "disable_signing"
    )


def _add_body(model: OperationModel, http: Any, parsed: dict[str, Any], context: Any) -> None:
    """The stream of an object's bytes, which botocore wraps where it checks them as they are read."""
    headers = parsed["ResponseMetadata"]["HTTPHeaders"]
    body: Any = StreamingBody(http.raw, headers.get("content-length"))
    if context.get("checksum", {}).get("response_algorithms"):
        answer = {"headers": headers, "body": body, "context": {"operation_name": model.name}}
        handle_checksum_body(http, answer, context, model)
        body, checked = answer["body"], answer["context"].get("checksum", {}).get("response_algorithm")
        if checked:
            parsed["ResponseMetadata"]["ChecksumAlgorithm"] = checked
    parsed[str(response_writer.plan(model.name).payload)] = body


class BeforeCallInterceptor:
    """Opens and closes the fast door of botocore's clients; ``attach`` puts the faithful door's hook on an endpoint."""

    def __init__(self, attach: Callable[[Any], None]) -> None:
        self._attach = attach
        self._lock = threading.Lock()
        self._patches = Patches()
        self._hooks: WeakKeyDictionary[Any, BeforeCallHandler] = WeakKeyDictionary()
        self._judged: tuple[list[Any], bool] = [], False  # methods, and whether all of them are as botocore has them

    def install(self) -> None:
        """Put the seam in place."""
        self._patches.replace(BaseClient, "_make_api_call", self._catching)

    def remove(self) -> None:
        """Leave botocore and every client as they were."""
        self._patches.undo()
        with self._lock:
            for hook in self._hooks.values():
                hook.unregister()
            self._hooks.clear()

    def _catching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
            if client not in self._hooks and client._service_model.service_name == "s3":
                self._hook(client)
            return original(client, operation_name, api_params)

        return _make_api_call

    def _hook(self, client: Any) -> None:
        if ACTIVE.answering(client._endpoint.host) is None:
            return
        with self._lock:
            if client not in self._hooks:
                self._attach(client._endpoint)
                hook = self._hooks[client] = BeforeCallHandler(client, self._is_untouched)
                hook.register()

    def _is_untouched(self) -> bool:
        """Whether nobody has put a spy of his own in botocore's way from call to answer."""
        methods = _methods()
        if methods != self._judged[0]:
            self._judged = methods, all(map(_is_theirs_or_ours, methods))
        return self._judged[1]


def _methods() -> list[Any]:
    """The methods of botocore's that are not run."""
    client: Any = BaseClient
    endpoint: Any = Endpoint
    return [
        client._make_request,
        endpoint.make_request,
        endpoint._send_request,
        endpoint._get_response,
        endpoint._do_get_response,
        RequestSigner.sign,
    ]


_HOMES = tuple(str(Path(file).parent) for file in (botocore.__file__, __file__))


def _is_theirs_or_ours(method: Any) -> bool:
    """Whether a method's code is botocore's, or our own in its place."""
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename.startswith(_HOMES)
