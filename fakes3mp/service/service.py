"""The corridor: every call comes through here, whatever door it entered by; typed in and typed out.

Only an S3Error becomes an S3 answer: any other exception is a mistake of ours, or strict mode, and reaches the test as
itself. What is HTTP about a call is taken off and put on by exchange.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.access_points import is_access_point_name
from fakes3mp.core.buckets import is_directory
from fakes3mp.core.content import Content
from fakes3mp.core.lifecycle_actions import LifecycleAction, run
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, UnhonouredParameter
from fakes3mp.inspection.call_log import CallLog
from fakes3mp.operations.authorization import authorize, check_region
from fakes3mp.operations.configuration import payer_of
from fakes3mp.operations.directory_buckets import check_supported
from fakes3mp.operations.registry import Caller, Operation, declared
from fakes3mp.service.body_store import BodyStore
from fakes3mp.service.clock import Clock
from fakes3mp.service.credentials import Credentials
from fakes3mp.service.events import S3_ITSELF, Events
from fakes3mp.service.fault_effects import NO_EFFECT, FaultEffect
from fakes3mp.service.faults import Faults
from fakes3mp.wire.messages import ClientInfo, ConnectionFailure, TypedRequest
from fakes3mp.wire.response_writer import Ids, TypedResponse, answer_names, checked_answer


class Attempt(Struct):
    """What becomes known of a call while it walks through."""

    arrival: TypedRequest
    strike: FaultEffect
    started: datetime
    began: float  # seconds of the process's own clock
    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    broken: ConnectionFailure | None = None
    body: Content | None = None  # as it is kept

    def told(self) -> Mapping[str, Any]:
        """What the client hears of it."""
        if self.error is not None:
            raise self.error
        if self.broken is not None:
            raise self.broken
        assert self.result is not None
        return self.result


class Service:
    """One fake's S3: its store, and the record of what was asked of it."""

    def __init__(
        self,
        store: Store,
        recorder: CallLog,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        strict: bool = False,
        signatures: str = "checked",
        spool_over: int | None = None,
    ) -> None:
        self.store = store
        self.credentials = credentials
        self.recorder = recorder
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.events = Events(store)
        self.bodies = BodyStore(spool_over)
        self.strict = strict
        self.signatures = signatures  # "checked" where the secret is known, "required" to be known, or "ignored"
        self.clock.runs(self.pass_to)

    def pass_to(self, until: datetime) -> list[LifecycleAction]:
        """Let lifecycle rules do what is due by then."""
        done = run(self.store, until)
        self.events.deliver(S3_ITSELF)
        return done

    def ids(self, date: datetime) -> Ids:
        """What identifies one more answer, given at this time."""
        with self.store.lock:
            return Ids(*self.store.ids.request(), date)

    def call(self, arrival: TypedRequest, strike: FaultEffect = NO_EFFECT, ids: Ids | None = None) -> Mapping[str, Any]:
        """Answer one call, typed in and typed out, and record it."""
        attempt = self._attempted(arrival, strike)
        self._closed(attempt, ids or self.ids(attempt.started))
        return attempt.told()

    def answer_without_http(self, arrival: TypedRequest) -> TypedResponse | None:
        """Answer one call that no HTTP is needed for; None where it is, and then nothing was done or recorded.

        HTTP is needed where a fault may strike, and where a client would act on the answer before its user sees it.
        """
        if self.faults.concern(arrival.operation):
            return None
        attempt = self._attempted(arrival, NO_EFFECT)
        if attempt.error is not None and not attempt.error.is_final_for(arrival.operation):
            return None
        ids = self.ids(attempt.started)
        self._closed(attempt, ids)
        return TypedResponse(attempt.result or {}, attempt.error, ids)

    def _attempted(self, arrival: TypedRequest, strike: FaultEffect) -> Attempt:
        """What comes of a call. Any exception that is neither S3's nor the connection's is a mistake, and no call."""
        attempt = Attempt(arrival, strike, self.store.now(), time.perf_counter())
        self.clock.keep_up(attempt.started)
        try:
            attempt.result = self._answer(arrival, strike, attempt)
            strike.after()
        except S3Error as error:
            attempt.error = error
        except ConnectionFailure as broken:
            attempt.broken = broken
        return attempt

    def _closed(self, attempt: Attempt, ids: Ids) -> None:
        """The call has ended: it is recorded, and whoever listens hears of what it changed."""
        self._record(attempt)
        if self.events.are_due:
            account = self._caller(attempt.arrival.client_info).account
            self.events.deliver(f"AWS:{account or 'ANONYMOUS'}", ids.request, ids.host)

    def _answer(self, arrival: TypedRequest, strike: FaultEffect, attempt: Attempt) -> Mapping[str, Any]:
        """The answer, after all that is judged before the operation itself."""
        operation, client_info = arrival.operation, arrival.client_info
        asked, meant = self._declared(operation), self._addressed(arrival.params)
        arguments, attempt.ignored = asked.bind(meant, arrival.content)
        if "body" in arguments:
            arguments["body"] = attempt.body = self.bodies.kept(arguments["body"])
        strike.before()
        self._check_signature(client_info)
        caller = self._caller(client_info)
        self._admit(operation, meant, caller, arrival.defect)
        self._check_honoured(operation, attempt.ignored)
        return self._charged(operation, meant, self._run(asked, arguments, caller))

    def _check_signature(self, client_info: ClientInfo) -> None:
        """Signatures are judged before everything else (O158)."""
        if self.signatures == "ignored":
            return
        if client_info.forged is not None:
            raise client_info.forged
        if client_info.proof is not None:
            required = self.signatures == "required"
            client_info.proof.check(self.store.now(), self.credentials.secret_of, known_only=required)

    def _record(self, attempt: Attempt) -> None:
        arrival, client_info, answer = attempt.arrival, attempt.arrival.client_info, attempt.result
        fields = (
            arrival.operation.rpartition(".")[2],
            self.recorder.kept(arrival.params, attempt.body),
            attempt.ignored,
            None if answer is None else self.recorder.kept(answer),
            attempt.error,
            client_info.attempt,
            client_info.invocation_id,
            client_info.region,
            threading.current_thread().name,
            attempt.started,
            attempt.began,
            time.perf_counter() - attempt.began,
            client_info.waited,
            attempt.strike.name,
            attempt.broken is not None,
        )
        self.recorder.append(fields)

    def _declared(self, operation: str) -> Operation:
        found = declared(operation)
        if found is None:
            raise S3Error("NotImplemented", f"fakes3mp does not implement {operation}.")
        return found

    def _addressed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters with the bucket by its own name, where they name an access point."""
        name = params.get("Bucket", "")
        if not is_access_point_name(name):
            return params
        with self.store.lock:
            bucket = self.store.bucket_named(name)
        return params if bucket == name else {**params, "Bucket": bucket}

    def _caller(self, client_info: ClientInfo) -> Caller:
        account = None if client_info.access_key is None else self.credentials.account_of(client_info.access_key)
        by_form = client_info.proof is not None and client_info.proof.by_form
        return Caller(account, client_info.bucket_url, client_info.endpoint_region, client_info.is_path_style, by_form)

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
        asked = self._declared(operation)
        arguments, ignored = asked.bind(params)
        if ignored:
            raise TypeError(f"{operation} does not honour {', '.join(ignored)}")
        if "body" in arguments:
            arguments["body"] = self.bodies.kept(arguments["body"])
        try:
            return self._run(asked, arguments, Caller(self.store.account_id))
        finally:
            self.events.deliver(f"AWS:{self.store.account_id}")

    def _run(self, asked: Operation, arguments: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        asked.check_complete(arguments)
        if asked.wants_caller:
            arguments["caller"] = caller
        with self.store.lock if asked.locked else nullcontext():
            answer = asked.run(self.store, **arguments)
        return checked_answer(asked.name, answer)
