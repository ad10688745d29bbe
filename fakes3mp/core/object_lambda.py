"""Object Lambda access points, and the responses that their readers wait for (O356)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from fakes3mp.core.access_points import OBJECT_LAMBDA_SUFFIX, all_blocked
from fakes3mp.core.content import Content
from fakes3mp.core.value import Value

ARN_PREFIX = "arn:aws:s3-object-lambda:"


class ObjectLambdaAccessPoint(Value, frozen=True):
    """An access point whose function answers reads through it. It is an ``Endpoint`` of the supporting one's bucket."""

    name: str
    account_id: str
    region: str
    bucket: str
    created: datetime
    configuration: Mapping[str, Any]  # as it was put
    policy: str | None = None
    public_access_block: Mapping[str, bool] = field(default_factory=all_blocked)
    network_origin: str = "Internet"

    @property
    def arn(self) -> str:
        """The ARN, which boto3 accepts as ``Bucket``."""
        return f"{ARN_PREFIX}{self.region}:{self.account_id}:accesspoint/{self.name}"

    @property
    def alias(self) -> str:
        """The alias, which has the form of a bucket name: ``NAME-UNIQUE--ol-s3``."""
        unique = hashlib.blake2b(self.arn.encode(), digest_size=17).hexdigest()
        return f"{self.name[:20]}-{unique}"[: 63 - len(OBJECT_LAMBDA_SUFFIX)] + OBJECT_LAMBDA_SUFFIX

    @property
    def supporting_access_point(self) -> str:
        """The ARN of the access point that its function reads through."""
        return str(self.configuration["SupportingAccessPoint"])

    def transformation(self, action: str) -> Mapping[str, str] | None:
        """The function for an action (``GetObject``), its ARN and payload; None where the action is not transformed."""
        for transformation in self.configuration["TransformationConfigurations"]:
            if action in transformation["Actions"]:
                function: Mapping[str, str] = transformation["ContentTransformation"]["AwsLambda"]
                return function
        return None

    def allows(self, feature: str) -> bool:
        """Whether a feature is allowed: ``GetObject-Range``."""
        return feature in self.configuration.get("AllowedFeatures", ())


class AwaitedResponse(Struct):
    """What a reader waits for: a function is to write it, by route and token."""

    route: str
    members: Mapping[str, Any] | None = None  # of WriteGetObjectResponse, once it was written
    body: Content = Content.of(b"")


def is_object_lambda(bucket: str) -> bool:
    """Whether a ``Bucket`` parameter is the ARN or the alias of an Object Lambda access point."""
    return bucket.startswith(ARN_PREFIX) or bucket.endswith(OBJECT_LAMBDA_SUFFIX)
