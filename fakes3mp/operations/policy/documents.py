"""Policy documents: compiled once from their JSON, then held against one request after the other.

What is wrong with a document is said in S3's words, as users report them; where none is reported the code says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from msgspec import Struct

from fakes3mp.errors import S3Error
from fakes3mp.operations.policy.conditions import Condition, compile_condition
from fakes3mp.operations.policy.patterns import Lookup, Pattern, compile_pattern, normalize_key
from fakes3mp.operations.policy.principals import Principals, Requester, compile_principals

MAX_SIZE = 20 << 10  # bytes, of the JSON without white space (S3's manual)
_VERSIONS = ("2008-10-17", "2012-10-17")
_ELEMENTS = frozenset(("Version", "Id", "Statement"))
_STATEMENT_ELEMENTS = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)


class ActionRequest(Struct, frozen=True):
    """One action that a request needs, as statements are held against it.

    Attributes
    ----------
    action : str
        ``s3:GetObject``.
    resource : str
        The ARN of the bucket or object.
    requester : Requester
        Who sends the request.
    lookup : callable
        Gives the values of a condition key, None for a key that the request does not have.
    is_settled : callable
        Whether a condition key was judged by an earlier request, as an upload's properties are before its parts come.
    """

    action: str
    resource: str
    requester: Requester
    lookup: Lookup
    is_settled: Callable[[str], bool]


class Statement(Struct, frozen=True):
    """A statement of a policy."""

    label: str  # its Sid in quotes, or its number from 1
    is_allow: bool
    actions: tuple[Pattern, ...]
    resources: tuple[Pattern, ...]
    conditions: tuple[Condition, ...]
    action_texts: tuple[str, ...]
    resource_texts: tuple[str, ...]
    principals: Principals | None  # None in identity-based policies
    not_principals: bool
    not_actions: bool
    not_resources: bool

    def applies(self, request: ActionRequest) -> bool:
        """Whether it is about this request, whoever sends it."""
        action = request.action
        if any(pattern.matches(action, request.lookup) for pattern in self.actions) is self.not_actions:
            return False
        if any(pattern.matches(request.resource, request.lookup) for pattern in self.resources) is self.not_resources:
            return False
        return all(self._holds(condition, request) for condition in self.conditions)

    def _holds(self, condition: Condition, request: ActionRequest) -> bool:
        """Whether a condition holds. One that was settled by an earlier request denies nothing any more."""
        return self.is_allow if request.is_settled(condition.key) else condition.holds(request.lookup)


class Policy(Struct, frozen=True):
    """A compiled policy."""

    statements: tuple[Statement, ...]
    text: str  # its JSON, without needless white space

    def denial(self, request: ActionRequest) -> Statement | None:
        """The first statement that denies a request."""
        return next((statement for statement in self._matching(request, is_allow=False)), None)

    def permission(self, request: ActionRequest) -> Statement | None:
        """The first statement that allows a request to its requester: everybody, or one of its principals."""
        return next((statement for statement in self._matching(request, is_allow=True)), None)

    def delegation(self, request: ActionRequest) -> Statement | None:
        """The first statement that allows a request to the requester's account, which may pass the permission on."""
        return next(
            (
                statement
                for statement in self.statements
                if statement.is_allow
                and statement.principals is not None
                and statement.principals.name_account_of(request.requester)
                and statement.applies(request)
            ),
            None,
        )

    def _matching(self, request: ActionRequest, *, is_allow: bool) -> Iterator[Statement]:
        return (
            statement
            for statement in self.statements
            if statement.is_allow is is_allow and _is_about(statement, request.requester) and statement.applies(request)
        )

    @property
    def condition_keys(self) -> frozenset[str]:
        """The keys of its conditions."""
        return frozenset(condition.key for statement in self.statements for condition in statement.conditions)


def _is_about(statement: Statement, requester: Requester) -> bool:
    """Whether the requester is among those that the statement is about.

    A denial for an account is one for each of its users and roles. NotPrincipal denies all but those that are named. A
    requester who is an account as a whole stands for any of its users and roles where a statement allows something.
    """
    principals = statement.principals
    if principals is None:
        return True
    if statement.not_principals:
        return not principals.name(requester)
    if principals.name(requester):
        return True
    if not statement.is_allow:
        return principals.name_account_of(requester)
    return requester.identity is None and principals.name_member_of_account(requester)


@lru_cache(maxsize=256)
def compile_policy(text: str, *, has_principals: bool = True) -> Policy:
    """Compile a policy's JSON. Raises MalformedPolicy.

    Parameters
    ----------
    text : str
        The document.
    has_principals : bool
        Whether statements name principals: those of bucket policies do, those of identity-based policies do not.
    """
    document = _read_json(text)
    if document.keys() - _ELEMENTS or not isinstance(document.get("Id", ""), str):
        _fail_syntax()
    version = document.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise malformed("The policy must contain a valid version string")
    if "Statement" not in document:
        raise malformed("Missing required field Statement")  # O111
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    if not statements:
        raise malformed("Could not parse the policy: Statement is empty!")
    variables = version == _VERSIONS[1]  # the older version has no variables (IAM's manual)
    compiled = tuple(
        _compile_statement(number, statement, variables=variables, has_principals=has_principals)
        for number, statement in enumerate(statements, 1)
    )
    return Policy(compiled, json.dumps(document))


