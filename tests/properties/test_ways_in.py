"""The three interceptors of boto3's calls give the same responses and records of random calls.

The same steps run on three fakes with the same seed and a clock that does not move: calls are answered at
``_make_api_call``, at ``before-call`` (where a listener keeps them from the first), and at ``before-send`` (``wire="http"``).
Responses are compared with their ResponseMetadata, exceptions with their type, text and response, and recorded calls field
by field. Some calls are such that botocore refuses them itself.
"""

import io
import re
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, closing, nullcontext
from datetime import datetime, timedelta, timezone
from functools import cache
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3, S3Error
from fakes3mp.operations import directory_buckets
from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import operation_model

NOW = datetime(2026, 3, 1, 12, 0, 30, 123456, tzinfo=timezone.utc)
OPERATIONS = sorted(name for name in registry() if "." not in name)
RULE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "d"}, "Expiration": {"Days": 3}}


# Values: some by a parameter's name, the others by its shape

KEYS = st.sampled_from([*["a"] * 8, *["dir/b"] * 4, "dir/c ü", "odd+ &%41//x", "archived", "none"])
TEXTS = st.one_of(
    st.sampled_from(["x", "text", "a-b"]),
    st.sampled_from(["text/plain", "a b", "0"]),
    st.sampled_from(["", "x", "two words", "ü", "a,b", "=?UTF-8?Q?x?=", "a&<b>", " padded ", "tab\there"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=6),
)
DATES = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.just(NOW - timedelta(seconds=30)),
    st.sampled_from(["2026-02-01T00:00:00Z", "Sun, 01 Mar 2026 00:00:00 GMT", 1_770_000_000]),
)
BYTES = st.sampled_from([b"", b"x", b"hello world", b"abcde" * 7])
BODIES = st.tuples(
    st.sampled_from(["bytes", "bytes", "bytes", "bytearray", "BytesIO", "half-read", "file", "text", "unseekable"]),
    BYTES,
)
VALUES_BY_NAME = {
    "Bucket": st.sampled_from(
        ["media"] * 24
        + ["versioned"] * 12
        + ["missing"] * 4
        + ["", "not valid", "under_score", "a.dot", "arn:aws:s3", "s3"]
    ),
    "Key": KEYS,
    "UploadId": st.sampled_from(["<upload>"] * 5 + ["<versioned upload>", "nonsense"]),
    "VersionId": st.sampled_from(["<version>", "null", "nonsense"]),
    "CopySource": st.sampled_from(
        [
            *("media/a", "versioned/a?versionId=<version>", {"Bucket": "media", "Key": "dir/b"}, "none/x"),
            *("media/archived", "https://s3.amazonaws.com/media/a", "media/odd+key"),
        ]
    ),
    "PartNumber": st.integers(-1, 4),
    "OptionalObjectAttributes": st.just(["RestoreStatus"]),
    "Range": st.sampled_from(["bytes=0-2", "bytes=3-", "bytes=-2", "bytes=99-", "junk"]),
    "CopySourceRange": st.sampled_from(["bytes=0-2", "bytes=0-99", "junk"]),
    "IfMatch": st.sampled_from(["<etag>", "*", '"0"']),
    "IfNoneMatch": st.sampled_from(["<etag>", "*", '"0"']),
    "ETag": st.sampled_from(["<part etag>"] * 3 + ['"0"']),
    "Parts": st.lists(
        st.fixed_dictionaries({"PartNumber": st.sampled_from([1, 1, 1, 0, 2]), "ETag": st.just("<part etag>")}),
        max_size=2,
    ),
    "ContinuationToken": st.sampled_from(["<token>", "nonsense", ""]),
    "EncodingType": st.sampled_from(["url", "nonsense", ""]),
    "PartNumberMarker": st.sampled_from([-2, 0, 1, 2**31]),
    "MpuObjectSize": st.sampled_from([-1, 3, 5]),
    "VersionIdMarker": st.sampled_from(["<version>", "null", "nonsense"]),
    "Policy": st.sampled_from(
        ['{"Statement": []}', "{", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}']
    ),
    "Metadata": st.dictionaries(st.sampled_from(["a", "B-c", "x_y"]), TEXTS, max_size=2),
    "Tagging": st.sampled_from(["a=b", "a=b&a=c", "", {"TagSet": [{"Key": "k", "Value": "v ü"}]}]),
    "ContentMD5": st.sampled_from(["XrY7u+Ae7tCTyyK7j1rNww==", "1B2M2Y8AsgTpgAmY7PhCfg==", "nonsense"]),
    "ContentLength": st.integers(0, 12),
    "ExpectedBucketOwner": st.sampled_from(["123456789012"] * 3 + ["210987654321"]),
    "SSECustomerKey": st.sampled_from(["k" * 32, "short"]),
    "SSECustomerAlgorithm": st.just("AES256"),
    "StorageClass": st.sampled_from(["STANDARD", "GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING", "nonsense"]),
    "Days": st.integers(-1, 3),
    "MaxKeys": st.sampled_from([-1, 0, 1, 2, 3, 2**31]),
    "MaxUploads": st.sampled_from([-1, 0, 1, 2, 2**31]),
    "MaxParts": st.sampled_from([-1, 0, 1, 2, 2**31]),
    "Delimiter": st.sampled_from(["/", "i", ""]),
    "Prefix": st.sampled_from(["d", "dir/", "", "ü"]),
    "LifecycleConfiguration": st.sampled_from(
        [{"Rules": [RULE]}, {"Rules": []}, {"Rules": [{**RULE, "Status": "nonsense"}]}]
    ),
    "ObjectAttributes": st.lists(
        st.sampled_from(["ETag", "ObjectParts", "ObjectSize", "Checksum"]), min_size=1, max_size=3
    ),
    "ChecksumCRC32": st.sampled_from(["DUoRhQ==", "AAAAAA==", "nonsense"]),
}


