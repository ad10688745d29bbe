"""explore(): which invariant each bug breaks and under which faults, its report, its limits, its refusals."""

import asyncio
import contextlib
import random
import runpy
import threading
import time
import unittest
import uuid
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fakes3mp import Crash, ExplorationError, FakeS3, explore

K = {"Bucket": "media", "Key": "k"}
ONE_ATTEMPT = {"config": Config(retries={"total_max_attempts": 1})}
OPTIONS = {"buckets": ["media"], "min_part_size": 1}


def put(fake, body=b"new", **params):
    return fake.client(**ONE_ATTEMPT).put_object(**{**K, "Body": body, **params})


def older(fake):
    fake.put("media", "k", b"older", Metadata={"a": "1"})


def versioned(fake):
    fake.client().put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})


# Code with one bug each.


def leaves_an_upload_open(fake):
    s3 = fake.client(**ONE_ATTEMPT)
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"new")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


def swallows_a_failure(fake):
    with contextlib.suppress(ClientError):
        put(fake)


def deletes_on_failure(fake):
    try:
        put(fake)
    except BotoCoreError:
        fake.client().delete_object(**K)
        raise


def writes_half_and_half(fake):
    """Not atomic: between both calls the key holds something that it holds in the end only with its tags."""
    put(fake)
    fake.client(**ONE_ATTEMPT).put_object_tagging(**K, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})


def loses_metadata_on_retry(fake):
    try:
        put(fake, Metadata={"a": "1"})
    except BotoCoreError:
        put(fake)


def tries_for_ever(fake):
    while True:
        with contextlib.suppress(ClientError):
            return put(fake)


def leaves_a_lock(fake):
    put(fake, Key="lock", IfNoneMatch="*")
    put(fake)
    fake.client(**ONE_ATTEMPT).delete_object(Bucket="media", Key="lock")


def put_quietly(fake):
    with contextlib.suppress(BotoCoreError, ClientError):
        put(fake)


def calls_too_late(fake):
    try:
        put(fake)
    except BotoCoreError:
        threading.Timer(0.002, put_quietly, [fake]).start()


def writes_twice(fake):
    put(fake)
    try:
        fake.client(**ONE_ATTEMPT).head_object(**K)
    except ClientError:
        put(fake)


def swallows_a_crash(fake):
    try:
        put(fake)
    except BaseException:
        return


def asserts(fake):
    with contextlib.suppress(BotoCoreError, ClientError):
        put(fake)
    assert fake.buckets["media"].get("k") is not None


# code, what to explore, the invariant that breaks, the shortest schedule
BUGS = [
    (leaves_an_upload_open, {}, "open_uploads", "UploadPart media/k part 1, attempt 1: SlowDown"),
    (swallows_a_failure, {}, "complete", "PutObject media/k, attempt 1: SlowDown"),
    (
        deletes_on_failure,
        {"setup": older, "without": ["rerun"]},
        "all_or_nothing",
        "PutObject media/k, attempt 1: reset_connection",
    ),
    (writes_half_and_half, {"setup": older}, None, None),  # what it holds meanwhile was written whole
    (loses_metadata_on_retry, {}, "complete", "PutObject media/k, attempt 1: reset_connection"),
    (tries_for_ever, {}, "ends", "PutObject media/k, attempt 1: SlowDown, 55 times"),
    (leaves_a_lock, {}, "rerun", "PutObject media/lock, attempt 1: lose_response"),
    (calls_too_late, {"without": ["complete"]}, "late_calls", "PutObject media/k, attempt 1: reset_connection"),
    (writes_twice, {"setup": versioned}, "versions", "HeadObject media/k, attempt 1: SlowDown"),
    (swallows_a_crash, {"faults": ["crash"]}, "crash", "PutObject media/k, attempt 1: crash"),
    (asserts, {"without": ["complete"]}, "assertions", "PutObject media/k, attempt 1: SlowDown"),
]


