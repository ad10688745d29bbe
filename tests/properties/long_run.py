"""Very many random calls through all interceptors, in long sequences on one state: as test_ways_in.py, for hours if need be.

    python -m tests.properties.long_run [--seed 1] [--calls 200000]

Prints each step at which the interceptors differ. Every sequence can be run again by its own seed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fakes3mp.interceptors.make_api_call import DirectCalls
from tests.properties.test_ways_in import CLIENTS, COMMON_OPERATIONS, OPERATIONS, WAYS, Run, calls, client_with

LENGTH = 100  # calls in a sequence


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.properties.long_run")
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence; the next has the next one")
    parser.add_argument("--calls", type=int, default=200_000)
    arguments = parser.parse_args()
    answered = count_direct_answers()
    began, differences = time.perf_counter(), 0
    for number in range(arguments.calls // LENGTH):
        differences += run_sequence(arguments.seed + number)
        if number % 100 == 99:
            print(f"{(number + 1) * LENGTH:,} calls, {dict(answered)}, {differences} differences", flush=True)
    seconds = time.perf_counter() - began
    print(
        f"{arguments.calls:,} calls from seed {arguments.seed}: {differences} differences, {seconds:.0f} s", flush=True
    )


def count_direct_answers() -> Counter[str]:
    """Counts, from now on, the calls that were answered at ``_make_api_call`` and those that went on from there."""
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
    return counts


def run_sequence(number: int) -> int:
    """Run the sequence of a seed, and print where it differs; returns how often."""
    client = Random(number).choice(["plain"] * 8 + list(CLIENTS))
    steps = random_steps(number)
    runs = [FreshRun(way, **CLIENTS[client]).perform(steps) for way in WAYS]
    (outcomes, records), *others = runs
    differences = 0
    for way, (other_outcomes, other_records) in zip(WAYS[1:], others, strict=True):
        pairs = zip(steps, outcomes, other_outcomes, strict=True)
        differing = next(((step, one, other) for step, one, other in pairs if one != other), None)
        if differing is None and records != other_records:
            differing = next(pair for pair in zip(records, other_records, strict=False) if pair[0] != pair[1])
        if differing is not None:
            differences += 1
            print(f"seed {number}, client {client!r}, {way}:", *differing, sep="\n  ", flush=True)
    return differences


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
