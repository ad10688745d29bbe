"""The bodies that a fake stores: equal bodies share their memory, and large ones can be stored in temporary files."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from fakes3mp.core.content import Content
from fakes3mp.locks import create_lock

if TYPE_CHECKING:
    from fakes3mp.service.spool import Spool

_SMALL = 1 << 12  # bytes: a smaller body is not worth its MD5 and the look-up


class BodyStore:
    """The bodies of one fake that are in use.

    Parameters
    ----------
    spool_over : int, optional
        Bodies longer than so many bytes are stored in temporary files. By default all bodies are in memory.

    Raises
    ------
    ValueError
        Where ``spool_over`` is negative.

    Examples
    --------
    >>> bodies = BodyStore(); first, second = Content.of(bytes(5000)), Content.of(bytes(5000))
    >>> bodies.store(first) is bodies.store(second)
    True
    """

    def __init__(self, spool_over: int | None = None) -> None:
        if spool_over is not None and spool_over < 0:
            raise ValueError(f"spool_over is a number of bytes, 0 or more, not {spool_over}")
        self._spool_over = spool_over
        self._lock = create_lock()
        self._spool = None if spool_over is None else _create_spool()
        self._contents: WeakValueDictionary[tuple[int, bytes], Content] = WeakValueDictionary()  # by size and MD5

    def store(self, content: Content) -> Content:
        """Return the content to store: an equal one that is in use already, or this one, spooled where it is large."""
        if content.size < _SMALL and not self._is_spooled(content):
            return content
        size_and_md5 = content.size, content.md5
        stored = self._contents.get(size_and_md5)
        if stored is not None and stored == content:  # two bodies may share an MD5
            return stored
        if self._spool is not None and self._is_spooled(content):
            content = content.moved_to(self._spool.write(content.segments, content.size))
        with self._lock:
            self._contents[size_and_md5] = content
        return content

    def _is_spooled(self, content: Content) -> bool:
        return self._spool_over is not None and content.size > self._spool_over and content.holds_bytes


def _create_spool() -> Spool:
    from fakes3mp.service.spool import Spool

    return Spool(create_lock())
