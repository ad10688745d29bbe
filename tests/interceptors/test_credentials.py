"""Secrets that are known from the process (O271), and the dummies that clients do not keep."""

import gc
import logging
import re

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from fakes3mp import FakeS3
from fakes3mp.interceptors.environment import DUMMY_ENVIRONMENT
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY
from fakes3mp.service.learned_secrets import LEARNED_SECRETS

K = {"Bucket": "media", "Key": "k"}
KEYS = {"aws_access_key_id": "USERSKEY", "aws_secret_access_key": "users-secret"}
RIGHT, WRONG = "users-secret", "another-secret"


def create_fake(**options):
    fake = FakeS3(buckets=["media"], open_uploads="ignore", **options)
    fake.put("media", "k", b"hello")
    return fake


def client(**options):
    return boto3.client("s3", region_name="us-east-1", **options)


def signed_elsewhere(kind, version, secret, access_key="USERSKEY"):
    """A URL or form signed by a process that is not this one: nothing of its signer is learned. Returns a function that
    sends it."""
    from botocore.auth import HmacV1PostAuth, HmacV1QueryAuth, S3SigV4PostAuth, S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    credentials = Credentials(access_key, secret)
    if kind == "URL":
        request = AWSRequest("GET", "https://media.s3.amazonaws.com/k")
        request.auth_path = "/media/k"
        signer = S3SigV4QueryAuth(credentials, "s3", "us-east-1") if version == "s3v4" else HmacV1QueryAuth(credentials)
        signer.add_auth(request)
        url = request.prepare().url
        return lambda: requests.get(url)
    request = AWSRequest("POST", "https://media.s3.amazonaws.com/")
    policy = {"expiration": "2099-01-01T00:00:00Z", "conditions": [{"bucket": "media"}, {"key": "posted"}]}
    request.context.update({"s3-presign-post-fields": {"key": "posted"}, "s3-presign-post-policy": policy})
    signer = S3SigV4PostAuth(credentials, "s3", "us-east-1") if version == "s3v4" else HmacV1PostAuth(credentials)
    signer.add_auth(request)
    fields = request.context["s3-presign-post-fields"]
    return lambda: requests.post("https://media.s3.amazonaws.com/", data=fields, files={"file": b"x"})


def presign_post(s3):
    s3.generate_presigned_post("media", "k")


WAYS = {
    "a call": lambda s3: s3.list_buckets(),
    "a call over HTTP": lambda s3: s3.get_object(**K, Range="bytes=0-0"),
    "a presigned URL": lambda s3: s3.generate_presigned_url("get_object", Params=K),
    "a presigned form": presign_post,
}


@pytest.mark.parametrize("kind", ["URL", "form"])
@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("when", ["before the fake", "inside the fake"])
@pytest.mark.parametrize("way", WAYS)
def test_the_secret_of_a_client_is_known(kind, version, when, way):
    """O271"""
    s3 = client(**KEYS) if when == "before the fake" else None
    right, forged = (signed_elsewhere(kind, version, secret) for secret in (RIGHT, WRONG))
    with create_fake():
        assert forged().status_code in (200, 204)  # no client has signed yet
        s3 = s3 or client(**KEYS)
        WAYS[way](s3)
        assert right().status_code in (200, 204)
        answer = forged()
        assert answer.status_code == 403
        assert b"<Code>SignatureDoesNotMatch</Code>" in answer.content
    with create_fake():
        assert forged().status_code in (200, 204)  # forgotten


@pytest.mark.parametrize("kind", ["URL", "form"])
def test_the_secret_of_the_environment_is_known(kind, monkeypatch):
    """O271"""
    with create_fake():
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "USERSKEY")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", RIGHT)
        assert signed_elsewhere(kind, "s3v4", RIGHT)().status_code in (200, 204)
        assert signed_elsewhere(kind, "s3v4", WRONG)().status_code == 403


