"""Fixtures, marker, options and reports for pytest.

Loading the plugin imports nothing of fakes3mp; that is imported on first use.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .ini_options import INI_OPTIONS, check_ini_options, ini_options
from .outcomes import FAILED
from .places import hide_our_frames, place_of
from .plain_imports import import_without_rewriting

if TYPE_CHECKING:
    from fakes3mp import FakeS3, Server
    from fakes3mp.interceptors.active import ActiveFakes

import_without_rewriting()

pytest_plugins = [f"{__package__}.session_fakes"]
_OUTCOME = pytest.StashKey[str]()
_MESSAGE = pytest.StashKey[str]()  # of the failure
_SUMMARIES = pytest.StashKey[list[dict[str, Any]]]()
_GRID = pytest.StashKey[dict[str, Any]]()  # of an exploration
_EXPLORE = "fake_s3_explore"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options and the command-line option."""
    for name, (purpose, choices) in INI_OPTIONS.items():
        parser.addini(f"fake_s3_{name}", f"{purpose}: {' or '.join(choices)}", default=choices[0])
    group = parser.getgroup("fakes3mp")
    group.addoption(
        "--fake-s3-report",
        metavar="PATH",
        type=Path,
        help="write the S3 calls and multipart uploads of each test: an HTML page, or JSON where the name ends in .json",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the markers, and check the ini options."""
    config.addinivalue_line(
        "markers",
        "fake_s3(**options): options of the fixtures fake_s3 and fake_s3_server in this test. They are those of "
        "fakes3mp.FakeS3: buckets, region, min_part_size, strict, ...",
    )
    config.addinivalue_line(
        "markers",
        "fake_s3_explore(**options): run the body of this test, which takes fake_s3, under every fault that S3 can cause. "
        "The options are those of fakes3mp.explore and of fakes3mp.FakeS3; shards=n makes n tests of it.",
    )
    check_ini_options(config)


# The report of a test: what its fakes recorded


def _stack() -> ActiveFakes | None:
    """The stack of active fakes; None where it has not been imported, so that no fake is active."""
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


def _summaries() -> list[dict[str, Any]]:
    """Summaries of the fakes that the running test called: those it started, and those that were active around it."""
    stack = _stack()
    if stack is None:
        return []
    from fakes3mp.fake import FakeS3
    from fakes3mp.interceptors.started import STARTED
    from fakes3mp.report.summary import summarise

    fakes = dict.fromkeys(fake for fake in (*stack.fakes, *(STARTED.fakes or ())) if isinstance(fake, FakeS3))
    return [summary for summary in map(summarise, fakes) if summary["calls"]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test failed, so that its open uploads are not reported too, and add its fakes to the report."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        hide_our_frames(call.excinfo)
    report = yield
    if call.excinfo is not None:  # also where the test was expected to fail, or skipped itself
        item.stash[FAILED] = True
    writes_page = item.config.getoption("--fake-s3-report")
    if report.failed or (writes_page and report.when == "call"):
        item.stash[_SUMMARIES] = _summaries() or item.stash.get(_SUMMARIES, [])
    if report.failed or report.when == "call":
        item.stash[_OUTCOME] = report.outcome
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        item.stash[_MESSAGE] = crash.message if crash is not None else str(report.longrepr)
        _add_sections(report, item.stash[_SUMMARIES])
    grid = item.stash.get(_GRID, None)
    if writes_page and report.when == "teardown" and (item.stash.get(_SUMMARIES, []) or grid):
        outcome = item.stash.get(_OUTCOME, "passed")
        report.fake_s3 = {  # type: ignore[attr-defined]  # xdist sends a report's attributes, if they are plain values
            "test": item.nodeid,
            "outcome": outcome,
            "message": item.stash.get(_MESSAGE, ""),
            "fakes": item.stash[_SUMMARIES],
            "exploration": grid,
        }
    return report


def _add_sections(report: pytest.TestReport, fakes: list[dict[str, Any]]) -> None:
    if fakes:
        from fakes3mp.interceptors.other_mocks import is_moto_active
        from fakes3mp.report.text import section

        report.sections += [("fake S3", section(fake)) for fake in fakes]
        if is_moto_active():
            report.sections.append(
                ("fake S3", "moto is active too. These S3 calls reached the fake only: moto's S3 is empty.")
            )


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what differs between views, calls or ETags."""
    if _stack() is None:
        return None
    from fakes3mp.inspection.diff import explain_difference

    return explain_difference(op, left, right)


# Exploration: a marked test is run under every fault


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make several tests of one that is explored in parts."""
    if metafunc.definition.get_closest_marker(_EXPLORE) is not None:
        from .exploration import parametrize_parts

        parametrize_parts(metafunc)


@pytest.fixture
def _fake_s3_explore_part(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Which of how many parts a test explores."""
    part: tuple[int, int] = request.param
    return part


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Methods of unittest cannot take the fixture ``fake_s3`` as an argument; explored ones have it all the same."""
    for item in items:
        if _is_explored_method(item) and "fake_s3" not in item.fixturenames:  # type: ignore[attr-defined]
            item.fixturenames.append("fake_s3")  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Let unittest, which calls its methods itself, call the exploration of a marked one in its place."""
    if _is_explored_method(item):
        from .exploration import explore_method

        explore_method(item, _GRID)


def _is_explored_method(item: pytest.Item) -> bool:
    return item.get_closest_marker(_EXPLORE) is not None and bool(getattr(item, "nofuncargs", False))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Explore a test that has the marker, instead of running it once."""
    if pyfuncitem.get_closest_marker(_EXPLORE) is None:
        return None
    from .exploration import explore_test

    explore_test(pyfuncitem, _GRID)
    return True


# The HTML page for the whole run; with xdist it is written by the process that collects the workers' reports


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to collect the tests' summaries."""
    session.config.pluginmanager.register(_PageWriter(session.config), "fakes3mp-report")


class _PageWriter:
    """Collects the summaries of tests, and writes the HTML page at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = getattr(report, "fake_s3", None)
        if test is not None:
            self._tests.append(test)

    def pytest_sessionfinish(self) -> None:
        path = self._config.getoption("--fake-s3-report")
        if path is None or hasattr(self._config, "workerinput"):
            return
        from fakes3mp.report.page import write_json, write_page

        (write_json if path.suffix == ".json" else write_page)(path, self._tests)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        path = self._config.getoption("--fake-s3-report")
        if path is not None:
            terminalreporter.write_line(f"fake S3 report of {len(self._tests)} tests: {path}")


# Fixtures


@pytest.fixture
def fake_s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3 that is active during this test: every S3 call of the test is answered by it.

    Its options are given by the marker: ``@pytest.mark.fake_s3(buckets=["media"], min_part_size=1024)``. They are those of
    FakeS3; ``open_uploads`` is by default what the ini option ``fake_s3_open_uploads`` says ("warn", "error" or "ignore").

    Yields
    ------
    FakeS3
        The fake.

    Raises
    ------
    OpenUploadError
        After the test, where an upload is open, ``open_uploads`` is "error" and the test has not failed.

    Examples
    --------
    ::

        @pytest.mark.fake_s3(buckets=["media"])
        def test_upload(fake_s3):
            boto3.client("s3").put_object(Bucket="media", Key="a.txt", Body=b"hello")
            fake_s3.assert_object("media", "a.txt", body=b"hello")
    """
    fake = _create_fake(request).start()
    fake.place = place_of(request.node)
    yield fake
    fake.stop(failed=request.node.stash.get(FAILED, False))


@pytest.fixture
def fake_s3_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An HTTP server on 127.0.0.1 with a fake of its own, for this test: for other processes and other languages.

    Its options are given by the marker, as those of ``fake_s3``. Clients of this process reach it over a socket, also
    while another fake is active.

    Yields
    ------
    Server
        With ``url``, ``fake`` (the FakeS3), ``client()`` (a boto3 client) and ``environment`` (the variables that point
        AWS's tools at it).

    Raises
    ------
    OpenUploadError
        After the test, where an upload is open, ``open_uploads`` is "error" and the test has not failed.

    Examples
    --------
    ::

        @pytest.mark.fake_s3(buckets=["media"])
        def test_aws_cli(fake_s3_server):
            environment = {**os.environ, **fake_s3_server.environment}
            subprocess.run(["aws", "s3", "cp", "a.txt", "s3://media/a.txt"], env=environment, check=True)
            assert fake_s3_server.fake.buckets["media"].keys() == ["a.txt"]
    """
    from fakes3mp import Server
    from fakes3mp.interceptors.started import STARTED

    fake = _create_fake(request)
    fake.place = place_of(request.node)
    if STARTED.fakes is not None:
        STARTED.fakes.append(fake)
    with Server(fake) as server:
        yield server
    fake.report_open_uploads(failed=request.node.stash.get(FAILED, False))


def _create_fake(request: pytest.FixtureRequest) -> FakeS3:
    """The fake that the markers of a test describe. What is wrong with them is said in one line."""
    from fakes3mp import FakeS3, S3Error

    try:
        return FakeS3(**{**ini_options(request.config), **_options(request.node)})
    except (S3Error, TypeError, ValueError) as error:
        message = f"@pytest.mark.fake_s3 of {request.node.name}: {error}"
    pytest.fail(message, pytrace=False)


def _options(node: pytest.Item) -> dict[str, Any]:
    """The options of the markers; those of the closest marker win. Raises UsageError for positional options."""
    options: dict[str, Any] = {}
    marker = node.get_closest_marker(_EXPLORE)
    if marker is not None:
        from .exploration import options_of

        options = options_of(marker)
    for marker in node.iter_markers("fake_s3"):
        if marker.args:
            raise pytest.UsageError(f"@pytest.mark.fake_s3 takes keyword options only, not {marker.args!r}")
        options = {**marker.kwargs, **options}
    return options
