"""Multi-Region Access Points: one ARN for buckets in several regions, and the requests that change them in a while."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import field

from fakes3mp.core.access_points import MULTI_REGION_SUFFIX, all_blocked
from fakes3mp.core.value import Value

STEP_TIME = timedelta(seconds=1)  # until a request is carried out; S3 takes up to a day
ACTIVE, PASSIVE = 100, 0  # percentages of a traffic dial


class BucketInRegion(Value, frozen=True):
    """One of the buckets behind a Multi-Region Access Point."""

    bucket: str
    region: str
    account_id: str
    dial: int = ACTIVE


class MultiRegionAccessPoint(Value, frozen=True):
    """An access point in front of several buckets, of which one that is active answers."""

    name: str
    account_id: str
    created: datetime
    buckets: tuple[BucketInRegion, ...]
    status: str = "CREATING"
    public_access_block: Mapping[str, bool] = field(default_factory=all_blocked)
    policy: str | None = None  # the established one
    proposed_policy: str | None = None

    @property
    def alias(self) -> str:
        """What the ARN ends with: 13 characters and ``.mrap``."""
        digest = hashlib.blake2b(f"{self.account_id}/{self.name}".encode(), digest_size=8).digest()
        return f"m{base64.b32encode(digest).decode().lower()[:12]}{MULTI_REGION_SUFFIX}"

    @property
    def arn(self) -> str:
        """The ARN, which boto3 accepts as ``Bucket`` where it can sign for all regions."""
        return f"arn:aws:s3::{self.account_id}:accesspoint/{self.alias}"

    @property
    def network_origin(self) -> str:
        return "Internet"

    @property
    def bucket(self) -> str:
        """The bucket that answers: the first that is active. S3 takes the nearest one."""
        return next((each.bucket for each in self.buckets if each.dial == ACTIVE), self.buckets[0].bucket)


class AsyncRequest(Value, frozen=True):
    """A request to create, delete or change a Multi-Region Access Point, which is carried out later."""

    arn: str
    account_id: str
    created: datetime
    operation: str
    details: Mapping[str, Any]
    regions: tuple[str, ...] = ()
    status: str = "INPROGRESS"
    error: tuple[str, str] | None = None  # code and message, where it fails
