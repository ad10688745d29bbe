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
    options = {"clock": lambda: NOON, "open_uploads": "ignore"}
    with FakeS3(buckets=["bucket"], **options) as fake, Scene(fake, WAYS_IN[request.param]) as scene:
        yield scene


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


# rules -> abort date and rule of an upload of "logs/a"; F113: rounded up to midnight
ABORT_DATES = [
    ([abort(1)], ("2026-03-03", "rule")),
    ([abort(7)], ("2026-03-09", "rule")),
    ([abort(7), abort(2, "sooner")], ("2026-03-04", "sooner")),
    ([abort(1, Prefix="logs/")], ("2026-03-03", "rule")),
    ([abort(1, Prefix="other/")], None),
    ([abort(1, status="Disabled")], None),
    ([{"ID": "x", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}], None),
]


@pytest.mark.parametrize(("rules", "expected"), ABORT_DATES)
def test_abort_date(noon, rules, expected):
    put(*rules)(noon)
    created = noon.CreateMultipartUpload(Key="logs/a")
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


def transitions(*actions, **others):
    return rule(Transitions=list(actions), **others)


def noncurrent(*actions, **others):
    return rule(NoncurrentVersionTransitions=list(actions), **others)


def invalid_argument(message, **fields):
    return expect_error("InvalidArgument", 400, message, **fields)


def invalid_request(message):
    return expect_error("InvalidRequest", 400, message)


def filtered(**filter_):
    return rule(Filter=filter_, **EXPIRE)


