"""A rule-based machine: random multipart calls through boto3, compared with a small model of S3; and threads."""

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
MIN_PART_SIZE = 3


class Multipart(RuleBasedStateMachine):
    """The model: objects by key, and for each upload its key, state and parts."""

    uploads = Bundle("uploads")

    def __init__(self):
        super().__init__()
        self.fake = FakeS3(buckets=["bkt"], min_part_size=MIN_PART_SIZE, open_uploads="ignore").start()
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
        self.model[upload_id] = {"key": key, "state": "open", "parts": {}, "completed_parts": None}
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
        parts = [{"PartNumber": n, "ETag": etag} for n, etag in zip(numbers, etags, strict=True)]
        code = self.code(
            "complete_multipart_upload", Key=upload["key"], UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
        assert code == self.expected_code(upload, numbers, parts)
        if code is None and upload["state"] == "open":
            bodies = [upload["parts"][number] for number in numbers]
            upload.update(state="completed", completed_parts=parts)
            self.objects[upload["key"]] = (bodies, upload_id)

    def expected_code(self, upload, numbers, parts):  # noqa: RET503
        """F100, F101, O228: the error code of the first rule that the call breaks, or None."""
        if not numbers:
            return "MalformedXML"
        if upload["state"] == "completed":
            current_upload_id = self.objects.get(upload["key"], (None, None))[1]
            is_repeated = parts == upload["completed_parts"] and self.model.get(current_upload_id) is upload
            return None if is_repeated else "NoSuchUpload"
        if upload["state"] == "aborted":
            return "NoSuchUpload"
        if numbers != sorted(set(numbers)):
            return "InvalidPartOrder"
        if any(number not in upload["parts"] for number in numbers):
            return "InvalidPart"
        if any(len(upload["parts"][number]) < MIN_PART_SIZE for number in numbers[:-1]):
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
            view = self.fake.object("bkt", key)
            assert view.body == b"".join(bodies)
            assert (len(view.parts) > 0) is (upload_id is not None)
            if upload_id is None:
                assert view.etag == etag_of(view.body)
            else:
                assert view.etag.endswith(f'-{len(bodies)}"')

    @invariant()
    def uploads_agree(self):
        open_ids = {upload_id for upload_id, upload in self.model.items() if upload["state"] == "open"}
        uploads = self.client.list_multipart_uploads(Bucket="bkt").get("Uploads", [])
        assert {upload["UploadId"] for upload in uploads} == open_ids
        for view in self.fake.uploads:
            assert view.state == self.model[view.id]["state"]
            if view.state == "open":
                assert {part.number: part.body for part in view.parts} == self.model[view.id]["parts"]


Multipart.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMultipart = Multipart.TestCase


@pytest.mark.parametrize("seed", range(3))
def test_threads(seed):
    """Ten threads put the parts of ten uploads at the same time; every upload completes with exactly its own bytes."""
    with FakeS3(buckets=["bkt"], min_part_size=1, seed=seed) as fake:
        client = fake.client()
        ids = [client.create_multipart_upload(Bucket="bkt", Key=f"k{n}")["UploadId"] for n in range(10)]
        failures, barrier = [], threading.Barrier(10)

        def put_parts(number):
            barrier.wait()
            try:
                for n, upload_id in enumerate(ids):
                    client.upload_part(
                        Bucket="bkt", Key=f"k{n}", UploadId=upload_id, PartNumber=number, Body=b"%d-%d;" % (n, number)
                    )
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=put_parts, args=(number,)) for number in range(1, 11)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for n, upload_id in enumerate(ids):
            parts = client.list_parts(Bucket="bkt", Key=f"k{n}", UploadId=upload_id)["Parts"]
            completed_parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
            client.complete_multipart_upload(
                Bucket="bkt", Key=f"k{n}", UploadId=upload_id, MultipartUpload={"Parts": completed_parts}
            )
            assert fake.object("bkt", f"k{n}").body == b"".join(b"%d-%d;" % (n, number) for number in range(1, 11))
        fake.assert_called("UploadPart", times=100)


def test_complete_and_abort_race():
    """The upload ends once: the object is there exactly if CompleteMultipartUpload succeeded."""
    with FakeS3(buckets=["bkt"], min_part_size=1) as fake:
        client = fake.client()
        for n in range(30):
            key = f"k{n}"
            upload_id = client.create_multipart_upload(Bucket="bkt", Key=key)["UploadId"]
            etag = client.upload_part(Bucket="bkt", Key=key, UploadId=upload_id, PartNumber=1, Body=b"x")["ETag"]
            outcomes, barrier = {}, threading.Barrier(2)

            def call(name, **params):
                barrier.wait()  # noqa: B023
                try:
                    getattr(client, name)(Bucket="bkt", Key=key, UploadId=upload_id, **params)  # noqa: B023
                    outcomes[name] = "ok"  # noqa: B023
                except ClientError as error:
                    outcomes[name] = error.response["Error"]["Code"]  # noqa: B023

            params = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}
            threads = [
                threading.Thread(target=call, args=("complete_multipart_upload",), kwargs=params),
                threading.Thread(target=call, args=("abort_multipart_upload",)),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert outcomes["abort_multipart_upload"] == "ok"  # F111: also on a completed one
            is_completed = outcomes["complete_multipart_upload"] == "ok"
            assert (key in fake.buckets["bkt"].keys()) is is_completed  # noqa: SIM118
            assert fake.uploads.one(key=key).state == ("completed" if is_completed else "aborted")
