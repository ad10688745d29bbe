"""Calls of the fake's own account, as seeding makes them: without a record, faults, signatures and permissions.

They raise TypeError for a parameter that the operation does not act on, and S3Error where S3 would answer with an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from fakes3mp.core.bulk_change import bulk_change
from fakes3mp.core.content import Content
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Caller, Operation, find_operation, not_implemented
from fakes3mp.service.body_store import BodyStore
from fakes3mp.service.events import Events
from fakes3mp.wire.response_writer import check_result


class Service(Protocol):
    """What is needed of a ``service.Service``."""

    store: Store
    bodies: BodyStore
    events: Events

    def resolve_access_point(self, params: Mapping[str, Any]) -> Mapping[str, Any]: ...


def perform(service: Service, operation_name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do what an operation does; returns the members of its response."""
    operation, params, arguments = _bind(service, operation_name, params)
    if "body" in arguments:
        arguments["body"] = service.bodies.store(arguments["body"])
    with _own_call(service, operation_name, params):
        return check_result(operation.name, operation.execute(service.store, arguments, _own_caller(service)))


def put_objects(service: Service, bodies: Iterable[tuple[str, Content]], params: Mapping[str, Any]) -> int:
    """Do what PutObject does for each of these keys and bodies, or nothing; returns how many they are."""
    from fakes3mp.operations.filling import put_objects as put_all

    _, params, arguments = _bind(service, "PutObject", params)
    bucket_name = arguments.pop("bucket")
    stored = ((key, service.bodies.store(body)) for key, body in bodies)
    with _own_call(service, "PutObject", params):
        return put_all(service.store, bucket_name, stored, caller=_own_caller(service), **arguments)


def put_parts(service: Service, contents: Iterable[Content], params: Mapping[str, Any]) -> None:
    """Make an object by a multipart upload of these parts, or nothing."""
    of_completion = {name: params[name] for name in ("IfMatch", "IfNoneMatch") if name in params}
    of_creation = {name: value for name, value in params.items() if name not in of_completion}
    from fakes3mp.operations.filling import listed_part, put_part

    store = service.store
    with _own_call(service, "CreateMultipartUpload", params), bulk_change(store):
        created = _execute(service, "CreateMultipartUpload", of_creation)
        upload = store.uploads[created["UploadId"]]
        for number, content in enumerate(contents, 1):
            put_part(store, upload, number, content)
        target = {"Bucket": upload.bucket, "Key": upload.key, "UploadId": upload.id}
        parts = [listed_part(upload, part) for part in upload.parts.values()]
        _execute(service, "CompleteMultipartUpload", {**target, "MultipartUpload": {"Parts": parts}, **of_completion})


def _execute(service: Service, operation_name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    operation, _, arguments = _bind(service, operation_name, params)
    return operation.execute(service.store, arguments, _own_caller(service))


def _own_caller(service: Service) -> Caller:
    return Caller(service.store.account_id, is_trusted=True)


def _bind(
    service: Service, operation_name: str, params: Mapping[str, Any]
) -> tuple[Operation, Mapping[str, Any], dict[str, Any]]:
    """The operation, its parameters with the bucket's own name, and the arguments that they are."""
    operation = find_operation(operation_name)
    if operation is None:
        raise not_implemented(operation_name)
    params = service.resolve_access_point(params)
    arguments, ignored = operation.bind(params)
    if ignored:
        raise TypeError(f"{operation_name} does not honour {', '.join(ignored)}")
    return operation, params, arguments


@contextmanager
def _own_call(service: Service, operation_name: str, params: Mapping[str, Any]) -> Iterator[None]:
    """A block in which an S3Error explains itself, and after which events are delivered."""
    try:
        yield
    except S3Error as error:
        from fakes3mp.inspection.hints import explain_set_up_error

        service.events.discard()
        raise explain_set_up_error(error, operation_name, params, service.store.buckets) from None
    finally:
        service.events.deliver(f"AWS:{service.store.account_id}")
