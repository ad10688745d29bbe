"""Jobs of S3 Batch Operations: create, look up, list, change, tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.control import JOB_STEP
from fakes3mp.core.jobs import REQUESTS, STEP_TIME, Job, JobStatus
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, Tags, tags_from_document, tags_to_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.job_tasks import REQUEST_OF
from fakes3mp.operations.control.pages import list_page
from fakes3mp.operations.registry import Answer, Caller, operation

_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")
_MAX_PRIORITY = (1 << 31) - 1
_LISTED = timedelta(days=90)  # how long a job that has ended is listed (API manual)

Document = Mapping[str, Any]


class JobRequest(Struct, frozen=True):
    """What a job is to do."""

    operation: Document | None = None
    report: Document | None = None
    manifest: Document | None = None
    manifest_generator: Document | None = None
    role_arn: str = ""
    description: str | None = None
    confirmation_required: bool | None = None

    def check(self) -> None:
        """Raise what S3 refuses (API manual; wordings not verified)."""
        operations = list(self.operation or {})
        if len(operations) != 1:
            raise _invalid("A job needs exactly one operation")
        if operations[0] not in REQUEST_OF:
            raise S3Error("NotImplemented", f"fakes3mp does not implement {operations[0]} of S3 Batch Operations.")
        if (self.manifest is None) == (self.manifest_generator is None):
            raise _invalid("A job needs either a manifest or a manifest generator, but not both")
        if not _ROLE.fullmatch(self.role_arn):
            raise _invalid("The role ARN is not valid")
        self._check_manifest()
        self._check_generator()
        report = self.report or {}
        if report.get("Enabled") and not {"Bucket", "Format", "ReportScope"} <= report.keys():
            raise _invalid("A report that is enabled needs Bucket, Format and ReportScope")

    def _check_manifest(self) -> None:
        spec = (self.manifest or {}).get("Spec", {})
        fields = spec.get("Fields") or ()
        if spec.get("Format") == "S3BatchOperations_CSV_20180820" and not {"Bucket", "Key"} <= set(fields):
            raise _invalid("The manifest's fields must contain Bucket and Key")

    def _check_generator(self) -> None:
        """Refuse what the fake does not do: to write the generated manifest, and to judge replication rules."""
        generator = (self.manifest_generator or {}).get("S3JobManifestGenerator") or {}
        chosen = generator.get("Filter") or {}
        for name, values in (("EnableManifestOutput", generator), ("EligibleForReplication", chosen)):
            if values.get(name):
                raise S3Error("NotImplemented", f"fakes3mp does not implement {name} of manifest generators.")

    def members(self) -> dict[str, Any]:
        """By S3's names, as DescribeJob answers them."""
        members = {
            "Operation": self.operation,
            "Report": self.report,
            "Manifest": self.manifest,
            "ManifestGenerator": self.manifest_generator,
            "RoleArn": self.role_arn,
            "Description": self.description,
            "ConfirmationRequired": bool(self.confirmation_required),
        }
        return {name: value for name, value in members.items() if value is not None}


def _invalid(message: str) -> S3Error:
    return S3Error("InvalidRequest", message)


@operation("s3control.CreateJob")
def create_job(
    store: Store,
    *,
    account_id: str,
    job: JobRequest,
    priority: int,
    client_request_token: str,
    tags: list[Mapping[str, str]] | None = None,
    caller: Caller,
) -> Answer:
    """Create a job, which begins when the fake's clock moves. The same token again answers the same job."""
    job.check()
    _check_priority(priority)
    checked_tags = tags_from_document(tags or (), NEW_BUCKET_TAGS)
    request, key = {**job.members(), "Priority": priority}, (account_id, client_request_token)
    earlier = store.control.job_tokens.get(key)
    if earlier is not None:
        if {**store.control.jobs[earlier].request} != request:
            raise S3Error("IdempotencyException")
        return {"JobId": earlier}

    region = caller.region or store.region
    new_job = Job(store.ids.job(account_id), account_id, region, store.now(), request, priority, checked_tags)
    save(store, new_job)
    store.journal.set_item(store.control.job_tokens, key, new_job.id)
    store.schedule((JOB_STEP, new_job.id), store.now() + STEP_TIME)
    return {"JobId": new_job.id}


def save(store: Store, job: Job) -> None:
    """Put a job, or what has become of it, in its place."""
    store.journal.set_item(store.control.jobs, job.id, job)


def _check_priority(priority: int) -> None:
    if not 0 <= priority <= _MAX_PRIORITY:
        raise _invalid("The priority is not valid")


