"""Histories of calls at the same time, and the search for an order that a sequential model agrees with.

The search is that of Wing and Gong, "Testing and verifying concurrent objects", with visited states remembered as by Lowe.
"""

from dataclasses import dataclass

LOST = "lost"  # nobody knows what came of the call: it took effect, or it did not


@dataclass(frozen=True)
class Event:
    """One call with what came of it."""

    call: tuple
    outcome: object
    began: float
    ended: float


# The model is a tuple: the object's bytes or None; for each upload its parts, or how it ended; and the two as they were at the
# last snapshot. All values can be hashed.
_CONTENTS = (None, (("x", ()), ("y", ())))
START = (*_CONTENTS, _CONTENTS)


def step(state, call):
    """The state after a call, and its outcome."""
    body, uploads, saved = state
    name, *arguments = call
    if name == "put":
        return (arguments[0], uploads, saved), "ok"
    if name == "get":
        return state, body
    if name == "delete":
        return (None, uploads, saved), "ok"
    if name in ("snapshot", "restore", "start over", "expire"):
        return _step_of_fake(state, name), "ok"
    parts = dict(uploads)[arguments[0]]
    return _step_of_ended(state, name, parts) if isinstance(parts, str) else _step_of_open(state, call, dict(parts))


def _step_of_fake(state, name):
    """What a test does to the fake itself; a lifecycle rule aborts what is open when the clock moves."""
    body, uploads, saved = state
    if name == "start over":
        return *_CONTENTS, saved
    if name == "snapshot":
        return body, uploads, (body, uploads)
    if name == "restore":
        return *saved, saved
    ended = ((upload, parts if isinstance(parts, str) else "aborted") for upload, parts in uploads)
    return body, tuple(ended), saved


def _step_of_ended(state, name, ending):
    """An aborted upload is gone. A completed one takes an abort, and the same list again while its object is there."""
    if ending == "aborted" or name == "part":
        return state, "NoSuchUpload"
    return state, "ok" if name == "abort" else ("ok", "NoSuchUpload")


def _step_of_open(state, call, parts):
    body, uploads, saved = state
    name, upload, *rest = call
    if name == "part":
        return (body, _with(uploads, upload, tuple(sorted({**parts, rest[0]: rest[1]}.items()))), saved), "ok"
    if name == "abort":
        return (body, _with(uploads, upload, "aborted"), saved), "ok"
    if any(parts.get(number) != part for number, part in rest[0]):
        return state, "InvalidPart"
    return (b"".join(part for _, part in rest[0]), _with(uploads, upload, "completed"), saved), "ok"


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
