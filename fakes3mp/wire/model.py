"""The S3 service model of the installed botocore: the only source of routes, shapes and member names.

It is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

# The botocore this release was written against. Under an older one, members of a result that its model does not have are
# dropped; from this one on, such a member is a mistake of ours.
WRITTEN_AGAINST = (1, 43)


@cache
def service_model(service: str = "s3") -> ServiceModel:
    """The installed botocore's model of S3, or of S3 Control.

    The operations' HTTP traits are copied: clients share the parsed file, and change the paths in it when they call.
    """
    from botocore.model import ServiceModel

    from fakes3mp.wire.model_loader import SharedLoader

    document: Any = SharedLoader().load_service_model(service, "service-2")
    operations = {
        name: {**operation, "http": _original_http(operation["http"])}
        for name, operation in document["operations"].items()
    }
    return ServiceModel({**document, "operations": operations}, service)


def _original_http(http: Mapping[str, Any]) -> dict[str, Any]:
    """HTTP traits with the path as in the file: a client that has called an operation has removed the bucket from it."""
    return {**http, "requestUri": f"/{{Bucket}}{http['requestUri']}"} if "authPath" in http else dict(http)


@cache
def operation_model(name: str) -> OperationModel:
    """The model of one operation; S3 Control's are named ``s3control.CreateAccessPoint``."""
    service, _, operation = name.rpartition(".")
    return service_model(service or _service_of(operation)).operation_model(operation)


def _service_of(operation: str) -> str:
    return "s3" if operation in operation_names("s3") else "s3control"


@cache
def operation_names(service: str) -> frozenset[str]:
    """The names of all operations of S3 (``s3``) or S3 Control (``s3control``)."""
    return frozenset(service_model(service).operation_names)


def has_streaming_input(name: str) -> bool:
    """Whether requests of this operation carry an object's bytes."""
    return operation_model(name).has_streaming_input


def has_answer_body(name: str) -> bool:
    """Whether responses of this operation have a body."""
    model = operation_model(name)
    shape = model.output_shape
    return (
        model.http["method"] != "HEAD"
        and shape is not None
        and ("payload" in shape.serialization or any("location" not in m.serialization for m in shape.members.values()))
    )


@cache
def is_older() -> bool:
    """Whether the installed botocore is older than the one this release was written against."""
    import botocore

    return tuple(int(number) for number in botocore.__version__.split(".")[:2]) < WRITTEN_AGAINST
