"""UploadPartCopy and CopyObject: what S3 answers."""

from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote_plus

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import composite, crc, invalid_request, md5

SOURCE = b"0123456789"
SOURCE_ADDRESS = "other/source"


@pytest.fixture
def with_source(scene):
    scene.PutObject(
        Bucket="other", Key="source", Body=SOURCE, Metadata={"a": "b"}, ContentType="text/x", CacheControl="no"
    )
    scene.upload()
    scene.modified = scene.HeadObject(Bucket="other", Key="source")["LastModified"]
    scene.etag = md5(SOURCE)
    return scene


def copy_part(range_=None, **params):
    params = {"PartNumber": 1, "CopySource": SOURCE_ADDRESS, **params}
    if range_ is not None:
        params["CopySourceRange"] = range_
    return lambda scene: scene.UploadPartCopy(**params)


def bad_range(text, message):
    return expect_error("InvalidArgument", 400, message, ArgumentName="x-amz-copy-source-range", ArgumentValue=text)


RANGE_FORM = (
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
    "zero-based offsets of the first and last bytes to copy"
)
RANGES = [
    *[
        row("F33", f"range {text!r}", copy_part(text), bad_range(text, RANGE_FORM))
        for text in (
            "0-8", "bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=0-1,3-4", "bytes=-", "bytes=-0", "bytes=1-", "bytes=-2", "bytes=-15",
        )
    ],
    row("F34", "last one past the end", copy_part("bytes=0-10"), bad_range("bytes=0-10", "Range specified is not valid for source object of size: 10")),
    row("F35", "first one past the end", copy_part("bytes=10-10"), invalid_request("The specified copy range is invalid for the source object size")),
    row("F34", "last beyond", copy_part("bytes=0-100"), bad_range("bytes=0-100", "Range specified is not valid for source object of size: 10")),
    row("F35", "first beyond", copy_part("bytes=100-200"), invalid_request("The specified copy range is invalid for the source object size")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), RANGES)
def test_bad_ranges(with_source, act, expect):
    expect.check(with_source, act)


@pytest.mark.parametrize(
    ("range_", "body"), [("bytes=1-1", b"1"), ("bytes=0-0", b"0"), ("bytes=2-9", SOURCE[2:]), (None, SOURCE)]
)
def test_copied_ranges(with_source, range_, body):
    """F31, F36"""
    answer = copy_part(range_)(with_source)
    assert set(answer) == {"CopyPartResult", "ServerSideEncryption"}
    assert set(answer["CopyPartResult"]) == {"ETag", "LastModified"}
    assert answer["CopyPartResult"]["ETag"] == f'"{md5(body)}"'
    assert with_source.fake.uploads.one().part(1).body == body


@pytest.mark.parametrize("name", ["CRC32", "SHA256", "CRC64NVME"])
def test_copied_part_has_the_uploads_checksum(with_source, name):
    """F32: whatever the source's algorithm is; ListParts shows it too. F2: but not its type."""
    with_source.upload(ChecksumAlgorithm=name)
    result = copy_part()(with_source)["CopyPartResult"]
    assert set(result) == {"ETag", "LastModified", f"Checksum{name}"}
    assert result[f"Checksum{name}"] == crc(SOURCE, name)
    assert with_source.ListParts()["Parts"][0][f"Checksum{name}"] == crc(SOURCE, name)


HOUR = timedelta(hours=1)


def source_conditions(**conditions):
    """Conditions by short name, as parameters; dates are relative to the source's LastModified."""
    names = {"match": "IfMatch", "none": "IfNoneMatch", "since": "IfModifiedSince", "unmodified": "IfUnmodifiedSince"}

    def params(scene):
        values = {
            "right": scene.etag,
            "quoted": f'"{scene.etag}"',
            "wrong": '"wrong"',
            "past": scene.modified - HOUR,
            "same": scene.modified,
            "future": datetime.now(timezone.utc) + HOUR,
        }
        return {f"CopySource{names[name]}": values[value] for name, value in conditions.items()}

    return params


# F37-F41, O52-O56: conditions -> the one in the error, or None where the copy succeeds
CONDITIONS = [
    ({"match": "wrong"}, "If-Match"),
    ({"match": "right"}, None),
    ({"match": "quoted"}, None),
    ({"none": "right"}, "If-None-Match"),
    ({"none": "quoted"}, "If-None-Match"),
    ({"none": "wrong"}, None),
    ({"unmodified": "past"}, "If-Unmodified-Since"),
    ({"unmodified": "same"}, None),
    ({"since": "same"}, "If-Modified-Since"),
    ({"since": "past"}, None),
    ({"since": "future"}, None),  # F40
    ({"match": "right", "unmodified": "past"}, None),  # F38
    ({"none": "wrong", "unmodified": "past"}, "If-Unmodified-Since"),  # F39
    ({"match": "wrong", "none": "right", "since": "same", "unmodified": "past"}, "If-Match"),  # O52
    ({"match": "right", "none": "wrong", "since": "past", "unmodified": "same"}, None),  # O56
]


