"""Content that has a size and no bytes: a pattern that is repeated, for objects of terabytes.

The byte at offset n of what ``fake.put_sized`` stores is n modulo 251: a range that is read from a wrong offset shows. CRCs
are those of the bytes, put together from that of one pattern. MD5 and the SHA digests are those of the bytes up to
``MAX_HASHED``; beyond that they are made from a description of the content, since hashing would take seconds to hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from fakes3mp.core.content import MAX_HASHED, Content
from fakes3mp.digests import ALGORITHMS

_PERIOD = 251  # bytes; a prime, so that no page or part begins where the pattern does
_PATTERN = bytes(range(_PERIOD))
_BLOCK = _PATTERN * 4096


class RepeatedContent(Content):
    """``size`` bytes of the pattern, from ``offset`` on.

    >>> content = RepeatedContent(5 << 40); content.size, content.cut(1000, 1004).read().hex()
    (5497558138880, 'f7f8f9fa00')
    """

    __slots__ = ("offset",)

    holds_bytes = False

    def __init__(self, size: int, offset: int = 0) -> None:
        super().__init__(b"")
        self.data: bytes | memoryview | None = None
        self.size: int = size
        self.offset: int = offset % _PERIOD

    @property
    def segments(self) -> Iterable[bytes | memoryview]:
        block, left, start = memoryview(_BLOCK), self.size, self.offset
        while left > 0:
            segment = block[start : start + left]
            yield segment
            left, start = left - len(segment), 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RepeatedContent):
            return (self.size, self.offset if self.size else 0) == (other.size, other.offset if other.size else 0)
        return super().__eq__(other)

    __hash__: ClassVar[None]

    def __reduce__(self) -> tuple[Any, ...]:
        return RepeatedContent, (self.size, self.offset)

    def __repr__(self) -> str:
        return f"<{self.size} repeated bytes>"

    @property
    def description(self) -> str:
        return f"{self.size} bytes of the pattern from {self.offset}"

    def _slice(self, start: int, stop: int) -> Content:
        return RepeatedContent(stop - start, self.offset + start)

    def _compute(self, algorithms: Sequence[str]) -> list[bytes]:
        return [_digest(name, self.size, self.offset) for name in algorithms]


@lru_cache(maxsize=4096)
def _digest(algorithm: str, size: int, offset: int) -> bytes:
    """The digest of repeated content, computed once for each size and offset."""
    combine = ALGORITHMS[algorithm].combine
    content = RepeatedContent(size, offset)
    if combine is not None:
        return _repeated_crc(algorithm, combine, size, offset)
    return ALGORITHMS[algorithm].digest(content.segments if size <= MAX_HASHED else [content.description.encode()])


def _repeated_crc(algorithm: str, combine: Callable[[bytes, bytes, int], bytes], size: int, offset: int) -> bytes:
    """The CRC of all whole patterns, by doubling, and of the rest."""
    pattern = _PATTERN[offset:] + _PATTERN[:offset]
    repetitions, rest = divmod(size, _PERIOD)
    crc, power, length = ALGORITHMS[algorithm].digest([b""]), ALGORITHMS[algorithm].digest([pattern]), _PERIOD
    while repetitions:
        if repetitions & 1:
            crc = combine(crc, power, length)
        power, length, repetitions = combine(power, power, length), 2 * length, repetitions >> 1
    return combine(crc, ALGORITHMS[algorithm].digest([pattern[:rest]]), rest)


def part_sizes(size: int, parts: int | Sequence[int]) -> Sequence[int]:
    """The sizes of the parts of an object: those given, or of so many that are alike but for a smaller last one.

    >>> part_sizes(10, 3), part_sizes(10, [4, 6])
    ([4, 4, 2], [4, 6])
    """
    if not isinstance(parts, int):
        if sum(parts) != size:
            raise ValueError(
                f"the parts have {sum(parts)} bytes together, the object is to have {size}: correct size or parts"
            )
        return list(parts)
    if parts < 1 or size < 0:
        raise ValueError(f"an object has a part at least and a size of 0 or more, not {parts} parts and {size} bytes")
    part_size = -(-size // parts)
    sizes = [max(0, min(part_size, size - index * part_size)) for index in range(parts)]
    if part_size and not sizes[-1]:
        raise ValueError(f"{size} bytes are not enough for {parts} parts of one size: give the sizes as a list")
    return sizes
