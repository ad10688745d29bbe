"""Programs that tests run against the server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def program(name, server, **settings):
    """A function that runs a program in the server's environment, or a skip where it is not installed."""
    path = shutil.which(name) or shutil.which(name, path=Path(sys.executable).parent)
    if path is None:
        pytest.skip(f"{name} is not installed")
    environment = {**os.environ, **server.environment, **settings}
    for variable in (
        "PYTHONPATH",
        "AWS_DATA_PATH",
    ):  # Python programs have modules and data of their own; awscli sets the second
        environment.pop(variable, None)

    def run(*arguments, check=True, cwd=None, timeout=60):
        command = [path, *map(str, arguments)]
        process = subprocess.run(
            command, env=environment, cwd=cwd, capture_output=True, check=False, text=True, timeout=timeout
        )
        assert process.returncode == 0 or not check, process.stderr
        return process

    return run