NOT_MIDNIGHT = invalid_argument("'Date' must be at midnight GMT", ArgumentName="Date")
DUPLICATE_TAGS = invalid_request("Duplicate Tag Keys are not allowed.")
MIXED = invalid_request("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule")
MIDNIGHT = NOON.replace(hour=0)
TAG, SIZE = {"Tag": {"Key": "a", "Value": "b"}}, {"ObjectSizeGreaterThan": 5}
BOTH = {"And": {"Prefix": "x", "Tags": [TAG["Tag"]]}}
MARKER = {"Expiration": {"ExpiredObjectDeleteMarker": True}}
EXPIRE = {"Expiration": {"Days": 1}}
TOO_LARGE = 2**31
BAD_RULES = [
    row("manual", "no rules", put(), MALFORMED),
    row("manual", "no action", put(rule()), expect_error("InvalidRequest", 400, "At least one action needs to be specified in a rule")),
    row("manual", "no filter, no prefix", put({"ID": "x", "Status": "Enabled", **EXPIRE}), MALFORMED),
    row("O340", "filter and prefix", put(rule(Prefix="a", **EXPIRE)), invalid_request("Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.")),
    row("O340", "prefix after a filter", put(rule(**EXPIRE), {"ID": "y", "Status": "Enabled", "Prefix": "a", **EXPIRE}), invalid_request("Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.")),
    row("O340", "filter after a prefix", put({"ID": "y", "Status": "Enabled", "Prefix": "a", **EXPIRE}, rule(**EXPIRE)), invalid_request("Filter element can only be used in Lifecycle V2.")),
    row("manual", "two filters", put(rule(**EXPIRE, Filter={"Prefix": "a", "ObjectSizeLessThan": 5})), MALFORMED),
    row("manual", "the same id twice", put(rule(**EXPIRE), rule(**EXPIRE)), expect_error("InvalidArgument", 400)),
    row("manual", "a long id", put(rule(**EXPIRE, ID="x" * 256)), expect_error("InvalidArgument", 400, "ID length should not exceed allowed limit of 255")),
    row("manual", "days and date", put(rule(Expiration={"Days": 1, "Date": NOON})), MALFORMED),
    row("manual", "zero days", put(rule(Expiration={"Days": 0})), expect_error("InvalidArgument", 400, "'Days' for Expiration action must be a positive integer")),
    row("manual", "zero days to abort", put(abort(0)), expect_error("InvalidArgument", 400, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")),
    row("ours", "an id that cannot be a header's", put(rule(**EXPIRE, ID="a\nb: c")), expect_error("InvalidArgument", 400)),
    row("O218", "expiration not at midnight", put(rule(Expiration={"Date": NOON})), NOT_MIDNIGHT),
    row("O218", "transition not at midnight", put(transitions({"Date": NOON, "StorageClass": "GLACIER"})), NOT_MIDNIGHT),
    row("O218", "empty expiration", put(rule(Expiration={})), MALFORMED),
    row("O218", "empty noncurrent expiration", put(rule(NoncurrentVersionExpiration={})), MALFORMED),
    row("O218", "only newer versions", put(rule(NoncurrentVersionExpiration={"NewerNoncurrentVersions": 2})), MALFORMED),
    row("O218", "empty abort", put(rule(AbortIncompleteMultipartUpload={})), MALFORMED),
    row("O218", "transition to nowhere", put(transitions({"Days": 1})), MALFORMED),
    row("O218", "transition never", put(transitions({"StorageClass": "GLACIER"})), MALFORMED),
    row("O218", "transition by days and date", put(transitions({"Days": 1, "Date": MIDNIGHT, "StorageClass": "GLACIER"})), MALFORMED),
    row("O218", "noncurrent transition to nowhere", put(noncurrent({"NoncurrentDays": 1})), MALFORMED),
    row("O218", "noncurrent transition never", put(noncurrent({"StorageClass": "GLACIER"})), MALFORMED),
    row("O218", "unknown storage class", put(transitions({"Days": 1, "StorageClass": "STANDARD"})), MALFORMED),
    row("O218", "a tag twice", put(filtered(And={"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})), DUPLICATE_TAGS),
    row("O218", "unknown minimum size", put(rule(**EXPIRE), TransitionDefaultMinimumObjectSize="value"), invalid_request("Invalid TransitionDefaultMinimumObjectSize found: value")),
    row("O218", "STANDARD_IA too soon", put(transitions({"Days": 29, "StorageClass": "STANDARD_IA"})), invalid_argument("'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'")),
    row("O218", "ONEZONE_IA too soon", put(transitions({"Days": 0, "StorageClass": "ONEZONE_IA"})), invalid_argument("'Days' in Transition action must be greater than or equal to 30 for storageClass 'ONEZONE_IA'")),
    row("O218", "noncurrent, too soon", put(noncurrent({"NoncurrentDays": 29, "StorageClass": "STANDARD_IA"})), expect_error("InvalidArgument", 400)),
    row("O218", "negative days", put(rule(Expiration={"Days": -1})), invalid_argument("'Days' for Expiration action must be a positive integer")),
    row("O218", "transition after negative days", put(transitions({"Days": -1, "StorageClass": "GLACIER"})), invalid_argument("'Days' in Transition action must be nonnegative")),
    row("O218", "noncurrent after no days", put(rule(NoncurrentVersionExpiration={"NoncurrentDays": 0})), invalid_argument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")),
    row("O218", "expiration with the transition", put(transitions({"Days": 5, "StorageClass": "GLACIER"}, Expiration={"Days": 5})), expect_error("InvalidArgument", 400)),
    row("O218", "expiration before one of two transitions", put(transitions({"Days": 50, "StorageClass": "GLACIER"}, {"Days": 30, "StorageClass": "STANDARD_IA"}, Expiration={"Days": 40})), expect_error("InvalidArgument", 400)),
    row("O218", "expiration before the transition's date", put(transitions({"Date": MIDNIGHT, "StorageClass": "GLACIER"}, Expiration={"Date": MIDNIGHT})), expect_error("InvalidArgument", 400)),
    row("O343", "noncurrent expiration with the transition", put(noncurrent({"NoncurrentDays": 5, "StorageClass": "GLACIER"}, NoncurrentVersionExpiration={"NoncurrentDays": 5})), invalid_argument("'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action")),
    row("O218", "expiration by days, transition by date", put(transitions({"Date": MIDNIGHT, "StorageClass": "GLACIER"}, Expiration={"Days": 5})), MIXED),
    row("O218", "transitions by days and by date", put(transitions({"Date": MIDNIGHT, "StorageClass": "GLACIER"}, {"Days": 90, "StorageClass": "DEEP_ARCHIVE"})), MIXED),
    row("O343", "a storage class twice", put(transitions({"Days": 1, "StorageClass": "GLACIER"}, {"Days": 2, "StorageClass": "GLACIER"})), invalid_request("'StorageClass' must be different for 'Transition' actions in same 'Rule'")),
    row("manual", "too many newer versions", put(rule(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 101})), expect_error("InvalidArgument", 400)),
    row("manual", "no newer version", put(noncurrent({"NoncurrentDays": 1, "NewerNoncurrentVersions": 0, "StorageClass": "GLACIER"})), expect_error("InvalidArgument", 400)),
    row("O341", "abort by a tag", put(abort(1, **TAG)), invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")),
    row("O341", "abort by tags", put(abort(1, **BOTH)), invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")),
    row("O341", "abort by a size", put(abort(1, **SIZE)), invalid_request("AbortIncompleteMultipartUpload cannot be specified with Object Size.")),
    row("O341", "markers by a tag", put(rule(**MARKER, Filter=TAG)), invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.")),
    row("O341", "markers by a size", put(rule(**MARKER, Filter={"ObjectSizeLessThan": 5})), invalid_request("ExpiredObjectDeleteMarker cannot be specified with Object Size.")),
    row("O342", "no size", put(filtered(ObjectSizeGreaterThan=-1)), invalid_request("'ObjectSizeGreaterThan' should be between 0 and 1099511627776000.")),
    row("O342", "size too large", put(filtered(ObjectSizeLessThan=1099511627776001)), invalid_request("'ObjectSizeLessThan' should be between 1 and 1099511627776000.")),
    row("O342", "less than nothing", put(filtered(ObjectSizeLessThan=0)), invalid_request("'ObjectSizeLessThan' should be between 1 and 1099511627776000.")),
    row("O342", "no size in between", put(filtered(And={"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5})), invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")),
    row("O344", "more days than an integer", put(rule(Expiration={"Days": TOO_LARGE})), MALFORMED),
    row("O344", "more days to abort than an integer", put(abort(TOO_LARGE)), MALFORMED),
    row("O344", "more days to move than an integer", put(transitions({"Days": TOO_LARGE, "StorageClass": "GLACIER"})), MALFORMED),
    row("O9", "no bucket", put(abort(1), Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


GOOD_RULES = [
    rule(Expiration={"ExpiredObjectDeleteMarker": False}),
    rule(**EXPIRE, Filter={}),
    rule(Expiration={"Date": MIDNIGHT}),
    filtered(And={"Prefix": "a", "ObjectSizeGreaterThan": 0, "ObjectSizeLessThan": 1099511627776000}),
    filtered(ObjectSizeLessThan=1),
    transitions({"Days": 0, "StorageClass": "GLACIER"}, {"Days": 30, "StorageClass": "STANDARD_IA"}, Expiration={"Days": 31}),
    transitions({"Date": MIDNIGHT, "StorageClass": "GLACIER"}, Expiration={"Date": MIDNIGHT.replace(day=2)}),
    transitions({"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}, Expiration={"ExpiredObjectDeleteMarker": True}),
    noncurrent({"NoncurrentDays": 0, "NewerNoncurrentVersions": 100, "StorageClass": "GLACIER_IR"}, NoncurrentVersionExpiration={"NoncurrentDays": 1}),
    {"ID": "old", "Status": "Enabled", "Prefix": "logs/", **EXPIRE},
]  # fmt: skip


@pytest.mark.parametrize("accepted", GOOD_RULES)
def test_good_rules(scene, accepted):
    """The least that O218, O340-O343 let through."""
    put(accepted)(scene)
    scene.GetBucketLifecycleConfiguration()


@pytest.mark.parametrize(("act", "expect"), BAD_RULES)
def test_bad_rules(scene, act, expect):
    expect.check(scene, act)
    NOT_FOUND.check(scene, lambda s: s.GetBucketLifecycleConfiguration())