def malformed(message: str) -> S3Error:
    """MalformedPolicy with one of S3's messages."""
    return S3Error("MalformedPolicy", message)


def _fail_syntax() -> NoReturn:
    raise malformed("Invalid policy syntax.")


def _read_json(text: str) -> dict[str, Any]:
    """The document as JSON (O111). Other text than an object, and one that is too large or nested too deep, is refused.

    So is a number that is too large to be read, such as 1e999 (not verified).
    """
    if not text.startswith("{"):
        raise S3Error("MalformedPolicy")
    try:
        document = json.loads(text, parse_constant=_fail_constant)
        normalized = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        size = len(normalized.encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise malformed("This policy contains invalid Json") from None
    if size > MAX_SIZE:
        raise malformed(f"Normalized policy document exceeds the maximum allowed size of {MAX_SIZE} bytes")
    return dict(document)


def _fail_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _compile_statement(number: int, statement: Any, *, variables: bool, has_principals: bool) -> Statement:
    if not isinstance(statement, dict) or statement.keys() - _STATEMENT_ELEMENTS:
        _fail_syntax()
    sid = statement.get("Sid", "")
    if not isinstance(sid, str):
        _fail_syntax()
    effect = _required(statement, "Effect")
    if effect not in ("Allow", "Deny"):
        raise malformed(f"Invalid effect: {_printable(effect)}")
    principals = None
    if has_principals:
        principals = _compile_principals(statement, effect)
    else:
        _check_no_principals(statement)
    actions = _texts(_required(statement, "Action", "NotAction"))
    resources = _texts(_required(statement, "Resource", "NotResource"))
    return Statement(
        label=repr(sid) if sid else str(number),
        is_allow=effect == "Allow",
        actions=tuple(compile_pattern(action.lower(), variables=False, fold=True) for action in actions),
        resources=tuple(compile_pattern(resource, variables=variables) for resource in resources),
        conditions=tuple(_compile_conditions(statement.get("Condition", {}), variables=variables)),
        action_texts=actions,
        resource_texts=resources,
        principals=principals,
        not_principals="NotPrincipal" in statement,
        not_actions="NotAction" in statement,
        not_resources="NotResource" in statement,
    )


def _required(statement: Mapping[str, Any], name: str, opposite: str = "") -> Any:
    """The value of an element or of its opposite, of which one must be there and not both."""
    if name in statement and opposite in statement:
        _fail_syntax()
    if name not in statement and opposite not in statement:
        raise malformed(f"Missing required field {name}")
    return statement[name] if name in statement else statement[opposite]


def _printable(value: Any) -> str:
    """A value of the document as a message repeats it, shortened and in characters that XML can hold."""
    return "".join(character if character.isprintable() else "?" for character in str(value)[:100])


def _compile_principals(statement: Mapping[str, Any], effect: str) -> Principals:
    element = _required(statement, "Principal", "NotPrincipal")
    if effect == "Allow" and "NotPrincipal" in statement:  # refused by IAM's manual; the wording is not verified
        raise malformed("Invalid principal in policy")
    try:
        return compile_principals(element)
    except ValueError:
        raise malformed("Invalid principal in policy") from None


def _check_no_principals(statement: Mapping[str, Any]) -> None:
    if "Principal" in statement or "NotPrincipal" in statement:
        raise malformed("Policy document should not specify a principal.")


def _texts(value: Any) -> tuple[str, ...]:
    """The strings of an element that is one or a list of them."""
    texts = tuple(value) if isinstance(value, list) else (value,)
    if not texts or not all(isinstance(text, str) for text in texts):
        _fail_syntax()
    return texts


def _compile_conditions(element: Any, *, variables: bool) -> Iterator[Condition]:
    if not isinstance(element, dict):
        _fail_syntax()
    for name, keys in element.items():
        if not isinstance(keys, dict):
            _fail_syntax()
        for key, value in keys.items():
            yield _compile_condition(name, key, _condition_values(value), variables=variables)


def _compile_condition(name: str, key: str, values: tuple[str, ...], *, variables: bool) -> Condition:
    try:
        return compile_condition(name, normalize_key(key), values, variables=variables)
    except KeyError:
        raise malformed(f"Invalid Condition type : {_printable(name)}") from None
    except ValueError:
        if name.rpartition(":")[2].removesuffix("IfExists") in ("IpAddress", "NotIpAddress"):
            raise malformed("Invalid IP address in Conditions") from None
        # not verified
        raise malformed(f"Invalid value in Conditions for operator {_printable(name)}") from None


def _condition_values(value: Any) -> tuple[str, ...]:
    """The values of a condition as text; JSON's numbers, true and false are allowed too."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, (str, int, float)) for item in values):
        _fail_syntax()
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in values)
