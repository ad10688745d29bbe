"""The ``_make_api_call`` interceptor: which calls it answers, which go on through botocore, and that nothing of it is left.

tests/properties/test_ways_in.py compares the responses of all interceptors.
"""

import functools
import gc
import io
import logging
import weakref
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ParamValidationError
from botocore.regions import EndpointRulesetResolver
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from fakes3mp import FakeS3
from fakes3mp.interceptors.botocore_library import BotocoreLibrary

KEYS = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}


@pytest.fixture
def s3():
    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        yield fake


def client(**options):
    return boto3.client("s3", **{**KEYS, **options})


def put(s3_client, **params):
    return s3_client.put_object(**{"Bucket": "media", "Key": "k", "Body": b"x", **params})


def goes_through_botocore(act):
    """Whether a call is serialised by botocore."""
    from botocore.serialize import RestXMLSerializer

    original, calls = RestXMLSerializer.serialize_to_request, []

    def serialize_to_request(self, *args):
        calls.append(args)
        return original(self, *args)

    with mock.patch.object(RestXMLSerializer, "serialize_to_request", serialize_to_request):
        act()
    return bool(calls)


PLAIN = {
    "plain": client,
    "of a resource": lambda: boto3.resource("s3", **KEYS).meta.client,
    "path style": lambda: client(config=Config(s3={"addressing_style": "path"})),
    "at an endpoint": lambda: client(endpoint_url="http://localhost:9000"),
    "legacy retries": lambda: client(config=Config(retries={"mode": "legacy"})),
    "fewer checksums": lambda: client(config=Config(request_checksum_calculation="when_required")),
}


@pytest.mark.parametrize("make", PLAIN.values(), ids=list(PLAIN))
def test_plain_clients(s3, make):
    s3_client = make()
    assert not goes_through_botocore(lambda: put(s3_client))
    assert s3.calls[-1].params["Body"] == b"x"


