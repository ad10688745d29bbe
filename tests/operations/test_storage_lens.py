"""Storage Lens and its groups, and the Access Grants instance: documents that S3 Control keeps, through every way in."""

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row

ACCOUNT = "123456789012"
ARN = f"arn:aws:s3:us-east-1:{ACCOUNT}"
ON, OFF = {"IsEnabled": True}, {"IsEnabled": False}
TAG = [{"Key": "a", "Value": "b"}]
PREFIX = {"MatchAnyPrefix": ["logs/"]}


def lens(config_id="lens", *, account=None, buckets=None, **more):
    """PutStorageLensConfiguration's parameters."""
    level = {"BucketLevel": buckets or {}, **(account or {})}
    document = {"Id": config_id, "AccountLevel": level, "IsEnabled": True, **more}
    return {"ConfigId": config_id, "StorageLensConfiguration": document}


def put(**params):
    return lambda s: s.control.PutStorageLensConfiguration(**lens(**params))


def control(operation, **params):
    return lambda s: getattr(s.control, operation)(**params)


def get(scene):
    return scene.control.GetStorageLensConfiguration(ConfigId="lens")


def group(name="group", chosen=PREFIX):
    return {"Name": name, "Filter": chosen}


def create(name="group", chosen=PREFIX, **params):
    return lambda s: s.control.CreateStorageLensGroup(StorageLensGroup=group(name, chosen), **params)


def after(*steps):
    return steps[:-1], steps[-1]


def error(code, status=400, **fields):
    return expect_error(code, status, **fields)


def prefixes(enabled=ON, **criteria):
    return {"PrefixLevel": {"StorageMetrics": {**enabled, "SelectionCriteria": criteria}}}


def export(arn="arn:aws:s3:::other", **more):
    destination = {"Format": "CSV", "OutputSchemaVersion": "V_1", "AccountId": ACCOUNT, "Arn": arn, **more}
    return {"DataExport": {"S3BucketDestination": destination}}


def create_fifty_groups(scene):
    for number in range(50):
        create(f"group-{number}")(scene)


