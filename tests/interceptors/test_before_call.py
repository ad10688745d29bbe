"""The ``before-call`` interceptor: which calls it answers, which it leaves to ``before-send``, and that nothing of it is left.

tests/properties/test_ways_in.py compares the responses of both.
"""

import gc
import io
import logging
import threading
import weakref
from datetime import datetime, timedelta, timezone
from unittest import mock

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import HmacV1Auth, S3SigV4Auth
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from botocore.handlers import disable_signing
from botocore.history import get_global_history_recorder
from botocore.session import Session
from botocore.stub import Stubber

from fakes3mp import FakeS3
from fakes3mp.errors import ERRORS, RETRIED_BY_CLIENTS, S3Error

KEYS = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}


@pytest.fixture
def s3():
    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        yield fake


def client(**options):
    return boto3.client("s3", **{**KEYS, **options})


class CountPrepared:
    """Counts the requests that botocore prepares for sending: calls that ``before-call`` answered have none."""

    def __enter__(self):
        self._patch = mock.patch("botocore.awsrequest.AWSRequest.prepare", autospec=True, side_effect=self._counting())
        self._patch.start()
        return self

    def _counting(self):
        from botocore.awsrequest import AWSRequest

        original, self.count = AWSRequest.prepare, 0

        def prepare(request):
            self.count += 1
            return original(request)

        return prepare

    def __exit__(self, *args):
        self._patch.stop()


def allows_before_call(client, act=None):
    """Whether a call is answered at ``before-call``."""
    with CountPrepared() as prepared:
        (act or (lambda: client.put_object(Bucket="media", Key="k", Body=b"x")))()
    return prepared.count == 0


def test_plain_clients(s3):
    assert allows_before_call(client())
    assert allows_before_call(s3.client())
    assert allows_before_call(boto3.resource("s3", **KEYS).meta.client)
    assert allows_before_call(client(config=Config(s3={"addressing_style": "path"})))
    assert allows_before_call(client(endpoint_url="http://localhost:9000"))
    assert allows_before_call(client(config=Config(retries={"mode": "legacy"})))


