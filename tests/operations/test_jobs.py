"""Jobs of S3 Batch Operations: requests through every way in, and what jobs do as the fake's clock moves."""

import csv
import gzip
import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

ACCOUNT, GUEST = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/batch"
TAGGING = {"S3PutObjectTagging": {"TagSet": [{"Key": "batch", "Value": "yes"}]}}
REPORT = {
    "Bucket": "arn:aws:s3:::other",
    "Format": "Report_CSV_20180820",
    "Enabled": True,
    "Prefix": "reports",
    "ReportScope": "AllTasks",
}
NEWER = pytest.mark.skipif(is_older(), reason="that model may not have it")
GENERATOR = {"S3JobManifestGenerator": {"SourceBucket": "arn:aws:s3:::bucket", "EnableManifestOutput": False}}


def manifest(etag="0" * 32, fields=("Bucket", "Key"), key="manifest.csv", form="S3BatchOperations_CSV_20180820"):
    spec = {"Format": form, **({"Fields": list(fields)} if fields else {})}
    return {"Spec": spec, "Location": {"ObjectArn": f"arn:aws:s3:::other/{key}", "ETag": etag}}


def request(**params):
    """CreateJob's parameters; those that are None are left out."""
    defaults = {
        "Operation": TAGGING,
        "Report": {"Enabled": False},
        "ManifestGenerator": GENERATOR,
        "ClientRequestToken": "token",
        "Priority": 1,
        "RoleArn": ROLE,
    }
    merged = {**defaults, **params}
    return {name: value for name, value in merged.items() if value is not None}


def create(scene, **params):
    scene.job_id = scene.control.CreateJob(**request(**params))["JobId"]
    return scene.job_id


def after(*steps):
    return steps[:-1], steps[-1]


def on_job(operation, **params):
    return lambda s: getattr(s.control, operation)(**{"JobId": s.__dict__.get("job_id", "none-such"), **params})


def pass_seconds(seconds):
    return lambda s: s.fake.clock.advance(seconds=seconds)


def job(**members):
    """An expectation about DescribeJob's Job."""

    class Expected:
        def check(self, scene, act):
            answer = act(scene)["Job"]
            for name, value in members.items():
                assert answer.get(name, ABSENT) == value, name

    return Expected()


INVALID = expect_error("InvalidRequest", 400)
MISSING = expect_error("NotFoundException", 404)
FORBIDDEN = expect_error("InvalidRequest", 400, "Requested job status forbidden")
DESCRIBE = on_job("DescribeJob")


def confirmed(scene):
    return create(scene, ConfirmationRequired=True)


