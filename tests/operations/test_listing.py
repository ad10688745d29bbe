"""ListParts, ListMultipartUploads, ListObjects, ListObjectsV2: what S3 answers."""

from urllib.parse import quote_plus

import pytest

from fakes3mp.wire.messages import ClientInfo, TypedRequest
from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import crc, md5

NUMBERS = [2, 3, 5, 7]


@pytest.fixture
def with_parts(scene):
    scene.upload()
    for number in NUMBERS:
        scene.part(number, b"%d" % number)
    return scene


def parts(**params):
    return lambda scene: scene.ListParts(**params)


def part_page(act, expected, **members):
    def act_and_check_parts(scene):
        answer = act(scene)
        assert [part["PartNumber"] for part in answer.get("Parts", ())] == expected
        return answer

    return act_and_check_parts, expect_answer(**members)


PARTS = {
    "F73: all": (parts(), NUMBERS, {"Bucket": "bucket", "Key": "key", "StorageClass": "STANDARD", "PartNumberMarker": 0, "NextPartNumberMarker": 7, "MaxParts": 1000, "IsTruncated": False, "ChecksumAlgorithm": ABSENT, "ChecksumType": ABSENT}),
    "F74: a page": (parts(MaxParts=2), [2, 3], {"NextPartNumberMarker": 3, "MaxParts": 2, "IsTruncated": True}),
    "F74: the next": (parts(MaxParts=2, PartNumberMarker=3), [5, 7], {"NextPartNumberMarker": 7, "PartNumberMarker": 3, "IsTruncated": False}),
    "F74: a marker that is no part": (parts(PartNumberMarker=4), [5, 7], {"PartNumberMarker": 4}),
    "F74: past the end": (parts(PartNumberMarker=7), [], {"NextPartNumberMarker": 0, "IsTruncated": False, "Parts": ABSENT}),
    "manual: over a thousand is a thousand": (parts(MaxParts=5000), NUMBERS, {"MaxParts": 1000}),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_list_parts(with_parts, name):
    act, expected, members = PARTS[name]
    act, expect = part_page(act, expected, **members)
    expect.check(with_parts, act)


def test_a_listed_part(with_parts):
    """F4, F5, F75"""
    answer = with_parts.ListParts()
    assert set(answer["Parts"][0]) == {"PartNumber", "LastModified", "ETag", "Size"}
    assert answer["Parts"][0]["ETag"] == f'"{md5(b"2")}"'
    assert set(answer["Owner"]) == {"ID"}
    assert set(answer["Initiator"]) == {"ID", "DisplayName"}


def test_no_parts(scene):
    """F73"""
    scene.upload()
    expect_answer(Parts=ABSENT, NextPartNumberMarker=0, IsTruncated=False).check(scene, parts())


def test_parts_of_an_upload_with_an_algorithm(scene):
    """F75"""
    scene.upload(ChecksumAlgorithm="SHA1")
    scene.part(1, b"x", ChecksumSHA1=crc(b"x", "SHA1"))
    answer = scene.ListParts()
    assert (answer["ChecksumAlgorithm"], answer["ChecksumType"]) == ("SHA1", "COMPOSITE")
    assert answer["Parts"][0]["ChecksumSHA1"] == crc(b"x", "SHA1")


def test_a_parts_checksum_is_not_remembered_without_an_algorithm(scene):
    """F24"""
    scene.upload()
    scene.part(1, b"x", ChecksumSHA1=crc(b"x", "SHA1"))
    assert "ChecksumSHA1" not in scene.ListParts()["Parts"][0]


def test_list_parts_of_another_key(with_parts):
    """F19"""
    expect_error("NoSuchUpload", 404, None, UploadId=lambda scene: scene.upload_id).check(
        with_parts, parts(Key="another")
    )


def test_a_negative_page(with_parts):
    expect_error("InvalidArgument", 400, None, ArgumentName="max-parts", ArgumentValue="-1").check(
        with_parts, parts(MaxParts=-1)
    )


def uploads(**params):
    return lambda scene: scene.ListMultipartUploads(**params)


@pytest.fixture
def with_uploads(scene):
    """Uploads by key in order of initiation: two of "b", one of each other."""
    scene.ids = {}
    for name, key in [("b1", "b"), ("d/1", "d/1"), ("a", "a"), ("b2", "b"), ("d/2", "d/2"), ("e", "e")]:
        scene.upload(key=key)
        scene.ids[name] = scene.upload_id
    return scene


IN_ORDER = ["a", "b1", "b2", "d/1", "d/2", "e"]
UPLOADS = {
    "F77, F78: all": ({}, IN_ORDER, {"KeyMarker": "", "UploadIdMarker": "", "NextKeyMarker": "e", "NextUploadIdMarker": "@e", "MaxUploads": 1000, "IsTruncated": False, "Prefix": ABSENT, "Delimiter": ABSENT, "EncodingType": ABSENT}),
    "F77: a page": ({"MaxUploads": 2}, ["a", "b1"], {"IsTruncated": True, "NextKeyMarker": "b", "NextUploadIdMarker": "@b1"}),
    "F79: key marker alone": ({"KeyMarker": "b"}, ["d/1", "d/2", "e"], {"KeyMarker": "b"}),
    "F79: both markers": ({"KeyMarker": "b", "UploadIdMarker": "@b1"}, ["b2", "d/1", "d/2", "e"], {"UploadIdMarker": "@b1"}),
    "F79: upload marker alone": ({"UploadIdMarker": "@b1"}, IN_ORDER, {"UploadIdMarker": ""}),
    "F77: prefix": ({"Prefix": "d/"}, ["d/1", "d/2"], {"Prefix": "d/"}),
    "F81: delimiter": ({"Delimiter": "/"}, ["a", "b1", "b2", "e"], {"CommonPrefixes": [{"Prefix": "d/"}], "Delimiter": "/"}),
    "F81: a page ends on a prefix": ({"Delimiter": "/", "MaxUploads": 4}, ["a", "b1", "b2"], {"IsTruncated": True, "NextKeyMarker": "", "NextUploadIdMarker": ""}),
    "F81: marker inside a prefix": ({"Delimiter": "/", "KeyMarker": "d/1"}, ["e"], {"CommonPrefixes": ABSENT}),
    "F77: nothing": ({"Prefix": "z"}, [], {"NextKeyMarker": "", "NextUploadIdMarker": "", "Uploads": ABSENT}),
    "F77: encoded": ({"EncodingType": "url", "Prefix": "d/"}, ["d/1", "d/2"], {"EncodingType": "url"}),
}  # fmt: skip


@pytest.mark.parametrize("name", UPLOADS)
def test_list_uploads(with_uploads, name):
    params, expected, members = UPLOADS[name]

    def with_upload_id(value):
        return with_uploads.ids[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    answer = with_uploads.ListMultipartUploads(**{key: with_upload_id(value) for key, value in params.items()})
    assert [upload["UploadId"] for upload in answer.get("Uploads", ())] == [with_uploads.ids[name] for name in expected]
    expect_answer(**{key: with_upload_id(value) for key, value in members.items()}).check(
        with_uploads, lambda scene: answer
    )


def test_a_marker_of_another_keys_upload(with_uploads):
    """F80"""
    other = with_uploads.ids["a"]
    expect_error(
        "InvalidArgument", 400, "Invalid uploadId marker", ArgumentName="upload-id-marker", ArgumentValue=other
    ).check(with_uploads, uploads(KeyMarker="b", UploadIdMarker=other))


@pytest.mark.parametrize("end", ["AbortMultipartUpload", "CompleteMultipartUpload"])
def test_a_marker_of_an_upload_that_has_ended(with_uploads, end):
    """O366: the list goes on where it stood."""
    marker = {"Key": "b", "UploadId": with_uploads.ids["b1"]}
    if end == "CompleteMultipartUpload":
        etag = with_uploads.UploadPart(PartNumber=1, Body=b"x", **marker)["ETag"]
        marker["MultipartUpload"] = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    with_uploads.call(end, Bucket="bucket", **marker)
    answer = with_uploads.ListMultipartUploads(KeyMarker="b", UploadIdMarker=marker["UploadId"], MaxUploads=2)
    assert [upload["UploadId"] for upload in answer["Uploads"]] == [with_uploads.ids[name] for name in ("b2", "d/1")]


def test_a_listed_upload(scene):
    """F4, F5, F78"""
    scene.upload()
    upload = scene.ListMultipartUploads()["Uploads"][0]
    assert set(upload) == {"Key", "UploadId", "Initiated", "StorageClass", "Owner", "Initiator"}
    scene.AbortMultipartUpload()
    scene.upload(ChecksumAlgorithm="CRC64NVME")
    upload = scene.ListMultipartUploads()["Uploads"][0]
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == ("CRC64NVME", "FULL_OBJECT")


@pytest.mark.parametrize("encoding", ["rot13", "URL", ""])
@pytest.mark.parametrize("operation", ["ListMultipartUploads", "ListObjects", "ListObjectsV2", "ListObjectVersions"])
def test_unknown_encoding(scene, operation, encoding):
    """F82; O256: the value of an empty one is an empty element."""
    expect_error(
        "InvalidArgument", 400, "Invalid Encoding Method specified in Request", ArgumentName="encoding-type", ArgumentValue=encoding
    ).check(scene, lambda scene: scene.call(operation, Bucket="bucket", EncodingType=encoding))  # fmt: skip


OUT_OF_RANGE = (2**31, 10**30)
NUMBERS_OF_LISTS = {
    # (operation, parameter): its name in the query, and in the error for a negative value
    ("ListObjects", "MaxKeys"): ("max-keys", "maxKeys"),
    ("ListObjectsV2", "MaxKeys"): ("max-keys", "maxKeys"),
    ("ListObjectVersions", "MaxKeys"): ("max-keys", "max-keys"),
    ("ListMultipartUploads", "MaxUploads"): ("max-uploads", "max-uploads"),
    ("ListParts", "MaxParts"): ("max-parts", "max-parts"),
    ("ListParts", "PartNumberMarker"): ("part-number-marker", "part-number-marker"),
}


@pytest.mark.parametrize("number", [-1, -2, 2**31 - 1, *OUT_OF_RANGE])
@pytest.mark.parametrize(("operation", "parameter"), NUMBERS_OF_LISTS)
def test_numbers_of_lists(with_parts, operation, parameter, number):
    """O259"""
    in_query, if_negative = NUMBERS_OF_LISTS[operation, parameter]
    message = f"Argument {if_negative} must be an integer between 0 and 2147483647"
    if operation == "ListObjectVersions":
        message = "max-keys cannot be negative"
    name = if_negative
    if number in OUT_OF_RANGE:
        name, message = in_query, f"Provided {in_query} not an integer or within integer range"
    expect = expect_error("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=str(number))
    if number == 2**31 - 1:
        expect = expect_answer(**{parameter: number if parameter == "PartNumberMarker" else 1000})
    params = {**with_parts.defaults(operation), parameter: number}
    expect.check(with_parts, lambda scene: scene.call(operation, **params))


KEYS = ["a", "a/1", "a/2", "b", "b/x/1", "b/y", "c d", "Z", "é"]


@pytest.fixture
def with_objects(scene):
    for key in KEYS:
        scene.PutObject(Key=key, Body=key.encode())
    return scene


# parameters -> keys, common prefixes, whether more follows
LISTS = [
    ({}, sorted(KEYS), [], False),
    ({"Prefix": "a/"}, ["a/1", "a/2"], [], False),
    ({"Prefix": "none"}, [], [], False),
    ({"Delimiter": "/"}, ["Z", "a", "b", "c d", "é"], ["a/", "b/"], False),
    ({"Prefix": "b/", "Delimiter": "/"}, ["b/y"], ["b/x/"], False),
    ({"MaxKeys": 3}, ["Z", "a", "a/1"], [], True),
    ({"MaxKeys": 3, "Delimiter": "/"}, ["Z", "a"], ["a/"], True),
    ({"MaxKeys": 0}, [], [], False),
    ({"after": "b"}, ["b/x/1", "b/y", "c d", "é"], [], False),
    ({"after": "a/1", "Delimiter": "/"}, ["b", "c d", "é"], ["b/"], False),
]


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
@pytest.mark.parametrize(("request_params", "keys", "prefixes", "truncated"), LISTS)
def test_list_objects(with_objects, operation, request_params, keys, prefixes, truncated):
    params = dict(request_params)
    if "after" in params:
        params["Marker" if operation == "ListObjects" else "StartAfter"] = params.pop("after")
    answer = with_objects.call(operation, Bucket="bucket", **params)
    assert [entry["Key"] for entry in answer.get("Contents", ())] == keys
    assert [entry["Prefix"] for entry in answer.get("CommonPrefixes", ())] == prefixes
    assert answer["IsTruncated"] is truncated
    assert (answer["Name"], answer["MaxKeys"]) == ("bucket", params.get("MaxKeys", 1000))
    if operation == "ListObjectsV2":
        assert answer["KeyCount"] == len(keys) + len(prefixes)
        assert ("NextContinuationToken" in answer) is truncated
        assert answer.get("StartAfter") == params.get("StartAfter")
    else:
        assert answer["Marker"] == params.get("Marker", "")
        assert ("NextMarker" in answer) is (truncated and "Delimiter" in params)


def test_a_listed_object(with_objects):
    """F99, and the owner only when requested."""
    entry = with_objects.ListObjectsV2(MaxKeys=1)["Contents"][0]
    assert set(entry) == {"Key", "LastModified", "ETag", "Size", "StorageClass", "ChecksumAlgorithm", "ChecksumType"}
    assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == (["CRC64NVME"], "FULL_OBJECT")
    assert set(with_objects.ListObjectsV2(MaxKeys=1, FetchOwner=True)["Contents"][0]["Owner"]) == {"ID"}
    assert set(with_objects.ListObjects(MaxKeys=1)["Contents"][0]["Owner"]) == {"ID"}


@pytest.mark.parametrize("delimiter", [None, "/"])
def test_pages_add_up_to_the_whole_list(with_objects, delimiter):
    def names(answer):
        keys = [entry["Key"] for entry in answer.get("Contents", ())]
        return keys + [entry["Prefix"] for entry in answer.get("CommonPrefixes", ())]

    params = {"Delimiter": delimiter} if delimiter else {}
    whole = with_objects.ListObjectsV2(**params)
    entries, token = [], {}
    while True:
        page = with_objects.ListObjectsV2(MaxKeys=2, **params, **token)
        entries += names(page)
        assert page.get("ContinuationToken") == token.get("ContinuationToken")
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert sorted(entries) == sorted(names(whole))


def test_start_after_beside_a_token(with_objects):
    """O258: with a token it is ignored, and not echoed."""
    token = with_objects.ListObjectsV2(MaxKeys=2)["NextContinuationToken"]
    answer = with_objects.ListObjectsV2(ContinuationToken=token, StartAfter="c")
    assert [entry["Key"] for entry in answer["Contents"]] == sorted(KEYS)[2:]
    assert "StartAfter" not in answer
    assert answer["ContinuationToken"] == token


BAD_LISTS = [
    row("O258", "empty token", lambda s: s.ListObjectsV2(ContinuationToken=""), expect_error("InvalidArgument", 400, "The continuation token provided is incorrect", ArgumentName="continuation-token")),
    row("manual", "negative", lambda s: s.ListObjectsV2(MaxKeys=-1), expect_error("InvalidArgument", 400, None, ArgumentName="maxKeys", ArgumentValue="-1")),
    row("manual", "token", lambda s: s.ListObjectsV2(ContinuationToken="?"), expect_error("InvalidArgument", 400, "The continuation token provided is incorrect", ArgumentName="continuation-token")),
    row("O9", "no bucket, V2", lambda s: s.ListObjectsV2(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O9", "no bucket", lambda s: s.ListObjects(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O9", "no bucket, uploads", lambda s: s.ListMultipartUploads(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD_LISTS)
def test_bad_lists(scene, act, expect):
    expect.check(scene, act)


def test_url_encoding(scene):
    """Keys are percent-encoded with + for a space, slashes stay; boto3 requests this by default and decodes it."""
    key = "a b/c+%é\x01"
    scene.PutObject(Key=key, Body=b"")
    client_info = ClientInfo(access_key="OWN")
    answer = scene.fake._service.answer(
        TypedRequest("ListObjectsV2", {"Bucket": "bucket", "EncodingType": "url"}, client_info)
    )
    assert answer["Contents"][0]["Key"] == quote_plus(key, safe="/") == "a+b/c%2B%25%C3%A9%01"


def test_aborting_page_by_page(scene):
    """O366: nothing is skipped, and nothing fails, where each page is aborted before the next is listed."""
    for key in "aabbbc":
        scene.CreateMultipartUpload(Key=key)
    markers, aborted = {}, 0
    while True:
        page = scene.ListMultipartUploads(MaxUploads=2, **markers)
        for upload in page.get("Uploads", ()):
            scene.AbortMultipartUpload(Key=upload["Key"], UploadId=upload["UploadId"])
            aborted += 1
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert aborted == 6
    assert not scene.fake.uploads.open
