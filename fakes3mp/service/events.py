"""Event notifications: the records that S3 would send to a queue, a topic or a function.

A record is made for each change that a bucket's NotificationConfiguration asks for (S3's manual, "Event message
structure", version 2.1). Records are collected, and functions that the user has registered are called with them.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, TypeVar
from urllib.parse import quote_plus

from fakes3mp.core.notification import NOTIFICATION, Change, destination_configurations, destination_of
from fakes3mp.core.store import Store
from fakes3mp.locks import create_lock

Record = dict[str, Any]
S3_ITSELF = "s3.amazonaws.com"  # the principal where a lifecycle rule acts
Listener = TypeVar("Listener", bound="Callable[[Record], object]")


class Events:
    """The event records of one fake, and the functions to call with each.

    Parameters
    ----------
    store : Store
        Its changes are turned into records.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = create_lock()
        self._records: list[Record] = []
        self._listeners: list[Callable[[Record], object]] = []
        self._pending = _PendingRecords()
        self.send: Callable[[Record, str], None] | None = None  # sends a message to an ARN
        store.on_change = self._on_change

    def _on_change(self, change: Change) -> None:
        """Make records, for delivery when the call has ended: listeners must not be called under the store's lock."""
        document = self._store.bucket(change.bucket).configurations.get(NOTIFICATION)
        if document is not None:
            pending = self._pending.records
            self._store.journal.record(pending.__delitem__, slice(len(pending), None))
            pending += [
                (_record(self._store, change, configuration_id), destination)
                for configuration_id, destination in _matching_configurations(document, change)
            ]
            if "EventBridgeConfiguration" in document and self.send is not None:
                pending.append((_record(self._store, change, ""), _event_bus(self._store, change.bucket)))

    @property
    def are_pending(self) -> bool:
        """Whether the call that has just ended in this thread left records to deliver."""
        return bool(self._pending.records)

    def discard(self) -> None:
        """Forget the records of what has just failed in this thread."""
        self._pending.records = []

    def deliver(self, principal: str, request_id: str = "", host_id: str = "") -> None:
        """Complete the records of what has just ended in this thread, collect them, and call the listeners.

        Parameters
        ----------
        principal : str
            Who caused the change: ``AWS:`` and an account, or S3 itself.
        request_id, host_id : str
            The ids of the response to the call.
        """
        records, self._pending.records = self._pending.records, []
        for record, destination in records:
            _complete(record, principal, request_id, host_id)
            if not _is_event_bus(destination):  # whose events have another form
                with self._lock:
                    self._records.append(record)
                for listener in list(self._listeners):
                    listener(copy.deepcopy(record))
            if self.send is not None:
                self.send({"Records": [record]}, destination)

    def send_test(self, bucket_name: str, request_id: str, host_id: str) -> None:
        """Send S3's test message to the queues and topics of a new configuration (S3's manual, ``s3:TestEvent``)."""
        document = self._store.bucket(bucket_name).configurations.get(NOTIFICATION, {})
        now = f"{self._store.now():%Y-%m-%dT%H:%M:%S}.000Z"
        message = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": now, "Bucket": bucket_name}
        for configuration in destination_configurations(document):
            destination = destination_of(configuration)
            if self.send is not None and ":lambda:" not in destination:
                self.send({**message, "RequestId": request_id, "HostId": host_id}, destination)

    def build_record(self, bucket_name: str, key: str, event: str) -> Record:
        """The record that S3 would make now of an event of a key, whatever the bucket's configuration says."""
        with self._store.lock:
            bucket = self._store.bucket(bucket_name)
            version = bucket.objects.get(key)
            size, etag = (None, None) if version is None else (version.size, version.etag)
            version_id = version.version_id if version is not None and bucket.is_versioned else None
            now, sequence = self._store.now(), self._store.next_sequence()
            record = _record(
                self._store, Change(event, bucket_name, key, now, sequence, size, etag, version_id), "fakes3mp"
            )
        _complete(record, f"AWS:{self._store.account_id}", "", "")
        return record

    def on_event(self, listener: Listener) -> Listener:
        """Call this function with every record from now on. Returns the function."""
        self._listeners.append(listener)
        return listener

    @property
    def records(self) -> list[Record]:
        """Copies of all records, in order."""
        with self._lock:
            return copy.deepcopy(self._records)

    def clear(self) -> None:
        """Forget the records. The listeners stay."""
        with self._lock:
            self._records.clear()


class _PendingRecords(threading.local):
    """The records of the call that runs in this thread."""

    def __init__(self) -> None:
        self.records: list[tuple[Record, str]] = []  # with the ARN that each is for


def _complete(record: Record, principal: str, request_id: str, host_id: str) -> None:
    """Add who caused the change, and the ids of the response."""
    record["responseElements"] = {"x-amz-request-id": request_id, "x-amz-id-2": host_id}
    record["userIdentity"] = {"principalId": principal}
    record["requestParameters"] = {"sourceIPAddress": S3_ITSELF if principal == S3_ITSELF else "127.0.0.1"}


def _event_bus(store: Store, bucket_name: str) -> str:
    """The ARN of the default event bus of the account, in the bucket's region."""
    return f"arn:aws:events:{store.bucket(bucket_name).region}:{store.account_id}:event-bus/default"


def _is_event_bus(destination: str) -> bool:
    return destination.startswith("arn:aws:events:")


def _matching_configurations(document: Mapping[str, Any], change: Change) -> Iterator[tuple[str, str]]:
    """The ids and destinations of the configurations that ask for this change."""
    for configuration in destination_configurations(document):
        rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        if any(fnmatchcase(f"s3:{change.event}", event) for event in configuration["Events"]) and all(
            _matches_filter_rule(rule, change.key) for rule in rules
        ):
            yield configuration["Id"], destination_of(configuration)


def _matches_filter_rule(rule: Mapping[str, str], key: str) -> bool:
    matches = key.startswith if rule["Name"].lower() == "prefix" else key.endswith
    return matches(rule["Value"])


def _record(store: Store, change: Change, configuration_id: str) -> Record:
    """The record, without what is only known when the call has ended."""
    bucket = store.bucket(change.bucket)
    optional_fields = {"size": change.size, "eTag": change.etag, "versionId": change.version_id}
    restored = _restore_event_data(*change.restored) if change.restored else {}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": f"{change.at:%Y-%m-%dT%H:%M:%S}.000Z",
        "eventName": change.event,
        "userIdentity": {},
        "requestParameters": {},
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": bucket.owner},
                "arn": f"arn:aws:s3:::{change.bucket}",
            },
            "object": {
                "key": quote_plus(change.key, safe="/"),
                **{name: value for name, value in optional_fields.items() if value is not None},
                "sequencer": f"{change.sequence:018X}",
            },
        },
        **restored,
    }


def _restore_event_data(archive: str, expires: datetime | None) -> Record:
    """Of a completed restore: where the object is archived, and when the copy expires (S3's manual)."""
    data = {"lifecycleRestoreStorageClass": archive}
    if expires is not None:
        data["lifecycleRestorationExpiryTime"] = f"{expires:%Y-%m-%dT%H:%M:%S}.000Z"
    return {"glacierEventData": {"restoreEventData": data}}
