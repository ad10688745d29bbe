"""Large bodies in temporary files: many bodies in one file, so that they need few file descriptors."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterable
from mmap import ACCESS_READ, mmap
from typing import Any
from weakref import finalize, ref

# Bytes; larger bodies have a file of their own. On Windows files are not sparse: one takes its size on the disk at once.
_FILE_SIZE = 1 << 30 if os.name != "nt" else 1 << 26


class Spool:
    """Writes bodies into temporary files, one after the other.

    The files have no name from the beginning (on Windows they are deleted when they are closed), so none is left
    behind. Where the system has sparse files they take the space of what is in them. A file lives as long as one of its
    bodies is in use.

    Parameters
    ----------
    lock : threading.Lock
        Held while a body is written.
    """

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._newest: Callable[[], _SpoolFile | None] = lambda: None  # a weak reference

    def write(self, segments: Iterable[bytes | memoryview], size: int) -> memoryview:
        """Write a body of ``size`` bytes; returns a view of it in the file. OSError where the disk is full."""
        with self._lock:
            file = self._newest()
            if file is None or len(file) - file.end < size:
                file = _SpoolFile(max(size, _FILE_SIZE))
                self._newest = ref(file)
            return file.append(segments, size)


class _SpoolFile(mmap):
    """One temporary file, mapped into memory as a whole. Views of its bodies keep it alive."""

    end: int  # of what is written
    _file: Any

    def __new__(cls, size: int) -> _SpoolFile:
        file: Any = tempfile.TemporaryFile(prefix="fakes3mp-", buffering=0)  # noqa: SIM115
        file.truncate(size)
        spool_file = super().__new__(cls, file.fileno(), size, access=ACCESS_READ)
        spool_file.end, spool_file._file = 0, file
        finalize(spool_file, file.close)
        return spool_file

    def append(self, segments: Iterable[bytes | memoryview], size: int) -> memoryview:
        """The bytes are written through the file, not through the map: a full disk is an OSError then."""
        start = self.end
        self._file.seek(start)
        for segment in segments:
            left = memoryview(segment)
            while left:
                left = left[self._file.write(left) :]
        self.end = start + size
        return memoryview(self)[start : start + size]
