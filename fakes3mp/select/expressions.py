"""Expressions of S3 Select's SQL: from sqlglot's tree to functions of a record."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from fakes3mp.errors import S3Error
from fakes3mp.select import functions
from fakes3mp.select.values import MISSING, cast, compare, is_absent, member, number, text

Evaluate = Callable[[Any], Any]  # a record -> the expression's value

_COMPARISONS = {
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
}


def _divide(left: Any, right: Any) -> Any:
    """Whole numbers divide into whole numbers."""
    if isinstance(left, int) and isinstance(right, int):
        return int(left / right)
    return left / right


_ARITHMETIC = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": _divide,
    "Mod": operator.mod,
}


class Aggregate:
    """COUNT, SUM, AVG, MIN or MAX over the records seen so far."""

    def __init__(self, name: str, argument: Evaluate | None) -> None:
        self._name, self._argument = name, argument
        self._count = 0
        self._total: Any = 0
        self._extreme: Any = None

    def add(self, record: Any) -> None:
        """Count one more record; what is absent does not count."""
        value = 1 if self._argument is None else self._argument(record)
        if is_absent(value):
            return
        self._count += 1
        if self._name in ("SUM", "AVG"):
            self._total += number(value)
        elif self._name != "COUNT":
            holds = operator.lt if self._name == "MIN" else operator.gt
            if self._extreme is None or compare(value, self._extreme, holds):
                self._extreme = value

    def value(self) -> Any:
        """The aggregate of all records."""
        if self._name == "COUNT":
            return self._count
        if self._name in ("MIN", "MAX"):
            return self._extreme
        if not self._count:
            return None
        return self._total if self._name == "SUM" else self._total / self._count


_AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")


class Compiler:
    """Turns expressions into functions of a record.

    ``names`` are those that stand for the whole record: S3Object, its alias. ``aggregates`` are those met so far.
    """

    def __init__(self, names: Sequence[str], now: datetime) -> None:
        self._names = tuple(name.lower() for name in names)
        self._now = now
        self.aggregates: list[Aggregate] = []
        self.has_columns: bool = False  # outside of aggregates

    def compile(self, node: Any) -> Evaluate:
        """The function of an expression; UnsupportedSqlStructure for what S3 Select has not."""
        kind = type(node).__name__
        if kind in _COMPARISONS:
            return self._binary(node, lambda left, right: compare(left, right, _COMPARISONS[kind]))
        if kind in _ARITHMETIC:
            return self._binary(node, lambda left, right: _calculate(_ARITHMETIC[kind], left, right))
        handler: Callable[[Any], Evaluate] | None = getattr(self, f"_{kind.lower()}", None)
        if handler is None:
            raise S3Error("UnsupportedSqlStructure")
        return handler(node)

    def _binary(self, node: Any, function: Callable[[Any, Any], Any]) -> Evaluate:
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda record: function(left(record), right(record))

    def _column(self, node: Any) -> Evaluate:
        parts = list(node.parts)
        if parts[0].name.lower() in self._names:
            del parts[0]
        self.has_columns = True
        path = [(part.name, bool(part.args.get("quoted"))) for part in parts]

        def value(record: Any) -> Any:
            for name, quoted in path:
                record = member(record, name, quoted=quoted)
            return record

        return value

    def _dot(self, node: Any) -> Evaluate:
        base, name = self.compile(node.this), node.expression
        return lambda record: member(base(record), name.name, quoted=bool(name.args.get("quoted")))

    def _bracket(self, node: Any) -> Evaluate:
        base, index = self.compile(node.this), self.compile(node.expressions[0])

        def value(record: Any) -> Any:
            container, key = base(record), index(record)
            if isinstance(container, list) and isinstance(key, int):
                return container[key] if 0 <= key < len(container) else MISSING
            return member(container, key, quoted=True) if isinstance(key, str) else MISSING

        return value

    def _literal(self, node: Any) -> Evaluate:
        value = node.name if node.is_string else number(node.name)
        return lambda record: value

    def _null(self, node: Any) -> Evaluate:
        return lambda record: None

    def _boolean(self, node: Any) -> Evaluate:
        return lambda record: bool(node.this)

    def _paren(self, node: Any) -> Evaluate:
        return self.compile(node.this)

    def _neg(self, node: Any) -> Evaluate:
        value = self.compile(node.this)
        return lambda record: _calculate(operator.sub, 0, value(record))

    def _not(self, node: Any) -> Evaluate:
        value = self.compile(node.this)
        return lambda record: None if is_absent(found := value(record)) else not found

    def _and(self, node: Any) -> Evaluate:
        return self._binary(node, lambda left, right: _connect(left, right, decisive=False))

    def _or(self, node: Any) -> Evaluate:
        return self._binary(node, lambda left, right: _connect(left, right, decisive=True))

    def _dpipe(self, node: Any) -> Evaluate:
        return self._binary(
            node, lambda left, right: None if is_absent(left) or is_absent(right) else text(left) + text(right)
        )

    def _is(self, node: Any) -> Evaluate:
        value, kind = self.compile(node.this), type(node.expression).__name__
        if kind == "Null":
            return lambda record: is_absent(value(record))
        if kind == "Column" and node.expression.name.upper() == "MISSING":
            return lambda record: value(record) is MISSING
        if kind == "Boolean":
            return lambda record: value(record) is bool(node.expression.this)
        raise S3Error("UnsupportedSqlStructure")

    def _in(self, node: Any) -> Evaluate:
        if node.args.get("query") is not None:
            raise S3Error("UnsupportedSqlStructure")
        value, choices = self.compile(node.this), [self.compile(choice) for choice in node.expressions]

        def is_in(record: Any) -> bool | None:
            found = value(record)
            if is_absent(found):
                return None
            return any(compare(found, choice(record), operator.eq) for choice in choices)

        return is_in

    def _between(self, node: Any) -> Evaluate:
        value, low, high = (self.compile(node.args[name]) for name in ("this", "low", "high"))
        return lambda record: _connect(
            compare(value(record), low(record), operator.ge),
            compare(value(record), high(record), operator.le),
            decisive=False,
        )

    def _like(self, node: Any, escape: str | None = None) -> Evaluate:
        return self._binary(node, lambda value, pattern: _is_like(value, pattern, escape))

    def _escape(self, node: Any) -> Evaluate:
        return self._like(node.this, node.expression.name)

    def _case(self, node: Any) -> Evaluate:
        subject = None if node.this is None else self.compile(node.this)
        branches = [(self.compile(branch.this), self.compile(branch.args["true"])) for branch in node.args["ifs"]]
        default = node.args.get("default")
        otherwise = (lambda record: None) if default is None else self.compile(default)

        def value(record: Any) -> Any:
            for condition, result in branches:
                found = condition(record)
                if found is True if subject is None else compare(subject(record), found, operator.eq):
                    return result(record)
            return otherwise(record)

        return value

    def _cast(self, node: Any) -> Evaluate:
        value, to = self.compile(node.this), node.args["to"].this.name
        return lambda record: cast(value(record), to)

    def _substring(self, node: Any) -> Evaluate:
        parts = [
            self.compile(part) for name in ("this", "start", "length") if (part := node.args.get(name)) is not None
        ]
        return lambda record: functions.substring(*(part(record) for part in parts))

    def _trim(self, node: Any) -> Evaluate:
        value, characters = self.compile(node.this), node.args.get("expression")
        of = (lambda record: None) if characters is None else self.compile(characters)
        position = str(node.args.get("position") or "BOTH").upper()
        return lambda record: functions.trim(value(record), of(record), position)

    def _extract(self, node: Any) -> Evaluate:
        part, value = functions.date_part(node.this.name), self.compile(node.expression)
        return lambda record: functions.extract(part, value(record))

    def _anonymous(self, node: Any) -> Evaluate:
        name, arguments = str(node.this).upper(), list(node.expressions)
        if name in _AGGREGATES and len(arguments) == 1:
            return self._aggregate(name, arguments[0])
        if name == "UTCNOW" and not arguments:
            return lambda record: self._now
        if name in ("DATE_ADD", "DATE_DIFF") and len(arguments) == 3:
            part = functions.date_part(arguments[0].name)
            first, second = self.compile(arguments[1]), self.compile(arguments[2])
            function: Callable[..., Any] = functions.date_add if name == "DATE_ADD" else functions.date_diff
            return lambda record: function(part, first(record), second(record))
        if name not in functions.FUNCTIONS:
            raise S3Error("UnsupportedFunction")
        of_values, count = functions.FUNCTIONS[name]
        if count not in (None, len(arguments)):
            raise S3Error("EvaluatorInvalidArguments")
        values = [self.compile(argument) for argument in arguments]
        return lambda record: of_values(*(value(record) for value in values))

    def _aggregate(self, name: str, argument: Any) -> Evaluate:
        had_columns, count = self.has_columns, len(self.aggregates)
        is_star = type(argument).__name__ == "Star"
        if is_star and name != "COUNT":
            raise S3Error("UnsupportedSqlStructure")
        aggregate = Aggregate(name, None if is_star else self.compile(argument))
        if len(self.aggregates) != count:  # one inside of another
            raise S3Error("UnsupportedSqlStructure")
        self.has_columns = had_columns
        self.aggregates.append(aggregate)
        return lambda record: aggregate.value()


def _calculate(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if is_absent(left) or is_absent(right):
        return None
    left, right = number(left), number(right)
    try:
        return function(left, right)
    except ZeroDivisionError:
        raise S3Error("EvaluatorInvalidArguments") from None
    except TypeError:  # a decimal and a float
        return function(float(left), float(right))


def _connect(left: Any, right: Any, *, decisive: bool) -> bool | None:
    """AND and OR with three values: one side decides, or both are known, or the result is unknown."""
    if left is decisive or right is decisive:
        return bool(decisive)
    return None if is_absent(left) or is_absent(right) else not decisive


def _is_like(value: Any, pattern: Any, escape: str | None) -> bool | None:
    if is_absent(value) or is_absent(pattern):
        return None
    expression, characters = "", iter(text(pattern))
    for character in characters:
        if character == escape:
            expression += re.escape(next(characters, ""))
        else:
            expression += {"%": ".*", "_": "."}.get(character, re.escape(character))
    return re.fullmatch(expression, text(value), re.DOTALL) is not None
