"""Check the types of the package and of files that use it: ``python -m scripts.check_types``.

Needs the dependency group ``types``. Pyright comes from npm; where that cannot be reached, only mypy is run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TYPED = ROOT / "tests" / "typed"
PYTHON = Path(sys.executable)
PYRIGHT = {"pythonVersion": "3.10", "typeCheckingMode": "standard", "reportUnnecessaryComparison": "error"}


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command's exit code and output. Pyright finds the interpreter of this environment by PATH."""
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def must_pass(title: str, *command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, and end with its output where it fails."""
    process = run(*command, cwd=cwd)
    if process.returncode:
        sys.exit(f"{title}:\n{process.stdout}{process.stderr}")
    print(f"{title}: good")


def expected_lines() -> set[int]:
    """The lines of bad.py that are mistakes."""
    lines = (TYPED / "bad.py").read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "  # " in line}


def compare(title: str, found: set[int]) -> None:
    """End where a checker has missed a mistake, or found one that is none."""
    expected = expected_lines()
    if found != expected:
        sys.exit(
            f"{title}: missed in lines {sorted(expected - found)}, and wrong in lines {sorted(found - expected)} of bad.py"
        )
    print(f"{title}: good, {len(found)} mistakes found")


def check_with_mypy() -> None:
    """The package, and both files of users."""
    must_pass("mypy, the package", PYTHON, "-m", "mypy")
    strict = ("-m", "mypy", "--config-file=", "--strict", "--no-incremental")
    must_pass("mypy --strict, a user's file", PYTHON, *strict, TYPED / "good.py")
    output = run(PYTHON, *strict, TYPED / "bad.py").stdout
    compare("mypy --strict, mistakes", {int(line) for line in re.findall(r"bad\.py:(\d+): error", output)})


def check_with_pyright() -> None:
    """The completeness of the package's types, and both files of users."""
    pyright = PYTHON.parent / "pyright"
    if run(pyright, "--version").returncode:
        print("pyright cannot be installed from npm here: not run")
        return
    with tempfile.TemporaryDirectory() as directory:
        settings = Path(directory) / "pyrightconfig.json"
        settings.write_text(json.dumps(PYRIGHT), encoding="utf-8")
        for name in ("good.py", "bad.py"):
            (Path(directory) / name).write_text((TYPED / name).read_text(encoding="utf-8"), encoding="utf-8")
        must_pass("pyright, a user's file", pyright, "good.py", cwd=Path(directory))
        diagnostics = json.loads(run(pyright, "--outputjson", "bad.py", cwd=Path(directory)).stdout)[
            "generalDiagnostics"
        ]
        compare("pyright, mistakes", {each["range"]["start"]["line"] + 1 for each in diagnostics})
        output = run(pyright, "--verifytypes", "fakes3mp", "--ignoreexternal", cwd=Path(directory)).stdout
    if "Type completeness score: 100%" not in output:
        sys.exit("pyright --verifytypes:\n" + "\n".join(line for line in output.splitlines() if "error" in line))
    print("pyright --verifytypes: 100%")


if __name__ == "__main__":
    check_with_mypy()
    check_with_pyright()
