"""Reads through Object Lambda access points: the function is called with S3's event, and its response is the reader's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from fakes3mp.core.content import Content
from fakes3mp.core.object_lambda import AwaitedResponse, ObjectLambdaAccessPoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, not_implemented_header
from fakes3mp.operations.object_lambda import MEMBERS, STATUSES
from fakes3mp.operations.registry import Caller
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.wire.presigning import presigned_get

Function = Callable[..., Any]
_URL_LIFETIME = 61  # seconds, as S3's
_RETURNED = frozenset((*MEMBERS.values(), "StatusCode", "ErrorCode", "ErrorMessage", "Body"))


class ForwardedError(S3Error):
    """An error that the function of an Object Lambda access point answers: any code, message and status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__("InternalError", message)
        self.code: str = code
        self.status: int = status
        self.args: tuple[Any, ...] = (f"{code}: {message}",)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message, self.status)


class ObjectLambdas:
    """The functions of a fake's Object Lambda access points, by the access point's ARN or their own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.functions: dict[str, Function] = {}

    def point_of(self, operation: str, caller: Caller) -> ObjectLambdaAccessPoint | None:
        """The Object Lambda access point whose function is to answer a request; None where S3 answers it itself."""
        if caller.access_point is None:
            return None
        with self._store.lock:
            point = self._store.access_points.get(caller.access_point)
        if not isinstance(point, ObjectLambdaAccessPoint) or point.transformation(operation) is None:
            return None
        if operation != "GetObject":
            raise S3Error("NotImplemented", f"fakes3mp calls no Object Lambda functions for {operation}.")
        return point

    def get_object(
        self, point: ObjectLambdaAccessPoint, params: Mapping[str, Any], caller: Caller, request_id: str
    ) -> Mapping[str, Any]:
        """Call the function, and return the response that it wrote or returned."""
        for member, feature, header in (("Range", "Range", "Range"), ("PartNumber", "PartNumber", "partNumber")):
            if member in params and not point.allows(f"GetObject-{feature}"):
                raise not_implemented_header(header)  # the answer is not verified
        transformation = point.transformation("GetObject") or {}
        function = self.functions.get(point.arn) or self.functions.get(transformation["FunctionArn"])
        if function is None:
            raise S3Error("LambdaNotFound")
        with self._store.lock:
            route, token = f"io-{request_id.lower()}", self._store.ids.request()[1]
            awaited = self._store.awaited_responses[token] = AwaitedResponse(route)
        try:
            event = self._event(point, params, caller, {"route": route, "token": token, "request": request_id})
            event["configuration"]["payload"] = transformation.get("FunctionPayload", "")
            returned = _call(function, event, transformation["FunctionArn"], request_id)
        finally:
            with self._store.lock:
                del self._store.awaited_responses[token]
        return _response(awaited, returned)

    def _event(
        self, point: ObjectLambdaAccessPoint, params: Mapping[str, Any], caller: Caller, ids: Mapping[str, str]
    ) -> dict[str, Any]:
        """S3's event (S3's manual, "Event context format and usage")."""
        supporting = point.supporting_access_point
        host = f"{supporting.rpartition('/')[2]}-{point.account_id}.s3-accesspoint.{point.region}.amazonaws.com"
        path = quote(params["Key"], safe="/~")
        version = {"versionId": params["VersionId"]} if "VersionId" in params else {}
        url = presigned_get(
            f"https://{host}/{path}",
            version,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            region=point.region,
            now=self._store.now(),
            seconds=_URL_LIFETIME,
        )
        own_host = f"{point.name}-{point.account_id}.s3-object-lambda.{point.region}.amazonaws.com"
        query = "&".join(f"{name}={quote(value)}" for name, value in caller.query.items())
        identity = caller.identity
        principal = f"arn:aws:iam::{caller.account}:root" if identity is None else identity.arn
        return {
            "xAmzRequestId": ids["request"],
            "getObjectContext": {"inputS3Url": url, "outputRoute": ids["route"], "outputToken": ids["token"]},
            "configuration": {"accessPointArn": point.arn, "supportingAccessPointArn": supporting},
            "userRequest": {
                "url": f"https://{own_host}/{path}{'?' if query else ''}{query}",
                "headers": {"Host": own_host, **_shown(caller.headers)},
            },
            "userIdentity": {
                "type": "Root" if identity is None else "IAMUser",
                "principalId": str(caller.account),
                "arn": principal,
                "accountId": str(caller.account),
            },
            "protocolVersion": "1.00",
        }


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """The reader's headers without those that sign the request."""
    hidden = ("host", "authorization", "x-amz-security-token")
    return {name: value for name, value in headers.items() if name not in hidden}


def _call(function: Function, event: dict[str, Any], arn: str, request_id: str) -> Any:
    """Call a function as AWS Lambda does, with event and context, or with the event alone if it takes only one argument."""
    context = SimpleNamespace(aws_request_id=request_id, invoked_function_arn=arn, function_name=arn.rpartition(":")[2])
    try:
        inspect.signature(function).bind(event, context)
    except TypeError:
        arguments: tuple[Any, ...] = (event,)
    else:
        arguments = event, context
    try:
        return function(*arguments)
    except Exception as error:
        message = f"The Lambda function failed during execution: {type(error).__name__}: {error}"
        raise S3Error("LambdaRuntimeError", message) from error


def _response(awaited: AwaitedResponse, returned: Any) -> Mapping[str, Any]:
    """The members of the reader's response: those that were written, else what the function returned."""
    members: dict[str, Any] = dict(awaited.members or {})
    body = awaited.body
    if awaited.members is None:
        if isinstance(returned, (bytes, str)):
            returned = {"Body": returned}
        if not isinstance(returned, dict) or not returned or not returned.keys() <= _RETURNED:
            raise S3Error("LambdaResponseNotReceived")
        members = dict(returned)
        given = members.pop("Body", b"")
        body = Content.of(given.encode() if isinstance(given, str) else given)
    status, code = members.pop("StatusCode", None) or 200, members.pop("ErrorCode", None)
    message = members.pop("ErrorMessage", None)
    if status not in STATUSES:
        raise S3Error("LambdaInvalidResponse")
    if status == 304:
        raise S3Error("NotModified")
    if status >= 300:
        raise ForwardedError(code or str(status), message or "", status)
    return {
        **members,
        "Body": body,
        "ContentLength": body.size,
        **({} if status == 200 else {"ResponseMetadata": {"HTTPStatusCode": status}}),
    }
