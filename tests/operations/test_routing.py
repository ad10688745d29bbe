"""Requests that are no operation, or that have something of another: refused as S3 does, and nothing is changed.

No SDK sends them, so they go by ``requests`` and hand-signed to the server.
"""

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.messages import Request
from fakes3mp.wire.model import is_older, operation_model, service_model
from fakes3mp.wire.quirks import SHADOWED_OPERATIONS
from fakes3mp.wire.routing import resources
from tests.wire.senders import SENDERS

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH")
NOT_ALLOWED = "The specified method is not allowed against this resource."


@pytest.fixture(params=SENDERS)
def sender(request):
    fake = FakeS3(buckets=["bucket", "empty"], open_uploads="ignore")
    fake.put("bucket", "key", b"body")
    fake._service.perform("CreateMultipartUpload", {"Bucket": "bucket", "Key": "key"})
    with SENDERS[request.param](fake) as sender:
        sender.fake = fake
        yield sender


def state(fake):
    """All that a refused request must leave as it was."""
    store = fake._store
    return (
        {name: (list(bucket.all_versions()), bucket.configurations.copy()) for name, bucket in store.buckets.items()},
        {id_: (upload.state, dict(upload.parts)) for id_, upload in store.uploads.items()},
    )


def refused(code, status=400, message=None, allow=None, **fields):
    return code, status, message, allow, fields


def method_not_allowed(method, resource_type, allow):
    return refused("MethodNotAllowed", 405, NOT_ALLOWED, allow, Method=method, ResourceType=resource_type)


def conflict(*names):
    message = f"Conflicting query string parameters: {', '.join(names)}"
    return refused("InvalidArgument", 400, message, ArgumentName="ResourceType", ArgumentValue=names[0])


NO_UPLOAD_ID = refused("InvalidArgument", 400, "This operation does not accept partNumber without uploadId", ArgumentName="partNumber", ArgumentValue="partNumber")  # fmt: skip
NO_KEY = refused("InvalidRequest", 400, "A key must be specified")
NO_PART_OF_A_BUCKET = refused("InvalidRequest", 400, "Object must have a valid key name.")
COPY = {"x-amz-copy-source": "bucket/key"}
AES256 = {"x-amz-server-side-encryption": "AES256"}


def no_sub_resource(name, code="InvalidRequest"):
    return refused(code, 400, f"There is no such thing as the ?{name} sub-resource for a key")


def no_version_id(value):
    return refused("InvalidArgument", 400, "This operation does not accept a version-id.", ArgumentName="versionId", ArgumentValue=value)  # fmt: skip


def no_copy_source(value="bucket/key"):
    return refused("InvalidArgument", 400, "You can only specify a copy source header for copy requests.", ArgumentName="x-amz-copy-source", ArgumentValue=value)  # fmt: skip


def not_overridable(name):
    message = (
        f"{name} is not in the set of overridable response headers. Please refer to the S3 API documentation for a complete "
        "list of overridable response headers."
    )
    return refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=name)


