"""The policy engine by itself: patterns, condition operators, principals. By IAM's manual (O327)."""

import json
import time

import pytest

from fakes3mp.errors import S3Error
from fakes3mp.operations.policy.conditions import compile_condition
from fakes3mp.operations.policy.documents import ActionRequest, compile_policy
from fakes3mp.operations.policy.identity import Identity
from fakes3mp.operations.policy.patterns import compile_pattern
from fakes3mp.operations.policy.principals import Requester, compile_principals

VALUES = {
    "arn": ("arn:aws:iam::123456789012:role/a",),
    "aws:username": ("anna",),
    "aws:principaltag/team": ("red",),
    "s3:requestobjecttagkeys": ("a", "b"),
    "odd": ("*",),
}

# pattern, text, whether it matches
PATTERNS = [
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("**", "anything/at:all", True),
    ("a", "a", True),
    ("a", "A", False),
    ("a*", "a", True),
    ("a*c", "abbc", True),
    ("a*c", "abcd", False),
    ("*a*b*", "xxaxxbxx", True),
    ("*a*b*", "bbbaaa", False),
    ("a?c", "abc", True),
    ("a?c", "ac", False),
    ("?", "\n", True),
    ("*?b?*", "aabaa", True),
    ("*?b?*", "baab", False),
    ("ab*ab", "ab", False),
    ("ab*ab", "abab", True),
    ("[a]", "a", False),
    ("[a]*", "[a].b", True),
    ("a.c", "abc", False),
    ("arn:aws:s3:::b/home/${aws:username}/*", "arn:aws:s3:::b/home/anna/x/y", True),
    ("arn:aws:s3:::b/home/${aws:username}/*", "arn:aws:s3:::b/home/bert/x", False),
    ("${AWS:UserName}", "anna", True),
    ("${ aws:username }", "anna", True),
    ("${aws:PrincipalTag/team}-*", "red-1", True),
    ("${aws:nothing}", "", False),
    ("${aws:nothing}", "${aws:nothing}", False),
    ("${aws:nothing, 'all'}", "all", True),
    ("${aws:username, 'all'}", "all", False),
    ("${s3:RequestObjectTagKeys}", "a", False),  # more than one value
    ("${*}", "*", True),
    ("${*}", "x", False),
    ("${?}${$}", "?$", True),
    ("${odd}", "x", False),  # a value has no wildcards
    ("${odd}", "*", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), PATTERNS)
def test_patterns(pattern, text, expected):
    assert compile_pattern(pattern, variables=True).matches(text, VALUES.get) is expected


def test_patterns_without_variables():
    """The language of 2008-10-17 has none."""
    pattern = compile_pattern("${aws:username}/*", variables=False)
    assert pattern.matches("${aws:username}/x", VALUES.get)
    assert not pattern.matches("anna/x", VALUES.get)


@pytest.mark.parametrize("pattern", ["*a" * 400, "*?a" * 250, "a*" * 400 + "b"])
def test_patterns_take_no_exponential_time(pattern):
    compiled = compile_pattern(pattern, variables=True)
    began = time.perf_counter()
    for _ in range(20):
        compiled.matches("a" * 1024 + "c", VALUES.get)
    assert time.perf_counter() - began < 2


