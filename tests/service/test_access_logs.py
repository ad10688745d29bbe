"""Server access logs: their records, their keys, and where they can be delivered (S3's manual, "LogFormat")."""

import json
import re
import warnings
from datetime import datetime, timezone

import boto3
import pytest
import requests

from fakes3mp import FakeS3
from fakes3mp.service.deliveries.delivery import UndeliveredWarning

NOON = datetime(2026, 3, 1, 12, 0, 5, tzinfo=timezone.utc)
OWNER = f"{123456789012:064x}"
FIELDS = (
    *("owner", "bucket", "time", "ip", "requester", "request", "operation", "key", "uri", "status", "error", "bytes"),
    *("size", "total", "turn_around", "referer", "agent", "version", "host", "signature", "cipher", "authentication"),
    *("host_header", "tls", "access_point", "acl_required"),
)
FIELD = re.compile(r'\[[^]]*\]|"[^"]*"|[^ ]+')
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::logs/*",
    "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::media"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    },
}


def records(fake, bucket="logs"):
    """The records of all logs, as dicts."""
    lines = [line for obj in fake.buckets[bucket].objects for line in obj.text().splitlines()]
    split = [FIELD.findall(line) for line in lines]
    assert all(len(fields) == len(FIELDS) for fields in split)
    return [dict(zip(FIELDS, fields, strict=True)) for fields in split]


def allow(fake, *statements):
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    fake.client().put_bucket_policy(Bucket="logs", Policy=policy)


def log(fake, **enabled):
    status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "media/", **enabled}}
    fake.client().put_bucket_logging(Bucket="media", BucketLoggingStatus=status)


@pytest.fixture(params=["auto", "http"])
def fake(request):
    with FakeS3(buckets=["media", "logs"], wire=request.param, clock=lambda: NOON) as fake:
        allow(fake, ALLOW)
        log(fake)
        yield fake


def test_the_fields_of_a_record(fake):
    """O334"""
    fake.put("media", "a b.txt", b"0123456789")
    fake.client().get_object(Bucket="media", Key="a b.txt", Range="bytes=2-4")
    assert fake.buckets["logs"].keys() == []
    fake.clock.advance(hours=1)
    (key,) = fake.buckets["logs"].keys()
    assert re.fullmatch(r"media/2026-03-01-13-00-05-[0-9A-F]{16}", key)
    put_logging, get = records(fake)
    assert (put_logging["operation"], put_logging["key"]) == ("REST.PUT.LOGGING_STATUS", "-")
    assert {name: get[name] for name in ("owner", "bucket", "time", "ip", "requester", "operation", "key")} == {
        "owner": OWNER,
        "bucket": "media",
        "time": "[01/Mar/2026:12:00:05 +0000]",
        "ip": "127.0.0.1",
        "requester": OWNER,
        "operation": "REST.GET.OBJECT",
        "key": "a%20b.txt",
    }
    assert (get["uri"], get["status"], get["error"]) == ('"GET /a%20b.txt HTTP/1.1"', "206", "-")
    assert (get["bytes"], get["size"], get["referer"], get["version"]) == ("3", "10", '"-"', "-")
    assert get["total"].isdigit()
    assert get["turn_around"].isdigit()
    assert "boto" in get["agent"].lower()
    assert (get["signature"], get["authentication"], get["tls"]) == ("SigV4", "AuthHeader", "TLSv1.2")
    assert get["cipher"].startswith("ECDHE")
    assert get["host_header"] == "media.s3.amazonaws.com"
    assert (get["access_point"], get["acl_required"]) == ("-", "-")
    metadata = fake.client().head_object(Bucket="logs", Key=key)
    assert metadata["ContentType"] == "text/plain"


OPERATIONS = [
    ("put_object", {"Key": "k", "Body": b"12345"}, "REST.PUT.OBJECT", "200", "5"),
    ("head_object", {"Key": "there"}, "REST.HEAD.OBJECT", "200", "2"),
    ("delete_object", {"Key": "there"}, "REST.DELETE.OBJECT", "204", "-"),
    ("list_objects_v2", {}, "REST.GET.BUCKET", "200", "-"),
    ("list_object_versions", {}, "REST.GET.BUCKETVERSIONS", "200", "-"),
    ("get_bucket_acl", {}, "REST.GET.ACL", "200", "-"),
    ("get_bucket_location", {}, "REST.GET.LOCATION", "200", "-"),
    ("get_bucket_policy", {}, "REST.GET.BUCKETPOLICY", "404", "-"),
    ("get_object_tagging", {"Key": "there"}, "REST.GET.OBJECT_TAGGING", "200", "-"),
    ("create_multipart_upload", {"Key": "k"}, "REST.POST.UPLOADS", "200", "-"),
    ("get_object", {"Key": "missing"}, "REST.GET.OBJECT", "404", "-"),
]


@pytest.mark.parametrize(
    ("method", "params", "operation", "status", "size"), OPERATIONS, ids=[row[2] + row[3] for row in OPERATIONS]
)
def test_operations(fake, method, params, operation, status, size):
    """O334"""
    fake.put("media", "there", b"ab")
    client = fake.client()
    try:
        getattr(client, method)(Bucket="media", **params)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
    else:
        code = "-"
    fake.clock.advance(hours=1)
    record = records(fake)[-1]
    assert (record["operation"], record["status"], record["error"], record["size"]) == (operation, status, code, size)
    if method == "create_multipart_upload":
        fake.client().abort_multipart_upload(Bucket="media", Key="k", UploadId=fake.uploads.one().id)


def test_parts_batches_and_copies(fake):
    """O334: records of parts, of each deleted key, and of a copy's source"""
    client = fake.client()
    fake.put("media", "a", b"1")
    upload = client.create_multipart_upload(Bucket="media", Key="big")["UploadId"]
    part = {"Bucket": "media", "Key": "big", "UploadId": upload, "PartNumber": 1}
    client.upload_part(**part, Body=b"12")
    client.upload_part_copy(**part, CopySource="media/a")
    client.abort_multipart_upload(Bucket="media", Key="big", UploadId=upload)
    client.copy_object(Bucket="logs", Key="copies/a", CopySource="media/a")
    client.delete_objects(Bucket="media", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    client.delete_object(Bucket="logs", Key="copies/a")
    fake.clock.advance(hours=1)
    operations = [(record["operation"], record["key"]) for record in records(fake)][2:]
    assert operations == [
        ("REST.PUT.PART", "big"),
        ("REST.COPY.PART", "big"),
        ("REST.DELETE.UPLOAD", "big"),
        ("REST.COPY.OBJECT_GET", "a"),
        ("REST.POST.MULTI_OBJECT_DELETE", "-"),
        ("BATCH.DELETE.OBJECT", "a"),
        ("BATCH.DELETE.OBJECT", "b"),
    ]


def test_requesters(fake):
    """O334: anonymous callers, users, presigned URLs, websites, ACLs that were needed"""
    fake.credentials.add("USER", "secret", account_id="123456789012", arn="arn:aws:iam::123456789012:user/ann", policy={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})  # fmt: skip
    requests.get("http://media.s3.amazonaws.com/k?x=1", headers={"Referer": 'http://a/"b"', "User-Agent": "curl/8"})
    boto3.client("s3", aws_access_key_id="USER", aws_secret_access_key="secret").list_objects_v2(Bucket="media")
    requests.get(fake.client().generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"}))
    fake.client().put_bucket_website(Bucket="media", WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}})
    requests.get("http://media.s3-website-us-east-1.amazonaws.com/k")
    fake.clock.advance(hours=1)
    _, anonymous, user, presigned, _, website = records(fake)
    assert (anonymous["requester"], anonymous["signature"], anonymous["authentication"]) == ("-", "-", "-")
    assert (anonymous["uri"], anonymous["referer"], anonymous["agent"]) == ('"GET /k?x=1 HTTP/1.1"', '"http://a/%22b%22"', '"curl/8"')  # fmt: skip
    assert (anonymous["tls"], anonymous["cipher"], anonymous["error"]) == ("-", "-", "AccessDenied")
    assert user["requester"] == "arn:aws:iam::123456789012:user/ann"
    assert presigned["authentication"] == "QueryString"
    assert website["operation"] == "WEBSITE.GET.OBJECT"


def test_acls_that_were_needed():
    """O334"""
    with FakeS3(buckets=["media", "logs"], bucket_defaults="legacy", clock=lambda: NOON) as fake:
        fake.client().put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        fake.client().put_object(Bucket="media", Key="k", Body=b"", ACL="public-read")
        log(fake)
        requests.get("https://media.s3.amazonaws.com/k")
        fake.clock.advance(hours=1)
        assert [record["acl_required"] for record in records(fake)] == ["-", "Yes"]


def test_partitions(fake):
    """manual: by the time of the delivery, or one object for each day of events"""
    folder = "media/123456789012/us-east-1/media"
    log(fake, TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}})
    fake.clock.advance(hours=1)
    (key,) = fake.buckets["logs"].keys()
    assert re.fullmatch(rf"{folder}/2026/03/01/2026-03-01-13-00-05-[0-9A-F]{{16}}", key)
    log(fake, TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "EventTime"}})
    fake.clock.advance(hours=10, minutes=30)
    fake.client().list_objects_v2(Bucket="media")
    fake.clock.advance(minutes=40)
    fake.client().list_objects_v2(Bucket="media")
    fake.clock.advance(hours=1)
    days = [key.rpartition("-")[0] for key in fake.buckets["logs"].keys()]  # noqa: SIM118
    assert sorted(set(days)) == [
        f"{folder}/2026/03/01/2026-03-01-00-00-00",
        f"{folder}/2026/03/01/2026-03-01-13-00-05",
        f"{folder}/2026/03/02/2026-03-02-00-00-00",
    ]


def test_target_grants():
    """manual: grantees beside the owner, where the target has ACLs"""
    with FakeS3(buckets=["media", "logs"], bucket_defaults="legacy", clock=lambda: NOON) as fake:
        fake.client().put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        reader = {"Grantee": {"Type": "CanonicalUser", "ID": f"{2:064x}"}, "Permission": "READ"}
        log(fake, TargetGrants=[reader])
        fake.clock.advance(hours=1)
        (key,) = fake.buckets["logs"].keys()
        grants = fake.client().get_object_acl(Bucket="logs", Key=key)["Grants"]
        assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL", "READ"]


def test_lifecycle_is_logged(fake):
    """O334"""
    fake.put("media", "old", b"x")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    fake.client().put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})
    fake.clock.advance(days=2)
    fake.clock.advance(hours=1)
    record = records(fake)[-1]
    assert (record["operation"], record["requester"], record["key"]) == ("S3.EXPIRE.OBJECT", "AmazonS3", "old")


def test_events_of_logs(fake):
    """manual: a log is an object as any other"""
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
    fake.client().put_bucket_notification_configuration(Bucket="logs", NotificationConfiguration={"QueueConfigurations": [queue]})  # fmt: skip
    fake.clock.advance(hours=1)
    assert [record["s3"]["bucket"]["name"] for record in fake.events] == ["logs"]


OBSTACLES = {
    "no policy": (lambda fake: fake.client().delete_bucket_policy(Bucket="logs"), "logging.s3.amazonaws.com"),
    "another source": (lambda fake: allow(fake, {**ALLOW, "Condition": {"StringEquals": {"aws:SourceAccount": "1" * 12}}}), "bucket policy"),
    "another prefix": (lambda fake: allow(fake, {**ALLOW, "Resource": "arn:aws:s3:::logs/other/*"}), "bucket policy"),
    "a denial": (lambda fake: allow(fake, ALLOW, {**ALLOW, "Effect": "Deny", "Principal": "*", "Condition": {}}), "bucket policy"),
    "requester pays": (lambda fake: fake.client().put_bucket_request_payment(Bucket="logs", RequestPaymentConfiguration={"Payer": "Requester"}), "Requester Pays"),
    "no target": (lambda fake: (fake.client().delete_bucket_policy(Bucket="logs"), fake.client().delete_bucket(Bucket="logs")), "it is not there"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBSTACLES)
def test_undelivered(fake, name):
    """O335: a warning once; nothing stands in the way of what follows"""
    obstruct, reason = OBSTACLES[name]
    obstruct(fake)
    with pytest.warns(UndeliveredWarning, match=re.escape(reason)):
        fake.clock.advance(hours=1)
    assert "logs" not in fake.buckets or fake.buckets["logs"].keys() == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fake.clock.advance(days=1)


def test_turned_off(fake):
    """manual: what was not delivered by then is not delivered any more"""
    fake.client().put_bucket_logging(Bucket="media", BucketLoggingStatus={})
    fake.client().list_objects_v2(Bucket="media")
    fake.clock.advance(days=1)
    assert fake.buckets["logs"].keys() == []


def test_snapshots_have_what_is_to_be_delivered(fake):
    base = fake.snapshot()
    fake.client().list_objects_v2(Bucket="media")
    fake.restore(base)
    fake.clock.advance(hours=1)
    assert [record["operation"] for record in records(fake)] == ["REST.PUT.LOGGING_STATUS"]


def test_a_dump_keeps_the_configuration(fake, tmp_path):
    for index in range(2):
        fake.dump(tmp_path / str(index))
        loaded = FakeS3.load(tmp_path / str(index))
        assert loaded._store.bucket("media").configurations == fake._store.bucket("media").configurations
        if index == 0:
            loaded.clock.freeze(NOON)
            with loaded:
                boto3.client("s3").list_objects_v2(Bucket="media")
            loaded.clock.advance(hours=1)
            assert [record["operation"] for record in records(loaded)] == ["REST.GET.BUCKET"]
        if index == 0:  # and once more without the target
            fake.client().delete_bucket_policy(Bucket="logs")
            fake.client().delete_bucket(Bucket="logs")


def test_through_the_server():
    with FakeS3(buckets=["media", "logs"], clock=lambda: NOON).serve() as server:
        fake, client = server.fake, server.client()
        policy = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
        client.put_bucket_policy(Bucket="logs", Policy=policy)
        status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "media/"}}
        client.put_bucket_logging(Bucket="media", BucketLoggingStatus=status)
        client.get_bucket_logging(Bucket="media")
        fake.clock.advance(hours=1)
        record = records(fake)[-1]
        assert (record["operation"], record["uri"]) == ("REST.GET.LOGGING_STATUS", '"GET /media?logging HTTP/1.1"')


def test_nothing_is_loaded_while_no_bucket_logs(pytester):
    pytester.makepyfile(
        """
        import sys

        from fakes3mp import FakeS3

        def test_it():
            with FakeS3(buckets=["media"]) as fake:
                fake.client().put_object(Bucket="media", Key="k", Body=b"")
                fake.clock.advance(days=1)
            assert "fakes3mp.service.deliveries.access_logs" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


pytest_plugins = ["pytester"]
