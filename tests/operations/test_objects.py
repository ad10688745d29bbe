"""PutObject, GetObject, HeadObject, DeleteObject(s), GetObjectAttributes: what S3 answers."""

from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import b64md5, crc, invalid_request, md5

BODY = b"0123456789"
NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented"
NOT_HELD = "At least one of the pre-conditions you specified did not hold"


def put(**params):
    return lambda scene: scene.PutObject(**{"Body": BODY, **params})


def get(**params):
    return lambda scene: scene.GetObject(**params)


def not_implemented(header, explanation):
    return expect_error("NotImplemented", 501, NOT_IMPLEMENTED, Header=header, additionalMessage=explanation)


PUT = [
    row("O13", "answer", put(), expect_answer(ETag=f'"{md5(BODY)}"', ServerSideEncryption="AES256", ChecksumType="FULL_OBJECT", Size=ABSENT, VersionId=ABSENT)),
    row("O14", "empty body", put(Body=b""), expect_answer(ETag='"d41d8cd98f00b204e9800998ecf8427e"')),
    row("F97", "no checksum sent", put(), expect_answer(ChecksumCRC64NVME=crc(BODY, "CRC64NVME"))),
    *[
        row("F2", f"{name} sent", put(**{f"Checksum{name}": crc(BODY, name)}), expect_answer(**{f"Checksum{name}": crc(BODY, name), "ChecksumType": "FULL_OBJECT"}))
        for name in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")
    ],
    row("F21", "malformed checksum", put(ChecksumCRC32="?"), invalid_request("Value for x-amz-checksum-crc32 header is invalid.")),
    row("F22", "wrong checksum", put(ChecksumSHA1=crc(b"x", "SHA1")), expect_error("BadDigest", 400, "The SHA1 you specified did not match the calculated checksum.")),
    row("F25", "two checksums", put(ChecksumCRC32=crc(BODY), ChecksumSHA1=crc(BODY, "SHA1")), invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")),
    row("F26", "malformed MD5", put(ContentMD5="x"), expect_error("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", Content_MD5="x")),
    row("F27", "wrong MD5, expected in hex", put(ContentMD5=b64md5(b"x")), expect_error("BadDigest", 400, None, CalculatedDigest=b64md5(BODY), ExpectedDigest=md5(b"x"))),
    row("F13", "unknown storage class", put(StorageClass="COLD"), expect_error("InvalidStorageClass", 400, None, StorageClassRequested="COLD")),
    row("O9", "no such bucket", put(Bucket="nowhere"), expect_error("NoSuchBucket", 404, "The specified bucket does not exist", BucketName="nowhere")),
    row("manual", "key of 1025 bytes", put(Key="x" * 1025), expect_error("KeyTooLongError", 400, "Your key is too long", Size="1025", MaxSizeAllowed="1024")),
    row("O131", "If-None-Match, present", put(IfNoneMatch="*"), expect_error("PreconditionFailed", 412, NOT_HELD, Condition="If-None-Match")),
    row("O131", "If-None-Match, absent", put(IfNoneMatch="*", Key="new"), expect_answer(ETag=f'"{md5(BODY)}"')),
    row("O133", "If-Match, wrong", put(IfMatch='"x"'), expect_error("PreconditionFailed", 412, NOT_HELD, Condition="If-Match")),
    row("O133", "If-Match, right", put(IfMatch=f'"{md5(BODY)}"'), expect_answer(ETag=f'"{md5(BODY)}"')),
    row("O134", "If-Match, absent", put(IfMatch="abcdef", Key="new"), expect_error("NoSuchKey", 404, None, Key="new")),
    row("O135, O136", "If-Match *, absent", put(IfMatch="*", Key="new"), not_implemented("If-Match", "We don't accept the provided value of If-Match header for this API")),
    row("F72", "If-None-Match other than *", put(IfNoneMatch="x"), not_implemented("If-None-Match", "We don't accept the provided value of If-None-Match header for this API")),
    row("F72", "both", put(IfNoneMatch="*", IfMatch="x"), not_implemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), PUT)
def test_put(scene, act, expect):
    scene.PutObject(Body=BODY)
    expect.check(scene, act)


def invalid_range(text, size=10):
    return expect_error(
        "InvalidRange", 416, "The requested range is not satisfiable", ActualObjectSize=str(size), RangeRequested=text
    )


def partial(text, first, last):
    return row(
        "O30-O32",
        text,
        get(Range=text),
        expect_answer(
            Body=BODY[first : last + 1], ContentRange=f"bytes {first}-{last}/10", ContentLength=last - first + 1
        ),
    )


# on "key", 10 bytes put whole
GET = [
    row("O15", "answer", get(), expect_answer(AcceptRanges="bytes", ContentLength=10, ContentType="binary/octet-stream", ETag=f'"{md5(BODY)}"', ServerSideEncryption="AES256", ContentRange=ABSENT, StorageClass=ABSENT, VersionId=ABSENT, Body=BODY)),
    row("manual", "no such key", get(Key="x"), expect_error("NoSuchKey", 404, "The specified key does not exist.", Key="x")),
    row("O9", "no such bucket", get(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O69", "a version never issued", get(VersionId="abc"), expect_error("InvalidArgument", 400, "Invalid version id specified", ArgumentName="versionId", ArgumentValue="abc")),
    row("O69, O22", "version null", get(VersionId="null"), expect_answer(Body=BODY, VersionId=ABSENT)),
    partial("bytes=0-8", 0, 8), partial("bytes=1-1", 1, 1), partial("bytes=0-0", 0, 0), partial("bytes=1-", 1, 9),
    partial("bytes=-2", 8, 9), partial("bytes=-9", 1, 9), partial("bytes=-15", 0, 9), partial("bytes=0-100", 0, 9),
    *[
        row("O33, F87", f"{text} is ignored", get(Range=text), expect_answer(Body=BODY, ContentRange=ABSENT, ContentLength=10))
        for text in ("bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=-", "0-1", "bytes=0-1,3-4,7-9", "bits=0-1")
    ],
    row("O34", "bytes=-0", get(Range="bytes=-0"), invalid_range("bytes=-0")),
    row("O34", "bytes=100-200", get(Range="bytes=100-200"), invalid_range("bytes=100-200")),
    row("O35", "no checksum of a range", get(Range="bytes=0-8", ChecksumMode="ENABLED"), expect_answer(ChecksumCRC64NVME=ABSENT, ChecksumType=ABSENT)),
    row("O35", "a range of everything", get(Range="bytes=0-9", ChecksumMode="ENABLED"), expect_answer(ChecksumCRC64NVME=crc(BODY, "CRC64NVME"), ChecksumType="FULL_OBJECT")),
    row("O16", "no checksum by default", lambda s: s.HeadObject(), expect_answer(ChecksumCRC64NVME=ABSENT)),
    row("O16", "checksum when enabled", lambda s: s.HeadObject(ChecksumMode="ENABLED"), expect_answer(ChecksumCRC64NVME=crc(BODY, "CRC64NVME"), ChecksumType="FULL_OBJECT")),
    row("O18", "length of HEAD", lambda s: s.HeadObject(), expect_answer(ContentLength=10)),
    row("F85", "part 1 of a plain object", get(PartNumber=1), expect_answer(Body=BODY, PartsCount=ABSENT, ContentRange="bytes 0-9/10")),
    row("F85", "part 2 of a plain object", get(PartNumber=2), expect_error("InvalidPartNumber", 416, "The requested partnumber is not satisfiable", ActualPartCount="1", PartNumberRequested="2")),
    row("F86", "range and part", get(PartNumber=1, Range="bytes=0-1"), invalid_request("Cannot specify both Range header and partNumber query parameter")),
    row("F17", "part 0", get(PartNumber=0), expect_error("InvalidArgument", 400, None, ArgumentName="partNumber", ArgumentValue="0")),
    row(
        "O28",
        "overrides",
        get(ResponseCacheControl="a", ResponseContentDisposition="b", ResponseContentEncoding="c", ResponseContentLanguage="d", ResponseContentType="e/f"),
        expect_answer(CacheControl="a", ContentDisposition="b", ContentEncoding="c", ContentLanguage="d", ContentType="e/f"),
    ),
    row(
        "O29",
        "an override outside ISO-8859-1",
        get(ResponseCacheControl="—", ResponseContentDisposition="—"),
        expect_error("InvalidArgument", 400, "Header value cannot be represented using ISO-8859-1.", ArgumentName="response-cache-control", ArgumentValue="—"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), GET)
def test_get(scene, act, expect):
    scene.PutObject(Body=BODY)
    expect.check(scene, act)


STORED_CLASSES = [
    "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
]  # fmt: skip


@pytest.mark.parametrize("name", STORED_CLASSES)
def test_storage_classes(scene, name):
    """F5, O20: stored by put and by create, parts_without_etags by HEAD and lists; STANDARD only by lists."""
    scene.PutObject(Body=BODY, StorageClass=name)
    assert scene.HeadObject()["StorageClass"] == name
    etags = scene.upload(b"x", StorageClass=name)
    assert scene.ListParts()["StorageClass"] == name
    scene.complete(etags)
    assert scene.ListObjectsV2()["Contents"][0]["StorageClass"] == name
    scene.PutObject(Body=BODY, StorageClass="STANDARD")
    expect_answer(StorageClass=ABSENT).check(scene, lambda s: s.HeadObject())
    assert scene.ListObjectsV2()["Contents"][0]["StorageClass"] == "STANDARD"


@pytest.mark.skipif(is_older(), reason="that model does not know them")
@pytest.mark.parametrize("name", ["SHA512", "MD5"])
def test_newer_algorithms(scene, name):
    """By the API manual of the installed model: verified, stored, composite."""
    expect_answer(**{f"Checksum{name}": crc(BODY, name)}).check(scene, put(**{f"Checksum{name}": crc(BODY, name)}))
    expect_error("BadDigest", 400).check(scene, put(**{f"Checksum{name}": crc(b"x", name)}))
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm=name)["UploadId"]
    checksums = {f"Checksum{name}": crc(BODY, name)}
    part = {"PartNumber": 1, "ETag": scene.part(1, BODY, **checksums), **checksums}
    answer = scene.CompleteMultipartUpload(MultipartUpload={"Parts": [part]})
    assert (answer[f"Checksum{name}"][-2:], answer["ChecksumType"]) == ("-1", "COMPOSITE")


@pytest.mark.parametrize("name", ["XXHASH64", "XXHASH3", "XXHASH128"])
def test_algorithms_that_cannot_be_computed(scene, name):
    """InvalidRequest in the words of F12: a checksum that cannot be verified is not accepted."""
    expect_error("InvalidRequest", 400).check(scene, put(**{f"Checksum{name}": "AAAA"}))
    expect_error("InvalidRequest", 400).check(scene, lambda s: s.CreateMultipartUpload(ChecksumAlgorithm=name))


def test_answers_with_encryption(scene):
    """F1: in the answers to writes and reads, not in lists and attributes."""
    answers = [
        scene.PutObject(Body=BODY),
        scene.CopyObject(Key="copy", CopySource="bucket/key"),
        scene.CreateMultipartUpload(),
        scene.GetObject(),
        scene.HeadObject(),
    ]
    scene.upload_id = answers[2]["UploadId"]
    answers.append(scene.UploadPart(PartNumber=1, Body=BODY))
    answers.append(scene.UploadPartCopy(PartNumber=2, CopySource="bucket/key"))
    without = [scene.ListParts(), scene.ListMultipartUploads(), scene.GetObjectAttributes(ObjectAttributes=["ETag"])]
    answers.append(scene.complete([answers[5]["ETag"]]))
    assert [answer["ServerSideEncryption"] for answer in answers] == ["AES256"] * 8
    assert all("ServerSideEncryption" not in answer for answer in without)


def test_empty_object(scene):
    scene.PutObject(Body=b"")
    expect_answer(ContentLength=0, Body=b"").check(scene, get())
    invalid_range("bytes=0-", 0).check(scene, get(Range="bytes=0-"))


HOUR = timedelta(hours=1)
# conditions of GET and HEAD (S3's manual, RFC 9110) -> status
READ_CONDITIONS = [
    ({"IfMatch": "right"}, 200), ({"IfMatch": "*"}, 200), ({"IfMatch": "wrong"}, 412), ({"IfMatch": '"a", "right"'}, 200),
    ({"IfNoneMatch": "right"}, 304), ({"IfNoneMatch": "*"}, 304), ({"IfNoneMatch": "wrong"}, 200),
    ({"IfModifiedSince": -HOUR}, 200), ({"IfModifiedSince": HOUR * 0}, 304), ({"IfModifiedSince": HOUR}, 304),
    ({"IfUnmodifiedSince": -HOUR}, 412), ({"IfUnmodifiedSince": HOUR * 0}, 200),
    ({"IfMatch": "right", "IfUnmodifiedSince": -HOUR}, 200),
    ({"IfNoneMatch": "right", "IfModifiedSince": -HOUR}, 304),
    ({"IfNoneMatch": "wrong", "IfModifiedSince": HOUR}, 200),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
@pytest.mark.parametrize(("conditions", "status"), READ_CONDITIONS)
def test_read_conditions(scene, operation, conditions, status):
    scene.PutObject(Body=BODY)
    modified = scene.HeadObject()["LastModified"]
    params = {
        name: modified + value if isinstance(value, timedelta) else value.replace("right", md5(BODY))
        for name, value in conditions.items()
    }
    if status == 200:
        assert scene.call(operation, Bucket="bucket", Key="key", **params)["ContentLength"] == 10
        return
    with pytest.raises(ClientError) as raised:
        scene.call(operation, Bucket="bucket", Key="key", **params)
    metadata = raised.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == status
    if status == 304:  # RFC 9110, 15.4.5: it has the ETag of the 200
        headers = {name.lower(): value for name, value in metadata["HTTPHeaders"].items()}
        assert headers["etag"] == f'"{md5(BODY)}"'


def test_a_multipart_object_by_part(scene):
    """F83, F84: COMPOSITE parts have their own checksum, FULL_OBJECT parts none."""
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm="CRC32")["UploadId"]
    bodies = {1: b"aaaaa", 2: b"bbb"}  # O386
    parts = [
        {"PartNumber": n, "ETag": scene.part(n, body, ChecksumCRC32=crc(body)), "ChecksumCRC32": crc(body)}
        for n, body in bodies.items()
    ]
    whole = scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts})
    expect_answer(
        Body=b"bbb", ContentRange="bytes 5-7/8", ContentLength=3, PartsCount=2, ETag=whole["ETag"],
        ChecksumCRC32=crc(b"bbb"), ChecksumType="COMPOSITE",
    ).check(scene, get(PartNumber=2, ChecksumMode="ENABLED"))  # fmt: skip
    expect_error("InvalidPartNumber", 416, None, ActualPartCount="2", PartNumberRequested="3").check(
        scene, get(PartNumber=3)
    )
    scene.complete_upload_of(b"aaaaa", b"bbb")
    expect_answer(ChecksumCRC64NVME=ABSENT, PartsCount=2).check(scene, get(PartNumber=1, ChecksumMode="ENABLED"))
    scene.complete_upload_of(b"aaaaa")
    expect_answer(ChecksumCRC64NVME=crc(b"aaaaa", "CRC64NVME")).check(scene, get(PartNumber=1, ChecksumMode="ENABLED"))


def test_errors_of_head(scene):
    """HEAD's errors have no document: botocore reports the status."""
    for params, status in [({"Key": "x"}, 404), ({"PartNumber": 2}, 416), ({"Bucket": "x"}, 404)]:
        scene.PutObject(Body=BODY)
        with pytest.raises(ClientError) as raised:
            scene.HeadObject(**params)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_metadata_and_dates_come_back(scene):
    """O20, O23, and Expires as a date."""
    expires = datetime(2030, 1, 1, tzinfo=timezone.utc)
    scene.PutObject(
        Body=BODY,
        Metadata={"Mixed-Case": "V"},
        Expires=expires,
        StorageClass="STANDARD_IA",
        ContentType="foo/bar; charset=utf-8",
    )
    head = scene.HeadObject()
    assert head["Metadata"] == {"mixed-case": "V"}
    assert head["Expires"] == expires
    assert head["StorageClass"] == "STANDARD_IA"
    assert scene.GetObject(Range="bytes=0-0")["ContentType"] == "foo/bar; charset=utf-8"  # O17


def bypass_error():
    return expect_error(
        "InvalidArgument",
        400,
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        ArgumentName="x-amz-bypass-governance-retention",
    )


def delete(**params):
    return lambda scene: scene.DeleteObject(**params)


WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)
DELETE = [
    row("O36", "an object", delete(), expect_answer(DeleteMarker=ABSENT, VersionId=ABSENT)),
    row("O36", "nothing", delete(Key="x"), expect_answer(DeleteMarker=ABSENT)),
    row("O9", "no such bucket", delete(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O38", "a version never issued", delete(VersionId="v"), expect_error("InvalidArgument", 400, "Invalid version id specified", ArgumentName="versionId", ArgumentValue="v")),
    row("O45", "bypass true", delete(BypassGovernanceRetention=True), bypass_error()),
    row("O45", "bypass false", delete(BypassGovernanceRetention=False), bypass_error()),
    row("O46", "If-Match, wrong", delete(IfMatch="x"), expect_error("PreconditionFailed", 412, NOT_HELD, Condition="If-Match")),
    row("manual", "If-Match, right", delete(IfMatch=md5(BODY)), expect_answer(DeleteMarker=ABSENT)),
    row("O227", "If-Match, no such key", delete(Key="x", IfMatch=md5(BODY)), expect_error("NoSuchKey", 404, None, Key="x")),
    row("O227", "If-Match *, no such key", delete(Key="x", IfMatch="*"), expect_error("NoSuchKey", 404, None, Key="x")),
    row("O47", "If-Match-Last-Modified-Time", delete(IfMatchLastModifiedTime=WHEN), expect_error("NotImplemented", 501, NOT_IMPLEMENTED, Header="x-amz-if-match-last-modified-time")),
    row("O48", "If-Match-Size", delete(IfMatchSize=10), expect_error("NotImplemented", 501, NOT_IMPLEMENTED, Header="x-amz-if-match-size")),
    row("O49", "all three", delete(IfMatch="x", IfMatchSize=1, IfMatchLastModifiedTime=WHEN), expect_error("NotImplemented", 501, NOT_IMPLEMENTED, Header="x-amz-if-match-last-modified-time")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), DELETE)
def test_delete(scene, act, expect):
    scene.PutObject(Body=BODY)
    expect.check(scene, act)


def delete_many(*entries, **params):
    quiet = {"Quiet": params.pop("Quiet")} if "Quiet" in params else {}
    return lambda scene: scene.DeleteObjects(Delete={"Objects": list(entries), **quiet}, **params)


NO_VERSION = {"Code": "NoSuchVersion", "Message": "The specified version does not exist."}
DELETE_MANY = [
    row("O40, O44", "there or not", delete_many({"Key": "key"}, {"Key": "x"}), expect_answer(Deleted=[{"Key": "key"}, {"Key": "x"}], Errors=ABSENT)),
    row("O41, O44", "a fake version", delete_many({"Key": "x", "VersionId": "v"}), expect_answer(Deleted=ABSENT, Errors=[{"Key": "x", "VersionId": "v", **NO_VERSION}])),
    row("O45", "bypass", delete_many({"Key": "key"}, BypassGovernanceRetention=True), bypass_error()),
    row("manual", "quiet", delete_many({"Key": "key"}, Quiet=True), expect_answer(Deleted=ABSENT, Errors=ABSENT)),
    row("manual", "none", delete_many(), expect_error("MalformedXML", 400)),
    row("manual", "over a thousand", delete_many(*({"Key": str(n)} for n in range(1001))), expect_error("MalformedXML", 400)),
    row("manual", "odd keys", delete_many({"Key": " a\r\n<&>é "}), expect_answer(Deleted=[{"Key": " a\r\n<&>é "}])),
    row("O9", "no such bucket", delete_many({"Key": "x"}, Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), DELETE_MANY)
def test_delete_many(scene, act, expect):
    scene.PutObject(Body=BODY)
    expect.check(scene, act)


ALL = ["ObjectSize", "StorageClass", "ObjectParts", "Checksum", "ETag"]


def attributes(*names, **params):
    return lambda scene: scene.GetObjectAttributes(ObjectAttributes=list(names), **params)


ATTRIBUTES = [
    row(
        "F88, F89",
        "all, of an object that is not multipart",
        attributes(*ALL),
        expect_answer(ETag=md5(BODY), ObjectSize=10, StorageClass="STANDARD", ObjectParts=ABSENT, Checksum={"ChecksumCRC64NVME": crc(BODY, "CRC64NVME"), "ChecksumType": "FULL_OBJECT"}),
    ),
    row("F88", "only the requested attributes", attributes("ETag"), expect_answer(ETag=md5(BODY), ObjectSize=ABSENT, Checksum=ABSENT, StorageClass=ABSENT)),
    row("manual", "no such key", attributes("ETag", Key="x"), expect_error("NoSuchKey", 404, None, Key="x")),
    row("manual", "unknown attribute", attributes("Colour"), expect_error("InvalidArgument", 400, None, ArgumentName="x-amz-object-attributes", ArgumentValue="Colour")),
    row("manual", "none", attributes(), expect_error("InvalidRequest", 400)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ATTRIBUTES)
def test_attributes(scene, act, expect):
    scene.PutObject(Body=BODY)
    expect.check(scene, act)


def test_attributes_of_a_composite_object(scene):
    """F88: parts page like ListParts, without ETags."""
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm="SHA1")["UploadId"]
    bodies = [b"aaaaa", b"bbbbb", b"c"]
    parts = [
        {
            "PartNumber": n,
            "ETag": scene.part(n, body, ChecksumSHA1=crc(body, "SHA1")),
            "ChecksumSHA1": crc(body, "SHA1"),
        }
        for n, body in enumerate(bodies, 1)
    ]
    scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts})
    parts_without_etags = [
        {"PartNumber": n, "Size": len(b), "ChecksumSHA1": crc(b, "SHA1")} for n, b in enumerate(bodies, 1)
    ]
    paging = {
        "TotalPartsCount": 3,
        "PartNumberMarker": 0,
        "NextPartNumberMarker": 3,
        "MaxParts": 1000,
        "IsTruncated": False,
    }
    expect_answer(ObjectParts={**paging, "Parts": parts_without_etags}).check(scene, attributes("ObjectParts"))
    second_page = {**paging, "MaxParts": 1, "PartNumberMarker": 1, "NextPartNumberMarker": 2, "IsTruncated": True}
    expect_answer(ObjectParts={**second_page, "Parts": parts_without_etags[1:2]}).check(
        scene, attributes("ObjectParts", MaxParts=1, PartNumberMarker=1)
    )
    after_the_last = {**paging, "PartNumberMarker": 9, "NextPartNumberMarker": 0}
    expect_answer(ObjectParts=after_the_last).check(scene, attributes("ObjectParts", PartNumberMarker=9))
    scene.complete_upload_of(b"aaaaa", b"b")
    expect_answer(ObjectParts={"TotalPartsCount": 2}).check(scene, attributes("ObjectParts"))


KEYS = ["/", "/a", "a/", "//", "a//b", "a/../b", ".", " ", "a b", "+", "a+b", "%", "%20", "%2F", "é", "日本", "\U0001f600", "?", "a?b=c", "#", "a#b", "&", "<>\"'", "~", "=", ":", "a\tb", "\\", "x" * 1024, "é" * 512]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_awkward_keys(scene, key):
    """Every key is stored as it is and comes back in every list."""
    scene.PutObject(Key=key, Body=b"x")
    assert scene.GetObject(Key=key)["Body"] == b"x"
    assert list(scene.fake._store.buckets["bucket"].objects) == [key]
    etags = scene.upload(b"yy", key=key)
    assert [upload["Key"] for upload in scene.ListMultipartUploads()["Uploads"]] == [key]
    assert scene.complete(etags, Key=key)["Key"] == key
    scene.CopyObject(Key="copy", CopySource={"Bucket": "bucket", "Key": key})
    assert scene.GetObject(Key="copy")["Body"] == b"yy"
    scene.DeleteObject(Key=key)
    assert list(scene.fake._store.buckets["bucket"].objects) == ["copy"]


def composite_object(scene, *bodies):
    """A multipart object with CRC32 checksums of these parts; returns its answer."""
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm="CRC32")["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": scene.part(n, body, ChecksumCRC32=crc(body)), "ChecksumCRC32": crc(body)}
        for n, body in enumerate(bodies, 1)
    ]
    return scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts})


