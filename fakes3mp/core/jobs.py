"""Jobs of S3 Batch Operations: what they are to do, how far they have come, and the states that they go through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value

STEP_TIME = timedelta(seconds=1)  # between two steps of a job; S3 takes its time


class JobStatus(Enum):
    """The states of the manual, "Job statuses"; those in which S3 only waits for something to end are left out."""

    NEW = "New"
    PREPARING = "Preparing"
    SUSPENDED = "Suspended"
    READY = "Ready"
    ACTIVE = "Active"
    COMPLETE = "Complete"
    CANCELLED = "Cancelled"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in (JobStatus.COMPLETE, JobStatus.CANCELLED, JobStatus.FAILED)


# state -> the states that a user may ask for (API manual, UpdateJobStatus)
REQUESTS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.NEW: frozenset((JobStatus.CANCELLED,)),
    JobStatus.PREPARING: frozenset((JobStatus.CANCELLED,)),
    JobStatus.SUSPENDED: frozenset((JobStatus.READY, JobStatus.CANCELLED)),
    JobStatus.READY: frozenset((JobStatus.CANCELLED,)),
    JobStatus.ACTIVE: frozenset((JobStatus.CANCELLED,)),
}


class Task(Value, frozen=True):
    """One object of a manifest."""

    bucket: str
    key: str
    version_id: str | None = None
    listed_key: str = ""  # as the manifest has it, URL-encoded; the report repeats it


class TaskResult(Value, frozen=True):
    """How a task went, as the completion report has it."""

    task: Task
    status: int = 200
    error_code: str = ""
    message: str = "Successful"

    @property
    def is_failed(self) -> bool:
        return self.error_code != ""


class Job(Value, frozen=True):
    """A job; each change of it is a new value."""

    id: str
    account_id: str
    region: str
    created: datetime
    request: Mapping[str, Any]  # of CreateJob, by member names
    priority: int
    tags: Tags = ()
    status: JobStatus = JobStatus.NEW
    status_reason: str | None = None
    tasks: tuple[Task, ...] = ()
    succeeded: int = 0
    failed: int = 0
    failure: tuple[str, str] | None = None  # code and reason
    suspended: datetime | None = None
    terminated: datetime | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:{self.region}:{self.account_id}:job/{self.id}"

    @property
    def operation(self) -> str:
        """The name of what it does to each object: ``S3PutObjectCopy``."""
        return str(next(iter(self.request["Operation"])))
