"""FakeS3.dump and FakeS3.load: what is loaded again, the files, editing them by hand, and errors."""

import json
import random
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3, etag_of

KEYS = (
    "a",
    "a/b",
    "A/b",
    "é/😀",
    "x//..",
    ".",
    "/",
    "k%41",
    "con.txt",
    "dir./dir /AUX",
    "l" * 600,
    "tab\tnew\nline",
    "a/b/",
)
FAR_FUTURE = datetime(2099, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def rich():
    """A running fake with objects and configurations of every kind."""
    with FakeS3(buckets=["media"], min_part_size=1, region="eu-west-1", open_uploads="ignore") as fake:
        s3 = fake.client()
        for key in KEYS:
            s3.put_object(
                Bucket="media",
                Key=key,
                Body=key.encode(),
                Tagging="a=b&c",
                Metadata={"m": "n"},
                CacheControl="no-store",
            )
        s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket="media", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Date": FAR_FUTURE}}
        s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})
        s3.put_object(Bucket="media", Key="a", Body=b"newer", Expires=FAR_FUTURE)
        s3.put_object(Bucket="media", Key="kms", Body=b"secret", ServerSideEncryption="aws:kms")
        s3.delete_object(Bucket="media", Key="/")
        for algorithm, kind in (("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT")):
            multipart(s3, f"parts-{algorithm}", algorithm, kind)
        s3.create_bucket(
            Bucket="locked",
            ObjectLockEnabledForBucket=True,
            ObjectOwnership="ObjectWriter",
            CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        )
        s3.put_object(
            Bucket="locked",
            Key="k",
            Body=b"",
            ChecksumAlgorithm="CRC32",
            ObjectLockMode="GOVERNANCE",
            ObjectLockRetainUntilDate=FAR_FUTURE,
        )
        yield fake


def multipart(s3, key, algorithm, kind):
    upload = {"Bucket": "media", "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm=algorithm, ChecksumType=kind)[
        "UploadId"
    ]
    parts = []
    for number, body in ((1, b"bbb"), (2, b"ee")):
        response = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        member = f"Checksum{algorithm}"
        parts.append({"PartNumber": number, "ETag": response["ETag"], member: response[member]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, ChecksumType=kind)


def all_responses(fake):
    """The responses of all operations that read buckets and objects, without ResponseMetadata."""
    s3, responses = fake.client(), {}
    for bucket in fake.buckets:
        responses[bucket] = [s3.list_object_versions(Bucket=bucket), s3.get_bucket_location(Bucket=bucket)]
        for entry in responses[bucket][0].get("Versions", []):
            version = {"Bucket": bucket, "Key": entry["Key"], "VersionId": entry["VersionId"]}
            responses[bucket] += [s3.head_object(**version, ChecksumMode="ENABLED"), s3.get_object_tagging(**version)]
            responses[bucket] += [s3.get_object(**version)["Body"].read(), s3.get_object_acl(**version)]
            attributes = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
            responses[bucket].append(s3.get_object_attributes(**version, ObjectAttributes=attributes))
    responses["tags"] = s3.get_bucket_tagging(Bucket="media")
    responses["rules"] = s3.get_bucket_lifecycle_configuration(Bucket="media")
    responses["lock"] = s3.get_object_lock_configuration(Bucket="locked")
    return json.loads(json.dumps(responses, default=str), object_hook=without_metadata)


def without_metadata(response):
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def test_everything_is_loaded_again(rich, tmp_path):
    rich.dump(tmp_path / "seed")
    before = all_responses(rich)
    with FakeS3.load(tmp_path / "seed", open_uploads="ignore") as loaded:
        assert all_responses(loaded) == before
        assert loaded.region == "eu-west-1"
        loaded.dump(tmp_path / "again")
        assert (tmp_path / "again/manifest.json").read_text() == (tmp_path / "seed/manifest.json").read_text()
        loaded.client().delete_object(Bucket="media", Key="a")
        loaded.reset()
        assert all_responses(loaded) == before


def test_the_files(tmp_path):
    fake = FakeS3(buckets=["media"])
    fake.put("media", "photos/cat.jpg", b"meow")
    fake.dump(tmp_path)
    assert (tmp_path / "objects/media/photos/cat.jpg").read_bytes() == b"meow"
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (entry,) = manifest["buckets"]["media"]["objects"]
    assert (manifest["format"], entry["key"], entry["file"]) == (1, "photos/cat.jpg", "objects/media/photos/cat.jpg")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("con", "%63on"),
        ("LPT1.tar.gz", "%4CPT1.tar.gz"),
        ("a/nul /b", "a/%6Eul%20/b"),
        ("console/com10/aux_1", "console/com10/aux_1"),
        ("end./end /end..", "end%2E/end%20/end.%2E"),
        ('<>:"\\|?*', "%3C%3E%3A%22%5C%7C%3F%2A"),
    ],
)
def test_file_names_are_valid_on_windows(key, path, tmp_path):
    """It has devices with such names, whatever their extension, and drops dots and spaces at the end."""
    fake = FakeS3(buckets=["nul"])
    fake.put("nul", key, b"body")
    fake.dump(tmp_path)
    assert (tmp_path / "objects/%6Eul" / path).read_bytes() == b"body"
    assert FakeS3.load(tmp_path).object("nul", key).body == b"body"


