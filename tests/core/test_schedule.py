"""The schedule against a dictionary, through random changes, transactions that are taken back, and copies."""

from datetime import datetime, timedelta, timezone
from random import Random

import pytest

from fakes3mp.core.journal import Journal
from fakes3mp.core.schedule import Schedule

START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def check(schedule, times):
    assert dict(schedule) == times
    assert schedule.next_time == min(times.values(), default=None)
    for at in {START, *times.values()}:
        assert schedule.steps_at(at) == sorted(step for step, due in times.items() if due == at)


@pytest.mark.parametrize("seed", range(5))
def test_random_changes(seed):
    random, journal = Random(seed), Journal()
    schedule, times = Schedule(), {}
    copies = []
    for _ in range(200):
        before, is_taken_back = dict(times), random.random() < 0.2
        journal.begin()
        for _ in range(random.randrange(1, 4)):
            step = (random.choice("ab"), str(random.randrange(8)))
            at = random.choice((None, START + timedelta(hours=random.randrange(5))))
            schedule.set(step, at, journal)
            times.pop(step, None) if at is None else times.update({step: at})
        if is_taken_back:
            journal.roll_back()
            times = before
        else:
            journal.commit()
        check(schedule, times)
        if random.random() < 0.1:
            copies.append((schedule.copy(), dict(times)))
    for copy, at_that_time in copies:
        check(copy, at_that_time)
