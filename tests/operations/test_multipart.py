"""CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload: what S3 answers."""

import base64
import hashlib
from datetime import datetime, timezone

import pytest

from fakes3mp import FakeS3, etag_of
from fakes3mp.core.content import Content
from tests.operations.scene import ABSENT, PLAIN, expect_answer, expect_error, row

A, B, C = b"aaaaa", b"bbbbb", b"ccccc"
NO_UPLOAD = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
NO_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, "
    "or the specified entity tag may not match the part's entity tag."
)


def crc(body, name="CRC32"):
    return Content.of(body).checksum(name).value


def md5(body):
    return hashlib.md5(body).hexdigest()


def b64md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def composite(name, *bodies):
    part_digests = Content.of(b"".join(Content.of(body).digest(name) for body in bodies))
    return f"{part_digests.checksum(name).value}-{len(bodies)}"


def no_such_upload(**fields):
    return expect_error("NoSuchUpload", 404, NO_UPLOAD, UploadId=lambda scene: scene.upload_id, **fields)


def invalid_request(message):
    return expect_error("InvalidRequest", 400, message)


def with_upload(**params):
    """For rows that need an open upload of one part."""

    def decorate(act):
        def act_on_upload(scene):
            if scene.upload_id is None:
                scene.upload(A, **params)
            return act(scene)

        return act_on_upload

    return decorate


def create(**params):
    return lambda scene: scene.CreateMultipartUpload(**params)


def unsupported():
    return invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
    )


CREATE = [
    row(
        "F7",
        "without an algorithm",
        create(),
        expect_answer(
            Bucket="bucket", Key="key", ServerSideEncryption="AES256", ChecksumAlgorithm=ABSENT, ChecksumType=ABSENT
        ),
    ),
    *[
        row(
            "F8",
            f"{name} is {type_}",
            create(ChecksumAlgorithm=name),
            expect_answer(ChecksumAlgorithm=name, ChecksumType=type_),
        )
        for name, type_ in {
            "CRC32": "COMPOSITE",
            "CRC32C": "COMPOSITE",
            "SHA1": "COMPOSITE",
            "SHA256": "COMPOSITE",
            "CRC64NVME": "FULL_OBJECT",
        }.items()
    ],
    *[
        row(
            "F9",
            f"{name} may be FULL_OBJECT",
            create(ChecksumAlgorithm=name, ChecksumType="FULL_OBJECT"),
            expect_answer(ChecksumAlgorithm=name, ChecksumType="FULL_OBJECT"),
        )
        for name in ("CRC32", "CRC32C", "CRC64NVME")
    ],
    *[
        row(
            "F9",
            f"{name} may not be FULL_OBJECT",
            create(ChecksumAlgorithm=name, ChecksumType="FULL_OBJECT"),
            invalid_request(
                f"The FULL_OBJECT checksum type cannot be used with the {name.lower()} checksum algorithm."
            ),
        )
        for name in ("SHA1", "SHA256")
    ],
    row(
        "F10",
        "CRC64NVME may not be COMPOSITE",
        create(ChecksumAlgorithm="CRC64NVME", ChecksumType="COMPOSITE"),
        invalid_request("The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."),
    ),
    row(
        "F11",
        "a type without an algorithm",
        create(ChecksumType="COMPOSITE"),
        invalid_request("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."),
    ),
    row("F12", "unknown algorithm", create(ChecksumAlgorithm="CRC7"), unsupported()),
    row(
        "F13",
        "storage class OUTPOSTS",
        create(StorageClass="OUTPOSTS"),
        expect_error(
            "InvalidStorageClass", 400, "The storage class you specified is not valid", StorageClassRequested="OUTPOSTS"
        ),
    ),
    row(
        "O9", "no such bucket", create(Bucket="nowhere"), expect_error("NoSuchBucket", 404, None, BucketName="nowhere")
    ),
    row(
        "manual",
        "key of 1025 bytes",
        create(Key="é" * 512 + "x"),
        expect_error("KeyTooLongError", 400, "Your key is too long", Size="1025", MaxSizeAllowed="1024"),
    ),
    row("manual", "key of 1024 bytes", create(Key="é" * 512), expect_answer(Key="é" * 512)),
    row(
        "manual",
        "metadata over 2 KB",
        create(Metadata={"a": "x" * 2048}),
        expect_error("MetadataTooLarge", 400, None, Size="2049", MaxSizeAllowed="2048"),
    ),
]


