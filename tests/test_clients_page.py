"""docs/clients.md has the table of tests/clients/catalog.py: ``python -m tests.test_clients_page`` writes it anew."""

from pathlib import Path

import pytest

from tests.clients.catalog import CLIENTS

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "clients.md"
BEGIN, END = "<!-- clients -->\n", "<!-- /clients -->"


def table():
    rows = [f"| {client.name} | {client.way} | `tests/{client.test}` |" for client in CLIENTS]
    return "\n".join(["| client | how | run in |", "|---|---|---|", *rows, ""])


def write():
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}", encoding="utf-8")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_its_test_is_there(client):
    file, _, function = client.test.partition("::")
    assert not function or f"def {function}(" in (TESTS / file).read_text(encoding="utf-8")
    assert (TESTS / file).exists()


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0] == table()


if __name__ == "__main__":
    write()
