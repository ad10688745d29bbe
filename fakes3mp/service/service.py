"""The request pipeline: every call goes through it, with typed parameters in and a typed response out.

Only an S3Error becomes an S3 response. Any other exception is a bug of the fake, or strict mode, and reaches the test as
itself. HTTP is read and written in ``service.http``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.access_points import is_access_point_name
from fakes3mp.core.buckets import is_directory
from fakes3mp.core.content import Content
from fakes3mp.core.lifecycle_actions import LifecycleAction, run_lifecycle
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, UnhonouredParameter
from fakes3mp.inspection.call_log import CallLog
from fakes3mp.operations.authorization import authorize, check_endpoint_region
from fakes3mp.operations.configuration_documents import get_request_payer
from fakes3mp.operations.directory_buckets import check_directory_bucket_request
from fakes3mp.operations.registry import Caller, Operation, find_operation
from fakes3mp.service.body_store import BodyStore
from fakes3mp.service.clock import Clock
from fakes3mp.service.credentials import Credentials
from fakes3mp.service.events import S3_ITSELF, Events
from fakes3mp.service.fault_effects import NO_EFFECT, FaultEffect
from fakes3mp.service.fault_incidents import Crash
from fakes3mp.service.faults import Faults
from fakes3mp.service.late_arrivals import ARRIVED_LATE
from fakes3mp.wire.messages import ClientInfo, ConnectionFailure, TypedRequest
from fakes3mp.wire.response_writer import ResponseIds, TypedResponse, check_result, result_members


class RunningCall(Struct):
    """One call on its way through the pipeline: what the call log will hold of it."""

    request: TypedRequest
    effect: FaultEffect
    started: datetime  # the fake's time
    started_at: float  # seconds of ``time.perf_counter``
    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    connection_failure: ConnectionFailure | Crash | None = None  # why the client receives nothing
    body: Content | None = None  # as the store holds it


class Service:
    """The S3 service of one fake: its store, and all that calls of it go through.

    Parameters
    ----------
    store : Store
        Buckets, objects and uploads.
    call_log : CallLog
        Where calls are recorded.
    credentials : Credentials
        The access keys that are known.
    clock : Clock, optional
        The time by which lifecycle rules run.
    faults : Faults, optional
        The fault rules that apply to calls.
    strict : bool
        Whether a parameter that the operation does not act on raises UnhonouredParameter.
    signatures : str
        "checked" where the secret key is known, "required" to have a known secret key, or "ignored".
    spool_over : int, optional
        Bodies longer than so many bytes are stored in temporary files.
    """

    def __init__(
        self,
        store: Store,
        call_log: CallLog,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        strict: bool = False,
        signatures: str = "checked",
        spool_over: int | None = None,
    ) -> None:
        self.store = store
        self.call_log = call_log
        self.credentials = credentials
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.events = Events(store)
        self.bodies = BodyStore(spool_over)
        self.strict = strict
        self.signatures = signatures
        self.clock.set_lifecycle_runner(self.run_lifecycle_rules)

    def run_lifecycle_rules(self, until: datetime) -> list[LifecycleAction]:
        """Do what lifecycle rules have due by this time, and deliver its events. Returns what was done."""
        actions = run_lifecycle(self.store, until)
        self.events.deliver(S3_ITSELF)
        return actions

    def ids(self, date: datetime) -> ResponseIds:
        """The ids of one more response, sent at this time."""
        with self.store.lock:
            return ResponseIds(*self.store.ids.request(), date)

    def answer(
        self, request: TypedRequest, effect: FaultEffect = NO_EFFECT, ids: ResponseIds | None = None
    ) -> Mapping[str, Any]:
        """Answer one call and record it.

        Returns the members of the response. Raises S3Error where S3 would answer with an error, and ConnectionFailure
        where a fault breaks the connection.
        """
        call = self._process(request, effect)
        self._finish(call, ids or self.ids(call.started))
        if call.error is not None:
            raise call.error
        if call.connection_failure is not None:
            raise call.connection_failure
        assert call.result is not None
        return call.result

    def answer_without_http(self, request: TypedRequest) -> TypedResponse | None:
        """Answer one call that needs no HTTP, and record it.

        Returns None where HTTP is needed: where a fault rule is about the operation, and where the client acts on the
        response before its user sees it (it retries, or redirects the request). Then nothing is changed or recorded.
        """
        if self.faults.may_affect(request.operation, request.params):
            return None
        call = self._process(request, NO_EFFECT)
        if call.error is not None and not call.error.is_final_for(request.operation):
            return None
        ids = self.ids(call.started)
        self._finish(call, ids)
        return TypedResponse(call.result or {}, call.error, ids)

    def _process(self, request: TypedRequest, effect: FaultEffect) -> RunningCall:
        """Run a call as far as it gets. An exception of any other kind is a bug, and the call is not recorded."""
        self.faults.admit(request)
        call = RunningCall(request, effect, self.store.now(), time.perf_counter())
        self.clock.run_due_rules(call.started)
        try:
            call.result = self._run(call)
            effect.after_operation(self, request)
        except S3Error as error:
            call.error = error
        except (ConnectionFailure, Crash) as failure:
            call.connection_failure = failure
        return call

    def _run(self, call: RunningCall) -> Mapping[str, Any]:
        """The pipeline: bind, signature, region and permission, errors of the request, operation, response."""
        request, client_info = call.request, call.request.client_info

        operation, params = self._find_operation(request.operation), self._resolve_access_point(request.params)
        arguments, call.ignored = operation.bind(params, request.content)
        if "body" in arguments:
            arguments["body"] = call.body = self.bodies.store(arguments["body"])
        call.effect.before_operation(self, request)

        self._check_signature(client_info)  # before everything else (O158)

        caller = self._caller(client_info)
        self._check_access(request.operation, params, caller)  # before the request's own errors (O10)

        if request.error is not None:
            raise request.error
        if call.ignored and self.strict:
            raise UnhonouredParameter(
                f"{request.operation} was called with {', '.join(call.ignored)}, which fakes3mp does not act on. "
                "Without strict=True the call is answered, and call.ignored lists these parameters."
            )

        result = check_result(operation.name, operation.execute(self.store, arguments, caller))
        return self._with_request_charged(request.operation, params, result)

    def _find_operation(self, name: str) -> Operation:
        operation = find_operation(name)
        if operation is None:
            raise S3Error("NotImplemented", f"fakes3mp does not implement {name}.")
        return operation

    def _resolve_access_point(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters with the bucket's own name, where ``Bucket`` is that of an access point."""
        name = params.get("Bucket", "")
        if not is_access_point_name(name):
            return params
        with self.store.lock:
            bucket = self.store.resolve_bucket_name(name)
        return params if bucket == name else {**params, "Bucket": bucket}

    def _check_signature(self, client_info: ClientInfo) -> None:
        if self.signatures == "ignored":
            return
        if client_info.signature_error is not None:
            raise client_info.signature_error
        if client_info.signature is not None:
            required = self.signatures == "required"
            client_info.signature.check(self.store.now(), self.credentials.secret_of, known_only=required)

    def _caller(self, client_info: ClientInfo) -> Caller:
        account = None if client_info.access_key is None else self.credentials.account_of(client_info.access_key)
        by_form = client_info.signature is not None and client_info.signature.by_form
        return Caller(account, client_info.bucket_url, client_info.endpoint_region, client_info.is_path_style, by_form)

    def _check_access(self, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
        """That the bucket is there, in the endpoint's region, and that the caller may do this."""
        if is_directory(params.get("Bucket", "")):
            check_directory_bucket_request(operation, params, caller)
        with self.store.lock:
            check_endpoint_region(self.store, operation, params, caller)
            authorize(self.store, operation, params, caller)

    def _with_request_charged(
        self, operation: str, params: Mapping[str, Any], result: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The result with RequestCharged, for a requester who accepted to pay, on a Requester Pays bucket (S3's manual)."""
        if params.get("RequestPayer") != "requester" or "RequestCharged" not in result_members(operation):
            return result
        with self.store.lock:
            payer = get_request_payer(self.store.bucket(params["Bucket"]))
        return {**result, "RequestCharged": "requester"} if payer == "Requester" else result

    def _finish(self, call: RunningCall, ids: ResponseIds) -> None:
        """Record the call, and deliver the events of what it changed."""
        self._record(call)
        if self.events.are_pending:
            account = self._caller(call.request.client_info).account
            self.events.deliver(f"AWS:{account or 'ANONYMOUS'}", ids.request, ids.host)
        if self.faults.late and call.effect.name != ARRIVED_LATE:
            for late_request in self.faults.late.due_after(call.request):
                self._receive_late(late_request)

    def _receive_late(self, request: TypedRequest) -> None:
        """Carry out a request whose client has given up: nobody hears of the outcome, but the call log has it."""
        call = self._process(request, FaultEffect(ARRIVED_LATE))
        call.connection_failure = ConnectionFailure("closed")
        self._finish(call, self.ids(call.started))

    def _record(self, call: RunningCall) -> None:
        request, client_info = call.request, call.request.client_info
        fields = (
            request.operation.rpartition(".")[2],
            self.call_log.recordable(request.params, call.body),
            call.ignored,
            None if call.result is None else self.call_log.recordable(call.result),
            call.error,
            client_info.attempt,
            client_info.invocation_id,
            client_info.region,
            threading.current_thread().name,
            call.started,
            call.started_at,
            time.perf_counter() - call.started_at,
            client_info.backoff_seconds,
            call.effect.name,
            call.connection_failure is not None,
        )
        self.call_log.append(fields)

    def perform(self, operation_name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what an operation does, as the fake's own account, without a record in the call log.

        Faults, signatures and permissions do not apply. Raises TypeError for a parameter that the operation does not act
        on, and S3Error where S3 would answer with an error.
        """
        operation = self._find_operation(operation_name)
        arguments, ignored = operation.bind(params)
        if ignored:
            raise TypeError(f"{operation_name} does not honour {', '.join(ignored)}")
        if "body" in arguments:
            arguments["body"] = self.bodies.store(arguments["body"])
        try:
            result = operation.execute(self.store, arguments, Caller(self.store.account_id))
            return check_result(operation.name, result)
        finally:
            self.events.deliver(f"AWS:{self.store.account_id}")