@pytest.mark.parametrize(("act", "expect"), CREATE)
def test_create(scene, act, expect):
    expect.check(scene, act)


def part(number=1, body=A, **params):
    return with_upload()(lambda scene: scene.UploadPart(PartNumber=number, Body=body, **params))


def bad_part_number(number):
    return row(
        "F17",
        f"part number {number}",
        part(number),
        expect_error(
            "InvalidArgument",
            400,
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(number),
        ),
    )


PARTS = [
    row(
        "F20",
        "ETag is the MD5",
        part(),
        expect_answer(ETag=f'"{md5(A)}"', ServerSideEncryption="AES256", ChecksumType=ABSENT),
    ),
    row("F20", "an empty part", part(body=b""), expect_answer(ETag=f'"{md5(b"")}"')),
    row("manual", "part 10,000", part(10_000), expect_answer(ETag=f'"{md5(A)}"')),
    *[bad_part_number(number) for number in (-1, 0, 10_001)],
    row(
        "F18",
        "unknown upload",
        lambda scene: scene.UploadPart(PartNumber=1, UploadId="nothing", Body=A),
        expect_error("NoSuchUpload", 404, NO_UPLOAD, UploadId="nothing"),
    ),
    row("F19", "another key", part(Key="another"), no_such_upload()),
    row("F104", "another bucket", part(Bucket="other"), no_such_upload()),
    row("O9", "no such bucket", part(Bucket="nowhere"), expect_error("NoSuchBucket", 404, None, BucketName="nowhere")),
    *[
        row(
            "F21",
            f"malformed {name}",
            part(**{f"Checksum{name}": value}),
            invalid_request(f"Value for x-amz-checksum-{name.lower()} header is invalid."),
        )
        for name, value in [
            ("CRC32", "???"),
            ("CRC32C", "AAAA"),
            ("SHA1", ""),
            ("SHA256", "YWJj"),
            ("CRC64NVME", "AAAAAA=="),
        ]
    ],
    *[
        row(
            "F22",
            f"wrong {name}",
            part(**{f"Checksum{name}": crc(B, name)}),
            expect_error("BadDigest", 400, f"The {name} you specified did not match the calculated checksum."),
        )
        for name in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")
    ],
    *[
        row(
            "F24",
            f"any {name} is echoed",
            part(**{f"Checksum{name}": crc(A, name)}),
            expect_answer(**{f"Checksum{name}": crc(A, name), "ChecksumType": ABSENT}),
        )
        for name in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")
    ],
    row(
        "F25",
        "two checksums",
        part(ChecksumCRC32=crc(A), ChecksumSHA1=crc(A, "SHA1")),
        invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
    ),
    *[
        row(
            "F26",
            f"malformed MD5 {value!r}",
            part(ContentMD5=value),
            expect_error("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", Content_MD5=value),
        )
        for value in ("not base64!", "YWJj")
    ],
    row(
        "F27",
        "wrong MD5, expected in base64",
        part(ContentMD5=b64md5(B)),
        expect_error(
            "BadDigest",
            400,
            "The Content-MD5 you specified did not match what we received.",
            CalculatedDigest=b64md5(A),
            ExpectedDigest=b64md5(B),
        ),
    ),
    row("F27", "right MD5", part(ContentMD5=b64md5(A)), expect_answer(ETag=f'"{md5(A)}"')),
]