ROWS = [
    row("manual", "create", after(create, DESCRIBE), job(Status="New", Priority=1, RoleArn=ROLE, Operation=TAGGING, ManifestGenerator=GENERATOR, ConfirmationRequired=False, FailureReasons=ABSENT)),
    row("manual", "description", after(lambda s: create(s, Description="tag all"), DESCRIBE), job(Description="tag all")),
    row("manual", "progress of a new job", after(create, DESCRIBE), job(ProgressSummary={"TotalNumberOfTasks": 0, "NumberOfTasksSucceeded": 0, "NumberOfTasksFailed": 0, "Timers": {"ElapsedTimeInActiveSeconds": 0}})),
    row("manual", "the same token again", after(create, lambda s: s.control.CreateJob(**request())), expect_answer(JobId=lambda s: s.job_id)),
    row("manual", "the same token for another job", after(create, lambda s: s.control.CreateJob(**request(Priority=2))), expect_error("IdempotencyException", 400)),
    row("manual", "two operations", lambda s: create(s, Operation={**TAGGING, "S3DeleteObjectTagging": {}}), INVALID),
    row("manual", "no operation", lambda s: create(s, Operation={}), INVALID),
    row("manual", "an operation that the fake does not have", lambda s: create(s, Operation={"LambdaInvoke": {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}}), expect_error("NotImplemented", 501)),
    row("manual", "no manifest", lambda s: create(s, ManifestGenerator=None), INVALID),
    row("manual", "two manifests", lambda s: create(s, Manifest=manifest()), INVALID),
    row("manual", "a manifest without keys", lambda s: create(s, ManifestGenerator=None, Manifest=manifest(fields=["Bucket"])), INVALID),
    row("manual", "a generated manifest to be written", lambda s: create(s, ManifestGenerator={"S3JobManifestGenerator": {**GENERATOR["S3JobManifestGenerator"], "EnableManifestOutput": True}}), expect_error("NotImplemented", 501)),
    row("manual", "no role", lambda s: create(s, RoleArn="batch"), INVALID),
    row("manual", "a report without a bucket", lambda s: create(s, Report={"Enabled": True}), INVALID),
    row("O90", "a bad job tag", lambda s: create(s, Tags=[{"Key": "a*", "Value": ""}]), expect_error("InvalidTag", 400, TagKey="a*")),
    row("manual", "describe nothing", DESCRIBE, MISSING),
    row("manual", "list", after(create, lambda s: s.control.ListJobs()), expect_answer(Jobs=lambda s: s.control.ListJobs(JobStatuses=["New", "Active"])["Jobs"])),
    row("manual", "list of other states", after(create, lambda s: s.control.ListJobs(JobStatuses=["Active", "Complete"])), expect_answer(Jobs=[])),
    row("manual", "a forgotten job", after(create, lambda s: s.fake.clock.advance(days=91), lambda s: s.control.ListJobs()), expect_answer(Jobs=[])),
    row("O391", "a bad token", lambda s: s.control.ListJobs(NextToken="*"), INVALID),
    row("manual", "priority", after(create, on_job("UpdateJobPriority", Priority=7), DESCRIBE), job(Priority=7)),
    row("manual", "priority of nothing", on_job("UpdateJobPriority", Priority=7), MISSING),
    row("manual", "priority of a job that has ended", after(create, pass_seconds(10), on_job("UpdateJobPriority", Priority=7)), INVALID),
    row("manual", "a preparing job", after(create, pass_seconds(1), DESCRIBE), job(Status="Preparing")),
    row("manual", "a ready job", after(create, pass_seconds(2), DESCRIBE), job(Status="Ready")),
    row("manual", "an active job", after(create, pass_seconds(3), DESCRIBE), job(Status="Active")),
    row("manual", "a complete job", after(create, pass_seconds(4), DESCRIBE), job(Status="Complete")),
    row("manual", "a suspended job", after(confirmed, pass_seconds(60), DESCRIBE), job(Status="Suspended", SuspendedCause="AwaitingConfirmation")),
    row("manual", "confirm", after(confirmed, pass_seconds(2), on_job("UpdateJobStatus", RequestedJobStatus="Ready")), expect_answer(Status="Ready", JobId=lambda s: s.job_id)),
    row("manual", "a confirmed job", after(confirmed, pass_seconds(2), on_job("UpdateJobStatus", RequestedJobStatus="Ready"), pass_seconds(2), DESCRIBE), job(Status="Complete")),
    row("O396", "confirm too early", after(confirmed, on_job("UpdateJobStatus", RequestedJobStatus="Ready")), FORBIDDEN),
    row("manual", "cancel", after(create, on_job("UpdateJobStatus", RequestedJobStatus="Cancelled", StatusUpdateReason="a mistake"), pass_seconds(60), DESCRIBE), job(Status="Cancelled", StatusUpdateReason="a mistake")),
    row("O396", "cancel too late", after(create, pass_seconds(60), on_job("UpdateJobStatus", RequestedJobStatus="Cancelled")), FORBIDDEN),
    row("manual", "status of nothing", on_job("UpdateJobStatus", RequestedJobStatus="Cancelled"), MISSING),
    row("manual", "tags", after(lambda s: create(s, Tags=[{"Key": "a", "Value": "b"}]), on_job("GetJobTagging")), expect_answer(Tags=[{"Key": "a", "Value": "b"}])),
    row("manual", "replace tags", after(lambda s: create(s, Tags=[{"Key": "a", "Value": "b"}]), on_job("PutJobTagging", Tags=[{"Key": "c", "Value": "d"}]), on_job("GetJobTagging")), expect_answer(Tags=[{"Key": "c", "Value": "d"}])),
    row("manual", "remove tags", after(lambda s: create(s, Tags=[{"Key": "a", "Value": "b"}]), on_job("DeleteJobTagging"), on_job("GetJobTagging")), expect_answer(Tags=[])),
    row("manual", "tags of nothing", on_job("PutJobTagging", Tags=[{"Key": "c", "Value": "d"}]), MISSING),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_operations(scene, act, expect):
    given, act = act if isinstance(act, tuple) else ((), act)
    scene.fake.clock.freeze("2030-01-01T00:00:00Z")
    for step in given:
        step(scene)
    expect.check(scene, act)


@pytest.fixture
def fake():
    with FakeS3(buckets=["bucket", "other"], open_uploads="ignore") as fake:
        fake.clock.freeze("2030-01-01T00:00:00Z")
        yield fake


def run(fake, **params):
    """Create a job, let it run, and return what DescribeJob says of it."""
    control = fake.client("s3control")
    token = f"token-{len(control.list_jobs(AccountId=ACCOUNT)['Jobs'])}"
    job_id = control.create_job(AccountId=ACCOUNT, **request(ClientRequestToken=token, **params))["JobId"]
    fake.clock.advance(minutes=1)
    return control.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]


