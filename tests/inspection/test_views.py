"""Views, recorded calls and assertions, with the text of failed ones."""

import pytest

from fakes3mp import ANY, Call, FakeS3, etag_of
from fakes3mp.inspection.diff import explain_difference
from fakes3mp.wire.messages import Request


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


def start(fake, key="video.mp4", **params):
    return fake.client().create_multipart_upload(Bucket="media", Key=key, **params)["UploadId"]


def part(fake, upload_id, number, body, key="video.mp4", **params):
    return fake.client().upload_part(
        Bucket="media", Key=key, UploadId=upload_id, PartNumber=number, Body=body, **params
    )["ETag"]


def complete(fake, upload_id, etags, key="video.mp4"):
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    return fake.client().complete_multipart_upload(
        Bucket="media", Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
    )


def upload_whole(fake, *bodies, key="video.mp4"):
    upload_id = start(fake, key, Metadata={"a": "b"})
    return complete(fake, upload_id, [part(fake, upload_id, n, body, key) for n, body in enumerate(bodies, 1)], key)


def test_an_upload(fake):
    response = upload_whole(fake, b"aaa", b"bb")
    upload = fake.uploads.one(key="video.mp4")
    assert upload.state == "completed"
    assert [part.number for part in upload.parts] == [1, 2]
    assert (upload.part(2).size, upload.part(2).body, upload.part(2).checksums["CRC32"]) == (2, b"bb", "ta4brg==")
    assert upload.part(2).etag == etag_of(b"bb")
    assert upload.etag == response["ETag"] == etag_of(b"aaabb", part_size=3)
    assert (upload.bucket, upload.key, upload.metadata, upload.size) == ("media", "video.mp4", {"a": "b"}, 5)
    assert [call.operation for call in upload.calls] == [
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload",
    ]
    assert len(repr(upload.part(2))) < 120
    upload.assert_completed(parts=2, etag=etag_of(b"aaabb", part_size=3))
    upload.assert_contiguous()
    upload.assert_each_part_once()


def test_states(fake):
    upload_whole(fake, b"a", key="completed")
    fake.client().abort_multipart_upload(Bucket="media", Key="aborted", UploadId=start(fake, "aborted"))
    start(fake, "open")
    assert [upload.key for upload in fake.uploads.completed] == ["completed"]
    assert [upload.key for upload in fake.uploads.aborted] == ["aborted"]
    assert [upload.key for upload in fake.uploads.open] == ["open"]
    assert [upload.key for upload in fake.uploads] == ["completed", "aborted", "open"]
    assert fake.uploads[1:].one(state="open").key == "open"


def test_attempts(fake):
    """Stored, replaced and failed, each with its call."""
    upload_id = start(fake)
    with pytest.raises(Exception, match="InvalidDigest"):
        part(fake, upload_id, 1, b"x", ContentMD5="not an MD5")
    assert [attempt.outcome for attempt in fake.uploads.one().part(1).attempts] == ["InvalidDigest"]
    assert fake.uploads.one().part(1).etag is None
    part(fake, upload_id, 1, b"y")
    part(fake, upload_id, 1, b"zz")
    attempts = fake.uploads.one().part(1).attempts
    outcomes = [(attempt.outcome, attempt.size) for attempt in attempts]
    assert outcomes == [("InvalidDigest", 1), ("replaced", 1), ("stored", 2)]
    assert attempts[0].etag is None
    assert attempts[2].etag == etag_of(b"zz")
    assert attempts[2].call.params["Body"] == b"zz"


def test_views_are_frozen(fake):
    upload_id = start(fake)
    before = fake.uploads.one()
    part(fake, upload_id, 1, b"x")
    assert before.parts == ()
    with pytest.raises(AttributeError):
        before.state = "completed"


