"""The table of actions against botocore's model, and the catalogue of what policies can name (O269)."""

import re

import pytest

from fakes3mp.operations.policy.actions import requirements
from fakes3mp.operations.policy.catalog import ACTIONS, CONDITION_KEYS, actions_with_key
from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import operation_model, service_model

CONTROL = sorted(name for name in registry() if name.startswith("s3control."))
IN_MODEL = {f"s3control.{name}" for name in service_model("s3control").operation_names}  # an older one has not all
OPERATIONS = sorted([*service_model("s3").operation_names, *(name for name in CONTROL if name in IN_MODEL)])
KEY = {"Bucket": "b", "Key": "k"}


def actions(operation, **params):
    shape = operation_model(operation).input_shape
    members = shape.members if shape else {}
    given = {name: value for name, value in KEY.items() if name in members}
    return [requirement.action for requirement in requirements(operation, {**given, **params})]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_needs_a_known_action(operation):
    for action in actions(operation):
        assert action.lower() in ACTIONS, f"{operation} needs {action}, which no policy can name"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_actions_are_those_that_the_manual_names(operation):
    """Where the model's manual of an operation names actions of S3, the table's is among them."""
    documentation = operation_model(operation).documentation
    named = {name.lower() for name in re.findall(r"\b(?:s3|s3express):[A-Z]\w+", documentation)}
    of_buckets = {name for name in named if name.startswith("s3:") and name in ACTIONS}
    if of_buckets and operation not in ("CreateSession", "ListDirectoryBuckets", "RenameObject"):
        assert {action.lower() for action in actions(operation)} & of_buckets


# operation, further parameters -> the actions, by the Service Authorization Reference
ROWS = [
    ("GetObject", {"VersionId": "1"}, ["s3:GetObjectVersion"]),
    ("HeadObject", {}, ["s3:GetObject"]),
    ("HeadObject", {"VersionId": "1"}, ["s3:GetObjectVersion"]),
    ("SelectObjectContent", {}, ["s3:GetObject"]),
    ("GetObjectAttributes", {"VersionId": "1"}, ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]),
    ("GetObjectTagging", {"VersionId": "1"}, ["s3:GetObjectVersionTagging"]),
    ("PutObjectTagging", {"VersionId": "1"}, ["s3:PutObjectVersionTagging"]),
    ("DeleteObjectTagging", {"VersionId": "1"}, ["s3:DeleteObjectVersionTagging"]),
    ("GetObjectAcl", {"VersionId": "1"}, ["s3:GetObjectVersionAcl"]),
    ("PutObjectAcl", {"VersionId": "1"}, ["s3:PutObjectVersionAcl"]),
    ("GetObjectTorrent", {}, ["s3:GetObjectTorrent"]),
    ("GetObjectRetention", {"VersionId": "1"}, ["s3:GetObjectRetention"]),
    ("DeleteObject", {"VersionId": "1"}, ["s3:DeleteObjectVersion"]),
    ("DeleteObject", {"BypassGovernanceRetention": False}, ["s3:DeleteObject"]),
    (
        "PutObjectRetention",
        {"BypassGovernanceRetention": True},
        ["s3:PutObjectRetention", "s3:BypassGovernanceRetention"],
    ),
    (
        "CreateMultipartUpload",
        {"Tagging": "a=b", "ACL": "private"},
        ["s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl"],
    ),
    ("UploadPart", {}, ["s3:PutObject"]),
    ("CompleteMultipartUpload", {}, ["s3:PutObject"]),
    ("AbortMultipartUpload", {}, ["s3:AbortMultipartUpload"]),
    ("ListParts", {}, ["s3:ListMultipartUploadParts"]),
    ("ListMultipartUploads", {}, ["s3:ListBucketMultipartUploads"]),
    ("ListObjects", {}, ["s3:ListBucket"]),
    ("ListObjectsV2", {}, ["s3:ListBucket"]),
    ("ListBuckets", {}, ["s3:ListAllMyBuckets"]),
    ("ListDirectoryBuckets", {}, ["s3express:ListAllMyDirectoryBuckets"]),
    ("PutObjectLockConfiguration", {}, ["s3:PutBucketObjectLockConfiguration"]),
    ("GetObjectLockConfiguration", {}, ["s3:GetBucketObjectLockConfiguration"]),
    ("PutBucketNotificationConfiguration", {}, ["s3:PutBucketNotification"]),
    ("GetBucketAccelerateConfiguration", {}, ["s3:GetAccelerateConfiguration"]),
    ("DeleteBucketTagging", {}, ["s3:PutBucketTagging"]),
    ("DeleteBucketWebsite", {}, ["s3:DeleteBucketWebsite"]),
    ("DeleteBucketReplication", {}, ["s3:PutReplicationConfiguration"]),
    ("ListBucketInventoryConfigurations", {}, ["s3:GetInventoryConfiguration"]),
    ("DeletePublicAccessBlock", {}, ["s3:PutBucketPublicAccessBlock"]),
    ("CreateBucket", {"ACL": "private"}, ["s3:CreateBucket"]),
    ("CreateBucket", {"ACL": "public-read"}, ["s3:CreateBucket", "s3:PutBucketAcl"]),
    (
        "CreateBucket",
        {"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
        ["s3:CreateBucket", "s3:TagResource"],
    ),
]


@pytest.mark.parametrize(("operation", "params", "expected"), ROWS)
def test_rows(operation, params, expected):
    assert actions(operation, **params) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("GetObject", "s3express:CreateSession"), ("ListObjectsV2", "s3express:CreateSession"),
     ("HeadBucket", "s3express:CreateSession"), ("DeleteBucket", "s3express:DeleteBucket"),
     ("PutBucketPolicy", "s3express:PutBucketPolicy")],
)  # fmt: skip
def test_directory_buckets(operation, expected):
    """O331"""
    given = KEY if "Object" in operation and "List" not in operation else {"Bucket": "b"}
    needed = requirements(operation, given, in_directory_bucket=True)
    assert [requirement.action for requirement in needed] == [expected]


def test_condition_keys_name_known_actions():
    for key, names in CONDITION_KEYS.items():
        assert key == key.lower()
        assert all(f"s3:{name}".lower() in ACTIONS for name in names), key


@pytest.mark.parametrize(
    ("key", "expected"),
    [("aws:sourceip", frozenset()), ("s3:resourceaccount", frozenset()), ("s3:nothing", None), ("nothing", None),
     ("s3:prefix", frozenset(("s3:listbucket", "s3:listbucketversions"))), ("s3:prefix/x", None),
     ("s3:existingobjecttag", None), ("s3:existingobjecttag/", None)],
)  # fmt: skip
def test_actions_with_a_key(key, expected):
    assert actions_with_key(key) == expected