def test_paths_are_short_on_windows(tmp_path, monkeypatch):
    """It takes 260 characters by default, with those of the directory."""
    monkeypatch.setattr("fakes3mp.seed_directory._MAX_PATH", 180)
    fake = FakeS3(buckets=["media"])
    fake.put("media", "/".join(["level"] * 30), b"body")
    fake.dump(tmp_path)
    (file,) = (path for path in (tmp_path / "objects").rglob("*") if path.is_file())
    assert len(str(file.relative_to(tmp_path))) < 180
    assert FakeS3.load(tmp_path).object("media", "/".join(["level"] * 30)).body == b"body"


def test_a_dump_replaces_an_earlier_one(tmp_path):
    fake = FakeS3(buckets=["media"])
    fake.put("media", "old", b"")
    fake.dump(tmp_path)
    fake.client()
    with fake:
        fake.client().delete_object(Bucket="media", Key="old")
    fake.dump(tmp_path)
    assert [path.name for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_files_may_be_edited(rich, tmp_path):
    rich.dump(tmp_path)
    (tmp_path / "objects/media/a/b/%").write_bytes(b"edited")
    (tmp_path / "objects/media/parts-SHA256").write_bytes(b"BBBEE")
    loaded = FakeS3.load(tmp_path)
    edited = loaded.object("media", "a/b/")
    assert (edited.body, edited.etag, edited.size) == (b"edited", etag_of(b"edited"), 6)
    assert loaded.object("media", "parts-SHA256").etag == etag_of(b"BBBEE", part_size=3)


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=40).filter(lambda k: k.encode("utf-8", "ignore").decode() == k),
        st.binary(max_size=20),
        max_size=8,
    )
)
def test_any_keys_are_loaded_again(tmp_path_factory, objects):
    fake, directory = FakeS3(buckets=["media"]), tmp_path_factory.mktemp("dump")
    for key, body in objects.items():
        fake.put("media", key, body)
    fake.dump(directory)
    assert {key: view.body for key, view in FakeS3.load(directory).buckets["media"].items()} == objects
    bucket = directory / "objects/media"
    assert all(bucket in path.parents for path in (directory / "objects").rglob("*") if path.is_file())


def change_manifest(manifest, **changes):
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **changes}))


