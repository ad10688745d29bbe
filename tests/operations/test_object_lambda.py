"""Object Lambda: its access points, the function's event, and what its readers get (S3's manual; O356)."""

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, WAYS_IN, expect_answer, expect_error

ACCOUNT = "123456789012"
PLAIN_ARN = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/plain"
ARN = f"arn:aws:s3-object-lambda:us-east-1:{ACCOUNT}:accesspoint/upper"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:upper"
INVALID = expect_error("InvalidRequest", 400)


def step_row(fact, name, given, act, expect):
    """A row with steps to be taken before."""
    return pytest.param(given, act, expect, id=f"{fact}: {name}")


def configuration(*actions, **members):
    lambda_ = {"AwsLambda": {"FunctionArn": FUNCTION, "FunctionPayload": "payload"}}
    transformation = {"Actions": list(actions or ("GetObject",)), "ContentTransformation": lambda_}
    return {"SupportingAccessPoint": PLAIN_ARN, "TransformationConfigurations": [transformation], **members}


def create(scene, name="upper", **members):
    return scene.control.CreateAccessPointForObjectLambda(Name=name, Configuration=configuration(**members))


def point(operation, **params):
    return lambda scene: getattr(scene.control, operation)(**{"Name": "upper", **params})


@pytest.fixture
def supported(scene):
    """The scene, with the access point that functions read through."""
    scene.control.CreateAccessPoint(Name="plain", Bucket="bucket")
    return scene


GET = point("GetAccessPointForObjectLambda")
NO_POINT = expect_error("NoSuchAccessPoint", 404, AccessPointName="upper")
NO_POLICY = expect_error("NoSuchAccessPointPolicy", 404, AccessPointName="upper")
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"s3-object-lambda:GetObject","Resource":"%s"}]}'  # fmt: skip
PRIVATE, PUBLIC = POLICY % (ACCOUNT, ARN), POLICY % ("*", ARN)
ROWS = [
    step_row("manual", "create", (), create, expect_answer(ObjectLambdaAccessPointArn=ARN)),
    step_row("manual", "a bad name", (), lambda s: create(s, name="Upper"), INVALID),
    step_row("manual", "twice", (create,), create, expect_error("AccessPointAlreadyOwnedByYou", 409, AccessPointName="upper")),
    step_row("manual", "no supporting access point", (), lambda s: create(s, SupportingAccessPoint=f"{PLAIN_ARN}s"), INVALID),
    step_row("manual", "no transformation", (), lambda s: create(s, TransformationConfigurations=[]), INVALID),
    step_row("manual", "an unknown feature", (), lambda s: create(s, AllowedFeatures=["GetObject-Tags"]), expect_error("MalformedXML", 400)),
    step_row("manual", "an action twice", (), lambda s: s.control.CreateAccessPointForObjectLambda(Name="upper", Configuration=configuration("GetObject", "GetObject")), INVALID),
    step_row("manual", "get", (create,), GET, expect_answer(Name="upper", Alias=lambda s: {"Value": alias(s), "Status": "READY"})),
    step_row("manual", "get nothing", (), GET, NO_POINT),
    step_row("manual", "configuration", (create,), point("GetAccessPointConfigurationForObjectLambda"), expect_answer(Configuration=configuration())),
    step_row("manual", "another configuration", (create, point("PutAccessPointConfigurationForObjectLambda", Configuration=configuration(CloudWatchMetricsEnabled=True))), point("GetAccessPointConfigurationForObjectLambda"), expect_answer(Configuration=configuration(CloudWatchMetricsEnabled=True))),
    step_row("manual", "a bad configuration", (create,), point("PutAccessPointConfigurationForObjectLambda", Configuration=configuration(SupportingAccessPoint="none")), INVALID),
    step_row("manual", "list", (create,), lambda s: s.control.ListAccessPointsForObjectLambda(), expect_answer(ObjectLambdaAccessPointList=lambda s: [{"Name": "upper", "ObjectLambdaAccessPointArn": ARN, "Alias": {"Value": alias(s), "Status": "READY"}}])),
    step_row("manual", "a page", (create, lambda s: create(s, name="lower")), lambda s: s.control.ListAccessPointsForObjectLambda(MaxResults=2), expect_answer(NextToken=ABSENT)),
    step_row("O391", "a bad token", (), lambda s: s.control.ListAccessPointsForObjectLambda(NextToken="*"), INVALID),
    step_row("manual", "not among the others", (create,), lambda s: s.control.ListAccessPoints(), expect_answer(AccessPointList=lambda s: [entry for entry in s.control.ListAccessPoints()["AccessPointList"] if entry["Name"] == "plain"])),
    step_row("manual", "delete", (create, point("DeleteAccessPointForObjectLambda")), GET, NO_POINT),
    step_row("manual", "delete nothing", (), point("DeleteAccessPointForObjectLambda"), NO_POINT),
    step_row("manual", "policy", (create, point("PutAccessPointPolicyForObjectLambda", Policy=PRIVATE)), point("GetAccessPointPolicyStatusForObjectLambda"), expect_answer(PolicyStatus={"IsPublic": False})),
    step_row("manual", "a public policy", (create, point("PutAccessPointPolicyForObjectLambda", Policy=PUBLIC)), point("GetAccessPointPolicyStatusForObjectLambda"), expect_answer(PolicyStatus={"IsPublic": True})),
    step_row("manual", "no JSON", (create,), point("PutAccessPointPolicyForObjectLambda", Policy="x"), expect_error("MalformedPolicy", 400)),
    step_row("manual", "no policy", (create,), point("GetAccessPointPolicyForObjectLambda"), NO_POLICY),
    step_row("manual", "delete the policy", (create, point("PutAccessPointPolicyForObjectLambda", Policy=PRIVATE), point("DeleteAccessPointPolicyForObjectLambda")), point("GetAccessPointPolicyForObjectLambda"), NO_POLICY),
    step_row("manual", "no function", (create, lambda s: s.PutObject(Body=b"body")), lambda s: s.GetObject(Bucket=alias(s)), expect_error("LambdaNotFound", 404)),
]  # fmt: skip