# fact, method, path, headers -> refusal
ANNOTATION_ROWS = [] if is_older() else [  # of which an older botocore's model knows nothing
    ("model: annotationName is required", "PUT", "/bucket/key?annotation", {}, refused("InvalidArgument")),
]  # fmt: skip
ROWS = [
    ("O200", "PUT", "/bucket/key?partNumber=1", {}, NO_UPLOAD_ID),
    ("O200", "PUT", "/bucket/key?partNumber=1", COPY, NO_UPLOAD_ID),
    ("O200", "PUT", "/bucket/new?partNumber=", {}, NO_UPLOAD_ID),
    ("O200", "DELETE", "/bucket/key?partNumber=1", {}, NO_UPLOAD_ID),
    ("O200", "POST", "/bucket/key?partNumber=1", {}, NO_UPLOAD_ID),
    ("O201", "PUT", "/bucket/key?uploadId=x", {}, method_not_allowed("PUT", "UPLOAD", "DELETE, POST, GET")),
    ("O201", "PUT", "/bucket/key?uploadId=x", COPY, method_not_allowed("PUT", "UPLOAD", "DELETE, POST, GET")),
    ("O201", "HEAD", "/bucket/key?uploadId=x", {}, method_not_allowed("HEAD", "UPLOAD", "DELETE, POST, GET")),
    ("O202", "HEAD", "/bucket/key?acl", {}, method_not_allowed("HEAD", "ACL", "GET, PUT")),
    ("O202", "DELETE", "/bucket/key?acl", {}, method_not_allowed("DELETE", "ACL", "GET, PUT")),
    ("O202", "DELETE", "/empty?acl", {}, method_not_allowed("DELETE", "ACL", "GET, PUT")),
    ("O202", "DELETE", "/empty?versioning", {}, method_not_allowed("DELETE", "VERSIONING", "GET, PUT")),
    ("O202", "DELETE", "/empty?uploads", {}, method_not_allowed("DELETE", "UPLOADS", "GET")),
    ("O202", "PUT", "/bucket/key?restore", {}, method_not_allowed("PUT", "RESTORE", "POST")),
    ("O202", "PUT", "/bucket/key?uploads", {}, method_not_allowed("PUT", "UPLOADS", "POST")),
    ("O202", "PUT", "/bucket/key?select&select-type=2", {}, method_not_allowed("PUT", "SELECT", "POST")),
    ("O202", "PUT", "/bucket/key?attributes", {}, method_not_allowed("PUT", "ATTRIBUTES", "GET")),
    ("O202", "DELETE", "/bucket/key?legal-hold", {}, method_not_allowed("DELETE", "LEGAL_HOLD", "GET, PUT")),
    ("O202", "POST", "/bucket/key?tagging", {}, method_not_allowed("POST", "OBJECT_TAGGING", "DELETE, GET, PUT")),
    ("O202", "PUT", "/bucket?delete", {}, method_not_allowed("PUT", "MULTI_OBJECT_DELETE", "POST")),
    ("O202", "PUT", "/bucket?location", {}, method_not_allowed("PUT", "LOCATION", "GET")),
    ("O300", "GET", "/bucket/key?acl&tagging", {}, conflict("acl", "tagging")),
    ("O300", "DELETE", "/bucket/key?uploadId=x&tagging", {}, conflict("tagging", "uploadId")),
    ("O300", "GET", "/bucket?versioning&acl", {}, conflict("acl", "versioning")),
    ("O300", "GET", "/nowhere?uploads&versioning", {}, conflict("uploads", "versioning")),
    ("O300", "DELETE", "/empty?cors&policy", {}, conflict("cors", "policy")),
    ("O300", "POST", "/bucket/key?uploads&uploadId=x", {}, conflict("uploadId", "uploads")),
    ("O300", "GET", "/bucket/key?partNumber=1&tagging", {}, conflict("partNumber", "tagging")),
    ("O301", "PUT", "/bucket/key?versionId=x", {}, no_version_id("x")),
    ("O301", "PUT", "/bucket/key?partNumber=1&uploadId=x&versionId=y", {}, no_version_id("y")),
    ("O301", "GET", "/bucket?versionId=null", {}, no_version_id("null")),
    ("O301", "DELETE", "/empty?versionId=x", {}, no_version_id("x")),
    ("O302", "GET", "/bucket/key?partNumber=1&uploadId=x", {}, method_not_allowed("GET", "PART", "PUT")),
    ("O302", "DELETE", "/bucket/key?partNumber=1&uploadId=x", {}, method_not_allowed("DELETE", "PART", "PUT")),
    ("O302", "PATCH", "/bucket/key", {}, method_not_allowed("PATCH", "OBJECT", "PUT, DELETE, GET, HEAD")),
    ("O302", "PATCH", "/empty", {}, method_not_allowed("PATCH", "BUCKET", "PUT, DELETE, HEAD, GET")),
    ("O302", "POST", "/bucket/key", {}, method_not_allowed("POST", "OBJECT", "PUT, DELETE, GET, HEAD")),
    ("O302", "HEAD", "/", {}, method_not_allowed("HEAD", "SERVICE", "GET")),
    ("O302", "DELETE", "/?acl", {}, method_not_allowed("DELETE", "SERVICE", "GET")),
    ("O302", "PROPFIND", "/bucket/key", {}, refused("BadRequest", 400, "An error occurred when parsing the HTTP request.")),
    ("O203", "GET", "/bucket/key?versions", {}, no_sub_resource("versions")),
    ("O303", "GET", "/bucket/key?uploads", {}, refused("InvalidRequest", 400, "Key is not expected for the GET method ?uploads subresource")),
    ("O303", "GET", "/bucket/key?logging", {}, no_sub_resource("logging", "NoLoggingStatusForKey")),
    ("O303", "DELETE", "/bucket/key?policy", {}, no_sub_resource("policy")),
    ("O303", "PUT", "/bucket/key?versioning", {}, no_sub_resource("versioning")),
    ("O303", "POST", "/bucket/key?delete", {}, no_sub_resource("delete")),
    ("O303", "PUT", "/bucket/key?location", {}, method_not_allowed("PUT", "LOCATION", "GET")),
    ("O304", "DELETE", "/empty?uploadId=x", {}, NO_KEY),
    ("O304", "POST", "/empty?uploadId=x", {}, NO_KEY),
    ("O304", "GET", "/empty?uploadId=x", {}, NO_KEY),
    ("O304", "PUT", "/empty?retention", {}, NO_KEY),
    ("O304", "DELETE", "/empty?restore", {}, method_not_allowed("DELETE", "RESTORE", "POST")),
    ("O304", "DELETE", "/empty?partNumber=1", {}, NO_PART_OF_A_BUCKET),
    ("O304", "GET", "/empty?partNumber=abc", {}, NO_PART_OF_A_BUCKET),
    ("model: id is required", "PUT", "/bucket?inventory", {}, refused("InvalidArgument")),
    ("model: id is required", "DELETE", "/bucket?metrics", {}, refused("InvalidArgument")),
    *ANNOTATION_ROWS,
    ("model: select-type is 2", "POST", "/bucket/key?select&select-type=1", {}, refused("InvalidArgument")),
    ("O204", "GET", "/bucket/key?response-foo=x", {}, not_overridable("response-foo")),
    ("O204", "HEAD", "/bucket/key?response-foo=x", {}, not_overridable("response-foo")),
    ("O204", "GET", "/bucket/key?response-etag=x&response-content-type=a", {}, not_overridable("response-etag")),
    ("O205", "GET", "/bucket/key", COPY, no_copy_source()),
    ("O205", "HEAD", "/bucket/key", COPY, no_copy_source()),
    ("O205", "DELETE", "/bucket/key", COPY, no_copy_source()),
    ("O206", "GET", "/bucket/../key", {}, refused(None)),
    ("O206", "PUT", "/bucket/a/../../key", {}, refused(None)),
    ("O206", "DELETE", "/bucket/%2e%2e/key", {}, refused(None)),
    ("O206", "POST", "/bucket/a/../../key?uploads", {}, refused(None)),
    ("O206", "PUT", "/bucket/..", {}, refused(None)),
    ("O213", "GET", "/bucket/key", AES256, refused("InvalidArgument", 400, "x-amz-server-side-encryption header is not supported for this operation.", ArgumentName="x-amz-server-side-encryption", ArgumentValue="AES256")),
    ("O213", "HEAD", "/bucket/key", AES256, refused("InvalidArgument")),
    ("O213", "PUT", "/bucket/key?partNumber=1&uploadId=x", AES256, refused("InvalidArgument", 400, "x-amz-server-side-encryption header is not supported for this operation.", ArgumentName="x-amz-server-side-encryption", ArgumentValue="AES256")),
    ("O268", "GET", "/nowhere?website", {}, refused("NoSuchBucket", 404, BucketName="nowhere")),
    ("O268", "GET", "/bucket?website", {}, refused("NoSuchWebsiteConfiguration", 404, BucketName="bucket")),
    ("O223", "GET", "/bucket/key", {"x-amz-expected-bucket-owner": "0000"}, refused("InvalidBucketOwnerAWSAccountID", 400, "The value of the expected bucket owner parameter must be an AWS Account ID... [0000]")),
    ("O223", "PUT", "/bucket/key", {**COPY, "x-amz-source-expected-bucket-owner": "1" * 13}, refused("InvalidBucketOwnerAWSAccountID", 400, f"The value of the expected bucket owner parameter must be an AWS Account ID... [{'1' * 13}]")),
    ("O223", "DELETE", "/empty", {"x-amz-expected-bucket-owner": "\u0661" * 12}, refused("InvalidBucketOwnerAWSAccountID")),
]  # fmt: skip


