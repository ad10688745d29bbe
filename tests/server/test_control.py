"""The control API: what other languages do with a fake over HTTP, and what it refuses."""

import inspect
import json
import re
import urllib.request

import boto3
import pytest
from werkzeug.test import Client

from fakes3mp import FakeS3, wsgi_app
from fakes3mp.server.control import Control
from fakes3mp.server.control_faults import FIELDS
from fakes3mp.server.control_routes import PREFIX, ROUTES
from fakes3mp.server.server import Server
from fakes3mp.service.fault_actions import FaultActions
from fakes3mp.service.fault_incidents import IncidentActions

PART = {"Bucket": "media", "Key": "k"}


@pytest.fixture
def fake():
    return FakeS3(buckets=["media"], open_uploads="ignore", min_part_size=1)


@pytest.fixture
def ask(fake):
    """Send one control request; returns the status and the document."""
    client = Client(wsgi_app(fake))

    def send(method, path, document=None, **kwargs):
        response = client.open(f"/_fakes3mp/{path}", method=method, json=document, **kwargs)
        return response.status_code, response.json

    return send


def upload_two_parts(fake):
    with fake:
        s3 = fake.client()
        upload_id = s3.create_multipart_upload(**PART)["UploadId"]
        for number in (1, 2):
            s3.upload_part(**PART, UploadId=upload_id, PartNumber=number, Body=b"x" * number)
    return upload_id


def test_health(ask):
    status, document = ask("GET", "health")
    assert (status, document["status"]) == (200, "ok")


def test_reset(fake, ask):
    fake.put("media", "k", b"x")
    assert ask("POST", "reset")[0] == 200
    assert fake.buckets["media"].keys() == []


def test_snapshots(fake, ask):
    fake.put("media", "k", b"x")
    assert ask("POST", "snapshots", {"name": "base"}) == (200, {"ok": True, "name": "base"})
    fake.put("media", "another", b"x")
    assert ask("POST", "snapshots/base/restore")[0] == 200
    assert fake.buckets["media"].keys() == ["k"]
    assert ask("GET", "snapshots")[1]["snapshots"] == ["base"]


def test_faults_in_the_vocabulary_of_python(fake, ask):
    rule = {"operation": "UploadPart", "params": {"PartNumber": 2}, "times": 1, "error": "SlowDown"}
    assert ask("POST", "faults", rule)[0] == 200
    assert repr(fake.faults.rules[0]).startswith("<on('UploadPart', PartNumber=2).times(1): SlowDown")
    upload_two_parts(fake)
    listed = ask("GET", "faults")[1]
    assert (listed["faults"][0]["fired"], listed["all_fired"]) == (1, True)
    assert ask("POST", "assert/all-faults-fired")[0] == 200
    assert ask("DELETE", "faults")[0] == 200
    assert fake.faults.rules == ()


@pytest.mark.parametrize(
    ("document", "effect"),
    [
        ({"operation": "GetObject", "truncate_body": {"after": 10}}, "truncate_body"),
        ({"operation": "GetObject", "corrupt_body": True}, "corrupt_body"),
        ({"operation": "ANY", "delay": 0.5}, "delay"),
        ({"operation": "UploadPart", "params": {"PartNumber": None}, "after_commit": True, "timeout": True}, "timeout"),
        ({"operation": "PutObject", "error": {"code": "SlowDown", "message": "later"}}, "SlowDown"),
    ],
)
def test_every_form_of_a_fault(fake, ask, document, effect):
    status, answer = ask("POST", "faults", document)
    assert status == 200, answer
    assert effect in repr(fake.faults.rules[0])


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "message"),
    [
        ("GET", "helth", None, 404, "did you mean health?"),
        ("GET", "reset", None, 405, "takes POST, not GET"),
        ("POST", "faults", {"operation": "UploadPrat", "error": "SlowDown"}, 400, "did you mean UploadPart"),
        ("POST", "faults", {"operation": "UploadPart", "error": "SlowDwn"}, 400, "did you mean SlowDown"),
        ("POST", "faults", {"operation": "UploadPart", "eror": "SlowDown"}, 400, "did you mean error?"),
        ("POST", "faults", {"operation": "UploadPart"}, 400, "a fault needs an effect"),
        ("POST", "faults", {"operation": "UploadPart", "params": {"PartNumbr": 1}, "timeout": True}, 400, "PartNumber"),
        ("POST", "faults", {"operation": "UploadPart", "times": 0, "timeout": True}, 400, "at least once"),
        ("POST", "faults", {"operation": "UploadPart", "delay": {"hours": 1}}, 400, "delay does not take"),
        ("POST", "clock/advance", {"days": -1}, 400, "does not go backwards"),
        ("POST", "clock/advance", {"weeks": 1}, 400, "there is no field 'weeks'"),
        ("POST", "clock/advance", {"days": 1e12}, 400, ""),
        ("POST", "clock/freeze", {"at": "yesterday"}, 400, "yesterday"),
        ("POST", "snapshots", {"name": "../x"}, 400, "a snapshot's name"),
        ("POST", "snapshots/bas/restore", None, 404, "there is no snapshot 'bas'"),
        ("GET", "objects/media/none", None, 404, "NoSuchKey|no object|key"),
        ("GET", "uploads?stat=open", None, 400, "did you mean state?"),
        ("POST", "credentials", {"access_key": "A", "secret_key": "s", "account_id": "12"}, 400, "12 digits"),
        ("POST", "credentials", {"access_key": "A"}, 400, "secret_key"),
        ("POST", "assert/called", {"operation": "PutObjekt"}, 400, "did you mean PutObject"),
    ],
)
def test_what_is_refused_changes_nothing(fake, ask, method, path, document, status, message):
    before = fake.clock.position[2:]
    answer = ask(method, path, document)
    assert answer[0] == status, answer
    assert answer[1]["ok"] is False
    assert not message or any(part in answer[1]["error"] for part in message.split("|")), answer[1]["error"]
    assert fake.faults.rules == ()
    assert fake.clock.position[2:] == before


