"""Server access logging: the records of each bucket that logs, and their delivery as objects (O334, O335)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from fakes3mp.core.acl import LOG_DELIVERY
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store
from fakes3mp.operations.configuration_documents import (
    ACL,
    ENFORCED,
    LOGGING,
    OBJECT_LOCK,
    get_object_ownership,
    get_request_payer,
)
from fakes3mp.operations.configurations.logging import log_grants
from fakes3mp.operations.policy.context import account_of
from fakes3mp.operations.policy.services import judge_service
from fakes3mp.service.deliveries.access_log_records import lifecycle_record, records_of
from fakes3mp.service.deliveries.delivery import Delivery, deliver, no_permission, report_undelivered

if TYPE_CHECKING:
    from fakes3mp.core.lifecycle_actions import LifecycleAction
    from fakes3mp.service.running_call import RunningCall
    from fakes3mp.wire.response_writer import ResponseIds

STEP = "access log"
SERVICE = "logging.s3.amazonaws.com"
DELIVERY_TIME = timedelta(hours=1)  # S3's manual: most are delivered within a few hours


def log_call(store: Store, call: RunningCall, bucket: Bucket, ids: ResponseIds) -> None:
    """Add the records of a call to the log of a bucket."""
    with store.lock:
        for record in records_of(call, bucket, ids, time.perf_counter()):
            _add(store, bucket, call.started, record)


def log_lifecycle(store: Store, actions: Sequence[LifecycleAction]) -> None:
    """Add the records of what lifecycle rules did to the logs of their buckets."""
    with store.lock:
        for action in actions:
            bucket = store.buckets.get(action.bucket)
            if bucket is not None and LOGGING in bucket.configurations:
                _add(store, bucket, action.at, lifecycle_record(action, bucket, store.ids.request()))


def _add(store: Store, bucket: Bucket, at: datetime, record: str) -> None:
    store.access_logs[bucket.name, store.next_sequence()] = at, record
    step = STEP, bucket.name
    if step not in store.scheduled:
        store.schedule(step, at + DELIVERY_TIME)


def deliver_log(store: Store, step: Step, at: datetime) -> None:
    """Deliver what was logged of a bucket since the last delivery, if it logs still."""
    store.schedule(step, None)
    records = _take_records(store, step[1])
    bucket = store.buckets.get(step[1])
    enabled = None if bucket is None else bucket.configurations.get(LOGGING, {}).get("LoggingEnabled")
    if bucket is None or enabled is None or not records:
        return
    target = store.buckets.get(enabled["TargetBucket"])
    by_key = _keys(store, bucket, enabled, records, at)
    for key, lines in by_key.items():
        reason = _obstacle(target, key, bucket)
        if target is None or reason is not None:
            report_undelivered(store, "access log", bucket, enabled["TargetBucket"], reason or "it is not there")
            return
        body = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        grants = log_grants(target, enabled.get("TargetGrants") or ())
        deliver(store, target, Delivery(key, body, "text/plain", at, grants))


def _take_records(store: Store, bucket_name: str) -> list[tuple[datetime, str]]:
    """The records of a bucket that are not delivered yet, which are removed."""
    numbers = takewhile(lambda number: number[0] == bucket_name, store.access_logs.since((bucket_name, 0)))
    records = [(number, store.access_logs[number]) for number in numbers]
    for number, _ in records:
        store.journal.remove_item(store.access_logs, number)
    return [record for _, record in records]


def _keys(
    store: Store, bucket: Bucket, enabled: dict[str, Any], records: list[tuple[datetime, str]], at: datetime
) -> dict[str, list[str]]:
    """The keys of the log objects, and the lines of each: by the time of the events there is an object for each day."""
    prefix = enabled.get("TargetPrefix", "")
    partitions = enabled.get("TargetObjectKeyFormat", {}).get("PartitionedPrefix")
    unique = store.ids.log(bucket.name)
    if partitions is None:
        return {f"{prefix}{at:%Y-%m-%d-%H-%M-%S}-{unique}": [line for _, line in records]}
    by_event = partitions.get("PartitionDateSource", "EventTime") == "EventTime"
    folder = f"{prefix}{account_of(bucket.owner)}/{bucket.region}/{bucket.name}"
    keys: dict[str, list[str]] = {}
    for time_, line in records:
        date = time_.replace(hour=0, minute=0, second=0) if by_event else at
        keys.setdefault(f"{folder}/{date:%Y/%m/%d}/{date:%Y-%m-%d-%H-%M-%S}-{unique}", []).append(line)
    return keys


def _obstacle(target: Bucket | None, key: str, bucket: Bucket) -> str | None:
    """Why S3 cannot write the log into its target (S3's manual); None where it can."""
    if target is None:
        return "it is not there"
    if target.configurations.get(OBJECT_LOCK, {}).get("Rule") is not None:
        return "a target of logs must not have a default retention"
    if get_request_payer(target) == "Requester":
        return "a target of logs must not be a Requester Pays bucket"
    verdict = judge_service(target, SERVICE, key, bucket)
    if verdict is True or (verdict is None and _acl_lets_write(target)):
        return None
    return no_permission(SERVICE, key)


def _acl_lets_write(target: Bucket) -> bool:
    grants = target.configurations.get(ACL, ())
    return get_object_ownership(target) != ENFORCED and any(
        grant.uri == LOG_DELIVERY and grant.permission in ("WRITE", "FULL_CONTROL") for grant in grants
    )
