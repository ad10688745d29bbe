"""The botocore interceptor: boto3's calls reach the fake without a socket.

Every undocumented patch point and attribute of botocore that it relies on is in this file:

* ``Endpoint.make_request``: every call of every sync client, created at any time, passes it. There we only register our
  handler of the documented ``before-send`` event, as the client's first; the handler answers, so nothing is sent.
* ``RequestSigner.get_auth_instance``: a client created where no credentials were set cannot sign; it gets dummy ones. What
  it returns has the ``credentials`` that the client signs with.
* ``Endpoint._event_emitter``, ``Endpoint.host``, ``RequestSigner._credentials``, ``RequestSigner._service_id``.
* ``botocore.endpoint.time.sleep``, ``TokenBucket.acquire`` (adaptive mode): how a client waits before it retries.
* ``request_dict["context"]["client_config"]``: after how many attempts the client gives up.
* ``HeadersDict._dict`` and ``_HeaderKey._lower``: reading headers through the mapping costs a tenth of a small call.
* ``AwsChunkedWrapper._raw``, ``_checksum_cls``, ``_checksum_name``: the body before it is framed.

tests/interceptors/test_patch_points.py fails when botocore moves one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fakes3mp.interceptors import other_services
from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.botocore_responses import PreparedResponse, ResponseBody, botocore_error
from fakes3mp.interceptors.patches import ModuleInterceptor, ModuleProxy, Patches
from fakes3mp.interceptors.request_bodies import as_text, read_body
from fakes3mp.interceptors.retries import KNOWN_RESPONSE, current_call, skip_wait, track_call
from fakes3mp.locks import create_lock
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.service.learned_secrets import LEARNED_SECRETS
from fakes3mp.wire.messages import ConnectionFailure, Request, Response

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.endpoint import Endpoint
    from botocore.model import OperationModel

    from fakes3mp.interceptors.before_call import BeforeCallInterceptor

TEXT_ENCODING = "iso-8859-1"  # in which http.client sends text files


class BeforeSendHandler:
    """The ``before-send`` handler of one client's endpoint."""

    def __init__(self, host: str, package: str, event: str) -> None:
        self._host = host
        self.event = event
        self._service = other_services.SERVICES_BY_EVENT[event]
        self._package = package
        self._awsrequest = import_module(f"{package}.awsrequest")

    def __call__(self, request: AWSPreparedRequest | PreparedResponse, **kwargs: Any) -> AWSResponse | None:
        """Answer the request; None sends it, to an exempt endpoint."""
        if isinstance(request, PreparedResponse):
            return request.response  # type: ignore[no-any-return]
        url = str(request.url)
        fake = ACTIVE.fake_for(url)
        if fake is None or not other_services.is_answered(fake, self._service, url):
            return None
        body = read_body(without_framing(request.body), TEXT_ENCODING)
        known_response = current_call().take_known_response()
        response: AWSResponse = (
            self.aws_response(url, known_response) if known_response else self.respond(fake, request, body)
        )
        return response

    def respond(self, fake: ActiveFake, request: AWSPreparedRequest, body: bytes) -> Any:
        """The fake's response as botocore's, or botocore's exception for a connection that failed."""
        try:
            response = fake.handle(read_request(request, body, self._host))
        except ConnectionFailure as failure:
            raise botocore_error(failure, request, self._package) from None
        return self.aws_response(str(request.url), response)

    def aws_response(self, url: str, response: Response) -> Any:
        """A response in the class of this botocore."""
        raw = ResponseBody(response.body, response.declared_size)
        return self._awsrequest.AWSResponse(url, response.status, response.headers, raw)


class BotocoreInterceptor(ModuleInterceptor):
    """Catches the calls of one botocore's clients for the active fakes.

    There are several botocores: IBM ships its own, ``ibm_botocore``, with the same patch points. One that the user has not
    imported is not imported by us; it is patched when it is imported while a fake is active.

    ``async_handler`` is the class of ``before-send`` handlers for endpoints that await them.
    """

    def __init__(self, package: str = "botocore", async_handler: type[BeforeSendHandler] = BeforeSendHandler) -> None:
        super().__init__(f"{package}.client")  # it imports all that is patched
        self._package = package
        self._async_handler = async_handler
        self._lock = create_lock()
        self._handlers: WeakKeyDictionary[Any, BeforeSendHandler] = WeakKeyDictionary()  # endpoint -> handler
        self._before_call: BeforeCallInterceptor | None = None

    def patch(self, module: Any, patches: Patches) -> None:
        self._patch_endpoints(patches)
        if self._before_call is None:
            self._before_call = _before_call_interceptor(self._package)(self.add_s3_handler, self._package)
        self._before_call.patch(patches)

    def is_current(self) -> bool:
        return self._before_call is not None and self._before_call.is_current()

    def _patch_endpoints(self, patches: Patches) -> None:
        endpoint, signers, bucket, credentials = (
            import_module(f"{self._package}.{name}")
            for name in ("endpoint", "signers", "retries.bucket", "credentials")
        )
        dummy_credentials = credentials.Credentials(ACCESS_KEY, SECRET_KEY)
        patches.replace(endpoint.Endpoint, "make_request", self._patched_make_request)
        patches.replace(
            signers.RequestSigner, "get_auth_instance", partial(patched_get_auth_instance, dummy_credentials)
        )
        patches.replace(endpoint.Endpoint, "_send", other_services.patched_send)
        patches.replace(endpoint, "time", TimeProxy)
        patches.replace(bucket.TokenBucket, "acquire", _patched_acquire)

    def remove(self) -> None:
        """Put botocore and every client back as they were."""
        super().remove()
        if self._before_call is not None:
            self._before_call.forget()
        if not self._handlers:
            return
        with self._lock:
            for endpoint, handler in list(self._handlers.items()):
                endpoint._event_emitter.unregister(handler.event, handler)
            self._handlers.clear()

    def _patched_make_request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_request(endpoint: Endpoint, operation_model: OperationModel, request_dict: Any) -> Any:
            fake, service = ACTIVE.fake_for(endpoint.host), operation_model.service_model.service_name
            if fake is None:
                return original(endpoint, operation_model, request_dict)
            if not other_services.is_answered(fake, service, endpoint.host):
                make_other = other_services.make_async_request if _is_async(endpoint) else other_services.make_request
                return make_other(original, endpoint, operation_model, request_dict)
            event = other_services.BEFORE_SEND_EVENTS[service]
            self._add_handler(endpoint, event)
            attempts = _max_attempts(request_dict), request_dict.get("context", {}).pop(KNOWN_RESPONSE, None)
            if _is_async(endpoint):
                return _await_call(attempts, original, endpoint, operation_model, request_dict)
            with track_call(*attempts):
                return original(endpoint, operation_model, request_dict)

        return make_request

    def add_s3_handler(self, endpoint: Any) -> None:
        """Register a ``before-send`` handler with the endpoint of an S3 client, unless that is done already."""
        self._add_handler(endpoint, other_services.BEFORE_SEND_EVENTS["s3"])

    def _add_handler(self, endpoint: Any, event: str) -> None:
        if endpoint in self._handlers:
            return
        with self._lock:
            if endpoint not in self._handlers:
                handler_class = self._async_handler if _is_async(endpoint) else BeforeSendHandler
                handler = handler_class(endpoint.host, self._package, event)
                endpoint._event_emitter.register_first(event, handler)
                self._handlers[endpoint] = handler


