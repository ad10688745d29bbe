"""docs/clients.md has the table of tests/clients/results.json: ``python -m tests.test_clients_page`` writes it anew."""

from pathlib import Path

import pytest

from tests.clients import recording
from tests.clients.catalog import CLIENTS, Client

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "clients.md"
REPOSITORY = "https://github.com/fakes3mp/fakes3mp/blob/main/"
BEGIN, END = "<!-- clients -->\n", "<!-- /clients -->"


def row(client, result):
    registry = client.package.partition(" ")[0]
    file = client.test.partition("::")[0]
    link = f"[{file.rpartition('/')[2]}]({REPOSITORY}tests/{file})"
    return f"| {client.name} | {result['version']} ({registry}) | {client.way} | {link} |"


def table():
    results = recording.read()
    rows = [row(client, results[client.name]) for client in CLIENTS]
    return "\n".join(["| client | version | how | run in |", "|---|---|---|---|", *rows, ""])


def write():
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}", encoding="utf-8")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_its_test_is_there(client):
    file, _, function = client.test.partition("[")[0].partition("::")
    assert not function or f"def {function}(" in (TESTS / file).read_text(encoding="utf-8")
    assert (TESTS / file).exists()


def test_every_client_has_run_and_passed():
    results = recording.read()
    assert list(results) == [client.name for client in CLIENTS]
    assert {result["outcome"] for result in results.values()} == {"passed"}


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0] == table()


WHOLE_FILE, FUNCTION, ONE_ROW = "a/test_a.py", "a/test_a.py::test_b", "a/test_a.py::test_b[x]"


@pytest.mark.parametrize(
    ("test", "outcomes", "expected"),
    [
        (WHOLE_FILE, {"test_b[x]": "passed", "test_c": "skipped"}, "passed"),
        (WHOLE_FILE, {"test_b[x]": "passed", "test_c": "failed"}, "failed"),
        (WHOLE_FILE, {"test_b[x]": "skipped", "test_c": "skipped"}, None),
        (FUNCTION, {"test_b[x]": "passed", "test_c": "failed"}, "passed"),
        (FUNCTION, {"test_b": "passed"}, "passed"),
        (FUNCTION, {"test_bc": "passed"}, None),
        (ONE_ROW, {"test_b[x]": "skipped", "test_b[y]": "passed"}, None),
        (ONE_ROW, {"test_b[x]": "failed", "test_b[y]": "passed"}, "failed"),
        (ONE_ROW, {}, None),
    ],
)
def test_the_outcome_of_a_client(test, outcomes, expected):
    nodes = {f"tests/{WHOLE_FILE}::{node}": outcome for node, outcome in outcomes.items()}
    assert recording.outcome(Client("c", "PyPI c", "in process", test), nodes) == expected


if __name__ == "__main__":
    write()
