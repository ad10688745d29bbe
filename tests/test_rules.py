"""docs/s3-rules.md against botocore's model, the registry, the code and the tests that it names.

``python -m tests.test_rules`` writes the page's counts anew.
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from fakes3mp.errors import ERRORS
from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import is_older, operation_model, operation_names

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/s3-rules.md"
FACTS = TESTS.parent / "docs/s3-facts.md"
EVERY, NONE, NOT_ENFORCED = "every operation", "-", "not enforced: "
BEGIN, END = "<!-- counts -->\n", "<!-- /counts -->"
SOURCES = ("manual", "guide", "model", "reports")

needs_newest = pytest.mark.skipif(is_older(), reason="asks about the model this release was written against")


@dataclass(frozen=True)
class Rule:
    """One row of the page."""

    line: int
    in_model: bool  # whether it is about members of the model
    operations: tuple[str, ...]  # names or patterns
    members: tuple[str, ...]  # names or patterns: Member, Structure.Member
    text: str
    sources: tuple[str, ...]
    answer: str
    check: str
    test: str

    def __str__(self):
        return f"line {self.line}: {', '.join(self.operations)} {', '.join(self.members)}: {self.text}"

    @property
    def is_rule(self):
        """Whether the row has a rule; the others say that a member has none."""
        return self.check != NONE

    @property
    def is_enforced(self):
        return self.is_rule and not self.check.startswith(NOT_ENFORCED)

    @property
    def reason(self):
        """Why it is not enforced, up to the first comma, semicolon or colon."""
        return re.split("[,;:]", self.check.removeprefix(NOT_ENFORCED))[0]

    def covers(self, operation, member):
        return any(fnmatchcase(operation, "*" if name == EVERY else name) for name in self.operations) and any(
            fnmatchcase(member, name) for name in self.members
        )


def read_rows(text):
    """The rows of the page's tables: those whose header begins with ``operations``."""
    in_model = None
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells or cells[0] == "operations":
            in_model = (cells[1] == "member") if cells else None
        elif in_model is not None and not cells[0].startswith("---"):
            assert len(cells) == 7, f"line {number} has {len(cells)} cells"
            operations, members, rule, sources, answer, check, test = cells
            yield Rule(
                number, in_model, split(operations), split(members), rule, split(sources), answer, check, test
            )  # fmt: skip


def split(cell):
    return tuple(name.strip() for name in cell.split(","))


OPERATIONS = sorted({*operation_names("s3"), *(name for name in registry() if name.startswith("s3control."))})
RULES = tuple(read_rows(PAGE.read_text(encoding="utf-8")))


@cache
def members_of(operation):
    """All members of an operation's input and of the structures in it: ``Member``, ``Structure.Member``."""
    shape = operation_model(operation).input_shape
    names = set()
    if shape is not None:
        names.update(shape.members)
        for member in shape.members.values():
            names.update(_structure_members(member, frozenset()))
    return frozenset(names)


def _structure_members(shape, outer):
    if shape.type_name == "list":
        yield from _structure_members(shape.member, outer)
    elif shape.type_name == "structure" and shape.name not in outer:
        for name, member in shape.members.items():
            yield f"{shape.name}.{name}"
            yield from _structure_members(member, outer | {shape.name})


@needs_newest
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_member_has_a_row(operation):
    rules = [rule for rule in RULES if rule.in_model]
    missing = [
        name for name in sorted(members_of(operation)) if not any(rule.covers(operation, name) for rule in rules)
    ]
    assert not missing, f"docs/s3-rules.md has no row for these members of {operation}: {', '.join(missing)}"


@needs_newest
def test_rows_are_about_what_is_there():
    """Each operation of a row has one of its members, and each of its members is of one of its operations."""
    for rule in RULES:
        for pattern in rule.operations:
            if pattern != EVERY:
                assert any(fnmatchcase(name, pattern) for name in OPERATIONS), f"no {pattern}: {rule}"
        if rule.in_model and rule.members != (NONE,):
            covered = [name for name in OPERATIONS if any(rule.covers(name, m) for m in members_of(name))]
            for pattern in rule.operations:
                assert pattern == EVERY or any(fnmatchcase(name, pattern) for name in covered), f"{pattern}: {rule}"
            for pattern in rule.members:
                members = {member for name in covered for member in members_of(name)}
                assert any(fnmatchcase(member, pattern) for member in members), f"no {pattern}: {rule}"


