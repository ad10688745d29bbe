"""``fakes3mp run --explore -- COMMAND``: the command is run under every fault, once per schedule."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes3mp.exploration.report import Report
    from fakes3mp.fake import FakeS3

_VIOLATED = 1  # the exit code


def add_explore_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of an exploration, which are those of Python's ``explore``."""
    group = parser.add_argument_group("exploration")
    group.add_argument(
        "--explore", action="store_true", help="run the command under every fault, one by one, and check what it leaves"
    )
    group.add_argument("--faults", metavar="KIND,...", help="kinds of faults, or groups of them (default: all)")
    group.add_argument("--crash", action="store_true", help="also kill the command at each of its calls")
    group.add_argument(
        "--depth", type=int, default=1, help="how many faults there are in one run (default: %(default)s)"
    )
    group.add_argument("--max-runs", type=int, default=2000, help="how often it is run at most (default: %(default)s)")
    group.add_argument("--seconds", type=float, help="after how many seconds no further schedule is begun")
    group.add_argument(
        "--timeout", type=float, default=300, help="seconds that one run may take (default: %(default)s)"
    )
    group.add_argument("--no-rerun", action="store_true", help="do not run it again, without faults, after each run")
    group.add_argument("--without", metavar="INVARIANT,...", help="invariants that are not checked")
    group.add_argument("--ignore", metavar="NAME,...", help="operations and patterns of keys that are no fault points")
    group.add_argument(
        "--progress", type=Path, metavar="FILE", help="leave out the schedules that this file says passed"
    )


def explore_command(
    fake: FakeS3, command: Sequence[str], environment: Mapping[str, str], arguments: argparse.Namespace
) -> int:
    """Explore, print what was found and write the report; the exit code is 0 where no invariant was broken."""
    from fakes3mp.exploration.command import Command, CommandFailed
    from fakes3mp.exploration.explore import explore
    from fakes3mp.exploration.report import ExplorationError

    if arguments.open_uploads == "error":
        raise SystemExit("--open-uploads is for one run; --explore has the invariant open_uploads")
    report: Report | None = None
    try:
        report = explore(
            Command(command, environment, timeout=arguments.timeout),
            fake=fake,
            faults=_names(arguments.faults) or "all",
            crash=arguments.crash,
            depth=arguments.depth,
            max_runs=arguments.max_runs,
            seconds=arguments.seconds,
            rerun=not arguments.no_rerun,
            without=_names(arguments.without),
            ignore=_names(arguments.ignore),
            progress=arguments.progress,
            on_schedule=lambda schedule, violations: print(
                f"{'FAILED' if violations else 'ok'}  {schedule}", file=sys.stderr
            ),
        )
        print(report)
    except ExplorationError as error:
        report = error.report
        print(error)
        return _VIOLATED
    except CommandFailed as error:
        raise SystemExit(f"the command fails without any fault: {error}") from None
    except (OSError, ValueError) as error:
        raise SystemExit(f"cannot explore: {error}") from None
    finally:
        if arguments.report is not None and report is not None:
            _write_page(arguments.report, command, report)
    return 0


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _write_page(path: Path, command: Sequence[str], report: Report) -> None:
    from fakes3mp.report.page import write_page

    outcome = "failed" if report.violations else "passed"
    write_page(path, [{"test": " ".join(command), "outcome": outcome, "fakes": [], "exploration": report.grid}])
