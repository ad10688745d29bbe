"""Fixtures and marker. Loading this imports nothing of fakes3mp: a test session that never uses it pays nothing.

What may live here: what pytest needs to know; what a fake does is fakes3mp's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakes3mp import FakeS3
    from fakes3mp.core.store import Contents

_FAILED = pytest.StashKey[bool]()
_SESSION = pytest.StashKey["SessionFake"]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers",
        "fake_s3(**options): options of this test's fake_s3 fixture, those of fakes3mp.FakeS3: "
        "buckets, region, min_part_size, strict, ...",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure, so that an upload left open by it is no error of its own."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture
def fake_s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3, active during this test; its options come from ``@pytest.mark.fake_s3(...)``."""
    from fakes3mp import FakeS3

    fake = FakeS3(**_options(request.node)).start()
    yield fake
    fake.stop(failed=request.node.stash.get(_FAILED, False))


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
        self.base: Contents = fake.snapshot()


@pytest.fixture(scope="session")
def fake_s3_session(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3 that is active for the whole session.

    What fixtures of module, class or session scope put into it stays; what a test does is undone after it.
    """
    from fakes3mp import FakeS3

    with FakeS3(open_uploads="ignore") as fake:
        request.config.stash[_SESSION] = SessionFake(fake)
        yield fake
        del request.config.stash[_SESSION]


@pytest.fixture(autouse=True)
def _fake_s3_session_reset(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test does to the session's fake.

    pytest sets this up after all fixtures of wider scope and before those of the test, and tears it down in between.
    """
    before = request.config.stash.get(_SESSION, None)
    if before is not None:
        before.base = before.fake.snapshot()
        before.fake.clear_calls()
    yield
    after = request.config.stash.get(_SESSION, None)
    if after is not None:
        after.fake.restore(after.base)
