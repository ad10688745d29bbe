"""How much memory what is stored takes: the goals of benchmarks/memory.py."""

import sys

import pytest

from benchmarks import memory


@pytest.mark.parametrize(
    ("name", "record", "prepare"),
    [
        ("an object of 100 B", "none", memory._objects),
        ("a part of 100 B", "none", memory._parts),
        ("a recorded call", "all", memory._calls),
    ],
)
def test_bytes_of_each(name, record, prepare, monkeypatch):
    monkeypatch.setattr(memory, "_NUMBER", 1_000)
    # Python 3.10 has no compact dictionaries of names: the goals are those of later ones.
    goal = memory.GOALS[name] * (1.35 if sys.version_info < (3, 11) else 1)
    assert memory.measure(record, prepare) <= goal
