"""``mock_aws`` in the other library's shape: decorators, start and stop, nesting, configuration, other services."""

import asyncio
import importlib.util
import sys
import unittest
import warnings

import boto3
import pytest

from fakes3mp import FakeS3, NotIntercepted, mock_aws
from fakes3mp.interceptors import other_mocks
from fakes3mp.interceptors.active import ACTIVE

REGION = {"region_name": "us-east-1"}
needs_moto = pytest.mark.skipif(importlib.util.find_spec("moto") is None, reason="moto is not installed")


@pytest.fixture(autouse=True)
def nothing_left(request):
    if request.cls is not None:  # whose fake lasts as long as the class
        yield
        return
    assert ACTIVE.innermost is None
    yield
    assert ACTIVE.innermost is None
    assert not other_mocks.is_moto_active()


def names():
    return [bucket["Name"] for bucket in boto3.client("s3", **REGION).list_buckets()["Buckets"]]


def create(name="media", **params):
    return boto3.client("s3", **REGION).create_bucket(Bucket=name, **params)


@mock_aws
def bare():
    create()
    return names()


@mock_aws()
def called():
    create()
    return names()


@mock_aws(config={"core": {"mock_credentials": True}})
def configured():
    create()
    return names()


@mock_aws({"core": {"mock_credentials": True}})
def configured_by_position():
    create()
    return names()


@mock_aws
async def coroutine():
    create()
    return names()


@mock_aws
def generator():
    create()
    yield names()


@mock_aws
async def async_generator():
    create()
    yield names()


async def first_of(items):
    return await anext(items)


FORMS = {
    "bare": bare,
    "called": called,
    "configured": configured,
    "configured by position": configured_by_position,
    "coroutine": lambda: asyncio.run(coroutine()),
    "generator": lambda: next(iter(list(generator()))),
    "async generator": lambda: asyncio.run(first_of(async_generator())),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_begins_with_nothing(form):
    assert FORMS[form]() == FORMS[form]() == ["media"]


def test_with_gives_the_fake():
    with mock_aws(buckets=["media"]) as s3:
        assert isinstance(s3, FakeS3)
        assert FakeS3.current() is s3
        assert names() == ["media"]


def test_start_stop_and_reset():
    mock = mock_aws()
    mock.start()
    create()
    mock.reset()
    assert names() == []
    mock.stop()
    with pytest.raises(RuntimeError, match=r"stop\(\) belongs to a start\(\)"):
        mock.stop()


def test_nested_mocks_share_one_state_until_the_last_stops():
    outer, inner = mock_aws(), mock_aws()
    outer.start()
    create()
    inner.start()
    assert names() == ["media"]
    outer.stop()
    assert names() == ["media"]
    inner.stop()


def test_data_that_is_kept():
    mock = mock_aws()
    mock.start()
    create()
    mock.stop(remove_data=False)
    mock.start(reset=False)
    assert names() == ["media"]
    mock.stop()


def test_a_fake_that_is_active_already_is_shared():
    with FakeS3(buckets=["media"]) as s3, mock_aws() as shared:
        assert shared is s3
        assert names() == ["media"]


def test_options_of_an_inner_mock_have_no_effect():
    with mock_aws() as outer:
        with pytest.warns(UserWarning, match="active already: buckets of the inner one has no effect"):
            inner = mock_aws(buckets=["media"]).start()
        assert inner is outer
        mock_aws().stop()


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({"s3": {}}, "s3"),
        ({"core": {"mock_credentials": True, "nonsense": 1}}, r"core\.nonsense"),
        ({"core": {}, "lambda": {"use_docker": False}}, None),
    ],
)
def test_unknown_keys_of_the_configuration(config, keys):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mock_aws(config=config)
    assert len(caught) == (keys is not None)
    if keys:
        assert caught[0].message.args[0].endswith(keys.replace("\\", ""))


def test_a_class_decorated_twice():
    with pytest.warns(UserWarning, match="the class Twice twice: once is enough"):

        @mock_aws
        @mock_aws
        class Twice:
            def test_one(self):
                create()
                return names()

    assert Twice().test_one() == ["media"]


