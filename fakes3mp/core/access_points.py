"""Access points: other names of a bucket.

What may live here: an access point and the names it answers to.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from fakes3mp.core.value import Value

ALIAS_SUFFIX = "-s3alias"


class AccessPoint(Value, frozen=True):
    """A name of a bucket in an account; on an Outpost where one is named."""

    name: str
    account_id: str
    region: str
    bucket: str
    created: datetime
    outpost_id: str | None = None

    @property
    def arn(self) -> str:
        """What boto3 takes as ``Bucket``."""
        if self.outpost_id is not None:
            place = f"arn:aws:s3-outposts:{self.region}:{self.account_id}:outpost/{self.outpost_id}"
            return f"{place}/accesspoint/{self.name}"
        return f"arn:aws:s3:{self.region}:{self.account_id}:accesspoint/{self.name}"

    @property
    def alias(self) -> str:
        """A name in the form of a bucket's: the access point's, then what makes it unique, then ``-s3alias``."""
        unique = hashlib.blake2b(self.arn.encode(), digest_size=17).hexdigest()
        return f"{self.name[:20]}-{unique}"[: 63 - len(ALIAS_SUFFIX)] + ALIAS_SUFFIX


def is_access_point_name(bucket: str) -> bool:
    """Whether this names an access point rather than a bucket."""
    return bucket.startswith("arn:") or bucket.endswith(ALIAS_SUFFIX)
