"""Histories of threads, tasks and forked processes at once, as in test_linearizable.py, for as long as there is time.

    python -m tests.properties.long_histories [--seed 1] [--seconds 60] [--calls 5]

Prints each history that no order of its calls explains.
"""

import argparse
import time
import warnings

from tests.properties.callers import everybody, frequent_switches
from tests.properties.histories import START, is_linearizable


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.properties.long_histories")
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next has the next one")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--calls", type=int, default=5, help="of each of the six callers")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", ".*multi-threaded.*fork.*", DeprecationWarning)
    seed, calls, failed, end = arguments.seed, 0, 0, time.monotonic() + arguments.seconds
    with frequent_switches():
        while time.monotonic() < end:
            history = everybody(seed, arguments.calls)
            calls += len(history)
            if not is_linearizable(history, START):
                failed += 1
                print(f"seed {seed}:", *sorted(history, key=lambda event: event.began), sep="\n  ", flush=True)
            seed += 1
    print(f"{seed - arguments.seed} histories, {calls:,} calls from seed {arguments.seed}: {failed} not linearizable")


if __name__ == "__main__":
    main()
