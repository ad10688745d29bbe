"""botocore's own S3 service model: the one source of routes, shapes and member names.

What may live here: loading the model, once and when first asked for, and small questions to it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

# The newest botocore this release was written against. Under an older one, members of an answer that its model does
# not know yet are dropped; from this one on, such a member is a mistake of ours.
WRITTEN_AGAINST = (1, 43)


@cache
def service_model(service: str = "s3") -> ServiceModel:
    """The installed botocore's model of S3, or of S3 Control."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(name: str) -> OperationModel:
    """The model of one operation; S3 Control's are named ``s3control.CreateAccessPoint``."""
    service, _, operation = name.rpartition(".")
    return service_model(service or "s3").operation_model(operation)


@cache
def is_older() -> bool:
    """Whether the installed botocore is older than the one this release was written against."""
    import botocore

    return tuple(int(number) for number in botocore.__version__.split(".")[:2]) < WRITTEN_AGAINST
