"""``fakes3mp run -- COMMAND``: a fake around any command, such as the test suite of a project in any language."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from fakes3mp.commands.exploring import add_explore_options, explore_command
from fakes3mp.commands.serving import add_fake_options, create_fake, finish, format_summary

if TYPE_CHECKING:
    from fakes3mp.server.server import Server

_COMMAND_NOT_FOUND, _OPEN_UPLOADS = 127, 1  # exit codes
# Variables that count more than the endpoint and the keys that the command gets, at least for some of AWS's SDKs.
_LEADING_ELSEWHERE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_FORWARDED_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # those that the platform has


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "run",
        help="run a command whose S3 clients reach a fake",
        usage="fakes3mp run [options] -- COMMAND [ARGUMENT ...]",
        description="Runs a command while a fake is served. The command's environment points AWS's SDKs and tools at it.",
    )
    add_fake_options(parser)
    parser.add_argument(
        "--open-uploads",
        choices=("warn", "error", "ignore"),
        default="warn",
        help="what an upload left open at the end is; error makes the exit code 1 (default: %(default)s)",
    )
    add_explore_options(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run, after --")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve a fake, run the command, and print what the fake recorded. Returns the command's exit code."""
    from fakes3mp.server.server import Server

    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise SystemExit("fakes3mp run needs a command: fakes3mp run --bucket media -- npm test")
    fake = create_fake(arguments, **({"record_bodies": True} if arguments.explore else {}))
    with Server(fake) as server:
        if arguments.explore:
            return explore_command(fake, command, _environment_for(server), arguments)
        exit_code = _run_command(command, _environment_for(server))
    finish(fake, arguments)
    print(format_summary(fake), file=sys.stderr)
    if fake.uploads.open and arguments.open_uploads == "error" and exit_code == 0:
        print("uploads were left open, and --open-uploads is error", file=sys.stderr)
        return _OPEN_UPLOADS
    return exit_code


def _environment_for(server: Server[Any]) -> dict[str, str]:
    """The command's environment: this one, without what would lead its S3 clients somewhere else."""
    own = {name: value for name, value in os.environ.items() if name not in _LEADING_ELSEWHERE}
    endpoints = {f"AWS_ENDPOINT_URL_{service}": server.url for service in ("S3", "S3_CONTROL", "STS")}
    return {**own, **server.environment, **endpoints, "FAKES3MP_URL": server.url}


def _run_command(command: list[str], environment: dict[str, str]) -> int:
    """Run a command to its end; signals that this process gets are passed on to it."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return _COMMAND_NOT_FOUND

    def forward(number: int, frame: FrameType | None) -> None:
        with suppress(ValueError):  # Windows cannot send SIGINT; its console has sent it to the command too
            process.send_signal(number)

    numbers = [getattr(signal, name) for name in _FORWARDED_SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, forward) for number in numbers}
    try:
        exit_code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - exit_code if exit_code < 0 else exit_code  # a shell's way to tell of a signal
