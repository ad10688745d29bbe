"""A soak of the server: clients upload, abort, complete and list at the same time; then its state is compared with theirs.

    python benchmarks/soak.py [--seconds 60] [--clients 8] [--seed 0]

Each client works on its own keys and remembers what must be stored: bytes of completed objects, parts of open uploads. What it
lists meanwhile must agree; at the end the fake must hold exactly what all clients remember. Bodies have at most 64 KiB, and
each client has a few objects. Everything stays on the loopback interface.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections import Counter

from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.server.server import Server

BUCKET = "media"
MAX_KEYS = 20


class Client(threading.Thread):
    """One client, and what it expects to be stored."""

    def __init__(self, server: Server, name: str, seed: int, deadline: float) -> None:
        super().__init__(name=name)
        self.s3 = server.client(config=Config(retries={"total_max_attempts": 1}, max_pool_connections=1))
        self.random = random.Random(f"{seed} {name}")
        self.deadline = deadline
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[tuple[str, str], dict[int, bytes]] = {}
        self.steps: Counter[str] = Counter()
        self.failure: BaseException | None = None

    def run(self) -> None:
        methods = [
            self.begin,
            self.part,
            self.part,
            self.part,
            self.complete,
            self.abort,
            self.list,
            self.read,
            self.wrong,
        ]
        try:
            while time.monotonic() < self.deadline:
                step = self.random.choice(methods)
                step()
                self.steps[step.__name__] += 1
        except BaseException as failure:
            self.failure = failure

    def _choose_upload(self) -> tuple[str, str] | None:
        return self.random.choice(sorted(self.uploads)) if self.uploads else None

    def begin(self) -> None:
        key = f"{self.name}/{self.random.randrange(MAX_KEYS)}"
        if len(self.uploads) < MAX_KEYS:
            self.uploads[key, self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]] = {}

    def part(self) -> None:
        if upload := self._choose_upload():
            body, number = self.random.randbytes(self.random.randrange(1 << 16)), self.random.randint(1, 5)
            self.s3.upload_part(Bucket=BUCKET, Key=upload[0], UploadId=upload[1], PartNumber=number, Body=body)
            self.uploads[upload][number] = body

    def complete(self) -> None:
        upload = self._choose_upload()
        if upload and self.uploads[upload]:
            listing = self.s3.list_parts(Bucket=BUCKET, Key=upload[0], UploadId=upload[1])["Parts"]
            parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listing]
            self.s3.complete_multipart_upload(
                Bucket=BUCKET, Key=upload[0], UploadId=upload[1], MultipartUpload={"Parts": parts}
            )
            bodies = self.uploads.pop(upload)
            self.objects[upload[0]] = b"".join(bodies[number] for number in sorted(bodies))

    def abort(self) -> None:
        if upload := self._choose_upload():
            self.s3.abort_multipart_upload(Bucket=BUCKET, Key=upload[0], UploadId=upload[1])
            del self.uploads[upload]

    def list(self) -> None:
        entries = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{self.name}/").get("Contents", [])
        assert {entry["Key"]: entry["Size"] for entry in entries} == {
            key: len(body) for key, body in self.objects.items()
        }
        uploads = self.s3.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{self.name}/").get("Uploads", [])
        assert {(upload["Key"], upload["UploadId"]) for upload in uploads} == set(self.uploads)

    def read(self) -> None:
        if self.objects:
            key = self.random.choice(sorted(self.objects))
            assert self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == self.objects[key]

    def wrong(self) -> None:
        code = None
        try:
            self.s3.upload_part(Bucket=BUCKET, Key=f"{self.name}/x", UploadId="nothing", PartNumber=1, Body=b"x")
        except ClientError as error:
            code = error.response["Error"]["Code"]
        assert code == "NoSuchUpload"


def check(fake: FakeS3, clients: list[Client]) -> None:
    """The fake holds what the clients expect, and nothing else."""
    objects = {key: body for client in clients for key, body in client.objects.items()}
    assert {key: view.body for key, view in fake.buckets[BUCKET].items()} == objects
    uploads = {upload: parts for client in clients for upload, parts in client.uploads.items()}
    stored = {
        (upload.key, upload.id): {part.number: part.body for part in upload.parts} for upload in fake.uploads.open
    }
    assert stored == uploads


def soak(seconds: float, clients: int, seed: int) -> Counter[str]:
    """Run this many clients for so many seconds; returns how often each step was taken."""
    fake = FakeS3(buckets=[BUCKET], min_part_size=0, record_bodies=False, open_uploads="ignore")
    with Server(fake) as server:
        deadline = time.monotonic() + seconds
        threads = [Client(server, f"client{number}", seed, deadline) for number in range(clients)]
        for client in threads:
            client.start()
        while any(client.is_alive() for client in threads):
            time.sleep(0.5)
            fake.clear_calls()
    for client in threads:
        if client.failure is not None:
            raise client.failure
    check(fake, threads)
    return sum((client.steps for client in threads), Counter())


def main() -> None:
    parser = argparse.ArgumentParser(description="Soak the server, and check its state at the end.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    steps = soak(arguments.seconds, arguments.clients, arguments.seed)
    print(
        f"{sum(steps.values())} steps by {arguments.clients} clients in {arguments.seconds:.0f} s; the state is what they expect"
    )
    print(", ".join(f"{name} {count}" for name, count in sorted(steps.items())))


if __name__ == "__main__":
    main()
