"""docs/options.md is current: ``python -m tests.test_options_page`` writes it anew, from docstrings and the command line."""

import argparse
import inspect
import re
from pathlib import Path

from conftest_plugin.ini_options import INI_OPTIONS
from fakes3mp import FakeS3
from fakes3mp.commands import demo, migrate, run, serve
from fakes3mp.options import Options

PAGE = Path(__file__).parent.parent / "docs" / "options.md"
COMMANDS = {"demo": demo, "serve": serve, "run": run, "migrate": migrate}


def described_options():
    """(name, type and default, text) of each option, from the docstring of FakeS3."""
    section = inspect.getdoc(FakeS3).partition("Parameters\n----------\n")[2].partition("\n\nAttributes\n")[0]
    for name, kind, text in re.findall(r"^(\w+) : (.+)\n((?:    .*\n?)+)", section + "\n", re.MULTILINE):
        yield (
            name,
            kind.replace("|", "\\|").replace("``", "`"),
            " ".join(line.strip() for line in text.splitlines()).replace("``", "`").replace("|", "\\|"),
        )


def command_options(command):
    """(option, help) of a command of the command line."""
    subparsers = argparse.ArgumentParser(prog="fakes3mp").add_subparsers()
    command.add_parser(subparsers)
    (parser,) = subparsers.choices.values()
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction):
            names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
            value = action.metavar or (
                "/".join(action.choices) if action.choices else "" if action.nargs == 0 else action.dest.upper()
            )
            shown = f"{names} {value}".strip() if action.option_strings else names
            yield (
                "`{}`".format(shown.replace("|", "\\|")),
                (action.help or "").replace("%(default)s", str(action.default)),
            )


def text():
    lines = [
        "# Options",
        "",
        "The options of a fake, of pytest's ini file and of the command line.",
        "",
        "The options of a fake are the same for `FakeS3(...)`, `mock_multipart(...)`, the marker `@pytest.mark.fake_s3(...)` and `FakeS3.load(...)`.",
        "This page is written from the code by `python -m tests.test_options_page`.",
        "",
        "| option | values | what it does |",
        "|---|---|---|",
        *(f"| `{name}` | {kind} | {what} |" for name, kind, what in described_options()),
        "",
        "## Ini file of pytest",
        "",
        "| ini option | values, the default first | what it does |",
        "|---|---|---|",
        *(
            f"| `fake_s3_{name}` | {', '.join(f'`{choice}`' for choice in choices)} | {purpose} |"
            for name, (purpose, choices) in INI_OPTIONS.items()
        ),
        "",
        "## Command line",
        "",
        "`fakes3mp`, or `python -m fakes3mp`.",
    ]
    for name, command in COMMANDS.items():
        options = list(command_options(command))
        lines += ["", f"### fakes3mp {name}", ""]
        lines += (
            ["| argument | what it does |", "|---|---|", *(f"| {option} | {what} |" for option, what in options)]
            if options
            else ["No arguments."]
        )
    return "\n".join(lines) + "\n"


def test_every_option_is_described():
    assert [name for name, _, _ in described_options()] == list(Options.__annotations__)


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == text(), "python -m tests.test_options_page writes it anew"


def write():
    PAGE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
