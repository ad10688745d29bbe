"""Access points: their ARNs and aliases, which requests can use as the name of a bucket."""

from __future__ import annotations

import hashlib
from datetime import datetime

from fakes3mp.core.value import Value

ALIAS_SUFFIX = "-s3alias"


class AccessPoint(Value, frozen=True):
    """An access point of a bucket, on an Outpost if it has an ``outpost_id``."""

    name: str
    account_id: str
    region: str
    bucket: str
    created: datetime
    outpost_id: str | None = None

    @property
    def arn(self) -> str:
        """The ARN, which boto3 accepts as ``Bucket``."""
        if self.outpost_id is not None:
            outpost = f"arn:aws:s3-outposts:{self.region}:{self.account_id}:outpost/{self.outpost_id}"
            return f"{outpost}/accesspoint/{self.name}"
        return f"arn:aws:s3:{self.region}:{self.account_id}:accesspoint/{self.name}"

    @property
    def alias(self) -> str:
        """The alias, which has the form of a bucket name: ``NAME-UNIQUE-s3alias``."""
        unique = hashlib.blake2b(self.arn.encode(), digest_size=17).hexdigest()
        return f"{self.name[:20]}-{unique}"[: 63 - len(ALIAS_SUFFIX)] + ALIAS_SUFFIX


def is_access_point_name(bucket: str) -> bool:
    """Whether a ``Bucket`` parameter is an access point's ARN or alias."""
    return bucket.startswith("arn:") or bucket.endswith(ALIAS_SUFFIX)
