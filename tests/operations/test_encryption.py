"""Encryption: by S3, by KMS, by a customer's key, and the bucket's default."""

import base64
import hashlib
import json

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import crc, invalid_request, md5

KEY, OTHER = b"k" * 32, b"o" * 32
ARN = "arn:aws:kms:us-east-1:123456789012:key/some-id"
CONTEXT = base64.b64encode(json.dumps({"a": "b"}).encode()).decode()
BODY = b"aaaaa"
HEADER = "x-amz-server-side-encryption"


def b64(data):
    return base64.b64encode(data).decode()


def key_md5(key):
    return b64(hashlib.md5(key).digest())


def customer_key(key=KEY, prefix=""):
    """The three SSE-C parameters as they are sent; boto3 computes them from the key."""
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": b64(key),
        f"{prefix}SSECustomerKeyMD5": key_md5(key),
    }


@pytest.fixture
def scene(scene):
    """boto3 encodes the key and adds its MD5, if no MD5 is passed: it gets the raw key."""
    call = scene.call

    def call_with_raw_key(operation, **params):
        is_raw = scene.is_typed or operation == "GetObjectAttributes"  # which boto3 sends as they are
        for name in () if is_raw else ("SSECustomerKey", "CopySourceSSECustomerKey"):
            if name in params and params.get(name + "MD5") == key_md5(base64.b64decode(params[name])):
                params[name] = base64.b64decode(params[name])
                del params[name + "MD5"]
        return call(operation, **params)

    scene.call = call_with_raw_key
    return scene


def kms(**params):
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "some-id", **params}