def row_id(row):
    return f"{row[0]}: {row[1]} {row[2]}"


UNROUTED = [
    ("DELETE", "/bucket/key?acl", "REST.DELETE.ACL"),
    ("PUT", "/bucket/key?uploadId=x", "REST.PUT.UPLOAD"),
    ("PUT", "/bucket/key?partNumber=1", "REST.PUT.OBJECT"),
    ("GET", "/bucket?acl&tagging", "REST.GET.BUCKET"),
    ("PATCH", "/bucket/key", "REST.PATCH.OBJECT"),
]


@pytest.mark.parametrize(("method", "path", "name"), UNROUTED)
def test_a_request_that_means_no_operation_is_recorded(sender, method, path, name):
    """It has the name of S3's server access log."""
    sender.send(method, path)
    call = sender.fake.calls[-1]
    assert (call.operation, call.error.status // 100) == (name, 4)
    assert name in str(call)


@pytest.mark.parametrize(("method", "path", "name"), UNROUTED)
def test_its_signature_is_checked_first(method, path, name):
    """O158"""
    fake = FakeS3(buckets=["bucket"])
    url = fake.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "other"})
    query = url.partition("?")[2]
    url = f"https://s3.amazonaws.com{path}{'&' if '?' in path else '?'}{query}"
    answer = fake.handle(Request(method, url, {}))
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body.read()
    assert fake.calls[-1].operation == name


