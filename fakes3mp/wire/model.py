"""botocore's own S3 service model: the one source of routes, shapes and member names.

What may live here: loading the model, once and when first asked for, and small questions to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

# The newest botocore this release was written against. Under an older one, members of an answer that its model does
# not know yet are dropped; from this one on, such a member is a mistake of ours.
WRITTEN_AGAINST = (1, 43)


@cache
def service_model(service: str = "s3") -> ServiceModel:
    """The installed botocore's model of S3, or of S3 Control.

    Clients share the parsed file and change the paths in it as they use it, so that the operations' HTTP traits are copied.
    """
    from botocore.model import ServiceModel

    from fakes3mp.wire.model_loader import SharedLoader

    document: Any = SharedLoader().load_service_model(service, "service-2")
    operations = {name: {**each, "http": _as_shipped(each["http"])} for name, each in document["operations"].items()}
    return ServiceModel({**document, "operations": operations}, service)


def _as_shipped(http: Mapping[str, Any]) -> dict[str, Any]:
    """HTTP traits with their path as the file has it: a client that used an operation has taken the bucket out of it."""
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
    """Every operation of S3 (``s3``) or S3 Control (``s3control``)."""
    return frozenset(service_model(service).operation_names)


def has_streaming_input(name: str) -> bool:
    """Whether requests of this operation carry an object's bytes."""
    return operation_model(name).has_streaming_input


def has_answer_body(name: str) -> bool:
    """Whether answers to this operation carry anything besides headers."""
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
