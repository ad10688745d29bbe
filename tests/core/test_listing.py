"""The ordered index and the paginator, compared with a simple model."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes3mp.core.listing import CommonPrefix, paginate, walk_keys
from fakes3mp.core.sorted_map import SortedMap

KEYS = st.text(st.sampled_from("ab/é\U0001f600"), min_size=1, max_size=5)
HIGHEST = "\U0010ffff"
LONGEST = 1024 // len(HIGHEST.encode())  # how many of it a key can have (S3's manual: 1,024 bytes)


def index_of(keys):
    return SortedMap((key, None) for key in keys)


def walk_all_keys(keys, prefix, delimiter, after):
    """The items of a list, by looking at every key."""
    items = []
    for key in sorted(keys):
        if not key.startswith(prefix):
            continue
        position = key.find(delimiter, len(prefix)) if delimiter else -1
        item = CommonPrefix(key[: position + len(delimiter)]) if position >= 0 else key
        skipped = after.startswith(item) if isinstance(item, CommonPrefix) else False
        if item not in items and not skipped and ((isinstance(item, CommonPrefix) and key > after) or item > after):
            items.append(item)
    return items


@example({"é"}, "é", "", "é")  # a marker that is the prefix itself
@given(
    st.sets(KEYS, max_size=30),
    st.sampled_from(["", "a", "a/", "é", "b/a"]),
    st.sampled_from(["", "/", "a", "a/"]),
    st.one_of(st.just(""), KEYS),
)
def test_walk_equals_looking_at_every_key(keys, prefix, delimiter, after):
    index = index_of(list(keys))
    items = list(walk_keys(index, lambda key: (key,), prefix=prefix, delimiter=delimiter, after=after))
    expected = walk_all_keys(keys, prefix, delimiter, after)
    assert items == expected
    assert [type(item) for item in items] == [type(item) for item in expected]


@given(st.sets(KEYS, max_size=30), st.integers(1, 5), st.sampled_from(["", "/", "a"]))
def test_all_pages_together_are_the_walk(keys, limit, delimiter):
    index = index_of(list(keys))
    items, after, truncated = [], "", True
    while truncated:
        page = paginate(walk_keys(index, lambda key: (key,), delimiter=delimiter, after=after), limit)
        assert len(page.items) <= limit
        items += page.items
        truncated, after = page.truncated, str(page.last or "")
    assert items == list(walk_keys(index, lambda key: (key,), delimiter=delimiter))


def test_a_prefix_without_entries_is_left_out():
    index = index_of(["a/1", "a/2", "b/1"])
    entries = {"a/1": [], "a/2": [], "b/1": ["entry"]}
    assert list(walk_keys(index, entries.__getitem__, delimiter="/")) == ["b/"]


@pytest.mark.parametrize("prefix", ["a", "", HIGHEST, HIGHEST * 2])
def test_the_highest_character_in_a_prefix(prefix):
    """A common prefix that ends with it: no character is higher, so what comes after begins otherwise."""
    common = prefix + HIGHEST
    keys = [common + "/1", common + "/2", common + HIGHEST, common.ljust(LONGEST, HIGHEST), "b"]
    for after in ("", common, common + "/1"):
        items = walk_keys(index_of(keys), lambda member: (member,), prefix=prefix, delimiter=HIGHEST, after=after)
        assert list(items) == walk_all_keys(keys, prefix, HIGHEST, after)


@pytest.mark.parametrize(("limit", "items", "truncated"), [(0, [], False), (2, [1, 2], True), (3, [1, 2, 3], False)])
def test_paginate(limit, items, truncated):
    page = paginate([1, 2, 3], limit)
    assert (list(page.items), page.truncated) == (items, truncated)


class CountingKey(str):
    """A key that counts comparisons."""

    comparisons = 0

    def __lt__(self, other):
        CountingKey.comparisons += 1
        return str.__lt__(self, other)

    def startswith(self, *args):
        CountingKey.comparisons += 1
        return str.startswith(self, *args)


@pytest.mark.parametrize(
    ("prefix", "delimiter", "after"),
    [("", "", ""), ("", "", "k050000"), ("k09", "", ""), ("", "0", ""), ("k05", "9", "k050100"), ("nothing", "", "")],
)
def test_the_cost_of_a_page_does_not_grow_with_the_keys(prefix, delimiter, after):
    """A page of ten entries from 1,000 and from 100,000 keys."""
    comparisons = []
    for total in (1_000, 100_000):
        index = index_of([CountingKey(f"k{n:06}") for n in range(0, 100_000, 100_000 // total)])
        CountingKey.comparisons = 0
        paginate(walk_keys(index, lambda key: [key], prefix=prefix, delimiter=delimiter, after=after), 10)
        comparisons.append(CountingKey.comparisons)
    assert comparisons[1] < comparisons[0] + 60
    assert comparisons[1] < 200
