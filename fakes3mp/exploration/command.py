"""A command in any language as the code under test: it is run once per schedule, against the server of the fake."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from fakes3mp.service.fault_incidents import Crash

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3

_POLL = 0.01  # seconds
_SHOWN_OUTPUT = 400  # characters


class CommandFailed(Exception):
    """The command has ended with an exit code other than 0, which says that it did not do its work."""


class Command:
    """A command that ``explore`` can run: ``crash`` kills its process, and so does a call too many.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    environment : mapping of str to str
        The environment in which its S3 clients reach the server of the fake.
    timeout : float
        How many seconds one run may take.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, timeout: float = 300) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._timeout = timeout
        self.__name__: str = shlex.join(command)
        self.as_python: str = f"subprocess.run({self._command!r}, check=False)"

    def __call__(self, fake: FakeS3) -> None:
        """Run it to its end. Raises CommandFailed, Crash, or AssertionError where it does not end in time."""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._wait(process, fake)
            finally:
                _kill(process)
                process.wait()
            if fake.faults.crash is not None:
                raise Crash("the command was killed")
            if process.returncode:
                raise CommandFailed(f"exit code {process.returncode}: {_end_of(output)}")

    def _wait(self, process: subprocess.Popen[bytes], fake: FakeS3) -> None:
        """Wait for the end of the command, or a reason to kill it."""
        deadline, faults = time.monotonic() + self._timeout, fake.faults
        faults.on_crash = lambda: _kill(process)
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL)
                    return
                if getattr(faults.watch, "too_many_calls", False):
                    return
                assert time.monotonic() < deadline, f"the command did not end within {self._timeout:g} seconds"
        finally:
            faults.on_crash = None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the command with the processes that it has started; what is over is left alone."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _end_of(output: IO[bytes]) -> str:
    """The end of what the command printed, in a line."""
    output.seek(max(output.seek(0, os.SEEK_END) - _SHOWN_OUTPUT, 0))
    return " | ".join(output.read().decode("utf-8", "replace").split("\n")).strip(" |")
