"""Versioning: ids, delete markers, the null version, and every operation with a version id."""

import re

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

KEY_GONE = "The specified key does not exist."
NO_VERSION = "The specified version does not exist."
BAD_VERSION = "Invalid version id specified"


def put_versioning(**configuration):
    return lambda scene: scene.PutBucketVersioning(VersioningConfiguration=configuration)


STATES = [
    row("O59", "never versioned", lambda s: s.GetBucketVersioning(), expect_answer(Status=ABSENT)),
    row("O61", "lower case", put_versioning(Status="enabled"), expect_error("MalformedXML", 400)),
    row("O61", "unknown", put_versioning(Status="Disabled"), expect_error("MalformedXML", 400)),
    row("O62", "no status", put_versioning(), expect_error("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified")),
    row("O9", "no bucket", lambda s: s.GetBucketVersioning(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O9", "no bucket to put on", lambda s: s.PutBucketVersioning(Bucket="x", VersioningConfiguration={"Status": "Enabled"}), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("manual", "MFA delete", put_versioning(Status="Enabled", MFADelete="Enabled"), expect_error("NotImplemented", 501)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), STATES)
def test_states(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_put_and_get(scene, status):
    """O60"""
    scene.PutBucketVersioning(VersioningConfiguration={"Status": status})
    assert scene.GetBucketVersioning()["Status"] == status


@pytest.fixture
def versioned(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    return scene


def suspend(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Suspended"})


def put(scene, body=b"x", **params):
    return scene.PutObject(Body=body, **params).get("VersionId")


def list_versions(scene, **params):
    """The entries of ListObjectVersions: (key, version id, latest, "marker" or ETag)."""
    answer = scene.ListObjectVersions(**params)
    return [
        (entry["Key"], entry["VersionId"], entry["IsLatest"], entry.get("ETag", "marker"))
        for entry in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))
    ]


def test_every_write_gets_an_id(versioned):
    """O63, O64, and Complete and Copy alike."""
    ids = [put(versioned), put(versioned)]
    ids.append(versioned.complete_upload_of(b"aaaaa")["VersionId"])
    copy = versioned.CopyObject(CopySource={"Bucket": "bucket", "Key": "key"}, StorageClass="STANDARD")
    assert copy["CopySourceVersionId"] == ids[-1]  # O51
    ids.append(copy["VersionId"])
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9._]{32}", version_id) for version_id in ids)
    assert versioned.HeadObject()["VersionId"] == ids[-1]
    assert versioned.GetObject(VersionId=ids[2])["Body"] == b"aaaaa"
    entries = [(version_id, is_latest) for _, version_id, is_latest, _ in list_versions(versioned)]
    assert entries == [(version_id, version_id == ids[-1]) for version_id in reversed(ids)]  # O72


def test_completing_again_answers_the_same_version(versioned):
    """F100"""
    etags = versioned.upload(b"aaaaa")
    assert versioned.complete(etags) == versioned.complete(etags)
    assert len(list_versions(versioned)) == 1


def test_markers(versioned):
    """O64-O68: a delete creates one, also of no object and on top of another; how they are read."""
    version = put(versioned)
    deleted = versioned.DeleteObject()
    assert deleted["DeleteMarker"] is True
    again, of_no_object = versioned.DeleteObject(), versioned.DeleteObject(Key="never")
    assert len({deleted["VersionId"], again["VersionId"], of_no_object["VersionId"]}) == 3
    expected_headers = {"x-amz-delete-marker": "true", "x-amz-version-id": again["VersionId"]}
    for operation, params, code, status, more_headers in [
        ("GetObject", {}, "NoSuchKey", 404, {}),
        ("GetObject", {"VersionId": again["VersionId"]}, "MethodNotAllowed", 405, {"allow": "DELETE"}),
    ]:
        with pytest.raises(ClientError) as raised:
            versioned.call(operation, Bucket="bucket", Key="key", **params)
        answer = raised.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
        headers = {name.lower(): value for name, value in answer["ResponseMetadata"]["HTTPHeaders"].items()}
        assert {**expected_headers, **more_headers}.items() <= headers.items()
    assert versioned.GetObject(VersionId=version)["Body"] == b"x"
    expect_answer(DeleteMarker=True, VersionId=again["VersionId"]).check(
        versioned, lambda s: s.DeleteObject(VersionId=again["VersionId"])
    )
    versioned.DeleteObject(VersionId=deleted["VersionId"])
    assert versioned.GetObject()["Body"] == b"x"
    expect_answer(DeleteMarker=ABSENT, VersionId=version).check(
        versioned, lambda s: s.DeleteObject(VersionId=version)
    )  # O67
    expect_error("NoSuchVersion", 404, NO_VERSION, Key="key", VersionId=version).check(
        versioned, lambda s: s.GetObject(VersionId=version)
    )  # O68


def test_the_error_of_a_marker_has_method_and_type(versioned):
    """O66"""
    marker = versioned.DeleteObject()["VersionId"]
    message = "The specified method is not allowed against this resource."
    expect_error("MethodNotAllowed", 405, message, Method="GET", ResourceType="DeleteMarker").check(
        versioned, lambda scene: scene.GetObject(VersionId=marker)
    )


@pytest.mark.parametrize("operation", ["GetObject", "DeleteObject", "GetObjectTagging"])
def test_ids_never_issued(versioned, operation):
    """O38, O39: also a real id that was changed."""
    issued = put(versioned)
    for version_id in ("abc", issued[:-4] + "AAAA"):
        expect_error("InvalidArgument", 400, BAD_VERSION, ArgumentName="versionId", ArgumentValue=version_id).check(
            versioned,
            lambda scene: scene.call(operation, Bucket="bucket", Key="key", VersionId=version_id),  # noqa: B023
        )


def test_delete_many(versioned):
    """O41-O43"""
    version, other = put(versioned), put(versioned)
    deleted = versioned.DeleteObjects(Delete={"Objects": [{"Key": "key"}, {"Key": "never"}]})["Deleted"]
    assert [set(entry) for entry in deleted] == [{"Key", "DeleteMarker", "DeleteMarkerVersionId"}] * 2
    marker = deleted[0]["DeleteMarkerVersionId"]
    entries = [{"Key": "key", "VersionId": version_id} for version_id in (marker, version, "fake")]
    answer = versioned.DeleteObjects(Delete={"Objects": entries})
    assert answer["Deleted"] == [
        {"Key": "key", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker},
        {"Key": "key", "VersionId": version},
    ]
    assert answer["Errors"] == [{"Key": "key", "VersionId": "fake", "Code": "NoSuchVersion", "Message": NO_VERSION}]
    assert versioned.HeadObject()["VersionId"] == other


def test_suspended(versioned):
    """O70, O71: never more than one null entry, versions stay."""

    def ids_and_markers():
        entries = [(version_id, etag == "marker") for _, version_id, _, etag in list_versions(versioned)]
        assert len(entries) == len(set(entries))
        return set(entries)

    version = put(versioned, b"old")
    suspend(versioned)
    assert put(versioned, b"one") is None
    assert versioned.HeadObject()["VersionId"] == "null"  # O22
    put(versioned, b"two")
    assert [version_id for _, version_id, _, _ in list_versions(versioned)] == ["null", version]
    expect_answer(DeleteMarker=True, VersionId="null").check(versioned, lambda scene: scene.DeleteObject())
    assert ids_and_markers() == {(version, False), ("null", True)}
    put(versioned, b"three")
    assert ids_and_markers() == {(version, False), ("null", False)}
    assert versioned.GetObject(VersionId=version)["Body"] == b"old"


def test_an_object_from_before_versioning_is_the_null_version(scene):
    """O22: its id is null once the bucket is versioned."""
    scene.PutObject(Body=b"before")
    assert "VersionId" not in scene.HeadObject(VersionId="null")
    assert list_versions(scene)[0][1:3] == ("null", True)  # O75
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    assert scene.HeadObject()["VersionId"] == "null"
    put(scene)
    assert scene.GetObject(VersionId="null")["Body"] == b"before"


def test_deleting_the_bucket(versioned):
    """O7, O8: only once every version and marker is gone."""
    put(versioned)
    versioned.DeleteObject()
    message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
    expect = expect_error("BucketNotEmpty", 409, message, BucketName="bucket")
    for _, version_id, _, _ in list_versions(versioned):
        expect.check(versioned, lambda scene: scene.DeleteBucket())
        versioned.DeleteObject(VersionId=version_id)
    versioned.DeleteBucket()


def test_a_listed_version(versioned):
    """O73, O74"""
    put(versioned)
    versioned.DeleteObject()
    answer = versioned.ListObjectVersions()
    assert set(answer["Versions"][0]) == {
        "Key", "VersionId", "IsLatest", "LastModified", "ETag", "Size", "StorageClass", "Owner", "ChecksumAlgorithm", "ChecksumType",
    }  # fmt: skip
    assert set(answer["DeleteMarkers"][0]) == {"Key", "VersionId", "IsLatest", "LastModified", "Owner"}
    expect_answer(
        Name="bucket",
        Prefix="",
        KeyMarker="",
        VersionIdMarker="",
        MaxKeys=1000,
        IsTruncated=False,
        NextKeyMarker=ABSENT,
    ).check(versioned, lambda scene: scene.ListObjectVersions())


def test_pages_of_versions(versioned):
    for key in ("a", "a", "b/1", "b/2", "c", "c"):
        put(versioned, Key=key)
    versioned.DeleteObject(Key="c")
    whole = [version_id for _, version_id, _, _ in list_versions(versioned)]
    in_order = [entry.version_id for entry in versioned.fake._store.buckets["bucket"].all_versions()]
    assert sorted(whole) == sorted(in_order)
    version_ids, markers = [], {}
    while True:
        page = versioned.ListObjectVersions(MaxKeys=2, **markers)
        assert len(page.get("Versions", ())) + len(page.get("DeleteMarkers", ())) <= 2
        version_ids += [entry["VersionId"] for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert sorted(version_ids) == sorted(in_order)
    folded = versioned.ListObjectVersions(Delimiter="/")
    assert folded["CommonPrefixes"] == [{"Prefix": "b/"}]
    assert {version["Key"] for version in folded["Versions"]} == {"a", "c"}
    expect_error("InvalidArgument", 400, None, ArgumentName="version-id-marker", ArgumentValue=whole[0]).check(
        versioned, lambda scene: scene.ListObjectVersions(VersionIdMarker=whole[0])
    )


def test_lists_show_only_what_is_current(versioned):
    put(versioned, Key="a")
    put(versioned, Key="b")
    versioned.DeleteObject(Key="a")
    assert [entry["Key"] for entry in versioned.ListObjectsV2()["Contents"]] == ["b"]


def test_conditions_see_only_the_current_version(versioned):
    """O132, O134, O139: a marker on top counts as absent."""
    etag = f'"{put(versioned) and versioned.HeadObject()["ETag"]}"'
    versioned.DeleteObject()
    expect_error("NoSuchKey", 404, None, Key="key").check(versioned, lambda s: s.PutObject(Body=b"", IfMatch=etag))
    versioned.PutObject(Body=b"", IfNoneMatch="*")
    put(versioned, Key="source")
    versioned.DeleteObject()
    copy = {"CopySource": {"Bucket": "bucket", "Key": "source"}}
    expect_error("NoSuchKey", 404, None, Key="key").check(versioned, lambda s: s.CopyObject(**copy, IfMatch="x"))
    versioned.CopyObject(**copy, IfNoneMatch="*")


def test_copying_a_version(versioned):
    """O50"""
    first = put(versioned, b"first")
    put(versioned, b"second")
    source = {"Bucket": "bucket", "Key": "key", "VersionId": first}
    if versioned.is_typed:
        source = f"bucket/key?versionId={first}"
    assert versioned.CopyObject(Key="copy", CopySource=source)["CopySourceVersionId"] == first
    assert versioned.GetObject(Key="copy")["Body"] == b"first"
    versioned.upload(key="part")
    answer = versioned.UploadPartCopy(Key="part", PartNumber=1, CopySource=source)
    assert answer["CopySourceVersionId"] == first
    versioned.CopyObject(CopySource=source)  # onto itself: the old version becomes the newest again
    assert versioned.GetObject()["Body"] == b"first"


def test_views_show_versions():
    with FakeS3(buckets=["media"]) as fake:
        client = fake.client()
        client.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
        fake.put("media", "k", b"one")
        fake.put("media", "k", b"two")
        view = fake.object("media", "k")
        assert [version.body for version in view.versions] == [b"two", b"one"]
        assert view.versions[0].version_id == view.version_id


def test_pages_through_the_versions_of_one_key():
    """A page of one key's versions begins address the last one ended, deletes and null versions in between or not."""
    with FakeS3(buckets=["bucket"]) as fake:
        s3, address = fake.client(), {"Bucket": "bucket", "Key": "k"}
        s3.put_object(**address, Body=b"null")
        s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        for n in range(7):
            s3.put_object(**address, Body=b"%d" % n)
            if n % 3 == 0:
                s3.delete_object(**address)
        whole = s3.list_object_versions(Bucket="bucket")
        s3.delete_object(**address, VersionId=whole["Versions"][2]["VersionId"])
        whole = s3.list_object_versions(Bucket="bucket")
        for size in (1, 2, 3):
            paginator = s3.get_paginator("list_object_versions")
            pages = list(paginator.paginate(Bucket="bucket", PaginationConfig={"PageSize": size}))
            for kind in ("Versions", "DeleteMarkers"):
                assert [entry for page in pages for entry in page.get(kind, ())] == whole[kind]
        assert whole["Versions"][-1]["VersionId"] == "null"


def test_pages_through_the_uploads_of_one_key():
    with FakeS3(buckets=["bucket"], open_uploads="ignore") as fake:
        s3, address = fake.client(), {"Bucket": "bucket", "Key": "k"}
        ids = [s3.create_multipart_upload(**address)["UploadId"] for _ in range(9)]
        for number in (0, 4, 8):
            s3.abort_multipart_upload(**address, UploadId=ids[number])
        paginator = s3.get_paginator("list_multipart_uploads")
        for size in (1, 2, 4):
            pages = paginator.paginate(Bucket="bucket", PaginationConfig={"PageSize": size})
            assert [upload["UploadId"] for page in pages for upload in page["Uploads"]] == [*ids[1:4], *ids[5:8]]


def page_from(version_id, **params):
    return lambda scene: scene.ListObjectVersions(KeyMarker="key", VersionIdMarker=version_id, **params)


@pytest.mark.parametrize("gone", range(4))
def test_a_list_from_a_version_that_is_gone(versioned, gone):
    """O244: it goes on where that one stood."""
    ids = [put(versioned) for _ in range(4)]
    put(versioned, Key="next")
    versioned.DeleteObject(VersionId=ids[gone])
    entries = [entry["VersionId"] for entry in page_from(ids[gone])(versioned)["Versions"]]
    assert entries[:-1] == list(reversed(ids[:gone]))


def test_a_list_from_a_null_version_that_is_gone(scene):
    """O244, for the null version, whose id does not say which it was."""
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    older = put(scene)
    suspend(scene)
    put(scene)
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    newer = put(scene)
    assert [version_id for _, version_id, _, _ in list_versions(scene)] == [newer, "null", older]
    scene.DeleteObject(VersionId="null")
    assert [entry["VersionId"] for entry in page_from("null")(scene)["Versions"]] == [older]


@pytest.mark.parametrize("marker", ["never", "x" * 32])
def test_a_version_id_marker_that_was_never_issued(versioned, marker):
    """O244; the name of the argument is not verified."""
    put(versioned)
    expect_error("InvalidArgument", 400, BAD_VERSION, ArgumentName="version-id-marker", ArgumentValue=marker).check(
        versioned, page_from(marker)
    )


def test_deleting_a_key_that_is_not_there_if_it_matches(versioned):
    """O227: also under a delete marker, and in DeleteObjects."""
    etag = versioned.PutObject(Body=b"x")["ETag"]
    versioned.DeleteObject()
    for key in ("key", "never"):
        expect_error("NoSuchKey", 404, "The specified key does not exist.", Key=key).check(
            versioned,
            lambda scene: scene.DeleteObject(Key=key, IfMatch=etag),  # noqa: B023
        )
        errors = versioned.DeleteObjects(Delete={"Objects": [{"Key": key, "ETag": etag}]})["Errors"]
        assert [(error["Key"], error["Code"]) for error in errors] == [(key, "NoSuchKey")]


def test_conditions_of_deletes_are_about_the_current_version(versioned):
    """O365: a delete that names a version has none."""
    versions = [put(versioned, body) for body in (b"1", b"2", b"3")]
    versioned.DeleteObject(VersionId=versions[0], IfMatch="x")
    entry = {"Key": "key", "VersionId": versions[1], "ETag": "x"}
    assert "Errors" not in versioned.DeleteObjects(Delete={"Objects": [entry]})
    assert [version_id for _, version_id, _, _ in list_versions(versioned)] == versions[2:]