# operator, value of the policy, value of the request, whether it holds
OPERATORS = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "${aws:username}", "anna", True),
    ("StringNotEquals", "a", "a", False),
    ("StringNotEquals", "a", "b", True),
    ("StringEqualsIgnoreCase", "aBc", "AbC", True),
    ("StringNotEqualsIgnoreCase", "aBc", "AbC", False),
    ("StringLike", "a*", "ab", True),
    ("StringLike", "a?", "a", False),
    ("StringNotLike", "a*", "ab", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", "10", "ten", False),
    ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", "11", False),
    ("NumericGreaterThan", "9", "10", True),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericGreaterThanEquals", "10", "9" * 5000, True),
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
    ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", True),
    ("DateGreaterThanEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThanEquals", "1767225601", "2026-01-01T00:00:00Z", False),
    ("DateLessThan", "1767225600.5", "1767225600.25", True),
    ("DateLessThan", "2026-01-01", "-1767225600", False),  # no date
    ("Bool", "true", "true", True),
    ("Bool", "True", "true", True),
    ("Bool", "false", "true", False),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ4", False),
    ("BinaryEquals", "QmluYXJ4", "QmluYXJ5", False),
    ("BinaryEquals", "QmluYXJ5", "?", False),  # not base64
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.5/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "198.51.100.1", False),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
    ("IpAddress", "203.0.113.0/24", "key", False),  # no address
    ("NotIpAddress", "203.0.113.0/24", "key", True),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    ("ArnEquals", "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/a", True),
    ("ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/a/b", True),
    ("ArnLike", "arn:*:role/a", "arn:aws:iam::123456789012:role/a", False),  # each component by itself
    ("ArnLike", "*", "arn:aws:iam::123456789012:role/a", True),
    ("ArnEquals", "${arn}", "arn:aws:iam::123456789012:role/a", True),
    ("ArnLike", "arn:aws:iam::12*:role/a?", "arn:aws:iam::123456789012:role/ab", True),
    ("ArnLike", "arn:aws:iam::12*:role/a", "text", False),
    ("ArnNotLike", "arn:aws:iam::12*:role/a", "arn:aws:iam::123456789012:role/a", False),
    ("ArnNotEquals", "arn:aws:iam::12*:role/a", "arn:aws:iam::123456789012:role/b", True),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "value", "requested", "expected"), OPERATORS)
def test_operators(operator, value, requested, expected):
    condition = compile_condition(operator, "key", (value,), variables=True)
    assert condition.holds({**VALUES, "key": (requested,)}.get) is expected


# operator, values of the policy, values of the request or None, whether it holds
SETS = [
    ("StringEquals", ("a", "b"), ("b",), True),
    ("StringNotEquals", ("a", "b"), ("b",), False),
    ("StringNotEquals", ("a", "b"), ("c",), True),
    ("StringEquals", ("a",), None, False),
    ("StringNotEquals", ("a",), None, True),
    ("NotIpAddress", ("10.0.0.0/8",), None, True),
    ("NumericLessThan", ("10",), None, False),
    ("Bool", ("false",), None, False),
    ("StringEqualsIfExists", ("a",), None, True),
    ("StringEqualsIfExists", ("a",), ("b",), False),
    ("StringNotEqualsIfExists", ("a",), None, True),
    ("Null", ("true",), None, True),
    ("Null", ("true",), ("a",), False),
    ("Null", ("false",), ("a",), True),
    ("Null", ("false",), None, False),
    ("ForAllValues:StringEquals", ("a", "b"), ("a", "b"), True),
    ("ForAllValues:StringEquals", ("a", "b"), ("a", "c"), False),
    ("ForAllValues:StringEquals", ("a",), None, True),
    ("ForAllValues:StringNotEquals", ("a",), ("b", "c"), True),
    ("ForAllValues:StringNotEquals", ("a",), ("a", "c"), False),
    ("ForAnyValue:StringEquals", ("a", "b"), ("b", "c"), True),
    ("ForAnyValue:StringEquals", ("a", "b"), ("c",), False),
    ("ForAnyValue:StringEquals", ("a",), None, False),
    ("ForAnyValue:StringNotEquals", ("a",), ("a", "c"), True),
    ("ForAnyValue:StringNotEquals", ("a",), ("a",), False),
    ("ForAnyValue:StringNotEquals", ("a",), None, False),
    ("ForAnyValue:StringLikeIfExists", ("a*",), None, True),
    # A key of several values without a quantifier: not verified against real S3.
    ("StringEquals", ("a",), ("a", "b"), True),
    ("StringEquals", ("a",), ("b", "c"), False),
    ("StringNotEquals", ("a",), ("a", "b"), False),
    ("StringNotEquals", ("a",), ("b", "c"), True),
]


@pytest.mark.parametrize(("operator", "values", "requested", "expected"), SETS)
def test_several_values_and_none(operator, values, requested, expected):
    condition = compile_condition(operator, "key", values, variables=True)
    assert condition.holds(({} if requested is None else {"key": requested}).get) is expected


