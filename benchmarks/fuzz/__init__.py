"""Fuzzing: random requests to a fake, most of them spoiled in one or two places, and what must hold after each.

    python -m benchmarks.fuzz [--seconds 60 | --inputs 1000000] [--seed 0]

Requests of every operation are made from botocore's model, so a new operation is fuzzed by itself. See ``oracle`` for what
must hold. ``coverage_guided`` has the same targets for atheris.
"""
