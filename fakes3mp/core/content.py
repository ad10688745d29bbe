"""The bytes of objects and parts: immutable, shared, and joined only when they are read.

An object that was put has one segment of bytes. A multipart object has the contents of its parts (JoinedContent), a range
has a view of the source's bytes. RepeatedContent, in ``repeated_content``, has a size and no bytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, ClassVar

from fakes3mp import digests

_PIECE = 1 << 20  # bytes
MAX_READ = 1 << 30  # bytes that are read at once of a content that has none in memory
MAX_HASHED = 16 << 20  # bytes that are hashed of one


class Content:
    """Immutable bytes. Each digest is computed once, on first use.

    >>> Content.of(b"abc").md5.hex()
    '900150983cd24fb0d6963f7d28e17f72'
    """

    __slots__ = ("__weakref__", "_digests", "data", "size")

    holds_bytes = True  # whether all of its bytes are in memory or in a file

    def __init__(self, data: bytes | memoryview) -> None:
        self.data: bytes | memoryview | None = data  # None where they are not in one segment
        self.size: int = len(data)
        self._digests: tuple[Any, ...] = ()  # algorithm, its raw digest, and so on

    @classmethod
    def of(cls, data: bytes | bytearray | memoryview | Content) -> Content:
        """Content of these bytes. ``bytes`` are shared; a bytearray or memoryview, which can change, is copied."""
        if isinstance(data, Content):
            return data
        return Content(data if isinstance(data, bytes) else bytes(data))

    @classmethod
    def join(cls, contents: Iterable[Content]) -> Content:
        """The contents one after another, sharing their bytes."""
        return JoinedContent(tuple(contents))

    def moved_to(self, data: bytes | memoryview) -> Content:
        """The same bytes, held by ``data`` from now on; digests computed so far are taken over."""
        moved = Content(data)
        moved._digests = self._digests
        return moved

    @property
    def segments(self) -> Iterable[bytes | memoryview]:
        """The bytes one after another."""
        return () if self.data is None else (self.data,)

    @property
    def joined(self) -> tuple[Content, ...]:
        """What it was joined of."""
        return ()

    @property
    def description(self) -> str:
        """What tells it from other contents."""
        return f"{self.size} bytes with the MD5 {self.md5.hex()}"

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Content):
            return NotImplemented
        if self is other or self.size != other.size:
            return self is other
        if self.data is not None and other.data is not None:
            return self.data == other.data
        ends = range(0, self.size, _PIECE)
        return all(_piece(self, start).read() == _piece(other, start).read() for start in ends)

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __deepcopy__(self, memo: object) -> Content:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle makes it of again: its bytes in one segment."""
        return Content.of, (self.read(),)

    def __repr__(self) -> str:
        return f"<{self.size} bytes>"

    def read(self) -> bytes:
        """All bytes as one ``bytes`` object; ``bytes`` are returned without a copy."""
        if isinstance(self.data, bytes):
            return self.data
        if not self.holds_bytes and self.size > MAX_READ:
            raise ValueError(
                f"{self.size} bytes of put_sized cannot be read at once, they are in no memory; "
                "read a range, or the body in chunks"
            )
        return b"".join(self.segments)

    def cut(self, first: int, last: int) -> Content:
        """The bytes from offset ``first`` to offset ``last``, both included, without a copy."""
        if first == 0 and last == self.size - 1:
            return self
        return self._slice(first, last + 1)

    def _slice(self, start: int, stop: int) -> Content:
        assert self.data is not None
        return Content(memoryview(self.data)[start:stop])

    @property
    def md5(self) -> bytes:
        """The raw MD5."""
        return self.digest("MD5")

    def digest(self, algorithm: str) -> bytes:
        """The raw digest by the algorithm of this name (``"CRC32C"``), computed on first use."""
        if algorithm not in self._digests[::2]:
            self.compute(algorithm)
        known = self._digests
        digest: bytes = known[2 * known[::2].index(algorithm) + 1]
        return digest

    def compute(self, *algorithms: str) -> None:
        """Compute those of these digests that are missing, in one pass over the bytes."""
        known = self._digests[::2]
        missing = [name for name in algorithms if name not in known] if known else algorithms
        if missing:
            self._digests += tuple(chain.from_iterable(zip(missing, self._compute(missing), strict=True)))

    def _compute(self, algorithms: Sequence[str]) -> list[bytes]:
        if self.data is not None and self.size <= _PIECE:
            return [digests.ALGORITHMS[name].digest((self.data,)) for name in algorithms]
        hashers = [digests.ALGORITHMS[name].new() for name in algorithms]
        for piece in self._pieces():
            for hasher in hashers:
                hasher.update(piece)
        return [hasher.digest() for hasher in hashers]

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


def _piece(content: Content, start: int) -> Content:
    return content.cut(start, min(start + _PIECE, content.size) - 1)


class JoinedContent(Content):
    """Contents one after another."""

    __slots__ = ("_contents", "_ends", "_joined", "holds_bytes")

    def __init__(self, joined: tuple[Content, ...]) -> None:
        super().__init__(b"")
        self.data: bytes | memoryview | None = None
        self._joined = joined
        # Those that are joined themselves give theirs: a chain of appended contents would become deep otherwise.
        self._contents = joined
        if any(isinstance(content, JoinedContent) for content in joined):
            self._contents = tuple(each for content in joined for each in getattr(content, "_contents", (content,)))
        self._contents = tuple(content for content in self._contents if content.size)
        self._ends: Any = array("Q", accumulate(content.size for content in self._contents))  # the offset after each
        self.size: int = self._ends[-1] if self._ends else 0
        self.holds_bytes: bool = all(content.holds_bytes for content in self._contents)

    @property
    def segments(self) -> Iterable[bytes | memoryview]:
        segments = (segment for content in self._contents for segment in content.segments)
        return tuple(segments) if self.holds_bytes else segments

    @property
    def joined(self) -> tuple[Content, ...]:
        return self._joined

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle makes it of again: its bytes in one segment, or what it is joined of where it has no bytes."""
        return super().__reduce__() if self.holds_bytes else (JoinedContent, (self._joined,))

    def _slice(self, start: int, stop: int) -> Content:
        slices, index = [], bisect_right(self._ends, start)
        while start < stop:
            content, begin = self._contents[index], self._ends[index] - self._contents[index].size
            slices.append(content.cut(start - begin, min(stop - begin, content.size) - 1))
            start, index = self._ends[index], index + 1
        return slices[0] if len(slices) == 1 else JoinedContent(tuple(slices))

    def _compute(self, algorithms: Sequence[str]) -> list[bytes]:
        if self.holds_bytes:
            return super()._compute(algorithms)
        return [self._combined_digest(digests.ALGORITHMS[name]) for name in algorithms]

    def _combined_digest(self, algorithm: digests.Algorithm) -> bytes:
        """The digest where some of the contents have no bytes, as ``repeated_content`` says."""
        if algorithm.combine is None:
            return algorithm.digest(self.segments if self.size <= MAX_HASHED else [self.description.encode()])
        crc = algorithm.digest([b""])
        for content in self._contents:
            crc = algorithm.combine(crc, content.digest(algorithm.name), content.size)
        return crc

    @property
    def description(self) -> str:
        return ", ".join(content.description for content in self._contents)