@pytest.mark.parametrize(("act", "expect"), PARTS)
def test_upload_part(scene, act, expect):
    scene.upload()
    expect.check(scene, act)


@pytest.mark.parametrize(
    ("params", "expect"),
    [
        (
            {"ChecksumCRC32": crc(A)},
            invalid_request(
                "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
            ),
        ),  # F23
        (
            {},
            invalid_request(
                "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null"
            ),
        ),  # users' reports
        *[
            (
                {"ChecksumCRC32": value},
                invalid_request(
                    "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
                ),
            )
            for value in (crc(B), "???")  # O211: before the value is looked at
        ],
        (
            {"ChecksumCRC32": crc(A), "ChecksumSHA256": crc(A, "SHA256")},
            invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
        ),  # F25
        (
            {"ChecksumSHA256": crc(B, "SHA256")},
            expect_error("BadDigest", 400, "The SHA256 you specified did not match the calculated checksum."),
        ),
        ({"ChecksumSHA256": crc(A, "SHA256")}, expect_answer(ChecksumSHA256=crc(A, "SHA256"), ChecksumType=ABSENT)),
    ],
)
def test_part_of_another_algorithm(scene, params, expect):
    scene.upload(ChecksumAlgorithm="SHA256")
    expect.check(scene, lambda scene: scene.UploadPart(PartNumber=1, Body=A, **params))


def test_a_part_of_a_full_object_upload_may_leave_its_checksum_out(scene):
    """S3's manual on full-object checksums; not recorded."""
    etags = scene.upload(A, B, ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
    assert scene.complete(etags)["ChecksumCRC32C"] == crc(A + B, "CRC32C")  # F63


def test_a_second_put_replaces_the_part(scene):
    """F106, and the call log has both."""
    scene.upload(A)
    scene.part(1, B)
    parts = scene.ListParts()["Parts"]
    assert [(part["PartNumber"], part["ETag"]) for part in parts] == [(1, f'"{md5(B)}"')]
    attempts = scene.fake.uploads.one().part(1).attempts
    assert [(attempt.outcome, attempt.etag, attempt.size) for attempt in attempts] == [
        ("replaced", md5(A), 5),
        ("stored", md5(B), 5),
    ]


def complete_with(*parts):
    """Complete with these (number, ETag)."""
    parts = [dict(zip(("PartNumber", "ETag"), part, strict=False)) for part in parts]
    return lambda scene: scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts})


def invalid_part(number, etag):
    return expect_error(
        "InvalidPart", 400, NO_PART, UploadId=lambda scene: scene.upload_id, PartNumber=str(number), ETag=etag
    )


OUT_OF_ORDER = expect_error(
    "InvalidPartOrder",
    400,
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
    UploadId=lambda scene: scene.upload_id,
)
NO_PARTS = invalid_request("You must specify at least one part")
MALFORMED = expect_error("MalformedXML", 400)