@pytest.mark.parametrize("operation", ["UploadPartCopy", "CopyObject"])
@pytest.mark.parametrize(("conditions", "failed"), CONDITIONS)
def test_source_conditions(with_source, operation, conditions, failed):
    number = {"PartNumber": 1} if operation == "UploadPartCopy" else {}

    def act(scene):
        params = {**scene.defaults(operation), **number, **source_conditions(**conditions)(scene)}
        return scene.call(operation, CopySource=SOURCE_ADDRESS, **params)

    if failed is None:
        assert "ServerSideEncryption" in act(with_source)
    else:
        message = "At least one of the pre-conditions you specified did not hold"
        expect_error("PreconditionFailed", 412, message, Condition=f"x-amz-copy-source-{failed}").check(
            with_source, act
        )


COPY = [
    row(
        "O50",
        "answer",
        lambda scene: scene.CopyObject(CopySource=SOURCE_ADDRESS),
        expect_answer(ServerSideEncryption="AES256", VersionId=ABSENT, CopySourceVersionId=ABSENT),
    ),
    row(
        "manual",
        "no such source key",
        lambda s: s.CopyObject(CopySource="other/x"),
        expect_error("NoSuchKey", 404, None, Key="x"),
    ),
    row(
        "manual",
        "no such source bucket",
        lambda s: s.CopyObject(CopySource="x/y"),
        expect_error("NoSuchBucket", 404, None, BucketName="x"),
    ),
    row(
        "O9",
        "no such target",
        lambda s: s.CopyObject(Bucket="x", CopySource=SOURCE_ADDRESS),
        expect_error("NoSuchBucket", 404, None, BucketName="x"),
    ),
    row(
        "manual",
        "unknown directive",
        lambda scene: scene.CopyObject(CopySource=SOURCE_ADDRESS, MetadataDirective="KEEP"),
        expect_error(
            "InvalidArgument",
            400,
            "Unknown metadata directive.",
            ArgumentName="x-amz-metadata-directive",
            ArgumentValue="KEEP",
        ),
    ),
    row(
        "F12",
        "unknown algorithm",
        lambda s: s.CopyObject(CopySource=SOURCE_ADDRESS, ChecksumAlgorithm="X"),
        expect_error("InvalidRequest", 400),
    ),
    row(
        "manual",
        "onto itself, no change",
        lambda scene: scene.CopyObject(Bucket="other", Key="source", CopySource=SOURCE_ADDRESS),
        expect_error("InvalidRequest", 400),
    ),
    row(
        "O57",
        "onto itself with a storage class",
        lambda scene: scene.CopyObject(
            Bucket="other", Key="source", CopySource=SOURCE_ADDRESS, StorageClass="STANDARD"
        ),
        expect_answer(ServerSideEncryption="AES256"),
    ),
    row(
        "O137",
        "If-None-Match, free",
        lambda s: s.CopyObject(CopySource=SOURCE_ADDRESS, IfNoneMatch="*"),
        expect_answer(ServerSideEncryption="AES256"),
    ),
    row(
        "O137",
        "If-Match, nothing there",
        lambda s: s.CopyObject(CopySource=SOURCE_ADDRESS, IfMatch="x"),
        expect_error("NoSuchKey", 404, None, Key="key"),
    ),
    row(
        "O138",
        "in place, If-None-Match",
        lambda s: s.CopyObject(
            Bucket="other", Key="source", CopySource=SOURCE_ADDRESS, StorageClass="STANDARD", IfNoneMatch="*"
        ),
        expect_error("PreconditionFailed", 412, None, Condition="If-None-Match"),
    ),
    row(
        "O138",
        "in place, If-Match with its ETag",
        lambda s: s.CopyObject(
            Bucket="other", Key="source", CopySource=SOURCE_ADDRESS, StorageClass="STANDARD", IfMatch=s.etag
        ),
        expect_answer(ServerSideEncryption="AES256"),
    ),
    row(
        "O137",
        "both",
        lambda s: s.CopyObject(CopySource=SOURCE_ADDRESS, IfMatch="*", IfNoneMatch="x"),
        expect_error(
            "NotImplemented",
            501,
            "A header you provided implies functionality that is not implemented",
            Header="If-Match,If-None-Match",
            additionalMessage="Multiple conditional request headers present in the request",
        ),
    ),
]


@pytest.mark.parametrize(("act", "expect"), COPY)
def test_copy(with_source, act, expect):
    expect.check(with_source, act)


def test_copy_keeps_or_replaces_attributes(with_source):
    with_source.CopyObject(CopySource=SOURCE_ADDRESS, ContentType="ignored/here")
    head = with_source.HeadObject()
    assert (head["ContentType"], head["CacheControl"], head["Metadata"]) == ("text/x", "no", {"a": "b"})
    with_source.CopyObject(CopySource=SOURCE_ADDRESS, MetadataDirective="REPLACE", ContentType="text/y")
    head = with_source.HeadObject()
    assert (head["ContentType"], head.get("CacheControl"), head["Metadata"]) == ("text/y", None, {})


