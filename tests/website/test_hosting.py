"""Websites: pages, errors and redirects, through ``requests`` and through the server, by host and by path."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests

from fakes3mp import FakeS3

INDEX = {"IndexDocument": {"Suffix": "index.html"}}
WITH_ERROR = {**INDEX, "ErrorDocument": {"Key": "error.html"}}
READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
LIST = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::site"}
DENY_SECRETS = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/secret*"}
HOST = "site.s3-website-us-east-1.amazonaws.com"
WAYS = {
    "old spelling": (HOST, ""),
    "new spelling": ("site.s3-website.us-east-1.amazonaws.com", ""),
    "server by host": (HOST, ""),
    "server by path": (None, "/_website/site"),
}


class Site:
    """A website of the bucket ``site``, and a way to ask for its pages."""

    def __init__(self, fake, host, root, server=None):
        self.fake, self.host, self.root, self.server = fake, host, root, server
        self.base = f"http://{host}{root}"
        self.client = fake.client()
        self.client.delete_public_access_block(Bucket="site")
        self.allow(READ, LIST, DENY_SECRETS)

    def allow(self, *statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        self.client.put_bucket_policy(Bucket="site", Policy=json.dumps(policy))

    def configure(self, **configuration):
        self.client.put_bucket_website(Bucket="site", WebsiteConfiguration=configuration)

    def put(self, **bodies):
        for key, body in bodies.items():
            self.client.put_object(Bucket="site", Key=key, Body=body, ContentType="text/html")

    def send(self, path, method="GET", **headers):
        """Status, headers by lower-case names, and text of the response."""
        if self.server is None:
            response = requests.request(method, self.base + path, headers=headers, allow_redirects=False)
            return (
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                response.text,
            )
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        connection.request(method, self.root + path, headers={"Host": self.host, **headers})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text


@pytest.fixture(params=WAYS)
def site(request):
    host, root = WAYS[request.param]
    with FakeS3(buckets=["site"]) as fake:
        if not request.param.startswith("server"):
            yield Site(fake, host, root)
            return
        with fake.serve() as server:
            yield Site(fake, host or urlsplit(server.url).netloc, root, server)


PAGES = {
    "index.html": "home",
    "docs/index.html": "documents",
    "a b/c.html": "escaped",
    "plain": "file",
    "secret.html": "hidden",
}

# path -> status, text, Location ({site} is the website's URL, {root} its path)
ANSWERS = [
    ("O319: root", "", 200, "home", None),
    ("O319: a slash", "/", 200, "home", None),
    ("O319: a page", "/index.html", 200, "home", None),
    ("manual: a folder", "/docs/", 200, "documents", None),
    ("O332: a folder without its slash", "/docs", 302, "", "{root}/docs/"),
    ("manual: escapes", "/a%20b/c.html", 200, "escaped", None),
    ("manual: a query is ignored", "/plain?acl&x=1", 200, "file", None),
    ("O319: nothing", "/nothing", 404, None, None),
    ("O319: no index", "/nothing/", 404, None, None),
    ("O319: private", "/secret.html", 403, None, None),
]


@pytest.mark.parametrize(
    ("path", "status", "text", "location"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_pages(site, path, status, text, location):
    site.configure(**INDEX)
    site.put(**PAGES)
    answer = site.send(path)
    assert answer[0] == status
    assert text is None or answer[2] == text
    assert answer[1].get("location") == (location and location.format(root=site.root))
    if status == 200:
        assert answer[1]["content-type"] == "text/html"
        assert site.fake.calls[-1].operation == "GetObject"


def test_head(site):
    site.configure(**INDEX)
    site.put(**PAGES)
    status, headers, text = site.send("/", "HEAD")
    assert (status, headers["content-length"], text) == (200, "4", "")
    status, headers, text = site.send("/nothing", "HEAD")
    assert (status, headers["x-amz-error-code"], text) == (404, "NoSuchKey", "")


def test_the_page_of_an_error(site):
    """O319"""
    site.configure(**INDEX)
    _, headers, text = site.send("/<nothing>")
    lines = text.splitlines()
    assert lines[:7] == [
        "<html>",
        "<head><title>404 Not Found</title></head>",
        "<body>",
        "<h1>404 Not Found</h1>",
        "<ul>",
        "<li>Code: NoSuchKey</li>",
        "<li>Message: The specified key does not exist.</li>",
    ]
    assert lines[7] == "<li>Key: &lt;nothing&gt;</li>"
    assert [line.partition(":")[0] for line in lines[8:10]] == ["<li>RequestId", "<li>HostId"]
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-amz-error-message"] == "The specified key does not exist."
    assert headers["x-amz-error-detail-key"] == "<nothing>"


def test_who_may_list_learns_that_a_page_is_missing(site):
    """O264, O319"""
    site.configure(**INDEX)
    site.allow(READ)
    status, headers, text = site.send("/nothing")
    assert (status, headers["x-amz-error-code"]) == (403, "AccessDenied")
    assert "<li>Code: AccessDenied</li>" in text


def test_block_public_access(site):
    """O225"""
    site.configure(**INDEX)
    site.put(**PAGES)
    block = {"RestrictPublicBuckets": True}
    site.client.put_public_access_block(Bucket="site", PublicAccessBlockConfiguration=block)
    assert site.send("/")[0] == 403


def test_error_documents(site):
    """O319: the error's status; a second list where the document cannot be read"""
    site.configure(**WITH_ERROR)
    status, headers, text = site.send("/nothing")
    assert (status, headers["x-amz-error-detail-key"]) == (404, "nothing")
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>" in text
    assert text.index("<li>Key: nothing</li>") < text.index("<h3>") < text.index("<li>Key: error.html</li>")
    site.put(**{"error.html": "oops", "secret": "x"})
    status, headers, text = site.send("/nothing")
    assert (status, text, headers["content-type"], headers["x-amz-error-code"]) == (
        404,
        "oops",
        "text/html",
        "NoSuchKey",
    )
    assert site.send("/nothing", Range="bytes=0-0")[2] == "oops"
    status, headers, text = site.send("/secret")
    assert (status, text, headers["x-amz-error-code"]) == (403, "oops", "AccessDenied")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_get_and_head(site, method):
    """O332"""
    site.configure(**INDEX)
    site.put(**PAGES)
    status, headers, text = site.send("/index.html", method)
    assert (status, headers["x-amz-error-code"]) == (405, "MethodNotAllowed")
    assert f"<li>Method: {method}</li>" in text
    assert site.send("/")[0] == 200