@pytest.mark.parametrize("body", [b"[", b"[1]", b"[" * 100_000, b"5", b"\xff"])
def test_a_body_that_is_no_object(fake, body):
    response = Client(wsgi_app(fake)).post("/_fakes3mp/faults", data=body)
    assert response.status_code == 400
    assert "the body is not" in response.json["error"]


def test_the_clock(fake, ask):
    assert ask("POST", "clock/freeze", {"at": "2026-01-01T00:00:00Z"})[1]["now"] == "2026-01-01T00:00:00+00:00"
    assert ask("POST", "clock/advance", {"days": 8})[1] == {
        "ok": True,
        "now": "2026-01-09T00:00:00+00:00",
        "actions": [],
    }
    assert ask("GET", "clock")[1]["now"] == "2026-01-09T00:00:00+00:00"
    assert ask("POST", "clock/resume")[0] == 200


def test_uploads_have_every_part_and_attempt(fake, ask):
    fake.faults.on("UploadPart", PartNumber=2).times(1).error("SlowDown")
    upload_id = upload_two_parts(fake)
    (upload,) = ask("GET", "uploads?state=open&key=k")[1]["uploads"]
    assert (upload["id"], upload["bucket"], upload["state"]) == (upload_id, "media", "open")
    assert [part["number"] for part in upload["parts"]] == [1, 2]
    assert [attempt["outcome"] for attempt in upload["parts"][1]["attempts"]] == ["SlowDown", "stored"]
    assert ask("GET", "uploads?state=completed")[1]["uploads"] == []
    status, document = ask("POST", "assert/no-open-uploads")
    assert status == 409
    assert upload_id in document["error"]


def test_calls_are_filtered_and_paged(fake, ask):
    upload_two_parts(fake)
    listed = ask("GET", "calls?operation=UploadPart&PartNumber=2")[1]
    assert (listed["total"], listed["calls"][0]["params"]["PartNumber"]) == (1, 2)
    assert listed["calls"][0]["params"]["Body"] == {"size": 2}
    page = ask("GET", "calls?limit=1&offset=1")[1]
    assert (page["total"], len(page["calls"])) == (3, 1)
    assert ask("POST", "assert/called", {"operation": "UploadPart", "params": {"PartNumber": 1}, "times": 1})[0] == 200
    assert ask("POST", "assert/not-called", {"operation": "UploadPart"})[0] == 409


def test_buckets_and_objects(fake, ask):
    fake.put("media", "a/b c", "ü".encode(), Metadata={"m": "1"})
    assert ask("GET", "buckets")[1]["buckets"] == [{"name": "media", "region": "us-east-1", "objects": 1}]
    found = ask("GET", "objects/media/a/b%20c?body=true")[1]["object"]
    assert (found["key"], found["size"], found["body"], found["metadata"]) == ("a/b c", 2, "w7w=", {"m": "1"})
    assert ask("POST", "assert/object", {"bucket": "media", "key": "a/b c", "etag": found["etag"]})[0] == 200
    assert ask("POST", "assert/object", {"bucket": "media", "key": "a/b c", "etag": "0"})[0] == 409


def test_credentials(fake, ask):
    assert (
        ask("POST", "credentials", {"access_key": "GUEST", "secret_key": "s", "account_id": "210987654321"})[0] == 200
    )
    assert fake.credentials.account_of("GUEST") == "210987654321"


