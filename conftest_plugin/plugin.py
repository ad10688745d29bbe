"""Fixtures, marker, options, reports. Loading this imports nothing of fakes3mp: who never uses it pays next to nothing.

What may live here: what pytest needs to know; what a fake does is fakes3mp's.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakes3mp import FakeS3
    from fakes3mp.fake import Snapshot
    from fakes3mp.interceptors.active import ActiveFakes
    from fakes3mp.server.server import Server

_FAILED = pytest.StashKey[bool]()
_OUTCOME = pytest.StashKey[str]()
_SESSION = pytest.StashKey["SessionFake"]()
_TOLD = pytest.StashKey[list[dict[str, Any]]]()
_OPEN_UPLOADS = "fake_s3_open_uploads"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest of the options."""
    parser.addini(_OPEN_UPLOADS, "what an upload left open by a test is: warn, error or ignore", default="warn")
    group = parser.getgroup("fakes3mp")
    group.addoption(
        "--fake-s3-report",
        metavar="PATH.html",
        type=Path,
        help="write a page with the S3 calls and multipart uploads of each test",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker, and refuse what the ini file cannot mean."""
    config.addinivalue_line(
        "markers",
        "fake_s3(**options): options of this test's fake_s3 fixture, those of fakes3mp.FakeS3: "
        "buckets, region, min_part_size, strict, ...",
    )
    if config.getini(_OPEN_UPLOADS) not in ("warn", "error", "ignore"):
        raise pytest.UsageError(f"{_OPEN_UPLOADS} is warn, error or ignore, not {config.getini(_OPEN_UPLOADS)!r}")


# What a test shows of its fakes


def _stack() -> ActiveFakes | None:
    """The stack of active fakes, if anybody has imported fakes3mp."""
    return getattr(sys.modules.get("fakes3mp.interceptors.active"), "ACTIVE", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which fakes a test starts."""
    from fakes3mp.interceptors.started import STARTED

    STARTED.fakes = []
    try:
        return (yield)
    finally:
        STARTED.fakes = None


def _told() -> list[dict[str, Any]]:
    """The fakes of the test that runs now, in plain values: those it started, and those around it that it called."""
    stack = _stack()
    if stack is None:
        return []
    from fakes3mp.fake import FakeS3
    from fakes3mp.interceptors.started import STARTED
    from fakes3mp.report.summary import told

    fakes = dict.fromkeys(fake for fake in (*stack.active, *(STARTED.fakes or ())) if isinstance(fake, FakeS3))
    return [each for each in map(told, fakes) if each["calls"]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure, so that an upload left open by it is no error of its own; tell of the test's fakes."""
    report = yield
    if call.excinfo is not None:  # one that was to fail, or was skipped on the way, is done with its uploads too
        item.stash[_FAILED] = True
    wanted = item.config.getoption("--fake-s3-report")
    if report.failed or (wanted and report.when == "call"):
        item.stash[_TOLD] = _told() or item.stash.get(_TOLD, [])
    if report.failed or report.when == "call":
        item.stash[_OUTCOME] = report.outcome
    if report.failed:
        _add_sections(report, item.stash[_TOLD])
    if wanted and report.when == "teardown" and item.stash.get(_TOLD, []):
        outcome = item.stash.get(_OUTCOME, "passed")
        report.fake_s3 = {  # type: ignore[attr-defined]  # xdist sends along what a report has, if it is plain
            "test": item.nodeid,
            "outcome": outcome,
            "fakes": item.stash[_TOLD],
        }
    return report


def _add_sections(report: pytest.TestReport, fakes: list[dict[str, Any]]) -> None:
    if fakes:
        from fakes3mp.report.text import section

        report.sections += [("fake S3", section(fake)) for fake in fakes]


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what differs between views, calls or ETags."""
    if _stack() is None:
        return None
    from fakes3mp.inspection.diff import explained

    return explained(op, left, right)


# The page for the whole run; with xdist it is written by the process that collects the workers' reports


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to collect."""
    session.config.pluginmanager.register(_Collecting(session.config), "fakes3mp-report")


class _Collecting:
    """Collects what tests told, and writes it down at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "fake_s3", None)
        if told is not None:
            self._tests.append(told)

    def pytest_sessionfinish(self) -> None:
        path = self._config.getoption("--fake-s3-report")
        if path is None or hasattr(self._config, "workerinput"):
            return
        from fakes3mp.report.page import page

        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(self._tests), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        path = self._config.getoption("--fake-s3-report")
        if path is not None:
            terminalreporter.write_line(f"fake S3 report of {len(self._tests)} tests: {path}")


# Fixtures


@pytest.fixture
def fake_s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3, active during this test; its options come from ``@pytest.mark.fake_s3(...)``."""
    from fakes3mp import FakeS3

    fake = FakeS3(**{"open_uploads": request.config.getini(_OPEN_UPLOADS), **_options(request.node)}).start()
    yield fake
    fake.stop(failed=request.node.stash.get(_FAILED, False))


@pytest.fixture
def fake_s3_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real HTTP server on 127.0.0.1 before a fake of its own: ``.url``, ``.fake``, ``.client()``, ``.environment``.

    Options come from ``@pytest.mark.fake_s3(...)``. Clients of this process reach it over a socket like any other, also
    while another fake is active.
    """
    from fakes3mp import FakeS3
    from fakes3mp.interceptors.started import STARTED
    from fakes3mp.server.server import Server

    fake = FakeS3(**{"open_uploads": request.config.getini(_OPEN_UPLOADS), **_options(request.node)})
    if STARTED.fakes is not None:
        STARTED.fakes.append(fake)
    with Server(fake) as server:
        yield server
    fake.report_open_uploads(failed=request.node.stash.get(_FAILED, False))


def _options(node: pytest.Item) -> dict[str, Any]:
    """The marker's options, the closest one's first; positional ones are a mistake."""
    options: dict[str, Any] = {}
    for marker in node.iter_markers("fake_s3"):
        if marker.args:
            raise pytest.UsageError(f"@pytest.mark.fake_s3 takes keyword options only, not {marker.args!r}")
        options = {**marker.kwargs, **options}
    return options


class SessionFake:
    """The session's fake, and the state it goes back to after each test."""

    def __init__(self, fake: FakeS3) -> None:
        self.fake = fake
        self.base: Snapshot = fake.snapshot()

    def begin(self) -> None:
        """A test begins from what wider fixtures left."""
        self.base = self.fake.snapshot()
        self.fake.clear_calls()

    def end(self, *, failed: bool) -> None:
        """Tell of uploads that the test left open, and undo what it did."""
        try:
            self.fake.report_open_uploads(failed=failed, since=self.base)
        finally:
            self.fake.undo(self.base)


@pytest.fixture(scope="session")
def fake_s3_session(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3 that is active for the whole session.

    What fixtures of module, class or session scope put into it stays; what a test does is undone after it.
    """
    from fakes3mp import FakeS3

    fake = FakeS3(open_uploads=request.config.getini(_OPEN_UPLOADS)).start()
    request.config.stash[_SESSION] = SessionFake(fake)
    yield fake
    del request.config.stash[_SESSION]
    fake.stop(failed=True)  # what was left open has been told of, test by test


@pytest.fixture(autouse=True)
def _fake_s3_session_reset(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test does to the session's fake.

    pytest sets this up after all fixtures of wider scope and before those of the test, and tears it down in between.
    """
    before = request.config.stash.get(_SESSION, None)
    if before is not None:
        before.begin()
    yield
    after = request.config.stash.get(_SESSION, None)
    if after is not None:
        after.end(failed=request.node.stash.get(_FAILED, False))
