"""A pytest plugin that writes which clients ran, and in which version, into results.json.

``pytest -p tests.clients.recording tests/clients`` in the environment of the clients. Only the clients that ran there are changed.
"""

import json
import subprocess
from importlib import metadata
from pathlib import Path

from tests.clients.catalog import CLIENTS

RESULTS = Path(__file__).with_name("results.json")
NODE_MODULES = Path(__file__).parent / "js" / "node_modules"


def version(package):
    """The version of an installed package of PyPI, npm or Debian."""
    registry, _, name = package.partition(" ")
    if registry == "PyPI":
        return metadata.version(name)
    if registry == "npm":
        return json.loads((NODE_MODULES / name / "package.json").read_text(encoding="utf-8"))["version"]
    return subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=True
    ).stdout


def outcome(client, outcomes):
    """``passed`` or ``failed``; None where every test of the client was skipped. ``outcomes``: by the tests' node ids."""
    test = f"tests/{client.test}"
    own = {each for node, each in outcomes.items() if node == test or node.startswith((f"{test}[", f"{test}::"))}
    return "failed" if "failed" in own else "passed" if "passed" in own else None


def read():
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def write(outcomes):
    """Bring the results of one run into the file, which keeps the order of the catalogue."""
    results = read()
    for client in CLIENTS:
        if ran := outcome(client, outcomes):
            results[client.name] = {"version": version(client.package), "outcome": ran}
    ordered = {client.name: results[client.name] for client in CLIENTS if client.name in results}
    RESULTS.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


class Recorder:
    """Collects the outcome of each test. With xdist, the process that the workers report to."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        if report.failed or report.nodeid not in self.outcomes or report.when == "call":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_sessionfinish(self):
        write(self.outcomes)


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder())
