"""The scheduled steps of S3 Control, whose modules are imported when one is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module

from fakes3mp.core.control import JOB_STEP, MULTI_REGION_STEP
from fakes3mp.core.passing_time import TakeStep
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store


def _step_of(module: str) -> TakeStep:
    """The function ``take_step`` of a module of S3 Control."""

    def take_step(store: Store, step: Step, at: datetime) -> None:
        import_module(f"fakes3mp.operations.control.{module}").take_step(store, step, at)

    return take_step


CONTROL_STEPS: Mapping[str, TakeStep] = {
    JOB_STEP: _step_of("job_steps"),
    MULTI_REGION_STEP: _step_of("async_requests"),
}
