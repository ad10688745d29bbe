"""Other services and other mocks while a fake is active: whose call it is, and that nothing gets out."""

import contextlib
import http.client
import importlib.util
import io
import json
import socket
import subprocess
import sys
import urllib.request
import zipfile
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from fakes3mp import FakeS3, NotIntercepted

REGION = {"region_name": "us-east-1"}
OWN_KEYS = {"aws_access_key_id": "mine", "aws_secret_access_key": "secret"}
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
LOCAL = "http://127.0.0.1:9"  # where nobody listens
S3_URL = "https://media.s3.eu-west-1.amazonaws.com/k"


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)


# other_services


@pytest.mark.parametrize(
    ("option", "client", "refused"),
    [
        ("auto", {}, True),  # the dummies would have signed it
        ("auto", OWN_KEYS, False),
        ("auto", {"endpoint_url": LOCAL}, False),  # another mock may listen there
        ("refuse", {}, True),
        ("refuse", OWN_KEYS, True),
        ("refuse", {"endpoint_url": LOCAL}, True),
        ("allow", {}, False),
        ("allow", OWN_KEYS, False),
    ],
)
@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sqs", lambda client: client.list_queues()),
        ("dynamodb", lambda client: client.list_tables()),
        ("lambda", lambda client: client.list_functions()),
    ],
)
def test_a_call_that_nobody_answers(no_network, option, client, refused, service, call):
    with FakeS3(other_services=option):
        error = NotIntercepted if refused else Exception
        message = f"{service} List.* would have gone to http.*other_services=" if refused else "onnect"
        with pytest.raises(error, match=message):
            call(boto3.client(service, **REGION, **client, config=ONCE))


def test_an_exempt_endpoint(no_network):
    with FakeS3(other_services="refuse", passthrough=[LOCAL]), pytest.raises(Exception, match="Could not connect"):
        boto3.client("sqs", **REGION, endpoint_url=LOCAL, config=ONCE).list_queues()


def test_another_services_stubber_answers():
    from botocore.stub import Stubber

    with FakeS3(other_services="refuse"):
        client = boto3.client("sqs", **REGION)
        with Stubber(client) as stubber:
            stubber.add_response("list_queues", {"QueueUrls": ["q"]})
            assert client.list_queues()["QueueUrls"] == ["q"]


def test_values_of_the_option():
    with pytest.raises(ValueError, match="other_services is 'auto', 'refuse' or 'allow', not 'no'"):
        FakeS3(other_services="no")


# Ways to the network beside botocore


def _pycurl():
    pycurl = pytest.importorskip("pycurl")
    pycurl.Curl().setopt(pycurl.URL, S3_URL)


WAYS = {
    "urllib.request": lambda: urllib.request.urlopen(S3_URL),
    "http.client": lambda: http.client.HTTPSConnection("media.s3.eu-west-1.amazonaws.com").request("GET", "/k"),
    "create_connection": lambda: socket.create_connection(("s3.amazonaws.com", 443)),
    "connect by name": lambda: socket.socket().connect(("s3.amazonaws.com", 443)),
    "getaddrinfo": lambda: socket.getaddrinfo(b"media.s3.amazonaws.com", "https"),
    "gethostbyname": lambda: socket.gethostbyname("media.s3.amazonaws.com"),
    "pycurl": _pycurl,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_nothing_gets_out(way):
    with FakeS3(buckets=["media"]), pytest.raises(NotIntercepted, match=r"s3\..*amazonaws.*fake_s3_server"):
        WAYS[way]()


def test_other_hosts_are_left_alone():
    with FakeS3(), socket.create_server(("127.0.0.1", 0)) as server:
        assert socket.getaddrinfo("localhost", 80)
        with socket.create_connection(server.getsockname()) as connection:
            assert connection.getpeername() == server.getsockname()


def test_an_exempt_host_can_be_looked_up(monkeypatch):
    looked_up = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: looked_up.append(args))
    with FakeS3(passthrough=["https://s3.eu-west-1.amazonaws.com"]):
        socket.getaddrinfo("media.s3.eu-west-1.amazonaws.com", 443)
    assert looked_up == [("media.s3.eu-west-1.amazonaws.com", 443)]


def test_no_attribute_is_left():
    before = {name: vars(socket.socket).get(name) for name in ("connect", "connect_ex")}
    lookup = socket.getaddrinfo
    with FakeS3():
        assert socket.getaddrinfo is not lookup
    assert {name: vars(socket.socket).get(name) for name in before} == before
    assert socket.getaddrinfo is lookup


# Profiles


CONFIG = """
[profile sso]
sso_start_url = https://example.com/start
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = reader
region = eu-west-1
[profile role]
role_arn = arn:aws:iam::111111111111:role/reader
source_profile = sso
[profile process]
credential_process = /bin/false
[profile web]
role_arn = arn:aws:iam::111111111111:role/reader
web_identity_token_file = /nowhere/token
[profile plain]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = real
"""


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.parametrize("profile", ["sso", "role", "process", "web", "plain"])
def test_profiles_resolve_to_dummies(config_file, no_network, profile):
    with FakeS3(buckets=["media"]):
        session = boto3.Session(profile_name=profile)
        session.client("s3").put_object(Bucket="media", Key="k", Body=b"x")
        assert session.get_credentials().get_frozen_credentials().access_key.startswith("FAKES3MP")


