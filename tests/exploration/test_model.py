"""The verdict of explore() on random small uploaders, against a model of S3 and of the uploader that tries every fault."""

import functools

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from fakes3mp import ExplorationError, explore

K = {"Bucket": "media", "Key": "k"}
LOCK = {"Bucket": "media", "Key": "k.lock"}
FAULTS = ("AccessDenied", "lose_response")  # refused before it is done; done, but the client does not hear of it
ERRORS = (ClientError, BotoCoreError)


class Program(Struct, frozen=True):
    """An uploader: what it does, and what it does about failures."""

    parts: int
    end: str  # "complete", "abort" or "nothing"
    skips_failed_parts: bool
    cleans_up: str  # "abort", "delete" (the object), "both" or "nothing"
    raises: bool  # whether a failure reaches its caller
    lock: str  # "no", "left after a failure" or "removed after a failure"
    older: bool  # whether there is an object under the key before


PROGRAMS = st.builds(
    Program,
    parts=st.integers(1, 3),
    end=st.sampled_from(["complete"] * 4 + ["abort", "nothing"]),
    skips_failed_parts=st.booleans(),
    cleans_up=st.sampled_from(["abort", "delete", "both", "nothing"]),
    raises=st.booleans(),
    lock=st.sampled_from(["no", "left after a failure", "removed after a failure"]),
    older=st.booleans(),
)


class Failure(Exception):
    """A call of the model's client failed."""


@functools.cache
def shared_client():
    """One client for all programs: creating one takes longer than a run."""
    keys = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}
    return boto3.client("s3", config=Config(retries={"total_max_attempts": 1}), **keys)


class Botocore:
    """The calls of a program, by boto3."""

    errors = ERRORS

    def __init__(self, fake):
        self._s3 = shared_client()

    def create(self):
        return {**K, "UploadId": self._s3.create_multipart_upload(**K)["UploadId"]}

    def part(self, upload, number):
        etag = self._s3.upload_part(**upload, PartNumber=number, Body=b"%d" % number)["ETag"]
        return {"PartNumber": number, "ETag": etag}

    def complete(self, upload, parts):
        self._s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    def abort(self, upload):
        self._s3.abort_multipart_upload(**upload)

    def delete(self):
        self._s3.delete_object(**K)

    def take_lock(self):
        self._s3.put_object(**LOCK, IfNoneMatch="*")

    def drop_lock(self):
        self._s3.delete_object(**LOCK)


class Model:
    """The same calls in a few lines: S3's state, and one fault at the call with a number."""

    errors = Failure

    def __init__(self, before, fault=None):
        self.object, self.lock = before
        self.open, self.gone = set(), set()
        self.known, self.aborted = set(), set()  # ids that the uploader knows, and those it tried to abort
        self.calls = []
        self._fault = fault

    def _call(self, name, act):
        number = len(self.calls)
        self.calls.append(name)
        kind = self._fault[1] if self._fault and self._fault[0] == number else None
        if kind == "AccessDenied":
            raise Failure
        result = act()
        if kind == "lose_response":
            raise Failure
        return result

    def create(self):
        upload = len(self.calls)
        self._call("CreateMultipartUpload", lambda: self.open.add(upload))
        self.known.add(upload)
        return upload

    def part(self, upload, number):
        self._call(f"UploadPart {number}", lambda: None)
        return number

    def complete(self, upload, parts):
        def act():
            if not parts or upload not in self.open:
                raise Failure  # MalformedXML, NoSuchUpload
            self.open.discard(upload)
            self.object = tuple(parts)

        self._call("CompleteMultipartUpload", act)

    def abort(self, upload):
        def act():
            if upload in self.gone:
                raise Failure  # NoSuchUpload; an upload that is completed ignores it (F111)
            if upload in self.open:
                self.open.discard(upload)
                self.gone.add(upload)

        self.aborted.add(upload)
        self._call("AbortMultipartUpload", act)

    def delete(self):
        self._call("DeleteObject", lambda: setattr(self, "object", None))

    def take_lock(self):
        def act():
            if self.lock:
                raise Failure
            self.lock = True

        self._call("PutObject lock", act)

    def drop_lock(self):
        self._call("DeleteObject lock", lambda: setattr(self, "lock", False))


def run(program, s3):
    """The program, by boto3 or in the model."""
    if program.lock != "no":
        s3.take_lock()
    try:
        upload_or_clean_up(program, s3)
    except s3.errors:
        if program.lock == "removed after a failure":
            s3.drop_lock()
        raise
    if program.lock != "no":
        s3.drop_lock()


def upload_or_clean_up(program, s3):
    upload = s3.create()
    try:
        upload_and_end(program, s3, upload)
    except s3.errors:
        if program.cleans_up in ("abort", "both"):
            s3.abort(upload)
        if program.cleans_up in ("delete", "both"):
            s3.delete()
        if program.raises:
            raise


def upload_and_end(program, s3, upload):
    parts = []
    for number in range(1, program.parts + 1):
        try:
            parts.append(s3.part(upload, number))
        except s3.errors:
            if not program.skips_failed_parts:
                raise
    if program.end == "complete":
        s3.complete(upload, parts)
    if program.end == "abort":
        s3.abort(upload)


def model_run(program, before, fault=None):
    """The model after a run, and whether the program returned."""
    model = Model(before, fault)
    try:
        run(program, model)
    except Failure:
        return model, False
    return model, True


def expected_violations(program, fault):
    before = ("older" if program.older else None, False)
    faultless, _ = model_run(program, before)
    model, returned = model_run(program, before, fault)
    again, returned_again = model_run(program, (model.object, model.lock))
    broken = set()
    if model.known & model.open - model.aborted:
        broken.add("open_uploads")
    if returned and model.object != faultless.object:
        broken.add("complete")
    if not returned and model.object not in (before[0], faultless.object):
        broken.add("all_or_nothing")
    if not returned_again or again.object != faultless.object:
        broken.add("rerun")
    return broken


def model_verdicts(program):
    """Call and fault -> the invariants that are broken; only None where they are without a fault."""
    without = expected_violations(program, None)
    if without:
        return {None: without}
    faultless, _ = model_run(program, ("older" if program.older else None, False))
    return {
        (name, kind): expected_violations(program, (number, kind))
        for number, name in enumerate(faultless.calls)
        for kind in FAULTS
    }


def explored_verdicts(program):
    def setup(fake):
        if program.older:
            fake.put("media", "k", b"older")

    def code(fake):
        run(program, Botocore(fake))

    try:
        report = explore(code, setup=setup, faults=FAULTS, buckets=["media"], min_part_size=1)
    except ExplorationError as error:
        report = error.report
    broken_without = {violation.invariant for violation in report.violations if not violation.schedule.faults}
    if broken_without:
        return {None: broken_without}
    return {
        (name_of(point), kind): set() if verdict == "ok" else set(verdict.split(", "))
        for point, verdicts in report.schedules.items()
        for kind, verdict in verdicts.items()
        if "every time" not in kind
    }


def name_of(point):
    params = dict(point.params)
    number = f" {params['PartNumber']}" if "PartNumber" in params else ""
    return f"{point.operation}{number}" + (" lock" if params["Key"].endswith(".lock") else "")


@settings(max_examples=60, deadline=None)
@given(PROGRAMS)
def test_the_verdict_is_that_of_the_model(program):
    assert explored_verdicts(program) == model_verdicts(program)
