"""The fast door: boto3's calls answered at ``before-call``, before anything is signed, sent, tried again or parsed.

It opens only where nobody could tell the difference: nobody but botocore listens to what would follow, no fault is meant
for the call, and the client would hand the answer on as it is. In any other case the call goes on to ``before-send``.

Every undocumented seam of botocore that this file relies on beyond those of the botocore door:

* ``BaseClient._make_api_call``: every call of every sync client, of any age;
* ``HierarchicalEmitter._handlers.prefix_search`` and ``_lookup_cache``, a new dictionary whenever a handler comes or goes;
* ``Endpoint._do_get_response``, which parses: asked where only botocore's own parser will do;
* ``HistoryRecorder._enabled``; ``request_dict["context"]``: ``checksum``, ``signing``, ``auth_type``, ``retries``.

tests/doors/test_direct.py holds both doors against each other, answer by answer.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from mmap import mmap
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.httpchecksum import handle_checksum_body
from botocore.response import StreamingBody
from botocore.signers import RequestSigner

from fakes3mp.core.content import Content
from fakes3mp.credentials import ACCESS_KEY
from fakes3mp.digests import ALGORITHMS
from fakes3mp.doors.answering import Carried, Raw
from fakes3mp.doors.patching import Patches
from fakes3mp.doors.stack import STACK
from fakes3mp.doors.waiting import ANSWER
from fakes3mp.wire import typed, writing
from fakes3mp.wire.addressing import address
from fakes3mp.wire.messages import Origin
from fakes3mp.wire.quirks import DIGESTED, SHADOWED
from fakes3mp.wire.typed import NeedsHTTP, Sent

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from fakes3mp.wire.messages import Response
    from fakes3mp.wire.writing import Told

CAPTURE, CALL = "before-parameter-build.s3", "before-call.s3"
_SKIPPED = (
    *("before-call", "request-created", "choose-signer", "before-sign", "before-send", "response-received"),
    *("needs-retry", "before-parse", "after-call-error"),
)
_ACTING = ("botocore.stub", "botocore.retries.adaptive")  # botocore's own that would have something to do
_REPORTING = ("signal_transferring", "signal_not_transferring")  # s3transfer's, for bodies that report their progress
_WHOLE = (bytes, bytearray, io.BytesIO, io.BufferedReader, mmap)
_LOGGER = logging.getLogger("botocore.endpoint")
_DRAWN = Random()  # cheaper than the system's own source, and nobody else's
_HISTORY: Any = get_global_history_recorder()


class DirectHook:
    """The handlers of one client: takes note of its parameters, and answers its calls."""

    def __init__(self, client: Any, is_untouched: Callable[[], bool]) -> None:
        self._endpoint = client._endpoint
        self._emitter = client.meta.events._emitter
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

    def capture(self, params: Mapping[str, Any], context: Any, **kwargs: Any) -> None:
        """Keep the parameters of the call that is being made in this thread, as its last handler leaves them."""
        self._captured.params, self._captured.context = params, context

    def __call__(
        self, model: OperationModel, params: dict[str, Any], request_signer: Any, context: Any, **kwargs: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        """The answer to a call; None lets it go on."""
        fake = STACK.answering(params["url"])
        if fake is None or not fake.is_direct or not self._is_unwatched(model.name) or not self._is_untouched():
            return None
        answer = None
        with _Rewinding(params["body"]) as body:
            sent = self._sent(model, params, request_signer, context)
            told = fake.call_plainly(typed.arrived(sent), self._endpoint.host)
            if told is None:
                return None
            context["retries"] = {"attempt": 1, "invocation-id": sent.origin.invocation_id}
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
        return judged and not _HISTORY._enabled and not _LOGGER.isEnabledFor(logging.DEBUG)

    # The way in

    def _sent(self, model: OperationModel, params: dict[str, Any], signer: Any, context: Any) -> Sent:
        where = address(params["url"], self._endpoint.host)
        if where.service != "s3" or model.name in SHADOWED:
            raise NeedsHTTP
        headers = {
            name.lower(): value if type(value) is str else _text(value) for name, value in params["headers"].items()
        }
        path = {name: value for name, value in (("Bucket", where.bucket), ("Key", where.key)) if value is not None}
        origin = Origin(
            bucket_url=where.bucket_url,
            region=_region(signer, context),
            endpoint_region=where.region,
            is_path_style=where.is_path_style,
            access_key=self._access_key(signer, context),
            invocation_id=str(UUID(int=_DRAWN.getrandbits(128), version=4)),
        )
        checksum = context.get("checksum", {})
        if "request_algorithm_header" in checksum:
            told = checksum["request_algorithm_header"]
            headers[told["name"]] = told["value"]
        if model.has_streaming_input:
            content = Content.of(_whole(params["body"]))
            _add_lengths(model.name, headers, content, checksum.get("request_algorithm"))
            return Sent(model.name, headers, where.query, path, origin, content)
        if "content-md5" in headers or checksum.get("request_algorithm") == "conditional-md5":
            raise NeedsHTTP
        document = self._document(model, context) if params["body"] else None
        text = b"" if document is not None else _bytes(params["body"])
        return Sent(model.name, headers, where.query, path, origin, document=document, text=text)

    def _access_key(self, signer: Any, context: Any) -> str:
        """Who would sign; only SigV4 with a plain key can go unsigned."""
        credentials = signer._credentials
        if not self._signs_v4 or context.get("auth_type") != "v4":
            raise NeedsHTTP
        if credentials is None:
            return ACCESS_KEY
        if type(credentials) is not Credentials or not credentials.access_key or not credentials.secret_key:
            raise NeedsHTTP
        return str(credentials.access_key)

    def _document(self, model: OperationModel, context: Any) -> Mapping[str, Any] | None:
        """The parameter that was made a document of."""
        name = typed.document_name(model.name)
        if name is None:
            return None
        if self._captured.context is not context:
            raise NeedsHTTP
        document: Mapping[str, Any] = self._captured.params[name]
        return document

    # The way out

    def _answered(
        self, model: OperationModel, told: Told, params: dict[str, Any], context: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        url, method = params["url"], params["method"]
        if told.error is not None:
            return self._refused(model, url, writing.refused(told.error, method, told.ids), context)
        status, headers = writing.head(model.name, told.answer, told.ids)
        http = Answered(url, status, headers, lambda: writing.body(model.name, told.answer))
        try:
            parsed = typed.parsed(model.name, told.answer, status, headers)
        except NeedsHTTP:  # botocore may even try again; it is given this answer as if it had come by HTTP
            context[ANSWER] = writing.written(model.name, method, told.answer, told.ids)
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
        answer, failure = self._endpoint._do_get_response(Carried(http), model, context)
        if failure is not None:
            raise failure
        answer[1]["ResponseMetadata"]["RetryAttempts"] = 0
        return http, answer[1]


class _Captured(threading.local):
    """The parameters of this thread's call."""

    params: Mapping[str, Any]
    context: Any = None


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
    return module.startswith(("botocore.", "fakes3mp.doors.")) and module not in _ACTING and name != "disable_signing"