def test_clients_without_credentials(s3, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with mock.patch("botocore.credentials.CredentialResolver.load_credentials", return_value=None):
        assert allows_before_call(boto3.Session().client("s3", region_name="us-east-1"))


EVENTS = (
    *("before-call", "request-created", "choose-signer", "before-sign", "before-send", "response-received"),
    *("needs-retry", "before-parse", "after-call-error"),
)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("name", ["{}", "{}.s3", "{}.s3.PutObject", "{}.s3.*"])
def test_calls_with_listeners_go_on(s3, event, name):
    s3_client, events = client(), []

    def listener(**kwargs):
        events.append(kwargs)

    assert allows_before_call(s3_client)
    s3_client.meta.events.register(name.format(event), listener)
    assert not allows_before_call(s3_client)
    # Nothing went wrong, and the signer was chosen before the call.
    assert events or event in ("after-call-error", "choose-signer")
    s3_client.meta.events.unregister(name.format(event), listener)
    assert allows_before_call(s3_client)


def test_listeners_of_other_operations(s3):
    s3_client = client()
    s3_client.meta.events.register("before-send.s3.GetObject", lambda **kwargs: None)
    assert allows_before_call(s3_client)


def test_listeners_before_and_after_get_the_same_events(s3):
    s3_client, names = client(), []
    for event in ("provide-client-params", "before-parameter-build", "after-call"):
        s3_client.meta.events.register(f"{event}.s3", lambda event_name, **kwargs: names.append(event_name))
    assert allows_before_call(s3_client)
    assert [name.partition(".")[0] for name in names] == [
        "provide-client-params",
        "before-parameter-build",
        "after-call",
    ]


def client_with_refreshed_credentials():
    session = Session()
    session._credentials = RefreshableCredentials(
        "KEY", "SECRET", "TOKEN", datetime.now(timezone.utc) + timedelta(days=1), dict, "test"
    )
    return boto3.Session(botocore_session=session, region_name="us-east-1").client("s3")


def client_unsigned_by_handler():
    s3_client = client()
    s3_client.meta.events.register("choose-signer.s3.*", disable_signing)
    return s3_client


def client_with_other_parser():
    session = Session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.Session(botocore_session=session).client("s3", **KEYS)


def test_parsers_that_give_other_types(s3):
    """As awscli's are: its dates are text."""
    s3_client = client_with_other_parser()
    s3_client.put_object(Bucket="media", Key="k", Body=b"x")
    assert s3_client.head_object(Bucket="media", Key="k")["LastModified"].endswith("GMT")
    assert s3_client.list_objects_v2(Bucket="media")["Contents"][0]["LastModified"].endswith("Z")


NOT_PLAIN = {
    "another parser": client_with_other_parser,
    "signature version 2": lambda: client(config=Config(signature_version="s3")),
    "adaptive retries": lambda: client(config=Config(retries={"mode": "adaptive"})),
    "credentials that are refreshed": client_with_refreshed_credentials,
}


@pytest.mark.parametrize("make", NOT_PLAIN.values(), ids=list(NOT_PLAIN))
def test_calls_of_other_clients_go_on(s3, make):
    assert not allows_before_call(make())


@pytest.mark.parametrize(
    "make",
    [lambda: client(config=Config(signature_version=UNSIGNED)), client_unsigned_by_handler],
    ids=["option", "handler"],
)
def test_unsigned_calls_stay_unsigned(s3, make):
    with pytest.raises(ClientError, match="AccessDenied"):
        make().put_object(Bucket="media", Key="k", Body=b"x")


def test_observed_calls_go_on(s3, caplog):
    s3_client = client()
    with caplog.at_level(logging.DEBUG, logger="botocore.endpoint"):
        assert not allows_before_call(s3_client)
    recorder = get_global_history_recorder()
    recorder.enable()
    try:
        assert not allows_before_call(s3_client)
    finally:
        recorder.disable()
    for owner, name in ((Endpoint, "make_request"), (Endpoint, "_send_request"), (BaseClient, "_make_request")):
        with mock.patch.object(owner, name, autospec=True, side_effect=getattr(owner, name)) as spy:
            assert not allows_before_call(s3_client)
            assert spy.called
    assert allows_before_call(s3_client)


def test_calls_of_a_botocore_patched_before_the_fake_go_on():
    s3_client = client()
    spying = mock.patch.object(Endpoint, "_send_request", autospec=True, side_effect=Endpoint._send_request)
    with spying as spy, FakeS3(buckets=["media"]):
        assert not allows_before_call(s3_client)
    assert spy.called


def test_the_option_wire():
    with FakeS3(buckets=["media"], wire="http") as fake:
        assert not allows_before_call(fake.client())
    with pytest.raises(ValueError, match="wire is 'auto' or 'http', not 'never'"):
        FakeS3(wire="never")


def test_calls_with_a_fault_go_on(s3):
    s3.faults.on("PutObject").times(1).error("SlowDown")
    assert not allows_before_call(s3.client())
    assert allows_before_call(s3.client(), lambda: s3.client().get_object(Bucket="media", Key="k"))
    assert [call.outcome for call in s3.calls] == ["SlowDown", "ok", "ok"]


def test_redirects_to_another_region(s3):
    """botocore signs for the region that S3 names (O215, O245), so it must see the refusal; both attempts are recorded."""
    s3.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = io.BytesIO(b"not to be lost")
    client().put_object(Bucket="far", Key="k", Body=body)
    assert [(call.operation, call.outcome) for call in s3.calls.of("PutObject")] == [
        ("PutObject", "AuthorizationHeaderMalformed"),
        ("PutObject", "ok"),
    ]
    assert s3.object("far", "k").body == b"not to be lost"


@pytest.mark.parametrize("code", sorted(code for code, (status, _) in ERRORS.items() if 400 <= status < 500))
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_final_errors_are_not_retried(s3, code, mode):
    """The table says which errors clients do not retry; a fault rule lets botocore itself decide."""
    if not S3Error(code).is_final_for("PutObject"):
        assert code in RETRIED_BY_CLIENTS
        return
    s3.faults.on("PutObject").error(code)
    with pytest.raises(ClientError) as raised:
        client(config=Config(retries={"mode": mode})).put_object(Bucket="media", Key="k", Body=b"")
    assert raised.value.response["Error"]["Code"] == code
    assert len(s3.calls) == 1


@pytest.mark.parametrize("size", [0, 5, 9 << 20])
def test_transfers_report_their_progress(s3, size):
    progress, s3_client = [], s3.client()
    s3_client.upload_fileobj(io.BytesIO(b"x" * size), "media", "big", Callback=progress.append)
    assert sum(progress) == size
    with CountPrepared() as prepared:
        s3_client.upload_fileobj(io.BytesIO(b"x" * size), "media", "big", Callback=progress.append)
    assert (prepared.count, sum(progress)) == (0, 2 * size)
    assert s3.object("media", "big").size == size


def test_bodies_are_left_at_their_end(s3):
    body = io.BytesIO(b"0123456789")
    body.seek(4)
    s3.client().put_object(Bucket="media", Key="k", Body=body)
    assert (body.tell(), s3.object("media", "k").body) == (10, b"456789")


def test_bodies_are_not_copied(s3):
    body = bytes(1 << 20)
    s3.client().put_object(Bucket="media", Key="k", Body=body)
    s3.client().put_object(Bucket="media", Key="l", Body=io.BytesIO(body))
    for key in "kl":
        assert s3._store.bucket("media").objects[key].content.segments[0] is body


def test_responses_share_nothing_with_the_state(s3):
    s3.client().put_bucket_tagging(Bucket="media", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    answer = s3.client().get_bucket_tagging(Bucket="media")
    answer["TagSet"].clear()
    s3.calls[-1].result["TagSet"]
    assert s3.client().get_bucket_tagging(Bucket="media")["TagSet"] == [{"Key": "k", "Value": "v"}]
    assert len(s3.calls[1].result["TagSet"]) == 1


def test_many_threads(s3):
    s3_client, keys = client(), [f"{n}" for n in range(200)]
    threads = [
        threading.Thread(
            target=lambda share=share: [s3_client.put_object(Bucket="media", Key=key, Body=key) for key in share]
        )
        for share in (keys[n::10] for n in range(10))
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {key: s3.object("media", key).body.decode() for key in keys} == {key: key for key in keys}
    assert len(s3.calls) == 200


def test_nothing_is_left():
    s3_client, original = client(), BaseClient._make_api_call
    before = [
        handler
        for event in EVENTS
        for handler in s3_client.meta.events._emitter._handlers.prefix_search(f"{event}.s3.X")
    ]
    with FakeS3(buckets=["media"]):
        assert BaseClient._make_api_call is not original
        assert allows_before_call(s3_client)
    assert BaseClient._make_api_call is original
    after = [
        handler
        for event in EVENTS
        for handler in s3_client.meta.events._emitter._handlers.prefix_search(f"{event}.s3.X")
    ]
    assert after == before
    assert not [
        handler
        for handler in s3_client.meta.events._emitter._handlers.prefix_search("before-parameter-build.s3.X")
        if "fakes3mp" in repr(handler)
    ]


def test_calls_are_not_signed(s3):
    with (
        mock.patch.object(S3SigV4Auth, "add_auth", autospec=True) as v4,
        mock.patch.object(HmacV1Auth, "add_auth") as v2,
    ):
        assert allows_before_call(client())
    assert not v4.called
    assert not v2.called


def test_a_stubber_answers_first(s3):
    s3_client = client()
    with Stubber(s3_client) as stubber:
        stubber.add_response("put_object", {"ETag": '"stubbed"'}, {"Bucket": "media", "Key": "k", "Body": b"x"})
        assert s3_client.put_object(Bucket="media", Key="k", Body=b"x")["ETag"] == '"stubbed"'
    assert not s3.calls
    assert allows_before_call(s3_client)


def test_bodies_are_not_kept(s3):
    """Parameters are noted for documents only."""
    body = io.BytesIO(bytes(1 << 20))
    body_ref = weakref.ref(body)
    s3.client().put_object(Bucket="media", Key="k", Body=body)
    del body
    gc.collect()
    assert body_ref() is None