def test_a_profiles_account():
    with FakeS3(buckets=["media"]) as s3:
        s3.credentials.add_profile("guest", account_id="210987654321")
        guest = boto3.Session(profile_name="guest").client("s3", **REGION)
        with pytest.raises(Exception, match="AccessDenied"):
            guest.list_objects_v2(Bucket="media")


def test_a_profile_that_does_not_exist_anywhere(config_file):
    with (
        FakeS3(),
        pytest.raises(Exception, match=r"\(nowhere\) could not be found.*credentials\.add_profile\('nowhere'\)"),
    ):
        boto3.Session(profile_name="nowhere").client("s3", **REGION)


def test_a_profile_is_itself_after_the_fake(config_file):
    session = boto3.Session(profile_name="plain")
    with FakeS3():
        assert session.get_credentials().get_frozen_credentials().access_key.startswith("FAKES3MP")
    assert session.get_credentials().access_key == "AKIAIOSFODNN7EXAMPLE"


def test_the_default_session_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with FakeS3(buckets=["media"]):
        assert boto3.DEFAULT_SESSION is None


# moto beside a fake


needs_moto = pytest.mark.skipif(importlib.util.find_spec("moto") is None, reason="moto is not installed")


class MotoMock(contextlib.ExitStack):
    """moto's mock; before moto 5 there was one for each service."""

    def __enter__(self):
        import moto

        names = ["mock_aws"] if hasattr(moto, "mock_aws") else [f"mock_{name}" for name in ("s3", *MOTOS_SERVICES)]
        for name in names:
            self.enter_context(getattr(moto, name)())
        return self


MOTOS_SERVICES = ("sqs", "sns", "events", "kms", "iam")


@pytest.fixture(params=["moto first", "fake first"])
def both(request):
    """A fake and moto, both active, in either order."""
    moto, fake = MotoMock(), FakeS3(buckets=["media"])
    with moto if request.param == "moto first" else fake, fake if request.param == "moto first" else moto:
        yield fake


def executed_by_moto():
    """What moto's own S3 holds."""
    from moto.s3.models import s3_backends

    return [name for backend in s3_backends["123456789012"].values() for name in backend.buckets]


IMPORTED_LATE = """
import boto3
from fakes3mp import FakeS3
client = boto3.client("s3", region_name="us-east-1")
with FakeS3(buckets=["media"]) as fake:
    client.put_object(Bucket="media", Key="before", Body=b"x")
    import moto
    from moto.s3.models import s3_backends
    with getattr(moto, "mock_aws", None) and moto.mock_aws() or moto.mock_sqs():
        client.put_object(Bucket="media", Key="after", Body=b"x")
        boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
        print(fake.buckets["media"].keys(), [name for each in s3_backends["123456789012"].values() for name in each.buckets])
"""


@needs_moto
def test_moto_imported_while_a_fake_is_active():
    process = subprocess.run([sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True, check=False)
    assert process.stdout == "['after', 'before'] []\n", process.stderr


@needs_moto
def test_moto_does_not_execute_our_calls(both):
    client = boto3.client("s3", **REGION)
    client.create_bucket(Bucket="second")
    client.put_object(Bucket="media", Key="k", Body=b"x")
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket="media", Key="nothing")
    assert executed_by_moto() == []
    assert both.object("media", "k").body == b"x"
    assert [call.operation for call in both.calls] == ["CreateBucket", "PutObject", "GetObject"]


@needs_moto
def test_the_short_way_stays_open(both):
    """moto's handler of ``before-send`` is no reason to sign and to send."""
    client = boto3.client("s3", **REGION)
    with mock.patch.object(AWSRequest, "prepare", autospec=True, side_effect=AWSRequest.prepare) as prepare:
        client.put_object(Bucket="media", Key="k", Body=b"x")
    assert not prepare.called


@needs_moto
def test_other_services_are_motos_alone(both):
    queues = boto3.client("sqs", **REGION)
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    assert queues.list_queues()["QueueUrls"] == [url]


@needs_moto
def test_presigned_urls_are_ours(both):
    requests = pytest.importorskip("requests")
    both.put("media", "k", b"hello")
    url = boto3.client("s3", **REGION).generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"})
    assert requests.get(url).content == b"hello"


# Event notifications and KMS keys go to moto


def arn_of_queue(name="q"):
    queues = boto3.client("sqs", **REGION)
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    return url, queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def messages(url):
    found = boto3.client("sqs", **REGION).receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def notify(**configuration):
    client = boto3.client("s3", **REGION)
    client.put_bucket_notification_configuration(Bucket="media", NotificationConfiguration=configuration)


CREATED = ["s3:ObjectCreated:*"]


