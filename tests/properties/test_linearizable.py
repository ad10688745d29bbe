"""Calls of threads on one key are linearizable: each takes effect at one moment between its begin and its end.

Threads upload parts, complete, abort, put, read and delete at the same time, some beside snapshots, a clock and faults that lose
answers. The recorded history is searched for an order that a sequential model agrees with (Wing and Gong, "Testing and verifying
concurrent objects", with visited states remembered as by Lowe).
"""

import asyncio
import random
import threading
import time
from dataclasses import dataclass

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fakes3mp import FakeS3

KEY = {"Bucket": "media", "Key": "key"}
LOST = "lost"  # nobody knows what came of the call: it took effect, or it did not


@dataclass(frozen=True)
class Event:
    """One call with what came of it."""

    call: tuple
    outcome: object
    began: float
    ended: float


# The model: the object's bytes or None, and for each upload its parts, or how it ended. All values can be hashed.


def step(state, call):
    """The state after a call, and its outcome."""
    body, uploads = state
    name, *arguments = call
    if name == "put":
        return (arguments[0], uploads), "ok"
    if name == "get":
        return state, body
    if name == "delete":
        return (None, uploads), "ok"
    parts = dict(uploads)[arguments[0]]
    return _step_of_ended(state, name, parts) if isinstance(parts, str) else _step_of_open(state, call, dict(parts))


def _step_of_ended(state, name, ending):
    """An aborted upload is gone. A completed one takes an abort, and the same list again while its object is there."""
    if ending == "aborted" or name == "part":
        return state, "NoSuchUpload"
    return state, "ok" if name == "abort" else ("ok", "NoSuchUpload")


def _step_of_open(state, call, parts):
    body, uploads = state
    name, upload, *rest = call
    if name == "part":
        return (body, _with(uploads, upload, tuple(sorted({**parts, rest[0]: rest[1]}.items())))), "ok"
    if name == "abort":
        return (body, _with(uploads, upload, "aborted")), "ok"
    if any(parts.get(number) != part for number, part in rest[0]):
        return state, "InvalidPart"
    return (b"".join(part for _, part in rest[0]), _with(uploads, upload, "completed")), "ok"


def _with(uploads, upload, parts):
    return tuple((name, parts if name == upload else others) for name, others in uploads)


def agrees(expected, outcome):
    return outcome in (LOST, expected) or (isinstance(expected, tuple) and outcome in expected)


def is_linearizable(history, start):
    """Whether some order of all calls agrees with the model: one that ended before another began comes before it."""
    seen, stack = set(), [(frozenset(range(len(history))), start)]
    while stack:
        left, state = stack.pop()
        if (left, state) in seen:
            continue
        seen.add((left, state))
        if not left:
            return True
        first_end = min(history[each].ended for each in left)
        for each in left:
            event = history[each]
            if event.began > first_end:
                continue
            after, expected = step(state, event.call)
            if agrees(expected, event.outcome):
                stack.append((left - {each}, after))
            if event.outcome == LOST:
                stack.append((left - {each}, state))
    return False


# Recording


def perform(s3, ids, call):
    """Do a call; returns its outcome in the model's terms."""
    name, *arguments = call
    try:
        if name == "put":
            s3.put_object(**KEY, Body=arguments[0])
        elif name == "get":
            return s3.get_object(**KEY)["Body"].read()
        elif name == "delete":
            s3.delete_object(**KEY)
        elif name == "part":
            s3.upload_part(**KEY, UploadId=ids[arguments[0]], PartNumber=arguments[1], Body=arguments[2])
        elif name == "abort":
            s3.abort_multipart_upload(**KEY, UploadId=ids[arguments[0]])
        else:
            parts = [{"PartNumber": number, "ETag": etag(body)} for number, body in arguments[1]]
            s3.complete_multipart_upload(**KEY, UploadId=ids[arguments[0]], MultipartUpload={"Parts": parts})
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return None if code == "NoSuchKey" else code
    except BotoCoreError:
        return LOST
    return "ok"


def etag(body):
    from hashlib import md5

    return f'"{md5(body).hexdigest()}"'


def calls_of(chooser, count):
    """Random calls of one thread on two uploads, whose parts have one of two bodies."""
    bodies = [b"a", b"b"]
    for _ in range(count):
        upload, body = chooser.choice("xy"), chooser.choice(bodies)
        kind = chooser.random()
        if kind < 0.4:
            yield ("part", upload, chooser.choice([1, 2]), body)
        elif kind < 0.6:
            yield ("complete", upload, chooser.choice([((1, body),), ((1, body), (2, chooser.choice(bodies)))]))
        elif kind < 0.65:
            yield ("abort", upload)
        else:
            yield chooser.choice([("get",), ("get",), ("put", b"put" + body), ("delete",)])


