"""What the request pipeline needs of deliveries. The modules that write them are imported when a bucket asks for them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fakes3mp.operations.configuration_documents import INVENTORY_STEP, LOGGING

if TYPE_CHECKING:
    from fakes3mp.core.buckets import Bucket
    from fakes3mp.core.lifecycle_actions import LifecycleAction
    from fakes3mp.core.schedule import Step
    from fakes3mp.core.store import Store
    from fakes3mp.service.running_call import RunningCall
    from fakes3mp.wire.response_writer import ResponseIds


def is_logged(bucket: Bucket) -> bool:
    """Whether requests for a bucket are logged."""
    return LOGGING in bucket.configurations


def logged_buckets(store: Store, bucket_name: str, params: Mapping[str, Any]) -> Sequence[Bucket]:
    """The buckets whose logs have a request: that which it is for, and that of a copy's source."""
    bucket, source = store.buckets.get(bucket_name), None
    if "CopySource" in params:
        source = store.buckets.get(unquote(str(params["CopySource"])).lstrip("/").partition("/")[0])
    if bucket is None or (LOGGING not in bucket.configurations and source is None):
        return ()
    own = [bucket] if is_logged(bucket) else []
    return [*own, source] if source is not None and source is not bucket and is_logged(source) else own


def log_call(store: Store, call: RunningCall, bucket: Bucket, ids: ResponseIds) -> None:
    """Add the records of a call to the log of a bucket."""
    from fakes3mp.service.deliveries import access_logs

    access_logs.log_call(store, call, bucket, ids)


def log_lifecycle(store: Store, actions: Sequence[LifecycleAction]) -> None:
    """Add the records of what lifecycle rules did to the logs of their buckets."""
    buckets = [store.buckets.get(name) for name in {action.bucket for action in actions}]
    if not any(bucket is not None and is_logged(bucket) for bucket in buckets):
        return
    from fakes3mp.service.deliveries import access_logs

    access_logs.log_lifecycle(store, actions)


def _deliver_log(store: Store, step: Step, at: datetime) -> None:
    from fakes3mp.service.deliveries import access_logs

    access_logs.deliver_log(store, step, at)


def _deliver_inventory(store: Store, step: Step, at: datetime) -> None:
    from fakes3mp.service.deliveries import inventories

    inventories.deliver_inventory(store, step, at)


# Kind of a scheduled step -> the function that takes it.
DELIVERIES: dict[str, Callable[[Store, Step, datetime], None]] = {
    "access log": _deliver_log,
    INVENTORY_STEP: _deliver_inventory,
}


def warn_undelivered(store: Store) -> None:
    """Warn of what could not be delivered, once the clock has moved: a warning may be an error, and stop what follows."""
    messages, store.undelivered = store.undelivered, []
    for message in messages:
        from fakes3mp.service.deliveries.delivery import UndeliveredWarning

        warnings.warn(message, UndeliveredWarning, stacklevel=5)
