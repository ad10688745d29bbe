"""aiobotocore, aioboto3 and s3fs, in process: one state with the sync clients (an environment of their own: extra ``async``)."""

import asyncio
import io
import os

import boto3
import pytest

from fakes3mp import FakeS3, etag_of, mock_multipart

aiobotocore = pytest.importorskip("aiobotocore.session")

from aiobotocore.config import AioConfig  # noqa: E402
from botocore.exceptions import ClientError, ConnectionClosedError  # noqa: E402

MiB = 1 << 20
BODIES = {1: b"a" * 5 * MiB, 2: b"b" * 5 * MiB, 3: b"c"}
WHOLE = b"".join(BODIES.values())
K = {"Bucket": "media", "Key": "k"}
REGION = {"region_name": "us-east-1"}


def client(**options):
    return aiobotocore.get_session().create_client("s3", **{**REGION, **options})


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        yield fake


async def run_all_operations(s3):
    """Three parts at once, listed, completed, read back; one upload aborted; one error."""
    upload = {**K, "UploadId": (await s3.create_multipart_upload(**K))["UploadId"]}
    answers = await asyncio.gather(*(s3.upload_part(**upload, PartNumber=n, Body=body) for n, body in BODIES.items()))
    listing = (await s3.list_parts(**upload))["Parts"]
    assert [part["Size"] for part in listing] == [5 * MiB, 5 * MiB, 1]
    uploads = (await s3.list_multipart_uploads(Bucket="media"))["Uploads"]
    assert [open_upload["UploadId"] for open_upload in uploads] == [upload["UploadId"]]
    parts = [{"PartNumber": n, "ETag": answer["ETag"]} for n, answer in enumerate(answers, 1)]
    await s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert await (await s3.get_object(**K))["Body"].read() == WHOLE
    other = await s3.create_multipart_upload(Bucket="media", Key="other")
    await s3.abort_multipart_upload(Bucket="media", Key="other", UploadId=other["UploadId"])
    with pytest.raises(ClientError, match="NoSuchUpload"):
        await s3.upload_part(Bucket="media", Key="other", UploadId=other["UploadId"], PartNumber=1, Body=b"x")


@pytest.mark.asyncio
async def test_aiobotocore(fake):
    async with client() as s3:
        await run_all_operations(s3)
    fake.uploads.one(key="k").assert_completed(parts=3, etag=etag_of(WHOLE, part_size=5 * MiB))
    assert boto3.client("s3", **REGION).head_object(**K)["ContentLength"] == len(WHOLE)


@pytest.mark.asyncio
async def test_a_client_made_before_the_fake():
    async with client(aws_access_key_id="x", aws_secret_access_key="y") as s3:
        with FakeS3(buckets=["media"]) as fake:
            await s3.put_object(**K, Body=b"x")
            assert fake.object("media", "k").body == b"x"


@pytest.mark.asyncio
async def test_streams_paginators_and_waiters(fake):
    async with client() as s3:
        await s3.put_object(**K, Body=io.BytesIO(b"0123456789"))
        async with (await s3.get_object(**K))["Body"] as body:
            assert await body.read() == b"0123456789"
        body = (await s3.get_object(**K))["Body"]
        assert await body.read(7) == b"0123456"
        assert [piece async for piece in (await s3.get_object(**K))["Body"].iter_chunks(6)] == [b"012345", b"6789"]
        for number in range(5):
            await s3.put_object(Bucket="media", Key=f"p{number}", Body=b"")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="media", PaginationConfig={"PageSize": 2})
        assert [len(page["Contents"]) async for page in pages] == [2, 2, 2]
        await s3.get_waiter("object_exists").wait(**K)


@pytest.mark.asyncio
async def test_faults(fake):
    async with client(config=AioConfig(retries={"mode": "standard", "total_max_attempts": 3})) as s3:
        fake.faults.on("PutObject").times(2).error("SlowDown")
        await s3.put_object(**K, Body=b"hello")
        assert [call.outcome for call in fake.calls] == ["SlowDown", "SlowDown", "ok"]
        assert fake.calls[1].waited > 0
        fake.faults.on("GetObject").reset_connection()
        with pytest.raises(ConnectionClosedError):
            await s3.get_object(**K)
        fake.faults.clear()
        fake.faults.on("GetObject").truncate_body(after=2)
        with pytest.raises(Exception, match="not completed"):
            await (await s3.get_object(**K))["Body"].read()


