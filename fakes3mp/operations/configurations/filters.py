"""The filters of metrics, analytics and Intelligent-Tiering configurations: which objects each is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.tagging import OBJECT_TAGS, tags_from_document
from fakes3mp.errors import S3Error


def check_filter(filter_: Mapping[str, Any] | None) -> None:
    """A filter has exactly one condition, or at least two under ``And`` (S3's manual)."""
    if filter_ is None:
        return
    if len(filter_) != 1:
        raise S3Error("MalformedXML")
    conjunction = filter_.get("And")
    if conjunction is not None:
        tags = conjunction.get("Tags") or ()
        if len(conjunction) - ("Tags" in conjunction) + len(tags) < 2:
            raise S3Error("MalformedXML")
        tags_from_document(tags, OBJECT_TAGS)
    if "Tag" in filter_:
        tags_from_document([filter_["Tag"]], OBJECT_TAGS)
