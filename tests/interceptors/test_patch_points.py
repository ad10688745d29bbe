"""botocore's undocumented patch points that we rely on: a test fails here, by name, when botocore moves one."""

import inspect

import boto3
import pytest
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.signers import RequestSigner

from fakes3mp import FakeS3


def client():
    return boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def test_every_call_passes_endpoint_make_request():
    assert list(inspect.signature(Endpoint.make_request).parameters) == ["self", "operation_model", "request_dict"]
    assert "_endpoint.make_request" in inspect.getsource(type(client()).__mro__[1]._make_request)


def test_an_endpoint_knows_its_host_and_emitter():
    endpoint = client()._endpoint
    assert endpoint.host == "https://s3.amazonaws.com"
    assert hasattr(endpoint._event_emitter, "register_first")


def test_the_first_answer_of_before_send_is_taken():
    source = inspect.getsource(Endpoint._do_get_response)
    assert 'event_name = f"before-send.{service_id}.{operation_model.name}"' in source
    assert "first_non_none_response(responses)" in source


def test_signing_asks_for_an_auth_instance_with_keywords():
    signer = client()._request_signer
    assert signer._credentials is not None
    assert str(signer._service_id) == "S3"
    assert "request_credentials" in inspect.signature(RequestSigner.get_auth_instance).parameters
    assert "self.get_auth_instance(**kwargs)" in inspect.getsource(RequestSigner.sign)


def test_a_framed_body_has_our_trailers():
    """The shortcut past aws-chunked gives what the framing itself would have given."""
    import io

    from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum

    from fakes3mp.interceptors.botocore import _trailers, without_framing
    from fakes3mp.wire.aws_chunked import unwrap

    for data in (b"", b"x" * 3_000_000):
        for options in ({}, {"checksum_cls": Crc32Checksum, "checksum_name": "x-amz-checksum-crc32"}):
            wrapper = AwsChunkedWrapper(io.BytesIO(data), **options)
            assert without_framing(wrapper).read() == data
            if options:
                assert unwrap(AwsChunkedWrapper(io.BytesIO(data), **options).read()) == (data, _trailers(wrapper, data))
            else:
                assert _trailers(wrapper, data) == {}


def test_retries_wait_by_sleeping_in_the_endpoint():
    import botocore.endpoint

    assert "time.sleep(handler_response)" in inspect.getsource(Endpoint._needs_retry)
    assert botocore.endpoint.time.__name__ == "time"


def test_adaptive_retries_wait_for_tokens():
    from botocore.retries.adaptive import ClientRateLimiter
    from botocore.retries.bucket import Clock, TokenBucket

    assert "self._token_bucket.acquire()" in inspect.getsource(ClientRateLimiter.on_sending_request)
    assert list(inspect.signature(TokenBucket.acquire).parameters) == ["self", "amount", "block"]
    bucket = TokenBucket(max_rate=1, clock=Clock())
    with bucket._lock:
        bucket._refill()
        assert bucket._sleep_amount(1) > 0


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_call_knows_its_clients_retries(mode):
    """In legacy mode the first attempt's label does not say how many there will be (F110); the client's config does."""
    attempts = []

    def note(model, params, request_signer, context, **kwargs):
        attempts.append(context["client_config"].retries["total_max_attempts"])

    with FakeS3():
        s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 7, "mode": mode}))
        s3.meta.events.register("before-call.s3", note)
        s3.list_buckets()
    assert attempts == [7]


def test_requests_gets_a_connection_and_sends_with_it():
    from requests.adapters import HTTPAdapter

    source = inspect.getsource(HTTPAdapter.send)
    assert "conn = self.get_connection_with_tls_context(" in source or "conn = self.get_connection(" in source
    assert "resp = conn.urlopen(" in source


