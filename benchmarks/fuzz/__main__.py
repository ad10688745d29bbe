"""``python -m benchmarks.fuzz``: run inputs and print what was found; the exit status is 1 where something was."""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from benchmarks.fuzz.run import Result, run_part


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, help="how long to run; by default 60, if --inputs is not given")
    parser.add_argument("--inputs", type=int, help="how many inputs to run")
    parser.add_argument("--seed", default="0", help="any text")
    parser.add_argument("--block", type=int, default=0, help="the block of inputs to begin with")
    parser.add_argument("--processes", type=int, default=1, help="the second one's seed is SEED/1, and so on")
    arguments = parser.parse_args()
    result = Result()
    with ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(run_part, range(arguments.processes), [arguments] * arguments.processes):
            result.add(part)
    print(f"seed {arguments.seed}:", result.report())
    sys.exit(bool(result.failures))


if __name__ == "__main__":
    main()
