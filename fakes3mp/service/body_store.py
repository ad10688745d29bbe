"""BodyStore as a fake keeps them: equal ones once, and large ones in files where that is asked for.

What may live here: what becomes of an object's bytes before an operation stores them. Their digests go with them.
"""

from __future__ import annotations

import tempfile
import threading
from mmap import ACCESS_READ, mmap
from weakref import WeakValueDictionary

from fakes3mp.core.content import Content

_SMALL = 1 << 12  # bytes: smaller bodies cost more to look up than to keep twice


class BodyStore:
    """The bodies of one fake that are in use.

    ``spool_over``: longer ones, in bytes, are kept in temporary files. A file has no name from the beginning, so that none
    is left whatever happens; its space is free when nothing holds the body any more.

    >>> bodies = BodyStore(); one, other = Content.of(bytes(5000)), Content.of(bytes(5000))
    >>> bodies.kept(one) is bodies.kept(other)
    True
    """

    def __init__(self, spool_over: int | None = None) -> None:
        if spool_over is not None and spool_over < 0:
            raise ValueError(f"bodies over 0 bytes or more are spooled, not over {spool_over}")
        self._spool_over = spool_over
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[tuple[int, bytes], Content] = WeakValueDictionary()

    def kept(self, content: Content) -> Content:
        """The body as it is to be kept: the one that is there already, if there is one like it."""
        if content.size < _SMALL and not self._is_long(content):
            return content
        name = content.size, content.md5
        found = self._known.get(name)
        if found is not None and found == content:  # two bodies may share an MD5
            return found
        content = self._spooled(content)
        with self._lock:
            self._known[name] = content
        return content

    def _is_long(self, content: Content) -> bool:
        return self._spool_over is not None and content.size > self._spool_over

    def _spooled(self, content: Content) -> Content:
        if not self._is_long(content):
            return content
        with tempfile.TemporaryFile(prefix="fakes3mp-") as file:
            for segment in content.segments:
                file.write(segment)
            file.flush()
            return content.moved_to(memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)))