def test_a_streaming_body_reaches_for_its_socket():
    """``set_socket_timeout`` has no effect, as nothing is waited for; it refuses what a socket refuses."""
    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"hello")
        for options in ({}, {"config": Config(signature_version="s3")}):
            body = boto3.client("s3", **options).get_object(Bucket="media", Key="k")["Body"]
            for seconds in (1, 0.5, None):
                body.set_socket_timeout(seconds)
            with pytest.raises(ValueError, match="out of range"):
                body.set_socket_timeout(-1)
            assert body.read() == b"hello"


def test_boto3_asks_whether_to_use_the_crt():
    import boto3.s3.transfer as transfer

    assert "if _should_use_crt(config):" in inspect.getsource(transfer.create_transfer_manager)
    assert list(inspect.signature(transfer._should_use_crt).parameters) == ["config"]


def test_crt_transfers_take_the_classic_path(monkeypatch):
    import io

    import boto3.s3.transfer as transfer

    monkeypatch.setattr(transfer, "_should_use_crt", lambda config: True)
    monkeypatch.setattr(transfer, "create_crt_transfer_manager", lambda *args: 1 / 0, raising=False)
    before = transfer._should_use_crt
    with FakeS3(buckets=["media"]) as fake:
        boto3.client("s3", region_name="us-east-1").upload_fileobj(io.BytesIO(b"x"), "media", "k")
        assert fake.object("media", "k").body == b"x"
    assert transfer._should_use_crt is before


def test_every_call_passes_make_api_call_and_asks_before_call():
    from botocore.client import BaseClient

    source = inspect.getsource(BaseClient._make_api_call)
    assert list(inspect.signature(BaseClient._make_api_call).parameters) == ["self", "operation_name", "api_params"]
    assert "http, parsed_response = event_response" in source
    assert "self._make_api_call(operation_name, kwargs)" in inspect.getsource(inspect.getmodule(BaseClient))


def test_an_emitter_has_its_handlers_and_a_new_cache_after_a_change():
    emitter = client().meta.events._emitter
    before = emitter._lookup_cache

    def handler(**kwargs):
        pass

    for change in (emitter.register_last, emitter.unregister):
        change("before-send.s3.PutObject", handler)
        assert emitter._lookup_cache is not before
        before = emitter._lookup_cache
    emitter.register_last("before-send.s3", handler)
    assert handler in emitter._handlers.prefix_search("before-send.s3.PutObject")


def test_a_parser_factory_has_its_defaults():
    session = boto3.Session()
    factory = session._session.get_component("response_parser_factory")
    s3 = session.client("s3", region_name="us-east-1")
    assert s3._endpoint._response_parser_factory is factory
    assert factory._defaults == {}
    factory.set_parser_defaults(timestamp_parser=str)
    assert factory._defaults


def test_the_history_recorder_has_its_state():
    from botocore.history import get_global_history_recorder

    recorder = get_global_history_recorder()
    assert recorder._enabled is False
    recorder.enable()
    assert recorder._enabled is True
    recorder.disable()


def test_the_context_of_a_call_has_signing_and_checksum():
    contexts, s3 = [], client()
    with FakeS3(buckets=["media"]):
        s3.meta.events.register("before-call.s3", lambda context, **kwargs: contexts.append(dict(context)))
        s3.put_object(Bucket="media", Key="k", Body=b"x")
    (context,) = contexts
    assert (context["auth_type"], context["signing"]["region"]) == ("v4", "us-east-1")
    assert context["checksum"]["request_algorithm"]["name"] == "x-amz-checksum-crc32"
    assert s3.meta.config.signature_version == "s3v4"


def test_prepared_headers_are_a_dict_of_header_keys():
    from botocore.awsrequest import HeadersDict

    assert {key._lower: value for key, value in HeadersDict({"Content-Type": "x"})._dict.items()} == {
        "content-type": "x"
    }


def test_sessions_make_their_loader_by_a_name_of_their_module():
    import botocore.session

    assert "create_loader(self.get_config_variable('data_path'))" in inspect.getsource(botocore.session.Session)
    assert "self._cache" in inspect.getsource(inspect.getmodule(botocore.loaders.Loader))
