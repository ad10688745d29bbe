"""PutBucketPolicy: which documents S3 accepts, in which words it refuses the others, and which policies are public."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.operations.scene import expect_answer, expect_error, row

BUCKET, OBJECTS = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"
GUEST = "210987654321"


def document(*statements, **elements):
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)})


def statement(**elements):
    """A good statement with other elements, or without those that are None."""
    good = {"Effect": "Allow", "Principal": {"AWS": GUEST}, "Action": "s3:GetObject", "Resource": OBJECTS}
    return {name: value for name, value in {**good, **elements}.items() if value is not None}


def put(policy):
    text = policy if isinstance(policy, str) else document(policy)
    return lambda scene: scene.PutBucketPolicy(Policy=text)


def malformed(message):
    return expect_error("MalformedPolicy", 400, message)


NO_JSON = malformed("Policies must be valid JSON and the first byte must be '{'")
BAD_JSON = malformed("This policy contains invalid Json")
SYNTAX = malformed("Invalid policy syntax.")
PRINCIPAL = malformed("Invalid principal in policy")
ACTION = malformed("Policy has invalid action")
RESOURCE = malformed("Policy has invalid resource")
NOT_APPLICABLE = malformed("Action does not apply to any resource(s) in statement")
KEY = malformed("Policy has an invalid condition key")
CONDITIONS = malformed("Conditions do not apply to combination of actions and resources in statement")
DEEP = 100_000


def condition(operator, key, value, action="s3:GetObject", resource=OBJECTS):
    return statement(Condition={operator: {key: value}}, Action=action, Resource=resource)


# fmt: off
REFUSED = [
    row("O111", "white space", put(" "), NO_JSON),
    row("O111", "white space before", put(' {"Statement": []}'), NO_JSON),
    row("O111", "null", put("null"), NO_JSON),
    row("O111", "a number", put("5"), NO_JSON),
    row("O111", "a list", put("[]"), NO_JSON),
    row("O111", "lists, nested deep", put("[" * DEEP + "]" * DEEP), NO_JSON),
    row("O321", "objects, nested deep", put('{"Statement": ' + '{"a": ' * DEEP + "1" + "}" * DEEP + "}"), BAD_JSON),
    row("O321", "lists in it, nested deep", put('{"Statement": ' + "[" * DEEP + "]" * DEEP + "}"), BAD_JSON),
    row("O321", "lists in it, nested less deep", put('{"Statement": ' + "[" * 500 + "]" * 500 + "}"), SYNTAX),
    row("O321", "cut off", put('{"Statement": ['), BAD_JSON),
    row("O321", "no JSON number", put('{"Statement": NaN}'), BAD_JSON),
    row("O321", "a number that is too large", put('{"Statement": 1e999}'), BAD_JSON),
    row("O321", "a number that is too large, in a condition", put(json.dumps(condition("NumericLessThan", "s3:max-keys", 5)).replace("5}", "-1e999}")), BAD_JSON),
    row("O321", "too large", put(document(statement(Sid="s" * (20 << 10)))), malformed("Normalized policy document exceeds the maximum allowed size of 20480 bytes")),
    row("O321", "unknown element", put(document(statement(), Statements=[])), SYNTAX),
    row("O321", "Id of another type", put(document(statement(), Id=5)), SYNTAX),
    row("O321", "unknown version", put(document(statement(), Version="2017-06-20")), malformed("The policy must contain a valid version string")),
    row("O321", "empty version", put(document(statement(), Version="")), malformed("The policy must contain a valid version string")),
    row("O321", "version of another type", put(document(statement(), Version=["2012-10-17"])), malformed("The policy must contain a valid version string")),
    row("O111", "no statement", put('{"Version": "2012-10-17"}'), malformed("Missing required field Statement")),
    row("O321", "no statements", put(document()), malformed("Could not parse the policy: Statement is empty!")),
    row("O321", "statement is text", put('{"Statement": "x"}'), SYNTAX),
    row("O321", "statements are text", put('{"Statement": ["x"]}'), SYNTAX),
    row("O321", "statement is null", put('{"Statement": null}'), SYNTAX),
    row("O321", "statement is a number", put('{"Statement": 5}'), SYNTAX),
    row("O321", "statements in lists", put('{"Statement": [[{}]]}'), SYNTAX),
    row("O321", "unknown element of a statement", put(statement(Actions="s3:GetObject")), SYNTAX),
    row("O321", "Sid of another type", put(statement(Sid=5)), SYNTAX),
    row("O224", "no Effect", put(statement(Effect=None)), malformed("Missing required field Effect")),
    row("O224", "no Principal", put(statement(Principal=None)), malformed("Missing required field Principal")),
    row("O224", "no Action", put(statement(Action=None)), malformed("Missing required field Action")),
    row("O224", "no Resource", put(statement(Resource=None)), malformed("Missing required field Resource")),
    row("O224", "unknown effect", put(statement(Effect="Maybe")), malformed("Invalid effect: Maybe")),
    row("O224", "effect in lower case", put(statement(Effect="allow")), malformed("Invalid effect: allow")),
    row("O224", "effect of another type", put(statement(Effect=["Allow"])), malformed("Invalid effect: ['Allow']")),
    row("O224", "effect that XML cannot hold", put(statement(Effect="\ud800\x00")), malformed("Invalid effect: ??")),
    row("O224", "principal is text", put(statement(Principal="anna")), PRINCIPAL),
    row("O224", "principal is null", put('{"Statement": {"Effect": "Allow", "Principal": null, "Action": "s3:*", "Resource": "*"}}'), PRINCIPAL),
    row("O224", "principal is empty", put(statement(Principal={})), PRINCIPAL),
    row("O224", "principal of unknown kind", put(statement(Principal={"Google": "x"})), PRINCIPAL),
    row("O224", "wildcard in a principal", put(statement(Principal={"AWS": f"arn:aws:iam::{GUEST}:user/*"})), PRINCIPAL),
    row("O224", "NotPrincipal with Allow", put(statement(Principal=None, NotPrincipal={"AWS": GUEST})), PRINCIPAL),
    row("O321", "Principal and NotPrincipal", put(statement(Effect="Deny", NotPrincipal={"AWS": GUEST})), SYNTAX),
    row("O224", "unknown action", put(statement(Action="s3:GetObjekt")), ACTION),
    row("O224", "an operation, no action", put(statement(Action="s3:HeadObject")), ACTION),
    row("O224", "an action of another service", put(statement(Action="sqs:SendMessage")), ACTION),
    row("O224", "an action of S3 Express", put(statement(Action="s3express:CreateSession", Resource=BUCKET)), ACTION),
    row("O224", "an action without a service", put(statement(Action="GetObject")), ACTION),
    row("O224", "wildcards that mean no action", put(statement(Action=["s3:GetObject", "s3:Fetch*"])), ACTION),
    row("O321", "an action of another type", put(statement(Action=5)), SYNTAX),
    row("O321", "no actions", put(statement(Action=[])), SYNTAX),
    row("O321", "Action and NotAction", put(statement(NotAction="s3:GetObject")), SYNTAX),
    row("O224", "another bucket", put(statement(Resource="arn:aws:s3:::other/*")), RESOURCE),
    row("O224", "any resource", put(statement(Resource="*")), RESOURCE),
    row("O224", "a name", put(statement(Resource="bucket/*")), RESOURCE),
    row("O224", "an access point", put(statement(Resource=f"arn:aws:s3:us-east-1:{GUEST}:accesspoint/a")), RESOURCE),
    row("O224", "a longer name", put(statement(Resource="arn:aws:s3:::bucket2/*")), RESOURCE),
    row("O224", "one of two resources", put(statement(Resource=[OBJECTS, "arn:aws:s3:::other/*"])), RESOURCE),
    row("O321", "a resource of another type", put(statement(Resource={"a": "b"})), SYNTAX),
    row("O224", "an object's action with the bucket", put(statement(Resource=BUCKET)), NOT_APPLICABLE),
    row("O224", "a bucket's action with objects", put(statement(Action="s3:ListBucket")), NOT_APPLICABLE),
    row("O224", "one of two actions", put(statement(Action=["s3:GetObject", "s3:ListBucket"])), NOT_APPLICABLE),
    row("O224", "an account's action", put(statement(Action="s3:ListAllMyBuckets", Resource=[BUCKET, OBJECTS])), NOT_APPLICABLE),
    row("O321", "condition is text", put(statement(Condition="x")), SYNTAX),
    row("O321", "condition is a list", put(statement(Condition=[{}])), SYNTAX),
    row("O321", "operator without keys", put(statement(Condition={"Bool": "true"})), SYNTAX),
    row("O321", "value is an object", put(condition("Bool", "aws:SecureTransport", {})), SYNTAX),
    row("O321", "value is null", put(condition("StringEquals", "aws:Referer", [None])), SYNTAX),
    row("O321", "unknown operator", put(condition("StringEqualz", "aws:Referer", "x")), malformed("Invalid Condition type : StringEqualz")),
    row("O321", "operator in lower case", put(condition("stringequals", "aws:Referer", "x")), malformed("Invalid Condition type : stringequals")),
    row("O321", "unknown quantifier", put(condition("ForSome:StringEquals", "aws:Referer", "x")), malformed("Invalid Condition type : ForSome:StringEquals")),
    row("O321", "no address", put(condition("IpAddress", "aws:SourceIp", "123")), malformed("Invalid IP address in Conditions")),
    row("O321", "no number", put(condition("NumericEquals", "s3:max-keys", "ten", "s3:ListBucket", BUCKET)), malformed("Invalid value in Conditions for operator NumericEquals")),
    row("O321", "unknown key", put(condition("StringEquals", "s3:nothing", "x")), KEY),
    row("O321", "key without a service", put(condition("StringEquals", "prefix", "x")), KEY),
    row("O321", "a tag without a name", put(condition("StringEquals", "s3:ExistingObjectTag/", "x")), KEY),
    row("O321", "a key of lists with an object's action", put(condition("StringEquals", "s3:prefix", "x")), CONDITIONS),
    row("O321", "a key of writes with a read", put(condition("StringEquals", "s3:x-amz-acl", "private", ["s3:GetObject", "s3:PutObject"])), CONDITIONS),
]
# fmt: on


@pytest.mark.parametrize(("act", "expect"), REFUSED)
def test_refused(scene, act, expect):
    """Nothing of it stays: there is no policy, and the bucket works (O224)."""
    expect.check(scene, act)
    expect_error("NoSuchBucketPolicy", 404, BucketName="bucket").check(scene, lambda s: s.GetBucketPolicy())
    scene.PutObject(Body=b"x")
    assert scene.GetObject()["Body"] == b"x"


ACCEPTED = {
    "an object for statements": document().replace("[]", json.dumps(statement())),
    "no version": json.dumps({"Statement": [statement()]}),
    "the older version": document(statement(), Version="2008-10-17"),
    "Id and Sid": document(statement(Sid="Read objects"), Id="policy"),
    "several principals": document(statement(Principal={"AWS": [GUEST, "arn:aws:iam::123456789012:role/a/b"]})),
    "principals of all kinds": document(
        statement(Principal={"Service": "cloudtrail.amazonaws.com", "CanonicalUser": "0" * 64, "Federated": "x"})
    ),
    "CloudFront's user": document(
        statement(Principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"})
    ),
    "NotPrincipal with Deny": document(
        statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": f"arn:aws:iam::{GUEST}:root"})
    ),
    "all actions": document(statement(Action="*", Resource=[BUCKET, OBJECTS])),
    "wildcards in actions": document(statement(Action=["s3:Get*", "S3:putobject?agging"])),
    "NotAction": document(statement(Action=None, NotAction="s3:DeleteObject")),
    "NotResource": document(statement(Effect="Deny", Resource=None, NotResource="arn:aws:s3:::bucket/public/*")),
    "both kinds by a wildcard": document(
        statement(Action=["s3:GetObject", "s3:ListBucket"], Resource="arn:aws:s3:::bucket*")
    ),
    "any bucket": document(statement(Resource="arn:aws:s3:::*")),
    "a variable": document(statement(Resource="arn:aws:s3:::bucket/${aws:username}/*")),
    "another partition": document(statement(Resource="arn:aws-cn:s3:::bucket/*")),
    "unknown aws key": document(condition("StringEquals", "aws:Nothing", "x")),
    "a key of another service": document(condition("StringEquals", "ec2:SourceInstanceArn", "x")),
    "keys without case": document(condition("Bool", "AWS:securetransport", False)),
    "a key that a wildcard's actions have": document(condition("StringEquals", "s3:x-amz-acl", "private", "s3:Put*")),
    "a number as value": document(condition("NumericLessThan", "s3:max-keys", 10, "s3:ListBucket", BUCKET)),
    "characters outside of ASCII": document(statement(Resource="arn:aws:s3:::bucket/ä\ud83d\ude00/*")),
    "an empty condition": document(statement(Condition={})),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(scene, text):
    """It comes back as JSON that is equal (O110), and calls on the bucket go on."""
    scene.PutBucketPolicy(Policy=text)
    assert json.loads(scene.GetBucketPolicy()["Policy"]) == json.loads(text)
    scene.DeleteBucketPolicy()
    scene.PutObject(Body=b"x")


def everybody(operator=None, key=None, value=None, **elements):
    conditions = None if operator is None else {operator: {key: value}}
    return statement(Principal="*", Action=["s3:GetObject", "s3:PutObject"], Condition=conditions, **elements)


KMS_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
# O323: the statement, whether it is public
PUBLIC = {
    "everybody": (everybody(), True),
    "everybody, as a list": (statement(Principal={"AWS": ["*"]}), True),
    "an account": (statement(), False),
    "a service": (statement(Principal={"Service": "cloudfront.amazonaws.com"}), False),
    "a denial": (everybody(Effect="Deny"), False),
    "an account by condition": (everybody("StringEquals", "aws:PrincipalAccount", GUEST), False),
    "an organization": (everybody("StringEquals", "aws:PrincipalOrgID", "o-1"), False),
    "an organization by wildcard": (everybody("StringLike", "aws:PrincipalOrgID", "o-*"), True),
    "all but an organization": (everybody("StringNotEquals", "aws:PrincipalOrgID", "o-1"), True),
    "an organization if there is one": (everybody("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), True),
    "a variable": (everybody("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"), True),
    "a network": (everybody("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
    "a network with bits of a host": (everybody("IpAddress", "aws:SourceIp", "203.0.113.7/24"), False),
    "a large network": (everybody("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "128.0.0.0/1"]), True),
    "a network of 2^24 addresses": (everybody("IpAddress", "aws:SourceIp", "44.0.0.0/8"), False),
    "a large network of version 6": (everybody("IpAddress", "aws:SourceIp", "2001::/16"), True),
    "all but a network": (everybody("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
    "an endpoint": (everybody("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]), False),
    "a referer": (everybody("StringLike", "aws:Referer", "https://example.com/*"), True),
    "HTTPS": (everybody("Bool", "aws:SecureTransport", "true"), True),
    "any access point of an account": (everybody("ArnLike", "s3:DataAccessPointArn", f"arn:aws:s3:us-east-1:{GUEST}:accesspoint/*"), False),
    "any access point": (everybody("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:*:*:accesspoint/*"), True),
    "a KMS key": ({**everybody("StringEquals", KMS_KEY, "arn:aws:kms:us-east-1:123456789012:key/a"), "Action": "s3:PutObject"}, False),
}  # fmt: skip


@pytest.mark.parametrize(("policy", "is_public"), PUBLIC.values(), ids=PUBLIC)
def test_public_policies(scene, policy, is_public):
    """O225, O323: public ones are refused where they are blocked; GetBucketPolicyStatus judges by the same rule."""
    put_policy = put(policy)
    if is_public:
        owner = "arn:aws:iam::123456789012:root"
        message = (
            f'User: {owner} is not authorized to perform: s3:PutBucketPolicy on resource: "{BUCKET}" '
            "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        )
        expect_error("AccessDenied", 403, message).check(scene, put_policy)
        scene.PutPublicAccessBlock(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    put_policy(scene)
    expect_answer(PolicyStatus={"IsPublic": is_public}).check(scene, lambda s: s.GetBucketPolicyStatus())


def test_the_account_blocks_public_policies(scene):
    """O324: its setting holds for all its buckets."""
    scene.DeletePublicAccessBlock()
    store = scene.fake._store
    store.public_access_blocks[store.owner] = {"BlockPublicPolicy": True}
    expect_error("AccessDenied", 403).check(scene, put(everybody()))
    store.public_access_blocks.clear()
    put(everybody())(scene)


def test_no_policy_no_status(scene):
    expect_error("NoSuchBucketPolicy", 404, BucketName="bucket").check(scene, lambda s: s.GetBucketPolicyStatus())


def test_policies_of_directory_buckets(scene):
    """O331: their ARN and actions are others."""
    name = "base--use1-az4--x-s3"
    arn = f"arn:aws:s3express:us-east-1:123456789012:bucket/{name}"
    client = scene.fake.client()
    client.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={
            "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
        },
    )
    good = statement(Action="s3express:CreateSession", Resource=arn)
    client.put_bucket_policy(Bucket=name, Policy=document(good))
    for bad, message in (
        ({"Resource": f"arn:aws:s3:::{name}"}, "Policy has invalid resource"),
        ({"Action": "s3:GetObject"}, "Policy has invalid action"),
    ):
        with pytest.raises(ClientError, match=message):
            client.put_bucket_policy(Bucket=name, Policy=document({**good, **bad}))