# on an open upload of A, B, C as parts 1, 2, 3
LISTS = [
    row("F42", "no list", lambda scene: scene.CompleteMultipartUpload(), NO_PARTS),
    row("O228", "an empty list", complete_with(), MALFORMED),
    row("O228", "an empty document", lambda scene: scene.CompleteMultipartUpload(MultipartUpload={}), MALFORMED),
    *[
        row(
            "O228",
            f"part number {number}",
            complete_with((1, md5(A)), (number, md5(A))),
            expect_error(
                "InvalidArgument",
                400,
                "PartNumber must be >= 1",
                ArgumentName="PartNumber",
                ArgumentValue=str(number),
            ),
        )
        for number in (0, -1)
    ],
    row(
        "O228",
        "a negative size",
        lambda scene: scene.complete([md5(A)], MpuObjectSize=-1),
        invalid_request("Value for x-amz-mp-object-size header is less than zero: '-1'"),
    ),
    row("F43", "descending", complete_with((2, md5(B)), (1, md5(A))), OUT_OF_ORDER),
    row("F101", "a number twice", complete_with((1, md5(A)), (1, md5(A))), OUT_OF_ORDER),
    row("F101", "order is checked before existence", complete_with((9, "x"), (1, md5(A))), OUT_OF_ORDER),
    row("F45", "a part never put", complete_with((1, md5(A)), (4, md5(A))), invalid_part(4, md5(A))),
    row("F45", "part 10,001", complete_with((10_001, md5(A))), invalid_part(10_001, md5(A))),
    row("F45", "another part's ETag", complete_with((1, md5(B))), invalid_part(1, md5(B))),
    row("F45", "a quoted ETag is answered unquoted", complete_with((1, '"x"')), invalid_part(1, "x")),
    row(
        "F44",
        "ascending with a gap",
        complete_with((1, md5(A)), (3, md5(C))),
        expect_answer(ETag=lambda s: str(etag_of(A + C, 5))),
    ),
    row(
        "F44",
        "from 2",
        complete_with((2, md5(B)), (3, f'"{md5(C)}"')),
        expect_answer(ETag=lambda s: str(etag_of(B + C, 5))),
    ),
    row(
        "F51",
        "declared size is not the sum",
        lambda scene: scene.complete([md5(A)], MpuObjectSize=4),
        invalid_request("The provided 'x-amz-mp-object-size' header value 4 does not match what was computed: 5"),
    ),
    row(
        "F51",
        "declared size is the sum",
        lambda scene: scene.complete([md5(A)], MpuObjectSize=5),
        expect_answer(Key="key"),
    ),
    row(
        "F18",
        "unknown upload",
        lambda s: s.complete([md5(A)], UploadId="x"),
        expect_error("NoSuchUpload", 404, NO_UPLOAD, UploadId="x"),
    ),
    row("F19", "another key", lambda scene: scene.complete([md5(A)], Key="another"), no_such_upload()),
    row("F104", "another bucket", lambda scene: scene.complete([md5(A)], Bucket="other"), no_such_upload()),
    row(
        "F54",
        "a type where there is none",
        lambda scene: scene.complete([md5(A)], ChecksumType="FULL_OBJECT"),
        invalid_request(
            "The upload was created using the null checksum mode. The complete request must use the same checksum mode."
        ),
    ),
    row(
        "F55",
        "an object checksum is ignored",
        lambda s: s.complete([md5(A)], ChecksumCRC32C="sillyness-2"),
        expect_answer(ChecksumType="FULL_OBJECT"),
    ),
    row(
        "F53",
        "a part checksum, even a true one",
        lambda scene: scene.CompleteMultipartUpload(
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": md5(A), "ChecksumCRC32": crc(A)}]}
        ),
        invalid_part(1, md5(A)),
    ),
    row(
        "F52",
        "S3 adds a CRC64NVME",
        lambda scene: scene.complete([md5(A), md5(B), md5(C)]),
        expect_answer(
            Bucket="bucket",
            Key="key",
            ETag=lambda scene: str(etag_of(A + B + C, 5)),
            ServerSideEncryption="AES256",
            ChecksumCRC64NVME=crc(A + B + C, "CRC64NVME"),
            ChecksumType="FULL_OBJECT",
            ChecksumCRC32=ABSENT,
        ),
    ),
]


@pytest.mark.parametrize(("act", "expect"), LISTS)
def test_complete(scene, act, expect):
    scene.upload(A, B, C)
    expect.check(scene, act)


@pytest.mark.parametrize("numbers", [(), (2, 1), (1, 1), (9,)])
def test_an_invalid_list_leaves_the_upload_open(scene, numbers):
    """F47"""
    etags = scene.upload(A, B)
    with pytest.raises(Exception, match="An error occurred"):
        scene.CompleteMultipartUpload(
            MultipartUpload={"Parts": [{"PartNumber": number, "ETag": "x"} for number in numbers]}
        )
    assert scene.complete(etags)["ETag"] == str(etag_of(A + B, 5))


