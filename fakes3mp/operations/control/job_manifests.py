"""The manifests of jobs: the objects that a job is about, listed in an object or chosen by a filter."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, unquote_plus

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.jobs import Job, Task
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.job_tasks import bucket_of

Document = Mapping[str, Any]
INVENTORY = "S3InventoryReport_CSV_20161130"


class ManifestError(Exception):
    """A manifest that cannot be used: the job fails with this code and reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: str = code
        self.reason: str = reason


def read_tasks(store: Store, job: Job) -> tuple[Task, ...]:
    """The tasks of a job. Raises ManifestError (codes and reasons are not verified)."""
    try:
        if "ManifestGenerator" in job.request:
            return tuple(_generated(store, job.request["ManifestGenerator"]["S3JobManifestGenerator"]))
        return tuple(_listed(store, job.request["Manifest"]))
    except S3Error as error:
        raise ManifestError(error.code, error.message) from None
    except (ValueError, LookupError, TypeError, EOFError, OSError, RecursionError, zlib.error) as error:
        raise ManifestError("InvalidManifestContent", f"The manifest cannot be read: {error}") from None


def _listed(store: Store, manifest: Document) -> Iterator[Task]:
    """The tasks that an object lists, as it was when the job was created."""
    spec, location = manifest["Spec"], manifest["Location"]
    bucket, _, key = location["ObjectArn"].partition(":::")[2].partition("/")
    version = store.bucket(bucket).version(key, location.get("ObjectVersionId"))
    if not isinstance(version, S3Object) or version.etag != location["ETag"].strip('"'):
        raise ManifestError("ETagMismatch", "The manifest object's ETag is not the one of the request")
    if spec["Format"] == INVENTORY:
        yield from _of_inventory(store, json.loads(version.content.read()))
    else:
        yield from _rows(version.content.read(), spec["Fields"])


def _of_inventory(store: Store, inventory: Document) -> Iterator[Task]:
    """The tasks of an inventory's ``manifest.json`` (S3's manual, "Amazon S3 Inventory list")."""
    fields = [name.strip() for name in inventory["fileSchema"].split(",")]
    bucket = bucket_of(store, inventory["destinationBucket"])
    for file in inventory["files"]:
        data = store.bucket(bucket).current(file["key"]).content.read()
        yield from _rows(gzip.decompress(data), fields)


def _rows(data: bytes, fields: list[str]) -> Iterator[Task]:
    """The tasks of a CSV file, whose keys are URL-encoded (S3's manual, "Specifying a manifest")."""
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        if row:
            values = dict(zip(fields, row, strict=True))
            yield Task(
                values["Bucket"], unquote_plus(values["Key"]), values.get("VersionId") or None, listed_key=values["Key"]
            )


def _generated(store: Store, generator: Document) -> Iterator[Task]:
    """The current objects of the source bucket that fit the filter."""
    name = bucket_of(store, generator["SourceBucket"])
    bucket, owner = store.bucket(name), generator.get("ExpectedBucketOwner")
    if owner is not None and canonical_id(owner) != bucket.owner:
        raise S3Error("AccessDenied")
    for key, version in tuple(bucket.objects.items()):  # tasks may change the bucket
        if _fits(version, generator.get("Filter") or {}):
            version_id = version.version_id if bucket.is_versioned else None
            yield Task(name, key, version_id, listed_key=quote(key, safe="/"))


def _fits(version: S3Object, chosen: Document) -> bool:
    """Whether an object fits a filter: all that it names (API manual, JobManifestGeneratorFilter)."""
    names = chosen.get("KeyNameConstraint") or {}
    key, size = version.key, version.size
    return all(
        (
            _is_any(names.get("MatchAnyPrefix"), key.startswith),
            _is_any(names.get("MatchAnySuffix"), key.endswith),
            _is_any(names.get("MatchAnySubstring"), lambda part: part in key),
            _is_any(chosen.get("MatchAnyStorageClass"), lambda name: name == version.attributes.storage_class),
            _is_any(chosen.get("MatchAnyObjectEncryption"), lambda kind: _has_encryption(version, kind)),
            _is_any(chosen.get("ObjectReplicationStatuses"), (version.properties.replication or "NONE").__eq__),
            size > chosen.get("ObjectSizeGreaterThanBytes", -1),
            size < chosen.get("ObjectSizeLessThanBytes", size + 1),
            version.modified > _in_utc(chosen.get("CreatedAfter", datetime.min)),
            version.modified < _in_utc(chosen.get("CreatedBefore", datetime.max)),
        )
    )


def _is_any(options: list[Any] | None, fits: Any) -> bool:
    """Whether one of the options fits; also where the filter does not name any."""
    return not options or any(map(fits, options))


def _has_encryption(version: S3Object, kind: Document) -> bool:
    methods = {"SSES3": "AES256", "SSEKMS": "aws:kms", "DSSEKMS": "aws:kms:dsse"}
    ((name, details),) = kind.items()
    encryption = version.encryption
    if name in ("SSEC", "NOTSSE"):  # S3 encrypts every object that has no key of the customer's
        return name == "SSEC" and encryption.customer_key_md5 is not None
    key, bucket_key = (details or {}).get("KmsKeyArn"), (details or {}).get("BucketKeyEnabled")
    has_key = key in (None, encryption.key_arn) and bucket_key in (None, encryption.bucket_key)
    return methods[name] == encryption.algorithm and has_key


def _in_utc(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
