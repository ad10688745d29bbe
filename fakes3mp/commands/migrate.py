"""``fakes3mp migrate PATH``: what in test code has to change where it uses moto's S3, and with ``--write`` the change."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fakes3mp.terminal import show_progress


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("migrate", help="list, and with --write change, what uses moto's S3 in test code")
    parser.add_argument("path", type=Path, metavar="PATH", help="a file, or a directory with Python files")
    parser.add_argument("--write", action="store_true", help="change the files; otherwise they are only listed")
    parser.set_defaults(run=migrate)


def migrate(arguments: argparse.Namespace) -> int:
    """List what is found, file by file. Returns the exit code."""
    if not arguments.path.exists():
        raise SystemExit(f"there is no {arguments.path}")
    try:
        from fakes3mp.migrate import python_files
    except ImportError:
        raise SystemExit("migrate needs libcst: pip install 'fakes3mp[migrate]'") from None
    changes = tasks = 0
    for file in show_progress(list(python_files(arguments.path)), "reading files"):
        for finding in _migrate_file(file, write=arguments.write):
            changes, tasks = changes + finding.is_change, tasks + (not finding.is_change)
            verb = ("changed" if arguments.write else "change") if finding.is_change else "by hand"
            print(f"{file}:{finding.line}: {verb}: {finding.text}")
    done = "changed" if arguments.write else "to change with --write"
    print(f"{changes} lines {done}, {tasks} to look at. docs/migrating.md says what behaves otherwise.")
    return 0


def _migrate_file(file: Path, *, write: bool) -> list[Any]:
    from libcst import ParserSyntaxError

    from fakes3mp.migrate import rewrite

    try:
        source = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        print(f"{file}: not UTF-8")
        return []
    if "moto" not in source.lower() and "S3_" not in source:
        return []
    try:
        changed, findings = rewrite(source)
    except ParserSyntaxError as error:
        print(f"{file}: not Python: {error.message}")
        return []
    if write and changed != source:
        file.write_bytes(changed.encode("utf-8"))
    return findings