CALLS = {
    "put_object": {"Key": "k", "Body": b"x", "Metadata": {"a": "b"}, "ContentType": "text/plain"},
    "get_object": {"Key": "seed", "Range": "bytes=0-1"},
    "head_object": {"Key": "seed"},
    "copy_object": {"Key": "l", "CopySource": {"Bucket": "media", "Key": "seed"}},
    "delete_object": {"Key": "seed"},
    "delete_objects": {"Delete": {"Objects": [{"Key": "seed"}]}},
    "list_objects_v2": {"Prefix": "s", "MaxKeys": 3},
    "create_multipart_upload": {"Key": "m"},
    "list_multipart_uploads": {},
    "get_bucket_tagging": {},
    "put_object_tagging": {"Key": "seed", "Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]}},
    "get_object_attributes": {"Key": "seed", "ObjectAttributes": ["ETag", "ObjectSize"]},
}


@pytest.mark.parametrize("method", CALLS)
def test_plain_calls(s3, method):
    s3.put("media", "seed", b"abc")
    s3_client = client()

    def call():
        try:
            getattr(s3_client, method)(Bucket="media", **CALLS[method])
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchTagSet"  # noqa: PT017

    assert not goes_through_botocore(call)


REFUSED = [
    ({"Key": ""}, "Invalid length for parameter Key"),
    ({"Key": None}, "Invalid type for parameter Key"),
    ({"Bucket": "not valid"}, "Invalid bucket name"),
    ({"Unknown": 1}, 'Unknown parameter in input: "Unknown"'),
    ({"Metadata": {"a": "ü"}}, "Non ascii characters found in S3 metadata"),
    ({"Body": 7}, "Invalid type for parameter Body"),
]


@pytest.mark.parametrize(("params", "text"), REFUSED)
def test_botocore_refuses_calls(s3, params, text):
    with pytest.raises(ParamValidationError, match=text):
        put(client(), **params)
    assert not s3.calls


EVENTS = (
    *(
        "provide-client-params",
        "before-parameter-build",
        "before-endpoint-resolution",
        "before-call",
        "request-created",
    ),
    *("before-send", "needs-retry", "after-call"),
)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("name", ["{}", "{}.s3", "{}.s3.PutObject", "{}.*.*"])
def test_calls_with_listeners_go_through_botocore(s3, event, name):
    s3_client, events = client(), []

    def listener(**kwargs):
        events.append(kwargs)

    put(s3_client)
    s3_client.meta.events.register(name.format(event), listener)
    assert goes_through_botocore(lambda: put(s3_client))
    assert events or event == "before-endpoint-resolution"  # which botocore emits without the operation's name
    s3_client.meta.events.unregister(name.format(event), listener)
    assert not goes_through_botocore(lambda: put(s3_client))


PATCHED = (
    *((BaseClient, name) for name in ("_make_request", "_emit_api_params", "_convert_to_request_dict")),
    *((Endpoint, name) for name in ("make_request", "_send_request")),
    (EndpointRulesetResolver, "construct_endpoint"),
    (ParamValidator, "validate"),
)


@pytest.mark.parametrize(("owner", "name"), PATCHED)
def test_spies_of_botocores_methods_see_the_call(s3, owner, name):
    s3_client = client()
    put(s3_client)
    with mock.patch.object(owner, name, autospec=True, side_effect=getattr(owner, name)) as spy:
        put(s3_client)
    assert spy.called


@pytest.mark.parametrize("name", ["_make_request", "_emit_api_params", "_make_api_call"])
def test_spies_of_one_clients_methods_see_the_call(s3, name):
    s3_client = client()
    with mock.patch.object(s3_client, name, side_effect=getattr(s3_client, name)) as spy:
        put(s3_client)
    assert spy.call_count == 1
    assert len(s3.calls) == 1


def test_spies_of_one_endpoint_see_the_call(s3):
    s3_client = client()
    with mock.patch.object(s3_client._endpoint, "make_request", side_effect=s3_client._endpoint.make_request) as spy:
        put(s3_client)
    assert spy.call_count == 1


def test_logs_are_complete(s3, caplog):
    s3_client = client()
    with caplog.at_level(logging.DEBUG, logger="botocore.hooks"):
        assert goes_through_botocore(lambda: put(s3_client))
    assert any("before-parameter-build.s3.PutObject" in message for message in caplog.messages)


# Others who replace _make_api_call


def replacement(calls, original):
    def _make_api_call(self, operation_name, kwargs):
        calls.append(operation_name)
        if operation_name == "GetObject":
            return {"Body": "mocked"}
        return original(self, operation_name, kwargs)

    return _make_api_call


def test_users_patch_while_a_fake_is_active(s3):
    """As boto3's users do: their function sees every call, and passes some on to the original."""
    calls, ours = [], BaseClient._make_api_call
    with mock.patch("botocore.client.BaseClient._make_api_call", new=replacement(calls, ours)):
        s3_client = client()
        assert goes_through_botocore(lambda: put(s3_client))
        assert s3_client.get_object(Bucket="media", Key="k") == {"Body": "mocked"}
    assert calls == ["PutObject", "GetObject"]
    assert [call.operation for call in s3.calls] == ["PutObject"]
    assert BaseClient._make_api_call is ours


def test_users_patch_before_a_fake_starts():
    calls, original = [], BaseClient._make_api_call
    with mock.patch("botocore.client.BaseClient._make_api_call", new=replacement(calls, original)):
        theirs = BaseClient._make_api_call
        with FakeS3(buckets=["media"]) as fake:
            s3_client = client()
            put(s3_client)
            assert s3_client.get_object(Bucket="media", Key="k") == {"Body": "mocked"}
        assert BaseClient._make_api_call is theirs
    assert calls == ["PutObject", "GetObject"]
    assert [call.operation for call in fake.calls] == ["PutObject"]


def test_users_patch_that_outlives_the_fake():
    original, calls = BaseClient._make_api_call, []
    fake = FakeS3(buckets=["media"]).start()
    patch = mock.patch("botocore.client.BaseClient._make_api_call", new=replacement(calls, original))
    patch.start()
    put(client())
    fake.stop()
    patch.stop()
    BaseClient._make_api_call = original
    assert calls == ["PutObject"]


class Wrapper:
    """As instrumentation wraps functions: a descriptor that shows the attributes of the function inside."""

    def __init__(self, function, calls):
        self._function, self._calls = function, calls
        functools.update_wrapper(self, function)

    @property
    def __code__(self):
        return self._function.__code__

    def __call__(self, instance, *args):
        self._calls.append(args[0])
        return self._function(instance, *args)

    def __get__(self, instance, owner):
        return self if instance is None else functools.partial(self, instance)


@pytest.mark.parametrize("order", ["before", "after"])
def test_instrumentation_runs(order):
    calls, original = [], BaseClient._make_api_call
    fake = FakeS3(buckets=["media"])
    if order == "after":
        fake.start()
    ours = BaseClient.__dict__["_make_api_call"]
    BaseClient._make_api_call = Wrapper(ours, calls)
    try:
        if order == "before":
            fake.start()
        put(client())
    finally:
        if order == "after":
            BaseClient._make_api_call = ours
        fake.stop()
        BaseClient._make_api_call = original
    assert calls == ["PutObject"]
    assert [call.operation for call in fake.calls] == ["PutObject"]


def test_code_that_a_wrapper_shows_is_not_its_own():
    library = BotocoreLibrary()
    assert library.is_plain(Endpoint.make_request)
    assert not library.is_plain(Wrapper(Endpoint.make_request, []))
    assert not library.is_plain(mock.Mock())


def test_subclasses_methods_run(s3):
    calls = []
    s3_client = client()

    class Subclass(type(s3_client)):
        def _make_api_call(self, operation_name, kwarg):
            calls.append(operation_name)
            return super()._make_api_call(operation_name, kwarg)

    s3_client.__class__ = Subclass
    put(s3_client)
    assert calls == ["PutObject"]
    assert len(s3.calls) == 1


def test_a_stubber_answers_first(s3):
    s3_client = client()
    put(s3_client)
    with Stubber(s3_client) as stubber:
        stubber.add_response("put_object", {"ETag": '"stubbed"'}, {"Bucket": "media", "Key": "k", "Body": b"x"})
        assert put(s3_client)["ETag"] == '"stubbed"'
    assert len(s3.calls) == 1
    assert not goes_through_botocore(lambda: put(s3_client))


# What is left


def test_nothing_is_left():
    s3_client, original = client(), BaseClient._make_api_call
    handlers = {name: list(s3_client.meta.events._emitter._handlers.prefix_search(f"{name}.s3.X")) for name in EVENTS}
    with FakeS3(buckets=["media"]):
        put(s3_client)
        put(s3_client, Key="ü")
        with pytest.raises(ClientError):
            s3_client.get_object(Bucket="media", Key="none")
    assert BaseClient._make_api_call is original
    for name, before in handlers.items():
        assert list(s3_client.meta.events._emitter._handlers.prefix_search(f"{name}.s3.X")) == before


def test_clients_are_not_kept(s3):
    s3_client = client()
    put(s3_client)
    put(s3_client, Key="ü")
    reference = weakref.ref(s3_client)
    del s3_client
    gc.collect()
    assert reference() is None


def test_bodies_that_go_on_are_read_from_their_position(s3):
    body = io.BytesIO(b"0123456789")
    body.seek(4)
    s3.faults.on("PutObject").delay(0.001)
    assert goes_through_botocore(lambda: put(client(), Body=body))
    assert (body.tell(), s3.object("media", "k").body) == (10, b"456789")


def test_policies_that_ask_for_headers_see_them(s3):
    """A request that is not written has no headers to look at: such a call goes through botocore."""
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",'
        '"Resource": "arn:aws:s3:::media/*", "Condition": {"StringLike": {"aws:UserAgent": "Boto3*"}}}]}'
    )
    s3_client = client()
    s3_client.put_bucket_policy(Bucket="media", Policy=policy)
    with pytest.raises(ClientError, match="AccessDenied"):
        put(s3_client)
    assert [call.operation for call in s3.calls] == ["PutBucketPolicy", "PutObject"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_redirects_to_another_region(s3, region):
    """Once botocore knows the region of a bucket, it decides where calls are sent."""
    s3.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3_client = client(region_name=region)
    for _ in range(2):
        put(s3_client, Bucket="far")
    outcomes = [call.outcome for call in s3.calls.of("PutObject")]
    assert (outcomes[-2:], len(outcomes)) == (["ok", "ok"], 3)
