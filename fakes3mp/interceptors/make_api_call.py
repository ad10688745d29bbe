"""The ``_make_api_call`` interceptor: boto3's calls answered before botocore does anything with them.

It answers a call only where nobody could tell the difference: only botocore's own handlers listen, nobody has patched or
logs what is skipped, and the parameters are such that botocore would neither refuse nor change them. Any other call goes on
through botocore to the ``before-call`` interceptor, and may go on from there to ``before-send``.

The undocumented patch point is ``BaseClient._make_api_call``, which every call of every sync client passes, created at any
time. Where somebody else has replaced it, before or after us, botocore's own function runs after theirs.

tests/properties/test_ways_in.py compares the interceptors, response by response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from botocore.handlers import handle_copy_source_param

from fakes3mp.core.content import Content
from fakes3mp.interceptors.active import ACTIVE, ActiveFake
from fakes3mp.interceptors.before_call import BeforeCallHandler, BeforeCallInterceptor
from fakes3mp.interceptors.client_settings import (
    CallAddress,
    CallSettings,
    ClientSettings,
    client_settings,
    request_context,
)
from fakes3mp.interceptors.observers import ClientObservers, PatchCheck, is_silent
from fakes3mp.interceptors.serialised import RewindableBody, access_key_of, object_bytes
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from fakes3mp.wire.quirks import DIGESTS_COMPUTED_BY_S3
from fakes3mp.wire.typed_calls import NeedsHTTP

if TYPE_CHECKING:
    from fakes3mp.wire.response_writer import TypedResponse

_RANDOM = Random()  # of our own: faster than the system's source, and no user's seed is disturbed


class DirectCalls:
    """Answers the calls of one client, which it does not keep alive.

    ``handler`` is what would answer the client's calls at ``before-call``; ``register`` registers it, which puts responses
    into botocore's way that it has to parse.
    """

    def __init__(
        self, client: Any, handler: BeforeCallHandler, patch_check: PatchCheck, register: Callable[[Any], None]
    ) -> None:
        self._handler = handler
        self._register = register
        self._patch_check = patch_check
        self._settings: ClientSettings | None = client_settings(client)
        self._observers = ClientObservers(client)
        self._redirects = _redirects(client)

    def answer(self, client: Any, operation: str, params: Any) -> dict[str, Any] | None:
        """The response; None where the call has to go through botocore. Raises botocore's ClientError for an S3 error."""
        fake = ACTIVE.innermost
        if (
            fake is None
            or self._settings is None
            or fake.passthrough
            or ACTIVE.server_urls
            or not fake.allows_before_call
            or self._observers.last_handlers(operation) is None
            or not self._handler.can_skip(operation)
            or not (self._patch_check.is_unpatched() and self._observers.is_unpatched() and is_silent())
        ):
            return None
        settings = self._settings.call(client, operation, params)
        address = self._settings.address(client, operation, params.get("Bucket")) if settings else None
        if settings is None or address is None or params.get("Bucket") in self._redirects:
            return None
        return self._answer(fake, client, operation, params, settings, address)

    def _answer(
        self,
        fake: ActiveFake,
        client: Any,
        operation: str,
        params: Mapping[str, Any],
        settings: CallSettings,
        address: CallAddress,
    ) -> dict[str, Any] | None:
        response = None
        body = params.get(settings.plan.streamed) if settings.plan.streamed else None
        with RewindableBody(body) as rewindable:
            request = _typed_request(operation, params, settings, address, access_key_of(client._request_signer))
            response = fake.answer_without_http(request, client._endpoint.host)
            rewindable.is_used = response is not None
        if response is None:
            return None
        return self._respond(client, operation, response, settings, address.url)

    def _respond(
        self, client: Any, operation: str, response: TypedResponse, settings: CallSettings, url: str
    ) -> dict[str, Any]:
        """The parsed response, after botocore's last handlers; its exception for an error."""
        model = client._service_model.operation_model(operation)
        context: dict[str, Any] = {"checksum": settings.checksum_context}
        if settings.added_query:
            context["encoding_type_auto_set"] = True
        parsed: dict[str, Any]
        http, parsed = self._write_result(client, model, response, url, context)
        for handler in self._observers.last_handlers(operation) or ():
            handler(
                event_name=f"after-call.s3.{operation}", http_response=http, parsed=parsed, model=model, context=context
            )
        if http.status_code >= 300:
            code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(parsed, operation)
        return parsed

    def _write_result(self, client: Any, model: Any, response: TypedResponse, url: str, context: dict[str, Any]) -> Any:
        """The HTTP response and the parsed one."""
        if response.error is None:
            try:
                return self._handler.write_result(model, response, url, context)
            except NeedsHTTP:  # botocore has to parse it
                pass
        self._register(client)
        context.update(request_context(client, model))
        return self._handler.parse_result(model, response, url, context)


