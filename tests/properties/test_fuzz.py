"""A part of the fuzzing of benchmarks/fuzz: the same inputs each time. ``python -m benchmarks.fuzz`` runs as many as one likes.

It runs in a process of its own, as it looks at what the whole process has left behind: descriptors, threads and files.
"""

import multiprocessing
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.fuzz.run import fuzz
from fakes3mp.operations.registry import registry


@pytest.mark.parametrize("seed", range(4))
def test_fuzz(seed):
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), warnings.simplefilter, ("error",)) as process:
        result = process.submit(fuzz, inputs=2000, seed=f"suite {seed}").result()
    assert not result.failures, result.report()
    assert len({operation for operation, _ in result.answers}) > 0.8 * len(registry())
    assert {status // 100 for _, status in result.answers} >= {2, 4}