def summary(job):
    progress = job["ProgressSummary"]
    return job["Status"], progress["NumberOfTasksSucceeded"], progress["NumberOfTasksFailed"]


def put_manifest(fake, text, **params):
    """A manifest that lists these rows, as CreateJob takes it."""
    return manifest(fake.put("other", "manifest.csv", text.encode()).etag, **params)


def test_a_manifest_in_csv(fake):
    """Keys are URL-encoded; tasks that fail do not stop the job (S3's manual)."""
    fake.put("bucket", "a b,c.txt", b"x")
    job = run(fake, ManifestGenerator=None, Manifest=put_manifest(fake, "bucket,a%20b%2Cc.txt\r\nbucket,none\r\n"))
    assert summary(job) == ("Complete", 1, 1)
    assert fake.object("bucket", "a b,c.txt").tags == {"batch": "yes"}


def test_a_manifest_with_versions(fake):
    s3 = fake.client()
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    first = fake.put("bucket", "k", b"1").version_id
    fake.put("bucket", "k", b"2")
    rows = put_manifest(fake, f"x,bucket,k,{first}\n", fields=["Ignore", "Bucket", "Key", "VersionId"])
    assert summary(run(fake, ManifestGenerator=None, Manifest=rows)) == ("Complete", 1, 0)
    assert s3.get_object_tagging(Bucket="bucket", Key="k", VersionId=first)["TagSet"] != []
    assert s3.get_object_tagging(Bucket="bucket", Key="k")["TagSet"] == []


def test_an_inventory_as_manifest(fake):
    fake.put("bucket", "k", b"1")
    fake.put("other", "data/1.csv.gz", gzip.compress(b'"bucket","k","1"\n'))
    inventory = {
        "fileSchema": "Bucket, Key, Size",
        "destinationBucket": "arn:aws:s3:::other",
        "files": [{"key": "data/1.csv.gz"}],
    }
    etag = fake.put("other", "manifest.json", json.dumps(inventory).encode()).etag
    listed = manifest(etag, fields=(), key="manifest.json", form="S3InventoryReport_CSV_20161130")
    assert summary(run(fake, ManifestGenerator=None, Manifest=listed)) == ("Complete", 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda fake: fake.put("other", "manifest.csv", b"changed"),
        lambda fake: fake.client().delete_object(Bucket="other", Key="manifest.csv"),
    ],
)
def test_a_manifest_that_has_changed(fake, change):
    """The ETag ties the job to the manifest as it was (API manual, JobManifestLocation)."""
    listed = put_manifest(fake, "bucket,k\n")
    change(fake)
    job = run(fake, ManifestGenerator=None, Manifest=listed)
    assert (job["Status"], len(job["FailureReasons"])) == ("Failed", 1)


def test_a_manifest_that_is_none(fake):
    job = run(fake, ManifestGenerator=None, Manifest=put_manifest(fake, "bucket\n"))
    assert job["FailureReasons"][0]["FailureCode"] == "InvalidManifestContent"


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        ({}, ["a/1.txt", "a/2.jpg", "b/1.txt"]),
        ({"KeyNameConstraint": {"MatchAnyPrefix": ["a/"]}}, ["a/1.txt", "a/2.jpg"]),
        ({"KeyNameConstraint": {"MatchAnySuffix": [".txt"]}}, ["a/1.txt", "b/1.txt"]),
        ({"KeyNameConstraint": {"MatchAnySubstring": ["/2"]}}, ["a/2.jpg"]),
        ({"ObjectSizeGreaterThanBytes": 1}, ["a/2.jpg"]),
        ({"ObjectSizeLessThanBytes": 2}, ["a/1.txt", "b/1.txt"]),
        ({"MatchAnyStorageClass": ["STANDARD_IA"]}, ["b/1.txt"]),
        ({"ObjectReplicationStatuses": ["NONE"]}, ["a/1.txt", "a/2.jpg", "b/1.txt"]),
        ({"ObjectReplicationStatuses": ["REPLICA"]}, []),
        ({"CreatedAfter": "2030-01-02T00:00:00Z"}, []),
        ({"CreatedBefore": "2030-01-02T00:00:00Z"}, ["a/1.txt", "a/2.jpg", "b/1.txt"]),
        pytest.param({"MatchAnyObjectEncryption": [{"SSES3": {}}]}, ["a/1.txt", "a/2.jpg", "b/1.txt"], marks=NEWER),
        pytest.param({"MatchAnyObjectEncryption": [{"SSEKMS": {}}]}, [], marks=NEWER),
    ],
)
def test_generated_manifests(fake, chosen, keys):
    """API manual, JobManifestGeneratorFilter."""
    fake.put("bucket", "a/1.txt", b"1")
    fake.put("bucket", "a/2.jpg", b"22")
    fake.put("bucket", "b/1.txt", b"1", StorageClass="STANDARD_IA")
    generator = {"S3JobManifestGenerator": {**GENERATOR["S3JobManifestGenerator"], "Filter": chosen}}
    assert summary(run(fake, ManifestGenerator=generator)) == ("Complete", len(keys), 0)
    assert [key for key in fake.buckets["bucket"].keys() if fake.object("bucket", key).tags] == keys  # noqa: SIM118


