"""A violation as a test to paste: the fault rules, the call, the assertion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.exploration.command import Command
from fakes3mp.exploration.report import Violation
from fakes3mp.exploration.runner import Code, Outcome, takes_fake


def as_test(
    violation: Violation, code: Code, options: Mapping[str, Any], faultless: Outcome, setup: Code | None
) -> str:
    """A pytest test that fails as long as the code breaks the invariant under this schedule."""
    outcome = violation.outcome
    if outcome.crashed and isinstance(code, Command):
        return ""  # a test would have to kill the command at the same moment
    call = _call_of(code, "code")
    name = call.partition("(")[0]
    arguments = ", ".join(f"{option}={value!r}" for option, value in options.items())
    title = re.sub(r"\W+", "_", f"{name}_{violation.invariant}").strip("_")
    rules = [f"    fake.faults.{fault.as_python()}" for fault in outcome.schedule.faults]
    prepare = [] if setup is None else [f"    {_call_of(setup, 'setup')}"]
    body = [f"with FakeS3({arguments}) as fake:", *prepare, *rules, *(f"    {line}" for line in _call(call, outcome))]
    checks = [f"    {line}" for line in _assertions(violation, call, faultless)]
    return "\n".join(
        [*_imports(outcome, code), "", "", f"def test_{title}():", *(f"    {line}" for line in [*body, *checks])]
    )


def _imports(outcome: Outcome, code: Code) -> list[str]:
    if outcome.crashed:
        return ["import contextlib", "", "from fakes3mp import Crash, FakeS3"]
    modules = [
        *(["contextlib"] if outcome.error is not None else []),
        *(["subprocess"] if isinstance(code, Command) else []),
    ]
    return [*(f"import {module}" for module in modules), *([""] if modules else []), "from fakes3mp import FakeS3"]


def _call_of(function: Code, default: str) -> str:
    if isinstance(function, Command):
        return function.as_python
    name = getattr(function, "__name__", default)
    name = name if name.isidentifier() else default
    return f"{name}(fake)" if takes_fake(function) else f"{name}()"


def _call(call: str, outcome: Outcome) -> list[str]:
    if outcome.crashed:
        return ["with contextlib.suppress(Crash):", f"    {call}", "fake.faults.clear()  # the process starts again"]
    if outcome.error is None or isinstance(outcome.error, AssertionError) or outcome.too_many_calls:
        return [call]
    return ["with contextlib.suppress(Exception):  # " + type(outcome.error).__name__, f"    {call}"]


def _assertions(violation: Violation, call: str, faultless: Outcome) -> list[str]:
    """What the test asserts, for the invariant that is broken."""
    name = violation.invariant
    if name == "open_uploads":
        return ["fake.assert_no_open_uploads()"]
    if name == "rerun":
        return ["fake.faults.clear()", call, *_objects_as_in(faultless)]
    if name == "complete":
        return _objects_as_in(faultless)
    if name == "all_or_nothing":
        return [*_etags(violation.outcome, faultless)]
    if name == "ends":
        return [f"assert len(fake.calls) < {len(violation.outcome.calls)}"]
    return [f"# {detail}" for detail in violation.details]


def _objects_as_in(faultless: Outcome) -> list[str]:
    lines = []
    for (bucket, key), version in faultless.after.objects.items():
        lines.append(f"fake.assert_object({bucket!r}, {key!r}, etag={version.etag!r})")
        if version.properties.attributes.metadata:
            lines.append(
                f"assert fake.object({bucket!r}, {key!r}).metadata == {version.properties.attributes.metadata!r}"
            )
        if version.properties.tags:
            lines.append(f"assert fake.object({bucket!r}, {key!r}).tags == {dict(version.properties.tags)!r}")
    deleted = [name for name in faultless.before.objects if name not in faultless.after.objects]
    return [*lines, *(f"assert {key!r} not in fake.buckets[{bucket!r}].keys()" for bucket, key in deleted)]


def _etags(outcome: Outcome, faultless: Outcome) -> list[str]:
    """That each key is as before or complete."""
    lines = []
    for bucket, key in dict.fromkeys([*outcome.before.objects, *outcome.after.objects]):
        states = [state.objects.get((bucket, key)) for state in (outcome.before, faultless.after)]
        allowed = list(dict.fromkeys(version.etag if version else None for version in states))
        found = f"getattr(fake.buckets[{bucket!r}].get({key!r}), 'etag', None)"
        lines.append(f"assert {found} in {allowed!r}  # as before, or complete")
    return lines