def _region(signer: Any, context: Any) -> str | None:
    region: str | None = context.get("signing", {}).get("region") or signer.region_name
    return region


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if not body:
        return b""
    if isinstance(body, str):
        return body.encode()
    if not isinstance(body, bytes):
        raise NeedsHTTP
    return body


def _whole(body: Any) -> Any:
    """An object's bytes, not copied where there is no need. What botocore might treat otherwise takes the long way."""
    if not body and not hasattr(body, "read"):
        return b""
    if type(body).__name__ == "ReadFileChunk":
        body.signal_transferring()
        return body.read()
    if type(body) not in _WHOLE:
        raise NeedsHTTP
    return body.read() if hasattr(body, "read") else body


class _Rewinding:
    """A body that is put back where it stood if the call takes the long way after all."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self.is_used = False

    def __enter__(self) -> _Rewinding:
        self._start = self._body.tell() if _is_seekable(self._body) else None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not self.is_used and self._start is not None:
            self._body.seek(self._start)
        return kind is NeedsHTTP


def _is_seekable(body: Any) -> bool:
    return hasattr(body, "tell") and (not hasattr(body, "seekable") or bool(body.seekable()))


def _add_lengths(operation: str, headers: dict[str, str], content: Content, algorithm: Any) -> None:
    """What botocore would add of an object's bytes: their length, and the checksum that it was told to compute."""
    if "content-length" in headers or not headers.get("content-encoding", "gzip").isalnum():
        raise NeedsHTTP
    headers["content-length"] = str(content.size)
    if not algorithm or algorithm["name"] in headers:
        return
    known = ALGORITHMS.get(str(algorithm["algorithm"]).upper())
    if known is None:
        raise NeedsHTTP
    content.compute(known.name, *DIGESTED.get(operation, ()))
    headers[algorithm["name"]] = content.checksum(known.name).value


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
    parsed[str(writing.plan(model.name).payload)] = body


class DirectDoor:
    """Opens and closes the fast door of botocore's clients; ``attach`` puts the faithful door's hook on an endpoint."""

    def __init__(self, attach: Callable[[Any], None]) -> None:
        self._attach = attach
        self._lock = threading.Lock()
        self._patches = Patches()
        self._hooks: WeakKeyDictionary[Any, DirectHook] = WeakKeyDictionary()
        self._methods: list[Any] = []

    def open(self) -> None:
        """Put the seam in place, and remember what must stay as it is now."""
        self._patches.replace(BaseClient, "_make_api_call", self._catching)
        self._methods = _methods()

    def close(self) -> None:
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
        if STACK.answering(client._endpoint.host) is None:
            return
        with self._lock:
            if client not in self._hooks:
                self._attach(client._endpoint)
                hook = self._hooks[client] = DirectHook(client, self._is_untouched)
                hook.register()

    def _is_untouched(self) -> bool:
        """Whether nobody has put a spy of his own in botocore's way from call to answer."""
        return _methods() == self._methods


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
