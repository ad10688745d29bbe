"""The fixtures of session scope: what a test does to their fakes is undone after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from .ini_options import ini_options
from .outcomes import FAILED
from .places import place_of

if TYPE_CHECKING:
    from fakes3mp import FakeS3, Server
    from fakes3mp.fake import Snapshot

_SESSION = pytest.StashKey[list["SessionFake"]]()


class SessionFake:
    """A fake of the session, and the state it goes back to after each test."""

    def __init__(self, fake: FakeS3) -> None:
        self.fake = fake
        self._state_before_test: Snapshot = fake.snapshot()

    def begin(self, test: pytest.Item) -> None:
        """A test begins, from the state that fixtures of wider scope left."""
        self._state_before_test = self.fake.snapshot()
        self.fake.clear_calls()
        self.fake.place = place_of(test)

    def end(self, *, failed: bool) -> None:
        """A test ends: report the uploads that it left open, and undo what it did."""
        try:
            self.fake.report_open_uploads(failed=failed, since=self._state_before_test)
        finally:
            self.fake.undo(self._state_before_test)


@contextmanager
def _resetting(config: pytest.Config, fake: FakeS3) -> Iterator[None]:
    """A block in which what tests do to this fake is undone."""
    session_fakes = config.stash.setdefault(_SESSION, [])
    session_fake = SessionFake(fake)
    session_fakes.append(session_fake)
    try:
        yield
    finally:
        session_fakes.remove(session_fake)


@pytest.fixture(scope="session")
def fake_s3_session(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fake S3 that is active for the whole session.

    What fixtures of module, class or session scope put into it stays. What a test does is undone after it: buckets,
    objects, uploads, calls, fault rules and clock. The ini option ``fake_s3_open_uploads`` says what happens where a test
    leaves an upload open ("warn", "error" or "ignore").

    Yields
    ------
    FakeS3
        The fake.

    Examples
    --------
    ::

        @pytest.fixture(scope="session")
        def catalogue(fake_s3_session):
            fake_s3_session.create_bucket("media")
            fake_s3_session.put("media", "index.json", b"{}")
            return fake_s3_session

        def test_index(catalogue):
            assert catalogue.buckets["media"].keys() == ["index.json"]
    """
    from fakes3mp import FakeS3

    fake = FakeS3(**ini_options(request.config)).start()
    with _resetting(request.config, fake):
        yield fake
    fake.stop(failed=True)  # open uploads have been reported, test by test


@pytest.fixture(scope="session")
def fake_s3_server_session(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An HTTP server on 127.0.0.1 for the whole session, with a fake of its own.

    What fixtures of wider scope put into it stays; what a test does is undone after it, as with ``fake_s3_session``.

    Yields
    ------
    Server
        With ``url``, ``fake`` (the FakeS3), ``client()`` and ``environment``.

    Examples
    --------
    ::

        @pytest.fixture(scope="session", autouse=True)
        def endpoint(fake_s3_server_session):
            os.environ["AWS_ENDPOINT_URL_S3"] = fake_s3_server_session.url
    """
    from fakes3mp import FakeS3, Server

    with Server(FakeS3(**ini_options(request.config))) as server, _resetting(request.config, server.fake):
        yield server


@pytest.fixture(autouse=True)
def _fake_s3_session_reset(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test does to the session's fakes.

    pytest sets this up after the fixtures of wider scope and before those of the test, and tears it down between them.
    """
    for session_fake in request.config.stash.get(_SESSION, []):
        session_fake.begin(request.node)
    yield
    for session_fake in request.config.stash.get(_SESSION, []):  # the test may have been the first to use one
        session_fake.end(failed=request.node.stash.get(FAILED, False))
