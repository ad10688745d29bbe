"""Small projects in the shapes that users have: each runs as it is under moto, and here with one line changed."""

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

PROJECTS = sorted((Path(__file__).parent / "projects").glob("*.py"))
CHANGES = {
    "from moto import mock_aws": "from fakes3mp import mock_aws",
    "from moto.server import ThreadedMotoServer": "from fakes3mp import Server as ThreadedMotoServer",
}
HAS_MOTO = importlib.util.find_spec("moto") is not None
HAS_MOTO_SERVER = HAS_MOTO and importlib.util.find_spec("flask") is not None
NEEDS_MOTO = ("class_decorator", "module_level_client", "queue_handler")  # for another service


def changed(source):
    """The project with its one line changed."""
    lines = [line for line in source.splitlines() if line in CHANGES]
    assert len(lines) == 1
    return source.replace(lines[0], CHANGES[lines[0]])


NOT_UNDER_MOTO = "async_client"  # moto 5.2 itself fails there: aiobotocore gives it a body that has to be awaited
# A mock that stays active until its process ends; moto's server, which shows what other mocks of its process have left.
ALONE = ("session_fixture", "threaded_server")


def run(directory, sources):
    """Run the projects, some in a process of their own; returns outcomes by project, and the output."""
    others = {name: source for name, source in sources.items() if name not in ALONE}
    outcomes, output = run_process(directory / "others", others)
    for name in sources.keys() - others.keys():
        own_outcomes, own_output = run_process(directory / name, {name: sources[name]})
        outcomes, output = {**outcomes, **own_outcomes}, output + own_output
    return outcomes, output


def run_process(directory, sources):
    """Run the projects' tests in one process."""
    directory.mkdir()
    for name, source in sources.items():
        (directory / f"test_{name}.py").write_text(source)
    report = directory / "report.xml"
    (directory / "pytest.ini").write_text("[pytest]\nfilterwarnings =\n    default\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", str(directory)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1"}
    output = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False).stdout
    outcomes = {name: [] for name in sources}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = next((each.tag for each in case if each.tag in ("failure", "error", "skipped")), "passed")
        module = [*case.get("classname").split("."), case.get("name")]
        name = next(part for part in module if part.removeprefix("test_") in sources).removeprefix("test_")
        outcomes[name].append(outcome)
    return outcomes, output


def assert_passed(outcomes, output):
    assert all(outcomes.values()), output
    failed = {name: tests for name, tests in outcomes.items() if set(tests) - {"passed", "skipped"}}
    assert failed == {}, output


def test_under_the_other_library(tmp_path):
    if not HAS_MOTO:
        pytest.skip("moto is not installed")
    sources = {path.stem: path.read_text() for path in PROJECTS if path.stem != NOT_UNDER_MOTO}
    if not HAS_MOTO_SERVER:
        sources = {name: source for name, source in sources.items() if "ThreadedMotoServer" not in source}
    assert_passed(*run(tmp_path, sources))


def test_with_one_line_changed(tmp_path):
    sources = {path.stem: changed(path.read_text()) for path in PROJECTS}
    if not HAS_MOTO:
        sources = {name: source for name, source in sources.items() if name not in NEEDS_MOTO}
    assert_passed(*run(tmp_path, sources))


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_the_migrate_command_changes_that_line(path):
    migrate = pytest.importorskip("fakes3mp.migrate", exc_type=ImportError)
    source, findings = migrate.rewrite(path.read_text())
    assert source == changed(path.read_text())
    assert [finding.is_change for finding in findings] == [True]
