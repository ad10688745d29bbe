"""Every operation of the model: the fake reads what botocore writes, and botocore reads what the fake writes."""

from base64 import b64encode
from hashlib import md5
from zlib import crc32

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from fakes3mp.core.content import Content
from fakes3mp.wire import quirks
from fakes3mp.wire.messages import Request
from fakes3mp.wire.model import operation_model, service_model
from fakes3mp.wire.request_reader import read_request
from fakes3mp.wire.response_writer import ResponseIds, check_result, write_response
from tests.wire.samples import TIME, required_only, sample

OPERATIONS = list(service_model().operation_names)
IDS = ResponseIds("REQUEST", "HOST", TIME)

# Operations whose result does not come back as it is, each with the reason.
EXCEPTIONS = {
    "SelectObjectContent": "its response is an event stream, which the fake does not write",
    "GetBucketLocation": "botocore parses it in a handler of its own (see test_bucket_location)",
}


def serialised(operation, params):
    """The call as botocore writes it, as a ``Request``."""
    request = create_serializer("rest-xml", include_validation=True).serialize_to_request(
        params, operation_model(operation)
    )
    query = "&".join(f"{name}={value}" for name, value in quoted(request["query_string"]))
    join = "&" if "?" in request["url_path"] else "?"
    url = "https://s3.us-east-1.amazonaws.com" + request["url_path"] + (join + query if query else "")
    body = request["body"]
    body = body.encode() if isinstance(body, str) else body or b""
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    if request["method"] != "GET":
        headers["content-length"] = str(len(body))
    return Request(request["method"], url, headers, body)


def add_checksum(request):
    """Add the checksum that botocore adds to a document after it has written it (O210, O380)."""
    request.headers["x-amz-checksum-crc32"] = b64encode(crc32(request.body).to_bytes(4, "big")).decode()


def quoted(query):
    from urllib.parse import quote

    for name, value in query.items():
        yield quote(name, safe=""), quote(str(value), safe="")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("make_params", [sample, required_only])
def test_botocore_writes_and_the_fake_reads(operation, make_params):
    shape = operation_model(operation).input_shape
    params = make_params(shape) if shape else {}
    params.pop("ContentLength", None)  # it must be the length of the body
    if "ContentMD5" in params:
        params["ContentMD5"] = b64encode(md5(serialised(operation, params).body).digest()).decode()
    request = serialised(operation, params)
    if shape and "ChecksumCRC32" not in shape.members:
        add_checksum(request)
    request = read_request(request)
    assert request.error is None
    assert request.operation == quirks.SHADOWED_OPERATIONS.get(operation, operation)
    if operation not in quirks.SHADOWED_OPERATIONS:
        assert {name: value for name, value in request.params.items() if name != "ContentLength"} == params


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - EXCEPTIONS.keys()))
def test_the_fake_writes_and_botocore_reads(operation):
    model = operation_model(operation)
    expected = sample(model.output_shape) if model.output_shape else {}
    if "ContentRange" in expected:
        expected["ContentLength"] = len(expected.get("Body", b"some bytes"))
    result = {name: Content.of(value) if isinstance(value, bytes) else value for name, value in expected.items()}
    response = write_response(operation, model.http["method"], check_result(operation, result), IDS)
    parsed = create_parser("rest-xml").parse(
        {"status_code": response.status, "headers": response.headers, "body": response.body.read()},
        model.output_shape,
    )
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == "REQUEST"
    parsed = {name: value.encode() if isinstance(expected[name], bytes) else value for name, value in parsed.items()}
    assert parsed == expected


def test_bucket_location():
    response = write_response("GetBucketLocation", "GET", {"LocationConstraint": "eu-west-1"}, IDS)
    assert response.body.read().endswith(
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>'
    )


def test_an_unknown_member_in_a_result_is_our_mistake(monkeypatch):
    monkeypatch.setattr("fakes3mp.wire.response_writer.is_older", lambda: False)
    with pytest.raises(TypeError, match=r"UploadPart answered \['Etag'\]"):
        check_result("UploadPart", {"Etag": "x"})


def test_under_an_older_botocore_members_that_it_does_not_know_are_dropped(monkeypatch):
    monkeypatch.setattr("fakes3mp.wire.response_writer.is_older", lambda: True)
    assert check_result("UploadPart", {"ETag": "x", "ChecksumNEW": "y"}) == {"ETag": "x"}
