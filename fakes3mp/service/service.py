"""The request pipeline: every call goes through it, with typed parameters in and a typed response out.

Only an S3Error becomes an S3 response. Any other exception is a bug of the fake, or strict mode, and reaches the test as
itself. HTTP is read and written in ``service.http``.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fakes3mp.core.access_points import is_access_point_name
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.lifecycle_actions import LifecycleAction
from fakes3mp.core.object_lambda import is_object_lambda
from fakes3mp.core.passing_time import pass_time
from fakes3mp.core.replication import replicate_change
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, UnhonouredParameter
from fakes3mp.inspection.call_log import CallLog
from fakes3mp.inspection.call_records import Shape
from fakes3mp.operations.authorization import authorize
from fakes3mp.operations.configuration_documents import LOGGING, POLICY, get_request_payer
from fakes3mp.operations.directory_buckets import check_directory_bucket_request
from fakes3mp.operations.regions import check_endpoint_region
from fakes3mp.operations.registry import Caller, Operation, find_operation, not_implemented
from fakes3mp.service.body_store import BodyStore
from fakes3mp.service.clock import Clock
from fakes3mp.service.control_steps import CONTROL_STEPS
from fakes3mp.service.credentials import Credentials
from fakes3mp.service.deliveries import steps as deliveries
from fakes3mp.service.events import S3_ITSELF, Events
from fakes3mp.service.fault_effects import NO_EFFECT, FaultEffect
from fakes3mp.service.fault_incidents import Crash
from fakes3mp.service.faults import Faults
from fakes3mp.service.late_arrivals import ARRIVED_LATE
from fakes3mp.service.own_calls import perform
from fakes3mp.service.running_call import RunningCall
from fakes3mp.wire.messages import ClientInfo, ConnectionFailure, TypedRequest
from fakes3mp.wire.quirks import CONTROL, HEADERS_OUTSIDE_MODEL, LOG_NAME_PREFIX
from fakes3mp.wire.response_writer import ResponseIds, TypedResponse, check_result, result_members

if TYPE_CHECKING:
    from fakes3mp.service.object_lambda import ObjectLambdas


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
        self.clock: Clock = clock or Clock()
        self.faults: Faults = faults or Faults()
        self.events: Events = Events(store)
        self.bodies: BodyStore = BodyStore(spool_over)
        self._object_lambdas: ObjectLambdas | None = None  # imported on first use
        self.logs_access: bool = False  # whether a bucket has ever had its requests logged
        self.strict = strict
        self.signatures = signatures
        self.sessions: dict[str, str] = {}  # access key that STS gave -> ARN of whom it is for
        self.find_kms_key: Callable[[str, str], str] | None = None  # key id, region -> ARN
        self.clock.set_lifecycle_runner(
            store.lock, self._run_lifecycle_rules, self._deliver_lifecycle, lambda: store.next_step
        )
        store.on_replicable = replicate_change

    @property
    def object_lambdas(self) -> ObjectLambdas:
        """The functions of Object Lambda access points."""
        if self._object_lambdas is None:
            from fakes3mp.service.object_lambda import ObjectLambdas

            with self.store.lock:
                self._object_lambdas = self._object_lambdas or ObjectLambdas(self.store)
        return self._object_lambdas

    def _run_lifecycle_rules(self, until: datetime) -> list[LifecycleAction]:
        """Do what lifecycle rules and restores have due by this time. Returns what rules did."""
        return pass_time(self.store, until, {**CONTROL_STEPS, **deliveries.DELIVERIES})

    def _deliver_lifecycle(self, actions: list[LifecycleAction]) -> None:
        """Deliver the events, log records and warnings of what was due."""
        self.events.deliver(S3_ITSELF)
        if actions:
            deliveries.log_lifecycle(self.store, actions)
        deliveries.warn_undelivered(self.store)

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
        if self.faults.may_affect(request.operation, request.params) or self._needs_request_line(request):
            return None
        if is_object_lambda(request.params.get("Bucket", "")):
            return None  # a function must not be called twice
        call = self._process(request, NO_EFFECT)
        if call.error is not None and not call.error.is_final_for(request.operation):
            return None
        ids = self.ids(call.started)
        self._finish(call, ids)
        return TypedResponse(call.result or {}, call.error, ids)

    def _needs_request_line(self, request: TypedRequest) -> bool:
        """Whether an access log or a policy asks for what a request has only when it is written and signed."""
        try:
            params = self.resolve_access_point(request.params)
        except S3Error:
            return False  # the pipeline refuses the call
        name = params.get("Bucket", "")
        if request.operation == "PutBucketLogging" or (
            self.logs_access and deliveries.logged_buckets(self.store, name, params)
        ):
            return True
        bucket = self.store.buckets.get(name)
        identity = self.credentials.identity_of(request.client_info.access_key or "")
        if identity is None and (bucket is None or POLICY not in bucket.configurations):
            return False
        from fakes3mp.operations.policy.decision import needs_signature

        return needs_signature(bucket, identity)

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

        is_control = request.operation.startswith(CONTROL)
        params = request.params if is_control else self.resolve_access_point(request.params)
        caller = self._caller(client_info, self._access_point(request.params, params))
        call.bucket_name, call.caller, call.decisions = params.get("Bucket", ""), caller, caller.decisions
        operation = find_operation(request.operation)
        if operation is None:
            raise self._unimplemented_error(request, params, caller)
        if "SSEKMSKeyId" in params and self.find_kms_key is not None:
            params = {**params, "SSEKMSKeyId": self.find_kms_key(params["SSEKMSKeyId"], self.store.region)}
        arguments, call.ignored = operation.bind(params, request.content)
        if "body" in arguments:
            arguments["body"] = call.body = self.bodies.store(arguments["body"])
        call.effect.before_operation(self, request)

        self._check_signature(client_info)  # before everything else (O158)
        self._check_access(request.operation, params, caller)  # before the request's own errors (O10)

        if request.error is not None:
            raise request.error
        if call.ignored and self.strict:
            raise UnhonouredParameter(
                f"{request.operation} was called with {', '.join(call.ignored)}, which fakes3mp does not act on. "
                "Without strict=True the call is answered, and call.ignored lists these parameters."
            )

        result = self._execute(operation, arguments, params, caller)
        result = self._with_request_charged(request.operation, params, result)
        if operation.name in HEADERS_OUTSIDE_MODEL:
            result = {**result, "BucketRegion": self.store.bucket(params["Bucket"]).region}
        return result

    def _execute(
        self, operation: Operation, arguments: dict[str, Any], params: Mapping[str, Any], caller: Caller
    ) -> Mapping[str, Any]:
        """The result of an operation, or of the function of an Object Lambda access point that answers in its place."""
        point = None if caller.access_point is None else self.object_lambdas.point_of(operation.name, caller)
        if point is None:
            return check_result(operation.name, operation.execute(self.store, arguments, caller))
        request_id = self.ids(self.store.now()).request
        return check_result(operation.name, self.object_lambdas.get_object(point, params, caller, request_id))

    def _unimplemented_error(self, request: TypedRequest, params: Mapping[str, Any], caller: Caller) -> S3Error:
        """The error of a request that means no operation, or NotImplemented.

        S3 refuses a wrong signature before (O158), and before NotImplemented the bucket and the caller too (O268).
        """
        self._check_signature(request.client_info)
        if request.operation.startswith(LOG_NAME_PREFIX) and request.error is not None:
            return request.error
        self._check_access(request.operation, params, caller)
        return not_implemented(request.operation)

    def resolve_access_point(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters with the bucket's own name, where ``Bucket`` is that of an access point."""
        name = params.get("Bucket", "")
        if not is_access_point_name(name):
            return params
        with self.store.lock:
            bucket = self.store.resolve_bucket_name(name)
        return params if bucket == name else {**params, "Bucket": bucket}

    def _access_point(self, requested: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
        """The ARN of the access point that the request came through, given its parameters before and after resolving."""
        if requested is params:
            return None
        name = requested["Bucket"]
        with self.store.lock:
            return next((arn for arn, point in self.store.access_points.items() if name in (arn, point.alias)), None)

    def _check_signature(self, client_info: ClientInfo) -> None:
        if self.signatures == "ignored":
            return
        if client_info.signature_error is not None:
            raise client_info.signature_error
        if client_info.signature is not None:
            # A made-up Authorization header is believed unless its key was added, or signatures are required (O271).
            signature, required = client_info.signature, self.signatures == "required"
            secrets_of = partial(
                self.credentials.secrets_of, with_learned=required or signature.in_query or signature.by_form
            )
            signature.check(self.store.now(), secrets_of, known_only=required)

    def _account_of(self, client_info: ClientInfo) -> str | None:
        """The account that the client's access key acts for, or None for an anonymous client."""
        return None if client_info.access_key is None else self.credentials.account_of(client_info.access_key)

    def _caller(self, client_info: ClientInfo, access_point: str | None) -> Caller:
        access_key, signature = client_info.access_key, client_info.signature
        return Caller(
            account=self._account_of(client_info),
            bucket_url=client_info.bucket_url,
            region=client_info.endpoint_region,
            is_path_style=client_info.is_path_style,
            by_form=signature is not None and signature.by_form,
            signing_region=client_info.signing_region,
            is_presigned=signature is not None and signature.in_query,
            identity=None if access_key is None else self.credentials.identity_of(access_key),
            access_point=access_point,
            headers=client_info.headers,
            query=client_info.query,
            source_ip=client_info.source_ip,
        )

    def _check_access(self, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
        """That the bucket is there, in the endpoint's region, and that the caller may do this."""
        if operation.startswith(CONTROL):
            from fakes3mp.operations.control.authorization import authorize_control

            with self.store.lock:
                authorize_control(self.store, operation, params, caller)
            return
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
        if call.request.operation == "PutBucketLogging":
            self.logs_access = True
        if self.logs_access:
            for bucket in deliveries.logged_buckets(self.store, call.bucket_name, call.request.params):
                deliveries.log_call(self.store, call, bucket, ids)
        if self.events.are_pending:
            account = self._account_of(call.request.client_info)
            self.events.deliver(f"AWS:{account or 'ANONYMOUS'}", ids.request, ids.host)
        if call.request.operation == "PutBucketNotificationConfiguration" and call.result is not None:
            bucket = self.resolve_access_point(call.request.params)["Bucket"]
            self.events.send_test(bucket, ids.request, ids.host)
        if self.faults.late and call.effect.name != ARRIVED_LATE:
            for late_request in self.faults.late.due_after(call.request):
                self._receive_late(late_request)

    def _receive_late(self, request: TypedRequest) -> None:
        """Carry out a request whose client has given up: nobody hears of the outcome, but the call log has it."""
        call = self._process(request, FaultEffect(ARRIVED_LATE))
        call.connection_failure = ConnectionFailure("closed")
        self._finish(call, self.ids(call.started))

    def _record(self, call: RunningCall) -> None:
        if self.call_log.records_nothing:
            return
        request, client_info = call.request, call.request.client_info
        params = self.call_log.recordable(request.params, call.body)
        result = None if call.result is None else self.call_log.recordable(call.result)
        shape = Shape(
            request.operation.removeprefix(CONTROL),
            tuple(params),
            None if result is None else tuple(result),
            call.ignored,
            client_info.attempt,
            client_info.region,
            client_info.thread or threading.current_thread().name,
            client_info.backoff_seconds,
            call.effect.name,
            call.connection_failure is not None,
            client_info.process or os.getpid(),
            "; ".join(dict.fromkeys(call.decisions)) or None,
        )
        duration = time.perf_counter() - call.started_at
        self.call_log.append(
            shape, params, result, call.error, client_info.invocation_id, call.started, call.started_at, duration
        )

    def perform(self, operation_name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what an operation does, as the fake's own account, without a record in the call log.

        Faults, signatures and permissions do not apply. Raises TypeError for a parameter that the operation does not act
        on, and S3Error where S3 would answer with an error.
        """
        return perform(self, operation_name, params)

    def check_configuration(self, bucket: Bucket, document: str, stored: Any) -> None:
        """Raise an exception where a configuration is none that the bucket could have stored under this name."""
        from fakes3mp.operations.configurations.stored import check_stored

        self.logs_access = self.logs_access or document == LOGGING

        check_stored(self.store, bucket, document, stored)