def test_the_description_is_the_implementation(ask):
    document = ask("GET", "openapi.json")[1]
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}
    for route in ROUTES:
        parameters = inspect.signature(getattr(Control, route.handler)).parameters.values()
        taken = {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}
        described = {*route.fields, *route.query, *re.findall(r"{(\w+)}", route.path)}
        assert described >= taken - {"self", "environ"}, route
        assert described <= taken or len(parameters) > len(taken), route


ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
EVERY_ROUTE = (
    *(
        ("GET", ""),
        ("GET", "stream"),
        ("GET", "drawing"),
        ("GET", "health"),
        ("GET", "openapi.json"),
        ("POST", "reset"),
    ),
    *(("GET", "snapshots"), ("POST", "snapshots", {"name": "a"}), ("POST", "snapshots/a/restore")),
    *(("GET", "faults"), ("POST", "faults", {"operation": "GetObject", "timeout": True}), ("DELETE", "faults")),
    *(("GET", "clock"), ("POST", "clock/advance", {"days": 1, "hours": 1, "minutes": 1, "seconds": 0.5})),
    *(
        ("POST", "clock/freeze"),
        ("POST", "clock/resume"),
        ("GET", "buckets"),
        ("POST", "put"),
        ("GET", "buckets/media"),
    ),
    *(("GET", "objects/media/k"), ("GET", "uploads"), ("GET", "calls"), ("GET", "events")),
    ("POST", "credentials", {"access_key": "A", "secret_key": "s", "policy": ALLOW_ALL}),
    *(("POST", "assert/no-open-uploads"), ("POST", "assert/all-faults-fired")),
    ("POST", "assert/called", {"operation": "GetObject", "times": 0}),
    ("POST", "assert/not-called", {"operation": "GetObject", "params": {"Key": "k"}}),
    ("POST", "assert/object", {"bucket": "media", "key": "k"}),
)


def test_every_route(fake):
    client, called = Client(wsgi_app(fake)), set()
    for method, path, *document in EVERY_ROUTE:
        if path == "put":
            fake.put("media", "k", b"x")
            continue
        response = client.open(f"/_fakes3mp/{path}", method=method, json=document[0] if document else None)
        assert response.status_code == 200, (method, path, response.text)
        called.add(next(route for route in ROUTES if route.match(method, path) is not None))
    assert called == set(ROUTES)


def test_faults_have_the_methods_of_pythons():
    """All but ``crash``, which kills code of this process."""
    methods = {name for name, member in vars(FaultActions).items() if not name.startswith("_") and callable(member)}
    methods |= {name for name, member in vars(IncidentActions).items() if not name.startswith("_") and callable(member)}
    assert methods - {"crash"} <= set(FIELDS)


def test_only_this_machine(ask):
    status, document = ask("GET", "health", environ_overrides={"REMOTE_ADDR": "10.0.0.7"})
    assert status == 403
    assert "--control anywhere" in document["error"]


def test_a_token(fake):
    control = Control(fake, anywhere=True, token="t")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/_fakes3mp/health", "REMOTE_ADDR": "10.0.0.7"}
    assert control.respond(environ)[0] == 401
    assert control.respond({**environ, "HTTP_AUTHORIZATION": "Bearer t"})[0] == 200


HOSTILE = '<img src=x onerror=alert(1)>"&'


def test_the_console_page(fake):
    page = Client(wsgi_app(fake)).get("/_fakes3mp/")
    assert page.content_type == "text/html; charset=utf-8"
    assert "fakes3mp console" in page.text
    assert "%STYLE%" not in page.text
    assert not re.findall(r"(?:src|href)=\"(?!#|openapi|data:)", page.text), "nothing is loaded from elsewhere"


def test_nothing_that_a_key_contains_becomes_markup(fake, ask):
    with fake:
        s3 = fake.client()
        s3.create_multipart_upload(Bucket="media", Key=HOSTILE, Metadata={"m": "<script>"})
        s3.put_object(Bucket="media", Key=HOSTILE, Body=b"")
    drawing = Client(wsgi_app(fake)).get("/_fakes3mp/drawing").text
    assert "&lt;img" in drawing
    assert "<img" not in drawing
    assert "<script" not in drawing
    assert ask("GET", "buckets/media")[1]["objects"][0]["key"] == HOSTILE
    assert ask("GET", "buckets/medai")[0] == 404


def test_the_drawing_is_filtered(fake):
    upload_two_parts(fake)
    client = Client(wsgi_app(fake))
    assert "2 calls, 1 uploads" in client.get("/_fakes3mp/drawing?operation=UploadPart").text
    assert "0 calls, 0 uploads" in client.get("/_fakes3mp/drawing?key=another").text


def test_events_say_that_something_has_changed(fake):
    client = Client(wsgi_app(fake))
    first = client.get("/_fakes3mp/stream")
    assert first.content_type == "text/event-stream"
    event_id = re.search(r"^id: (.+)$", first.text, re.MULTILINE)[1]
    assert "id:" not in client.get("/_fakes3mp/stream", headers={"Last-Event-ID": event_id}).text
    with fake:
        fake.client().list_buckets()
    assert "data: changed" in client.get("/_fakes3mp/stream", headers={"Last-Event-ID": event_id}).text


def test_through_a_real_server(fake):
    with Server(fake) as server:
        client = server.client()
        client.put_object(**PART, Body=b"x")
        with urllib.request.urlopen(f"{server.url}/_fakes3mp/calls?operation=PutObject") as response:
            assert json.load(response)["total"] == 1


def test_s3_has_no_such_bucket(fake):
    with Server(fake) as server:
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=server.url, **keys).put_object(
            Bucket="media", Key="_fakes3mp/health", Body=b"x"
        )
    assert fake.buckets["media"].keys() == ["_fakes3mp/health"]
