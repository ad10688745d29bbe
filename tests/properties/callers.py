"""Who calls at the same time: threads, asyncio tasks and forked processes on one key, and a test that changes the fake beside them.

Each records its calls with the times at which they began and ended, by a clock that all processes share.
"""

import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from hashlib import md5
from unittest import mock

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fakes3mp import FakeS3
from fakes3mp.core.content import Content
from tests.properties.histories import LOST, Event

KEY = {"Bucket": "media", "Key": "key"}
CAN_FORK = hasattr(os, "fork")
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})
CHANGES = ["snapshot", "snapshot", "snapshot", "restore", "restore", "start over", "start over", "expire"]
ABORT_RULE = {
    "ID": "abort",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}


def new_fake(wire="auto"):
    return FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore", wire=wire)


def begin_uploads(s3):
    return {name: s3.create_multipart_upload(**KEY)["UploadId"] for name in "xy"}


@contextlib.contextmanager
def frequent_switches():
    """Threads take turns as often as they can, and also where bytes are hashed, which is between the check and the change."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    compute = Content.compute

    def compute_slowly(content, *algorithms):
        time.sleep(0.003)
        compute(content, *algorithms)

    with mock.patch.object(Content, "compute", compute_slowly):
        yield
    sys.setswitchinterval(interval)


def calls_of(chooser, count):
    """Random calls of one caller on two uploads, whose parts have one of two bodies."""
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
    return f'"{md5(body).hexdigest()}"'


class Calls:
    """The callers of one history: each is added with its calls, and ``run`` lets all of them go at once."""

    def __init__(self, s3, ids):
        self._s3, self._ids = s3, ids
        self._threads, self._processes = [], []
        self._history = []

    def thread(self, calls):
        self._threads.append(lambda: self._record(calls))

    def tasks(self, *calls_of_tasks):
        """Tasks of one event loop, which call as asyncio.to_thread does."""

        async def task(calls):
            for call in calls:
                await asyncio.to_thread(self._record, [call])

        async def main():
            await asyncio.gather(*map(task, calls_of_tasks))

        self._threads.append(lambda: asyncio.run(main()))

    def process(self, calls, kill_after=None):
        """A forked process; it may be killed so many seconds later, in the middle of a call perhaps."""
        self._processes.append((calls, kill_after))

    def changes(self, fake, calls):
        """The test's own thread of changes to the fake: snapshot, restore, and a clock at which open uploads expire."""
        first = saved = fake.snapshot()

        def change(call):
            nonlocal saved
            if call == ("snapshot",):
                saved = fake.snapshot()
            elif call == ("restore",):
                fake.restore(saved)
            elif call == ("start over",):
                fake.restore(first)
            else:
                fake.clock.advance(days=3)
            return "ok"

        self._threads.append(lambda: self._record(_spread(calls), change))

    def run(self):
        """The history, when all have ended."""
        context = multiprocessing.get_context("fork") if self._processes else threading
        barrier = context.Barrier(len(self._threads) + len(self._processes))
        processes = [self._fork(context, barrier, *process) for process in self._processes]
        threads = [threading.Thread(target=_after(barrier, work)) for work in self._threads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for process, events in processes:
            self._history += _received(events)
            process.join()
        return self._history

    def _record(self, calls, do=None):
        for call in calls:
            began = time.perf_counter()
            outcome = do(call) if do else perform(self._s3, self._ids, call)
            self._history.append(Event(call, outcome, began, time.perf_counter()))

    def _fork(self, context, barrier, calls, kill_after):
        events, sender = context.Pipe(duplex=False)

        def main():
            barrier.wait()
            if kill_after is not None:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, kill_after)
            for call in calls:
                sender.send((call, time.perf_counter()))
                sender.send((perform(self._s3, self._ids, call), time.perf_counter()))

        process = context.Process(target=main)
        process.start()
        sender.close()
        return process, events


def _after(barrier, work):
    def main():
        barrier.wait()
        work()

    return main


def _spread(calls):
    """Calls that need no time, spread over the time that the others need."""
    for call in calls:
        time.sleep(0.002)
        yield call


def _received(events):
    """The events that a process has sent until its end. The call in which it was killed may take effect at any time."""
    with events:
        while True:
            try:
                call, began = events.recv()
            except EOFError:
                return
            try:
                outcome, ended = events.recv()
            except EOFError:
                outcome, ended = LOST, float("inf")
            yield Event(call, outcome, began, ended)


def everybody(seed, count=5):
    """The history of threads, tasks and processes at once, beside changes to the fake, with answers that are lost."""
    chooser = random.Random(seed)
    with new_fake() as fake:
        s3 = fake.client(config=ONE_ATTEMPT)
        s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [ABORT_RULE]})
        callers = Calls(s3, begin_uploads(s3))
        if chooser.random() < 0.5:
            fake.faults.on("UploadPart").rate(0.2).after_commit().lose_response()
            fake.faults.on("CompleteMultipartUpload").rate(0.2).reset_connection()
        callers.thread(list(calls_of(chooser, count)))
        callers.tasks(list(calls_of(chooser, count)), list(calls_of(chooser, count)))
        callers.changes(fake, [(chooser.choice(CHANGES),) for _ in range(3 * count)])
        if CAN_FORK:
            callers.process(list(calls_of(chooser, count)))
            callers.process(list(calls_of(chooser, count)), kill_after=chooser.choice([None, 0.005, 0.01]))
        history = callers.run()
        fake.faults.clear()
    return history
