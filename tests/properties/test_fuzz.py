"""A part of the fuzzing of benchmarks/fuzz: the same inputs each time. ``python -m benchmarks.fuzz`` runs as many as one likes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.fuzz.run import fuzz
from fakes3mp.operations.registry import registry


@pytest.mark.parametrize("seed", range(4))
def test_fuzz(seed):
    result = fuzz(inputs=2000, seed=f"suite {seed}")
    assert not result.failures, result.report()
    assert len({operation for operation, _ in result.answers}) > 0.8 * len(registry())
    assert {status // 100 for _, status in result.answers} >= {2, 4}
