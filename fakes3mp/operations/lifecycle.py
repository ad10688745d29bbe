"""Lifecycle: the operations' side of a LifecycleConfiguration, and when an upload will be aborted by it.

The checks of the rules are in ``lifecycle_rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import lifecycle_rules, upcoming_abort
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Upload
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.lifecycle_rules import check_rules
from fakes3mp.operations.registry import Answer

_MINIMUM_SIZES = ("all_storage_classes_128K", "varies_by_storage_class")


def abort_members(bucket: Bucket, upload: Upload) -> Answer:
    """AbortDate and AbortRuleId, if a rule will abort this upload (F113)."""
    abort = upcoming_abort(lifecycle_rules(bucket), upload.key, upload.properties.tags, upload.initiated)
    return {} if abort is None else {"AbortDate": abort[0], "AbortRuleId": abort[1]}


def validate_lifecycle(
    store: Store,
    bucket: Bucket,
    lifecycle_configuration: Mapping[str, Any] | None = None,
    transition_default_minimum_object_size: str | None = None,
) -> Document:
    """The rules; one without an ID gets one (O218, O340-O343, S3's manual).

    Stored with them is since when they hold: rules act on what is due from then on.
    """
    rules = (lifecycle_configuration or {}).get("Rules") or ()
    check_rules(rules)
    minimum_size = transition_default_minimum_object_size or _MINIMUM_SIZES[0]
    if minimum_size not in _MINIMUM_SIZES:
        raise S3Error("InvalidRequest", f"Invalid TransitionDefaultMinimumObjectSize found: {minimum_size}")
    rules = [{**rule, "ID": rule.get("ID") or store.ids.version(bucket.name, "lifecycle")} for rule in rules]
    return {"Rules": rules, "Minimum": minimum_size, "Since": store.now()}


def put_lifecycle_answer(stored: Document) -> Answer:
    """The output of PutBucketLifecycleConfiguration."""
    return {"TransitionDefaultMinimumObjectSize": stored["Minimum"]}


def get_lifecycle_answer(stored: Document) -> Answer:
    """The output of GetBucketLifecycleConfiguration."""
    return {"Rules": stored["Rules"], "TransitionDefaultMinimumObjectSize": stored["Minimum"]}
