"""Lists are parsed member by member as botocore parses the document: whatever the entries, and no answer shares anything."""

from datetime import datetime, timedelta, timezone

import pytest
from botocore.parsers import create_parser

from fakes3mp import FakeS3
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.parsed_responses import parsed_response
from fakes3mp.wire.response_writer import ResponseIds, write_response
from fakes3mp.wire.typed_calls import NeedsHTTP

NOW = datetime(2026, 3, 1, 12, 0, 30, 123456, tzinfo=timezone.utc)
ENTRY = {"Key": "a", "LastModified": NOW, "ETag": '"0"', "ChecksumAlgorithm": ["CRC32"], "Size": 1}
PAGES = {
    "all alike": ("ListObjectsV2", {"Contents": [{**ENTRY, "Key": f"k{number}"} for number in range(5)]}),
    "later and later": (
        "ListObjects",
        {"Contents": [{**ENTRY, "LastModified": NOW + timedelta(milliseconds=number)} for number in range(5)]},
    ),
    "not in ASCII": ("ListObjectsV2", {"Contents": [ENTRY, {**ENTRY, "Key": "ü\u2028<&>"}]}),
    "unlike members": ("ListObjectsV2", {"Contents": [ENTRY, {"Key": "b", "Owner": {"ID": "o"}}, {}]}),
    "another order": ("ListObjectsV2", {"Contents": [{"Size": 1, "Key": "a"}, {"Size": 2, "Key": "b"}]}),
    "several algorithms": ("ListObjectsV2", {"Contents": [{**ENTRY, "ChecksumAlgorithm": ["CRC32", "SHA1"]}, ENTRY]}),
    "no algorithms": ("ListObjectsV2", {"Contents": [{**ENTRY, "ChecksumAlgorithm": []}, ENTRY]}),
    "owners": ("ListObjectVersions", {"Versions": [{"Key": "a", "IsLatest": True, "Owner": {"ID": "o"}}] * 2}),
    "lists in entries": ("GetBucketLifecycleConfiguration", {"Rules": [{"ID": "r", "Transitions": [{"Days": 1}]}] * 2}),
    "no entries": ("ListObjectsV2", {"Contents": [], "KeyCount": 0}),
    "a list that has a parent": ("ListBuckets", {"Buckets": []}),
}


@pytest.mark.parametrize(("operation", "result"), PAGES.values(), ids=PAGES)
def test_a_page_is_what_botocore_parses(operation, result):
    ids = ResponseIds("request", "host", NOW)
    response = write_response(operation, "GET", result, ids)
    http = {"status_code": response.status, "headers": response.headers, "body": response.body.read()}
    expected = create_parser("rest-xml").parse(http, operation_model(operation).output_shape)
    parsed = parsed_response(operation, result, response.status, response.headers)
    assert {**parsed, "ResponseMetadata": None} == {**expected, "ResponseMetadata": None}
    for name in result.keys() & expected.keys():
        assert repr(parsed[name]) == repr(expected[name])


def test_a_key_that_xml_changes_needs_http():
    """Line ends and characters that XML does not have."""
    with pytest.raises(NeedsHTTP):
        parsed_response("ListObjectsV2", {"Contents": [ENTRY, {**ENTRY, "Key": "a\rb"}]}, 200, _headers())


def _headers():
    return ResponseIds("request", "host", NOW).headers()


@pytest.mark.parametrize(
    ("operation", "member"),
    [("list_objects_v2", "Contents"), ("list_objects", "Contents"), ("list_object_versions", "Versions")],
)
def test_answers_share_nothing_that_can_be_changed(operation, member):
    with FakeS3(buckets=["media"]) as fake:
        for key in "abc":
            fake.put("media", key, b"x")
        fetch_owner = {"FetchOwner": True} if operation == "list_objects_v2" else {}

        def entries():
            return getattr(fake.client(), operation)(Bucket="media", **fetch_owner)[member]

        before, changed = repr(entries()), entries()
        changed[0]["Owner"]["ID"] = changed[0]["Key"] = "changed"
        changed[0]["ChecksumAlgorithm"].append("changed")
        changed.pop()
        assert "changed" not in repr(changed[1:])
        assert repr(entries()) == before
        assert "changed" not in repr(fake.calls[-1].result) + repr(fake.calls[-2].result)
