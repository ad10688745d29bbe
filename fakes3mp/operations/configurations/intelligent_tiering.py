"""The archive tiers of INTELLIGENT_TIERING: the checks of an IntelligentTieringConfiguration.

Objects move in ``core.intelligent_tiering``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.intelligent_tiering import schedule_tiering
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configurations.filters import check_filter

_LEAST_DAYS = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
_MOST_DAYS = 730


def check_intelligent_tiering(intelligent_tiering_configuration: Mapping[str, Any]) -> None:
    """After how many days without access objects move to an archive tier (S3's manual; the messages are not verified)."""
    check_filter(intelligent_tiering_configuration.get("Filter"))
    tierings = intelligent_tiering_configuration["Tierings"]
    tiers = [tiering["AccessTier"] for tiering in tierings]
    if intelligent_tiering_configuration["Status"] not in ("Enabled", "Disabled"):
        raise S3Error("MalformedXML")
    if not tierings or len(set(tiers)) < len(tiers) or not set(tiers) <= _LEAST_DAYS.keys():
        raise S3Error("MalformedXML")
    for tiering in tierings:
        least = _LEAST_DAYS[tiering["AccessTier"]]
        if not least <= tiering["Days"] <= _MOST_DAYS:
            message = f"'Days' for the {tiering['AccessTier']} tier must be between {least} and {_MOST_DAYS}"
            raise invalid_argument(message, "Days", str(tiering["Days"]))


def start_tiering(store: Store, bucket: Bucket, id_: str, document: Mapping[str, Any] | None) -> None:
    """Let objects move from the next midnight on; where no configuration is enabled any more, that ends by itself."""
    if document is not None and document["Status"] == "Enabled":
        schedule_tiering(store, bucket)