def test_an_object(fake):
    upload_whole(fake, b"aaa", b"bb")
    view = fake.object("media", "video.mp4")
    assert (view.body, view.size, view.etag) == (b"aaabb", 5, etag_of(b"aaabb", 3))
    assert [(part.number, part.body, part.etag) for part in view.parts] == [
        (1, b"aaa", etag_of(b"aaa")),
        (2, b"bb", etag_of(b"bb")),
    ]
    assert view.metadata == {"a": "b"}
    assert view.versions == (view,)
    fake.assert_object("media", "video.mp4", body=b"aaabb", etag=view.etag)


def test_seeding(fake):
    fake.create_bucket("other")
    seeded = fake.put("other", "seed.bin", b"seed", Metadata={"x": "y"}, ContentType="text/plain")
    assert (seeded.body, seeded.metadata, seeded.content_type) == (b"seed", {"x": "y"}, "text/plain")
    assert fake.buckets["other"].keys() == ["seed.bin"]
    assert len(fake.calls) == 0
    with pytest.raises(TypeError, match="PutObject does not honour Colour"):
        fake.put("other", "k", b"", Colour="red")


def test_calls(fake):
    upload_id = start(fake)
    part(fake, upload_id, 1, b"x")
    part(fake, upload_id, 2, b"y")
    calls = fake.calls.of("UploadPart", PartNumber=2)
    assert len(calls) == 1
    assert calls[0].params["Body"] == b"y"
    assert calls[0].result["ETag"] == etag_of(b"y")
    assert (calls[0].error, calls[0].outcome, calls[0].thread) == (None, "ok", "MainThread")
    assert calls[0].duration >= 0
    assert len(fake.calls.of(Bucket="media")) == 3
    assert len(fake.calls[1:].of(ANY, PartNumber=ANY)) == 2
    fake.assert_called("UploadPart", PartNumber=2, times=1)
    fake.assert_called("UploadPart", ChecksumCRC32=ANY, times=2)
    fake.assert_not_called("AbortMultipartUpload")


def test_a_refused_call_is_recorded(fake):
    with pytest.raises(Exception, match="NoSuchUpload"):
        part(fake, "nothing", 1, b"x")
    assert repr(fake.calls[0]).startswith("<UploadPart(Bucket='media', Key='video.mp4', ")
    assert fake.calls[0].error.fields == {"UploadId": "nothing"}


