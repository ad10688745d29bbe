"""Content: the same bytes in other segments are the same content."""

from itertools import pairwise

import pytest

from fakes3mp.core.content import Content

BODY = bytes(range(256)) * 3


def cut(*positions):
    """The body in segments that end at these positions."""
    edges = [0, *positions, len(BODY)]
    return Content.join(Content.of(BODY[start:stop]) for start, stop in pairwise(edges))


SEGMENTS = [(), (1,), (256,), (256, 512), (0, 0, 700), tuple(range(1, 700, 7))]


@pytest.mark.parametrize("one", SEGMENTS)
@pytest.mark.parametrize("other", SEGMENTS)
def test_equal_bytes_are_equal_content(one, other):
    assert cut(*one) == cut(*other)
    assert cut(*one).md5 == cut(*other).md5
    assert cut(*one).read() == BODY


@pytest.mark.parametrize("segments", SEGMENTS)
def test_other_bytes_are_other_content(segments):
    """Of another length; of the same length with one byte changed, in segments of the same lengths or of others."""
    content = cut(*segments)
    assert content != Content.of(BODY[:-1])
    assert content != Content.of(BODY + b"x")
    *others, last = [bytes(segment) for segment in content.segments]
    changed = Content.join(map(Content.of, [*others, last[:-1] + b"x"]))
    assert content != changed
    assert content != Content.of(BODY[:-1] + b"x")
    assert (content == BODY) is False


@pytest.mark.parametrize("segments", SEGMENTS)
@pytest.mark.parametrize(
    ("first", "last"), [(0, 0), (0, 767), (1, 255), (255, 256), (256, 511), (700, 767), (767, 767)]
)
def test_cuts(segments, first, last):
    piece = cut(*segments).cut(first, last)
    assert piece.read() == BODY[first : last + 1]
    assert piece.size == last + 1 - first


def test_long_chains_of_joined_contents():
    """As appending to an object makes: they are no deeper than one."""
    content = Content.of(b"")
    for _ in range(1500):
        content = Content.join([content, Content.of(b"ab")])
    assert content.read() == b"ab" * 1500
    assert content.cut(1, 2998).read() == b"b" + b"ab" * 1498 + b"a"
    assert content.md5 == Content.of(b"ab" * 1500).md5
