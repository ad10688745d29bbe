"""Content that has a size and no bytes: what is read of it, its digests, and what is cut and joined of it."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3mp.core import repeated_content
from fakes3mp.core.content import MAX_HASHED, Content
from fakes3mp.core.repeated_content import RepeatedContent, part_sizes
from fakes3mp.digests import ALGORITHMS

SIZES = st.one_of(st.integers(0, 3000), st.integers(1_028_000, 1_029_000))
CRCS = [name for name, algorithm in ALGORITHMS.items() if algorithm.combine]
GiB, TiB = 1 << 30, 1 << 40


def its_bytes(size, offset=0):
    return (bytes(range(251)) * (size // 251 + 5))[offset % 251 :][:size]


@settings(deadline=None)
@given(SIZES, st.integers(0, 600))
def test_it_is_as_its_bytes(size, offset):
    content, expected = RepeatedContent(size, offset), Content.of(its_bytes(size, offset))
    assert content.read() == expected.data
    assert b"".join(content.segments) == expected.data
    assert len(content) == size
    assert content == expected
    assert expected == content
    for name in ALGORITHMS:
        assert content.digest(name) == expected.digest(name)


@given(st.lists(st.integers(0, 400), max_size=5), st.data())
def test_joined_and_cut(sizes, data):
    """Contents with bytes and without among each other."""
    contents = [
        data.draw(st.sampled_from([RepeatedContent(size, size), Content.of(its_bytes(size, size))])) for size in sizes
    ]
    whole, expected = Content.join(contents), b"".join(content.read() for content in contents)
    assert whole.read() == expected
    assert whole == Content.of(expected)
    assert {name: whole.digest(name) for name in ALGORITHMS} == {
        name: Content.of(expected).digest(name) for name in ALGORITHMS
    }
    if expected:
        first = data.draw(st.integers(0, len(expected) - 1))
        last = data.draw(st.integers(first, len(expected) - 1))
        assert whole.cut(first, last).read() == expected[first : last + 1]


@pytest.mark.parametrize("name", CRCS)
@pytest.mark.parametrize("pieces", [[5 * TiB], [5 * GiB] * 1024], ids=["whole", "in parts"])
def test_crcs_of_terabytes(name, pieces):
    """They are right: that of two halves together is that of the whole."""
    combine, size = ALGORITHMS[name].combine, sum(pieces)
    contents, offset = [], 0
    for piece in pieces:
        contents.append(RepeatedContent(piece, offset))
        offset += piece
    whole = Content.join(contents)
    middle = size // 3
    first, second = whole.cut(0, middle - 1), whole.cut(middle, size - 1)
    assert combine(first.digest(name), second.digest(name), second.size) == whole.digest(name)
    assert whole.digest(name) == RepeatedContent(size).digest(name)


@pytest.mark.parametrize("name", ["MD5", "SHA256"])
def test_other_digests_of_large_contents_are_made_up(name):
    """Alike for the same contents, and different for others."""
    contents = [RepeatedContent(5 * TiB), RepeatedContent(5 * TiB, 1), RepeatedContent(5 * TiB - 1)]
    contents.append(Content.join([RepeatedContent(GiB), Content.of(b"x")]))
    contents.append(Content.join([RepeatedContent(GiB), Content.of(b"y")]))
    assert len({content.digest(name) for content in contents}) == len(contents)
    assert RepeatedContent(5 * TiB).digest(name) == contents[0].digest(name)
    assert len(contents[0].digest(name)) == ALGORITHMS[name].size


def test_up_to_which_size_they_are_those_of_the_bytes(monkeypatch):
    monkeypatch.setattr(repeated_content, "MAX_HASHED", 1000)
    repeated_content._digest.cache_clear()
    assert RepeatedContent(1000).md5 == Content.of(its_bytes(1000)).md5
    assert RepeatedContent(1001).md5 != Content.of(its_bytes(1001)).md5
    repeated_content._digest.cache_clear()
    assert MAX_HASHED == 16 << 20


def test_what_is_in_no_memory_is_not_read_at_once():
    for content in (RepeatedContent(5 * TiB), Content.join([RepeatedContent(GiB), Content.of(b"x")])):
        with pytest.raises(ValueError, match="read a range, or the body in chunks"):
            content.read()
        assert content.cut(content.size - 10, content.size - 1).size == 10


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda content: pickle.loads(pickle.dumps(content))])
def test_it_travels(again):
    for content in (RepeatedContent(5 * TiB, 7), Content.join([RepeatedContent(5 * TiB), Content.of(b"x")])):
        assert again(content).size == content.size
        assert again(content).cut(0, 9).read() == content.cut(0, 9).read()
        assert again(content).md5 == content.md5


@pytest.mark.parametrize(
    ("size", "parts", "sizes"),
    [(10, 3, [4, 4, 2]), (9, 3, [3, 3, 3]), (0, 1, [0]), (3, 2, [2, 1]), (5, [1, 4], [1, 4]), (0, [], [])],
)
def test_part_sizes(size, parts, sizes):
    assert part_sizes(size, parts) == sizes


@pytest.mark.parametrize(("size", "parts"), [(5, 4), (5, [1, 2]), (5, 0), (-1, 1)])
def test_parts_that_do_not_fit(size, parts):
    with pytest.raises(ValueError, match="part"):
        part_sizes(size, parts)
