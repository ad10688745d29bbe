"""The bytes of objects and parts: immutable segments that are shared, and joined only when they are read.

A multipart object has the segments of its parts, a copied range has views of the source's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from fakes3mp import digests

_PIECE = 1 << 20  # bytes


class Content:
    """Immutable bytes in segments. Each digest is computed once, on first use.

    >>> Content.of(b"abc").md5.hex()
    '900150983cd24fb0d6963f7d28e17f72'
    """

    __slots__ = ("__weakref__", "_digests", "joined", "segments", "size")

    def __init__(self, segments: Iterable[bytes | memoryview]) -> None:
        self.segments: tuple[bytes | memoryview, ...] = tuple(segments)
        self.size: int = sum(map(len, self.segments))
        self.joined: tuple[Content, ...] = ()  # what it was joined of
        self._digests: dict[str, bytes] = {}

    @classmethod
    def of(cls, data: bytes | bytearray | memoryview | Content) -> Content:
        """Content of these bytes. ``bytes`` are shared; a bytearray or memoryview, which can change, is copied."""
        if isinstance(data, Content):
            return data
        return cls((data if isinstance(data, bytes) else bytes(data),))

    @classmethod
    def join(cls, contents: Iterable[Content]) -> Content:
        """The contents one after another, sharing their segments."""
        joined = tuple(contents)
        whole = cls(segment for content in joined for segment in content.segments)
        whole.joined = joined
        return whole

    def moved_to(self, segment: bytes | memoryview) -> Content:
        """The same bytes, held by ``segment`` from now on; digests computed so far are taken over."""
        moved = Content((segment,))
        moved._digests.update(self._digests)
        return moved

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Content):
            return self.size == other.size and (self.segments == other.segments or self.read() == other.read())
        return NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __deepcopy__(self, memo: object) -> Content:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle makes it of again: its bytes in one segment."""
        return Content.of, (self.read(),)

    def __repr__(self) -> str:
        return f"<{self.size} bytes in {len(self.segments)} segment{'s' if len(self.segments) != 1 else ''}>"

    def read(self) -> bytes:
        """All bytes as one ``bytes`` object; a single ``bytes`` segment is returned without a copy."""
        if len(self.segments) == 1:
            segment = self.segments[0]
            return segment if isinstance(segment, bytes) else bytes(segment)
        return b"".join(self.segments)

    def cut(self, first: int, last: int) -> Content:
        """The bytes from offset ``first`` to offset ``last``, both included, as views of the segments."""
        if first == 0 and last == self.size - 1:
            return self
        return Content(self._views(first, last + 1))

    def _views(self, start: int, stop: int) -> Iterator[memoryview]:
        offset = 0
        for segment in self.segments:
            low, high = max(start - offset, 0), min(stop - offset, len(segment))
            if low < high:
                yield memoryview(segment)[low:high]
            offset += len(segment)
            if offset >= stop:
                return

    @property
    def md5(self) -> bytes:
        """The raw MD5."""
        return self.digest("MD5")

    def digest(self, algorithm: str) -> bytes:
        """The raw digest by the algorithm of this name (``"CRC32C"``), computed on first use."""
        if algorithm not in self._digests:
            self.compute(algorithm)
        return self._digests[algorithm]

    def compute(self, *algorithms: str) -> None:
        """Compute those of these digests that are missing, in one pass over the bytes."""
        hashers = {name: digests.ALGORITHMS[name].new() for name in algorithms if name not in self._digests}
        for piece in self._pieces() if hashers else ():
            for hasher in hashers.values():
                hasher.update(piece)
        self._digests.update((name, hasher.digest()) for name, hasher in hashers.items())

    def _pieces(self) -> Iterator[bytes | memoryview]:
        """The bytes in pieces that fit into the processor's cache, so that they are fetched from memory once."""
        for segment in self.segments:
            if len(segment) <= _PIECE:
                yield segment
                continue
            view = memoryview(segment)
            for start in range(0, len(view), _PIECE):
                yield view[start : start + _PIECE]

    def checksum(self, algorithm: str) -> digests.Checksum:
        """The full-object checksum by this algorithm."""
        return digests.Checksum(algorithm, digests.b64(self.digest(algorithm)))
