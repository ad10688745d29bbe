"""The table of fault kinds: what each does, and to which calls S3 or the network can do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from fakes3mp.inspection import spelling
from fakes3mp.inspection.calls import PART_OPERATIONS, Call

Step = tuple[str, tuple[Any, ...], Mapping[str, Any]]  # a method of a fault rule, with its arguments


class Kind(Struct, frozen=True):
    """One kind of fault."""

    name: str
    group: str
    steps: tuple[Step, ...]
    applies: Callable[[Call], bool]
    repeats: bool = True  # it may hit every attempt of a client that retries, not only one
    changes: str = (
        "nothing"  # of what the code under test wrote, somebody else changes: "nothing", "the key", "anything"
    )

    def add_to(self, rule: Any) -> None:
        """Give a fault rule this effect."""
        for method, args, kwargs in self.steps:
            rule = getattr(rule, method)(*args, **kwargs)

    def as_python(self) -> str:
        """The same in Python, to follow ``faults.on(...)``."""
        return "".join(
            f".{method}({', '.join([*map(repr, args), *(f'{name}={value!r}' for name, value in kwargs.items())])})"
            for method, args, kwargs in self.steps
        )


def _step(method: str, *args: Any, **kwargs: Any) -> Step:
    return method, args, kwargs


def _always(call: Call) -> bool:
    return True


def _has_upload(call: Call) -> bool:
    return "UploadId" in call.params


def _has_key(call: Call) -> bool:
    return "Key" in call.params


def _is_conditional(call: Call) -> bool:
    return any(name in call.params for name in ("IfMatch", "IfNoneMatch", "CopySourceIfMatch", "CopySourceIfNoneMatch"))


def _has_body(call: Call) -> bool:
    return "Body" in call.params


def _sends_bytes(call: Call) -> bool:
    return len(call.params.get("Body") or b"") > 1


def _receives_bytes(call: Call) -> bool:
    return call.operation == "GetObject" and (call.result or {}).get("ContentLength", 0) > 1


def _answers_early(call: Call) -> bool:  # F107
    return call.operation in ("CompleteMultipartUpload", "CopyObject", "UploadPartCopy")


def _writes(call: Call) -> bool:
    return _has_key(call) and call.operation.startswith(("Put", "Upload", "Copy", "Complete", "Create", "Delete"))


def _stores_part(call: Call) -> bool:
    return call.operation in PART_OPERATIONS


def _refusal(code: str, applies: Callable[[Call], bool] = _always) -> Kind:
    return Kind(code, "error", (_step("error", code),), applies)


def _connection(name: str) -> Kind:
    return Kind(name, "connection", (_step(name),), _always)


def _body(name: str, *step: Any, applies: Callable[[Call], bool], **kwargs: Any) -> Kind:
    return Kind(name, "body", (_step(*step, **kwargs),), applies)


def _late(name: str, after: str, applies: Callable[[Call], bool]) -> Kind:
    return Kind(name, "late", (_step("arrive_late", after),), applies, repeats=False)


def _meanwhile(name: str, applies: Callable[[Call], bool], changes: str) -> Kind:
    return Kind(name, "meanwhile", (_step("meanwhile", name),), applies, repeats=False, changes=changes)


KINDS = (
    *(_refusal(code) for code in ("SlowDown", "InternalError", "AccessDenied", "ExpiredToken")),
    _refusal("RequestTimeout", _has_body),
    _refusal("PreconditionFailed", _is_conditional),
    *(_connection(name) for name in ("reset_connection", "lose_response", "timeout", "connect_timeout")),
    Kind("ok_with_error", "ok_with_error", (_step("ok_with_error", "InternalError"),), _answers_early),
    _body("truncate_request", "truncate_body", applies=_sends_bytes, after=1, of="request"),
    _body("corrupt_request", "corrupt_body", applies=_sends_bytes, of="request"),
    _body("truncate_response", "truncate_body", applies=_receives_bytes, after=1, of="answer"),
    _body("corrupt_response", "corrupt_body", applies=_receives_bytes, of="answer"),
    _late("arrive_late", "retry", _writes),
    _late("arrive_after_abort", "abort", _stores_part),
    _late("arrive_after_complete", "complete", _stores_part),
    _meanwhile("overwrite", _has_key, "the key"),
    _meanwhile("delete", _has_key, "the key"),
    _meanwhile("complete_upload", _has_upload, "the key"),
    _meanwhile("abort_upload", _has_upload, "nothing"),
    _meanwhile("run_lifecycle", _always, "anything"),
    _meanwhile("jump_clock", _always, "nothing"),
)
CRASHES = (
    Kind("crash", "crash", (_step("crash"),), _always, repeats=False),
    Kind(
        "crash_after",
        "crash",
        (
            _step(
                "after_commit",
            ),
            _step("crash"),
        ),
        _always,
        repeats=False,
    ),
)


def choose_kinds(faults: str | Sequence[str], *, crash: bool) -> tuple[Kind, ...]:
    """The kinds of these names or groups; "all" stands for all but crashes. Raises ValueError for an unknown name."""
    every = (*KINDS, *CRASHES)
    if faults == "all":
        return every if crash else KINDS
    names = [faults] if isinstance(faults, str) else list(faults)
    known = dict.fromkeys(name for kind in every for name in (kind.group, kind.name))
    for name in names:
        spelling.check_name("fault kind", name, known)
    return tuple(kind for kind in every if {kind.name, kind.group} & set(names) or (crash and kind.group == "crash"))