def test_too_small():
    """F46, with S3's own minimum."""
    with FakeS3(buckets=["bucket"], open_uploads="ignore") as fake:
        from tests.operations.scene import Scene, through_client

        scene = Scene(fake, through_client)
        etags = scene.upload(b"aaaa", b"b")
        expect_error(
            "EntityTooSmall",
            400,
            "Your proposed upload is smaller than the minimum allowed size",
            ETag=md5(b"aaaa"),
            MinSizeAllowed="5242880",
            PartNumber="1",
            ProposedSize="4",
        ).check(scene, lambda scene: scene.complete(etags))


def test_after_completion(scene):
    """F49, F50, F103: the upload is gone, the object is there and replaced the one before."""
    scene.PutObject(Body=b"before")
    etags = scene.upload(A, B)
    assert scene.GetObject()["Body"] == b"before"
    scene.complete(etags)
    assert scene.GetObject()["Body"] == A + B
    no_such_upload().check(scene, lambda scene: scene.ListParts())
    no_such_upload().check(scene, lambda scene: scene.part(1, A))
    assert "Uploads" not in scene.ListMultipartUploads()


def test_completing_again(scene):
    """F100: the same list is answered the same, another list is not, nor once the object was replaced."""
    etags = scene.upload(A, B)
    first = scene.complete(etags)
    assert scene.complete(etags) == first
    no_such_upload().check(scene, lambda scene: scene.complete(etags[:1]))
    scene.PutObject(Body=b"after")
    no_such_upload().check(scene, lambda scene: scene.complete(etags))


def test_abort(scene):
    """F111: gone for every operation; aborting twice is NoSuchUpload."""
    etags = scene.upload(A)
    scene.AbortMultipartUpload()
    for act in (
        lambda scene: scene.AbortMultipartUpload(),
        lambda scene: scene.ListParts(),
        lambda scene: scene.part(1, A),
        lambda scene: scene.complete(etags),
    ):
        no_such_upload().check(scene, act)
    assert "Uploads" not in scene.ListMultipartUploads()


def test_abort_of_a_completed_upload(scene):
    """F111: it succeeds, and the object stays."""
    scene.complete_upload_of(A)
    scene.AbortMultipartUpload()
    assert scene.GetObject()["Body"] == A


def test_abort_of_an_unknown_upload(scene):
    expect_error("NoSuchUpload", 404, NO_UPLOAD, UploadId="x").check(
        scene, lambda s: s.AbortMultipartUpload(UploadId="x")
    )
    scene.upload()
    no_such_upload().check(scene, lambda scene: scene.AbortMultipartUpload(Key="another"))


def test_two_uploads_of_one_key(scene):
    """F103"""
    etags = scene.upload(A)
    first = scene.upload_id
    second_etags = scene.upload(B)
    assert scene.upload_id != first
    scene.complete(second_etags)
    assert scene.GetObject()["Body"] == B
    scene.complete(etags, UploadId=first)
    assert scene.GetObject()["Body"] == A


def complete_with_checksums(*parts):
    """Complete with these (number, ETag, {algorithm: checksum})."""
    parts = [
        {"PartNumber": number, "ETag": etag, **{f"Checksum{name}": value for name, value in checksums.items()}}
        for number, etag, checksums in parts
    ]

    def complete(scene, **params):
        return scene.CompleteMultipartUpload(MultipartUpload={"Parts": parts}, **params)

    return complete


def complete_with_own_checksums(name):
    return complete_with_checksums((1, md5(A), {name: crc(A, name)}), (2, md5(B), {name: crc(B, name)}))


