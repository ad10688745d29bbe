"""The table of invariants: what must hold whatever fault happens, each with its name, meaning and test."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from fakes3mp.exploration.runner import Outcome
from fakes3mp.exploration.state import ObjectName, difference
from fakes3mp.inspection import spelling
from fakes3mp.inspection.calls import Call

_LONGEST_WAIT = 20.0  # seconds, between two attempts of botocore's


class Judgement(Struct):
    """What an invariant is judged by."""

    faultless: Outcome  # the run without faults
    outcome: Outcome
    again: Outcome | None = None  # the run without faults that came after it

    def is_changed_by_others(self, name: ObjectName) -> bool:
        """Whether another client, or S3, changed the object, or one that the code read: then nothing is said about it."""
        for fault in self.outcome.schedule.faults:
            params = dict(fault.point.params)
            changed = (params.get("Bucket"), params.get("Key"))
            if fault.kind.changes == "anything":
                return True
            if fault.kind.changes == "the key" and (name == changed or changed in _read_objects(self.faultless.calls)):
                return True
        return False


class Invariant(Struct, frozen=True):
    """Something that must hold after each run."""

    name: str
    meaning: str
    violations: Callable[[Judgement], Iterable[str]]  # what is wrong, in words


def _read_objects(calls: Iterable[Call]) -> set[Any]:
    read = {
        (call.params["Bucket"], call.params["Key"])
        for call in calls
        if call.operation in ("GetObject", "HeadObject") and "Key" in call.params
    }
    for call in calls:
        source = call.params.get("CopySource")
        if isinstance(source, str):
            bucket, _, key = source.lstrip("/").partition("?")[0].partition("/")
            read.add((bucket, key))
    return read


def _ends(judged: Judgement) -> Iterator[str]:
    outcome = judged.outcome
    if outcome.too_many_calls:
        operation, times = Counter(call.operation for call in outcome.calls).most_common(1)[0]
        yield f"it was stopped after {len(outcome.calls)} calls, {times} of them {operation}"
    longest = max((call.waited for call in outcome.calls), default=0.0)
    if longest > _LONGEST_WAIT:
        yield f"it waited {longest:.0f} seconds before an attempt"


def _late_calls(judged: Judgement) -> Iterator[str]:
    if judged.outcome.late_calls and not judged.outcome.crashed:
        yield f"a thread that it left behind called {', '.join(judged.outcome.late_calls)}"


def _crash(judged: Judgement) -> Iterator[str]:
    if judged.outcome.crash_caught_in is not None:
        yield f"Crash was caught in {judged.outcome.crash_caught_in}: catch Exception there, not BaseException"


def _assertions(judged: Judgement) -> Iterator[str]:
    if isinstance(judged.outcome.error, AssertionError):
        yield describe_assertion(judged.outcome.error)


def describe_assertion(error: AssertionError) -> str:
    """What an assertion says, in a line, and where it stands."""
    said = str(error).splitlines()[:1]
    where = traceback.extract_tb(error.__traceback__)[-1:]
    return "; ".join([*said, *(f"{frame.name}(), line {frame.lineno}: {frame.line}" for frame in where)])


def _open_uploads(judged: Judgement) -> Iterator[str]:
    outcome = judged.outcome
    if outcome.crashed or outcome.too_many_calls:
        return
    aborted = {call.params.get("UploadId") for call in outcome.calls if call.operation == "AbortMultipartUpload"}
    for upload_id in sorted(known_uploads(outcome) - aborted):
        if upload_id in outcome.after.open_uploads:
            yield f"the upload of {outcome.after.open_uploads[upload_id]} is open, and nobody tried to abort it"


def known_uploads(outcome: Outcome) -> set[str]:
    """The ids of the uploads that S3 answered to the code."""
    return {
        (call.result or {})["UploadId"]
        for call in outcome.calls
        if call.operation == "CreateMultipartUpload" and call.outcome == "ok"
    }


def _complete(judged: Judgement) -> Iterator[str]:
    if judged.outcome.returned and not judged.outcome.too_many_calls:
        yield from _differences_from_faultless(judged, judged.outcome)


def _differences_from_faultless(judged: Judgement, outcome: Outcome) -> Iterator[str]:
    """How the objects differ from those that the run without faults leaves: its own, and those that it deletes."""
    expected = judged.faultless.after.objects
    for name in dict.fromkeys([*expected, *judged.faultless.before.objects]):
        found = difference(outcome.after.objects.get(name), expected.get(name))
        if found and not judged.is_changed_by_others(name):
            yield f"{'/'.join(name)}: {found}"


def _all_or_nothing(judged: Judgement) -> Iterator[str]:
    outcome, faultless = judged.outcome, judged.faultless
    if outcome.returned or outcome.too_many_calls:
        return
    written, deleted = _written_and_deleted(faultless.calls)
    for name in dict.fromkeys([*outcome.before.objects, *outcome.after.objects]):
        before, after = outcome.before.objects.get(name), outcome.after.objects.get(name)
        expected = faultless.after.objects.get(name)
        is_intermediate = name in deleted if after is None else (name, after.etag) in written
        if not difference(after, before) or is_intermediate or judged.is_changed_by_others(name):
            continue
        found = difference(after, expected)
        if found:
            yield f"{'/'.join(name)} is neither as before nor complete: {found}"


def _written_and_deleted(calls: Sequence[Call]) -> tuple[set[tuple[ObjectName, str]], set[ObjectName]]:
    """The ETags that keys had in the course of a run, and the keys that it deleted."""
    written, deleted = set(), set()
    for call in calls:
        name = (str(call.params.get("Bucket")), str(call.params.get("Key")))
        result = call.result or {}
        etag = result.get("ETag") or (result.get("CopyObjectResult") or {}).get("ETag")
        if etag and call.operation in ("PutObject", "CompleteMultipartUpload", "CopyObject"):
            written.add((name, etag.strip('"')))
        if call.operation == "DeleteObject":
            deleted.add(name)
        for each in call.params.get("Delete", {}).get("Objects", ()) if call.operation == "DeleteObjects" else ():
            deleted.add((name[0], each["Key"]))
    return written, deleted


def _versions(judged: Judgement) -> Iterator[str]:
    outcome, faultless = judged.outcome, judged.faultless
    unheard = Counter(
        (call.params.get("Bucket"), call.params.get("Key"))
        for call in outcome.calls
        if call.is_done and call.outcome != "ok"
    )
    for name, count in outcome.after.versions.items():
        new = count - outcome.before.versions.get(name, 0)
        explained = faultless.after.versions.get(name, 0) - faultless.before.versions.get(name, 0) + unheard[name]
        if new > explained and not judged.is_changed_by_others(name):
            yield f"{'/'.join(name)} has {new} new versions; the code and the retries of its client explain {explained}"


def _rerun(judged: Judgement) -> Iterator[str]:
    again = judged.again
    if again is None:
        return
    if any(fault.kind.changes != "nothing" for fault in judged.outcome.schedule.faults):
        return  # it may well refuse to write over what another client has written
    if again.too_many_calls:
        yield f"the second time it was stopped after {len(again.calls)} calls"
    elif again.error is not None:
        yield f"the second time it raised {type(again.error).__name__}: {again.error}"
    else:
        yield from (f"after the second time, {found}" for found in _differences_from_faultless(judged, again))


INVARIANTS = (
    Invariant("ends", "the code ends: its calls and waits are bounded by what its client's retries allow", _ends),
    Invariant("crash", "the code does not swallow a crash: a dead process does nothing more", _crash),
    Invariant("late_calls", "the code makes no call after it said that it was done", _late_calls),
    Invariant("assertions", "no assertion of the code fails", _assertions),
    Invariant("complete", "code that returns has left what it leaves without faults", _complete),
    Invariant("all_or_nothing", "code that fails leaves each key as it was, or complete", _all_or_nothing),
    Invariant(
        "open_uploads", "the code tries to abort each upload that it knows of and does not complete", _open_uploads
    ),
    Invariant("versions", "the code writes no more versions than its client's retries explain", _versions),
    Invariant("rerun", "run again without faults, the code succeeds and leaves the same", _rerun),
)
CHECK = "check"  # the name of the user's own


def choose_invariants(without: Collection[str]) -> tuple[Invariant, ...]:
    """All invariants but these. Raises ValueError for an unknown name."""
    without = [without] if isinstance(without, str) else without
    for name in without:
        spelling.check_name("invariant", name, [invariant.name for invariant in INVARIANTS])
    return tuple(invariant for invariant in INVARIANTS if invariant.name not in without)
