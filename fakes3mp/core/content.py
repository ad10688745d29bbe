"""Bytes as S3 holds them: shared segments, joined only when somebody reads them whole.

What may live here: how bytes are kept, cut and digested. An object made of parts is its parts' segments; a copied
range is a view of the source's. Nothing here copies what it can share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fakes3mp import digests

_PIECE = 1 << 20  # bytes


class Content:
    """Immutable bytes in segments, with each digest computed once, when first asked for.

    >>> Content.of(b"abc").md5.hex()
    '900150983cd24fb0d6963f7d28e17f72'
    """

    __slots__ = ("__weakref__", "_digests", "segments", "size")

    def __init__(self, segments: Iterable[bytes | memoryview]) -> None:
        self.segments: tuple[bytes | memoryview, ...] = tuple(segments)
        self.size: int = sum(map(len, self.segments))
        self._digests: dict[str, bytes] = {}

    @classmethod
    def of(cls, data: bytes | bytearray | memoryview | Content) -> Content:
        """Content of these bytes: ``bytes`` are kept as they are, what could change later is copied once."""
        if isinstance(data, Content):
            return data
        return cls((data if isinstance(data, bytes) else bytes(data),))

    @classmethod
    def joined(cls, contents: Iterable[Content]) -> Content:
        """The contents one after the other, sharing their segments."""
        return cls(segment for content in contents for segment in content.segments)

    def moved_to(self, segment: bytes | memoryview) -> Content:
        """The same bytes where they are kept now, with all that is known of them."""
        moved = Content((segment,))
        moved._digests.update(self._digests)
        return moved

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Content):
            return self.size == other.size and (self.segments == other.segments or self.read() == other.read())
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: object) -> Content:
        return self

    def __repr__(self) -> str:
        return f"<{self.size} bytes in {len(self.segments)} segment{'s' if len(self.segments) != 1 else ''}>"

    def read(self) -> bytes:
        """All of it as one ``bytes``; a single segment is handed out as it is."""
        if len(self.segments) == 1:
            only = self.segments[0]
            return only if isinstance(only, bytes) else bytes(only)
        return b"".join(self.segments)

    def cut(self, first: int, last: int) -> Content:
        """The bytes from offset ``first`` to offset ``last``, both included, as views of the same segments."""
        if first == 0 and last == self.size - 1:
            return self
        return Content(self._views(first, last + 1))

    def _views(self, start: int, stop: int) -> Iterator[memoryview]:
        at = 0
        for segment in self.segments:
            low, high = max(start - at, 0), min(stop - at, len(segment))
            if low < high:
                yield memoryview(segment)[low:high]
            at += len(segment)
            if at >= stop:
                return

    @property
    def md5(self) -> bytes:
        """The raw MD5."""
        return self.digest("MD5")

    def digest(self, algorithm: str) -> bytes:
        """The raw checksum by this algorithm's name (``"CRC32C"``)."""
        if algorithm not in self._digests:
            self.compute(algorithm)
        return self._digests[algorithm]

    def compute(self, *algorithms: str) -> None:
        """Compute these digests, as far as they are not known, in one walk: the bytes are fetched from memory once."""
        running = {name: digests.ALGORITHMS[name].start() for name in algorithms if name not in self._digests}
        for piece in self._pieces() if running else ():
            for each in running.values():
                each.update(piece)
        self._digests.update((name, each.digest()) for name, each in running.items())

    def _pieces(self) -> Iterator[bytes | memoryview]:
        """The bytes in pieces that a processor's cache holds."""
        for segment in self.segments:
            if len(segment) <= _PIECE:
                yield segment
                continue
            view = memoryview(segment)
            for at in range(0, len(view), _PIECE):
                yield view[at : at + _PIECE]

    def checksum(self, algorithm: str) -> digests.Checksum:
        """The full-object checksum by this algorithm."""
        return digests.Checksum(algorithm, digests.b64(self.digest(algorithm)))