@pytest.mark.parametrize(
    "name", ["Foo", "stringequals", "NullIfExists", "ForAllValues:Null", "ForSomeValues:StringEquals", "IfExists", ""]
)
def test_unknown_operators(name):
    with pytest.raises(KeyError):
        compile_condition(name, "key", ("true",), variables=True)


@pytest.mark.parametrize(
    ("operator", "value"),
    [("NumericEquals", "ten"), ("NumericEquals", "nan"), ("DateEquals", "soon"), ("DateLessThan", "99999-01-01"),
     ("DateEquals", "nan"), ("DateLessThan", "inf"), ("DateLessThan", "1e9"), ("DateEquals", "+1767225600"), ("DateEquals", "1.5.5"),
     ("Bool", "maybe"), ("BinaryEquals", "?"), ("IpAddress", "123"), ("IpAddress", "10.0.0.0/33"), ("Null", "maybe")],
)  # fmt: skip
def test_values_that_an_operator_cannot_read(operator, value):
    with pytest.raises(ValueError, match=r"."):
        compile_condition(operator, "key", (value,), variables=True)


OWNER, GUEST = "123456789012", "210987654321"
USER = Identity(f"arn:aws:iam::{GUEST}:user/anna")
SESSION = Identity(f"arn:aws:sts::{GUEST}:assumed-role/reader/session")

# Principal, account, identity -> whether the requester is named, whether its account is listed
PRINCIPALS = [
    ("*", None, None, True, False),
    ({"AWS": "*"}, GUEST, USER, True, False),
    ({"AWS": GUEST}, GUEST, None, True, True),
    ({"AWS": GUEST}, GUEST, USER, False, True),
    ({"AWS": f"arn:aws:iam::{GUEST}:root"}, GUEST, USER, False, True),
    ({"AWS": GUEST}, OWNER, None, False, False),
    ({"AWS": GUEST}, None, None, False, False),
    ({"AWS": [OWNER, USER.arn]}, GUEST, USER, True, False),
    ({"AWS": "arn:aws:iam::210987654321:user/ann"}, GUEST, USER, False, False),
    ({"AWS": SESSION.arn}, GUEST, SESSION, True, False),
    ({"AWS": f"arn:aws:iam::{GUEST}:role/reader"}, GUEST, SESSION, True, False),
    ({"CanonicalUser": f"{int(GUEST):064x}"}, GUEST, None, True, True),
    ({"Service": "cloudfront.amazonaws.com"}, GUEST, None, False, False),
    ({"AWS": "AIDAQNZGKIQY56JQ7WML"}, GUEST, USER, False, False),
]


@pytest.mark.parametrize(("element", "account", "identity", "is_named", "is_listed"), PRINCIPALS)
def test_principals(element, account, identity, is_named, is_listed):
    principals, requester = compile_principals(element), Requester(account, identity)
    assert (principals.name(requester), principals.name_account_of(requester)) == (is_named, is_listed)


@pytest.mark.parametrize(
    "element",
    ["anna", "", [], {}, None, 5, ["*"], {"AWS": []}, {"AWS": {}}, {"AWS": [5]}, {"AWS": ""}, {"AWS": "anna"}, {"AWS": "12345"},
     {"AWS": f"arn:aws:iam::{GUEST}:user/*"}, {"AWS": f"arn:aws:iam::{GUEST}:group/g"}, {"Google": "x"}, {"CanonicalUser": "x"},
     {"Service": "*"}, {"Service": "cloudfront"}],
)  # fmt: skip
def test_principals_that_are_none(element):
    with pytest.raises(ValueError, match=r"."):
        compile_principals(element)


def request(action="s3:GetObject", resource="arn:aws:s3:::b/k", requester=Requester(GUEST, USER), **values):  # noqa: B008
    values = {name.replace("_", ":"): (value,) for name, value in values.items()}
    return ActionRequest(action, resource, requester, values.get, lambda key: False)


def policy(**statement):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **statement}
    return compile_policy(
        json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]})
    )