def test_copy_source_as_dict_and_with_odd_characters(with_source):
    key = "a b/+%25é?x"
    with_source.PutObject(Bucket="other", Key=key, Body=b"odd")
    with_source.CopyObject(CopySource={"Bucket": "other", "Key": key})
    assert with_source.GetObject()["Body"] == b"odd"


URLS = [
    "https://s3.amazonaws.com/{}",
    "http://s3.amazonaws.com/{}",
    "https://s3.eu-west-1.amazonaws.com/{}",
    "/{}",
    "{}",
]


@pytest.mark.parametrize("form", URLS)
@pytest.mark.parametrize("key", ["source", "a+b%2Bc%20d", "a/b//c", "https:/x"])
def test_forms_of_the_copy_source(with_source, form, key):
    """O241: a whole URL, and ``+`` for a space, with and without the client's own encoding."""
    with_source.PutObject(Bucket="other", Key=unquote_plus(key), Body=b"copied", ContentType="text/x")
    source = {"CopySource": form.format(f"other/{key}")}
    if not with_source.is_typed:
        source = {"CopySource": unquote_plus(source["CopySource"])}  # the client encodes it
    with_source.CopyObject(**source)
    assert with_source.GetObject()["Body"] == b"copied"
    with_source.UploadPartCopy(PartNumber=1, **source)
    assert with_source.fake.uploads.one().part(1).body == b"copied"


def in_place(**params):
    return lambda s: s.CopyObject(Bucket="other", Key="source", CopySource=SOURCE_ADDRESS, **params)


def encrypt_by_default(scene, algorithm):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    scene.PutBucketEncryption(Bucket="other", ServerSideEncryptionConfiguration={"Rules": [rule]})


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms"])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_copy_in_place_where_encryption_was_configured(with_source, algorithm, is_deleted):
    """O243: once default encryption was ever put, a copy onto itself may name nothing."""
    expect_error("InvalidRequest", 400).check(with_source, in_place())
    encrypt_by_default(with_source, algorithm)
    if is_deleted:
        with_source.DeleteBucketEncryption(Bucket="other")
    expected = "AES256" if is_deleted else algorithm
    expect_answer(ServerSideEncryption=expected).check(with_source, in_place())


def test_a_copy_in_place_where_the_encryption_differs(with_source):
    """O243"""
    with_source.PutObject(Bucket="other", Key="source", Body=SOURCE, ServerSideEncryption="aws:kms")
    expect_answer(ServerSideEncryption="AES256").check(with_source, in_place())
    expect_error("InvalidRequest", 400).check(with_source, in_place())


def test_a_range_that_ends_one_byte_too_late(with_source):
    """F34: the last offset is the size less one."""
    size = len(SOURCE)
    text = f"bytes=0-{size}"
    bad_range(text, f"Range specified is not valid for source object of size: {size}").check(
        with_source, copy_part(text)
    )
    invalid_request("The specified copy range is invalid for the source object size").check(
        with_source, copy_part(f"bytes={size}-{size}")
    )
    copy_part(f"bytes={size - 1}-{size - 1}")(with_source)
    assert with_source.fake.uploads.one().part(1).body == SOURCE[-1:]


@pytest.mark.parametrize("source", ["bucketonly", "/", "bucket/", "https://s3.amazonaws.com/bucket", "https://x"])
def test_copy_source_without_a_key(with_source, source):
    expect_error(
        "InvalidArgument",
        400,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        ArgumentName="x-amz-copy-source",
        ArgumentValue=source if with_source.is_typed else quote(source),
    ).check(with_source, lambda scene: scene.CopyObject(CopySource=source))


@pytest.mark.parametrize("name", ["CRC32", "SHA1", None])
def test_copy_of_a_multipart_object(scene, name):
    """F90: a plain ETag and a full-object checksum of the same algorithm."""
    bodies = b"aaaaa", b"bbbbb"
    algorithm = {"ChecksumAlgorithm": name} if name else {}
    scene.upload_id = scene.CreateMultipartUpload(**algorithm)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        checksums = {f"Checksum{name}": crc(body, name)} if name else {}
        parts.append({"PartNumber": number, "ETag": scene.part(number, body, **checksums), **checksums})
    scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts})
    if name:
        assert scene.HeadObject(ChecksumMode="ENABLED")[f"Checksum{name}"] == composite(name, *bodies)
    result = scene.CopyObject(Key="copy", CopySource="bucket/key")["CopyObjectResult"]
    whole = b"".join(bodies)
    assert result["ETag"] == f'"{md5(whole)}"'
    assert result["ChecksumType"] == "FULL_OBJECT"
    assert result[f"Checksum{name or 'CRC64NVME'}"] == crc(whole, name or "CRC64NVME")
    assert "PartsCount" not in scene.HeadObject(Key="copy", PartNumber=1)


def test_copy_recomputes_with_another_algorithm(with_source):
    """F98"""
    result = with_source.CopyObject(CopySource=SOURCE_ADDRESS, ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert result["ChecksumSHA256"] == crc(SOURCE, "SHA256")
    assert "ChecksumCRC64NVME" not in result
