"""The clock: advanced, frozen, given by the user, or moved by freezegun and time-machine."""

from datetime import datetime, timedelta, timezone

import boto3
import pytest

from fakes3mp import FakeS3
from fakes3mp.service.clock import Clock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
ABORT = {
    "ID": "abort",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def put_rule_and_start_upload(fake):
    fake.client().put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [ABORT]})
    return fake.client().create_multipart_upload(Bucket="media", Key="k")


def test_freeze_and_advance():
    with FakeS3(buckets=["media"]) as fake:
        fake.clock.freeze("2026-03-01T12:00:00Z")
        assert fake.put("media", "k", b"").modified == NOON
        fake.clock.advance(days=1, hours=2, minutes=3, seconds=4)
        assert fake.put("media", "k", b"").modified == NOON + timedelta(days=1, hours=2, minutes=3, seconds=4)
        assert fake.calls == []


def test_freeze_takes_the_present_too():
    clock = Clock(iter([NOON, NOON + timedelta(hours=1)]).__next__)
    assert clock.freeze() == NOON
    assert clock.now() == NOON


def test_resume_goes_on_from_there():
    source = iter([NOON, NOON, NOON + timedelta(seconds=3)])
    clock = Clock(source.__next__)
    clock.freeze("2026-01-01")
    clock.advance(days=1)
    clock.resume()
    assert clock.now() - datetime(2026, 1, 2, tzinfo=timezone.utc) == timedelta()
    assert clock.now() - datetime(2026, 1, 2, tzinfo=timezone.utc) == timedelta(seconds=3)


def test_a_clock_that_runs_can_be_advanced():
    clock = Clock()
    before = clock.now()
    clock.advance(days=8)
    assert timedelta(days=8) <= clock.now() - before < timedelta(days=8, minutes=1)


class Watch:
    """A clock that a user has written."""

    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at


@pytest.mark.parametrize(
    "clock", [Watch(), Watch().now, Clock(Watch()), lambda: NOON.astimezone(timezone(timedelta(hours=3)))]
)
def test_a_clock_of_the_user(clock):
    with FakeS3(buckets=["media"], clock=clock) as fake:
        assert fake.put("media", "k", b"").modified == NOON
        fake.clock.advance(hours=1)
        assert fake.put("media", "k", b"").modified == NOON + timedelta(hours=1)


def test_rules_run_when_the_users_clock_moves():
    watch = Watch()
    with FakeS3(buckets=["media"], clock=watch) as fake:
        put_rule_and_start_upload(fake)
        watch.at += timedelta(days=8)
        assert "Uploads" not in fake.client().list_multipart_uploads(Bucket="media")
        assert [action.action for action in fake.clock.ran] == ["AbortIncompleteMultipartUpload"]


def test_freezegun():
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2026-03-01 12:00:00") as frozen, FakeS3(buckets=["media"]) as fake:
        put_rule_and_start_upload(fake)
        assert fake.put("media", "k", b"").modified == NOON
        frozen.move_to("2026-03-09 12:00:00")
        assert [str(action) for action in fake.clock.ran] == []
        assert "Uploads" not in boto3.client("s3").list_multipart_uploads(Bucket="media")
        assert [str(action) for action in fake.clock.ran] == [
            "2026-03-09 AbortIncompleteMultipartUpload of media/k by rule 'abort'"
        ]


def test_time_machine():
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel(NOON, tick=False) as traveller, FakeS3(buckets=["media"]) as fake:
        put_rule_and_start_upload(fake)
        traveller.move_to(NOON + timedelta(days=8))
        boto3.client("s3").list_buckets()
        fake.assert_no_open_uploads()


def test_reset_goes_back_to_the_present():
    with FakeS3(clock=lambda: NOON) as fake:
        fake.clock.freeze("2027-01-01")
        fake.reset()
        assert fake.clock.now() == NOON
        assert fake.clock.freeze("2025-01-01") < NOON


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda c: c.advance(days=-1), "a clock does not go backwards"),
        (lambda c: (c.freeze("2026-03-02"), c.freeze("2026-03-01")), "freeze it at 2026-03-02T00:00:00.00:00 or later"),
        (lambda c: (c.advance(days=2), c.freeze(NOON)), "cannot go back from 2026-03-03"),
        (lambda c: c.freeze(datetime(2026, 1, 1)), "needs a time zone"),
        (lambda c: c.freeze("soon"), "Invalid isoformat"),
        (lambda c: Clock(lambda: datetime(2026, 1, 1)).now(), "needs a time zone"),
    ],
)
def test_bad_input(act, message):
    with pytest.raises(ValueError, match=message):
        act(Clock(lambda: NOON))


def test_a_clock_of_another_type():
    with pytest.raises(TypeError, match="is neither"):
        FakeS3(clock=NOON.isoformat())


PRESIGNED = {
    "v4": ({}, ["X-Amz-Expires", "Expires", "ServerTime"]),
    "v2": ({"signature_version": "s3"}, ["Expires", "ServerTime"]),
}


@pytest.mark.parametrize("version", PRESIGNED)
def test_presigned_urls_run_out_with_the_clock(version):
    """O141, without a client that reads the clock."""
    from botocore.config import Config

    from fakes3mp.wire.messages import Request

    options, fields = PRESIGNED[version]
    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"hello")
        signed = {"Params": {"Bucket": "media", "Key": "k"}, "ExpiresIn": 60}
        client = boto3.client("s3", config=Config(**{"signature_version": "s3v4", **options}))
        url = client.generate_presigned_url("get_object", **signed)
        assert fake.handle(Request("GET", url, {})).body.read() == b"hello"
        fake.clock.advance(seconds=90)
        response = fake.handle(Request("GET", url, {}))
        text = response.body.read().decode()
        assert response.status == 403
        assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in text
        assert [name for name in fields if f"<{name}>" in text] == fields
        assert ("<X-Amz-Expires>60</X-Amz-Expires>" in text) == (version == "v4")