@cache
def values(shape, name=""):
    """Values of a shape."""
    if name in VALUES_BY_NAME and not (name == "Tagging" and shape.type_name == "structure"):
        return VALUES_BY_NAME[name].filter(
            lambda value: shape.type_name != "string" or not isinstance(value, dict) or name == "CopySource"
        )
    if name == "Body":
        return BODIES
    strategies = {
        "structure": members,
        "list": lambda shape: st.lists(values(shape.member), max_size=2),
        "map": lambda shape: st.dictionaries(TEXTS, TEXTS, max_size=2),
        "string": lambda shape: st.sampled_from([*shape.enum[:4], "nonsense"]) if shape.enum else TEXTS,
        "timestamp": lambda shape: DATES,
        "boolean": lambda shape: st.booleans(),
        "integer": lambda shape: st.integers(-1, 40),
        "long": lambda shape: st.integers(-1, 2**33),
    }
    return strategies.get(shape.type_name, lambda shape: st.just(b"blob"))(shape)


@cache
def members(shape):
    """Structures with all required members, and some of the others."""
    required = {name: values(shape.members[name], name) for name in shape.required_members}
    optional_names = [name for name in shape.members if name not in required]
    some = st.lists(st.sampled_from(optional_names), max_size=3, unique=True) if optional_names else st.just([])
    names = st.one_of(st.just([]), some)
    return names.flatmap(
        lambda names: st.fixed_dictionaries({**required, **{name: values(shape.members[name], name) for name in names}})
    )


WRONG_VALUES = st.sampled_from([None, 7, -1, True, "", b"bytes", [], {}, ["x"], {"x": "y"}, 1.5, NOW, "ü", " x"])


def mistakes(params, shape):
    """The same parameters with one mistake: a value of any type, an unknown name or a missing parameter."""
    names = st.sampled_from([*shape.members, "Unknown"])
    wrong = st.tuples(names, WRONG_VALUES).map(lambda item: {**params, item[0]: item[1]})
    missing = st.sampled_from([*params, ""]).map(lambda name: {key: params[key] for key in params if key != name})
    return st.one_of(wrong, missing)