@pytest.mark.parametrize(
    ("code", "settings", "invariant", "schedule"), BUGS, ids=lambda value: getattr(value, "__name__", "")
)
def test_bugs(code, settings, invariant, schedule):
    if invariant is None:
        assert explore(code, **OPTIONS, **settings).violations == []
        return
    with pytest.raises(ExplorationError) as raised:
        explore(code, **OPTIONS, **settings)
    violation = raised.value.violation
    assert (violation.invariant, str(violation.schedule)) == (invariant, schedule)
    assert raised.value.report.violations[0] is violation
    without = [*settings.pop("without", ()), invariant]
    with contextlib.suppress(ExplorationError):
        explore(code, without=without, **OPTIONS, **settings)
        return
    others = explore_violations(code, without=without, **OPTIONS, **settings)
    assert invariant not in {other.invariant for other in others}


def explore_violations(code, **settings):
    with pytest.raises(ExplorationError) as raised:
        explore(code, **settings)
    return raised.value.report.violations


def test_the_message_and_the_test_to_paste():
    with pytest.raises(ExplorationError) as raised:
        explore(leaves_a_lock, setup=older, **OPTIONS)
    message = str(raised.value)
    for text in (
        "leaves_a_lock breaks the invariant 'rerun': run again without faults, the code succeeds and leaves the same.",
        "PreconditionFailed",
        "The faults: PutObject media/lock, attempt 1: lose_response",
        "The code raised ConnectionClosedError",
        "fake.faults.on('PutObject', Bucket='media', Key='lock').nth(1).lose_",
        "with FakeS3(buckets=['media'], min_part_size=1) as fake:",
        "3 calls, ",
    ):
        assert text in message


@pytest.mark.parametrize(
    ("code", "settings"),
    [row[:2] for row in BUGS if row[2] in ("open_uploads", "complete", "all_or_nothing", "ends", "rerun")],
)
def test_the_test_to_paste_fails_in_the_same_way(code, settings):
    with pytest.raises(ExplorationError) as raised:
        explore(code, **OPTIONS, **settings)
    pasted = str(raised.value).partition("The same as a test:\n")[2]
    source = "\n".join(line[4:] for line in pasted.splitlines() if line.startswith("    ") or not line)
    names = {code.__name__: code, "older": older}
    exec(source, names)
    test = next(value for name, value in names.items() if name.startswith("test_"))
    with pytest.raises((AssertionError, ClientError)):
        test()


def test_the_report():
    report = explore(
        leaves_an_upload_open, without=["open_uploads"], faults=["AccessDenied", "lose_response"], **OPTIONS
    )
    assert [str(point) for point in report.points] == [
        "CreateMultipartUpload media/k, attempt 1",
        "UploadPart media/k part 1, attempt 1",
        "CompleteMultipartUpload media/k, attempt 1",
    ]
    assert report.explored == 6
    assert report.runs == 2 * (6 + 1) + 2  # each is run again; and two runs without faults
    assert report.seconds > 0
    assert {tuple(verdicts.items()) for verdicts in report.schedules.values()} == {
        (("AccessDenied", "ok"), ("lose_response", "ok"))
    }
    assert report.coverage == dict.fromkeys(
        ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), ("AccessDenied", "lose_response")
    )
    (orphan,) = report.orphans
    assert (orphan.upload, orphan.reason) == ("media/k: 0 parts, 0 bytes", "the response with its id was lost")
    assert "3 calls, 6 schedules, 16 runs" in str(report)


def test_retries_are_hit_too():
    """Once: the client's retry succeeds. Every time: it gives up."""
    report = explore(lambda s3: s3.client().put_object(**K, Body=b"x"), faults="SlowDown", **OPTIONS)
    assert list(report.schedules[report.points[0]]) == ["SlowDown", "SlowDown, every time"]


