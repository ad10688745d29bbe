"""Every operation of the model: botocore writes, we read the same; we write, botocore reads the same."""

from base64 import b64encode
from hashlib import md5

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from fakes3mp.core.content import Content
from fakes3mp.wire import quirks
from fakes3mp.wire.messages import Request
from fakes3mp.wire.model import operation_model, service_model
from fakes3mp.wire.request_reader import arrived
from fakes3mp.wire.response_writer import Ids, checked_answer, written
from tests.wire.samples import MOMENT, required_only, sample

OPERATIONS = list(service_model().operation_names)
IDS = Ids("REQUEST", "HOST", MOMENT)

# Answers that cannot come back as they were given, each with its reason.
ANSWER_EXCEPTIONS = {
    "SelectObjectContent": "its answer is an event stream, which the fake does not write",
    "GetBucketLocation": "botocore parses it in a handler of its own (see test_bucket_location)",
}


def serialised(operation, params):
    """What botocore makes of a call, as the wire's request."""
    made = create_serializer("rest-xml", include_validation=True).serialize_to_request(
        params, operation_model(operation)
    )
    query = "&".join(f"{name}={value}" for name, value in quoted(made["query_string"]))
    join = "&" if "?" in made["url_path"] else "?"
    url = "https://s3.us-east-1.amazonaws.com" + made["url_path"] + (join + query if query else "")
    body = made["body"]
    body = body.encode() if isinstance(body, str) else body or b""
    headers = {name.lower(): str(value) for name, value in made["headers"].items()}
    if made["method"] != "GET":
        headers["content-length"] = str(len(body))
    return Request(made["method"], url, headers, body)


def quoted(query):
    from urllib.parse import quote

    for name, value in query.items():
        yield quote(name, safe=""), quote(str(value), safe="")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("make", [sample, required_only])
def test_botocore_writes_and_we_read(operation, make):
    shape = operation_model(operation).input_shape
    params = make(shape) if shape else {}
    params.pop("ContentLength", None)  # it must be the body's own
    if "ContentMD5" in params:
        params["ContentMD5"] = b64encode(md5(serialised(operation, params).body).digest()).decode()
    arrival = arrived(serialised(operation, params))
    assert arrival.defect is None
    assert arrival.operation == quirks.SHADOWED.get(operation, operation)
    if operation not in quirks.SHADOWED:
        assert {name: value for name, value in arrival.params.items() if name != "ContentLength"} == params


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - ANSWER_EXCEPTIONS.keys()))
def test_we_write_and_botocore_reads(operation):
    model = operation_model(operation)
    answer = sample(model.output_shape) if model.output_shape else {}
    if "ContentRange" in answer:
        answer["ContentLength"] = len(answer.get("Body", b"some bytes"))
    ours = {name: Content.of(value) if isinstance(value, bytes) else value for name, value in answer.items()}
    response = written(operation, model.http["method"], checked_answer(operation, ours), IDS)
    parsed = create_parser("rest-xml").parse(
        {"status_code": response.status, "headers": response.headers, "body": response.body.read()},
        model.output_shape,
    )
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == "REQUEST"
    parsed = {name: value.encode() if isinstance(answer[name], bytes) else value for name, value in parsed.items()}
    assert parsed == answer


def test_bucket_location():
    response = written("GetBucketLocation", "GET", {"LocationConstraint": "eu-west-1"}, IDS)
    assert response.body.read().endswith(
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>'
    )


def test_an_unknown_member_in_an_answer_is_our_mistake(monkeypatch):
    monkeypatch.setattr("fakes3mp.wire.response_writer.is_older", lambda: False)
    with pytest.raises(TypeError, match=r"UploadPart answered \['Etag'\]"):
        checked_answer("UploadPart", {"Etag": "x"})


def test_under_an_older_botocore_members_it_does_not_know_are_dropped(monkeypatch):
    monkeypatch.setattr("fakes3mp.wire.response_writer.is_older", lambda: True)
    assert checked_answer("UploadPart", {"ETag": "x", "ChecksumNEW": "y"}) == {"ETag": "x"}
