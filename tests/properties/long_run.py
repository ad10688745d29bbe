"""Very many random calls through all interceptors, in long sequences on one state: as test_ways_in.py, for hours if need be.

    python -m tests.properties.long_run [--seed 1] [--calls 200000] [--processes 2]

Prints each step at which the interceptors differ. Every sequence can be run again by its own seed: ``--seed S --calls 100``.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from multiprocessing import get_context
from random import Random
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fakes3mp.interceptors.make_api_call import DirectCalls
from fakes3mp.terminal import show_progress
from tests.properties.test_ways_in import CLIENTS, COMMON_OPERATIONS, OPERATIONS, WAYS, Run, calls, client_with

LENGTH = 100  # calls in a sequence
REPORTED = 10_000  # calls after which a line is printed


class Outcome(NamedTuple):
    """What came of a sequence: its differences as texts, and how many calls each place answered."""

    differences: list[str]
    answered: Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.properties.long_run")
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence; the next has the next one")
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + -(-arguments.calls // LENGTH))
    began, differences, answered = time.perf_counter(), 0, Counter[str]()
    with outcomes_of(seeds, arguments.processes) as outcomes:
        shown = show_progress(outcomes, f"sequences of {LENGTH} calls", len(seeds))
        for number, outcome in enumerate(shown, 1):
            print(*outcome.differences, sep="\n", end="\n" * bool(outcome.differences), flush=True)
            differences += len(outcome.differences)
            answered += outcome.answered
            if number % (REPORTED // LENGTH) == 0 or number == len(seeds):
                report(number * LENGTH, answered, differences, time.perf_counter() - began)
    sys.exit(1 if differences else 0)


def report(count: int, answered: Counter[str], differences: int, seconds: float) -> None:
    rate = f"{seconds:.0f} s, {count / seconds:.0f} calls a second"
    print(f"{count:,} calls, {dict(answered)}, {differences} differences, {rate}", flush=True)


@contextmanager
def outcomes_of(seeds: range, processes: int) -> Iterator[Iterator[Outcome]]:
    """The outcomes of all sequences, as they come from some processes."""
    if processes == 1:
        prepare_process()
        yield map(run_sequence, seeds)
        return
    with get_context("spawn").Pool(processes, prepare_process) as pool:
        yield pool.imap_unordered(run_sequence, seeds, chunksize=5)


def prepare_process() -> None:
    """Load everything, and keep Python's garbage collector from looking through it again and again: a quarter of the time."""
    run_sequence(0)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@contextmanager
def counting_answers() -> Iterator[Counter[str]]:
    """Counts the calls that are answered at ``_make_api_call`` and those that go on from there."""
    counts: Counter[str] = Counter()
    original = DirectCalls.answer

    def answer(self, *args):
        try:
            response = original(self, *args)
        except Exception:
            counts["direct"] += 1
            raise
        counts["gone on" if response is None else "direct"] += 1
        return response

    DirectCalls.answer = answer
    try:
        yield counts
    finally:
        DirectCalls.answer = original


def run_sequence(number: int) -> Outcome:
    """Run the sequence of a seed in each way, and compare."""
    client = Random(number).choice(["plain"] * 8 + list(CLIENTS))
    steps = random_steps(number)
    with counting_answers() as answered:
        runs = [FreshRun(way, **CLIENTS[client]).perform(steps) for way in WAYS]
    (outcomes, records), *others = runs
    differences = []
    for way, (other_outcomes, other_records) in zip(WAYS[1:], others, strict=True):
        pairs = zip(steps, outcomes, other_outcomes, strict=True)
        differing = next(((step, one, other) for step, one, other in pairs if one != other), None)
        if differing is None and records != other_records:
            paired = zip_longest(records, other_records)
            differing = next(pair for pair in paired if pair[0] != pair[1])
        if differing is not None:
            differences.append("\n  ".join([f"seed {number}, client {client!r}, {way}:", *map(str, differing)]))
    return Outcome(differences, answered)


class FreshRun(Run):
    """A run with a client of its own: a client remembers the regions of buckets."""

    make_client = staticmethod(client_with.__wrapped__)


def random_steps(number: int) -> list[tuple[str, dict]]:
    """The calls of a sequence."""
    operation = st.one_of(st.sampled_from(COMMON_OPERATIONS), st.sampled_from(OPERATIONS))
    steps: list[tuple[str, dict]] = []

    @seed(number)
    @settings(
        max_examples=LENGTH,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.flatmap(calls))
    def draw(step):
        steps.append(step)

    draw()
    return steps


if __name__ == "__main__":
    main()