@cache
def calls(operation):
    """Calls of one operation, with any parameters; some with a mistake."""
    shape = operation_model(operation).input_shape
    if shape is None:
        return st.tuples(st.just(operation), st.just({}))
    right = members(shape)
    wrong = right.flatmap(lambda params: mistakes(params, shape))
    params = st.integers(0, 7).flatmap(lambda number: wrong if number == 7 else right)
    return st.tuples(st.just(operation), params)


COMMON_OPERATIONS = (
    *("PutObject", "GetObject", "HeadObject", "DeleteObject", "DeleteObjects", "CopyObject", "ListObjectsV2"),
    *("CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPartCopy", "ListParts", "CompleteMultipartUpload"),
    *("ListMultipartUploads", "ListObjectVersions", "ListObjects", "PutBucketVersioning", "GetObjectAttributes"),
)


# Running calls


class Unseekable(io.RawIOBase):
    """A body that cannot be rewound."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def read(self, amount=-1):
        return self._data.read(amount)

    def seekable(self):
        return False


def body_of(kind, data):
    """A body of one of the kinds that boto3 takes."""
    if kind == "file":
        file = tempfile.TemporaryFile()  # noqa: SIM115  # the client reads it; it is closed by the run
        file.write(data)
        file.seek(0)
        return file
    if kind == "half-read":
        stream = io.BytesIO(b"junk" + data)
        stream.seek(4)
        return stream
    types = {"bytes": bytes, "bytearray": bytearray, "BytesIO": io.BytesIO, "unseekable": Unseekable}
    return data.decode() if kind == "text" else types[kind](data)


VARYING_FIELDS = ("began", "duration", "invocation_id", "waited")  # different in every run; the backoff is random


def comparable(value):
    """A field of a recorded call as a value that can be compared."""
    if isinstance(value, Mapping):
        return {name: member for name, member in value.items() if name != "ClientToken"}  # which botocore makes up
    return value.code if isinstance(value, S3Error) else value


class HashableDict(dict):
    """A dictionary for cached calls; it must not be changed."""

    def __hash__(self):
        return hash(repr(self))


@cache
def client_with(options):
    """A client with these options, some of ``boto3.client``, the others of ``Config``."""
    client_options = {name: value for name, value in options if name in ("endpoint_url", "region_name")}
    config_options = {name: value for name, value in options if name not in client_options}
    config = Config(retries={"mode": "legacy"}, **config_options)  # the other modes' quota would last from run to run
    defaults = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}
    return boto3.client("s3", config=config, **{**defaults, **client_options})


WAYS = ("make-api-call", "before-call", "before-send")


def listen(**kwargs):
    """A listener that does nothing: calls of its client are not answered before it."""


class Run:
    """One run of some steps, on a new fake with some objects and uploads.

    Parameters may hold placeholders, such as ``<etag>``, for values that are known only when the step runs.
    """

    make_client = staticmethod(client_with)
    service_error = ClientError
    other_errors = (BotoCoreError, ValueError, TypeError, OSError, LookupError, AttributeError)
    ways = WAYS

    def __init__(self, way, **config):
        wire = "http" if way == "before-send" else "auto"
        self.way = way
        self.fake = FakeS3(
            buckets=["media", "versioned"], min_part_size=1, seed=4, clock=lambda: NOW, wire=wire, open_uploads="ignore"
        )
        # A client of another region is not cached: it remembers the regions of buckets.
        make_client = self.make_client
        if "region_name" in config:
            make_client = getattr(make_client, "__wrapped__", make_client)
        self.client = make_client(tuple(config.items()))
        self.methods = {operation: method for method, operation in self.client.meta.method_to_api_mapping.items()}
        self.placeholders, self.bodies = {}, ExitStack()

    def perform(self, steps):
        """The outcomes and the recorded calls of some steps."""
        with self.fake, self.bodies, mock.patch.object(directory_buckets, "_session_end", lambda now: now):
            if self.way == "before-call":
                self.client.meta.events.register("provide-client-params.s3", listen)
                self.bodies.callback(self.client.meta.events.unregister, "provide-client-params.s3", listen)
            self._put_objects_and_uploads()
            outcomes = [self._outcome(operation, params) for operation, params in steps]
        recorded = [
            {name: comparable(getattr(call, name)) for name in call.__struct_fields__ if name not in VARYING_FIELDS}
            for call in self.fake.calls
        ]
        return outcomes, recorded

    def _put_objects_and_uploads(self):
        put, client = self.fake.put, self.client
        client.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        for key in ("a", "dir/b", "dir/c ü"):
            self.placeholders["<etag>"] = put("media", key, key.encode(), Metadata={"note": "ü"}).etag
        put("media", "archived", b"cold", StorageClass="GLACIER")
        self.placeholders["<version>"] = client.put_object(Bucket="versioned", Key="a", Body=b"v1")["VersionId"]
        upload = client.create_multipart_upload(Bucket="media", Key="a")
        versioned_upload = client.create_multipart_upload(Bucket="versioned", Key="a")
        self.placeholders["<upload>"] = upload["UploadId"]
        self.placeholders["<versioned upload>"] = versioned_upload["UploadId"]
        upload_params = {"Bucket": "media", "Key": "a", "UploadId": upload["UploadId"]}
        self.placeholders["<part etag>"] = client.upload_part(PartNumber=1, Body=b"one", **upload_params)["ETag"]
        self.placeholders["<token>"] = client.list_objects_v2(Bucket="media", MaxKeys=1)["NextContinuationToken"]

    def _resolve(self, value, name=""):
        """A value with placeholders replaced, and a body opened."""
        if name == "Body" and isinstance(value, tuple):
            body = body_of(*value)
            self.bodies.enter_context(closing(body) if hasattr(body, "close") else nullcontext())
            return body
        if isinstance(value, dict):
            return {member_name: self._resolve(member, member_name) for member_name, member in value.items()}
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, str):
            for placeholder, text in self.placeholders.items():
                value = value.replace(placeholder, text)
        return value

    def _outcome(self, operation, params):
        try:
            response = getattr(self.client, self.methods[operation])(**self._resolve(params))
        except self.service_error as error:
            return type(error), str(error), error.operation_name, repr(error.response)
        except self.other_errors as error:
            return type(error), re.sub("0x[0-9a-f]+", "", str(error))
        for name, value in response.items():
            if hasattr(value, "read"):
                response[name] = self.read_body(value)
        return list(response), repr(response)

    def read_body(self, body):
        """The type and the bytes of a response's body."""
        return type(body), body.read()


