"""Attribute-based access control by a bucket's tags: whether it is enabled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.errors import S3Error

ABAC = "AbacStatus"
NO_ABAC = {"Status": "Disabled"}  # S3's manual


def validate_abac(abac_status: Mapping[str, Any]) -> dict[str, Any]:
    """``Enabled`` or ``Disabled``."""
    if abac_status.get("Status") not in ("Enabled", "Disabled"):
        raise S3Error("MalformedXML")
    return dict(abac_status)


def check_tags_are_open(bucket: Bucket) -> None:
    """Where ABAC is enabled, tags are changed by TagResource and UntagResource (S3's manual; the error is not verified)."""
    if bucket.configurations.get(ABAC, NO_ABAC)["Status"] == "Enabled":
        message = "Bucket tags cannot be changed while ABAC is enabled: use TagResource and UntagResource."
        raise S3Error("InvalidRequest", message)