NOTHING = error("NoSuchConfiguration", 404)
ROWS = [
    row("manual", "put", after(put(), get), expect_answer(StorageLensConfiguration={"Id": "lens", "AccountLevel": {"BucketLevel": {}}, "IsEnabled": True, "StorageLensArn": f"{ARN}:storage-lens/lens"})),
    row("manual", "all of a document", after(put(account={"ActivityMetrics": ON}, buckets={"ActivityMetrics": ON, **prefixes(MaxDepth=3, Delimiter="/", MinStorageBytesPercentage=1.5)}, Include={"Buckets": ["arn:aws:s3:::bucket"], "Regions": ["us-east-1"]}, **export(Encryption={"SSES3": {}})), get), expect_answer(StorageLensConfiguration=lambda s: {**lens(account={"ActivityMetrics": ON}, buckets={"ActivityMetrics": ON, **prefixes(MaxDepth=3, Delimiter="/", MinStorageBytesPercentage=1.5)}, Include={"Buckets": ["arn:aws:s3:::bucket"], "Regions": ["us-east-1"]}, **export(Encryption={"SSES3": {}}))["StorageLensConfiguration"], "StorageLensArn": f"{ARN}:storage-lens/lens"})),
    row("manual", "list", after(put(), control("ListStorageLensConfigurations")), expect_answer(StorageLensConfigurationList=[{"Id": "lens", "StorageLensArn": f"{ARN}:storage-lens/lens", "HomeRegion": "us-east-1", "IsEnabled": True}], NextToken=ABSENT)),
    row("manual", "get nothing", get, NOTHING),
    row("manual", "delete", after(put(), control("DeleteStorageLensConfiguration", ConfigId="lens"), get), NOTHING),
    row("manual", "delete nothing", control("DeleteStorageLensConfiguration", ConfigId="lens"), NOTHING),
    row("manual", "delete the default", control("DeleteStorageLensConfiguration", ConfigId="default-account-dashboard"), error("DefaultConfigurationDeleteForbidden", 403)),
    row("manual", "another id", control("PutStorageLensConfiguration", **{**lens(), "ConfigId": "other"}), error("InvalidConfigId")),
    row("manual", "both containers", put(Include={"Regions": ["us-east-1"]}, Exclude={"Regions": ["eu-west-1"]}), error("InvalidIncludeExcludeContainers")),
    row("manual", "an empty container", put(Include={"Buckets": []}), error("EmptyIncludeContainer")),
    row("manual", "too many buckets", put(Exclude={"Buckets": [f"arn:aws:s3:::b{n}" for n in range(51)]}), error("TooManyBuckets")),
    row("manual", "too many regions", put(Exclude={"Regions": [f"us-east-{n}" for n in range(51)]}), error("TooManyRegions")),
    row("manual", "metrics of the account alone", put(account={"ActivityMetrics": ON}), error("MissingBucketLevelActivityMetrics")),
    row("manual", "metrics of buckets alone", put(buckets={"ActivityMetrics": ON}), error("MissingAccountLevelActivityMetrics")),
    row("manual", "disabled prefixes", put(buckets=prefixes(OFF)), error("StorageMetricsMustEnabled")),
    row("manual", "too deep", put(buckets=prefixes(MaxDepth=11)), error("InvalidMaximumPrefixDepth")),
    row("manual", "too much", put(buckets=prefixes(MinStorageBytesPercentage=101)), error("InvalidMinimumStorageBytesPercentage")),
    row("manual", "no ARN", put(**export("other")), error("InvalidDestination")),
    row("manual", "two encryptions", put(**export(Encryption={"SSES3": {}, "SSEKMS": {"KeyId": "arn:aws:kms:us-east-1:123456789012:key/a"}})), error("InvalidEncryptionMethod")),
    row("manual", "no encryption", put(**export(Encryption={})), error("MissingEncryptionMethod")),
    row("O90", "a bad tag", lambda s: s.control.PutStorageLensConfiguration(**lens(), Tags=[{"Key": "a*", "Value": ""}]), error("InvalidTag", TagKey="a*")),
    row("manual", "tags", after(lambda s: s.control.PutStorageLensConfiguration(**lens(), Tags=TAG), control("GetStorageLensConfigurationTagging", ConfigId="lens")), expect_answer(Tags=TAG)),
    row("manual", "replace tags", after(put(), control("PutStorageLensConfigurationTagging", ConfigId="lens", Tags=TAG), control("GetStorageLensConfigurationTagging", ConfigId="lens")), expect_answer(Tags=TAG)),
    row("manual", "remove tags", after(lambda s: s.control.PutStorageLensConfiguration(**lens(), Tags=TAG), control("DeleteStorageLensConfigurationTagging", ConfigId="lens"), control("GetStorageLensConfigurationTagging", ConfigId="lens")), expect_answer(Tags=[])),
    row("manual", "tags of nothing", control("GetStorageLensConfigurationTagging", ConfigId="lens"), NOTHING),
    row("manual", "create a group", after(create(), control("GetStorageLensGroup", Name="group")), expect_answer(StorageLensGroup={"Name": "group", "Filter": PREFIX, "StorageLensGroupArn": f"{ARN}:storage-lens-group/group"})),
    row("manual", "a filter with an operator", after(create(chosen={"And": {**PREFIX, "MatchObjectSize": {"BytesGreaterThan": 1, "BytesLessThan": 9}}}), control("GetStorageLensGroup", Name="group")), expect_answer(StorageLensGroup=lambda s: {**group(chosen={"And": {**PREFIX, "MatchObjectSize": {"BytesGreaterThan": 1, "BytesLessThan": 9}}}), "StorageLensGroupArn": f"{ARN}:storage-lens-group/group"})),
    row("manual", "list groups", after(create(), control("ListStorageLensGroups")), expect_answer(StorageLensGroupList=[{"Name": "group", "StorageLensGroupArn": f"{ARN}:storage-lens-group/group", "HomeRegion": "us-east-1"}])),
    row("manual", "update a group", after(create(), control("UpdateStorageLensGroup", Name="group", StorageLensGroup=group(chosen={"MatchAnySuffix": [".log"]})), control("GetStorageLensGroup", Name="group")), expect_answer(StorageLensGroup={"Name": "group", "Filter": {"MatchAnySuffix": [".log"]}, "StorageLensGroupArn": f"{ARN}:storage-lens-group/group"})),
    row("manual", "delete a group", after(create(), control("DeleteStorageLensGroup", Name="group"), control("GetStorageLensGroup", Name="group")), NOTHING),
    row("manual", "tags of a group", after(create(Tags=TAG), control("TagResource", ResourceArn=f"{ARN}:storage-lens-group/group", Tags=[{"Key": "c", "Value": "d"}]), control("ListTagsForResource", ResourceArn=f"{ARN}:storage-lens-group/group")), expect_answer(Tags=[*TAG, {"Key": "c", "Value": "d"}])),
    row("manual", "get no group", control("GetStorageLensGroup", Name="group"), NOTHING),
    row("manual", "delete no group", control("DeleteStorageLensGroup", Name="group"), NOTHING),
    row("manual", "update no group", control("UpdateStorageLensGroup", Name="group", StorageLensGroup=group()), NOTHING),
    row("manual", "a bad name", create("a.b"), error("InvalidName")),
    row("manual", "a group twice", after(create(), create()), error("ConfigurationAlreadyExists", 409)),
    row("manual", "too many groups", after(create_fifty_groups, create()), error("TooManyConfigurations")),
    row("manual", "another name", after(create(), control("UpdateStorageLensGroup", Name="group", StorageLensGroup=group("other"))), error("MismatchedName")),
    row("manual", "no filter", create(chosen={}), error("InvalidFilter")),
    row("manual", "one element of two", create(chosen={"Or": PREFIX}), error("InvalidLogicalOperator")),
    row("manual", "no prefixes", create(chosen={"MatchAnyPrefix": []}), error("InvalidMatchAnyPrefix")),
    row("manual", "too many suffixes", create(chosen={"MatchAnySuffix": [str(n) for n in range(11)]}), error("TooManyElements")),
    row("manual", "the same prefix twice", create(chosen={"MatchAnyPrefix": ["a", "a"]}), error("DuplicateElement")),
    row("manual", "a long prefix", create(chosen={"MatchAnyPrefix": ["a" * 1025]}), error("InvalidPrefix")),
    row("manual", "no age", create(chosen={"MatchObjectAge": {}}), error("InvalidMatchObjectAge")),
    row("manual", "a negative age", create(chosen={"MatchObjectAge": {"DaysGreaterThan": -1}}), error("InvalidAge")),
    row("manual", "a size in the wrong order", create(chosen={"MatchObjectSize": {"BytesGreaterThan": 9, "BytesLessThan": 1}}), error("InvalidNumericCombination")),
    row("manual", "an instance", after(control("CreateAccessGrantsInstance"), control("GetAccessGrantsInstance")), expect_answer(AccessGrantsInstanceId="default", AccessGrantsInstanceArn=f"{ARN}:access-grants/default")),
    row("manual", "the directory of an instance", control("CreateAccessGrantsInstance", IdentityCenterArn="arn:aws:sso:::instance/ssoins-1"), expect_answer(IdentityCenterInstanceArn="arn:aws:sso:::instance/ssoins-1")),
    row("manual", "an instance twice", after(control("CreateAccessGrantsInstance"), control("CreateAccessGrantsInstance")), error("AccessGrantsInstanceAlreadyExists", 409)),
    row("manual", "list instances", after(control("CreateAccessGrantsInstance"), control("ListAccessGrantsInstances")), expect_answer(AccessGrantsInstancesList=lambda s: [dict(s.control.GetAccessGrantsInstance())])),
    row("manual", "no instance", control("GetAccessGrantsInstance"), error("AccessGrantsInstanceNotExistsError", 404)),
    row("manual", "delete an instance", after(control("CreateAccessGrantsInstance"), control("DeleteAccessGrantsInstance"), control("GetAccessGrantsInstance")), error("AccessGrantsInstanceNotExistsError", 404)),
    row("manual", "delete no instance", control("DeleteAccessGrantsInstance"), error("AccessGrantsInstanceNotExistsError", 404)),
    row("manual", "tags of an instance", after(control("CreateAccessGrantsInstance", Tags=TAG), control("ListTagsForResource", ResourceArn=f"{ARN}:access-grants/default")), expect_answer(Tags=TAG)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_operations(scene, act, expect):
    given, act = act if isinstance(act, tuple) else ((), act)
    for step in given:
        step(scene)
    expect.check(scene, act)