def alias(scene):
    return scene.fake._store.access_points[ARN].alias


@pytest.mark.parametrize(("given", "act", "expect"), ROWS)
def test_rows(supported, given, act, expect):
    for step in given:
        step(supported)
    expect.check(supported, act)


def transforms(scene, function, **members):
    """The scene, with an object and a function that transforms it."""
    scene.PutObject(Body=b"body")
    create(scene, **members)
    scene.fake.object_lambda(FUNCTION, function)
    return scene


def writer(scene, **response):
    """A Lambda function that reads the object and answers with WriteGetObjectResponse."""
    client = scene.fake.client()

    def function(event, context):
        context_of_read = event["getObjectContext"]
        original = requests.get(context_of_read["inputS3Url"], timeout=10)
        assert original.status_code == 200
        body = {} if "StatusCode" in response else {"Body": original.content.upper()}
        client.write_get_object_response(
            RequestRoute=context_of_read["outputRoute"], RequestToken=context_of_read["outputToken"], **body, **response
        )
        return {"status_code": 200}

    return function


def test_a_function_that_writes_its_response(supported):
    transforms(supported, writer(supported, Metadata={"a": "b"}, ContentType="text/upper", ETag='"1"'))
    expect_answer(Body=b"BODY", ContentLength=4, Metadata={"a": "b"}, ContentType="text/upper", ETag='"1"').check(
        supported, lambda s: s.GetObject(Bucket=alias(s))
    )
    assert supported.GetObject()["Body"] == b"body"