def record(fake, s3, ids, chooser, threads, count):
    """The history of random calls by several threads."""
    history, barrier = [], threading.Barrier(threads)

    def run(calls):
        barrier.wait()
        for call in calls:
            began = time.perf_counter()
            outcome = perform(s3, ids, call)
            history.append(Event(call, outcome, began, time.perf_counter()))

    workers = [threading.Thread(target=run, args=(list(calls_of(chooser, count)),)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return history


START = (None, (("x", ()), ("y", ())))
WAYS = ["auto", "http"]


@pytest.fixture
def switching():
    """Threads take turns as often as they can."""
    import sys

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def begin(s3):
    return {name: s3.create_multipart_upload(**KEY)["UploadId"] for name in "xy"}


def new_fake(wire="auto"):
    return FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore", wire=wire)


@pytest.mark.parametrize("wire", WAYS)
@pytest.mark.parametrize("seed", range(10))
def test_threads(switching, wire, seed):
    with new_fake(wire) as fake:
        s3 = fake.client()
        history = record(fake, s3, begin(s3), random.Random(seed), 4, 6)
        assert is_linearizable(history, START), history


@pytest.mark.parametrize("seed", range(5))
def test_threads_whose_answers_are_lost(switching, seed):
    """A call whose answer was lost has taken effect or not, but never later than its end."""
    with new_fake() as fake:
        s3 = fake.client(config=Config(retries={"total_max_attempts": 1}))
        ids = begin(s3)
        fake.faults.on("UploadPart").rate(0.3).after_commit().lose_response()
        fake.faults.on("CompleteMultipartUpload").rate(0.3).reset_connection()
        history = record(fake, s3, ids, random.Random(seed), 3, 6)
        fake.faults.clear()
        assert is_linearizable(history, START), history


@pytest.mark.parametrize("seed", range(5))
def test_threads_beside_snapshots_and_a_clock(switching, seed):
    """What is looked at meanwhile is a state between two calls: an object is whole, an upload open or ended."""
    with new_fake() as fake:
        s3 = fake.client()
        ids, stopped, seen = begin(s3), threading.Event(), []

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
            history = record(fake, s3, ids, random.Random(seed), 3, 6)
        finally:
            stopped.set()
            watcher.join()
        assert is_linearizable(history, START), history
        assert set(seen) <= {b"puta", b"putb", b"a", b"b", b"aa", b"ab", b"ba", b"bb"}


@pytest.mark.parametrize("seed", range(3))
def test_tasks_that_call_in_threads(switching, seed):
    """As asyncio.to_thread does."""

    async def main(s3, ids):
        history = []

        async def task(calls):
            for call in calls:
                began = time.perf_counter()
                outcome = await asyncio.to_thread(perform, s3, ids, call)
                history.append(Event(call, outcome, began, time.perf_counter()))

        await asyncio.gather(*(task(list(calls_of(random.Random(f"{seed} {number}"), 6))) for number in range(4)))
        return history

    with new_fake() as fake:
        s3 = fake.client()
        history = asyncio.run(main(s3, begin(s3)))
        assert is_linearizable(history, START), history


# The search itself


def event(call, outcome, began, ended):
    return Event(call, outcome, began, ended)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([event(("put", b"a"), "ok", 0, 1), event(("get",), b"a", 2, 3)], True),
        ([event(("put", b"a"), "ok", 0, 1), event(("get",), None, 2, 3)], False),  # what was written is lost
        ([event(("put", b"a"), "ok", 0, 3), event(("get",), None, 1, 2)], True),  # at the same time
        ([event(("put", b"a"), "ok", 0, 9), event(("get",), b"a", 1, 2), event(("get",), None, 3, 4)], False),  # there and back
        ([event(("put", b"a"), LOST, 0, 1), event(("get",), None, 2, 3)], True),
        ([event(("put", b"a"), LOST, 0, 1), event(("get",), b"b", 2, 3)], False),
        ([event(("part", "x", 1, b"a"), "ok", 0, 1), event(("complete", "x", ((1, b"a"),)), "InvalidPart", 2, 3)], False),
        ([event(("abort", "x"), "ok", 0, 1), event(("part", "x", 1, b"a"), "ok", 2, 3)], False),
    ],
)  # fmt: skip
def test_the_search(history, expected):
    assert is_linearizable(history, START) is expected
