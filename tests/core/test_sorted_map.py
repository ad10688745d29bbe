"""The sorted mapping and its copies, against dicts: any operations in any order, on any of the copies."""

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from fakes3mp.core import sorted_map
from fakes3mp.core.sorted_map import SortedMap

KEYS = st.text(st.sampled_from("ab/é\U0001f600"), max_size=3)


@pytest.fixture(autouse=True, scope="module")
def small_leaves():
    """Leaves so small that they split, run empty and are shared by copies all the time."""
    usual, sorted_map._MAX_LEAF = sorted_map._MAX_LEAF, 4
    yield
    sorted_map._MAX_LEAF = usual


class Copies(RuleBasedStateMachine):
    """Maps that were copied of each other, each beside a dict."""

    maps = Bundle("maps")

    def __init__(self):
        super().__init__()
        self.pairs = []

    @initialize(target=maps, items=st.lists(st.tuples(KEYS, st.integers())))
    def create(self, items):
        return self._add(SortedMap(items), dict(items))

    def _add(self, index, model):
        self.pairs.append((index, model))
        return self.pairs[-1]

    @rule(target=maps, pair=maps)
    def copy(self, pair):
        return self._add(pair[0].copy(), pair[1].copy())

    @rule(pair=maps, key=KEYS, value=st.integers())
    def put(self, pair, key, value):
        for mapping in pair:
            mapping[key] = value

    @rule(pair=maps, key=KEYS)
    def remove(self, pair, key):
        assert pair[0].pop(key, None) == pair[1].pop(key, None)

    @rule(pair=maps, key=KEYS)
    def read(self, pair, key):
        index, model = pair
        assert index.get(key, "none") == model.get(key, "none")
        assert (key in index) == (key in model)
        ordered = sorted(model)
        assert list(index.since(key)) == [each for each in ordered if each >= key]
        assert list(index.after(key)) == [each for each in ordered if each > key]
        assert list(index.items_since(key)) == [(each, model[each]) for each in ordered if each >= key]

    @invariant()
    def all_are_as_their_dicts(self):
        for index, model in self.pairs:
            assert list(index.items()) == sorted(model.items())
            assert list(index.values()) == [model[key] for key in index]
            assert len(index) == len(model)
            assert index == model


TestCopies = Copies.TestCase


def test_missing_keys():
    index = SortedMap([("b", 1)])
    for key in ("a", "c"):
        with pytest.raises(KeyError, match=key):
            index[key]
        with pytest.raises(KeyError, match=key):
            del index[key]


@given(st.lists(st.integers(0, 200)), st.lists(st.integers(0, 200)))
def test_full_leaves(numbers, removed):
    """In any order, also ascending and descending ones, and with the keys of whole leaves gone."""
    for order in (numbers, sorted(numbers), sorted(numbers, reverse=True)):
        index, model = SortedMap((number, None) for number in order), set(order)
        for number in removed:
            index.pop(number, None)
        assert list(index) == sorted(model - set(removed))
        assert all(0 < len(leaf.keys) <= sorted_map._MAX_LEAF for leaf in index._leaves)
        assert index._last == [leaf.keys[-1] for leaf in index._leaves]


def test_order_is_that_of_utf8_bytes():
    """F114"""
    keys = ["a", "Z", "é", "\uffff", "\U00010000", "z", "a/", "a b"]
    assert list(SortedMap((key, None) for key in keys)) == sorted(keys, key=lambda key: key.encode())


def test_a_copy_is_read_while_the_original_changes():
    """Without a lock: the one who changes something changes leaves of its own."""
    index = SortedMap((number, 0) for number in range(500))
    expected, stop, wrong = list(index.items()), threading.Event(), []
    copies = [index.copy()]

    def read():
        while not stop.is_set():
            if list(copies[-1].items()) != expected:
                wrong.append("changed")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    numbers = random.Random(1)
    for _ in range(3000):
        index[numbers.randrange(1000)] = 1
        index.pop(numbers.randrange(1000), None)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert list(copies[0].items()) == expected


def test_a_copy_does_not_look_at_the_items():
    """The copy of a large map shares every leaf; a change then copies one."""
    index = SortedMap((number, None) for number in range(1000))
    duplicate = index.copy()
    index[500] = 1
    shared = sum(one is other for one, other in zip(index._leaves, duplicate._leaves, strict=True))
    assert shared == len(index._leaves) - 1
