"""How much memory what is stored takes: the goals of benchmarks/memory.py."""

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
    assert memory.measure(record, prepare) <= memory.GOALS[name]
