"""Conditions of statements: IAM's condition operators, and how a condition is compiled and judged.

An operator compares each value of the request with each value of the policy. Positive operators need one pair that matches,
negated ones none. A key that the request does not have fails positive operators and fulfils negated ones (IAM's manual).
"""

from __future__ import annotations

import base64
import binascii
import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from fakes3mp.operations.policy.patterns import Lookup, Pattern, compile_pattern

Comparison = Callable[[str, Lookup], bool]  # a value of the request -> whether it matches a value of the policy


class Operator(Struct, frozen=True):
    """A condition operator.

    Attributes
    ----------
    compile : callable
        Turns a policy's value into its comparison; ValueError for a value that the operator cannot read. Its second
        parameter is whether policy variables are replaced.
    is_negated : bool
        Whether no value may match, as for ``StringNotEquals``.
    """

    compile: Callable[[str, bool], Comparison]
    is_negated: bool = False


class Condition(Struct, frozen=True):
    """One condition: an operator, a condition key, and values of which one suffices."""

    operator_name: str
    key: str
    values: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    is_negated: bool
    quantifier: str  # "ForAllValues", "ForAnyValue", or none
    if_exists: bool

    def holds(self, lookup: Lookup) -> bool:
        """Whether a request fulfils the condition, whose values ``lookup`` gives."""
        values = lookup(self.key)
        if self.operator_name == "Null":
            return any(expected.lower() == str(values is None).lower() for expected in self.values)
        if self.quantifier == "ForAllValues":
            return all(self._matches(value, lookup) for value in values or ())
        if values is None:
            return self.if_exists or (self.is_negated and not self.quantifier)
        matches = (self._matches(value, lookup) for value in values)
        # Of several values without a quantifier one suffices, none for negated operators: not verified against real S3.
        return all(matches) if self.is_negated and not self.quantifier else any(matches)

    def _matches(self, value: str, lookup: Lookup) -> bool:
        return any(comparison(value, lookup) for comparison in self.comparisons) is not self.is_negated


def compile_condition(name: str, key: str, values: tuple[str, ...], *, variables: bool) -> Condition:
    """Compile a condition. Raises KeyError for an unknown operator, ValueError for a value that it cannot read.

    >>> condition = compile_condition("StringLikeIfExists", "s3:prefix", ("home/*",), variables=True)
    >>> condition.holds({"s3:prefix": ("home/x",)}.get), condition.holds({"s3:prefix": ("x",)}.get), condition.holds({}.get)
    (True, False, True)
    """
    quantifier, _, operator_name = name.rpartition(":")
    if quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise KeyError(name)
    base_name = operator_name.removesuffix("IfExists")
    if_exists = base_name != operator_name
    if base_name == "Null" and (if_exists or quantifier):
        raise KeyError(name)
    operator_ = OPERATORS[base_name]
    comparisons = tuple(operator_.compile(value, variables) for value in values)
    return Condition(base_name, key, values, comparisons, operator_.is_negated, quantifier, if_exists)


def _compile_string(value: str, variables: bool) -> Comparison:
    return compile_pattern(value, variables=variables, wildcards=False).matches


def _compile_folded_string(value: str, variables: bool) -> Comparison:
    return compile_pattern(value, variables=variables, wildcards=False, fold=True).matches


def _compile_glob(value: str, variables: bool) -> Comparison:
    return compile_pattern(value, variables=variables).matches


def _compile_arn(value: str, variables: bool) -> Comparison:
    """Each of an ARN's six components is compared by itself, with wildcards (IAM's manual)."""
    parts = value.split(":", 5)
    if len(parts) != 6:  # "*", a variable, or no ARN at all
        return compile_pattern(value, variables=variables, wildcards=value == "*").matches
    patterns = [compile_pattern(part, variables=variables) for part in parts]
    return lambda text, lookup: _arn_matches(patterns, text, lookup)


