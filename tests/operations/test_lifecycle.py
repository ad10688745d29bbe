"""Lifecycle: the configuration, and the abort date of an upload."""

from datetime import datetime, timezone

import pytest

from fakes3mp import FakeS3
from tests.operations.scene import WAYS_IN, Scene, expect_error, row

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
MALFORMED = expect_error("MalformedXML", 400)
NOT_FOUND = expect_error(
    "NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist", BucketName="bucket"
)


def abort(days, id_="rule", status="Enabled", **filter_):
    return {
        "ID": id_,
        "Status": status,
        "Filter": filter_ or {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
    }


def put(*rules, **params):
    return lambda scene: scene.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": list(rules)}, **params)


@pytest.fixture(params=WAYS_IN)
def noon(request):
    with FakeS3(buckets=["bucket"], clock=lambda: NOON, open_uploads="ignore") as fake:
        yield Scene(fake, WAYS_IN[request.param])


def test_put_get_delete(scene):
    NOT_FOUND.check(scene, lambda s: s.GetBucketLifecycleConfiguration())
    put(abort(3), abort(4, "other"))(scene)
    answer = scene.GetBucketLifecycleConfiguration()
    assert answer["Rules"] == [abort(3), abort(4, "other")]
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    scene.DeleteBucketLifecycle()
    scene.DeleteBucketLifecycle()
    NOT_FOUND.check(scene, lambda s: s.GetBucketLifecycleConfiguration())


def test_a_rule_without_an_id_gets_one(scene):
    rule = abort(3)
    del rule["ID"]
    put(rule)(scene)
    assert scene.GetBucketLifecycleConfiguration()["Rules"][0]["ID"]


# rules -> abort date and rule of an upload of "logs/a" with the tag a=b; F113: rounded up to midnight
ABORT_DATES = [
    ([abort(1)], ("2026-03-03", "rule")),
    ([abort(7)], ("2026-03-09", "rule")),
    ([abort(7), abort(2, "sooner")], ("2026-03-04", "sooner")),
    ([abort(1, Prefix="logs/")], ("2026-03-03", "rule")),
    ([abort(1, Prefix="other/")], None),
    ([abort(1, status="Disabled")], None),
    ([abort(1, Tag={"Key": "a", "Value": "b"})], ("2026-03-03", "rule")),
    ([abort(1, Tag={"Key": "a", "Value": "c"})], None),
    ([abort(1, And={"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}]})], ("2026-03-03", "rule")),
    ([abort(1, And={"Prefix": "x", "Tags": [{"Key": "a", "Value": "b"}]})], None),
    ([abort(1, ObjectSizeGreaterThan=5)], None),  # an upload in progress has no size
    ([{"ID": "x", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}], None),
]


@pytest.mark.parametrize(("rules", "expected"), ABORT_DATES)
def test_abort_date(noon, rules, expected):
    put(*rules)(noon)
    created = noon.CreateMultipartUpload(Key="logs/a", Tagging="a=b")
    noon.upload_id = created["UploadId"]
    for answer in (created, noon.ListParts(Key="logs/a")):
        if expected is None:
            assert not {"AbortDate", "AbortRuleId"} & set(answer)
        else:
            date, rule = expected
            assert answer["AbortDate"] == datetime.fromisoformat(date).replace(tzinfo=timezone.utc)
            assert answer["AbortRuleId"] == rule


def rule(**parts):
    return {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, **parts}


EXPIRE = {"Expiration": {"Days": 1}}
BAD_RULES = [
    row("manual", "no rules", put(), MALFORMED),
    row("manual", "no action", put(rule()), expect_error("InvalidRequest", 400, "At least one action needs to be specified in a rule")),
    row("manual", "no filter, no prefix", put({"ID": "x", "Status": "Enabled", **EXPIRE}), MALFORMED),
    row("manual", "filter and prefix", put(rule(Prefix="a", **EXPIRE)), MALFORMED),
    row("manual", "two filters", put(rule(**EXPIRE, Filter={"Prefix": "a", "ObjectSizeLessThan": 5})), MALFORMED),
    row("manual", "the same id twice", put(rule(**EXPIRE), rule(**EXPIRE)), expect_error("InvalidArgument", 400)),
    row("manual", "a long id", put(rule(**EXPIRE, ID="x" * 256)), expect_error("InvalidArgument", 400, "ID length should not exceed allowed limit of 255")),
    row("manual", "days and date", put(rule(Expiration={"Days": 1, "Date": NOON})), MALFORMED),
    row("manual", "zero days", put(rule(Expiration={"Days": 0})), expect_error("InvalidArgument", 400, "'Days' for Expiration action must be a positive integer")),
    row("manual", "zero days to abort", put(abort(0)), expect_error("InvalidArgument", 400, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")),
    row("O9", "no bucket", put(abort(1), Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD_RULES)
def test_bad_rules(scene, act, expect):
    expect.check(scene, act)
    NOT_FOUND.check(scene, lambda s: s.GetBucketLifecycleConfiguration())
