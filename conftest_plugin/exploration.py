"""Tests with the marker ``fake_s3_explore``: the body is run under every fault, each schedule as a subtest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fakes3mp import ExplorationError, FakeS3, explore
from fakes3mp.exploration.report import Report, Violation, describe
from fakes3mp.exploration.schedule import Schedule
from fakes3mp.options import Options

MARKER = "fake_s3_explore"
PART = "_fake_s3_explore_part"


def options_of(marker: pytest.Mark) -> dict[str, Any]:
    """The options of a marker that are FakeS3's, for the fixture ``fake_s3``."""
    return {name: value for name, value in marker.kwargs.items() if name in Options.__annotations__}


def parametrize_parts(metafunc: pytest.Metafunc) -> None:
    """A test for each part of the schedules, where the marker has ``shards``: xdist spreads them over its workers."""
    marker = metafunc.definition.get_closest_marker(MARKER)
    shards = marker.kwargs.get("shards", 1) if marker else 1
    if shards > 1:
        metafunc.fixturenames.append(PART)
        parts = [(number, shards) for number in range(shards)]
        metafunc.parametrize(PART, parts, indirect=True, ids=[f"part {number + 1} of {shards}" for number, _ in parts])


def explore_test(item: Any, grid_key: pytest.StashKey[dict[str, Any]]) -> None:
    """Explore the body of a test, from the state that its fixtures have left; its grid is stashed for the HTML page."""
    __tracebackhide__ = True
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}
    fake = arguments.get("fake_s3")
    if not isinstance(fake, FakeS3):
        raise pytest.UsageError(f"@pytest.mark.{MARKER} is for tests that take the fixture fake_s3")
    _explore(item, grid_key, fake, lambda fake_s3: item.obj(**{**arguments, "fake_s3": fake_s3}))


def explore_method(item: Any, grid_key: pytest.StashKey[dict[str, Any]]) -> None:
    """Put an exploration in the place of a method of unittest, which calls it after ``setUp``."""
    method, fake = item.obj, item.funcargs["fake_s3"]
    item.obj = lambda: _explore(item, grid_key, fake, lambda fake_s3: method())


def _explore(item: Any, grid_key: pytest.StashKey[dict[str, Any]], fake: FakeS3, code: Callable[[FakeS3], Any]) -> None:
    __tracebackhide__ = True
    marker = item.get_closest_marker(MARKER)
    if marker.args:
        raise pytest.UsageError(f"@pytest.mark.{MARKER} takes keyword options only, not {marker.args!r}")
    code.__name__ = item.originalname
    settings = {
        name: value for name, value in marker.kwargs.items() if name not in Options.__annotations__ and name != "shards"
    }
    part = item.funcargs.get(PART, (0, 1))
    report: Report | None = None
    try:
        report = explore(code, fake=fake, part=part, on_schedule=_report_subtest(item, fake), **settings)
    except ExplorationError as error:
        report = error.report
        raise
    finally:
        item.stash[grid_key] = {} if report is None else dict(report.grid)  # plain values, which xdist can send


def _report_subtest(item: Any, fake: FakeS3) -> Callable[[Schedule, Sequence[Violation]], None] | None:
    """A function that reports each schedule as a subtest; None where this pytest has no subtests."""
    try:
        subtests = item._request.getfixturevalue("subtests")
    except pytest.FixtureLookupError:
        return None
    shown: set[str] = set()

    def report(schedule: Schedule, violations: Sequence[Violation]) -> None:
        __tracebackhide__ = True
        fake.clear_calls()  # the section under a failed test would show those of the last run
        with subtests.test(msg=str(schedule)):
            for violation in violations:
                is_first = violation.invariant not in shown
                shown.add(violation.invariant)
                text = describe(violation, item.originalname) if is_first else str(violation)
                raise ExplorationError(text, None, violation)

    return report