def _arn_matches(patterns: list[Pattern], text: str, lookup: Lookup) -> bool:
    parts = text.split(":", 5)
    return len(parts) == 6 and all(pattern.matches(part, lookup) for pattern, part in zip(patterns, parts, strict=True))


def _numeric(compare: Callable[[Any, Any], bool]) -> Callable[[str, bool], Comparison]:
    return _ordered(_read_number, compare)


def _date(compare: Callable[[Any, Any], bool]) -> Callable[[str, bool], Comparison]:
    return _ordered(_read_date, compare)


def _ordered(read: Callable[[str], float], compare: Callable[[Any, Any], bool]) -> Callable[[str, bool], Comparison]:
    """The compiler of an operator that compares numbers; a value of the request that is none matches nothing."""

    def compile_value(value: str, variables: bool) -> Comparison:
        expected = read(value)

        def comparison(text: str, lookup: Lookup) -> bool:
            try:
                return compare(read(text), expected)
            except ValueError:
                return False

        return comparison

    return compile_value


def _read_number(text: str) -> float:
    number = float(text)
    if math.isnan(number) or "_" in text:
        raise ValueError(f"{text!r} is no number")
    return number


def _read_date(text: str) -> float:
    """Seconds since 1970, of an ISO 8601 date or of a number of seconds."""
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        date = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def _compile_bool(value: str, variables: bool) -> Comparison:
    if value.lower() not in ("true", "false") and "${" not in value:
        raise ValueError(f"{value!r} is neither true nor false")
    return _compile_folded_string(value, variables)


def _compile_binary(value: str, variables: bool) -> Comparison:
    expected = _read_binary(value)

    def comparison(text: str, lookup: Lookup) -> bool:
        try:
            return _read_binary(text) == expected
        except ValueError:
            return False

    return comparison


def _read_binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text!r} is not base64") from error


def _compile_ip(value: str, variables: bool) -> Comparison:
    import ipaddress

    network = ipaddress.ip_network(value, strict=False)

    def comparison(text: str, lookup: Lookup) -> bool:
        try:
            return ipaddress.ip_address(text) in network
        except ValueError:
            return False

    return comparison


def _compile_null(value: str, variables: bool) -> Comparison:
    if value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return lambda text, lookup: False


OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_compile_string),
    "StringNotEquals": Operator(_compile_string, is_negated=True),
    "StringEqualsIgnoreCase": Operator(_compile_folded_string),
    "StringNotEqualsIgnoreCase": Operator(_compile_folded_string, is_negated=True),
    "StringLike": Operator(_compile_glob),
    "StringNotLike": Operator(_compile_glob, is_negated=True),
    "NumericEquals": Operator(_numeric(operator.eq)),
    "NumericNotEquals": Operator(_numeric(operator.eq), is_negated=True),
    "NumericLessThan": Operator(_numeric(operator.lt)),
    "NumericLessThanEquals": Operator(_numeric(operator.le)),
    "NumericGreaterThan": Operator(_numeric(operator.gt)),
    "NumericGreaterThanEquals": Operator(_numeric(operator.ge)),
    "DateEquals": Operator(_date(operator.eq)),
    "DateNotEquals": Operator(_date(operator.eq), is_negated=True),
    "DateLessThan": Operator(_date(operator.lt)),
    "DateLessThanEquals": Operator(_date(operator.le)),
    "DateGreaterThan": Operator(_date(operator.gt)),
    "DateGreaterThanEquals": Operator(_date(operator.ge)),
    "Bool": Operator(_compile_bool),
    "BinaryEquals": Operator(_compile_binary),
    "IpAddress": Operator(_compile_ip),
    "NotIpAddress": Operator(_compile_ip, is_negated=True),
    "ArnEquals": Operator(_compile_arn),
    "ArnLike": Operator(_compile_arn),
    "ArnNotEquals": Operator(_compile_arn, is_negated=True),
    "ArnNotLike": Operator(_compile_arn, is_negated=True),
    "Null": Operator(_compile_null),
}
