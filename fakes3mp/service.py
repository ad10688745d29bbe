"""The corridor: every call comes through here, whatever door it entered by.

``handle`` takes HTTP and gives HTTP; in its middle, ``call`` takes typed parameters and gives a typed answer. Only an
S3Error becomes an S3 answer: any other exception is a mistake of ours, or strict mode, and reaches the test as itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fakes3mp.clock import Clock
from fakes3mp.core.buckets import is_directory
from fakes3mp.core.expiring import LifecycleAction, run
from fakes3mp.core.store import Store
from fakes3mp.credentials import Credentials
from fakes3mp.crossing import preflight, shared
from fakes3mp.errors import S3Error, UnhonouredParameter
from fakes3mp.events import S3_ITSELF, Events
from fakes3mp.faults import Faults
from fakes3mp.operations.authorizing import authorize, check_region
from fakes3mp.operations.configuration import payer_of
from fakes3mp.operations.directory import check_supported
from fakes3mp.operations.registry import Caller, Operation, registry
from fakes3mp.recorder import Call, Recorder
from fakes3mp.strikes import MISSED, Strike
from fakes3mp.wire.forms import posted
from fakes3mp.wire.messages import Broken, Origin, Request, Response
from fakes3mp.wire.reading import arrived
from fakes3mp.wire.writing import Ids, answer_names, checked_answer, refused, written


@dataclass
class Outcome:
    """What becomes known of a call while it walks through."""

    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    broken: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether it was answered, refused or broken off; what ends otherwise is a mistake and no call."""
        return self.result is not None or self.error is not None or self.broken


class Service:
    """One fake's S3: its store, and the record of what was asked of it."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        strict: bool = False,
        signatures: str = "checked",
    ) -> None:
        self.store = store
        self.credentials = credentials
        self.recorder = recorder
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.events = Events(store)
        self.strict = strict
        self.signatures = signatures  # "checked" where the secret is known, "required" to be known, or "ignored"
        self.clock.runs(self.pass_to)

    def pass_to(self, until: datetime) -> list[LifecycleAction]:
        """Let lifecycle rules do what is due by then."""
        done = run(self.store, until)
        self.events.deliver(S3_ITSELF)
        return done

    def handle(self, request: Request) -> Response:
        """Answer one HTTP request; raises Broken where a fault breaks the connection instead."""
        return shared(self.store, request, self._handled(request, self._ids()))

    def _handled(self, request: Request, ids: Ids) -> Response:
        strike, form = MISSED, None
        try:
            if asked := preflight(self.store, request, ids):
                return asked
            form = posted(request)
            request = form.as_put() if form else request
            arrival = arrived(request)
            strike = self.faults.strike(arrival.operation.rpartition(".")[2], arrival.params, arrival.origin)
            received = strike.received(request)
            if received is not request:
                arrival = arrived(received)
            answer = self.call(arrival.operation, arrival.params, arrival.origin, arrival.defect, strike, ids)
        except S3Error as error:
            return strike.sent(refused(error, request.method, ids))
        response = written(arrival.operation, request.method, answer, ids)
        return strike.sent(form.answered(response) if form else response)

    def _ids(self) -> Ids:
        with self.store.lock:
            return Ids(*self.store.ids.request(), self.store.now())

    def call(
        self,
        operation: str,
        params: Mapping[str, Any],
        origin: Origin,
        defect: S3Error | None = None,
        strike: Strike = MISSED,
        ids: Ids | None = None,
    ) -> Mapping[str, Any]:
        """Answer one call, typed in and typed out, and record it."""
        began, started = time.perf_counter(), self.store.now()
        self.clock.keep_up(started)
        attempt = Outcome()
        try:
            attempt.result = self._answer(operation, params, origin, defect, strike, attempt)
            strike.after()
            return attempt.result
        except S3Error as error:
            attempt.error = error
            raise
        except Broken:
            attempt.broken = True
            raise
        finally:
            if attempt.has_ended:
                self._record(operation, params, origin, attempt, strike, started, began)
                principal = f"AWS:{self._caller(origin).account or 'ANONYMOUS'}"
                self.events.deliver(principal, *((ids.request, ids.host) if ids else ()))

    def _answer(
        self,
        operation: str,
        params: Mapping[str, Any],
        origin: Origin,
        defect: S3Error | None,
        strike: Strike,
        attempt: Outcome,
    ) -> Mapping[str, Any]:
        """The answer, after all that is judged before the operation itself."""
        declared, meant = self._declared(operation), self._addressed(params)
        arguments, attempt.ignored = declared.bind(meant)
        strike.before()
        self._check_signature(origin)
        caller = self._caller(origin)
        self._admit(operation, meant, caller, defect)
        self._check_honoured(operation, attempt.ignored)
        return self._charged(operation, meant, self._run(declared, arguments, caller))

    def _check_signature(self, origin: Origin) -> None:
        """Signatures are judged before everything else (O158)."""
        if self.signatures == "ignored":
            return
        if origin.forged is not None:
            raise origin.forged
        if origin.proof is not None:
            required = self.signatures == "required"
            origin.proof.check(self.store.now(), self.credentials.secret_of, known_only=required)

    def _record(
        self,
        operation: str,
        params: Mapping[str, Any],
        origin: Origin,
        attempt: Outcome,
        strike: Strike,
        started: datetime,
        began: float,
    ) -> None:
        self.recorder.append(
            Call(
                operation=operation.rpartition(".")[2],
                params=self.recorder.kept(params),
                ignored=attempt.ignored,
                result=None if attempt.result is None else self.recorder.kept(attempt.result),
                error=attempt.error,
                attempt=origin.attempt,
                invocation_id=origin.invocation_id,
                region=origin.region,
                thread=threading.current_thread().name,
                started=started,
                began=began,
                duration=time.perf_counter() - began,
                waited=origin.waited,
                fault=strike.name,
                broken=attempt.broken,
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
        by_form = origin.proof is not None and origin.proof.by_form
        return Caller(account, origin.bucket_url, origin.endpoint_region, origin.is_path_style, by_form)

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
        try:
            return self._run(declared, arguments, Caller(self.store.account_id))
        finally:
            self.events.deliver(f"AWS:{self.store.account_id}")

    def _run(self, declared: Operation, arguments: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        declared.check_complete(arguments)
        if declared.wants_caller:
            arguments["caller"] = caller
        with self.store.lock if declared.locked else nullcontext():
            answer = declared.run(self.store, **arguments)
        return checked_answer(declared.name, answer)