@pytest.mark.asyncio
async def test_cancelled_tasks_leave_no_half_state(fake):
    async with client() as s3:
        tasks = [asyncio.create_task(s3.put_object(Bucket="media", Key=f"{n}", Body=bytes(n))) for n in range(50)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    stored = fake.buckets["media"]
    assert all(stored[key].size == int(key) for key in stored)
    assert {str(n) for n, result in enumerate(results) if isinstance(result, dict)} <= set(stored)
    assert len(fake.calls) == len(stored)


@pytest.mark.asyncio
async def test_aioboto3(fake, tmp_path):
    aioboto3 = pytest.importorskip("aioboto3")
    async with aioboto3.Session().client("s3", **REGION) as s3:
        await run_all_operations(s3)
        await s3.upload_fileobj(io.BytesIO(WHOLE * 2), "media", "big")
        read = io.BytesIO()
        await s3.download_fileobj("media", "big", read)
        assert read.getvalue() == WHOLE * 2
        (tmp_path / "file").write_bytes(WHOLE)
        await s3.upload_file(str(tmp_path / "file"), "media", "file")
    assert len(fake.uploads.one(key="big").parts) == 3
    async with aioboto3.Session().resource("s3", **REGION) as resource:
        bucket = await resource.Bucket("media")
        assert [summary.key async for summary in bucket.objects.all()] == ["big", "file", "k"]


def test_s3fs(fake):
    """Sync on the outside; inside, an event loop in a thread of its own."""
    s3fs = pytest.importorskip("s3fs")
    files = s3fs.S3FileSystem(client_kwargs=REGION, skip_instance_cache=True)
    data = os.urandom(15 * MiB)
    with files.open("media/dir/big", "wb", block_size=5 * MiB) as out:
        for at in range(0, len(data), 5 * MiB):
            out.write(data[at : at + 5 * MiB])
    assert len(fake.uploads.one(key="dir/big").parts) == 3
    assert files.cat("media/dir/big") == data
    with files.open("media/dir/big", "rb") as read:
        read.seek(7 * MiB)
        assert read.read(10) == data[7 * MiB :][:10]
    out = files.open("media/dir/given-up", "wb", block_size=5 * MiB, autocommit=False)
    out.write(data)
    out.close()
    out.discard()
    assert fake.uploads.one(key="dir/given-up").state == "aborted"
    files.pipe("media/dir/small", b"x")
    assert files.ls("media/dir", refresh=True) == ["media/dir/big", "media/dir/small"]
    files.rm("media/dir", recursive=True)
    assert fake.buckets["media"].keys() == []
    with pytest.raises(FileNotFoundError):
        files.cat("media/missing")


@pytest.mark.asyncio
@mock_multipart(buckets=["media"])
async def test_the_decorator():
    async with client() as s3:
        await run_all_operations(s3)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.fake_s3(buckets=["media"])
async def test_the_fixture_under_anyio(fake_s3):
    async with client() as s3:
        await run_all_operations(s3)
    assert fake_s3.buckets["media"].keys() == ["k"]


def test_nothing_is_left_behind():
    from aiobotocore import endpoint
    from aiobotocore.endpoint import AioEndpoint
    from aiobotocore.signers import AioRequestSigner

    def patch_points():
        sleep, asyncio_module = getattr(AioEndpoint, "_sleep", None), getattr(endpoint, "asyncio", None)
        return AioRequestSigner.get_auth_instance, AioEndpoint.make_request, sleep, asyncio_module

    before = patch_points()
    with FakeS3():
        assert patch_points()[0] is not before[0]
    assert patch_points() == before


def test_secrets_of_async_clients_are_known(fake, monkeypatch):
    """O271: a URL that is signed with another secret than a client's is refused, once the client has presigned."""
    import requests

    async def presign(secret):
        async with client(aws_access_key_id="USERSKEY", aws_secret_access_key=secret) as s3:
            return await s3.generate_presigned_url("get_object", Params=K)

    fake.put("media", "k", b"hello")
    url = asyncio.run(presign("users-secret"))
    assert requests.get(url).content == b"hello"
    forged = requests.get(url.replace("Signature=", "Signature=x"))
    assert (forged.status_code, b"SignatureDoesNotMatch" in forged.content) == (403, True)


CONFIG = """
[profile sso]
sso_start_url = https://example.com/start
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = reader
[profile role]
role_arn = arn:aws:iam::111111111111:role/reader
source_profile = sso
[profile process]
credential_process = /bin/false
[profile web]
role_arn = arn:aws:iam::111111111111:role/reader
web_identity_token_file = /nowhere/token
"""


@pytest.mark.parametrize("profile", ["sso", "role", "process", "web"])
def test_profiles_resolve_to_dummies(fake, monkeypatch, tmp_path, profile):
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    async def put():
        session = aiobotocore.AioSession(profile=profile)
        async with session.create_client("s3", **REGION) as s3:
            await s3.put_object(**K, Body=b"x")
        return (await (await session.get_credentials()).get_frozen_credentials()).access_key

    assert asyncio.run(put()).startswith("FAKES3MP")
    assert fake.object("media", "k").body == b"x"


def test_async_clients_keep_no_dummies(monkeypatch, tmp_path):
    """A client that was made inside a fake signs with what its session finds afterwards."""
    from botocore.exceptions import NoCredentialsError

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    async def run():
        fake = FakeS3(buckets=["media"])
        with fake:
            context = client()
            s3 = await context.__aenter__()
            assert len((await s3.list_buckets())["Buckets"]) == 1
        with pytest.raises(NoCredentialsError):
            await s3.generate_presigned_url("get_object", Params=K)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        assert "REALKEY" in await s3.generate_presigned_url("get_object", Params=K)
        await context.__aexit__(None, None, None)

    asyncio.run(run())