# elements of a Deny statement, request -> whether it denies it
STATEMENTS = [
    ({}, request(), True),
    ({"Action": "S3:getobject"}, request(), True),
    ({"Action": "*"}, request(), True),
    ({"Action": ["s3:Put*", "s3:Get?bject"]}, request(), True),
    ({"Action": "s3:GetObject"}, request("s3:GetObjectVersion"), False),
    ({"Action": None, "NotAction": "s3:Get*"}, request(), False),
    ({"Action": None, "NotAction": "s3:Put*"}, request(), True),
    ({"Resource": "arn:aws:s3:::b/*"}, request(), True),
    ({"Resource": "arn:aws:s3:::b/K"}, request(), False),
    ({"Resource": None, "NotResource": "arn:aws:s3:::b/*"}, request(), False),
    ({"Resource": None, "NotResource": ["arn:aws:s3:::b/x*", "arn:aws:s3:::c/*"]}, request(), True),
    ({"Principal": {"AWS": GUEST}}, request(), True),  # a denial for an account is one for its users
    ({"Principal": {"AWS": OWNER}}, request(), False),
    ({"Principal": None, "NotPrincipal": {"AWS": [USER.arn, GUEST]}}, request(), False),
    ({"Principal": None, "NotPrincipal": {"AWS": GUEST}}, request(), True),
    ({"Principal": None, "NotPrincipal": {"AWS": GUEST}}, request(requester=Requester(GUEST)), False),
    ({"Principal": None, "NotPrincipal": {"AWS": GUEST}}, request(requester=Requester(None)), True),
    ({"Condition": {"StringEquals": {"s3:prefix": "a"}}}, request(s3_prefix="a"), True),
    ({"Condition": {"StringEquals": {"S3:Prefix": ["b", "a"]}}}, request(s3_prefix="a"), True),
    ({"Condition": {"StringEquals": {"s3:prefix": "a", "s3:delimiter": "/"}}}, request(s3_prefix="a"), False),
    ({"Condition": {"StringEquals": {"s3:prefix": "a"}, "Bool": {"aws:secure": False}}}, request(s3_prefix="a", aws_secure="false"), True),
    ({"Condition": {"NumericGreaterThan": {"s3:max-keys": 10}}}, request(**{"s3_max-keys": "11"}), True),
    ({"Condition": {}}, request(), True),
]  # fmt: skip


@pytest.mark.parametrize(("elements", "request_", "expected"), STATEMENTS)
def test_statements(elements, request_, expected):
    assert (policy(**elements).denial(request_) is not None) is expected


@pytest.mark.parametrize(
    ("elements", "has_variables"),
    [({}, False), ({"Version": "2008-10-17"}, False), ({"Version": "2012-10-17"}, True)],
)
def test_variables_need_the_newer_version(elements, has_variables):
    """O327: without Version a policy is one of 2008-10-17, which has none: they are text."""
    resource, prefix = "arn:aws:s3:::b/${aws:username}", {"StringEquals": {"s3:prefix": "${aws:username}"}}
    for part in ({"Resource": resource}, {"Condition": prefix}):
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **part}
        compiled = compile_policy(json.dumps({**elements, "Statement": statement}))
        for name, is_variable in (("anna", True), ("${aws:username}", False)):
            values = {"aws_username": "anna", "s3_prefix": name}
            denial = compiled.denial(request(resource=f"arn:aws:s3:::b/{name}", **values))
            assert (denial is not None) is (has_variables is is_variable)


def test_statements_are_named_by_sid_or_number():
    text = (
        '{"Statement": [{"Sid": "First", "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"},'
        '{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}'
    )
    compiled = compile_policy(text)
    assert compiled.permission(request("s3:PutObject")).label == "'First'"
    assert compiled.permission(request()).label == "2"
    assert compiled.permission(request("s3:DeleteObject")) is None


def test_a_policy_is_compiled_once():
    text = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
    assert compile_policy(text) is compile_policy(text)


def test_identity_policies_name_no_principal():
    with pytest.raises(S3Error, match="should not specify a principal"):
        compile_policy(
            '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}',
            has_principals=False,
        )