def _before_call_interceptor(package: str) -> type[BeforeCallInterceptor]:
    """The interceptor above this one, which imports botocore."""
    if package == "botocore":
        from fakes3mp.interceptors.make_api_call import MakeApiCallInterceptor

        return MakeApiCallInterceptor
    from fakes3mp.interceptors.before_call import BeforeCallInterceptor

    return BeforeCallInterceptor


def patched_get_auth_instance(credentials: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    """``get_auth_instance``, with these credentials for clients of S3 and STS without any; what it returns may be awaited.

    The secret that the client signs or presigns with is learned.
    """

    def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        if str(signer._service_id) not in ("S3", "S3 Control", "STS"):
            return original(signer, *args, **kwargs)
        if signer._credentials is None:
            kwargs.setdefault("request_credentials", credentials)
        auth = original(signer, *args, **kwargs)
        return _learn_awaited_secret(auth) if isawaitable(auth) else _learn_secret(auth)

    return get_auth_instance


def _learn_secret(auth: Any) -> Any:
    credentials = getattr(auth, "credentials", None)
    if credentials is not None and credentials.access_key and credentials.secret_key:
        LEARNED_SECRETS.learn(credentials.access_key, credentials.secret_key)
    return auth


async def _learn_awaited_secret(auth: Any) -> Any:
    return _learn_secret(await auth)


def _max_attempts(request_dict: Any) -> int | None:
    """After how many attempts a client gives up; in legacy mode botocore's first label does not say so (F110)."""
    config = request_dict.get("context", {}).get("client_config")
    max_attempts: int | None = (getattr(config, "retries", None) or {}).get("total_max_attempts")
    return max_attempts


def _is_async(endpoint: Any) -> bool:
    """Whether an endpoint is one of aiobotocore's."""
    return iscoroutinefunction(type(endpoint)._send_request)


async def _await_call(attempts: tuple[int | None, Response | None], original: Callable[..., Any], *args: Any) -> Any:
    with track_call(*attempts):
        return await original(*args)


def read_request(request: AWSPreparedRequest, body: bytes, endpoint: str) -> Request:
    """The fake's ``Request`` for botocore's prepared one; ``body`` is the body without aws-chunked framing."""
    headers = {name._lower: as_text(value) for name, value in request.headers._dict.items()}  # type: ignore[attr-defined]
    call, trailers = current_call(), _trailers(request.body, body)
    return Request(
        str(request.method), str(request.url), headers, body, endpoint, trailers, call.max_attempts, call.take_waited()
    )


def _is_framed(body: Any) -> bool:
    return type(body).__name__.endswith("AwsChunkedWrapper")


def without_framing(body: Any) -> Any:
    """The body inside the one that botocore would frame as aws-chunked: the fake would only take the framing off again."""
    return body._raw if _is_framed(body) else body


def _trailers(framed: Any, body: bytes) -> dict[str, str] | None:
    """The trailers that a framed body would end with: its checksum, computed by botocore's own class."""
    if not _is_framed(framed):
        return None
    if framed._checksum_cls is None:
        return {}
    checksum = framed._checksum_cls()
    checksum.update(body)
    return {framed._checksum_name.lower(): checksum.b64digest()}


class TimeProxy(ModuleProxy):
    """The module ``time`` in botocore's endpoint, with another ``sleep``."""

    def sleep(self, seconds: float) -> None:
        if not skip_wait(seconds):
            self._module.sleep(seconds)


def _patched_acquire(original: Callable[..., bool]) -> Callable[..., bool]:
    """Adaptive mode delays calls by a bucket of tokens; here a call does not wait for the bucket to fill."""

    def acquire(bucket: Any, amount: int = 1, block: bool = True) -> bool:
        with bucket._lock:
            bucket._refill()
            seconds = bucket._sleep_amount(amount)
        if block and seconds > 0 and skip_wait(seconds):
            return True
        return original(bucket, amount, block)

    return acquire