def test_no_website(site):
    """O319"""
    status, headers, text = site.send("/")
    assert (status, headers["x-amz-error-code"]) == (404, "NoSuchWebsiteConfiguration")
    assert "<li>BucketName: site</li>" in text
    site.client.delete_bucket(Bucket="site")
    assert site.send("/")[1]["x-amz-error-code"] == "NoSuchBucket"


def rule(redirect, **condition):
    return {**({"Condition": condition} if condition else {}), "Redirect": redirect}


ROUTES = [
    ("a prefix", rule({"ReplaceKeyPrefixWith": "documents/"}, KeyPrefixEquals="docs/"), "/docs/x", 301, "{site}/documents/x"),
    ("a prefix, the folder", rule({"ReplaceKeyPrefixWith": "documents/"}, KeyPrefixEquals="docs/"), "/docs/", 301, "{site}/documents/"),
    ("another prefix", rule({"ReplaceKeyPrefixWith": "documents/"}, KeyPrefixEquals="docs/"), "/x", 404, None),
    ("protocol", rule({"Protocol": "https", "ReplaceKeyPrefixWith": "documents/"}, KeyPrefixEquals="docs/"), "/docs/x", 301, "https://{host}/documents/x"),
    ("protocol and host", rule({"Protocol": "https", "HostName": "xyzzy", "ReplaceKeyPrefixWith": "d/"}, KeyPrefixEquals="docs/"), "/docs/x", 301, "https://xyzzy/d/x"),
    ("a key", rule({"ReplaceKeyWith": "gone.html"}, KeyPrefixEquals="images/"), "/images/x", 301, "{site}/gone.html"),
    ("a code", rule({"HttpRedirectCode": "307", "ReplaceKeyWith": "gone.html"}, KeyPrefixEquals="images/"), "/images/x", 307, "{site}/gone.html"),
    ("an error", rule({"HostName": "other.com", "ReplaceKeyPrefixWith": "report-404/"}, HttpErrorCodeReturnedEquals="404"), "/images/x", 301, "http://other.com/report-404/images/x"),
    ("no error", rule({"HostName": "other.com"}, HttpErrorCodeReturnedEquals="404"), "/index.html", 200, None),
    ("another error", rule({"HostName": "other.com"}, HttpErrorCodeReturnedEquals="403"), "/x", 404, None),
    ("an error that is refused", rule({"HostName": "other.com"}, HttpErrorCodeReturnedEquals="403"), "/secret.html", 301, "http://other.com/secret.html"),
    ("an error and a prefix", rule({"HostName": "other.com", "ReplaceKeyPrefixWith": "r/"}, HttpErrorCodeReturnedEquals="404", KeyPrefixEquals="images/"), "/images/x", 301, "http://other.com/r/x"),
    ("an error without the prefix", rule({"HostName": "other.com"}, HttpErrorCodeReturnedEquals="404", KeyPrefixEquals="images/"), "/x", 404, None),
    ("everything", rule({"HostName": "other.com"}), "/index.html", 301, "http://other.com/index.html"),
    ("a hash that is not escaped", rule({"ReplaceKeyPrefixWith": "#!/"}, HttpErrorCodeReturnedEquals="404"), "/a%20b", 301, "{site}/#!/a%20b"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("routing_rule", "path", "status", "location"), [row[1:] for row in ROUTES], ids=[row[0] for row in ROUTES]
)
def test_routing_rules(site, routing_rule, path, status, location):
    """O332"""
    site.configure(**INDEX, RoutingRules=[routing_rule])
    site.put(**{"index.html": "home", "secret.html": "hidden"})
    answer = site.send(path)
    expected = location and location.format(site=site.base, host=f"{site.host}{site.root}")
    assert (answer[0], answer[1].get("location")) == (status, expected)
    assert expected is None or answer[2] == ""


def test_the_first_rule_counts(site):
    site.configure(
        **INDEX, RoutingRules=[rule({"ReplaceKeyWith": "1"}, KeyPrefixEquals="a"), rule({"ReplaceKeyWith": "2"})]
    )
    assert site.send("/ab")[1]["location"] == f"{site.base}/1"
    assert site.send("/b")[1]["location"] == f"{site.base}/2"


def test_all_requests(site):
    site.configure(RedirectAllRequestsTo={"HostName": "example.com"})
    assert site.send("/a%20b/?x=1")[:2][1]["location"] == "http://example.com/a%20b/?x=1"
    site.configure(RedirectAllRequestsTo={"HostName": "example.com", "Protocol": "https"})
    status, headers, text = site.send("/")
    assert (status, headers["location"], text) == (301, "https://example.com/", "")


def test_redirects_of_objects(site):
    """O332; private ones are 403 (O319)"""
    site.configure(**INDEX)
    for key, location in {"page": "/index.html", "away": "http://example.com/foo", "secret": "/index.html"}.items():
        site.client.put_object(Bucket="site", Key=key, Body=b"", WebsiteRedirectLocation=location)
    assert site.send("/page")[:2][1]["location"] == f"{site.root}/index.html"
    status, headers, text = site.send("/away")
    assert (status, headers["location"], text) == (301, "http://example.com/foo", "")
    assert site.send("/secret")[0] == 403


def test_conditions_and_ranges(site):
    site.configure(**INDEX)
    site.put(**PAGES)
    etag = site.send("/")[1]["etag"]
    status, headers, text = site.send("/", **{"If-None-Match": etag})
    assert (status, text) == (304, "")
    status, headers, text = site.send("/", Range="bytes=1-2")
    assert (status, text, headers["content-range"]) == (206, "om", "bytes 1-2/4")
    assert site.send("/", **{"If-Match": '"x"'})[1]["x-amz-error-code"] == "PreconditionFailed"


def test_cors_and_referers(site):
    site.configure(**INDEX)
    site.put(**PAGES)
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    site.client.put_bucket_cors(Bucket="site", CORSConfiguration=cors)
    assert site.send("/", Origin="http://a.example")[1]["access-control-allow-origin"] == "*"
    site.allow({**READ, "Condition": {"StringLike": {"aws:Referer": "http://a.example/*"}}})
    assert site.send("/")[0] == 403
    assert site.send("/", Referer="http://a.example/page")[0] == 200


def test_faults(site):
    site.configure(**WITH_ERROR)
    site.put(**PAGES)
    site.fake.faults.on("GetObject").times(1).error("SlowDown")
    status, headers, text = site.send("/")
    assert (status, headers["x-amz-error-code"]) == (503, "SlowDown")
    assert "<h1>503 Service Unavailable</h1>" in text
    assert site.send("/")[0] == 200


def test_another_region():
    """O333"""
    with FakeS3() as fake:
        fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        fake.client().put_bucket_website(Bucket="far", WebsiteConfiguration=INDEX)
        response = requests.get("http://far.s3-website-us-east-1.amazonaws.com/")
        assert (response.status_code, response.headers["x-amz-error-code"]) == (400, "IncorrectEndpoint")
        assert "far.s3-website-eu-west-1.amazonaws.com" in response.text
        response = requests.get("http://far.s3-website.eu-west-1.amazonaws.com/")
        assert response.status_code == 403


def test_redirects_are_followed():
    with FakeS3(buckets=["site"]) as fake:
        site = Site(fake, HOST, "")
        site.configure(**INDEX)
        site.put(**PAGES)
        response = requests.get(f"http://{HOST}/docs")
        assert (response.text, response.url) == ("documents", f"http://{HOST}/docs/")


def test_a_key_that_looks_like_a_website():
    with FakeS3(buckets=["site"]) as fake:
        fake.put("site", "_website/site/x", b"an object")
        for url in ("https://site.s3.amazonaws.com/_website/site/x", "https://s3.amazonaws.com/site/_website/site/x"):
            response = requests.get(url, headers={"Authorization": "AWS AKID:signature"})
            assert response.content == b"an object"