@pytest.mark.parametrize(("fact", "method", "path", "headers", "refusal"), ROWS, ids=map(row_id, ROWS))
def test_refused(sender, fact, method, path, headers, refusal):
    code, status, message, allow, fields = refusal
    before = state(sender.fake)
    answer = sender.send(method, path, headers)
    assert answer.status == status
    assert answer.headers.get("allow") == allow
    assert state(sender.fake) == before
    call = sender.fake.calls[-1]
    assert (call.error.status, call.params.get("Bucket", "bucket")) == (
        status,
        path.split("?")[0].split("/")[1] or "bucket",
    )
    if method == "HEAD" or code is None:
        assert answer.body == b""
        return
    error = answer.error
    assert error.pop("Code") == code
    text = error.pop("Message")
    if message is not None:
        assert (text, error) == (message, fields)


HARMLESS = [
    ("GET", "/bucket/key?x-id=GetObject", b"body"),
    ("GET", "/bucket/key?requestedBy=me&prefix=a&list-type=2&Acl", b"body"),
    ("GET", "/bucket/key?partNumber=1", b"body"),
    ("GET", "/bucket/key?versionId=null", b"body"),
    ("GET", "/bucket/key?response-content-type=a", b"body"),
    ("GET", "/bucket?foo=bar&x-id=ListObjects", b"<ListBucketResult"),
    ("GET", "/bucket?versioning=1", b"<VersioningConfiguration"),
    ("GET", "/?acl", b"<ListAllMyBucketsResult"),
    ("POST", "/bucket/a/../b?uploads&x-id=CreateMultipartUpload", b"<InitiateMultipartUploadResult"),
    ("PUT", "/bucket/a/../b", b""),
    ("PUT", "/bucket/./a", b""),
    ("PUT", "/bucket//", b""),
    ("PUT", "/bucket/...", b""),
    ("PUT", "/bucket/http://example.com/a", b""),
    ("DELETE", "/bucket/key?x-id=DeleteObject", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), HARMLESS)
def test_accepted(sender, method, path, body):
    """O155, O302, O206: unknown parameters, and those of other resources, are ignored."""
    answer = sender.send(method, path)
    assert answer.status in (200, 204, 206)
    assert body in answer.body


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_every_sub_resource_with_every_method(depth, method):
    """O202: the operation of the model, or a refusal; nothing else."""
    fake = FakeS3(buckets=["bucket"], open_uploads="ignore")
    fake.put("bucket", "key", b"body")
    before = state(fake)
    with SENDERS["requests"](fake) as sender:
        for _, selector in resources():
            if not selector or method in getattr(resources().get((depth, selector)), "routes", ()):
                continue
            query = selector.replace("&", "=1&") + "=x"
            answer = sender.send(method, f"/bucket{'/key' if depth == 2 else ''}?{query}")
            assert answer.status in ((404, 405, 400) if method in ("GET", "HEAD") else (405, 400)), query
            assert state(fake) == before, query


def test_the_table_has_every_operation():
    routed = {
        route.operation for resource in resources().values() for routes in resource.routes.values() for route in routes
    }
    apart = {"WriteGetObjectResponse", *SHADOWED_OPERATIONS}
    assert routed == set(service_model().operation_names) - apart
    for resource in resources().values():
        for method, routes in resource.routes.items():
            assert {operation_model(route.operation).http["method"] for route in routes} == {method}