def test_the_secret_of_a_profile_is_known(tmp_path, monkeypatch):
    """O271: as the client that was made before the fake has resolved it; no file is read for it."""
    file = tmp_path / "credentials"
    file.write_text(f"[default]\naws_access_key_id = USERSKEY\naws_secret_access_key = {RIGHT}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    s3 = boto3.Session().client("s3", region_name="us-east-1")
    file.unlink()
    with create_fake():
        assert signed_elsewhere("URL", "s3v4", WRONG)().status_code == 200
        s3.list_buckets()
        assert signed_elsewhere("URL", "s3v4", WRONG)().status_code == 403


def test_credentials_that_are_refreshed(monkeypatch):
    """A provider of the user's is called as often as without the fake, and each of its secrets is known."""
    from botocore.credentials import RefreshableCredentials

    calls = []

    def refresh():
        calls.append(1)
        return {"access_key": "USERSKEY", "secret_key": RIGHT, "token": "t", "expiry_time": "2099-01-01T00:00:00Z"}

    session = Session()
    session._credentials = RefreshableCredentials.create_from_metadata(refresh(), refresh, "test")
    with create_fake():
        boto3.Session(botocore_session=session).client("s3", region_name="us-east-1").list_buckets()
        assert calls == [1]
        assert signed_elsewhere("URL", "s3v4", WRONG)().status_code == 403


def test_several_secrets_of_one_key():
    """A signature is refused only where none of them gives it."""
    with create_fake():
        for secret in (RIGHT, "second"):
            client(aws_access_key_id="USERSKEY", aws_secret_access_key=secret).list_buckets()
        for secret, status in ((RIGHT, 200), ("second", 200), (WRONG, 403)):
            assert signed_elsewhere("URL", "s3v4", secret)().status_code == status


def test_a_secret_that_was_added_counts_alone():
    with create_fake() as fake:
        client(**KEYS).list_buckets()
        fake.credentials.add("USERSKEY", WRONG, account_id=fake.account_id)
        assert signed_elsewhere("URL", "s3v4", WRONG)().status_code == 200
        assert signed_elsewhere("URL", "s3v4", RIGHT)().status_code == 403


MADE_UP = "AWS4-HMAC-SHA256 Credential=USERSKEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(("options", "status"), [({}, 200), ({"check_signatures": "required"}, 403)])
def test_made_up_headers_are_believed_unless_signatures_are_required(options, status):
    """O271"""
    with create_fake(**options):
        client(**KEYS).list_buckets()
        headers = {"Authorization": MADE_UP, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        answer = requests.get("https://media.s3.amazonaws.com/k", headers=headers)
        assert answer.status_code == status
        assert (b"SignatureDoesNotMatch" in answer.content) == (status == 403)


def test_learned_secrets_count_where_signatures_are_required():
    with create_fake(check_signatures="required"):
        client(**KEYS).list_buckets()
        assert signed_elsewhere("URL", "s3v4", RIGHT)().status_code == 200
        assert signed_elsewhere("URL", "s3v4", WRONG)().status_code == 403
        unknown = signed_elsewhere("URL", "s3v4", WRONG, access_key="UNKNOWN")()
        assert b"InvalidAccessKeyId" in unknown.content


def test_secrets_are_not_shown_and_not_kept(caplog):
    caplog.set_level(logging.DEBUG)
    with create_fake() as fake:
        secret = "never-shown-" + "secret"
        s3 = client(aws_access_key_id="USERSKEY", aws_secret_access_key=secret)
        s3.list_buckets()
        forged = signed_elsewhere("URL", "s3v4", WRONG)()
        caplog.clear()
        s3.list_buckets()
        shown = [repr(LEARNED_SECRETS), repr(fake), repr(fake.credentials), repr(fake.calls), str(list(fake.calls))]
        shown += [forged.text, caplog.text]
        assert not any(secret in text for text in shown)
        assert repr(LEARNED_SECRETS) == "<LearnedSecrets of 1 access keys>"
    del s3, forged
    gc.collect()
    assert LEARNED_SECRETS.secrets_of("USERSKEY") == ()
    assert LEARNED_SECRETS._secrets == {}


# Dummies


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    """An environment without credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert DUMMY_ENVIRONMENT._variables == {}


def signed_with(s3):
    """The access key that a client signs with."""
    url = s3.generate_presigned_url("get_object", Params=K)
    return re.search(r"(?:Credential|AWSAccessKeyId)=(\w+)", url)[1]


@pytest.mark.parametrize("make", [client, lambda: boto3.Session().client("s3", region_name="us-east-1")])
def test_a_client_made_inside_a_fake_keeps_no_dummies(no_credentials, monkeypatch, make):
    with create_fake():
        s3 = make()
        assert signed_with(s3) == ACCESS_KEY
        assert s3.get_object(**K)["Body"].read() == b"hello"
    with pytest.raises(NoCredentialsError):
        signed_with(s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    assert signed_with(s3) == "REALKEY"
    with create_fake():
        assert signed_with(s3) == ACCESS_KEY
        assert s3.get_object(**K)["Body"].read() == b"hello"
    assert signed_with(s3) == "REALKEY"


def test_a_session_used_inside_a_fake_keeps_no_dummies(no_credentials, monkeypatch):
    session = boto3.Session(region_name="us-east-1")
    with create_fake():
        assert session.get_credentials().access_key == ACCESS_KEY
        assert session.get_credentials().get_frozen_credentials().secret_key == SECRET_KEY
    assert session.get_credentials() is None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    assert session.get_credentials().access_key == "REALKEY"


def test_a_client_with_keys_of_its_own_keeps_them(no_credentials):
    with create_fake():
        s3 = client(**KEYS)
        assert signed_with(s3) == "USERSKEY"
    assert signed_with(s3) == "USERSKEY"


def test_dummies_are_answered_without_http(no_credentials):
    """The short way of boto3's calls is for them too."""
    with create_fake() as fake:
        s3 = client(config=Config(retries={"total_max_attempts": 1}))
        s3.list_buckets()
        assert fake.calls[-1].operation == "ListBuckets"
        before = LEARNED_SECRETS._secrets.copy()
        s3.list_buckets()
        assert before == {}  # nothing was signed
