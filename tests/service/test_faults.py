"""Fault rules: bad input, and warnings about rules that did not fire."""

import pytest

from fakes3mp import ANY, FakeS3, UnfiredFaultWarning


@pytest.fixture
def faults():
    return FakeS3().faults


BAD = {
    "operation": (lambda f: f.on("UploadPrat"), "no operation 'UploadPrat'; did you mean UploadPart"),
    "parameter": (lambda f: f.on("UploadPart", PartNo=1), "no parameter of UploadPart called 'PartNo'; did you mean PartNumber"),
    "parameter of any": (lambda f: f.on(ANY, Buckett="x"), "did you mean Bucket"),
    "text for a number": (lambda f: f.on("UploadPart", PartNumber="2"), "PartNumber=2 without quotes"),
    "code": (lambda f: f.on("GetObject").error("SlowDwon"), "no error code of S3 'SlowDwon'; did you mean SlowDown"),
    "code inside a 200": (lambda f: f.on("CopyObject").ok_with_error("Internal"), "did you mean InternalError"),
    "200 elsewhere": (lambda f: f.on("PutObject").ok_with_error(), "only to CompleteMultipartUpload, CopyObject, UploadPartCopy"),
    "times": (lambda f: f.on("PutObject").times(0), "at least once"),
    "nth": (lambda f: f.on("PutObject").nth(0), "counted from 1"),
    "rate": (lambda f: f.on("PutObject").rate(20), "above 0 and at most 1"),
    "delay": (lambda f: f.on("PutObject").delay(-1), "cannot be negative"),
    "after": (lambda f: f.on("GetObject").truncate_body(after=-1), "0 bytes or more"),
    "whose body": (lambda f: f.on("GetObject").corrupt_body(of="response"), "'request' or of the 'answer', not of 'response'"),
    "no body": (lambda f: f.on("HeadObject").corrupt_body(), "the answer to HeadObject has no body"),
    "two effects": (lambda f: f.on("GetObject").timeout().error("SlowDown"), "does timeout already; add another one"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(faults, name):
    add_rule, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        add_rule(faults)


def test_all_fired_explains_itself(faults):
    assert faults.all_fired() == True  # noqa: E712
    assert repr(faults.all_fired()) == "<True: every rule fired>"
    faults.on("UploadPart", PartNumber=2).times(2).after_commit().error("SlowDown")
    verdict = faults.all_fired()
    assert not verdict
    rule = "<on('UploadPart', PartNumber=2).times(2).after_commit(): SlowDown, fired 0 times, matched 0>"
    assert repr(verdict) == f"<False: never fired: {rule}>"
    faults.clear()
    assert faults.all_fired()


def test_a_rule_without_effect_never_fires():
    with pytest.warns(UnfiredFaultWarning, match="no effect: add"), FakeS3(buckets=["media"]) as fake:
        rule = fake.faults.on("ListObjectsV2")
        fake.client().list_objects_v2(Bucket="media")
        assert rule.fired == 0


def test_a_rule_that_fired_less_often_than_it_should_is_reported():
    with (
        pytest.warns(UnfiredFaultWarning, match=r"times\(2\): AccessDenied, fired 1 time, matched 1"),
        FakeS3() as fake,
    ):
        fake.faults.on("ListBuckets").times(2).error("AccessDenied")
        with pytest.raises(Exception, match="AccessDenied"):
            fake.client().list_buckets()


def test_no_warning_where_all_fired_or_the_test_failed():
    with FakeS3() as fake:
        fake.faults.on("ListBuckets").error("SlowDown")
        fake.faults.on("ListBuckets").rate(0.01).error("SlowDown")
        with pytest.raises(Exception, match="SlowDown"):
            fake.client().list_buckets()
        fake.faults.clear()
        fake.faults.on("ListBuckets").rate(0.000001).error("SlowDown")
        fake.client().list_buckets()
    with pytest.raises(ZeroDivisionError), FakeS3() as fake:
        fake.faults.on("ListBuckets").error("SlowDown")
        raise ZeroDivisionError


def test_a_reset_removes_the_rules():
    with FakeS3() as fake:
        fake.faults.on("ListBuckets").error("SlowDown")
        fake.reset()
        assert fake.faults.rules == ()