@pytest.mark.parametrize("name", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_composite_checksums(scene, name):
    """F57: with the suffix in Complete, Get and Head, without it in GetObjectAttributes."""
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm=name)["UploadId"]
    for number, body in ((1, A), (2, B)):
        scene.part(number, body, **{f"Checksum{name}": crc(body, name)})
    value = composite(name, A, B)
    expect_answer(**{f"Checksum{name}": value, "ChecksumType": "COMPOSITE"}).check(
        scene, complete_with_own_checksums(name)
    )
    for read in (scene.GetObject, scene.HeadObject):
        answer = read(ChecksumMode="ENABLED")
        assert (answer[f"Checksum{name}"], answer["ChecksumType"]) == (value, "COMPOSITE")
    attributes = scene.GetObjectAttributes(ObjectAttributes=["Checksum"])
    assert attributes["Checksum"] == {f"Checksum{name}": value.removesuffix("-2"), "ChecksumType": "COMPOSITE"}


COMPOSITES = [
    row(
        "F56",
        "a part without its checksum",
        complete_with_checksums((1, md5(A), {"CRC32": crc(A)}), (2, md5(B), {})),
        invalid_request(
            "The upload was created using a crc32 checksum. The complete request must include the checksum for each part. "
            "It was missing for part 2 in the request."
        ),
    ),
    row(
        "F58", "a wrong part checksum", complete_with_checksums((1, md5(A), {"CRC32": crc(B)})), invalid_part(1, md5(A))
    ),
    row(
        "F59",
        "another algorithm",
        complete_with_checksums((1, md5(A), {"SHA256": crc(A, "SHA256")})),
        expect_error("BadDigest", 400, "The sha256 you specified for part 1 did not match what we received."),
    ),
    row(
        "F60",
        "another type",
        lambda scene: complete_with_own_checksums("CRC32")(scene, ChecksumType="FULL_OBJECT"),
        invalid_request(
            "The upload was created using the COMPOSITE checksum mode. The complete request must use the same checksum mode."
        ),
    ),
    row(
        "F60",
        "its own type",
        lambda scene: complete_with_own_checksums("CRC32")(scene, ChecksumType="COMPOSITE"),
        expect_answer(Key="key"),
    ),
]


@pytest.mark.parametrize(("act", "expect"), COMPOSITES)
def test_composite_lists(scene, act, expect):
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm="CRC32")["UploadId"]
    for number, body in ((1, A), (2, B)):
        scene.part(number, body, ChecksumCRC32=crc(body))
    expect.check(scene, act)


WRONG_CHECKSUM = expect_error("BadDigest", 400, "The crc32c you specified did not match the calculated checksum.")
WHOLE_CHECKSUM = crc(A + B, "CRC32C")
FULL = [
    row(
        "F61",
        "no part checksums",
        complete_with_checksums((1, md5(A), {}), (2, md5(B), {})),
        expect_answer(ChecksumCRC32C=WHOLE_CHECKSUM),
    ),
    row(
        "F61",
        "true part checksums",
        complete_with_own_checksums("CRC32C"),
        expect_answer(ChecksumCRC32C=WHOLE_CHECKSUM, ChecksumType="FULL_OBJECT"),
    ),
    row(
        "F61",
        "a wrong part checksum",
        complete_with_checksums((1, md5(A), {"CRC32C": WHOLE_CHECKSUM})),
        invalid_part(1, md5(A)),
    ),
    row(
        "F62",
        "right with its type",
        lambda s: complete_with_own_checksums("CRC32C")(s, ChecksumCRC32C=WHOLE_CHECKSUM, ChecksumType="FULL_OBJECT"),
        expect_answer(ChecksumCRC32C=WHOLE_CHECKSUM),
    ),
    row(
        "F62",
        "right without its type",
        lambda s: complete_with_own_checksums("CRC32C")(s, ChecksumCRC32C=WHOLE_CHECKSUM),
        WRONG_CHECKSUM,
    ),
    row(
        "F62",
        "wrong",
        lambda s: complete_with_own_checksums("CRC32C")(s, ChecksumCRC32C=crc(A, "CRC32C"), ChecksumType="FULL_OBJECT"),
        WRONG_CHECKSUM,
    ),
    row(
        "F62",
        "of another algorithm",
        lambda s: complete_with_own_checksums("CRC32C")(s, ChecksumCRC32=crc(A + B), ChecksumType="FULL_OBJECT"),
        WRONG_CHECKSUM,
    ),
    row(
        "F60",
        "another type",
        lambda scene: complete_with_own_checksums("CRC32C")(scene, ChecksumType="COMPOSITE"),
        invalid_request(
            "The upload was created using the FULL_OBJECT checksum mode. The complete request must use the same checksum mode."
        ),
    ),
]