def test_depth_two():
    """The second fault meets what the first brought about: here the clean-up, whose failure the code does not stand."""

    def code(fake):
        try:
            put(fake)
        except BotoCoreError:
            with contextlib.suppress(BotoCoreError):  # here it is wrong: it knows nothing, and returns
                fake.client(**ONE_ATTEMPT).head_object(**K)

    assert explore(code, faults=["reset_connection"], **OPTIONS).violations == []
    (violation,) = explore_violations(code, faults=["reset_connection", "SlowDown"], depth=2, **OPTIONS)
    assert str(violation.schedule) == (
        "PutObject media/k, attempt 1: reset_connection and HeadObject media/k, attempt 1: reset_connection"
    )


def test_limits():
    report = explore(put, max_runs=10, **OPTIONS)
    assert report.runs <= 11
    assert report.unexplored > 0
    assert "not explored" in str(report)
    assert "not explored" in report.schedules[report.points[0]].values()
    assert explore(put, seconds=0, **OPTIONS).explored == 0


def test_progress(tmp_path):
    path = tmp_path / "explored.json"
    first = explore(put, max_runs=10, progress=path, **OPTIONS)
    second = explore(put, progress=path, **OPTIONS)
    third = explore(put, progress=path, **OPTIONS)
    whole = explore(put, **OPTIONS)
    assert second.known == first.explored
    assert second.explored == whole.explored - first.explored
    assert (third.known, third.explored) == (whole.explored, 0)
    other = explore(lambda s3: put(s3, Key="other"), progress=path, **OPTIONS)  # other calls: all begins anew
    assert other.known == 0


def test_parts():
    parts = [
        explore(leaves_an_upload_open, without=["open_uploads"], part=(number, 3), **OPTIONS) for number in range(3)
    ]
    whole = explore(leaves_an_upload_open, without=["open_uploads"], **OPTIONS)
    assert sum(report.explored for report in parts) == whole.explored
    assert all(report.explored for report in parts)


def test_the_same_each_time():
    one, other = (explore(leaves_an_upload_open, without=["open_uploads"], seed=3, **OPTIONS) for _ in range(2))
    assert (one.points, one.schedules, one.runs) == (other.points, other.schedules, other.runs)


def test_random_is_seeded():
    state = random.getstate()
    report = explore(lambda s3: put(s3, Key=f"k{random.random()}"), **OPTIONS)
    assert len(report.points) == 1
    assert random.getstate() == state


def test_check_and_outcome():
    def check(fake, outcome):
        assert outcome.returned or outcome.error is not None or outcome.crashed
        assert fake.calls == outcome.calls
        assert outcome.value is None or outcome.value["ETag"] != '"x"'
        assert outcome.returned, f"it ended so: {outcome.ending}"

    with pytest.raises(ExplorationError, match="it ended so: The code raised ClientError") as raised:
        explore(put, check=check, **OPTIONS)
    assert raised.value.violation.invariant == "check"


def test_setup_and_local_state():
    """Setup is called before each schedule, not before the code is run again: what the code left locally is there."""
    done = set()

    def setup(fake):
        done.clear()
        older(fake)

    def resumes(fake):
        for key in ("a", "b"):
            if key not in done:
                put(fake, Key=key)
                done.add(key)

    assert explore(resumes, setup=setup, **OPTIONS).violations == []


def test_crash():
    """Clean-up in finally has no effect: a dead process does nothing."""
    cleaned = []

    def code(fake):
        try:
            leaves_an_upload_open(fake)
        finally:
            try:
                fake.client().delete_object(**K)
            except Crash:
                cleaned.append(1)
                raise

    report = explore(code, setup=older, faults=["crash"], rerun=False, without=["complete"], **OPTIONS)
    assert len(cleaned) == 8  # before and after each of its calls, of which the deletion is one
    assert {orphan.reason for orphan in report.orphans} == {"the code had crashed", "the response with its id was lost"}


