"""A rule-based machine: random multipart calls through boto3, held against the plainest model of S3; and threads."""

import hashlib
import threading

import pytest
from botocore.exceptions import ClientError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from fakes3mp import FakeS3, etag_of

KEYS = st.sampled_from(["a", "a/b", "b"])
BODIES = st.binary(max_size=8)
NUMBERS = st.integers(1, 4)
MIN = 3


class Multipart(RuleBasedStateMachine):
    """The model: objects by key, and for each upload its key, state and parts."""

    uploads = Bundle("uploads")

    def __init__(self):
        super().__init__()
        self.fake = FakeS3(buckets=["bkt"], min_part_size=MIN, open_uploads="ignore").start()
        self.client = self.fake.client()
        self.objects, self.model = {}, {}

    def teardown(self):
        self.fake.stop()

    def code(self, method, **params):
        """The error code a call ends with, or None."""
        try:
            getattr(self.client, method)(Bucket="bkt", **params)
        except ClientError as error:
            return error.response["Error"]["Code"]

    @rule(target=uploads, key=KEYS)
    def create(self, key):
        upload_id = self.client.create_multipart_upload(Bucket="bkt", Key=key)["UploadId"]
        self.model[upload_id] = {"key": key, "state": "open", "parts": {}, "claim": None}
        return upload_id

    @rule(upload_id=uploads, number=NUMBERS, body=BODIES)
    def put_part(self, upload_id, number, body):
        upload = self.model[upload_id]
        code = self.code("upload_part", Key=upload["key"], UploadId=upload_id, PartNumber=number, Body=body)
        assert code == (None if upload["state"] == "open" else "NoSuchUpload")
        if code is None:
            upload["parts"][number] = body

    @rule(upload_id=uploads, numbers=st.lists(NUMBERS, max_size=4))
    def complete(self, upload_id, numbers):
        upload = self.model[upload_id]
        etags = [hashlib.md5(upload["parts"].get(number, b"?")).hexdigest() for number in numbers]
        claim = [{"PartNumber": n, "ETag": etag} for n, etag in zip(numbers, etags, strict=True)]
        code = self.code(
            "complete_multipart_upload", Key=upload["key"], UploadId=upload_id, MultipartUpload={"Parts": claim}
        )
        assert code == self.expected(upload, numbers, claim)
        if code is None and upload["state"] == "open":
            body = [upload["parts"][number] for number in numbers]
            upload.update(state="completed", claim=claim, made=(upload_id, len(self.objects)))
            self.objects[upload["key"]] = (body, upload_id)

    def expected(self, upload, numbers, claim):  # noqa: RET503
        """F100, F101: the first rule that is broken."""
        if upload["state"] == "completed":
            current = self.objects.get(upload["key"], (None, None))[1]
            again = claim == upload["claim"] and self.model.get(current) is upload
            return None if again else "NoSuchUpload"
        if upload["state"] == "aborted":
            return "NoSuchUpload"
        if not numbers:
            return "InvalidRequest"
        if numbers != sorted(set(numbers)):
            return "InvalidPartOrder"
        if any(number not in upload["parts"] for number in numbers):
            return "InvalidPart"
        if any(len(upload["parts"][number]) < MIN for number in numbers[:-1]):
            return "EntityTooSmall"

    @rule(upload_id=uploads)
    def abort(self, upload_id):
        upload = self.model[upload_id]
        code = self.code("abort_multipart_upload", Key=upload["key"], UploadId=upload_id)
        assert code == ("NoSuchUpload" if upload["state"] == "aborted" else None)
        if upload["state"] == "open":
            upload.update(state="aborted", parts={})

    @rule(key=KEYS, body=BODIES)
    def put(self, key, body):
        assert self.code("put_object", Key=key, Body=body) is None
        self.objects[key] = ([body], None)

    @rule(key=KEYS)
    def delete(self, key):
        assert self.code("delete_object", Key=key) is None
        self.objects.pop(key, None)

    @invariant()
    def objects_agree(self):
        assert self.fake.buckets["bkt"].keys() == sorted(self.objects)
        for key, (bodies, upload_id) in self.objects.items():
            found = self.fake.object("bkt", key)
            assert found.body == b"".join(bodies)
            assert (len(found.parts) > 0) is (upload_id is not None)
            if upload_id is None:
                assert found.etag == etag_of(found.body)
            else:
                assert found.etag.endswith(f'-{len(bodies)}"')

    @invariant()
    def uploads_agree(self):
        open_ids = {upload_id for upload_id, upload in self.model.items() if upload["state"] == "open"}
        listed = self.client.list_multipart_uploads(Bucket="bkt").get("Uploads", [])
        assert {each["UploadId"] for each in listed} == open_ids
        for view in self.fake.uploads:
            assert view.state == self.model[view.id]["state"]
            if view.state == "open":
                assert {part.number: part.body for part in view.parts} == self.model[view.id]["parts"]


