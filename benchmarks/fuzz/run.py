"""Runs inputs in blocks. Each block begins with the same state and has a seed of its own, so it can be run again alone."""

import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.fuzz.oracle import Broken, Leftovers, Oracle
from benchmarks.fuzz.requests import random_request
from benchmarks.fuzz.sockets import as_bytes
from benchmarks.fuzz.values import Values
from benchmarks.fuzz.world import World

BLOCK_SIZE = 50  # inputs
_WAYS = ["handle"] * 15 + ["wsgi"] * 3 + ["sockets"]


@dataclass
class Failure:
    """Something that must not happen, and the first input that showed it."""

    seed: str
    text: str  # the traceback
    sent: str
    count: int = 1


@dataclass
class Result:
    """What a run has sent, and what it has found."""

    inputs: int = 0
    seconds: float = 0.0
    answers: Counter = field(default_factory=Counter)  # (operation, status) -> how often
    ways: Counter = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)  # by what failed where

    def add(self, other):
        """Add what another run has found."""
        self.inputs += other.inputs
        self.seconds = max(self.seconds, other.seconds)
        self.answers += other.answers
        self.ways += other.ways
        for kind, failure in other.failures.items():
            failure.count += self.failures[kind].count if kind in self.failures else 0
            self.failures[kind] = failure

    def report(self):
        """The figures of the run as text."""
        by_status = Counter()
        for (_, status), count in self.answers.items():
            by_status[f"{status // 100}xx" if status else "closed"] += count
        answered = {operation for operation, status in self.answers if 200 <= status < 300}
        lines = [
            f"{self.inputs:,} inputs in {self.seconds:,.0f} s",
            f"by way in: {dict(self.ways)}; by status: {dict(by_status)}",
            f"operations sent: {len({operation for operation, _ in self.answers})}, accepted at least once: {len(answered)}",
            f"failures: {sum(failure.count for failure in self.failures.values())} of {len(self.failures)} kinds",
        ]
        for failure in self.failures.values():
            lines += ["", f"{failure.count} times, first in block {failure.seed}:", failure.sent, failure.text]
        return "\n".join(lines)


def fuzz(*, inputs=None, seconds=None, seed=0, first_block=0, progress=lambda result: None):
    """Run at least so many inputs, in whole blocks, or for so long; returns a Result. ``progress`` is called with it after every 1,000 blocks."""
    world, result, began, block = World(), Result(), time.monotonic(), first_block
    oracle, leftovers = Oracle(world), None
    try:
        while (inputs is None or result.inputs < inputs) and (seconds is None or result.seconds < seconds):
            _run_block(oracle, result, f"{seed}:{block}")
            block += 1
            leftovers = leftovers or Leftovers(world.directory)
            result.seconds = time.monotonic() - began
            if block % 1000 == 0:
                progress(result)
    finally:
        world.close()
    del oracle  # it holds the state before the last input
    if leftovers is not None:
        leftovers.check()
    return result


def run_part(number, arguments):
    """What one process of several does, by the command line's arguments."""
    inputs = None if arguments.inputs is None else -(-arguments.inputs // arguments.processes)
    seconds = arguments.seconds if arguments.seconds or arguments.inputs else 60
    seed = f"{arguments.seed}/{number}" if number else arguments.seed
    return fuzz(inputs=inputs, seconds=seconds, seed=seed, first_block=arguments.block, progress=_print_progress)


def _print_progress(result):
    if not sys.stderr.isatty():
        return
    found = [f"{failure.seed}: {kind}" for kind, failure in result.failures.items()]
    print(result.report().partition("\n\n")[0], *found, sep="\n", file=sys.stderr, flush=True)


def _run_block(oracle, result, seed):
    values = Values(random.Random(seed), oracle.world.ids)
    oracle.begin_block()
    for _ in range(BLOCK_SIZE):
        sent = random_request(values)
        way = values.random.choice(_WAYS)
        result.inputs += 1
        result.ways[way] += 1
        try:
            status = oracle.judge_bytes(as_bytes(sent, values)) if way == "sockets" else oracle.judge(sent, way)
            result.answers[sent.operation, status] += 1
            _afterwards(oracle, values, sent, status)
        except Exception as error:
            _record(result, seed, error, sent)
            oracle.begin_block()


def _afterwards(oracle, values, sent, status):
    """Ordinary calls after a configuration that was accepted; now and then time passes, and somebody looks."""
    if 200 <= status < 300 and sent.operation.startswith(("PutBucket", "PutPublic", "PutObjectLockC")):
        oracle.use("plain" if sent.path.startswith("/plain") else "media")
        if values.chance(0.3):
            oracle.pass_time(values.random.choice([1, 31, 400, 40_000]))
    if values.chance(0.004):
        oracle.look()


def _record(result, seed, error, sent):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/fakes3mp/" in frame.filename]
    place = f"{frames[-1].filename}:{frames[-1].name}" if frames and not isinstance(error, Broken) else str(error)[:60]
    kind = f"{type(error).__name__} {place}"
    if kind in result.failures:
        result.failures[kind].count += 1
    else:
        result.failures[kind] = Failure(seed, "".join(traceback.format_exception(error))[-3000:], repr(sent)[:2000])