@mock_aws
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        create("whole-class")

    def setUp(self):
        create("each")

    def test_one(self):
        create("one")
        self.assertEqual(names(), ["each", "one", "whole-class"])

    def test_two(self):
        self.assertEqual(names(), ["each", "whole-class"])


def test_a_failure_leaves_nothing():
    @mock_aws
    def failing():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        failing()


@mock_aws
def test_buckets_are_as_lenient_as_the_other_librarys():
    create("My_Bucket", ACL="public-read")
    boto3.client("s3", **REGION).put_object(Bucket="My_Bucket", Key="k", Body=b"", ACL="public-read")


@mock_aws(bucket_names="s3")
def test_options_make_it_strict():
    with pytest.raises(Exception, match="InvalidBucketName"):
        create("My_Bucket")


def test_the_account_of_the_environment(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "210987654321")
    with mock_aws() as s3:
        assert s3.account_id == "210987654321"


# STS is answered here


def sts(**keys):
    return boto3.client("sts", **REGION, **keys)


@mock_aws
def test_who_calls():
    identity = sts().get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"].startswith("arn:aws:iam::123456789012:user/")


def session_keys(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


@mock_aws(buckets=["media"])
def test_a_role_of_another_account():
    role = {"RoleArn": "arn:aws:iam::210987654321:role/team/reader", "RoleSessionName": "me"}
    assumed = sts().assume_role(**role)
    keys = session_keys(assumed["Credentials"])
    arn = "arn:aws:sts::210987654321:assumed-role/reader/me"
    assert assumed["AssumedRoleUser"]["Arn"] == arn
    assert sts(**keys).get_caller_identity()["Arn"] == arn
    with pytest.raises(Exception, match="AccessDenied"):
        boto3.client("s3", **REGION, **keys).list_objects_v2(Bucket="media")


@mock_aws
@pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
def test_tokens_act_for_the_callers_account(operation):
    params = {"Name": "guest"} if operation == "get_federation_token" else {}
    credentials = getattr(sts(), operation)(**params)["Credentials"]
    assert sts(**session_keys(credentials)).get_caller_identity()["Account"] == "123456789012"


@mock_aws
def test_a_token_expires_by_the_fakes_clock():
    FakeS3.current().clock.freeze("2026-01-01T00:00:00Z")
    expires = sts().get_session_token(DurationSeconds=900)["Credentials"]["Expiration"]
    assert f"{expires:%Y-%m-%d %H:%M %z}" in ("2026-01-01 00:15 +0000", f"{expires:%Y-%m-%d %H:%M %z}")
    assert expires.timestamp() == 1767226500


@mock_aws
def test_a_role_that_is_none():
    with pytest.raises(Exception, match=r"ValidationError.*not-a-role-not-a-role is invalid"):
        sts().assume_role(RoleArn="not-a-role-not-a-role", RoleSessionName="me")


@mock_aws
def test_an_action_that_is_not_implemented():
    with pytest.raises(Exception, match="fakes3mp does not implement DecodeAuthorizationMessage of STS"):
        sts().decode_authorization_message(EncodedMessage="x")


# Other services are moto's


@needs_moto
@mock_aws
def test_another_service_is_motos():
    queues = boto3.client("sqs", **REGION)
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    assert queues.list_queues()["QueueUrls"] == [url]


@needs_moto
def test_another_services_state_is_not_left_behind():
    for _ in range(2):
        with mock_aws():
            queues = boto3.client("sqs", **REGION)
            assert "QueueUrls" not in queues.list_queues()
            queues.create_queue(QueueName="q")


def test_without_the_other_library_its_services_are_refused(monkeypatch):
    monkeypatch.setattr(other_mocks, "is_moto_installed", lambda: False)
    monkeypatch.delitem(sys.modules, "moto", raising=False)
    with mock_aws(), pytest.raises(NotIntercepted, match=r"sqs ListQueues .* pip install 'moto\[sqs\]'"):
        boto3.client("sqs", **REGION).list_queues()
