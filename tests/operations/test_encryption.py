"""Encryption: by S3, by KMS, by a customer's key; defaults of the bucket."""

import base64
import hashlib
import json

import pytest

from tests.operations.scene import ABSENT, answered, refused, row
from tests.operations.test_multipart import crc, invalid_request, md5

KEY, OTHER = b"k" * 32, b"o" * 32
ARN = "arn:aws:kms:us-east-1:123456789012:key/some-id"
CONTEXT = base64.b64encode(json.dumps({"a": "b"}).encode()).decode()
BODY = b"aaaaa"
HEADER = "x-amz-server-side-encryption"


def b64(raw):
    return base64.b64encode(raw).decode()


def key_md5(key):
    return b64(hashlib.md5(key).digest())


def trio(key=KEY, prefix=""):
    """The three parameters as they travel; boto3 makes them out of the key alone."""
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": b64(key),
        f"{prefix}SSECustomerKeyMD5": key_md5(key),
    }


@pytest.fixture
def scene(scene):
    """boto3 encodes the key and adds its MD5 itself, where no MD5 is given: it is given the raw key."""
    call = scene.call
    typed = call.__qualname__.startswith("typed")

    def calling(operation, **params):
        for name in () if typed else ("SSECustomerKey", "CopySourceSSECustomerKey"):
            if name in params and params.get(name + "MD5") == key_md5(base64.b64decode(params[name])):
                params[name] = base64.b64decode(params[name])
                del params[name + "MD5"]
        return call(operation, **params)

    scene.call = calling
    return scene


def kms(**params):
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "some-id", **params}