def test_asyncio():
    async def save(fake):
        await asyncio.sleep(0)
        await asyncio.gather(*(asyncio.to_thread(put, fake, Key=f"k{number}") for number in range(3)))

    report = explore(save, faults=["error", "crash"], **OPTIONS)
    assert [str(point) for point in report.points] == [f"PutObject media/k{number}, attempt 1" for number in range(3)]

    async def inside():
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread"):
            explore(save, **OPTIONS)
        return await asyncio.to_thread(explore, save, faults=["SlowDown"], **OPTIONS)

    assert asyncio.run(inside()).explored == 3


class TestWithUnittest(unittest.TestCase):
    def save(self):
        put(FakeS3.current() if hasattr(FakeS3, "current") else self.fake)

    def test_method(self):
        with FakeS3(**OPTIONS) as self.fake:
            report = explore(lambda: put(self.fake), fake=self.fake, faults=["SlowDown"])
            self.assertEqual(report.explored, 1)
            self.assertEqual(len(self.fake.faults.rules), 0)
            self.assertEqual(self.fake.buckets["media"].keys(), [])


def code_with_random_keys(fake):
    put(fake, Key=f"tmp/{uuid.uuid4()}")
    put(fake)


BAD_INPUT = {
    "no call": (lambda: None, {}, ValueError, "made no S3 call"),
    "other calls each time": (
        code_with_random_keys,
        {},
        ValueError,
        r"PutObject media/tmp/.* came only in the first.*seed=.*ignore=",
    ),
    "unknown kind": (put, {"faults": ["SlowDwon"]}, ValueError, "no fault kind 'SlowDwon'; did you mean SlowDown"),
    "kind that applies nowhere": (
        put,
        {"faults": ["ok_with_error"]},
        ValueError,
        "'ok_with_error' applies to none of the calls of the code: PutObject",
    ),
    "unknown invariant": (
        put,
        {"without": ["open_upload"]},
        ValueError,
        "no invariant 'open_upload'; did you mean open_uploads",
    ),
    "unknown option": (put, {"bukets": []}, TypeError, "bukets"),
    "depth": (put, {"depth": 0}, ValueError, "1 or more, not 0"),
    "part": (put, {"part": (4, 4)}, ValueError, "from 0"),
    "two arguments": (lambda a, b: None, {}, TypeError, "takes 2 arguments"),
    "options beside a fake": (put, {"fake": FakeS3()}, TypeError, "buckets"),
    "its own error": (lambda: 1 / 0, {}, ZeroDivisionError, "division"),
}


@pytest.mark.parametrize(("code", "settings", "error", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input(code, settings, error, message):
    with pytest.raises(error, match=message):
        explore(code, **{**OPTIONS, **settings})


def test_ignore():
    report = explore(
        code_with_random_keys, ignore=["tmp/*"], without=["complete", "all_or_nothing", "rerun"], **OPTIONS
    )
    assert [str(point) for point in report.points] == ["PutObject media/k, attempt 1"]


def test_another_fake_is_active():
    with FakeS3(buckets=["other"]), pytest.raises(RuntimeError, match=r"is active already.*fake="):
        explore(put, **OPTIONS)


def test_what_is_wrong_without_faults():
    with pytest.raises(ExplorationError) as raised:
        explore(lambda s3: s3.client().create_multipart_upload(**K), **OPTIONS)
    assert str(raised.value.violation.schedule) == "no fault"


def test_five_bugs_in_less_than_three_seconds():
    example = runpy.run_path(str(Path(__file__).parents[2] / "examples/test_exploration.py"))
    began = time.process_time()  # other processes take time too
    violations = explore_violations(example["save_with_bugs"], setup=example["an_older_object"], **example["OPTIONS"])
    assert time.process_time() - began < 3
    shortest = {}
    for violation in violations:
        shortest.setdefault(violation.invariant, str(violation.schedule))
    assert len(shortest) == len(set(shortest.values())) == 5