def check(steps, run=Run, **config):
    """That all interceptors give the same outcomes and records of these steps."""
    (outcomes, records), *others = [run(way, **config).perform(steps) for way in run.ways]
    for way, (other_outcomes, other_records) in zip(run.ways[1:], others, strict=True):
        for step, outcome, other_outcome in zip(steps, outcomes, other_outcomes, strict=True):
            assert outcome == other_outcome, (way, step)
        for record, other_record in zip(records, other_records, strict=True):
            assert record == other_record, way


def examples(count):
    return settings(deadline=None, max_examples=count, suppress_health_check=list(HealthCheck))


CLIENTS = {
    "plain": {},
    "path style": {"s3": HashableDict({"addressing_style": "path"})},
    "fewer checksums": {
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    },
    "over http": {"endpoint_url": "http://localhost:9"},
    "elsewhere": {"region_name": "eu-west-1"},
    "dualstack": {"s3": HashableDict({"use_dualstack_endpoint": True})},
    "accelerated": {"s3": HashableDict({"use_accelerate_endpoint": True})},
    "in a path": {"endpoint_url": "http://localhost:9/below/s3"},
    "signature version 2": {"signature_version": "s3"},
    "not validated": {"parameter_validation": False},
}


@pytest.mark.parametrize("client", CLIENTS)
def test_sequences(client):
    @examples(100)
    @given(st.lists(st.sampled_from(COMMON_OPERATIONS).flatmap(calls), min_size=1, max_size=8))
    def run(steps):
        check(steps, **CLIENTS[client])

    run()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation(operation):
    @examples(20)
    @given(st.lists(calls(operation), min_size=1, max_size=3))
    def run(steps):
        check(steps)

    run()
