"""A query of S3 Select: its SQL, parsed by sqlglot, and its run over the records of an object.

S3 Select's SQL has one table, S3Object, perhaps with a path into its documents, and SELECT, WHERE and LIMIT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, ClassVar

from fakes3mp.errors import S3Error
from fakes3mp.select.expressions import Compiler, Evaluate
from fakes3mp.select.values import MISSING, member

OutputRecord = list[tuple[str, Any]]  # names and values in order

_MAX_LENGTH = 256 * 1024  # bytes
_PATH_STEP = r"\s*(?:\[\s*(?:\*|\d+)\s*\]|\.\s*(?:\"[^\"]*\"|[A-Za-z_]\w*|\*))"
_FROM = re.compile(rf"\bFROM\s+(S3Object)((?:{_PATH_STEP})+)", re.IGNORECASE)
_STEPS = re.compile(r"\[\s*(\*|\d+)\s*\]|\.\s*(?:\"([^\"]*)\"|([A-Za-z_]\w*|\*))")
_CLAUSES = ("expressions", "from", "from_", "where", "limit")  # the second and third in different versions of sqlglot


class Query:
    """A query that was parsed: run it over records."""

    def __init__(self, expression: str, now: datetime) -> None:
        if len(expression.encode()) > _MAX_LENGTH:
            raise S3Error("ExpressionTooLong")
        match = _FROM.search(expression)
        self._path = [] if match is None else _read_path(match[2])
        tree = _parse(expression if match is None else expression[: match.start(2)] + expression[match.end(2) :])
        names = [each.lower() for each in _table_names(tree, self._path)]
        self._compiler = Compiler(names, now)
        where, limit = tree.args.get("where"), tree.args.get("limit")
        self._where = None if where is None else Compiler(names, now).compile(where.this)
        self._limit = None if limit is None else _read_limit(limit.expression)
        self._columns = [self._column(number, column) for number, column in enumerate(tree.expressions, 1)]
        if self._compiler.aggregates and (self._compiler.has_columns or self._has_star):
            raise S3Error("UnsupportedSqlStructure")

    @property
    def _has_star(self) -> bool:
        return any(name is None for name, _ in self._columns)

    def _column(self, number: int, node: Any) -> tuple[str | None, Evaluate]:
        """The name of a column and its function; no name for all members of the record."""
        kind = type(node).__name__
        if kind == "Star" or (kind == "Column" and type(node.this).__name__ == "Star"):
            return None, lambda record: record
        if kind == "Alias":
            return node.alias, self._compiler.compile(node.this)
        name = node.name if kind == "Column" else node.expression.name if kind == "Dot" else f"_{number}"
        return name, self._compiler.compile(node)

    def run(self, documents: Iterable[Any]) -> Iterator[OutputRecord]:
        """The records of the answer."""
        records: Iterable[Any] = (record for document in documents for record in _follow(document, self._path))
        if self._where is not None:
            holds = self._where
            records = (record for record in records if holds(record) is True)
        if not self._compiler.aggregates:
            return islice((self._project(record) for record in records), self._limit)
        for record in records:
            for aggregate in self._compiler.aggregates:
                aggregate.add(record)
        return islice(iter([self._project(None)]), self._limit)

    def _project(self, record: Any) -> OutputRecord:
        output: OutputRecord = []
        for name, evaluate in self._columns:
            value = evaluate(record)
            if name is not None:
                output.append((name, value))
            elif isinstance(value, dict):
                output.extend(value.items())
            else:
                output.append(("_1", value))
        return output


def _parse(expression: str) -> Any:
    """The tree of one SELECT; ParseUnexpectedToken, or UnsupportedSqlStructure for other statements and clauses."""
    parse, parse_error = _parser()
    try:
        trees = parse(expression)
    except parse_error:
        raise S3Error("ParseUnexpectedToken") from None
    if len(trees) != 1 or type(trees[0]).__name__ != "Select":
        raise S3Error("UnsupportedSqlStructure")
    if any(value and name not in _CLAUSES for name, value in trees[0].args.items()):
        raise S3Error("UnsupportedSqlStructure")
    return trees[0]


@cache
def _parser() -> tuple[Callable[[str], Any], tuple[type[Exception], ...]]:
    """sqlglot's parser for S3 Select's SQL, and its errors.

    All functions but those with a grammar of their own are read as they are written: S3's own function table decides.
    """
    try:
        import sqlglot
    except ImportError:
        message = "S3 Select needs sqlglot: pip install 'fakes3mp[select]'"
        raise S3Error("NotImplemented", message) from None
    own_grammar = ("CAST", "EXTRACT", "SUBSTRING", "TRIM")

    class S3Select(sqlglot.Dialect):  # type: ignore[misc, unused-ignore]
        class Parser(sqlglot.Parser):  # type: ignore[misc, unused-ignore]
            FUNCTIONS: ClassVar[Any] = {}
            FUNCTION_PARSERS: ClassVar[Any] = {name: sqlglot.Parser.FUNCTION_PARSERS[name] for name in own_grammar}

    return (lambda text: sqlglot.parse(text, read=S3Select)), (sqlglot.errors.ParseError, sqlglot.errors.TokenError)


def _table_names(tree: Any, path: Sequence[str | int | None]) -> Sequence[str]:
    """The names of the record: S3Object and its alias, or the last name of its path."""
    source = tree.args.get("from") or tree.args.get("from_")
    if source is None:
        raise S3Error("UnsupportedSqlStructure")
    table = source.this
    if type(table).__name__ != "Table" or table.args.get("joins"):
        raise S3Error("UnsupportedSqlStructure")
    if table.name.lower() != "s3object":
        raise S3Error("InvalidTableAlias")
    if table.alias:
        return "s3object", table.alias
    return ("s3object", *(step for step in path[-1:] if isinstance(step, str)))


def _read_path(text: str) -> list[str | int | None]:
    """The steps of a path: names, indexes, and None for all elements."""
    steps: list[str | int | None] = []
    for index, quoted, name in _STEPS.findall(text):
        step = index or quoted or name
        steps.append(None if step == "*" else int(step) if index else step)
    return steps[1:] if steps[:1] == [None] else steps  # the first [*] is all documents


def _follow(document: Any, path: Sequence[str | int | None]) -> Iterator[Any]:
    """What a path leads to; MISSING where it leads to nothing (S3's manual, "FROM clause")."""
    if not path:
        yield document
        return
    step, rest = path[0], path[1:]
    if step is None and isinstance(document, (list, dict)):
        for element in document.values() if isinstance(document, dict) else document:
            yield from _follow(element, rest)
    elif isinstance(step, int) and isinstance(document, list) and step < len(document):
        yield from _follow(document[step], rest)
    else:
        yield from _follow(member(document, step) if isinstance(step, str) else MISSING, rest)


def _read_limit(node: Any) -> int:
    if type(node).__name__ != "Literal" or not node.name.isdigit():
        raise S3Error("UnsupportedSqlStructure")
    return int(node.name)