def test_errors(rich, tmp_path):
    with pytest.raises(ValueError, match=r"holds no dump, there is no manifest.json in it"):
        FakeS3.load(tmp_path / "missing")
    rich.dump(tmp_path / "seeds/one")
    with pytest.raises(ValueError, match=r"did you mean .*seeds/one"):
        FakeS3.load(tmp_path / "seeds")
    with pytest.raises(ValueError, match="holds other files and no dump"):
        rich.dump(tmp_path / "seeds")
    (tmp_path / "seeds/one/objects/media/parts-CRC32").write_bytes(b"four")
    with pytest.raises(ValueError, match=r"has 4 bytes, its parts in manifest.json add up to 5"):
        FakeS3.load(tmp_path / "seeds/one")
    (tmp_path / "seeds/one/objects/media/parts-CRC32").unlink()
    with pytest.raises(ValueError, match="the object media/parts-CRC32, is missing from the dump"):
        FakeS3.load(tmp_path / "seeds/one")
    change_manifest(tmp_path / "seeds/one/manifest.json", format=2)
    for method in (FakeS3.load, rich.dump):
        with pytest.raises(ValueError, match="is of format 2, this fakes3mp reads format 1"):
            method(tmp_path / "seeds/one")


@pytest.mark.parametrize(
    "key",
    [
        "/" * 1000,
        "a/" * 500,
        "\ud800 alone",
        "é" * 512,
        "%" * 1024,
        "con/nul/" * 60,
        "..",
        "../../etc/passwd",
        "\x00",
        "x" * 1024,
    ],
)
def test_every_legal_key_can_be_dumped(key, tmp_path):
    """Issue: a dump of a key of 1,000 slashes, or with a lone surrogate, failed half-way."""
    fake = FakeS3(buckets=["media"])
    bucket = fake._store.bucket("media")
    fake.put("media", "template", b"x")
    bucket.put(msgspec.structs.replace(bucket.objects["template"], key=key))
    fake.dump(tmp_path / "seed")
    assert FakeS3.load(tmp_path / "seed").object("media", key).body == b"x"
    inside = tmp_path / "seed/objects/media"
    assert all(inside in path.parents for path in (tmp_path / "seed/objects").rglob("*") if path.is_file())


def broken_dump(fake, directory, monkeypatch):
    """A dump that fails when its second file is written."""
    written = []

    def fails(path, *args, **kwargs):
        written.append(path)
        if len(written) > 1:
            raise OSError(28, "No space left on device")
        return opened(path, *args, **kwargs)

    opened = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fails)
        with pytest.raises(OSError, match="No space left"):
            fake.dump(directory)