Multipart.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMultipart = Multipart.TestCase


@pytest.mark.parametrize("round_", range(3))
def test_threads(round_):
    """Ten threads put the parts of ten uploads, all at once; every upload completes with exactly its own bytes."""
    with FakeS3(buckets=["bkt"], min_part_size=1, seed=round_) as fake:
        client = fake.client()
        ids = [client.create_multipart_upload(Bucket="bkt", Key=f"k{n}")["UploadId"] for n in range(10)]
        failures, barrier = [], threading.Barrier(10)

        def work(part):
            barrier.wait()
            try:
                for n, upload_id in enumerate(ids):
                    client.upload_part(
                        Bucket="bkt", Key=f"k{n}", UploadId=upload_id, PartNumber=part, Body=b"%d-%d;" % (n, part)
                    )
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(part,)) for part in range(1, 11)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for n, upload_id in enumerate(ids):
            parts = client.list_parts(Bucket="bkt", Key=f"k{n}", UploadId=upload_id)["Parts"]
            claim = [{"PartNumber": each["PartNumber"], "ETag": each["ETag"]} for each in parts]
            client.complete_multipart_upload(
                Bucket="bkt", Key=f"k{n}", UploadId=upload_id, MultipartUpload={"Parts": claim}
            )
            assert fake.object("bkt", f"k{n}").body == b"".join(b"%d-%d;" % (n, part) for part in range(1, 11))
        fake.assert_called("UploadPart", times=100)


def test_complete_and_abort_race():
    """One of the two wins: the upload ends once, and the object is there only if Complete was answered as done."""
    with FakeS3(buckets=["bkt"], min_part_size=1) as fake:
        client = fake.client()
        for n in range(30):
            key = f"k{n}"
            upload_id = client.create_multipart_upload(Bucket="bkt", Key=key)["UploadId"]
            etag = client.upload_part(Bucket="bkt", Key=key, UploadId=upload_id, PartNumber=1, Body=b"x")["ETag"]
            outcomes, barrier = {}, threading.Barrier(2)

            def run(name, **params):
                barrier.wait()  # noqa: B023
                try:
                    getattr(client, name)(Bucket="bkt", Key=key, UploadId=upload_id, **params)  # noqa: B023
                    outcomes[name] = "ok"  # noqa: B023
                except ClientError as error:
                    outcomes[name] = error.response["Error"]["Code"]  # noqa: B023

            claim = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}
            threads = [
                threading.Thread(target=run, args=("complete_multipart_upload",), kwargs=claim),
                threading.Thread(target=run, args=("abort_multipart_upload",)),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert outcomes["abort_multipart_upload"] == "ok"  # F111: also on a completed one
            done = outcomes["complete_multipart_upload"] == "ok"
            assert (key in fake.buckets["bkt"].keys()) is done  # noqa: SIM118
            assert fake.uploads.one(key=key).state == ("completed" if done else "aborted")
