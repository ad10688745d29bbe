"""The soak of benchmarks/soak.py, for two seconds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.soak import soak


def test_a_short_soak():
    steps = soak(seconds=2, clients=4, seed=1)
    assert set(steps) == {"begin", "part", "complete", "abort", "list", "read", "wrong"}