@pytest.mark.parametrize(
    ("returned", "expect"),
    [
        (b"bytes", expect_answer(Body=b"bytes")),
        ("text", expect_answer(Body=b"text", ContentLength=4)),
        ({"Body": b"part", "StatusCode": 206, "ContentRange": "bytes 0-3/9"}, expect_answer(Body=b"part", ContentRange="bytes 0-3/9")),
        ({"StatusCode": 404, "ErrorCode": "NoSuchPicture", "ErrorMessage": "None here"}, expect_error("NoSuchPicture", 404, "None here")),
        ({"StatusCode": 299}, expect_error("LambdaInvalidResponse", 400)),
    ],
)  # fmt: skip
def test_a_function_that_returns_its_response(supported, returned, expect):
    transforms(supported, lambda event: returned)
    members = getattr(expect, "members", None)
    act = lambda s: s.GetObject(Bucket=alias(s))  # noqa: E731
    if members is not None:
        expect.check(supported, act)
        return
    with pytest.raises(ClientError) as raised:
        act(supported)
    metadata = raised.value.response["ResponseMetadata"]
    assert (raised.value.response["Error"]["Code"], metadata["HTTPStatusCode"]) == (expect.code, expect.status)


def test_errors_that_a_function_writes(supported):
    transforms(supported, writer(supported, StatusCode=403, ErrorCode="NotToday", ErrorMessage="Closed"))
    with pytest.raises(ClientError) as raised:
        supported.GetObject(Bucket=alias(supported))
    assert raised.value.response["Error"] == {"Code": "NotToday", "Message": "Closed"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_function_that_fails(supported):
    transforms(supported, lambda event: 1 / 0)
    with pytest.raises(ClientError, match=r"LambdaRuntimeError.*ZeroDivisionError"):
        supported.GetObject(Bucket=alias(supported))


def test_a_function_that_writes_nothing():
    """S3 answers 500, which boto3 tries again."""
    with FakeS3(buckets=["bucket"]) as fake:
        arn = set_up(fake, lambda event, context: {"status_code": 200})
        with pytest.raises(ClientError, match="LambdaResponseNotReceived"):
            fake.client().get_object(Bucket=arn, Key="key")


def set_up(fake, function, **members):
    """An Object Lambda access point of a fake with an object; returns its ARN."""
    control = fake.client("s3control")
    control.create_access_point(AccountId=ACCOUNT, Name="plain", Bucket="bucket")
    fake.put("bucket", "key", b"body")
    answer = control.create_access_point_for_object_lambda(
        AccountId=ACCOUNT, Name="upper", Configuration=configuration(**members)
    )
    fake.object_lambda(FUNCTION, function)
    return answer["ObjectLambdaAccessPointArn"]


def test_the_event():
    events = []
    with FakeS3(buckets=["bucket"]) as fake:
        arn = set_up(fake, lambda event: events.append(event) or b"")
        fake.client().get_object(Bucket=arn, Key="key", VersionId="null")
    [event] = events
    assert event["protocolVersion"] == "1.00"
    assert event["configuration"] == {
        "accessPointArn": ARN,
        "supportingAccessPointArn": PLAIN_ARN,
        "payload": "payload",
    }
    host = f"upper-{ACCOUNT}.s3-object-lambda.us-east-1.amazonaws.com"
    assert event["userRequest"]["url"] == f"https://{host}/key?versionId=null"
    assert event["userRequest"]["headers"]["Host"] == host
    assert "authorization" not in event["userRequest"]["headers"]
    assert event["userIdentity"]["accountId"] == ACCOUNT
    assert event["xAmzRequestId"]
    assert set(event["getObjectContext"]) == {"inputS3Url", "outputRoute", "outputToken"}


def test_the_url_is_signed_and_expires():
    """By the fake's clock."""
    urls = []
    with FakeS3(buckets=["bucket"], check_signatures="required") as fake:
        fake.clock.freeze("2090-01-01T00:00:00Z")
        arn = set_up(fake, lambda event: urls.append(event["getObjectContext"]["inputS3Url"]) or b"")
        fake.client().get_object(Bucket=arn, Key="key")
        assert requests.get(urls[0], timeout=10).content == b"body"
        assert requests.get(urls[0].replace("key", "other", 1), timeout=10).status_code == 403
        fake.clock.advance(seconds=61)
        assert requests.get(urls[0], timeout=10).status_code == 403


def test_the_function_of_an_access_point():
    """One given by the access point's own ARN goes before that of its configuration."""
    with FakeS3(buckets=["bucket"]) as fake:
        arn = set_up(fake, lambda event: b"by the function's ARN")
        fake.object_lambda(arn, lambda event: b"by the access point's ARN")
        assert fake.client().get_object(Bucket=arn, Key="key")["Body"].read() == b"by the access point's ARN"


def test_other_operations_are_s3s_own():
    with FakeS3(buckets=["bucket"]) as fake:
        arn, client = set_up(fake, lambda event: b""), fake.client()
        assert client.head_object(Bucket=arn, Key="key")["ContentLength"] == 4
        assert client.list_objects_v2(Bucket=arn)["KeyCount"] == 1


@pytest.mark.parametrize("feature", ["Range", "PartNumber"])
def test_features(feature):
    params = {"Range": {"Range": "bytes=0-1"}, "PartNumber": {"PartNumber": 1}}[feature]
    with FakeS3(buckets=["bucket"]) as fake:
        arn = set_up(fake, lambda event: b"part")
        with pytest.raises(ClientError, match="NotImplemented"):
            fake.client().get_object(Bucket=arn, Key="key", **params)
        fake.client("s3control").put_access_point_configuration_for_object_lambda(
            AccountId=ACCOUNT, Name="upper", Configuration=configuration(AllowedFeatures=[f"GetObject-{feature}"])
        )
        assert fake.client().get_object(Bucket=arn, Key="key", **params)["Body"].read() == b"part"


NO_HOST_PREFIX = [way for way in WAYS_IN if way != "server"]  # the route would stand before the server's IP address


def write(**params):
    return lambda scene: scene.WriteGetObjectResponse(**{"RequestRoute": "io-route", "RequestToken": "token", **params})


@pytest.mark.parametrize("scene", NO_HOST_PREFIX, indirect=True)
def test_unknown_tokens(scene):
    INVALID.check(scene, write())


# what a function writes -> the error that it gets
REFUSED = [
    ("an unknown status", {"StatusCode": 299}, "InvalidArgument"),
    ("a code that is none", {"StatusCode": 404, "ErrorCode": "not-found"}, "InvalidArgument"),
    ("a code of success", {"ErrorCode": "NotFound"}, "InvalidRequest"),
    ("a message of success", {"ErrorMessage": "Not found"}, "InvalidRequest"),
    ("a code and a body", {"StatusCode": 404, "ErrorCode": "NotFound", "Body": b"x"}, "InvalidRequest"),
    ("another checksum", {"Body": b"x", "ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
    ("another route", {"RequestRoute": "io-other"}, "InvalidRequest"),
]


@pytest.mark.parametrize(("params", "code"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_refused_responses(params, code):
    with FakeS3(buckets=["bucket"]) as fake:
        client = fake.client()

        def function(event):
            target = event["getObjectContext"]
            ids = {"RequestRoute": target["outputRoute"], "RequestToken": target["outputToken"]}
            with pytest.raises(ClientError, match=code):
                client.write_get_object_response(**{**ids, **params})
            client.write_get_object_response(**ids, Body=b"good")
            with pytest.raises(ClientError, match="InvalidRequest"):
                client.write_get_object_response(**ids, Body=b"again")

        arn = set_up(fake, function)
        assert client.get_object(Bucket=arn, Key="key")["Body"].read() == b"good"


def test_through_the_server():
    """The function answers over HTTP, without a route in the host."""
    with FakeS3(buckets=["bucket"]) as fake, fake.serve() as server:
        config = Config(inject_host_prefix=False)

        def function(event):
            target = event["getObjectContext"]
            client = boto3.client("s3", endpoint_url=server.url, config=config)
            client.write_get_object_response(
                RequestRoute=target["outputRoute"], RequestToken=target["outputToken"], Body=b"served"
            )

        set_up(fake, function)
        reader = boto3.client("s3", endpoint_url=server.url, config=config)
        name = fake._store.access_points[ARN].alias
        assert reader.get_object(Bucket=name, Key="key")["Body"].read() == b"served"