WRITES = [
    row("F1", "nothing requested", {}, {"ServerSideEncryption": "AES256", "SSEKMSKeyId": ABSENT}),
    row("manual", "SSE-S3", {"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
    row("F15", "KMS by key id", kms(), {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ARN, "BucketKeyEnabled": ABSENT}),
    row("F15", "KMS by ARN with bucket key", kms(SSEKMSKeyId=ARN, BucketKeyEnabled=True), {"SSEKMSKeyId": ARN, "BucketKeyEnabled": True}),
    row("manual", "DSSE", kms(ServerSideEncryption="aws:kms:dsse"), {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": ARN}),
    row("manual", "context", kms(SSEKMSEncryptionContext=CONTEXT), {"SSEKMSEncryptionContext": CONTEXT}),
    row("F92", "customer's key", customer_key(), {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": key_md5(KEY), "ServerSideEncryption": ABSENT, "SSECustomerKey": ABSENT}),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "CopyObject"])
@pytest.mark.parametrize(("params", "expect"), WRITES)
def test_writes(scene, operation, params, expect):
    scene.PutObject(Key="source", Body=BODY)
    operation_params = {
        "PutObject": {"Body": BODY},
        "CopyObject": {"CopySource": {"Bucket": "bucket", "Key": "source"}},
    }
    expect_answer(**expect).check(
        scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **operation_params.get(operation, {}), **params)
    )


def invalid_encryption(message, value=None, name=HEADER):
    fields = {"ArgumentName": name} if value is None else {"ArgumentName": name, "ArgumentValue": value}
    return expect_error("InvalidArgument", 400, message, **fields)


INCOMPATIBLE = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
REQUIREMENT = "Requests specifying Server Side Encryption with Customer provided keys must provide "
BAD = [
    row("manual", "unknown method", {"ServerSideEncryption": "rot13"}, invalid_encryption("The encryption method specified is not supported", "rot13")),
    row("manual", "key id without KMS", {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "x"}, expect_error("InvalidArgument", 400, None, ArgumentName=HEADER, ArgumentValue="AES256")),
    row("manual", "context that is no base64", kms(SSEKMSEncryptionContext="{}!"), expect_error("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue="{}!")),
    row("manual", "context that is no JSON", kms(SSEKMSEncryptionContext="YWJj"), expect_error("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue="YWJj")),
    row("manual", "context nested deep", kms(SSEKMSEncryptionContext=b64(b"[" * 4000)), expect_error("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue=b64(b"[" * 4000))),
    row("manual", "context of numbers", kms(SSEKMSEncryptionContext=b64(b'{"a": 1}')), expect_error("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue=b64(b'{"a": 1}'))),
    row("F96", "wrong algorithm", {**customer_key(), "SSECustomerAlgorithm": "AES512"}, expect_error("InvalidEncryptionAlgorithmError", 400, "The Encryption request you specified is not valid. Supported value: AES256.", ArgumentName=HEADER, ArgumentValue="AES512")),
    row("O255", "no key", {"SSECustomerAlgorithm": "AES256"}, invalid_encryption(REQUIREMENT + "an appropriate secret key.")),
    row("O255", "no algorithm", {"SSECustomerKeyMD5": key_md5(KEY)}, invalid_encryption(REQUIREMENT + "a valid encryption algorithm.")),
    row("O255", "key of another size", customer_key(b"short"), invalid_encryption("The secret key was invalid for the specified algorithm.")),
    row("O255", "another key's MD5", {**customer_key(), "SSECustomerKeyMD5": "x"}, invalid_encryption("The calculated MD5 hash of the key did not match the hash that was provided.")),
    *[
        row("O255", f"another method beside {name}", {**key, "ServerSideEncryption": method}, invalid_encryption(INCOMPATIBLE))
        for name, key, method in [
            ("the key", customer_key(), "AES256"),
            ("the key", customer_key(), "aws:kms"),
            ("a wrong algorithm", {**customer_key(), "SSECustomerAlgorithm": "AES512"}, "AES256"),
            ("a key of another size", customer_key(b"short"), "AES256"),
            ("an algorithm alone", {"SSECustomerAlgorithm": "AES256"}, "aws:kms"),
        ]
    ],
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload"])
@pytest.mark.parametrize(("params", "expect"), BAD)
def test_bad_requests(scene, operation, params, expect):
    body = {"Body": BODY} if operation == "PutObject" else {}
    expect.check(scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **body, **params))


def test_kms_hides_the_md5(scene):
    """O84, F65: ETags differ between equal writes; Complete answers no checksum, Get does."""
    etags = [scene.PutObject(Body=BODY, **kms())["ETag"] for _ in range(2)]
    assert len({*etags, f'"{md5(BODY)}"'}) == 3
    parts = scene.upload(BODY, **kms())
    assert parts[0] != f'"{md5(BODY)}"'
    answer = scene.complete(parts)
    assert (answer["SSEKMSKeyId"], answer["ETag"][-3:]) == (ARN, '-1"')
    assert "ChecksumCRC64NVME" not in answer
    head = scene.HeadObject(ChecksumMode="ENABLED")
    assert (head["ChecksumCRC64NVME"], head["ChecksumType"]) == (crc(BODY, "CRC64NVME"), "FULL_OBJECT")
    assert head["SSEKMSKeyId"] == ARN


def test_parts_answer_the_uploads_encryption(scene):
    """seeds: SSE-S3 and KMS are requested only on create."""
    scene.upload(**kms(BucketKeyEnabled=True))
    expect_answer(ServerSideEncryption="aws:kms", SSEKMSKeyId=ARN, BucketKeyEnabled=True).check(
        scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY)
    )


KEY_MISSING = invalid_request(
    "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters."
)
WRONG_KEY = expect_error("AccessDenied", 403, REQUIREMENT + "the correct secret key.")  # O255
ANOTHER_KEY = invalid_request("The provided encryption parameters did not match the ones used originally.")


def test_parts_under_a_customers_key(scene):
    """F92-F95"""
    scene.upload(**customer_key())
    KEY_MISSING.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY))
    ANOTHER_KEY.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY, **customer_key(OTHER)))
    part = scene.UploadPart(PartNumber=1, Body=BODY, **customer_key())
    assert (part["SSECustomerKeyMD5"], "ServerSideEncryption" in part) == (key_md5(KEY), False)
    assert part["ETag"] != f'"{md5(BODY)}"'
    answer = scene.complete([part["ETag"]])
    assert not {"SSECustomerKeyMD5", "ServerSideEncryption", "ChecksumCRC64NVME"} & set(answer)  # F65, F92
    message = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    invalid_request(message).check(scene, lambda s: s.GetObject())
    WRONG_KEY.check(scene, lambda s: s.GetObject(**customer_key(OTHER)))
    answer = scene.GetObject(**customer_key(), ChecksumMode="ENABLED")
    assert (answer["Body"], answer["SSECustomerKeyMD5"]) == (BODY, key_md5(KEY))
    assert not {"ServerSideEncryption", "ChecksumCRC64NVME"} & set(answer)


def test_a_plain_upload_accepts_no_customers_key(scene):
    """F93"""
    scene.upload()
    KEY_MISSING.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY, **customer_key()))
    scene.PutObject(Body=BODY)
    invalid_request("The encryption parameters are not applicable to this object.").check(
        scene, lambda s: s.GetObject(**customer_key())
    )


def test_copies_between_keys(scene):
    """seeds: the source's key and the destination's."""
    scene.PutObject(Key="source", Body=BODY, **customer_key())
    source = {"CopySource": {"Bucket": "bucket", "Key": "source"}}
    expect_error("InvalidRequest", 400).check(scene, lambda s: s.CopyObject(**source))
    for key in (OTHER, b"short"):
        WRONG_KEY.check(scene, lambda s: s.CopyObject(**source, **customer_key(key, "CopySource")))  # noqa: B023
    answer = scene.CopyObject(**source, **customer_key(KEY, "CopySource"), **customer_key(OTHER))
    assert answer["SSECustomerKeyMD5"] == key_md5(OTHER)
    copy = scene.GetObject(**customer_key(OTHER), ChecksumMode="ENABLED")
    assert (copy["Body"], copy["ChecksumCRC64NVME"]) == (BODY, crc(BODY, "CRC64NVME"))  # O254
    scene.upload(**customer_key(OTHER))
    KEY_MISSING.check(scene, lambda s: s.UploadPartCopy(PartNumber=1, **source, **customer_key(KEY, "CopySource")))
    part = scene.UploadPartCopy(PartNumber=1, **source, **customer_key(KEY, "CopySource"), **customer_key(OTHER))
    assert part["SSECustomerKeyMD5"] == key_md5(OTHER)


@pytest.mark.parametrize("name", ["CRC32", "SHA256", None])
def test_the_checksum_of_an_object_put_under_a_customers_key(scene, name):
    """O254: only multipart objects have none (F65); lists show it too."""
    checksum = {f"Checksum{name}": crc(BODY, name)} if name else {}
    expected = {f"Checksum{name or 'CRC64NVME'}": crc(BODY, name or "CRC64NVME"), "ChecksumType": "FULL_OBJECT"}
    expect_answer(**expected).check(scene, lambda s: s.PutObject(Body=BODY, **checksum, **customer_key()))
    for operation in ("GetObject", "HeadObject"):
        params = {"Bucket": "bucket", "Key": "key", "ChecksumMode": "ENABLED", **customer_key()}
        expect_answer(**expected).check(scene, lambda s: s.call(operation, **params))  # noqa: B023
    attributes = scene.GetObjectAttributes(ObjectAttributes=["Checksum"], **customer_key())
    assert attributes["Checksum"] == expected
    assert scene.ListObjectsV2()["Contents"][0]["ChecksumAlgorithm"] == [name or "CRC64NVME"]


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject", "GetObjectAttributes"])
@pytest.mark.parametrize("key", [OTHER, b"short", b""], ids=["another", "short", "empty"])
def test_reading_with_a_wrong_key(scene, operation, key):
    """O255: a key of another length is only a wrong key. HEAD answers no document."""
    scene.PutObject(Body=BODY, **customer_key())
    params = {"ObjectAttributes": ["ETag"]} if operation == "GetObjectAttributes" else {}
    expect = expect_error("403", 403) if operation == "HeadObject" and not scene.is_typed else WRONG_KEY
    expect.check(scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **params, **customer_key(key)))


def test_the_key_is_not_stored(scene):
    """It is not recorded, stored or answered; its MD5 is."""
    scene.PutObject(Body=BODY, **customer_key())
    scene.CopyObject(
        Key="copy",
        CopySource={"Bucket": "bucket", "Key": "key"},
        **customer_key(KEY, "CopySource"),
        **customer_key(OTHER),
    )
    for call in scene.fake.calls:
        assert call.params["SSECustomerKeyMD5"]
        assert not {"SSECustomerKey", "CopySourceSSECustomerKey"} & set(call.params)
        assert b64(KEY) not in repr(call)
    stored = repr(scene.fake._store.snapshot())
    assert b64(KEY) not in stored
    assert repr(KEY) not in stored


def bucket_default(**default):
    bucket_key = {"BucketKeyEnabled": default.pop("BucketKeyEnabled")} if "BucketKeyEnabled" in default else {}
    rule = {"ApplyServerSideEncryptionByDefault": default, **bucket_key}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def test_bucket_defaults(scene):
    """O76, O77, O81-O83"""
    initial = scene.GetBucketEncryption()["ServerSideEncryptionConfiguration"]["Rules"]
    assert initial == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    scene.PutBucketEncryption(**bucket_default(SSEAlgorithm="aws:kms", KMSMasterKeyID="some-id", BucketKeyEnabled=True))
    rules = scene.GetBucketEncryption()["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "some-id"
    for answer in (scene.PutObject(Body=BODY), scene.HeadObject(), scene.GetObject(), scene.CreateMultipartUpload()):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (
            "aws:kms",
            ARN,
            True,
        )
    scene.PutBucketEncryption(**bucket_default(SSEAlgorithm="aws:kms"))
    answer = scene.PutObject(Body=BODY)
    assert answer["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert "BucketKeyEnabled" not in answer
    scene.DeleteBucketEncryption()
    scene.DeleteBucketEncryption()
    assert scene.PutObject(Body=BODY)["ServerSideEncryption"] == "AES256"


BAD_DEFAULTS = [
    row("O78", "no rules", {"ServerSideEncryptionConfiguration": {"Rules": []}}, expect_error("MalformedXML", 400)),
    row("O78", "two rules", {"ServerSideEncryptionConfiguration": {"Rules": bucket_default(SSEAlgorithm="AES256")["ServerSideEncryptionConfiguration"]["Rules"] * 2}}, expect_error("MalformedXML", 400)),
    row("ours", "a key that is no id and no ARN", bucket_default(SSEAlgorithm="aws:kms", KMSMasterKeyID="a\nb: c"), expect_error("InvalidArgument", 400, ArgumentName="KMSMasterKeyID")),
    row("O79", "key with AES256", bucket_default(SSEAlgorithm="AES256", KMSMasterKeyID="x"), expect_error("InvalidArgument", 400, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse", ArgumentName="ApplyServerSideEncryptionByDefault")),
]  # fmt: skip


@pytest.mark.parametrize(("params", "expect"), BAD_DEFAULTS)
def test_bad_defaults(scene, params, expect):
    expect.check(scene, lambda s: s.PutBucketEncryption(**params))


def test_aes_with_a_bucket_key(scene):
    """O80"""
    scene.PutBucketEncryption(**bucket_default(SSEAlgorithm="AES256", BucketKeyEnabled=True))
    assert "BucketKeyEnabled" not in scene.PutObject(Body=BODY)