def test_a_generator_for_another_owner(fake):
    generator = {"S3JobManifestGenerator": {**GENERATOR["S3JobManifestGenerator"], "ExpectedBucketOwner": GUEST}}
    assert run(fake, ManifestGenerator=generator)["Status"] == "Failed"


def acls(fake):
    s3 = fake.client()
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_ownership_controls(
        Bucket="bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )


LOCKED = {"Mode": "GOVERNANCE", "RetainUntilDate": "2031-01-01T00:00:00Z"}
CHANGES = {
    "copy": ({"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::other", "TargetKeyPrefix": "copies"}}, lambda fake: fake.object("other", "copies/k").body == b"x"),
    "copy with changes": ({"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::other", "StorageClass": "STANDARD_IA", "NewObjectTagging": [{"Key": "a", "Value": "b c"}], "NewObjectMetadata": {"ContentType": "text/plain", "UserMetadata": {"m": "n"}, "SSEAlgorithm": "AES256"}}}, lambda fake: (fake.object("other", "k").tags, fake.object("other", "k").metadata, fake.object("other", "k").storage_class) == ({"a": "b c"}, {"m": "n"}, "STANDARD_IA")),
    "tagging": (TAGGING, lambda fake: fake.object("bucket", "k").tags == {"batch": "yes"}),
    "delete tagging": ({"S3DeleteObjectTagging": {}}, lambda fake: fake.object("bucket", "k").tags == {}),
    "canned ACL": ({"S3PutObjectAcl": {"AccessControlPolicy": {"CannedAccessControlList": "public-read"}}}, lambda fake: len(fake.client().get_object_acl(Bucket="bucket", Key="k")["Grants"]) == 2),
    "legal hold": ({"S3PutObjectLegalHold": {"LegalHold": {"Status": "ON"}}}, lambda fake: fake.client().get_object_legal_hold(Bucket="locked", Key="k")["LegalHold"] == {"Status": "ON"}),
    "retention": ({"S3PutObjectRetention": {"Retention": LOCKED}}, lambda fake: fake.client().get_object_retention(Bucket="locked", Key="k")["Retention"]["Mode"] == "GOVERNANCE"),
    "restore": ({"S3InitiateRestoreObject": {"ExpirationInDays": 2, "GlacierJobTier": "BULK"}}, lambda fake: 'ongoing-request="true"' in fake.client().head_object(Bucket="cold", Key="k")["Restore"]),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "is_done"), CHANGES.values(), ids=CHANGES)
def test_what_jobs_do(fake, operation, is_done):
    (name,) = operation
    source = {
        "S3PutObjectLegalHold": "locked",
        "S3PutObjectRetention": "locked",
        "S3InitiateRestoreObject": "cold",
    }.get(name, "bucket")
    if source == "locked":
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
    elif source == "cold":
        fake.create_bucket("cold")
    acls(fake)
    fake.put(source, "k", b"x", Tagging="old=tag", **({"StorageClass": "GLACIER"} if source == "cold" else {}))
    generator = {"S3JobManifestGenerator": {"SourceBucket": f"arn:aws:s3:::{source}", "EnableManifestOutput": False}}
    assert summary(run(fake, Operation=operation, ManifestGenerator=generator)) == ("Complete", 1, 0)
    assert is_done(fake)


def test_acls_by_grants(fake):
    acls(fake)
    fake.put("bucket", "k", b"x")
    owner = fake.client().get_object_acl(Bucket="bucket", Key="k")["Owner"]["ID"]
    grant = {
        "Grantee": {"TypeIdentifier": "uri", "Identifier": "http://acs.amazonaws.com/groups/global/AllUsers"},
        "Permission": "READ",
    }
    policy = {"AccessControlList": {"Owner": {"ID": owner}, "Grants": [grant]}}
    assert summary(run(fake, Operation={"S3PutObjectAcl": {"AccessControlPolicy": policy}})) == ("Complete", 1, 0)
    assert fake.client().get_object_acl(Bucket="bucket", Key="k")["Grants"][0]["Permission"] == "READ"


