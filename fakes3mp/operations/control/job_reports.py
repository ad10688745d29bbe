"""The completion report of a job: CSV files of its tasks, and a manifest of them (O395)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import datetime

from fakes3mp.core.jobs import Job, TaskResult
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.job_tasks import bucket_of, perform
from fakes3mp.operations.registry import Caller

# The declared order of the columns; S3 writes the status before the error code all the same (O395).
_SCHEMA = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"


def write_report(store: Store, job: Job, results: Sequence[TaskResult], at: datetime) -> None:
    """Write the report that was asked for. One that cannot be written leaves the job as it is (not verified)."""
    report = job.request.get("Report") or {}
    if not report.get("Enabled") or not results:
        return
    kinds = {"failed": [result for result in results if result.is_failed]}
    if report["ReportScope"] == "AllTasks":
        kinds = {"succeeded": [result for result in results if not result.is_failed], **kinds}
    try:
        _write(store, job, {kind: rows for kind, rows in kinds.items() if rows}, at)
    except S3Error:
        return


def _write(store: Store, job: Job, kinds: dict[str, list[TaskResult]], at: datetime) -> None:
    report = job.request["Report"]
    bucket, prefix = bucket_of(store, report["Bucket"]), f"{report['Prefix']}/" if report.get("Prefix") else ""
    folder, written = f"{prefix}job-{job.id}", []
    for kind, rows in kinds.items():
        data = _csv(rows)
        key = f"{folder}/results/{hashlib.sha1(f'{job.id}{kind}'.encode()).hexdigest()}.csv"
        _put(store, job, bucket, key, data)
        digest = hashlib.md5(data).hexdigest()
        written.append({"TaskExecutionStatus": kind, "Bucket": bucket, "MD5Checksum": digest, "Key": key})
    manifest = {
        "Format": report["Format"],
        "ReportCreationDate": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "Results": written,
        "ReportSchema": _SCHEMA,
    }
    data = json.dumps(manifest).encode()
    _put(store, job, bucket, f"{folder}/manifest.json", data)
    _put(store, job, bucket, f"{folder}/manifest.json.md5", hashlib.md5(data).hexdigest().encode())


def _csv(results: Sequence[TaskResult]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for result in results:
        task, status = result.task, "failed" if result.is_failed else "succeeded"
        version = task.version_id or ""
        row = (task.bucket, task.listed_key, version, status, result.status, result.error_code, result.message)
        writer.writerow(row)
    return text.getvalue().encode()


def _put(store: Store, job: Job, bucket: str, key: str, body: bytes) -> None:
    caller = Caller(job.request["RoleArn"].split(":")[4])
    perform(store, "PutObject", {"Bucket": bucket, "Key": key, "Body": body}, caller)
