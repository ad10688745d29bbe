"""The ordered index and the one paginator, against the plainest possible model."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes3mp.core import ordered_set
from fakes3mp.core.listing import CommonPrefix, page, walk
from fakes3mp.core.ordered_set import OrderedSet

KEYS = st.text(st.sampled_from("ab/é\U0001f600"), min_size=1, max_size=5)


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=60), KEYS)
def test_ordered_is_a_sorted_set(steps, probe):
    index, model = OrderedSet[str](), set()
    for add, key in steps:
        (index.add if add else index.discard)(key)
        (model.add if add else model.discard)(key)
    assert list(index) == sorted(model)
    assert len(index) == len(model)
    assert list(index.after(probe)) == sorted(key for key in model if key > probe)
    assert list(index.since(probe)) == sorted(key for key in model if key >= probe)


def test_chunks_split_and_vanish(monkeypatch):
    monkeypatch.setattr(ordered_set, "_CHUNK", 2)
    index = OrderedSet[int]()
    for number in [5, 3, 9, 1, 7, 2, 8]:
        index.add(number)
    assert list(index) == [1, 2, 3, 5, 7, 8, 9]
    for number in [1, 2, 3, 9]:
        index.discard(number)
    index.discard(4)
    assert list(index.after(5)) == [7, 8]
    index.add(6)
    assert list(index.since(6)) == [6, 7, 8]


def test_order_is_that_of_utf8_bytes():
    """F114"""
    keys = ["a", "Z", "é", "\uffff", "\U00010000", "z", "a/", "a b"]
    assert list(OrderedSet[str](keys)) == sorted(keys, key=lambda key: key.encode())


def plainly(keys, prefix, delimiter, after):
    """What a listing shows, by looking at every key."""
    shown = []
    for key in sorted(keys):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        item = CommonPrefix(key[: at + len(delimiter)]) if at >= 0 else key
        skipped = after.startswith(item) if isinstance(item, CommonPrefix) else False
        if item not in shown and not skipped and ((isinstance(item, CommonPrefix) and key > after) or item > after):
            shown.append(item)
    return shown


@example({"é"}, "é", "", "é")  # a marker that is the prefix itself
@given(
    st.sets(KEYS, max_size=30),
    st.sampled_from(["", "a", "a/", "é", "b/a"]),
    st.sampled_from(["", "/", "a", "a/"]),
    st.one_of(st.just(""), KEYS),
)
def test_walk_is_what_looking_at_every_key_shows(keys, prefix, delimiter, after):
    index = OrderedSet[str](list(keys))
    walked = list(walk(index, lambda key: (key,), prefix=prefix, delimiter=delimiter, after=after))
    assert walked == plainly(keys, prefix, delimiter, after)
    assert [type(item) for item in walked] == [type(item) for item in plainly(keys, prefix, delimiter, after)]


@given(st.sets(KEYS, max_size=30), st.integers(1, 5), st.sampled_from(["", "/", "a"]))
def test_pages_put_together_are_the_walk(keys, limit, delimiter):
    index = OrderedSet[str](list(keys))
    seen, after, truncated = [], "", True
    while truncated:
        found = page(walk(index, lambda key: (key,), delimiter=delimiter, after=after), limit)
        assert len(found.items) <= limit
        seen += found.items
        truncated, after = found.truncated, str(found.last or "")
    assert seen == list(walk(index, lambda key: (key,), delimiter=delimiter))


def test_a_prefix_with_nothing_to_list_is_not_shown():
    index = OrderedSet[str](["a/1", "a/2", "b/1"])
    visible = {"a/1": [], "a/2": [], "b/1": ["entry"]}
    assert list(walk(index, visible.__getitem__, delimiter="/")) == ["b/"]


def test_the_highest_character_in_a_prefix():
    key = "a\U0010ffff"
    index = OrderedSet[str]([key + "/1", key * 2, key + key[-1] * 3, "b"])
    assert list(walk(index, lambda each: (each,), delimiter=key[-1])) == [key, "b"]


@pytest.mark.parametrize(("limit", "items", "truncated"), [(0, [], False), (2, [1, 2], True), (3, [1, 2, 3], False)])
def test_page(limit, items, truncated):
    found = page([1, 2, 3], limit)
    assert (list(found.items), found.truncated) == (items, truncated)


class Counting(str):
    """A key that counts how often it is compared."""

    seen = 0

    def __lt__(self, other):
        Counting.seen += 1
        return str.__lt__(self, other)

    def startswith(self, *args):
        Counting.seen += 1
        return str.startswith(self, *args)


@pytest.mark.parametrize(
    ("prefix", "delimiter", "after"),
    [("", "", ""), ("", "", "k050000"), ("k09", "", ""), ("", "0", ""), ("k05", "9", "k050100"), ("nothing", "", "")],
)
def test_a_page_costs_a_page(prefix, delimiter, after):
    """Ten entries among 100,000 keys: what is looked at does not grow with the number of keys."""
    looked = []
    for many in (1_000, 100_000):
        index = OrderedSet[str]([Counting(f"k{n:06}") for n in range(0, 100_000, 100_000 // many)])
        Counting.seen = 0
        page(walk(index, lambda key: [key], prefix=prefix, delimiter=delimiter, after=after), 10)
        looked.append(Counting.seen)
    assert looked[1] < looked[0] + 60
    assert looked[1] < 200