@pytest.mark.parametrize(("act", "expect"), FULL)
def test_full_object_lists(scene, act, expect):
    scene.upload_id = scene.CreateMultipartUpload(ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")["UploadId"]
    for number, body in ((1, A), (2, B)):
        scene.part(number, body, ChecksumCRC32C=crc(body, "CRC32C"))
    expect.check(scene, act)


CONFLICT = "The conditional request cannot succeed due to a conflicting operation against this resource."
NOT_HELD = "At least one of the pre-conditions you specified did not hold"


def conflict(condition):
    return expect_error("ConditionalRequestConflict", 409, CONFLICT, Condition=condition, Key="key")


def not_held(condition):
    return expect_error("PreconditionFailed", 412, NOT_HELD, Condition=condition)


def test_if_none_match(scene):
    etags = scene.upload(A)
    scene.PutObject(Body=b"x")  # F66: also when it was put after the upload began
    not_held("If-None-Match").check(scene, lambda scene: scene.complete(etags, IfNoneMatch="*"))
    scene.DeleteObject()  # F67
    conflict("If-None-Match").check(scene, lambda scene: scene.complete(etags, IfNoneMatch="*"))
    etags = scene.upload(A)  # F67: a new one succeeds
    assert scene.complete(etags, IfNoneMatch="*")["Key"] == "key"


def test_if_match(scene):
    etag = scene.PutObject(Body=b"x")["ETag"]
    etags = scene.upload(A)
    not_held("If-Match").check(scene, lambda scene: scene.complete(etags, IfMatch='"other"'))  # F68
    scene.PutObject(Body=b"x")
    conflict("If-Match").check(scene, lambda scene: scene.complete(etags, IfMatch=etag))  # F69: identical bytes too
    scene.complete(scene.upload(A), IfMatch=etag)
    multipart_etag = scene.HeadObject()["ETag"]
    assert multipart_etag.endswith('-1"')
    assert scene.complete(scene.upload(B), IfMatch=multipart_etag)["Key"] == "key"  # F71


def test_if_match_without_an_object(scene):
    """F70"""
    etags = scene.upload(A)
    expect_error("NoSuchKey", 404, None, Key="key").check(scene, lambda scene: scene.complete(etags, IfMatch="x"))


def test_location():
    """F48: the bucket's URL as in the request, and the key percent-encoded, but not its slashes and tildes."""
    import boto3
    from botocore.config import Config

    with FakeS3(buckets=["bucket"]) as fake:
        from tests.operations.scene import Scene, through_boto

        fake.create_bucket("eu-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for options, expected in [
            ({}, "https://bucket.s3.amazonaws.com/a%20b/~%C3%A9"),
            ({"region_name": "eu-west-1"}, "https://eu-bucket.s3.eu-west-1.amazonaws.com/a%20b/~%C3%A9"),
            ({"endpoint_url": "http://minio:9000"}, "http://minio:9000/bucket/a%20b/~%C3%A9"),
        ]:
            scene = Scene(fake, lambda fake, o=options: through_boto(boto3.client("s3", config=Config(**PLAIN), **o)))
            bucket = "eu-bucket" if options.get("region_name") else "bucket"
            scene.upload_id = scene.CreateMultipartUpload(Bucket=bucket, Key="a b/~é")["UploadId"]
            etag = scene.part(1, A, key="a b/~é", Bucket=bucket)
            assert scene.complete([etag], Bucket=bucket, Key="a b/~é")["Location"] == expected


def test_attributes_reach_the_object(scene):
    """F6: HEAD answers the attributes of CreateMultipartUpload."""
    attributes = {
        "CacheControl": "max-age=1",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "video/mp4",
        "StorageClass": "STANDARD_IA",
        "WebsiteRedirectLocation": "/elsewhere",
        "Metadata": {"one": "two"},
    }
    scene.complete_upload_of(A, **attributes)
    head = scene.HeadObject()
    assert {name: head[name] for name in attributes} == attributes
    scene.complete_upload_of(A)
    assert scene.HeadObject()["ContentType"] == "binary/octet-stream"
    assert "StorageClass" not in scene.HeadObject()  # F5


def test_no_list_is_another_refusal_than_an_empty_one(scene):
    """F42, O228: a request without a body has no list; both leave the upload open (F47)."""
    etags = scene.upload(A)
    NO_PARTS.check(scene, lambda scene: scene.CompleteMultipartUpload())
    MALFORMED.check(scene, lambda scene: scene.CompleteMultipartUpload(MultipartUpload={"Parts": []}))
    assert scene.complete(etags)["Key"] == "key"


def digest_missing(action):
    return invalid_request(
        f"Content-MD5 OR x-amz-checksum- HTTP header is required for {action} requests with Object Lock parameters"
    )


RETENTION = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime(2090, 1, 1, tzinfo=timezone.utc)}
DIGESTS = [
    {"ContentMD5": b64md5(A)},
    *({f"Checksum{name}": crc(A, name)} for name in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")),
]


@pytest.mark.parametrize("lock", [{}, RETENTION, {"ObjectLockLegalHoldStatus": "ON"}], ids=["default", "mode", "hold"])
@pytest.mark.parametrize("digest", DIGESTS, ids=lambda digest: next(iter(digest)))
def test_bodies_under_object_lock_need_a_digest(scene, lock, digest):
    """O212: under a lock of their own, or under the bucket's default retention."""
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    if not lock:
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        scene.PutObjectLockConfiguration(
            Bucket="locked", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    digest_missing("Put Object").check(scene, lambda s: s.PutObject(Bucket="locked", Body=A, **lock))
    scene.PutObject(Bucket="locked", Body=A, **digest, **lock)
    scene.upload_id = scene.CreateMultipartUpload(Bucket="locked", **lock)["UploadId"]
    part = {"Bucket": "locked", "PartNumber": 1, "Body": A}
    digest_missing("Put Part").check(scene, lambda s: s.UploadPart(**part))
    etag = scene.UploadPart(**part, **digest)["ETag"]
    scene.complete([etag], Bucket="locked")


def test_a_locked_bucket_without_a_lock_needs_no_digest(scene):
    """O212 is about retention and legal holds, not about buckets that could have them; copies have no body."""
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    scene.PutObject(Bucket="locked", Body=A)
    scene.CopyObject(Bucket="locked", Key="copy", CopySource="locked/key", ObjectLockLegalHoldStatus="ON")
    scene.upload_id = scene.CreateMultipartUpload(Bucket="locked", ObjectLockLegalHoldStatus="ON")["UploadId"]
    scene.UploadPartCopy(Bucket="locked", PartNumber=1, CopySource="locked/key")


def test_seeding_under_object_lock():
    """O212: what the fake itself puts comes with its MD5."""
    with FakeS3() as fake:
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        fake.put("locked", "key", b"x", ObjectLockLegalHoldStatus="ON")
        fake.client().put_object(Bucket="locked", Key="key", Body=b"y", ObjectLockLegalHoldStatus="ON")