@operation("s3control.DescribeJob")
def describe_job(store: Store, *, account_id: str, job_id: str) -> Answer:
    """All about a job."""
    job = _find(store, account_id, job_id)
    optional = {
        "StatusUpdateReason": job.status_reason,
        "SuspendedDate": job.suspended,
        "SuspendedCause": None if job.suspended is None else "AwaitingConfirmation",
        "FailureReasons": job.failure and [{"FailureCode": job.failure[0], "FailureReason": job.failure[1]}],
    }
    return {
        "Job": {
            **_descriptor(job),
            **job.request,
            "Operation": job.request["Operation"],
            "Priority": job.priority,
            "JobArn": job.arn,
            **{name: value for name, value in optional.items() if value is not None},
        }
    }


@operation("s3control.ListJobs")
def list_jobs(
    store: Store,
    *,
    account_id: str,
    job_statuses: list[str] | None = None,
    next_token: str | None = None,
    max_results: int | None = None,
) -> Answer:
    """The account's jobs in these states, but those that ended long ago, the newest first."""
    forgotten = store.now() - _LISTED
    jobs = [
        job
        for job in store.control.jobs.values()
        if job.account_id == account_id
        and (not job_statuses or job.status.value in job_statuses)
        and (job.terminated is None or job.terminated > forgotten)
    ]
    by_place = {f"{place:08}": job for place, job in enumerate(reversed(jobs))}
    return list_page("Jobs", by_place, _listed, next_token, max_results)


def _listed(job: Job) -> Answer:
    description = {name: job.request[name] for name in ("Description",) if name in job.request}
    return {**_descriptor(job), **description, "Operation": job.operation, "Priority": job.priority}


def _descriptor(job: Job) -> Answer:
    """What lists and DescribeJob say of a job."""
    active = 0 if job.terminated is None else round(STEP_TIME.total_seconds())
    descriptor: Answer = {
        "JobId": job.id,
        "Status": job.status.value,
        "CreationTime": job.created,
        "ProgressSummary": {
            "TotalNumberOfTasks": len(job.tasks),
            "NumberOfTasksSucceeded": job.succeeded,
            "NumberOfTasksFailed": job.failed,
            "Timers": {"ElapsedTimeInActiveSeconds": active if job.succeeded or job.failed else 0},
        },
    }
    return descriptor if job.terminated is None else {**descriptor, "TerminationDate": job.terminated}


@operation("s3control.UpdateJobPriority")
def update_job_priority(store: Store, *, account_id: str, job_id: str, priority: int) -> Answer:
    """Change the priority of a job that has not ended."""
    job = _find(store, account_id, job_id)
    _check_priority(priority)
    if job.status.is_final:
        raise _invalid("The priority of a job that has ended cannot be changed")  # wording not verified

    save(store, replace(job, priority=priority))
    return {"JobId": job_id, "Priority": priority}


@operation("s3control.UpdateJobStatus")
def update_job_status(
    store: Store,
    *,
    account_id: str,
    job_id: str,
    requested_job_status: str,
    status_update_reason: str | None = None,
) -> Answer:
    """Confirm a job that waits for it, or cancel one (O396)."""
    job = _find(store, account_id, job_id)
    requested = next((status for status in JobStatus if status.value == requested_job_status), None)
    if requested not in REQUESTS.get(job.status, ()):
        raise _invalid("Requested job status forbidden")
    assert requested is not None, "it is one of those that may be requested"

    if requested is JobStatus.CANCELLED:
        save(store, replace(job, status=requested, status_reason=status_update_reason, terminated=store.now()))
        store.schedule((JOB_STEP, job_id), None)
    else:
        save(store, replace(job, status=requested, status_reason=status_update_reason))
        store.schedule((JOB_STEP, job_id), store.now() + STEP_TIME)
    answer: Answer = {"JobId": job_id, "Status": requested_job_status}
    return answer if status_update_reason is None else {**answer, "StatusUpdateReason": status_update_reason}


@operation("s3control.PutJobTagging")
def put_job_tagging(store: Store, *, account_id: str, job_id: str, tags: list[Mapping[str, str]]) -> Answer:
    """Replace a job's tags."""
    return _set_tags(store, _find(store, account_id, job_id), tags_from_document(tags, NEW_BUCKET_TAGS))


@operation("s3control.GetJobTagging")
def get_job_tagging(store: Store, *, account_id: str, job_id: str) -> Answer:
    """A job's tags."""
    return {"Tags": tags_to_document(_find(store, account_id, job_id).tags)}


@operation("s3control.DeleteJobTagging")
def delete_job_tagging(store: Store, *, account_id: str, job_id: str) -> Answer:
    """Remove a job's tags."""
    return _set_tags(store, _find(store, account_id, job_id), ())


def _set_tags(store: Store, job: Job, tags: Tags) -> Answer:
    save(store, replace(job, tags=tags))
    return {}


def _find(store: Store, account_id: str, job_id: str) -> Job:
    """The account's job of this id (API manual: NotFoundException; wording not verified)."""
    job = store.control.jobs.get(job_id)
    if job is None or job.account_id != account_id:
        raise S3Error("NotFoundException")
    return job