def test_rows_of_implemented_operations_are_enforced():
    """``not implemented`` is no reason where the registry has the operation."""
    for rule in RULES:
        if rule.check == f"{NOT_ENFORCED}not implemented":
            implemented = [
                name for name in registry() if any(fnmatchcase(name, pattern) for pattern in rule.operations)
            ]
            assert not implemented, f"{implemented} is implemented: {rule}"


def test_checks_are_there():
    for rule in RULES:
        if rule.is_enforced:
            for name in split(rule.check):
                assert _finds(f"fakes3mp.{name}"), f"there is no {name}: {rule}"


@cache
def _finds(name):
    """Whether a module, or something in it, has this name."""
    module, _, attribute = name.rpartition(".")
    attributes = [attribute]
    while module:
        try:
            found = import_module(module)
        except ModuleNotFoundError:
            module, _, attribute = module.rpartition(".")
            attributes.insert(0, attribute)
            continue
        for each in attributes:
            if not hasattr(found, each):
                return f"{found.__name__}.{each}" == f"{module}.{each}" and _is_module(f"{module}.{each}")
            found = getattr(found, each)
        return True
    return False


def _is_module(name):
    try:
        import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def test_every_enforced_rule_has_a_test_that_is_there():
    for rule in RULES:
        if not rule.is_enforced:
            assert rule.test == NONE, f"has a test, but no check: {rule}"
            continue
        names = list(read_tests(rule.test))
        assert names, f"no test: {rule}"
        for file, name in names:
            assert name in names_in(file), f"tests/{file} has no {name!r}: {rule}"


def read_tests(cell):
    """The tests of a cell, ``file: name, name; file: name``. A name may have commas of its own."""
    for part in cell.split("; ") if cell != NONE else ():
        file, _, names = part.partition(": ")
        known = names_in(file)
        pieces = names.split(", ")
        while pieces:
            count = next((n for n in range(len(pieces), 0, -1) if ", ".join(pieces[:n]) in known), 1)
            yield file, ", ".join(pieces[:count])
            pieces = pieces[count:]


@cache
def names_in(file):
    """The functions of a test file, and the names of its rows: every string in it."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return functions | texts


CODE = re.compile(r"\b([1-5]\d\d) ([A-Z][A-Za-z0-9.]+)")


def test_answers_and_sources():
    """Codes have their status of ``ERRORS``, facts are in their page."""
    facts = set(re.findall(r"^([FO]\d+)\. ", FACTS.read_text(encoding="utf-8"), re.MULTILINE))
    for rule in RULES:
        for status, code in CODE.findall(rule.answer):
            if rule.is_enforced:
                assert code in ERRORS, f"no {code}: {rule}"
            assert ERRORS.get(code, (int(status),))[0] == int(status), f"{code} is not {status}: {rule}"
        for source in rule.sources:
            assert source in facts or source in SOURCES, f"no source {source}: {rule}"


def counts():
    """The table at the top of the page."""
    rules = [rule for rule in RULES if rule.is_rule]
    enforced = [rule for rule in rules if rule.is_enforced]
    tested = [rule for rule in enforced if rule.test != NONE]
    reasons = Counter(rule.reason for rule in rules if not rule.is_enforced)
    others = sum(count for count in reasons.values() if count == 1)
    lines = [
        "| | rows |",
        "|---|---|",
        f"| rules | {len(rules)} |",
        f"| enforced | {len(enforced)} |",
        f"| with a test | {len(tested)} |",
        f"| enforced, wording not verified | {sum('not verified' in rule.answer for rule in enforced)} |",
        f"| not enforced | {len(rules) - len(enforced)} |",
        *(f"| ... {reason} | {count} |" for reason, count in reasons.most_common() if count > 1),
        f"| ... a reason of its own | {others} |",
        f"| members without a rule beyond their type | {len(RULES) - len(rules)} |",
    ]
    return "\n".join(lines)


def test_the_counts():
    assert f"{BEGIN}{counts()}\n{END}" in PAGE.read_text(encoding="utf-8"), "run `python -m tests.test_rules`"


def test_about_four_hundred_rules():
    assert sum(rule.is_rule for rule in RULES) >= 400


def write_counts():
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, "the page has lost the mark where the counts end"
    PAGE.write_text(f"{before}{BEGIN}{counts()}\n{END}{after}", encoding="utf-8")
    print(counts())


if __name__ == "__main__":
    write_counts()
