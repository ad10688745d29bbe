"""Bucket policies: what S3 accepts as one, and whether one is public.

The policy engine is imported when a policy is put.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import POLICY, has_public_access_setting
from fakes3mp.operations.registry import Answer, Caller, operation

if TYPE_CHECKING:
    from fakes3mp.operations.policy.documents import Statement

_RESOURCE = re.compile(r"arn:aws(?:-[\w-]+)?:s3:::(?P<bucket>[^/]*)(?P<key>/.*)?", re.DOTALL)
_EXPRESS_RESOURCE = re.compile(r"arn:aws(?:-[\w-]+)?:s3express:[^:]*:[^:]*:bucket/(?P<bucket>.*)", re.DOTALL)


def validate_policy(store: Store, bucket: Bucket, caller: Caller, policy: str = "") -> str:
    """A bucket policy, as JSON (O109-O111, O224, O321). A public one is refused where those are blocked (O225)."""
    from fakes3mp.operations.policy.decision import access_denied
    from fakes3mp.operations.policy.documents import compile_policy
    from fakes3mp.operations.policy.public import is_public

    compiled = compile_policy(policy)
    service = "s3express:" if is_directory(bucket.name) else "s3:"
    for statement in compiled.statements:
        check_statement(statement, lambda resource: _kinds_of_resource(resource, bucket), service)
    if has_public_access_setting(store, bucket, "BlockPublicPolicy") and is_public(compiled):
        reason = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise access_denied(bucket, caller, "s3:PutBucketPolicy", f"arn:aws:s3:::{bucket.name}", reason)
    return compiled.text


@operation("GetBucketPolicyStatus")
def get_bucket_policy_status(store: Store, *, bucket: Bucket) -> Answer:
    """Whether the bucket's policy is public (O225)."""
    from fakes3mp.operations.policy.documents import compile_policy
    from fakes3mp.operations.policy.public import is_public

    policy = bucket.configurations.get(POLICY)
    if policy is None:
        raise S3Error("NoSuchBucketPolicy", fields={"BucketName": bucket.name})
    return {"PolicyStatus": {"IsPublic": is_public(compile_policy(policy))}}


def check_statement(statement: Statement, kinds_of_resource: Callable[[str], set[str]], service: str) -> None:
    """Raise MalformedPolicy unless a statement's resources, actions and condition keys fit each other.

    ``kinds_of_resource`` says whether a resource is a bucket, objects or both, or raises MalformedPolicy; ``service`` is
    what the actions begin with. Each action must apply to one of the resources, and have each of the condition keys
    (O224, O321).
    """
    from fakes3mp.operations.policy.catalog import actions_with_key
    from fakes3mp.operations.policy.documents import malformed

    kinds = {kind for text in statement.resource_texts for kind in kinds_of_resource(text)}
    actions = [_known_actions(text, service) for text in statement.action_texts]
    if not statement.not_actions and not statement.not_resources:
        for known in actions:
            if kinds.isdisjoint(known.values()):
                raise malformed("Action does not apply to any resource(s) in statement")
    for condition in statement.conditions:
        having = actions_with_key(condition.key)
        if having is None:
            raise malformed("Policy has an invalid condition key")
        if having and not statement.not_actions and any(having.isdisjoint(known) for known in actions):
            raise malformed("Conditions do not apply to combination of actions and resources in statement")


def _kinds_of_resource(text: str, bucket: Bucket) -> set[str]:
    """Whether a resource is the bucket, objects in it, or both, as with ``bucket*``; MalformedPolicy if it is neither."""
    from fakes3mp.operations.policy.catalog import BUCKET, OBJECT
    from fakes3mp.operations.policy.documents import malformed
    from fakes3mp.operations.policy.patterns import compile_pattern

    form = _EXPRESS_RESOURCE if is_directory(bucket.name) else _RESOURCE
    match = form.fullmatch(text)
    if match is None:
        raise malformed("Policy has invalid resource")
    name = match["bucket"]
    if "${" not in name and not compile_pattern(name, variables=False).matches(bucket.name, lambda key: None):
        raise malformed("Policy has invalid resource")
    if form is _EXPRESS_RESOURCE:
        return {BUCKET}
    if match["key"] is not None:
        return {OBJECT}
    return {BUCKET, OBJECT} if "*" in name else {BUCKET}


def _known_actions(text: str, service: str) -> dict[str, str]:
    """The actions that an Action element means, and the kind of their resources; MalformedPolicy if there are none."""
    from fakes3mp.operations.policy.catalog import ACTIONS
    from fakes3mp.operations.policy.documents import malformed
    from fakes3mp.operations.policy.patterns import compile_pattern

    pattern = compile_pattern(text, variables=False, fold=True)
    known = {
        action: kind
        for action, kind in ACTIONS.items()
        if action.startswith(service) and pattern.matches(action, lambda key: None)
    }
    if not known or not (text == "*" or text.lower().startswith(service)):
        raise malformed("Policy has invalid action")
    return known
