"""Calls at the same time on one key are linearizable: each takes effect at one moment between its begin and its end.

Threads, asyncio tasks and forked processes upload parts, complete, abort, put, read and delete, some beside snapshots, restores,
a clock and faults that lose answers. ``python -m tests.properties.long_histories`` does so for longer.
"""

import random
import threading

import pytest

from tests.properties.callers import (
    CAN_FORK,
    ONE_ATTEMPT,
    Calls,
    begin_uploads,
    calls_of,
    everybody,
    frequent_switches,
    new_fake,
)
from tests.properties.histories import LOST, START, Event, is_linearizable

# A fork beside other threads of the test itself is what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")


@pytest.fixture(autouse=True)
def switching():
    with frequent_switches():
        yield


@pytest.fixture
def fake():
    with new_fake() as fake:
        yield fake


def random_calls(seed, count=6):
    return list(calls_of(random.Random(seed), count))


@pytest.mark.parametrize("wire", ["auto", "http"])
@pytest.mark.parametrize("seed", range(10))
def test_threads(wire, seed):
    with new_fake(wire) as fake:
        s3 = fake.client()
        callers = Calls(s3, begin_uploads(s3))
        for number in range(4):
            callers.thread(random_calls(f"{seed} {number}"))
        history = callers.run()
    assert is_linearizable(history, START), history


@pytest.mark.parametrize("seed", range(5))
def test_threads_whose_answers_are_lost(fake, seed):
    """A call whose answer was lost has taken effect or not, but never later than its end."""
    s3 = fake.client(config=ONE_ATTEMPT)
    callers = Calls(s3, begin_uploads(s3))
    fake.faults.on("UploadPart").rate(0.3).after_commit().lose_response()
    fake.faults.on("CompleteMultipartUpload").rate(0.3).reset_connection()
    for number in range(3):
        callers.thread(random_calls(f"{seed} {number}"))
    history = callers.run()
    fake.faults.clear()
    assert is_linearizable(history, START), history


@pytest.mark.parametrize("seed", range(5))
def test_threads_beside_snapshots_and_a_clock(fake, seed):
    """What is looked at meanwhile is a state between two calls: an object is whole, an upload open or ended."""
    s3 = fake.client()
    callers, stopped, seen = Calls(s3, begin_uploads(s3)), threading.Event(), []
    for number in range(3):
        callers.thread(random_calls(f"{seed} {number}"))

    def look():
        while not stopped.is_set():
            copy = new_fake()
            copy.restore(fake.snapshot())
            seen.extend(version.body for version in copy.buckets["media"].objects)
            seen.extend(b"" for upload in copy.uploads if upload.state not in ("open", "completed", "aborted"))
            fake.clock.advance(seconds=1)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        history = callers.run()
    finally:
        stopped.set()
        watcher.join()
    assert is_linearizable(history, START), history
    assert set(seen) <= {b"puta", b"putb", b"a", b"b", b"aa", b"ab", b"ba", b"bb"}


@pytest.mark.parametrize("seed", range(3))
def test_tasks_that_call_in_threads(fake, seed):
    s3 = fake.client()
    callers = Calls(s3, begin_uploads(s3))
    callers.tasks(*(random_calls(f"{seed} {number}") for number in range(4)))
    history = callers.run()
    assert is_linearizable(history, START), history


@pytest.mark.skipif(not CAN_FORK, reason="this platform has no fork")
@pytest.mark.parametrize("seed", range(5))
def test_forked_processes(fake, seed):
    """Beside a thread of the parent."""
    s3 = fake.client()
    callers = Calls(s3, begin_uploads(s3))
    callers.thread(random_calls(f"{seed} thread"))
    for number in range(3):
        callers.process(random_calls(f"{seed} {number}"))
    history = callers.run()
    assert len(history) == 24
    assert is_linearizable(history, START), history


@pytest.mark.parametrize("seed", range(20))
def test_everybody_at_once(seed):
    """Also a restore and a move of the clock take effect at one moment, for all who call."""
    history = everybody(seed)
    assert is_linearizable(history, START), history


# The search itself


def event(call, outcome, began, ended):
    return Event(call, outcome, began, ended)


PART = event(("part", "x", 1, b"a"), "ok", 0, 1)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([event(("put", b"a"), "ok", 0, 1), event(("get",), b"a", 2, 3)], True),
        ([event(("put", b"a"), "ok", 0, 1), event(("get",), None, 2, 3)], False),  # what was written is lost
        ([event(("put", b"a"), "ok", 0, 3), event(("get",), None, 1, 2)], True),  # at the same time
        ([event(("put", b"a"), "ok", 0, 9), event(("get",), b"a", 1, 2), event(("get",), None, 3, 4)], False),  # there and back
        ([event(("put", b"a"), LOST, 0, 1), event(("get",), None, 2, 3)], True),
        ([event(("put", b"a"), LOST, 0, 1), event(("get",), b"b", 2, 3)], False),
        ([PART, event(("complete", "x", ((1, b"a"),)), "InvalidPart", 2, 3)], False),
        ([event(("abort", "x"), "ok", 0, 1), event(("part", "x", 1, b"a"), "ok", 2, 3)], False),
        ([event(("put", b"a"), "ok", 0, 1), event(("restore",), "ok", 2, 3), event(("get",), None, 4, 5)], True),
        ([event(("put", b"a"), "ok", 0, 1), event(("restore",), "ok", 2, 3), event(("get",), b"a", 4, 5)], False),
        ([event(("put", b"a"), "ok", 0, 1), event(("snapshot",), "ok", 2, 3), event(("delete",), "ok", 4, 5), event(("restore",), "ok", 6, 7), event(("get",), b"a", 8, 9)], True),
        ([PART, event(("restore",), "ok", 2, 3), event(("complete", "x", ((1, b"a"),)), "ok", 4, 5)], False),
        ([PART, event(("expire",), "ok", 2, 3), event(("complete", "x", ((1, b"a"),)), "NoSuchUpload", 4, 5)], True),
        ([PART, event(("expire",), "ok", 2, 3), event(("complete", "x", ((1, b"a"),)), "ok", 4, 5)], False),
    ],
)  # fmt: skip
def test_the_search(history, expected):
    assert is_linearizable(history, START) is expected