def _redirects(client: Any) -> Mapping[Any, Any]:
    """The regions of buckets that a client has been redirected to: a dictionary that botocore adds to."""
    for handler in client.meta.events._emitter._handlers.prefix_search("before-endpoint-resolution.s3"):
        if hasattr(handler, "__self__") and hasattr(handler.__self__, "_cache"):
            redirects: Mapping[Any, Any] = handler.__self__._cache
            return redirects
    return {}


class _UnwrittenHeaders(Mapping[str, str]):
    """The headers, or the query, of a request that is not written: whoever looks at them needs HTTP."""

    def __getitem__(self, name: str) -> str:
        raise NeedsHTTP

    def __iter__(self) -> Iterator[str]:
        raise NeedsHTTP

    def __len__(self) -> int:
        raise NeedsHTTP


_UNWRITTEN = _UnwrittenHeaders()


def _typed_request(
    operation: str, params: Mapping[str, Any], settings: CallSettings, address: CallAddress, access_key: str
) -> TypedRequest:
    """The request as the fake would read it; its parameters in the order of path, headers, query and body."""
    plan, content = settings.plan, None
    if plan.has_copy_source:
        params = dict(params)
        handle_copy_source_param(params)
    typed = {name: convert(params[name]) for name, convert in plan.head}
    typed.update(settings.added_headers)
    if plan.streamed is not None:
        content = _content(operation, params.get(plan.streamed, b""), settings.algorithm)
        if plan.has_length:
            typed["ContentLength"] = content.size
        if settings.algorithm is not None:
            typed[settings.checksum_member] = content.checksum(settings.algorithm).value
    for name, convert in plan.query:
        typed[name] = convert(params[name])
    typed.update(settings.added_query)
    if content is not None and content.size:
        typed[str(plan.streamed)] = content.read()
    elif plan.document is not None:
        name, convert = plan.document
        typed[name] = convert(params[name])
    return TypedRequest(operation, typed, _client_info(address, access_key), None, content)


def _content(operation: str, body: Any, algorithm: str | None) -> Content:
    """An object's bytes, with the digests that S3 and the client compute of them."""
    if type(body) is str and body.isascii():
        body = body.encode()
    elif not isinstance(body, (bytes, bytearray)) and not hasattr(body, "read"):
        raise NeedsHTTP  # botocore refuses it
    content = Content(body) if type(body) is bytes else Content.of(object_bytes(body))
    if algorithm is not None:
        content.compute(algorithm, *DIGESTS_COMPUTED_BY_S3.get(operation, ()))
    return content


def _client_info(address: CallAddress, access_key: str) -> ClientInfo:
    return ClientInfo(
        bucket_url=address.bucket_url,
        region=address.signing_region,
        endpoint_region=address.endpoint_region,
        access_key=access_key,
        is_path_style=address.is_path_style,
        invocation_id=_new_invocation_id(),
        signing_region=address.signing_region,
        headers=_UNWRITTEN,
        query=_UNWRITTEN,
    )


def _new_invocation_id() -> str:
    """The text of a UUID of version 4."""
    digits = f"{_RANDOM.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class MakeApiCallInterceptor(BeforeCallInterceptor):
    """Answers the calls of boto3's clients where they reach ``BaseClient._make_api_call``; others go on."""

    def __init__(self, add_before_send_handler: Callable[[Any], None], *package: str) -> None:
        super().__init__(add_before_send_handler, *package)
        self._direct_calls: WeakKeyDictionary[Any, DirectCalls] = (
            WeakKeyDictionary()
        )  # client -> what answers its calls

    def forget(self) -> None:
        """Put every client back as it was."""
        super().forget()
        if self._direct_calls:
            with self._lock:
                self._direct_calls.clear()

    def _patched_make_api_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        library = self._library
        is_botocores, patch_check = library.is_plain(original), PatchCheck(library.is_plain)

        def _make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
            if is_botocores and getattr(client._make_api_call, "__func__", None) is _make_api_call:
                direct_calls = self._direct_calls.get(client) or self._add_direct_calls(client, patch_check)
                if direct_calls is not None:
                    response = direct_calls.answer(client, operation_name, api_params)
                    if response is not None:
                        return response
            self.add_handler(client)
            return original(client, operation_name, api_params)

        return _make_api_call

    def _add_direct_calls(self, client: Any, patch_check: PatchCheck) -> DirectCalls | None:
        """What answers the calls of a client from now on; None for a client that is not S3's."""
        if client._service_model.service_name != "s3" or ACTIVE.fake_for(client._endpoint.host) is None:
            return None
        handler = BeforeCallHandler(client, self._library)
        with self._lock:
            return self._direct_calls.setdefault(client, DirectCalls(client, handler, patch_check, self.add_handler))
