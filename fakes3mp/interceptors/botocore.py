"""The botocore door: boto3's calls reach the fake without a socket.

Every undocumented seam of botocore that we rely on is in this file:

* ``Endpoint.make_request``: every call of every sync client, of any age, passes it. We use it only to see to it that our
  handler of the documented ``before-send`` event stands first on that client; the handler answers, so nothing is sent.
* ``RequestSigner.get_auth_instance``: a client made where no credentials were set cannot sign; it is lent dummies.
* ``Endpoint._event_emitter``, ``Endpoint.host``, ``RequestSigner._credentials``, ``RequestSigner._service_id``.
* ``botocore.endpoint.time.sleep``, ``TokenBucket.acquire`` (adaptive mode): how a client waits before it tries again.
* ``request_dict["context"]["client_config"]``: after how many attempts the client gives up.
* ``HeadersDict._dict`` and ``_HeaderKey._lower``: reading headers through the mapping costs a tenth of a small call.
* ``AwsChunkedWrapper._raw``, ``_checksum_cls``, ``_checksum_name``: the body before it is framed.

tests/interceptors/test_patch_points.py fails loudly when botocore moves one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fakes3mp.interceptors.active import ACTIVE, ActiveFake, Interceptor
from fakes3mp.interceptors.botocore_responses import PreparedResponse, Raw, as_botocore
from fakes3mp.interceptors.import_hooks import unwatch, watch
from fakes3mp.interceptors.patches import ModuleProxy, Patches
from fakes3mp.interceptors.request_bodies import as_text, whole
from fakes3mp.interceptors.retries import ANSWER, calling, current, skips
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.messages import ConnectionFailure, Request, Response

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.endpoint import Endpoint
    from botocore.model import OperationModel

TEXT = "iso-8859-1"  # what http.client makes of text files
_EVENTS = {"s3": "before-send.s3", "s3control": "before-send.s3-control"}


class BotocoreInterceptor:
    """Opens and closes the way from one botocore's clients to the active fakes.

    There are several botocores: IBM ships its own, with the same seams under another name. One that the user has not
    imported is not imported by us; if it is while a fake is active, its seams are put in place then.
    """

    def __init__(self, package: str = "botocore") -> None:
        self._package = package
        self._lock = threading.Lock()
        self._patches = Patches()
        self._hooks: WeakKeyDictionary[Any, BeforeSendHandler] = WeakKeyDictionary()
        self._before_call: Interceptor | None = None

    def install(self) -> None:
        """Put the seams in place, now or when this botocore is imported."""
        watch(f"{self._package}.client", self._place)  # which has imported all that we touch

    def _place(self) -> None:
        endpoint, signers, bucket = (
            import_module(f"{self._package}.{name}") for name in ("endpoint", "signers", "retries.bucket")
        )
        self._patches.replace(endpoint.Endpoint, "make_request", self._attaching)
        self._patches.replace(signers.RequestSigner, "get_auth_instance", self._lending)
        self._patches.replace(endpoint, "time", TimeProxy)
        self._patches.replace(bucket.TokenBucket, "acquire", _acquiring)
        if self._package == "botocore":
            self._install_before_call()

    def _install_before_call(self) -> None:
        from fakes3mp.interceptors.before_call import BeforeCallInterceptor

        self._before_call = BeforeCallInterceptor(lambda endpoint: self._attach(endpoint, _EVENTS["s3"]))
        self._before_call.install()

    def remove(self) -> None:
        """Leave botocore and every client as they were."""
        unwatch(f"{self._package}.client")
        if self._before_call is not None:
            self._before_call.remove()
            self._before_call = None
        self._patches.undo()
        with self._lock:
            for endpoint, hook in list(self._hooks.items()):
                endpoint._event_emitter.unregister(hook.event, hook)
            self._hooks.clear()

    def _attaching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_request(endpoint: Endpoint, operation_model: OperationModel, request_dict: Any) -> Any:
            event = _EVENTS.get(operation_model.service_model.service_name)
            if event is None or ACTIVE.answering(endpoint.host) is None:
                return original(endpoint, operation_model, request_dict)
            self._attach(endpoint, event)
            most = _most_attempts(request_dict)
            if is_async(endpoint):
                return _awaited(most, original, endpoint, operation_model, request_dict)
            with calling(most, request_dict.get("context", {}).pop(ANSWER, None)):
                return original(endpoint, operation_model, request_dict)

        return make_request

    def _attach(self, endpoint: Any, event: str) -> None:
        if endpoint in self._hooks:
            return
        with self._lock:
            if endpoint not in self._hooks:
                hook = _hook(endpoint)(endpoint.host, self._package, event)
                endpoint._event_emitter.register_first(event, hook)
                self._hooks[endpoint] = hook

    def _lending(self, original: Callable[..., Any]) -> Callable[..., Any]:
        return lending(import_module(f"{self._package}.credentials").Credentials(ACCESS_KEY, SECRET_KEY), original)


def lending(credentials: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    """Signing with dummies where an S3 client has no credentials at all; what it returns may be awaited."""

    def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        if signer._credentials is None and str(signer._service_id) in ("S3", "S3 Control"):
            kwargs.setdefault("request_credentials", credentials)
        return original(signer, *args, **kwargs)

    return get_auth_instance


def _most_attempts(request_dict: Any) -> int | None:
    """After how many attempts a client gives up; in legacy mode botocore's first label does not say so (F110)."""
    config = request_dict.get("context", {}).get("client_config")
    most: int | None = (getattr(config, "retries", None) or {}).get("total_max_attempts")
    return most


