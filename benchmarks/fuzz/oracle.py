"""What must hold after every input, whatever it was.

* The answer is S3's: no exception of ours, no status 500, an error document with a code, no header that ends in the middle.
* A refused request has changed nothing.
* After a request that was accepted, ordinary calls on the same bucket are answered, and lifecycle rules can run.
* At the end no thread, no descriptor and no file is left.
"""

import contextlib
import gc
import json
import os
import pickle
import re
import tempfile
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from benchmarks.fuzz.requests import Sent
from benchmarks.fuzz.world import statuses
from fakes3mp.core.ids import Ids
from fakes3mp.core.sorted_map import SortedMap
from fakes3mp.report.page import page
from fakes3mp.report.summary import summarise
from fakes3mp.report.text import section
from tests.wire.senders import AUTHORIZATION

SIGNED = {"authorization": AUTHORIZATION, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
_SCALARS = {str, int, bool, bytes, type(None), datetime, float}
_CODE = re.compile(rb"<Code>\w+</Code>")
_SERVER_ERRORS = {501, 503, 505}  # NotImplemented, SlowDown, the version of HTTP
_ORDINARY = [("PUT", "used", b"body"), ("GET", "used", b""), ("HEAD", "used", b""), ("GET", "?list-type=2", b""), ("GET", "?versions", b""), ("GET", "?uploads", b""), ("POST", "used?uploads", b""), ("GET", "used?tagging", b""), ("DELETE", "used", b"")]  # fmt: skip


class Broken(AssertionError):
    """Something that must hold does not."""


class Oracle:
    """Sends inputs to a world and judges what comes back."""

    def __init__(self, world):
        self.world = world
        self._before = None  # the state before the next input, where it is known

    def begin_block(self):
        self.world.restore()
        self._before = None

    def judge(self, sent, way):
        """Send one request; returns its status."""
        before = self._state() if self._before is None else self._before
        status, headers, body = getattr(self.world, way)(sent)
        check_response(sent.method, status, headers, body)
        after = self._state()
        if is_refusal(status) and after != before:
            raise Broken(f"refused with {status}, and changed {difference(before, after)}")
        self._before = after
        return status

    def judge_bytes(self, data):
        """Send bytes to the server; returns the status of the last response, 0 where there was none."""
        before = self._state() if self._before is None else self._before
        received = self.world.sockets(data)
        found, rest = statuses(received)
        if rest and not rest.isspace() and found and max(found) < 300 and b"HEAD" not in data:
            raise Broken(f"after the responses {found} came {rest[:100]!r}")
        if self.world.server._server.bugs:
            raise self.world.server._server.bugs.pop()
        for status in found:
            check_status(status)
        after = self._state()
        if found and all(map(is_refusal, found)) and after != before:
            raise Broken(f"refused with {found}, and changed {difference(before, after)}")
        self._before = after
        return found[-1] if found else 0

    def use(self, bucket):
        """Ordinary calls on a bucket, and time that passes."""
        for method, rest, body in _ORDINARY:
            sent = Sent(
                "",
                method,
                f"/{bucket}/{rest.partition('?')[0]}",
                [],
                {**SIGNED, "content-length": str(len(body))},
                body,
            )
            if "?" in rest:
                sent.query = [rest.partition("?")[2].partition("=")[::2]]
            check_response(method, *self.world.handle(sent))
        self._before = None

    def pass_time(self, days):
        self.world.fake.clock.advance(days=days)
        self._before = None

    def look(self):
        """What tests look at: views, texts, the call log, a dump."""
        fake = self.world.fake
        for view in [*fake.uploads, *fake.calls, *fake.buckets.values()]:
            repr(view), str(view)
        for upload in fake.uploads:
            upload.timeline()
        summary = {"test": "test", "outcome": "failed", "fakes": [json.loads(json.dumps(summarise(fake)))]}
        section(summary["fakes"][0])
        page([summary])
        pickle.loads(pickle.dumps(fake.calls))
        with tempfile.TemporaryDirectory() as directory:
            fake.dump(Path(directory) / "dump")
            type(fake).load(Path(directory) / "dump", open_uploads="ignore")

    def _state(self):
        store = self.world.fake._store
        if store.journal._steps:
            raise Broken("a change is left to be taken back")
        return state_of(store._state)


def state_of(value):
    """A state as plain containers. What cannot change is not copied: an object, an upload's part, bytes."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, Struct):
        if value.__struct_config__.frozen:
            return value
        return {name: state_of(getattr(value, name)) for name in value.__struct_fields__ if name != "generation"}
    if isinstance(value, (dict, SortedMap)):
        return {name: state_of(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [state_of(member) for member in value]
    if isinstance(value, Ids):  # those of responses are issued for every answer
        return dict(value._issued)
    return value


def is_refusal(status):
    """Whether a request was not carried out; 303 is the redirect after a form was stored."""
    return status >= 300 and status != 303


def check_status(status):
    if not 100 <= status < 500 and status not in _SERVER_ERRORS:
        raise Broken(f"status {status}")


def check_response(method, status, headers, body):
    check_status(status)
    for name, value in headers.items():
        if set("\r\n\x00") & {*name, *value}:
            raise Broken(f"a header with a line break: {name!r}: {value!r}")
    if status >= 400 and method != "HEAD" and body.startswith(b"<") and not _CODE.search(body):
        raise Broken(f"an error document without a code: {body!r}")


def difference(before, after, path=""):
    """Where two states differ first."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                return difference(before.get(name), after.get(name), f"{path}.{name}")
    return f"{path}: {str(before)[:200]} -> {str(after)[:200]}"


class Leftovers:
    """Threads and descriptors since now, and files in a directory."""

    def __init__(self, directory):
        self._directory = directory
        self._threads, self._descriptors = set(threading.enumerate()), Counter(_descriptors())

    def check(self, seconds=5):
        """Raise Broken for what is still there after so many seconds; other threads may be about to close theirs."""
        deadline = time.monotonic() + seconds
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.05)
        if left:
            raise Broken(f"left behind: {', '.join(left)}")

    def _left(self):
        gc.collect()
        threads = set(threading.enumerate()) - self._threads
        descriptors = Counter(_descriptors()) - self._descriptors
        files = os.listdir(self._directory) if os.path.exists(self._directory) else []
        return [
            *(f"thread {thread.name}" for thread in threads),
            *(f"descriptor of {name}" for name in descriptors.elements()),
            *(f"file {name}" for name in files),
        ]


def _descriptors():
    """What each open descriptor of this process is of, where the system tells; sockets and pipes without their numbers."""
    for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        with contextlib.suppress(OSError):  # closed meanwhile
            yield os.readlink(f"/proc/self/fd/{number}").partition("[")[0]
