"""Progress of long work: on a terminal one line that counts, in a pipe nothing."""

import io
import os
import subprocess
import sys

import pytest

from fakes3mp import FakeS3, terminal

pty = pytest.importorskip("pty", reason="a terminal is only there on POSIX")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def show_on_a_terminal(monkeypatch):
    """What is written to standard error; within the test, because pytest sets its own before."""
    monkeypatch.setattr(terminal, "_DELAY", 0)
    monkeypatch.setattr(terminal, "_INTERVAL", 0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_dump_and_load_count_objects_and_clear_the_line(monkeypatch, tmp_path):
    stderr = show_on_a_terminal(monkeypatch)
    fake = FakeS3(buckets=["media"])
    fake.fill("media", {f"{number}": b"x" for number in range(3)})
    fake.dump(tmp_path)
    FakeS3.load(tmp_path)
    shown = stderr.getvalue().split("\r")
    assert "dumping media, objects: 3 of 3\x1b[K" in shown
    assert "loading media, objects: 3 of 3\x1b[K" in shown
    assert shown[-1] == "\x1b[K"


def test_the_line_is_cleared_where_the_work_fails(monkeypatch):
    stderr = show_on_a_terminal(monkeypatch)
    items = terminal.show_progress([1, 2], "working")
    next(items)
    items.close()
    assert stderr.getvalue().endswith("\r\x1b[K")


def test_no_standard_error(monkeypatch):
    """Windows' pythonw has none."""
    monkeypatch.setattr(sys, "stderr", None)
    assert list(terminal.show_progress("abc", "counting")) == ["a", "b", "c"]


def test_nothing_is_shown_at_first(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(terminal.show_progress(iter("ab"), "working")) == ["a", "b"]
    assert sys.stderr.getvalue() == ""


CODE = """
from fakes3mp import terminal
terminal._DELAY = 0
for _ in terminal.show_progress([1, 2], "working"): pass
"""


def test_a_real_terminal_and_a_pipe():
    command = [sys.executable, "-c", CODE]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stderr=theirs) as process:
        assert process.wait() == 0
    os.close(theirs)
    assert b"working: 1 of 2" in os.read(ours, 1000)
    os.close(ours)
