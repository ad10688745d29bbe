"""The steps of a job as time passes: its manifest is read, it runs, and its completion report is written."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from fakes3mp.core.control import JOB_STEP
from fakes3mp.core.jobs import STEP_TIME, Job, JobStatus, TaskResult
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store
from fakes3mp.operations.control.job_manifests import ManifestError, read_tasks
from fakes3mp.operations.control.job_reports import write_report
from fakes3mp.operations.control.job_requests import save
from fakes3mp.operations.control.job_tasks import run_task

_TASKS_BEFORE_FAILURE = 1000  # a job fails if most of its tasks did, once so many have run (S3's manual)


def take_step(store: Store, step: Step, at: datetime) -> None:
    """Bring a job to its next state. Of jobs that are due at the same time those with a higher priority come first."""
    due = [other for other in store.scheduled.steps_at(at) if other[0] == JOB_STEP]
    jobs = [store.control.jobs[other[1]] for other in due]
    for job in sorted(jobs, key=lambda job: -job.priority):
        store.schedule((JOB_STEP, job.id), None)
        _advance(store, job, at)


def _advance(store: Store, job: Job, at: datetime) -> None:
    moved = _NEXT[job.status](store, job, at)
    save(store, moved)
    if not moved.status.is_final and moved.status is not JobStatus.SUSPENDED:
        store.schedule((JOB_STEP, job.id), at + STEP_TIME)


def _prepare(store: Store, job: Job, at: datetime) -> Job:
    return replace(job, status=JobStatus.PREPARING)


def _read_manifest(store: Store, job: Job, at: datetime) -> Job:
    try:
        tasks = read_tasks(store, job)
    except ManifestError as error:
        return replace(job, status=JobStatus.FAILED, failure=(error.code, error.reason), terminated=at)
    if job.request["ConfirmationRequired"]:
        return replace(job, status=JobStatus.SUSPENDED, tasks=tasks, suspended=at)
    return replace(job, status=JobStatus.READY, tasks=tasks)


def _begin(store: Store, job: Job, at: datetime) -> Job:
    return replace(job, status=JobStatus.ACTIVE)


def _run(store: Store, job: Job, at: datetime) -> Job:
    """Run all tasks, or as many as it takes to see that the job fails, and write the report."""
    results: list[TaskResult] = []
    parameters, failed = job.request["Operation"][job.operation] or {}, 0
    for task in job.tasks:
        results.append(run_task(store, job.operation, parameters, task, job.request["RoleArn"]))
        failed += results[-1].is_failed
        if len(results) >= _TASKS_BEFORE_FAILURE and failed * 2 > len(results):
            break
    gave_up = len(results) < len(job.tasks)
    reason = ("TaskFailureThreshold", "More than half of the tasks failed") if gave_up else None  # not verified
    done = replace(
        job,
        status=JobStatus.FAILED if gave_up else JobStatus.COMPLETE,
        succeeded=len(results) - failed,
        failed=failed,
        failure=reason,
        terminated=at,
    )
    write_report(store, done, results, at)
    return done


_NEXT = {
    JobStatus.NEW: _prepare,
    JobStatus.PREPARING: _read_manifest,
    JobStatus.READY: _begin,
    JobStatus.ACTIVE: _run,
}
