"""The ``before-call`` and ``before-send`` interceptors of aiobotocore and of IBM's botocore give the same responses and records.

As tests/properties/test_ways_in.py, with these clients.
"""

import asyncio
import functools
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3mp import FakeS3
from tests.properties.test_ways_in import COMMON_OPERATIONS, OPERATIONS, Run, calls, check, examples

KEYS = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}


class SyncClient:
    """An async client whose calls are run to their end, each in the one event loop."""

    loop = None

    def __init__(self, client):
        self._client, self.meta = client, client.meta

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda **params: self.loop.run_until_complete(method(**params))


@functools.cache
def async_client(options):
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    SyncClient.loop = SyncClient.loop or asyncio.new_event_loop()
    context = get_session().create_client("s3", config=AioConfig(retries={"mode": "legacy"}, **dict(options)), **KEYS)
    return SyncClient(SyncClient.loop.run_until_complete(context.__aenter__()))


class AsyncRun(Run):
    ways = Run.ways[1:]
    make_client = staticmethod(async_client)

    def read_body(self, body):
        return type(body), SyncClient.loop.run_until_complete(body.read())


@functools.cache
def ibm_client(options):
    import ibm_boto3
    from ibm_botocore.client import Config

    return ibm_boto3.client("s3", config=Config(retries={"mode": "legacy"}, **dict(options)), **KEYS)


class IbmRun(Run):
    ways = Run.ways[1:]
    make_client = staticmethod(ibm_client)

    def __init__(self, way, **config):
        from ibm_botocore.exceptions import BotoCoreError, ClientError

        self.service_error = ClientError
        self.other_errors = (BotoCoreError, KeyError, *Run.other_errors)  # its serialiser fails on odd locations
        super().__init__(way, **config)


RUNS = {"aiobotocore": AsyncRun, "ibm_botocore": IbmRun}
LIBRARIES = [
    pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"needs {name}")) for name in RUNS
]


@pytest.mark.parametrize("library", LIBRARIES)
def test_sequences(library):
    run = RUNS[library]
    known = run("before-call").methods

    @examples(100)
    @given(
        st.lists(st.sampled_from(COMMON_OPERATIONS).filter(known.__contains__).flatmap(calls), min_size=1, max_size=8)
    )
    def check_steps(steps):
        check(steps, run)

    check_steps()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation(library, operation):
    run = RUNS[library]
    if operation not in run("before-call").methods:
        pytest.skip(f"{library} has no {operation}")

    @examples(10)
    @given(st.lists(calls(operation), min_size=1, max_size=3))
    def check_steps(steps):
        check(steps, run)

    check_steps()


@pytest.mark.parametrize("library", LIBRARIES)
def test_plain_calls_are_answered_at_before_call(library, monkeypatch):
    awsrequest = __import__("botocore.awsrequest" if library == "aiobotocore" else f"{library}.awsrequest").awsrequest
    prepared = []
    prepare = awsrequest.AWSRequest.prepare
    monkeypatch.setattr(awsrequest.AWSRequest, "prepare", lambda request: prepared.append(1) or prepare(request))
    with FakeS3(buckets=["media"]) as fake:
        client = RUNS[library].make_client(())
        client.put_object(Bucket="media", Key="k", Body=b"hello")
        client.get_object(Bucket="media", Key="k")
        client.list_objects_v2(Bucket="media")
        assert not prepared
        fake.faults.on("HeadObject").times(1).error("SlowDown")
        client.head_object(Bucket="media", Key="k")
        assert prepared