# the assertion -> what the text of its failure must contain
FAILURES = {
    "one of none": (lambda f: f.uploads.one(key="x"), ["exactly one upload with key='x', found 0", "video.mp4"]),
    "one of two": (lambda f: f.uploads.one(bucket="media"), ["found 2", "video.mp4", "open"]),
    "no such part": (lambda f: f.uploads[0].part(7), ["part 7 of", "was never uploaded", "<part 1: 3 bytes"]),
    "still open": (lambda f: f.uploads[1].assert_completed(), ["'open' to be completed, but it is open", "no CompleteMultipartUpload call was recorded", "CreateMultipartUpload"]),
    "part count": (lambda f: f.uploads[0].assert_completed(parts=3), ["expected 3 parts, found 2", "<part 1: 3 bytes"]),
    "etag of a put": (lambda f: f.uploads[0].assert_completed(etag=etag_of(b"aaabb")), ["expected ETag", "the actual ETag is that of a multipart upload of 2 parts, the expected one that of a single PutObject"]),
    "etag of other parts": (lambda f: f.uploads[0].assert_completed(etag=etag_of(b"aaabb", 2)), ["the actual ETag is that of a multipart upload of 2 parts, the expected one that of a multipart upload of 3 parts"]),
    "etag of other bytes": (lambda f: f.uploads[0].assert_completed(etag=etag_of(b"xxxbb", 3)), ["the bytes differ"]),
    "gap": (lambda f: f.uploads[1].assert_contiguous(), ["missing [1]"]),
    "put twice": (lambda f: f.uploads[1].assert_each_part_once(), ["part 2 has 2 attempts: replaced, stored"]),
    "a key that is nearly right": (lambda f: f.object("media", "vidoe.mp4"), ["did you mean video.mp4?"]),
    "a bucket that is nearly right": (lambda f: f.object("medai", "video.mp4"), ["did you mean media?"]),
    "an upload that is nearly right": (lambda f: f.uploads.one(key="vidoe.mp4"), ["did you mean video.mp4?"]),
    "no such object": (lambda f: f.object("media", "x"), ["no object media/x: The specified key does not exist.", "'video.mp4'"]),
    "no such bucket": (lambda f: f.object("x", "y"), ["The specified bucket does not exist", "'media'"]),
    "other length": (lambda f: f.assert_object("media", "video.mp4", body=b"x"), ["does not have the expected body", "5 bytes instead of 1"]),
    "other body": (lambda f: f.assert_object("media", "video.mp4", body=b"aaXbb"), ["first difference at byte 2: b'abb' instead of b'Xbb'"]),
    "other etag": (lambda f: f.assert_object("media", "video.mp4", etag="x"), ["expected ETag x of media/video.mp4", "that of a single PutObject"]),
    "never called": (lambda f: f.assert_called("PutObject"), ["no PutObject call was recorded, only CompleteMultipartUpload, CreateM"]),
    "called otherwise": (lambda f: f.assert_called("UploadPart", PartNumber=9, Key="video.mp4"), ["to be called at least once, but it was called 0 times", "PartNumber was 1"]),
    "how often": (lambda f: f.assert_called("UploadPart", times=1), ["to be called once, but it was called 4 times"]),
    "not sent": (lambda f: f.assert_called("UploadPart", ChecksumSHA1=ANY), ["ChecksumSHA1 was not sent", "request_checksum_calculation='when_required'"]),
    "MD5 not sent": (lambda f: f.assert_called("UploadPart", ContentMD5=ANY), ["ContentMD5 was not sent (boto3 sends checksums instead"]),
    "called after all": (lambda f: f.assert_not_called("UploadPart", PartNumber=1), ["expected UploadPart(PartNumber=1) not to be called, but it was called once", "<UploadPart("]),
    "left open": (lambda f: f.assert_no_open_uploads(), ["expected no open uploads, found 1", "media/open: 1 part, 1 byte, UploadId"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_failures_explain_themselves(fake, name):
    upload_whole(fake, b"aaa", b"bb")
    upload_id = start(fake, "open")
    part(fake, upload_id, 2, b"x", "open")
    part(fake, upload_id, 2, b"y", "open")
    assertion, expected = FAILURES[name]
    with pytest.raises(AssertionError) as failure:
        assertion(fake)
    for text in expected:
        assert text in str(failure.value)


def test_timeline(fake):
    upload_whole(fake, b"aaa", b"bb")
    lines = fake.uploads.one().timeline().splitlines()
    assert lines[0] == "media/video.mp4  completed  2 parts, 5 bytes"
    assert [line.split("|")[2].split()[0] for line in lines[2:]] == [
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload",
    ]
    assert "MainThread" in lines[3]
    assert str(etag_of(b"aaa")) in lines[3]


def test_the_timeline_of_a_part_without_a_number(fake):
    """A part number that cannot be read is none of the call's parameters."""
    upload_id = start(fake)
    url = f"https://media.s3.us-east-1.amazonaws.com/video.mp4?uploadId={upload_id}&partNumber="
    for number in ("x", "9" * 5000, ""):
        fake.handle(Request("PUT", url + number, {"content-length": "0"}))
    lines = fake.uploads.one().timeline().splitlines()
    assert [line.split("|")[2].split()[0] for line in lines[3:]] == ["UploadPart"] * 3


def test_etags_compare_with_or_without_quotes():
    """F41"""
    etag = etag_of(b"x")
    assert etag == str(etag).strip('"') == etag
    assert (etag != "other", etag == 5) == (True, False)


def test_reset_snapshot_restore(fake):
    first = start(fake)
    base = fake.snapshot()
    part(fake, first, 1, b"x")
    fake.put("media", "k", b"")
    fake.restore(base)
    assert fake.uploads.one().parts == ()
    assert fake.buckets["media"].keys() == []
    fake.restore(base)
    assert fake.uploads.one().state == "open"
    fake.reset()
    assert len(fake.uploads) == len(fake.calls) == 0
    assert start(fake) == first


def test_ids_depend_on_the_seed():
    ids = set()
    for seed in (1, 1, 2):
        with FakeS3(buckets=["media"], seed=seed, open_uploads="ignore") as fake:
            ids.add(start(fake))
    assert len(ids) == 2


def test_the_clock(fake):
    from datetime import datetime, timezone

    now = datetime(2020, 5, 6, 7, 8, 9, 999, tzinfo=timezone.utc)
    with FakeS3(buckets=["media"], clock=lambda: now) as fake:
        fake.put("media", "k", b"")
        assert fake.object("media", "k").modified == now.replace(microsecond=0)
        assert fake.client().head_object(Bucket="media", Key="k")["LastModified"] == now.replace(microsecond=0)


def test_clients_are_cached(fake):
    assert fake.client() is fake.client("s3")
    assert fake.client() is not fake.client("s3", region_name="eu-west-1")
    assert fake.resource().meta.client is not fake.client()


# a misspelled name -> the error
MISSPELLED = {
    "operation": (lambda f: f.assert_not_called("AbortMultipartUplaod"), ValueError, "no operation 'AbortMultipartUplaod'; did you mean AbortMultipartUpload"),
    "parameter": (lambda f: f.assert_not_called("UploadPart", Partnumber=1), ValueError, "no parameter of UploadPart called 'Partnumber'; did you mean PartNumber"),
    "parameter of any": (lambda f: f.calls.of(ANY, UplodId="x"), ValueError, "no parameter of any operation called 'UplodId'; did you mean UploadId"),
    "text for a number": (lambda f: f.calls.of("UploadPart", PartNumber="2"), ValueError, "PartNumber of UploadPart is a number: PartNumber=2 without quotes"),
    "boto3's own name": (lambda f: f.calls.of("upload_part"), ValueError, "did you mean UploadPart"),
    "field": (lambda f: f.uploads.of(kye="x"), ValueError, "no field of an upload called 'kye'; did you mean key"),
    "bucket": (lambda f: f.buckets["medai"], KeyError, "no bucket 'medai'; did you mean media"),
    "key": (lambda f: f.buckets["media"]["vidoe.mp4"], KeyError, "no object 'vidoe.mp4' in 'media'; did you mean video.mp4"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSPELLED)
def test_a_misspelled_name_is_an_error(fake, name):
    """Otherwise an assertion about it would always pass."""
    fake.put("media", "video.mp4", b"")
    lookup, error, message = MISSPELLED[name]
    with pytest.raises(error, match=message):
        lookup(fake)


def test_operations_of_s3_control_are_recorded(fake):
    fake.client("s3control").create_access_point(AccountId="123456789012", Name="my-ap", Bucket="media")
    fake.assert_called("CreateAccessPoint", Name="my-ap", times=1)


def test_calls_cannot_be_changed_nor_change_anything(fake):
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
    fake.client().put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": rules})
    fake.client().get_bucket_lifecycle_configuration(Bucket="media")
    put, get = fake.calls
    with pytest.raises(TypeError):
        put.params["Bucket"] = "other"
    with pytest.raises(AttributeError):
        put.operation = "other"
    put.params["LifecycleConfiguration"]["Rules"].clear()
    get.result["Rules"].clear()
    assert len(fake.client().get_bucket_lifecycle_configuration(Bucket="media")["Rules"]) == 1


def test_retries_are_grouped_into_one_story(fake):
    fake.faults.on("PutObject").times(2).error("SlowDown")
    for key in ("a", "b"):
        fake.client().put_object(Bucket="media", Key=key, Body=b"x")
    first, second = fake.calls.grouped
    assert [call.outcome for call in first.attempts] == ["SlowDown", "SlowDown", "ok"]
    assert [call.attempt for call in first.attempts] == [1, 2, 3]
    assert (first.operation, first.params["Key"], first.outcome) == ("PutObject", "a", "ok")
    assert first.waited == sum(call.waited for call in fake.calls[:3]) > 0
    assert len(second.attempts) == 1
    assert repr(first).startswith("<PutObject(Bucket='media', Key='a', ")
    assert repr(first).endswith("-> SlowDown, SlowDown, ok>")
    fake.assert_called("PutObject", Key="a", times=1)
    assert len(fake.calls.of("PutObject", Key="a")) == 3
    with pytest.raises(AssertionError, match=r"PutObject\(\) not to be called, but it was called 2 times"):
        fake.assert_not_called("PutObject")


def test_bodies_are_shared_or_not_recorded(fake):
    body = bytes(1000)
    fake.client().put_object(Bucket="media", Key="k", Body=body)
    assert fake.calls[0].params["Body"] is body
    assert fake.object("media", "k").body is body
    with FakeS3(buckets=["media"], record_bodies=False, min_part_size=1) as fake_without_bodies:
        upload_whole(fake_without_bodies, body)
        fake_without_bodies.client().get_object(Bucket="media", Key="video.mp4")
        upload_part, get_object = (
            fake_without_bodies.calls.of("UploadPart")[0],
            fake_without_bodies.calls.of("GetObject")[0],
        )
        assert len(upload_part.params["Body"]) == len(get_object.result["Body"]) == 1000
        assert "Body=<1000 bytes, not recorded>" in repr(upload_part)
        assert fake_without_bodies.uploads.one().part(1).attempts[0].size == 1000
        assert fake_without_bodies.object("media", "video.mp4").body == body


def test_reprs_fit_a_line(fake):
    upload_whole(fake, b"aaa", b"bb", key="a/long/" * 20)
    upload = fake.uploads.one()
    views = [upload, upload.part(1), upload.part(1).attempts[0], *fake.calls, *fake.calls.grouped, upload.etag]
    views.append(fake.object("media", "a/long/" * 20))
    assert [repr(view) for view in views if len(repr(view)) > 160 or "\n" in repr(view)] == []
    assert repr(upload.part(1)) == f"<part 1: 3 bytes, {etag_of(b'aaa')}, CRC32 8AdzLQ==>"


def test_what_differs_between_calls():
    put, get = Call("PutObject", {"Key": "a"}), Call("GetObject", {"Key": "a"})
    assert explain_difference("==", put, get) == [
        "<PutObject(Key='a') -> ok> == <GetObject(Key='a') -> ok>",
        "operation: 'PutObject' != 'GetObject'",
    ]


@pytest.mark.parametrize("record_bodies", [True, False])
def test_the_parts_of_a_completed_upload_whose_object_is_gone(record_bodies):
    """The upload keeps their sizes, ETags and checksums; their bytes only the object and the call log have."""
    with FakeS3(buckets=["media"], min_part_size=1, record_bodies=record_bodies) as fake:
        s3, upload = fake.client(), {"Bucket": "media", "Key": "k"}
        created = s3.create_multipart_upload(**upload, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        upload["UploadId"] = created["UploadId"]
        parts = [
            {"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
            for number, body in ((2, b"two"), (5, b"three"))
            for part in (s3.upload_part(PartNumber=number, Body=body, **upload),)
        ]
        s3.upload_part(PartNumber=9, Body=b"dropped", **upload)
        s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)
        before = fake.uploads.one()
        assert [(part.number, part.size, part.body) for part in before.parts] == [(2, 3, b"two"), (5, 5, b"three")]
        s3.delete_object(Bucket="media", Key="k")
        assert before.part(2).body == b"two"  # a view shares the bytes it was made with
        del before
        after = fake.uploads.one()
        assert [(part.number, part.size, str(part.etag)) for part in after.parts] == [
            (2, 3, parts[0]["ETag"]),
            (5, 5, parts[1]["ETag"]),
        ]
        assert after.part(5).checksums == {"CRC32": parts[1]["ChecksumCRC32"]}
        if record_bodies:
            assert after.part(5).body == b"three"
        else:
            with pytest.raises(ValueError, match=r"the bytes of <part 5: 5 bytes, .*> are gone"):
                assert after.part(5).body
