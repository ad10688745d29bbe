"""What the call log records, and in how little: all calls, the last ones or none."""

import threading

import pytest

from fakes3mp import ANY, FakeS3
from fakes3mp.inspection import call_records


def get_some(fake, number):
    s3 = fake.client()
    for index in range(number):
        s3.list_objects_v2(Bucket="media", Prefix=str(index))


@pytest.mark.parametrize(
    ("record", "number", "prefixes"),
    [
        ("all", 3, ["0", "1", "2"]),
        ("none", 3, []),
        ("last:2", 1, ["0"]),
        ("last:2", 2, ["0", "1"]),
        ("last:2", 9, ["7", "8"]),
        ("last:100", 250, [str(index) for index in range(150, 250)]),
    ],
)
def test_which_calls_are_recorded(record, number, prefixes):
    with FakeS3(buckets=["media"], record=record) as fake:
        get_some(fake, number)
        assert [call.params["Prefix"] for call in fake.calls] == prefixes
        assert len(fake._call_log._records) <= 1.25 * len(prefixes)
        fake.clear_calls()
        assert fake.calls == []
        get_some(fake, 1)
        assert len(fake.calls) == (record != "none")


@pytest.mark.parametrize("record", ["some", "last", "last:", "last:0", "last:-1", "last: 5", "ALL", ""])
def test_an_unknown_choice_is_refused(record):
    with pytest.raises(ValueError, match="record is 'all', 'none' or 'last:' and a number"):
        FakeS3(record=record)


def test_parts_without_recorded_calls():
    """The views show what is stored; without a record there are no attempts."""
    with FakeS3(buckets=["media"], record="none", open_uploads="ignore") as fake:
        s3, upload = fake.client(), {"Bucket": "media", "Key": "k"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        s3.upload_part(**upload, PartNumber=1, Body=b"x")
    part = fake.uploads.one().part(1)
    assert (part.size, part.body, part.attempts) == (1, b"x", ())


def test_calls_do_not_change_while_others_are_recorded():
    with FakeS3(buckets=["media"], record="last:5") as fake:
        get_some(fake, 5)
        calls = fake.calls
        expected = list(calls)
        get_some(fake, 20)
        assert list(calls) == expected
        assert calls[-1].params["Prefix"] == "4"
        assert calls[1:3] == expected[1:3]
        fake.clear_calls()
        assert list(calls) == expected


def test_only_the_calls_that_are_asked_for_are_built(monkeypatch):
    built, build = [], call_records._call
    monkeypatch.setattr(call_records, "_call", lambda record: built.append(record) or build(record))
    with FakeS3(buckets=["media"]) as fake:
        get_some(fake, 50)
        calls = fake.calls
        assert len(calls) == 50
        assert [call.params["Prefix"] for call in calls.of("ListObjectsV2", Prefix="7")] == ["7"]
        assert calls.of("PutObject") == []
        assert calls.of(ANY, Key=ANY) == []
        assert calls[-1].params["Prefix"] == "49"
        assert len(built) == 2
        assert fake.calls[-1] is calls[-1]


def test_calls_are_recorded_from_any_thread():
    with FakeS3(buckets=["media"], record="last:1000") as fake:
        threads = [threading.Thread(target=get_some, args=(fake, 50), name=f"t{number}") for number in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            calls = fake.calls
            assert len(list(calls)) == len(calls)
        assert sorted({call.thread for call in fake.calls}) == ["t0", "t1", "t2", "t3"]
        assert len(fake.calls) == 200
