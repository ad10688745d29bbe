"""Configurations of a bucket: ownership, public access, policy, payment, acceleration."""

import json

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row

MALFORMED = expect_error("MalformedXML", 400)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}],
}
# New buckets take no public policy (O225).
PRIVATE_POLICY = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Principal": {"AWS": "123456789012"}}]}
ALL_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def ownership(*values):
    rules = [{"ObjectOwnership": value} for value in values]
    return lambda scene: scene.PutBucketOwnershipControls(OwnershipControls={"Rules": rules})


def accelerate(status, bucket="bucket"):
    return lambda s: s.PutBucketAccelerateConfiguration(Bucket=bucket, AccelerateConfiguration={"Status": status})


def not_found(code, message):
    return expect_error(code, 404, message, BucketName="bucket")


ROWS = [
    row("O103", "ownership of a new bucket", lambda s: s.GetBucketOwnershipControls(), expect_answer(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})),
    row("O105", "no rule", ownership(), MALFORMED),
    row("O105", "two rules", ownership("ObjectWriter", "ObjectWriter"), MALFORMED),
    row("O105", "unknown ownership", ownership("Nobody"), MALFORMED),
    row("O11", "unknown at creation", lambda s: s.CreateBucket(Bucket="new", ObjectOwnership="RandomValue"), expect_error("InvalidArgument", 400, "Invalid x-amz-object-ownership header: RandomValue", ArgumentName="x-amz-object-ownership")),
    row("O106", "public access of a new bucket", lambda s: s.GetPublicAccessBlock(), expect_answer(PublicAccessBlockConfiguration=ALL_BLOCKED)),
    row("O109", "no policy", lambda s: s.GetBucketPolicy(), not_found("NoSuchBucketPolicy", "The bucket policy does not exist")),
    row("O111", "empty policy", lambda s: s.PutBucketPolicy(Policy=" "), expect_error("MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'")),
    row("O111", "no JSON", lambda s: s.PutBucketPolicy(Policy="allow all"), expect_error("MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'")),
    row("O111", "no statement", lambda s: s.PutBucketPolicy(Policy="{}"), expect_error("MalformedPolicy", 400, "Missing required field Statement")),
    row("manual", "who pays", lambda s: s.GetBucketRequestPayment(), expect_answer(Payer="BucketOwner")),
    row("manual", "unknown payer", lambda s: s.PutBucketRequestPayment(RequestPaymentConfiguration={"Payer": "Nobody"}), MALFORMED),
    row("O122", "acceleration untouched", lambda s: s.GetBucketAccelerateConfiguration(), expect_answer(Status=ABSENT)),
    row("O123", "unknown status", accelerate("enabled"), MALFORMED),
    row("manual", "ABAC of a new bucket", lambda s: s.GetBucketAbac(), expect_answer(AbacStatus={"Status": "Disabled"})),
    row("model", "unknown ABAC", lambda s: s.PutBucketAbac(AbacStatus={"Status": "On"}), MALFORMED),
    row("O268", "ABAC of no bucket", lambda s: s.GetBucketAbac(Bucket="none"), expect_error("NoSuchBucket", 404, BucketName="none")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(scene, act)


def test_ownership(scene):
    """O104"""
    ownership("ObjectWriter")(scene)
    expect_answer(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}).check(
        scene, lambda s: s.GetBucketOwnershipControls()
    )
    scene.DeleteBucketOwnershipControls()
    scene.DeleteBucketOwnershipControls()
    not_found("OwnershipControlsNotFoundError", "The bucket ownership controls were not found").check(
        scene, lambda s: s.GetBucketOwnershipControls()
    )
    scene.CreateBucket(Bucket="new", ObjectOwnership="ObjectWriter")
    assert scene.GetBucketOwnershipControls(Bucket="new")["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "ObjectWriter"}
    ]


def test_public_access(scene):
    """O107, O108"""
    scene.PutPublicAccessBlock(PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    expected = {**dict.fromkeys(ALL_BLOCKED, False), "IgnorePublicAcls": True}
    expect_answer(PublicAccessBlockConfiguration=expected).check(scene, lambda s: s.GetPublicAccessBlock())
    scene.DeletePublicAccessBlock()
    scene.DeletePublicAccessBlock()
    not_found("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found").check(
        scene, lambda s: s.GetPublicAccessBlock()
    )


def test_policy(scene):
    """O109, O110, O112"""
    scene.DeletePublicAccessBlock()
    scene.PutBucketPolicy(Policy=json.dumps(POLICY, indent=4))
    assert json.loads(scene.GetBucketPolicy()["Policy"]) == POLICY
    scene.DeleteBucketPolicy()
    scene.DeleteBucketPolicy()
    not_found("NoSuchBucketPolicy", "The bucket policy does not exist").check(scene, lambda s: s.GetBucketPolicy())


def test_abac(scene):
    """manual: while it is enabled, PutBucketTagging and DeleteBucketTagging are refused"""
    scene.PutBucketAbac(AbacStatus={"Status": "Enabled"})
    expect_answer(AbacStatus={"Status": "Enabled"}).check(scene, lambda s: s.GetBucketAbac())
    refused = expect_error("InvalidRequest", 400)
    refused.check(scene, lambda s: s.PutBucketTagging(Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}))
    refused.check(scene, lambda s: s.DeleteBucketTagging())
    scene.PutBucketAbac(AbacStatus={"Status": "Disabled"})
    scene.PutBucketTagging(Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    scene.DeleteBucketTagging()


def test_payment_and_acceleration(scene):
    """O122, O124"""
    scene.PutBucketRequestPayment(RequestPaymentConfiguration={"Payer": "Requester"})
    expect_answer(Payer="Requester").check(scene, lambda s: s.GetBucketRequestPayment())
    for status in ("Enabled", "Suspended"):
        accelerate(status)(scene)
        expect_answer(Status=status).check(scene, lambda s: s.GetBucketAccelerateConfiguration())
    scene.CreateBucket(Bucket="with.dots")
    message = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
    expect_error("InvalidRequest", 400, message).check(scene, accelerate("enabled", "with.dots"))


@pytest.mark.parametrize(
    ("operation", "status"),
    [("PutBucketTagging", 204), ("PutBucketPolicy", 204), ("PutPublicAccessBlock", 200), ("PutBucketEncryption", 200)],
)
def test_statuses(scene, operation, status):
    """O78, O86, O107, O109"""
    documents = {
        "PutBucketTagging": {"Tagging": {"TagSet": []}},
        "PutBucketPolicy": {"Policy": json.dumps(PRIVATE_POLICY)},
        "PutPublicAccessBlock": {"PublicAccessBlockConfiguration": {}},
        "PutBucketEncryption": {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            }
        },
    }
    client = scene.fake.client()
    names = {op: method for method, op in client.meta.method_to_api_mapping.items()}
    answer = getattr(client, names[operation])(Bucket="bucket", **documents[operation])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
