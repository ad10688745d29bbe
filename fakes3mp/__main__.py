"""The command line: ``fakes3mp`` or ``python -m fakes3mp``, with a command."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from fakes3mp.commands import demo, migrate, run, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # keys may have characters that are not in its encoding: on Windows
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="fakes3mp", description="An in-process fake of Amazon S3.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (demo, serve, run, migrate):
        command.add_parser(commands)
    parsed = parser.parse_args(arguments)
    exit_code: int = parsed.run(parsed)
    return exit_code


if __name__ == "__main__":
    raise SystemExit(main())
