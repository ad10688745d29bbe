"""What S3 does by itself as time passes: lifecycle rules, and steps that were scheduled for a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from fakes3mp.core import intelligent_tiering, replication, restores
from fakes3mp.core.lifecycle_actions import LifecycleAction, run_lifecycle
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store

TakeStep = Callable[[Store, Step, datetime], None]

# the kind of a step, its first item -> the function that takes it
STEPS: Mapping[str, TakeStep] = {
    restores.STEP: restores.take_step,
    replication.STEP: replication.take_step,
    intelligent_tiering.STEP: intelligent_tiering.take_step,
}


def pass_time(store: Store, until: datetime, further_steps: Mapping[str, TakeStep]) -> list[LifecycleAction]:
    """Do what is due by a time, in order of time: lifecycle actions, which are returned, and scheduled steps.

    ``further_steps`` takes those that the core does not know.
    """
    steps = {**STEPS, **further_steps}
    actions: list[LifecycleAction] = []
    with store.transaction():
        while (at := store.next_step) is not None and at <= until:
            actions += run_lifecycle(store, at)
            for step in store.scheduled.steps_at(at):
                if step in store.scheduled:  # and no other step has taken it back
                    steps[step[0]](store, step, at)
        return actions + run_lifecycle(store, until)
