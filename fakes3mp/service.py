"""The corridor: every call comes through here, whatever door it entered by.

``handle`` takes HTTP and gives HTTP; in its middle, ``call`` takes typed parameters and gives a typed answer. Only an
S3Error becomes an S3 answer: any other exception is a mistake of ours, or strict mode, and reaches the test as itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from fakes3mp.core.buckets import is_directory
from fakes3mp.core.store import Store
from fakes3mp.credentials import Credentials
from fakes3mp.errors import S3Error, UnhonouredParameter
from fakes3mp.operations.authorizing import authorize, check_region
from fakes3mp.operations.configuration import payer_of
from fakes3mp.operations.directory import check_supported
from fakes3mp.operations.registry import Caller, Operation, registry
from fakes3mp.recorder import Call, Recorder
from fakes3mp.wire.messages import Origin, Request, Response
from fakes3mp.wire.reading import arrived
from fakes3mp.wire.writing import Ids, answer_names, checked_answer, refused, written

_SECRETS = ("SSECustomerKey", "CopySourceSSECustomerKey")


def _without_keys(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters as they may be kept: a customer's key is not, its MD5 is."""
    if not any(name in params for name in _SECRETS):
        return params
    return {name: value for name, value in params.items() if name not in _SECRETS}


class Service:
    """One fake's S3: its store, and the record of what was asked of it."""

    def __init__(self, store: Store, recorder: Recorder, credentials: Credentials, *, strict: bool = False) -> None:
        self.store = store
        self.credentials = credentials
        self.recorder = recorder
        self.strict = strict

    def handle(self, request: Request) -> Response:
        """Answer one HTTP request."""
        try:
            arrival = arrived(request)
            answer = self.call(arrival.operation, arrival.params, arrival.origin, arrival.defect)
        except S3Error as error:
            return refused(error, request.method, self._ids())
        return written(arrival.operation, request.method, answer, self._ids())

    def _ids(self) -> Ids:
        with self.store.lock:
            return Ids(*self.store.ids.request(), self.store.now())

    def call(
        self, operation: str, params: Mapping[str, Any], origin: Origin, defect: S3Error | None = None
    ) -> Mapping[str, Any]:
        """Answer one call, typed in and typed out, and record it."""
        began, started = time.perf_counter(), self.store.now()
        result: Mapping[str, Any] | None = None
        refusal: S3Error | None = None
        ignored: tuple[str, ...] = ()
        try:
            declared, meant = self._declared(operation), self._addressed(params)
            arguments, ignored = declared.bind(meant)
            caller = self._caller(origin)
            self._admit(operation, meant, caller, defect)
            self._check_honoured(operation, ignored)
            result = self._charged(operation, meant, self._run(declared, arguments, caller))
            return result
        except S3Error as error:
            refusal = error
            raise
        finally:
            if result is not None or refusal is not None:
                self.recorder.append(
                    Call(
                        operation=operation.rpartition(".")[2],
                        params=_without_keys(params),
                        ignored=ignored,
                        result=result,
                        error=refusal,
                        attempt=origin.attempt,
                        invocation_id=origin.invocation_id,
                        region=origin.region,
                        thread=threading.current_thread().name,
                        started=started,
                        began=began,
                        duration=time.perf_counter() - began,
                    )
                )

    def _declared(self, operation: str) -> Operation:
        try:
            return registry()[operation]
        except KeyError:
            raise S3Error("NotImplemented", f"fakes3mp does not implement {operation}.") from None

    def _addressed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters with the bucket by its own name, where they name an access point."""
        name = params.get("Bucket", "")
        with self.store.lock:
            bucket = self.store.bucket_named(name)
        return params if bucket == name else {**params, "Bucket": bucket}

    def _caller(self, origin: Origin) -> Caller:
        account = None if origin.access_key is None else self.credentials.account_of(origin.access_key)
        return Caller(account, origin.bucket_url, origin.endpoint_region, origin.is_path_style)

    def _admit(self, operation: str, params: Mapping[str, Any], caller: Caller, defect: S3Error | None) -> None:
        """Bucket, region and permission are judged before what was wrong with the request (O10)."""
        if is_directory(params.get("Bucket", "")):
            check_supported(operation, params, caller)
        with self.store.lock:
            check_region(self.store, operation, params, caller)
            authorize(self.store, operation, params, caller)
        if defect is not None:
            raise defect

    def _check_honoured(self, operation: str, ignored: tuple[str, ...]) -> None:
        if ignored and self.strict:
            raise UnhonouredParameter(
                f"{operation} was called with {', '.join(ignored)}, which fakes3mp does not act on. "
                "Drop strict=True to let it pass and find it in call.ignored."
            )

    def _charged(self, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """A requester who offered to pay is told of it, on a bucket where requesters do (S3's manual)."""
        if params.get("RequestPayer") != "requester" or "RequestCharged" not in answer_names(operation):
            return answer
        with self.store.lock:
            paying = payer_of(self.store.bucket(params["Bucket"])) == "Requester"
        return {**answer, "RequestCharged": "requester"} if paying else answer

    def perform(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a call of our own, as the fake's own account.

        Nothing is recorded, and a parameter that is not honoured is a mistake.
        """
        declared = self._declared(operation)
        arguments, ignored = declared.bind(params)
        if ignored:
            raise TypeError(f"{operation} does not honour {', '.join(ignored)}")
        return self._run(declared, arguments, Caller(self.store.account_id))

    def _run(self, declared: Operation, arguments: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        declared.check_complete(arguments)
        if declared.wants_caller:
            arguments["caller"] = caller
        with self.store.lock if declared.locked else nullcontext():
            answer = declared.run(self.store, **arguments)
        return checked_answer(declared.name, answer)