def test_a_dump_that_fails_leaves_the_earlier_one(tmp_path, monkeypatch):
    fake = FakeS3(buckets=["media"])
    fake.put("media", "a", b"1")
    fake.dump(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    fake.put("media", "b", b"2")
    broken_dump(fake, tmp_path, monkeypatch)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    fake.dump(tmp_path)
    assert FakeS3.load(tmp_path).buckets["media"].keys() == ["a", "b"]


@pytest.mark.parametrize("step", range(4))
def test_a_dump_that_is_killed_is_finished_or_dropped(step, tmp_path):
    """As the files stand after each step of taking the earlier dump's place."""
    old, new = FakeS3(buckets=["media"]), FakeS3(buckets=["media"])
    old.put("media", "old", b"1")
    new.put("media", "new", b"2")
    old.dump(tmp_path / "seed")
    new.dump(tmp_path / "next")
    (tmp_path / "next/objects").rename(tmp_path / "seed/objects.new")
    if step > 0:
        (tmp_path / "next/manifest.json").rename(tmp_path / "seed/manifest.json.new")
    if step > 1:
        (tmp_path / "seed/objects").rename(tmp_path / "seed/objects.old")
    if step > 2:
        (tmp_path / "seed/objects.new").rename(tmp_path / "seed/objects")
    assert FakeS3.load(tmp_path / "seed").buckets["media"].keys() == (["new"] if step else ["old"])
    new.dump(tmp_path / "seed")
    assert sorted(path.name for path in (tmp_path / "seed").iterdir()) == ["manifest.json", "objects"]


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "objects/../../secret", "link"])
def test_files_outside_are_refused(path, tmp_path):
    """A dump from somebody else cannot read any file."""
    fake = FakeS3(buckets=["media"])
    fake.put("media", "k", b"x")
    fake.dump(tmp_path / "seed")
    (tmp_path / "secret").write_bytes(b"x")
    with suppress(OSError):  # Windows allows links to administrators only
        (tmp_path / "seed/link").symlink_to(tmp_path / "secret")
    if path == "link" and not (tmp_path / "seed/link").exists():
        pytest.skip("this system does not let us make a link")
    manifest = tmp_path / "seed/manifest.json"
    document = json.loads(manifest.read_text())
    document["buckets"]["media"]["objects"][0]["file"] = path
    manifest.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="is outside of"):
        FakeS3.load(tmp_path / "seed")


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "..", ".", "", "a/b", "x" * 300])
def test_bucket_names_that_are_paths_are_refused(name, tmp_path):
    FakeS3(buckets=["media"]).dump(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"media"', json.dumps(name)))
    with pytest.raises(ValueError, match="no bucket can be named"):
        FakeS3.load(tmp_path)


def spoiled(document):
    """The document without one of its members, in every way."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield {other: each for other, each in document.items() if other != name}
            yield {**document, name: None}
            yield from ({**document, name: each} for each in spoiled(value))
    elif isinstance(document, list):
        for at, value in enumerate(document):
            yield from ([*document[:at], each, *document[at + 1 :]] for each in spoiled(value))


def test_a_manifest_that_lacks_something(rich, tmp_path):
    """It is loaded, where what lacks has a default, or ValueError: never another exception."""
    rich.dump(tmp_path)
    manifest = tmp_path / "manifest.json"
    documents = list(spoiled(json.loads(manifest.read_text())))
    assert len(documents) > 500
    refused = 0
    for document in documents:
        manifest.write_text(json.dumps(document))
        try:
            FakeS3.load(tmp_path)
        except ValueError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("text", ["", "[", "[]", "5", "null", "[" * 100_000])
def test_a_manifest_that_is_none(text, tmp_path):
    FakeS3().dump(tmp_path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ValueError, match=r"manifest|Expecting"):
        FakeS3.load(tmp_path)


WRONG_TYPES = [5, "x", [], {}, [5], {"x": 5}, True, "2026-01-01", {"$date": "2026-01-01"}, {"$date": "x"}, -1]


def changed(document, path=()):
    """The document with each of its members, also those of members, of another type."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for name, member in members:
        for wrong in WRONG_TYPES:
            copy = dict(document) if isinstance(document, dict) else list(document)
            copy[name] = wrong
            yield copy
        if isinstance(member, (dict, list)):
            for each in changed(member):
                copy = dict(document) if isinstance(document, dict) else list(document)
                copy[name] = each
                yield copy


def test_a_manifest_of_other_types(rich, tmp_path):
    """It is refused, or what it makes can be used: no call on the bucket raises but S3's errors."""
    rich.dump(tmp_path)
    manifest = tmp_path / "manifest.json"
    document = json.loads(manifest.read_text())
    loaded = 0
    documents = [
        {**document, "buckets": {**document["buckets"], name: entry}}
        for name, bucket in document["buckets"].items()
        for entry in changed({**bucket, "objects": bucket["objects"][:3]})
    ]
    assert len(documents) > 1000
    for changed_document in random.Random(5).sample(documents, 120):
        manifest.write_text(json.dumps(changed_document))
        try:
            fake = FakeS3.load(tmp_path)
        except ValueError:
            continue
        loaded += 1
        use(fake)
    assert loaded > 5


def use(fake):
    """Look at every bucket and object as a client does."""
    with fake:
        s3 = fake.client()
        for bucket in fake.buckets:
            calls = [partial(getattr(s3, name), Bucket=bucket) for name in dir(s3) if name.startswith("get_bucket_")]
            calls += [
                partial(s3.list_object_versions, Bucket=bucket),
                partial(s3.put_object, Bucket=bucket, Key="used"),
            ]
            for key in fake.buckets[bucket].keys()[:3]:
                calls += [
                    partial(call, Bucket=bucket, Key=key)
                    for call in (s3.get_object, s3.head_object, s3.get_object_tagging, s3.get_object_acl)
                ]
            for call in calls:
                with suppress(ClientError, ParamValidationError):
                    call()
        fake.clock.advance(days=400)
