"""Fault rules written as JSON, in the vocabulary of ``fake.faults``.

``{"operation": "UploadPart", "params": {"PartNumber": 3}, "times": 1, "error": "SlowDown"}`` is
``faults.on("UploadPart", PartNumber=3).times(1).error("SlowDown")``. The operation ``"ANY"`` stands for every operation, a
parameter that is null for any value. A method without arguments is written ``true``, one with several as an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.inspection.calls import ANY
from fakes3mp.inspection.spelling import check_name
from fakes3mp.service.faults import Faults

CONDITIONS = ("times", "nth", "rate", "after_commit")
EFFECTS = (
    *("error", "ok_with_error", "reset_connection", "lose_response", "timeout", "connect_timeout", "unreachable"),
    *("delay", "truncate_body", "corrupt_body", "arrive_late", "meanwhile"),
)
FIELDS = ("operation", "params", *CONDITIONS, *EFFECTS)


def add_fault(faults: Faults, document: Mapping[str, Any]) -> Any:
    """Add the rule that a document describes. ValueError where it describes none; then no rule is added."""
    _build_rule(Faults(), document)
    return _build_rule(faults, document)


def _build_rule(faults: Faults, document: Mapping[str, Any]) -> Any:
    for name in document:
        check_name("member of a fault called", name, FIELDS)
    effects = [name for name in EFFECTS if name in document]
    if not effects:
        raise ValueError(f"a fault needs an effect: one of {', '.join(EFFECTS)}")
    operation, params = document.get("operation", "ANY"), document.get("params", {})
    if not isinstance(operation, str) or not isinstance(params, Mapping):
        raise ValueError('a fault has an "operation", a text, and "params", an object')
    selected: Any = ANY if operation == "ANY" else operation
    rule = faults.on(
        selected,
        **{name: ANY if value is None else value for name, value in params.items()},
    )
    for name in (*CONDITIONS, *effects):
        if name in document:
            _call_method(rule, name, document[name])
    return rule


def _call_method(rule: Any, name: str, argument: Any) -> None:
    if argument is False:
        return
    try:
        method = getattr(rule, name)
        if argument is True:
            method()
        elif isinstance(argument, Mapping):
            method(**argument)
        else:
            method(argument)
    except TypeError as error:
        raise ValueError(f"{name} does not take {argument!r}: {error}") from None