WRITES = [
    row("F1", "nothing asked for", {}, {"ServerSideEncryption": "AES256", "SSEKMSKeyId": ABSENT}),
    row("manual", "SSE-S3", {"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
    row("F15", "KMS by key id", kms(), {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ARN, "BucketKeyEnabled": ABSENT}),
    row("F15", "KMS by ARN with bucket key", kms(SSEKMSKeyId=ARN, BucketKeyEnabled=True), {"SSEKMSKeyId": ARN, "BucketKeyEnabled": True}),
    row("manual", "DSSE", kms(ServerSideEncryption="aws:kms:dsse"), {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": ARN}),
    row("manual", "context", kms(SSEKMSEncryptionContext=CONTEXT), {"SSEKMSEncryptionContext": CONTEXT}),
    row("F92", "customer's key", trio(), {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": key_md5(KEY), "ServerSideEncryption": ABSENT, "SSECustomerKey": ABSENT}),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "CopyObject"])
@pytest.mark.parametrize(("params", "expect"), WRITES)
def test_writes(scene, operation, params, expect):
    scene.PutObject(Key="source", Body=BODY)
    own = {"PutObject": {"Body": BODY}, "CopyObject": {"CopySource": {"Bucket": "bucket", "Key": "source"}}}
    answered(**expect).check(
        scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **own.get(operation, {}), **params)
    )


def bad(message, value=None, name=HEADER):
    fields = {"ArgumentName": name} if value is None else {"ArgumentName": name, "ArgumentValue": value}
    return refused("InvalidArgument", 400, message, **fields)


NEEDS = "Requests specifying Server Side Encryption with Customer provided keys must provide "
BAD = [
    row("manual", "unknown method", {"ServerSideEncryption": "rot13"}, bad("The encryption method specified is not supported", "rot13")),
    row("manual", "key id without KMS", {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "x"}, refused("InvalidArgument", 400, None, ArgumentName=HEADER, ArgumentValue="AES256")),
    row("manual", "context that is no base64", kms(SSEKMSEncryptionContext="{}!"), refused("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue="{}!")),
    row("manual", "context that is no JSON", kms(SSEKMSEncryptionContext="YWJj"), refused("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue="YWJj")),
    row("manual", "context of numbers", kms(SSEKMSEncryptionContext=b64(b'{"a": 1}')), refused("InvalidArgument", 400, None, ArgumentName=HEADER + "-context", ArgumentValue=b64(b'{"a": 1}'))),
    row("F96", "wrong algorithm", {**trio(), "SSECustomerAlgorithm": "AES512"}, refused("InvalidEncryptionAlgorithmError", 400, "The Encryption request you specified is not valid. Supported value: AES256.", ArgumentName=HEADER, ArgumentValue="AES512")),
    row("F96", "no key", {"SSECustomerAlgorithm": "AES256"}, bad(NEEDS + "an appropriate secret key.", "null")),
    row("F96", "key of another size", trio(b"short"), bad("The secret key was invalid for the specified algorithm.", "null")),
    row("F96", "another key's MD5", {**trio(), "SSECustomerKeyMD5": "x"}, bad("The calculated MD5 hash of the key did not match the hash that was provided.", "null")),
    row("manual", "both kinds", {**trio(), "ServerSideEncryption": "AES256"}, refused("InvalidArgument", 400, None, ArgumentName=HEADER, ArgumentValue="AES256")),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload"])
@pytest.mark.parametrize(("params", "expect"), BAD)
def test_bad_requests(scene, operation, params, expect):
    body = {"Body": BODY} if operation == "PutObject" else {}
    expect.check(scene, lambda s: s.call(operation, Bucket="bucket", Key="key", **body, **params))


def test_kms_hides_the_md5(scene):
    """O84, F65: ETags differ between equal writes; Complete tells no checksum, Get does."""
    etags = [scene.PutObject(Body=BODY, **kms())["ETag"] for _ in range(2)]
    assert len({*etags, f'"{md5(BODY)}"'}) == 3
    parts = scene.upload(BODY, **kms())
    assert parts[0] != f'"{md5(BODY)}"'
    done = scene.complete(parts)
    assert (done["SSEKMSKeyId"], done["ETag"][-3:]) == (ARN, '-1"')
    assert "ChecksumCRC64NVME" not in done
    head = scene.HeadObject(ChecksumMode="ENABLED")
    assert (head["ChecksumCRC64NVME"], head["ChecksumType"]) == (crc(BODY, "CRC64NVME"), "FULL_OBJECT")
    assert head["SSEKMSKeyId"] == ARN


def test_parts_tell_the_uploads_encryption(scene):
    """seeds: SSE-S3 and KMS need only be given on create."""
    scene.upload(**kms(BucketKeyEnabled=True))
    answered(ServerSideEncryption="aws:kms", SSEKMSKeyId=ARN, BucketKeyEnabled=True).check(
        scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY)
    )


MISSING = invalid_request(
    "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters."
)
ANOTHER = invalid_request("The provided encryption parameters did not match the ones used originally.")


def test_parts_under_a_customers_key(scene):
    """F92-F95"""
    scene.upload(**trio())
    MISSING.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY))
    ANOTHER.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY, **trio(OTHER)))
    part = scene.UploadPart(PartNumber=1, Body=BODY, **trio())
    assert (part["SSECustomerKeyMD5"], "ServerSideEncryption" in part) == (key_md5(KEY), False)
    assert part["ETag"] != f'"{md5(BODY)}"'
    done = scene.complete([part["ETag"]])
    assert not {"SSECustomerKeyMD5", "ServerSideEncryption", "ChecksumCRC64NVME"} & set(done)  # F65, F92
    stored = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    invalid_request(stored).check(scene, lambda s: s.GetObject())
    refused("AccessDenied", 403).check(scene, lambda s: s.GetObject(**trio(OTHER)))
    answer = scene.GetObject(**trio(), ChecksumMode="ENABLED")
    assert (answer["Body"], answer["SSECustomerKeyMD5"]) == (BODY, key_md5(KEY))
    assert not {"ServerSideEncryption", "ChecksumCRC64NVME"} & set(answer)


def test_a_plain_upload_takes_no_customers_key(scene):
    """F93"""
    scene.upload()
    MISSING.check(scene, lambda s: s.UploadPart(PartNumber=1, Body=BODY, **trio()))
    scene.PutObject(Body=BODY)
    invalid_request("The encryption parameters are not applicable to this object.").check(
        scene, lambda s: s.GetObject(**trio())
    )


def test_copies_between_keys(scene):
    """seeds: the source's key and the target's."""
    scene.PutObject(Key="source", Body=BODY, **trio())
    source = {"CopySource": {"Bucket": "bucket", "Key": "source"}}
    refused("InvalidRequest", 400).check(scene, lambda s: s.CopyObject(**source))
    refused("AccessDenied", 403).check(scene, lambda s: s.CopyObject(**source, **trio(OTHER, "CopySource")))
    answer = scene.CopyObject(**source, **trio(KEY, "CopySource"), **trio(OTHER))
    assert answer["SSECustomerKeyMD5"] == key_md5(OTHER)
    copy = scene.GetObject(**trio(OTHER), ChecksumMode="ENABLED")
    assert (copy["Body"], "ChecksumCRC64NVME" in copy) == (BODY, False)  # F65
    scene.upload(**trio(OTHER))
    MISSING.check(scene, lambda s: s.UploadPartCopy(PartNumber=1, **source, **trio(KEY, "CopySource")))
    part = scene.UploadPartCopy(PartNumber=1, **source, **trio(KEY, "CopySource"), **trio(OTHER))
    assert part["SSECustomerKeyMD5"] == key_md5(OTHER)


def test_the_key_is_nowhere(scene):
    """Neither recorded nor kept nor answered; its MD5 is."""
    scene.PutObject(Body=BODY, **trio())
    scene.CopyObject(
        Key="copy", CopySource={"Bucket": "bucket", "Key": "key"}, **trio(KEY, "CopySource"), **trio(OTHER)
    )
    for call in scene.fake.calls:
        assert call.params["SSECustomerKeyMD5"]
        assert not {"SSECustomerKey", "CopySourceSSECustomerKey"} & set(call.params)
        assert b64(KEY) not in repr(call)
    held = repr(scene.fake._store.snapshot())
    assert b64(KEY) not in held
    assert repr(KEY) not in held


def default(**default):
    key = {"BucketKeyEnabled": default.pop("BucketKeyEnabled")} if "BucketKeyEnabled" in default else {}
    rule = {"ApplyServerSideEncryptionByDefault": default, **key}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def test_bucket_defaults(scene):
    """O76, O77, O81-O83"""
    untouched = scene.GetBucketEncryption()["ServerSideEncryptionConfiguration"]["Rules"]
    assert untouched == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    scene.PutBucketEncryption(**default(SSEAlgorithm="aws:kms", KMSMasterKeyID="some-id", BucketKeyEnabled=True))
    rules = scene.GetBucketEncryption()["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "some-id"
    for answer in (scene.PutObject(Body=BODY), scene.HeadObject(), scene.GetObject(), scene.CreateMultipartUpload()):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (
            "aws:kms",
            ARN,
            True,
        )
    scene.PutBucketEncryption(**default(SSEAlgorithm="aws:kms"))
    answer = scene.PutObject(Body=BODY)
    assert answer["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert "BucketKeyEnabled" not in answer
    scene.DeleteBucketEncryption()
    scene.DeleteBucketEncryption()
    assert scene.PutObject(Body=BODY)["ServerSideEncryption"] == "AES256"


BAD_DEFAULTS = [
    row("O78", "no rules", {"ServerSideEncryptionConfiguration": {"Rules": []}}, refused("MalformedXML", 400)),
    row("O78", "two rules", {"ServerSideEncryptionConfiguration": {"Rules": default(SSEAlgorithm="AES256")["ServerSideEncryptionConfiguration"]["Rules"] * 2}}, refused("MalformedXML", 400)),
    row("O79", "key with AES256", default(SSEAlgorithm="AES256", KMSMasterKeyID="x"), refused("InvalidArgument", 400, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse", ArgumentName="ApplyServerSideEncryptionByDefault")),
]  # fmt: skip


@pytest.mark.parametrize(("params", "expect"), BAD_DEFAULTS)
def test_bad_defaults(scene, params, expect):
    expect.check(scene, lambda s: s.PutBucketEncryption(**params))


def test_aes_with_a_bucket_key(scene):
    """O80"""
    scene.PutBucketEncryption(**default(SSEAlgorithm="AES256", BucketKeyEnabled=True))
    assert "BucketKeyEnabled" not in scene.PutObject(Body=BODY)
