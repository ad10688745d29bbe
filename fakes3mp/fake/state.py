"""The methods of FakeS3 that take its state, bring it back and write it to a directory."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from fakes3mp.core.state import StoreState
from fakes3mp.core.store import Store
from fakes3mp.fake.inspection import InspectionMethods
from fakes3mp.service.clock import Clock, Position
from fakes3mp.service.faults import Faults
from fakes3mp.service.service import Service


class Snapshot(Struct, frozen=True):
    """The state of a fake at one time, for ``fake.restore``: buckets, objects, uploads, and its clock.

    It stays valid however often it is restored. Bytes are shared with the fake, not copied.

    Attributes
    ----------
    contents : StoreState
        Buckets, objects, uploads and access points.
    position : tuple
        How the clock is set.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> s3 = FakeS3(buckets=["media"]); base = s3.snapshot(); view = s3.put("media", "a.txt", b"hello")
    >>> s3.restore(base); s3.buckets["media"].keys()
    []
    """

    contents: StoreState
    position: Position


class StateMethods(InspectionMethods):
    """Part of FakeS3: snapshots, reset and dump."""

    clock: Clock
    faults: Faults
    _store: Store
    _service: Service
    _initial_buckets: tuple[str, ...]
    _loaded: Snapshot | None = None  # what ``load`` read

    def _create_initial_buckets(self) -> None:
        for name in self._initial_buckets:
            self._service.perform("CreateBucket", {"Bucket": name})

    def snapshot(self) -> Snapshot:
        """Take the state: buckets, objects, uploads, ids and the clock. Bytes are shared, not copied.

        Returns
        -------
        Snapshot
            For ``restore``.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); base = s3.snapshot(); view = s3.put("media", "a.txt", b"hello")
        >>> s3.restore(base); s3.buckets["media"].keys()
        []
        """
        with self._store.lock:
            return Snapshot(self._store.snapshot(), self.clock.position)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot. The call log and the event records become empty; fault rules stay.

        Parameters
        ----------
        snapshot : Snapshot
            What ``snapshot`` returned. It can be restored again.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); base = s3.snapshot(); view = s3.put("media", "a.txt", b"hello")
        >>> s3.restore(base); s3.buckets["media"].keys()
        []
        """
        self.faults.late.clear()
        with self._store.lock:  # no call sees the state of one time at another
            self._store.restore(snapshot.contents)
            self.clock.set_position(snapshot.position)
        self.clear_calls()

    def undo(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot and remove all fault rules, as between two tests.

        Parameters
        ----------
        snapshot : Snapshot
            What ``snapshot`` returned. It can be restored again.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(); base = s3.snapshot(); rule = s3.faults.on("PutObject").error("SlowDown")
        >>> s3.undo(base); s3.faults.rules
        ()
        """
        self.faults.clear()
        self.restore(snapshot)

    def reset(self) -> None:
        """Go back to the beginning: the initial buckets, or what was loaded; no calls, no faults, the clock's own time.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> s3.reset(); s3.buckets["media"].keys()
        []
        """
        self.faults.clear()
        with self._store.lock:
            self.clock.set_position()
            if self._loaded is None:
                self._store.reset()
                self._create_initial_buckets()
            else:
                self._store.restore(self._loaded.contents)
        self.clear_calls()

    def dump(self, directory: str | os.PathLike[str]) -> None:
        """Write buckets and objects to a directory: plain files and a ``manifest.json``. Open uploads are left out.

        Parameters
        ----------
        directory : str or path
            A new or empty directory, or one with an earlier dump, which is replaced.

        Raises
        ------
        ValueError
            Where the directory holds other files.

        Examples
        --------
        >>> import tempfile
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     s3.dump(directory)
        ...     FakeS3.load(directory).object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp import seed_directory

        seed_directory.dump(self._store, Path(directory))