PART_RANGES = {
    # ranges of an object of parts of 5, 5 and 3 bytes -> the part that they are, "whole" or None
    "bytes=0-4": 0, "bytes=5-9": 1, "bytes=10-12": 2, "bytes=10-": 2, "bytes=-3": 2, "bytes=10-99": 2,
    "bytes=0-3": None, "bytes=1-4": None, "bytes=0-5": None, "bytes=0-9": None, "bytes=5-10": None, "bytes=12-12": None,
    "bytes=0-12": "whole", "bytes=0-": "whole",
}  # fmt: skip


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
@pytest.mark.parametrize("range_", PART_RANGES)
def test_the_checksum_of_a_range_that_is_a_part(scene, operation, range_):
    """O250"""
    bodies = [b"aaaaa", b"bbbbb", b"ccc"]
    whole = composite_object(scene, *bodies)
    part = PART_RANGES[range_]
    expected = {"ChecksumCRC32": ABSENT, "ChecksumType": ABSENT}
    if part == "whole":
        expected = {"ChecksumCRC32": whole["ChecksumCRC32"], "ChecksumType": "COMPOSITE"}
    elif part is not None:
        expected = {"ChecksumCRC32": crc(bodies[part]), "ChecksumType": "COMPOSITE", "PartsCount": ABSENT}
    params = {"Bucket": "bucket", "Key": "key", "Range": range_}
    expect_answer(**expected).check(scene, lambda s: s.call(operation, ChecksumMode="ENABLED", **params))
    expect_answer(ChecksumCRC32=ABSENT).check(scene, lambda s: s.call(operation, **params))


