"""New sessions under a fake share what is read from botocore's files, and nothing else."""

import json

import boto3
import botocore.hooks
import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader, create_loader

from fakes3mp import FakeS3

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


@pytest.fixture
def s3():
    with FakeS3(buckets=["media"]) as fake:
        yield fake


def loader_of(session):
    return session._session.get_component("data_loader")


def test_files_are_parsed_once(s3):
    one, other = (loader_of(boto3.Session()) for _ in range(2))
    assert one is not other
    assert one.load_service_model("s3", "service-2") is other.load_service_model("s3", "service-2")


@pytest.mark.parametrize(
    "name",
    [
        *("endpoints", "partitions", "sdk-default-configuration", "_retry"),
        *(f"s3/2006-03-01/{kind}" for kind in ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2")),
    ],
)
def test_files_are_parsed_to_what_botocore_parses(name, caplog):
    from fakes3mp.wire.model_loader import SharedFiles

    path = f"{Loader.BUILTIN_DATA_PATH}/{name}"
    theirs = JSONFileLoader().load_file(path)
    with caplog.at_level("DEBUG", logger="botocore.loaders"):
        ours = SharedFiles().load_file(path)  # without what clients have changed in it
    assert json.dumps(ours) == json.dumps(theirs)
    assert [message.partition(":")[0] for message in caplog.messages] == ["Loading JSON file"]


@pytest.mark.parametrize("text", ["{", "", "[NaN]", "[1e999]", '{"a": 1, "a": 2}', '["\\ud800"]'])
def test_what_is_hardly_json_gets_botocores_answer(s3, tmp_path, text):
    (tmp_path / "mine.json").write_text(text)

    def load(loader):
        loader.search_paths.append(str(tmp_path))
        try:
            return json.dumps(loader.load_data("mine"))
        except ValueError as error:
            return type(error), str(error)

    assert load(loader_of(boto3.Session())) == load(Loader())


def test_search_paths_are_each_sessions_own(s3, tmp_path):
    (tmp_path / "mine/2026-01-01").mkdir(parents=True)
    model = {"metadata": {"serviceId": "mine", "protocol": "rest-xml"}, "operations": {}, "shapes": {}}
    (tmp_path / "mine/2026-01-01/service-2.json").write_text(json.dumps(model))
    mine, others = boto3.Session(), boto3.Session()
    loader_of(mine).search_paths.append(str(tmp_path))
    assert loader_of(mine).load_service_model("mine", "service-2") == model
    with pytest.raises(UnknownServiceError):
        loader_of(others).load_service_model("mine", "service-2")


def test_a_data_path_of_the_environment_is_honoured(s3, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert str(tmp_path) in loader_of(boto3.Session()).search_paths


def test_configuration_is_each_sessions_own(s3, tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[profile patient]\nmax_attempts = 7\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    patient, plain = (boto3.Session(profile_name=name, **KEYS).client("s3") for name in ("patient", None))
    assert patient.meta.config.retries["total_max_attempts"] == 7
    assert (plain.meta.config.retries or {}).get("total_max_attempts") != 7


def test_clients_of_all_sessions_work_alike(s3):
    """Clients change the model as they use it; the others and our own routes must not mind."""
    for wire in ("auto", "http"):
        s3.allows_before_call = wire == "auto"
        for _ in range(2):
            client = boto3.Session(**KEYS).client("s3")
            client.put_object(Bucket="media", Key="k", Body=b"x")
            client.create_multipart_upload(Bucket="media", Key="m")
            assert client.get_object(Bucket="media", Key="k")["Body"].read() == b"x"
            assert client.list_multipart_uploads(Bucket="media")["Uploads"]
            url = client.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"})
            assert "/k?" in url
            assert "media" in url
    for upload in s3.uploads.open:
        client.abort_multipart_upload(Bucket="media", Key="m", UploadId=upload.id)


def test_sessions_made_before_keep_their_loader():
    early = boto3.Session(**KEYS)
    loader = loader_of(early)
    with FakeS3(buckets=["media"]):
        assert loader_of(early) is loader
        early.client("s3").put_object(Bucket="media", Key="k", Body=b"x")


def test_everything_is_put_back():
    with FakeS3():
        assert botocore.session.create_loader is not create_loader
        session = boto3.Session(**KEYS)
    assert botocore.session.create_loader is create_loader
    assert type(loader_of(boto3.Session())) is Loader
    assert session.client("sqs").meta.service_model.service_name == "sqs"


def test_only_an_unknown_service_is_looked_for(s3, monkeypatch):
    looked_for = []
    original = Loader.list_available_services
    monkeypatch.setattr(
        Loader, "list_available_services", lambda loader, *args: looked_for.append(args) or original(loader, *args)
    )
    loader = loader_of(boto3.Session())
    loader.load_service_model("sns", "service-2")
    assert not looked_for
    with pytest.raises(UnknownServiceError, match="Unknown service: 'none'"):
        loader.load_service_model("none", "service-2")
    assert looked_for


def test_models_have_their_extras(s3):
    ours, botocores = (
        loader.load_service_model("s3", "service-2") for loader in (loader_of(boto3.Session()), Loader())
    )
    assert ours["shapes"] == botocores["shapes"]
    assert list(ours["operations"]) == list(botocores["operations"])


def test_events_are_called_by_their_present_names(s3):
    """Names that botocore has changed are looked up once for all sessions; each session has its own handlers."""
    one, other, events = boto3.Session(**KEYS), boto3.Session(**KEYS), []
    one.events.register("own-event.sqs", lambda **kwargs: events.append(1))
    old, new = next((old, new) for old, new in botocore.hooks.EVENT_ALIASES.items() if "." not in old + new)
    names = [session.events._alias_event_name(f"before-call.{old}.X") for session in (one, other)]
    assert names == [f"before-call.{new}.X"] * 2
    other.events.emit("own-event.sqs.SendMessage")
    assert not events
    one.events.emit("own-event.sqs.SendMessage")
    assert events == [1]


def test_handlers_must_accept_keywords(s3):
    with pytest.raises(ValueError, match="must accept keyword arguments"):
        boto3.Session(**KEYS).events.register("before-call.s3", lambda params: None)


def test_hooks_are_put_back():
    accepts_kwargs, initialise = botocore.hooks.accepts_kwargs, EventAliaser.__init__
    with FakeS3():
        assert botocore.hooks.accepts_kwargs is not accepts_kwargs
    assert (botocore.hooks.accepts_kwargs, EventAliaser.__init__) == (accepts_kwargs, initialise)