def report_of(fake, job):
    """The report's manifest, and the rows of each of its files."""
    folder = f"reports/job-{job['JobId']}"
    data = fake.object("other", f"{folder}/manifest.json").body
    assert fake.object("other", f"{folder}/manifest.json.md5").body.decode() == hashlib.md5(data).hexdigest()
    document = json.loads(data)
    rows = {}
    for entry in document["Results"]:
        text = fake.object("other", entry["Key"]).body
        assert hashlib.md5(text).hexdigest() == entry["MD5Checksum"]
        rows[entry["TaskExecutionStatus"]] = list(csv.reader(text.decode().splitlines()))
    return document, rows


def test_completion_reports(fake):
    """O395"""
    fake.put("bucket", "a b", b"x")
    listed = put_manifest(fake, "bucket,a%20b\nbucket,none%2F\n")
    job = run(fake, ManifestGenerator=None, Manifest=listed, Report=REPORT)
    document, rows = report_of(fake, job)
    assert (document["Format"], document["ReportSchema"]) == (
        "Report_CSV_20180820",
        "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
    )
    assert rows["succeeded"] == [["bucket", "a%20b", "", "succeeded", "200", "", "Successful"]]
    assert rows["failed"] == [
        ["bucket", "none%2F", "", "failed", "404", "NoSuchKey", "The specified key does not exist."]
    ]


def test_reports_of_failed_tasks_only(fake):
    fake.put("bucket", "k", b"x")
    listed = put_manifest(fake, "bucket,k\nbucket,none\n")
    job = run(fake, ManifestGenerator=None, Manifest=listed, Report={**REPORT, "ReportScope": "FailedTasksOnly"})
    assert list(report_of(fake, job)[1]) == ["failed"]


def test_permissions_of_the_role(fake):
    """The account of the role needs permissions in the bucket, as any caller."""
    fake.put("bucket", "k", b"x")
    job = run(fake, RoleArn=f"arn:aws:iam::{GUEST}:role/batch")
    assert summary(job) == ("Complete", 0, 1)
    assert fake.object("bucket", "k").tags == {}


def test_higher_priorities_run_first(fake):
    fake.put("bucket", "k", b"x")
    control = fake.client("s3control")
    for priority in (1, 9):
        tags = {"S3PutObjectTagging": {"TagSet": [{"Key": "last", "Value": str(priority)}]}}
        control.create_job(
            AccountId=ACCOUNT, **request(Operation=tags, Priority=priority, ClientRequestToken=str(priority))
        )
    fake.clock.advance(minutes=1)
    assert fake.object("bucket", "k").tags == {"last": "1"}


def test_most_tasks_fail(fake):
    """A job fails if more than half of at least 1,000 tasks failed (S3's manual, "Tracking job failure")."""
    listed = put_manifest(fake, "bucket,none\n" * 1500)
    job = run(fake, ManifestGenerator=None, Manifest=listed)
    assert summary(job) == ("Failed", 0, 1000)
    assert job["ProgressSummary"]["TotalNumberOfTasks"] == 1500


def test_jobs_are_part_of_snapshots(fake):
    fake.put("bucket", "k", b"x")
    control = fake.client("s3control")
    job_id = control.create_job(AccountId=ACCOUNT, **request())["JobId"]
    snapshot = fake.snapshot()
    fake.clock.advance(minutes=1)
    fake.restore(snapshot)
    assert control.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]["Status"] == "New"
    fake.clock.advance(minutes=1)
    assert control.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]["Status"] == "Complete"


def test_through_the_server():
    with FakeS3(buckets=["bucket", "other"]) as fake, fake.serve() as server:
        fake.put("bucket", "k", b"x")
        control = server.client("s3control")
        job_id = control.create_job(AccountId=ACCOUNT, **request(Report=REPORT))["JobId"]
        fake.clock.advance(minutes=1)
        assert control.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]["Status"] == "Complete"
        with pytest.raises(ClientError, match="Requested job status forbidden"):
            control.update_job_status(AccountId=ACCOUNT, JobId=job_id, RequestedJobStatus="Cancelled")
        assert control.list_jobs(AccountId=ACCOUNT, JobStatuses=["New", "Complete"])["Jobs"][0]["JobId"] == job_id