def test_a_range_that_is_a_part_of_one_byte(scene):
    """O250: the last byte, which is a part of its own."""
    composite_object(scene, b"aaaaa", b"b")
    part = expect_answer(Body=b"b", ChecksumCRC32=crc(b"b"), ChecksumType="COMPOSITE")
    part.check(scene, get(Range="bytes=5-5", ChecksumMode="ENABLED"))
    expect_answer(ChecksumCRC32=ABSENT).check(scene, get(Range="bytes=4-4", ChecksumMode="ENABLED"))


def test_a_range_of_a_part_of_a_full_object_upload(scene):
    """O250: full-object checksums are not answered for ranges, unless they cover everything (F87)."""
    scene.complete_upload_of(b"aaaaa", b"bbbbb")
    answer = expect_answer(ChecksumCRC64NVME=ABSENT)
    answer.check(scene, get(Range="bytes=0-4", ChecksumMode="ENABLED"))
    whole = expect_answer(ChecksumCRC64NVME=crc(b"aaaaabbbbb", "CRC64NVME"))
    whole.check(scene, get(Range="bytes=0-9", ChecksumMode="ENABLED"))


@pytest.mark.parametrize("marker", [{}, {"PartNumberMarker": -2}, {"MaxParts": -1}])
def test_numbers_of_attributes(scene, marker):
    """They are judged like those of lists; the wording is not verified."""
    scene.PutObject(Body=BODY)
    if marker:
        with pytest.raises(ClientError, match="InvalidArgument"):
            attributes("ObjectSize", **marker)(scene)
    else:
        expect_answer(ObjectSize=10).check(scene, attributes("ObjectSize"))