@needs_moto
def test_a_queue_receives_what_the_fake_lists(both):
    url, arn = arn_of_queue()
    notify(QueueConfigurations=[{"QueueArn": arn, "Events": CREATED}])
    boto3.client("s3", **REGION).put_object(Bucket="media", Key="k", Body=b"x")
    test, event = messages(url)
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", "media")
    assert event["Records"] == both.events


@needs_moto
def test_a_topic(both):
    url, queue = arn_of_queue()
    topics = boto3.client("sns", **REGION)
    topic = topics.create_topic(Name="t")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    notify(TopicConfigurations=[{"TopicArn": topic, "Events": CREATED}])
    boto3.client("s3", **REGION).put_object(Bucket="media", Key="k", Body=b"x")
    received = [json.loads(message["Message"]) for message in messages(url)]
    assert received[-1]["Records"] == both.events


def function(name="f"):
    """The ARN of a new function."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = boto3.client("iam", **REGION).create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): ...")
    options = {"Runtime": "python3.12", "Role": role, "Handler": "code.handler", "Code": {"ZipFile": code.getvalue()}}
    return boto3.client("lambda", **REGION).create_function(FunctionName=name, **options)["FunctionArn"]


@needs_moto
@pytest.mark.parametrize("first", ["moto", "fake"])
def test_a_function(first):
    moto = pytest.importorskip("moto")
    if not hasattr(moto, "mock_aws"):
        pytest.skip("before moto 5 functions run in containers only")
    from moto.awslambda_simple.models import LambdaSimpleBackend

    mock_aws, fake = moto.mock_aws(config={"lambda": {"use_docker": False}}), FakeS3(buckets=["media"])
    with mock_aws if first == "moto" else fake, fake if first == "moto" else mock_aws:
        arn = function()
        notify(LambdaFunctionConfigurations=[{"LambdaFunctionArn": arn, "Events": CREATED}])
        with mock.patch.object(LambdaSimpleBackend, "invoke", autospec=True, return_value=b"") as invoke:
            boto3.client("s3", **REGION).put_object(Bucket="media", Key="k", Body=b"x")
        assert [json.loads(call.args[3])["Records"] for call in invoke.call_args_list] == [fake.events]


@needs_moto
def test_a_bus(both):
    """In EventBridge's form (S3's manual); ``fake.events`` does not list it."""
    pytest.importorskip("jsonpath_ng")  # which moto's buses need
    url, queue = arn_of_queue()
    events = boto3.client("events", **REGION)
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": queue}])
    notify(EventBridgeConfiguration={})
    client = boto3.client("s3", **REGION)
    client.put_object(Bucket="media", Key="a b", Body=b"x")
    client.delete_object(Bucket="media", Key="a b")
    created, deleted = messages(url)
    assert (created["detail-type"], created["detail"]["reason"]) == ("Object Created", "PutObject")
    assert created["detail"]["object"]["key"] == "a b"
    assert created["detail"]["object"]["size"] == 1
    assert (deleted["detail-type"], deleted["detail"]["deletion-type"]) == ("Object Deleted", "Permanently Deleted")
    assert both.events == []


@needs_moto
def test_a_destination_that_is_not_there(both):
    with pytest.warns(UserWarning, match="could not be sent to arn:aws:sqs:us-east-1:123456789012:nowhere"):
        notify(QueueConfigurations=[{"QueueArn": "arn:aws:sqs:us-east-1:123456789012:nowhere", "Events": CREATED}])
    with pytest.warns(UserWarning, match="could not be sent"):
        boto3.client("s3", **REGION).put_object(Bucket="media", Key="k", Body=b"x")
    assert len(both.events) == 1


@needs_moto
def test_nothing_is_sent_with_notify_none():
    with MotoMock(), FakeS3(buckets=["media"], notify="none") as fake:
        url, arn = arn_of_queue()
        notify(QueueConfigurations=[{"QueueArn": arn, "Events": CREATED}])
        fake.client().put_object(Bucket="media", Key="k", Body=b"x")
        assert messages(url) == []


@needs_moto
def test_kms_keys(both):
    client = boto3.client("s3", **REGION)
    encryption = {"ServerSideEncryption": "aws:kms"}
    without_keys = client.put_object(Bucket="media", Key="k", Body=b"", **encryption, SSEKMSKeyId="any")
    assert without_keys["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/any"  # moto has no keys
    keys = boto3.client("kms", **REGION)
    key = keys.create_key()["KeyMetadata"]
    keys.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    answer = client.put_object(Bucket="media", Key="k", Body=b"", **encryption, SSEKMSKeyId="alias/mine")
    assert answer["SSEKMSKeyId"] == key["Arn"]
    with pytest.raises(Exception, match=r"KMS\.NotFoundException"):
        client.put_object(Bucket="media", Key="k", Body=b"", **encryption, SSEKMSKeyId="any")
    keys.disable_key(KeyId=key["KeyId"])
    with pytest.raises(Exception, match=r"KMS\.DisabledException"):
        client.put_object(Bucket="media", Key="k", Body=b"", **encryption, SSEKMSKeyId="alias/mine")
