"""Access points: other names of buckets, with policies and settings of their own.

Every kind of access point is in ``Store.access_points`` by its ARN, and is an ``Endpoint``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec import field

from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error

ALIAS_SUFFIX = "-s3alias"
MULTI_REGION_SUFFIX = ".mrap"
OBJECT_LAMBDA_SUFFIX = "--ol-s3"
DIRECTORY_SUFFIX = "--xa-s3"  # of the names of directory buckets' access points


def all_blocked() -> dict[str, bool]:
    """Block Public Access as an access point has it where its creation does not say otherwise (O392)."""
    return dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


class Endpoint(Protocol):
    """What requests and their authorisation need of any kind of access point."""

    @property
    def arn(self) -> str: ...
    @property
    def alias(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def bucket(self) -> str: ...  # the name of the one that answers
    @property
    def network_origin(self) -> str: ...  # Internet or VPC
    @property
    def policy(self) -> str | None: ...
    @property
    def public_access_block(self) -> Mapping[str, bool]: ...


class AccessPoint(Value, frozen=True):
    """An access point of a bucket, on an Outpost if it has an ``outpost_id``."""

    name: str
    account_id: str
    region: str
    bucket: str
    created: datetime
    outpost_id: str | None = None
    vpc_id: str | None = None  # the only VPC from which requests are accepted
    public_access_block: Mapping[str, bool] = field(default_factory=all_blocked)
    policy: str | None = None
    scope: Mapping[str, Any] | None = None  # prefixes and permissions, of directory buckets' access points
    tags: Tags = ()

    @property
    def arn(self) -> str:
        """The ARN, which boto3 accepts as ``Bucket``."""
        if self.outpost_id is not None:
            outpost = f"arn:aws:s3-outposts:{self.region}:{self.account_id}:outpost/{self.outpost_id}"
            return f"{outpost}/accesspoint/{self.name}"
        service = "s3express" if self.name.endswith(DIRECTORY_SUFFIX) else "s3"
        return f"arn:aws:{service}:{self.region}:{self.account_id}:accesspoint/{self.name}"

    @property
    def alias(self) -> str:
        """The alias, which has the form of a bucket name: ``NAME-UNIQUE-s3alias``; a directory bucket's is the name."""
        if self.name.endswith(DIRECTORY_SUFFIX):
            return self.name
        unique = hashlib.blake2b(self.arn.encode(), digest_size=17).hexdigest()
        return f"{self.name[:20]}-{unique}"[: 63 - len(ALIAS_SUFFIX)] + ALIAS_SUFFIX

    @property
    def network_origin(self) -> str:
        """``VPC`` if requests from elsewhere are refused."""
        return "Internet" if self.vpc_id is None else "VPC"


def check_no_access_points(bucket: str, access_points: Mapping[str, Endpoint]) -> None:
    """Refuse to delete a bucket that has access points (O391)."""
    if any(isinstance(point, AccessPoint) and point.bucket == bucket for point in access_points.values()):
        raise S3Error("BucketHasAccessPointsAttached", fields={"BucketName": bucket})


def is_access_point_name(bucket: str) -> bool:
    """Whether a ``Bucket`` parameter is an access point's ARN or alias."""
    suffixes = ALIAS_SUFFIX, DIRECTORY_SUFFIX, MULTI_REGION_SUFFIX, OBJECT_LAMBDA_SUFFIX
    return bucket.startswith("arn:") or bucket.endswith(suffixes)
