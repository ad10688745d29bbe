"""The website configuration of a bucket. What a website answers is in tests/website."""

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.messages import Request
from tests.operations.scene import expect_answer, expect_error, row

INDEX = {"IndexDocument": {"Suffix": "index.html"}}
ELSEWHERE = {"Redirect": {"HostName": "example.com"}}
FULL = {
    **INDEX,
    "ErrorDocument": {"Key": "errors/404.html"},
    "RoutingRules": [
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
        {
            "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "img/"},
            "Redirect": {
                "HostName": "example.com",
                "HttpRedirectCode": "302",
                "Protocol": "https",
                "ReplaceKeyWith": "x",
            },
        },
    ],
}
ALL = {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}
NO_WEBSITE = expect_error(
    "NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration", BucketName="bucket"
)
PROTOCOL = (
    "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
)


def put(**configuration):
    return lambda scene: scene.PutBucketWebsite(WebsiteConfiguration=configuration)


def rules(*rules):
    return put(**INDEX, RoutingRules=list(rules))


def redirect(**members):
    return rules({"Redirect": members})


def condition(**members):
    return rules({**ELSEWHERE, "Condition": members})


ROWS = [
    row("manual", "untouched", lambda s: s.GetBucketWebsite(), NO_WEBSITE),
    row("manual", "put and get", lambda s: (put(**FULL)(s), s.GetBucketWebsite())[1], expect_answer(**FULL)),
    row("manual", "redirect of all", lambda s: (put(**ALL)(s), s.GetBucketWebsite())[1], expect_answer(**ALL)),
    row("manual", "deleted", lambda s: (put(**INDEX)(s), s.DeleteBucketWebsite(), s.GetBucketWebsite()), NO_WEBSITE),
    row("manual", "deleted twice", lambda s: (s.DeleteBucketWebsite(), s.DeleteBucketWebsite())[1], expect_answer()),
    row("O268", "no bucket", lambda s: s.PutBucketWebsite(Bucket="none", WebsiteConfiguration={}), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("O268", "no bucket to read", lambda s: s.GetBucketWebsite(Bucket="none"), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("O314", "redirect of all and an index", put(**ALL, **INDEX), expect_error("InvalidArgument", 400, "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.", ArgumentName="RedirectAllRequestsTo", ArgumentValue="not null")),
    row("O314", "nothing", put(), expect_error("InvalidArgument", 400, "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", ArgumentName="IndexDocument", ArgumentValue="null")),
    row("O314", "no index", put(ErrorDocument={"Key": "e"}), expect_error("InvalidArgument", 400, "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", ArgumentName="IndexDocument", ArgumentValue="null")),
    row("O314", "an index with a slash", put(IndexDocument={"Suffix": "a/index.html"}), expect_error("InvalidArgument", 400, "The IndexDocument Suffix is not well formed", ArgumentName="IndexDocument", ArgumentValue="a/index.html")),
    row("O314", "an empty index", put(IndexDocument={"Suffix": ""}), expect_error("InvalidArgument", 400, "The IndexDocument Suffix is not well formed", ArgumentName="IndexDocument", ArgumentValue="")),
    row("O315", "no rules", rules(), expect_error("MalformedXML", 400)),
    row("O315", "unknown protocol for all", put(RedirectAllRequestsTo={"HostName": "a", "Protocol": "ftp"}), expect_error("InvalidRequest", 400, PROTOCOL)),
    row("O315", "unknown protocol", redirect(HostName="a", Protocol="ftp"), expect_error("InvalidRequest", 400, PROTOCOL)),
    row("O315", "two replacements", redirect(ReplaceKeyWith="a", ReplaceKeyPrefixWith="b"), expect_error("InvalidRequest", 400, "You can only define ReplaceKeyPrefix or ReplaceKey but not both.")),
    row("O315", "an empty condition", condition(), expect_error("InvalidRequest", 400, "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.")),
    row("O315", "too many rules", rules(*[ELSEWHERE] * 51), expect_error("InvalidRequest", 400, "51 routing rules provided, the number of routing rules in a website configuration is limited to 50.")),
    row("O315", "fifty rules", rules(*[ELSEWHERE] * 50), expect_answer()),
    row("O315", "redirect code 300", redirect(HttpRedirectCode="300"), expect_error("InvalidRequest", 400, "The provided HTTP redirect code (300) is not valid. Valid codes are 3XX except 300.")),
    row("O315", "redirect code 314", redirect(HttpRedirectCode="314"), expect_error("InvalidRequest", 400, "The provided HTTP redirect code (314) is not valid. Valid codes are 3XX except 300.")),
    row("O315", "redirect code 308", redirect(HttpRedirectCode="308"), expect_answer()),
    row("O315", "redirect code 200", redirect(HttpRedirectCode="200"), expect_error("InvalidRequest", 400)),
    row("O315", "redirect code in words", redirect(HttpRedirectCode="moved"), expect_error("InvalidRequest", 400)),
    row("O315", "error code 302", condition(HttpErrorCodeReturnedEquals="302"), expect_error("InvalidRequest", 400, "The provided HTTP error code (302) is not valid. Valid codes are 4XX or 5XX.")),
    row("O315", "error code 599", condition(HttpErrorCodeReturnedEquals="599"), expect_answer()),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_configuration(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.parametrize(
    "document",
    [
        "<WebsiteConfiguration><IndexDocument/></WebsiteConfiguration>",
        "<WebsiteConfiguration><RedirectAllRequestsTo/></WebsiteConfiguration>",
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument><Key/></ErrorDocument></WebsiteConfiguration>",
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument/></WebsiteConfiguration>",
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule/></RoutingRules></WebsiteConfiguration>",
    ],
)
def test_members_that_are_missing(document):
    """model; botocore sends no such documents"""
    with FakeS3(buckets=["bucket"]) as fake:
        headers = {"authorization": "AWS AKID:signature", "content-length": str(len(document))}
        url = "https://bucket.s3.amazonaws.com/?website"
        response = fake.handle(Request("PUT", url, headers, document.encode()))
        assert (response.status, b"<Code>MalformedXML</Code>" in response.body.read()) == (400, True)
        assert fake.handle(Request("GET", url, {"authorization": "AWS AKID:signature"})).status == 404