class BeforeSendHandler:
    """The ``before-send`` handler of one client's endpoint."""

    def __init__(self, host: str, package: str, event: str) -> None:
        self._host = host
        self.event = event
        self._package = package
        self._answers = import_module(f"{package}.awsrequest")

    def __call__(self, request: AWSPreparedRequest | PreparedResponse, **kwargs: Any) -> AWSResponse | None:
        """Answer the request; None lets it go on to an exempt endpoint."""
        if isinstance(request, PreparedResponse):
            return request.answer  # type: ignore[no-any-return]
        url = str(request.url)
        fake = ACTIVE.answering(url)
        if fake is None:
            return None
        raw, known = whole(unwrapped(request.body), TEXT), current().known_answer()
        answer: AWSResponse = self.shaped(url, known) if known else self.answer(fake, request, raw)
        return answer

    def answer(self, fake: ActiveFake, request: AWSPreparedRequest, raw: bytes) -> Any:
        """What this botocore takes for an answer."""
        try:
            response = fake.handle(translated(request, raw, self._host))
        except ConnectionFailure as broken:
            raise as_botocore(broken, request, self._package) from None
        return self.shaped(str(request.url), response)

    def shaped(self, url: str, response: Response) -> Any:
        """An answer in the class of this botocore's."""
        raw = Raw(response.body, response.meant)
        return self._answers.AWSResponse(url, response.status, response.headers, raw)


def is_async(endpoint: Any) -> bool:
    """Whether an endpoint is one of aiobotocore's."""
    return iscoroutinefunction(type(endpoint)._send_request)


def _hook(endpoint: Any) -> type[BeforeSendHandler]:
    if not is_async(endpoint):
        return BeforeSendHandler
    from fakes3mp.interceptors.aiobotocore import AsyncBeforeSendHandler

    return AsyncBeforeSendHandler


async def _awaited(max_attempts: int | None, original: Callable[..., Any], *args: Any) -> Any:
    with calling(max_attempts):
        return await original(*args)


def translated(request: AWSPreparedRequest, raw: bytes, endpoint: str) -> Request:
    """Botocore's prepared request as the wire's, with its body as the user gave it."""
    headers = {name._lower: as_text(value) for name, value in request.headers._dict.items()}  # type: ignore[attr-defined]
    call, trailers = current(), _trailers(request.body, raw)
    return Request(
        str(request.method), str(request.url), headers, raw, endpoint, trailers, call.max_attempts, call.passed()
    )


def _is_framed(body: Any) -> bool:
    return type(body).__name__.endswith("AwsChunkedWrapper")


def unwrapped(body: Any) -> Any:
    """What botocore would frame as aws-chunked: the framing is taken off again at once, so it is not put on."""
    return body._raw if _is_framed(body) else body


def _trailers(body: Any, raw: bytes) -> dict[str, str] | None:
    """The trailer a framed body would end with, by the checksum class that the framing would use."""
    if not _is_framed(body):
        return None
    if body._checksum_cls is None:
        return {}
    checksum = body._checksum_cls()
    checksum.update(raw)
    return {body._checksum_name.lower(): checksum.b64digest()}


class TimeProxy(ModuleProxy):
    """The module ``time`` in botocore's endpoint, but for sleep."""

    def sleep(self, seconds: float) -> None:
        if not skips(seconds):
            self._real.sleep(seconds)


def _acquiring(original: Callable[..., bool]) -> Callable[..., bool]:
    """Adaptive mode holds calls back by a bucket of tokens; it is asked without waiting for it to fill."""

    def acquire(bucket: Any, amount: int = 1, block: bool = True) -> bool:
        with bucket._lock:
            bucket._refill()
            short = bucket._sleep_amount(amount)
        if block and short > 0 and skips(short):
            return True
        return original(bucket, amount, block)

    return acquire


INTERCEPTORS = (BotocoreInterceptor(), BotocoreInterceptor("ibm_botocore"))
