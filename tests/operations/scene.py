"""Helpers for the tables of operation tests: ways in, a scene to start from, and expected answers and errors.

A way in is a function that takes a fake and returns ``call(operation, **params)``, which returns the answer or raises
botocore's ClientError. Every row of a table runs through all of them.
"""

import asyncio
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import OperationNotFoundError

from fakes3mp import FakeS3, S3Error, Server
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from fakes3mp.wire.model import is_older, operation_model
from tests.stored_state import stored_state

# boto3 adds a CRC32 to every write by default. Here only what a row says is sent.
PLAIN = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "retries": {"total_max_attempts": 1},
}


CONTROL = "s3control."  # with which the names of S3 Control's operations begin


def through_client(fake):
    return through_services(lambda service: through_boto(boto3.client(service, config=Config(**PLAIN))))


def through_resource(fake):
    client = boto3.resource("s3", config=Config(**PLAIN)).meta.client
    return through_services(
        lambda service: through_boto(client if service == "s3" else boto3.client(service, config=Config(**PLAIN)))
    )


def through_path_style_client(fake):
    options = {
        "endpoint_url": "http://localhost:4566",
        "config": Config(**PLAIN, s3={"addressing_style": "path"}),
    }
    return through_services(lambda service: through_boto(boto3.client(service, **options)))


def through_services(through):
    """Calls of S3 and of S3 Control; ``through`` makes those of one service, when they are needed first."""
    calls = {"s3": through("s3")}

    def call(operation, **params):
        service, _, name = operation.rpartition(".")
        if service and service not in calls:
            calls[service] = through(service)
        return calls[service or "s3"](name, **params)

    return call


def model_of(operation):
    """An operation's model. Where this botocore is too old to have it, the test is skipped."""
    try:
        return operation_model(operation)
    except OperationNotFoundError:
        if not is_older():
            raise
        pytest.skip(f"this botocore does not know {operation}")


def through_boto(client, respond=lambda method, params: method(**params)):
    names = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}

    def call(operation, **params):
        try:
            answer = respond(getattr(client, names[operation]), params)
        except (ParamValidationError, KeyError) as error:
            if is_older():
                pytest.skip(f"this botocore does not know it: {error}")
            raise
        answer.pop("ResponseMetadata")
        if "Body" in answer:
            answer["Body"] = answer["Body"].read()
        if operation == "SelectObjectContent":
            answer["Payload"] = list(answer["Payload"])
        return answer

    return call


def through_service(fake):
    """The request pipeline itself: typed parameters in, typed answer out, no client and no HTTP."""

    def call(operation, **params):
        model_of(operation)
        if isinstance(params.get("CopySource"), dict):  # boto3's short form of the header
            params["CopySource"] = quote("{Bucket}/{Key}".format(**params["CopySource"]))
        try:
            answer = dict(
                fake._service.answer(
                    TypedRequest(operation, params, ClientInfo("https://bucket.s3.amazonaws.com", access_key="OWN"))
                )
            )
        except S3Error as error:
            document = {"Code": error.code, "Message": error.message, **error.fields}
            metadata = {"HTTPStatusCode": error.status, "HTTPHeaders": error.headers}
            raise ClientError({"Error": document, "ResponseMetadata": metadata}, operation) from None
        if "Body" in answer:
            answer["Body"] = answer["Body"].read()
        return answer

    return call


def through_server(fake):
    """A server for the fake, a real socket, and a client that has only its URL."""
    server = Server(fake).start()
    clients = []

    def through(service):
        options = {"endpoint_url": server.url, "config": Config(**PLAIN)}
        clients.append((boto3 if service == "s3" else server).client(service, **options))
        return through_boto(clients[-1])

    call = through_services(through)

    def close():
        for client in clients:
            client.close()
        server.stop()

    call.close = close
    return call


def through_aiobotocore(fake):
    """An aiobotocore client in an event loop of its own."""
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    loop = asyncio.new_event_loop()
    contexts = []

    async def respond(method, params):
        answer = await method(**params)
        if "Body" in answer:
            answer["Body"] = ReadBody(await answer["Body"].read())
        if method.__name__ == "select_object_content":
            answer["Payload"] = [event async for event in answer["Payload"]]
        return answer

    def through(service):
        contexts.append(get_session().create_client(service, config=AioConfig(**PLAIN)))
        client = loop.run_until_complete(contexts[-1].__aenter__())
        return through_boto(client, lambda method, params: loop.run_until_complete(respond(method, params)))

    call = through_services(through)

    def close():
        for context in contexts:
            loop.run_until_complete(context.__aexit__(None, None, None))
        loop.close()

    call.close = close
    return call


class ReadBody(bytes):
    """The bytes of a body that was read already."""

    def read(self):
        return bytes(self)


WAYS_IN = {
    "client": through_client,
    "wire": through_client,
    "resource": through_resource,
    "path": through_path_style_client,
    "server": through_server,
    "typed": through_service,
}
if find_spec("aiobotocore"):
    WAYS_IN["aiobotocore"] = through_aiobotocore


class Scene:
    """A fake, a way in, and shortcuts to set up a state."""

    def __init__(self, fake, way_in):
        self.fake = fake
        self.call = way_in(fake)
        self.is_typed = way_in is through_service  # without a client
        self._close = getattr(self.call, "close", None)
        self.upload_id = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._close is not None:
            self._close()

    def __getattr__(self, operation):
        """``scene.PutObject(Body=b"x")``: bucket, key and upload id have defaults."""

        def call(**params):
            return self.call(operation, **{**self.defaults(operation), **params})

        return call

    @property
    def control(self):
        """``scene.control.GetAccessPoint(Name="ap")``: calls of S3 Control for the scene's account."""
        return ControlCalls(self)

    def defaults(self, operation):
        """The scene's bucket, key and upload, for the operations whose input has them."""
        shape = model_of(operation).input_shape
        defaults = {"Bucket": "bucket", "Key": "key", "UploadId": self.upload_id}
        return {name: value for name, value in defaults.items() if shape and name in shape.members}

    def upload(self, *bodies, key="key", **params):
        """An open upload with these parts, numbered from 1; returns their ETags."""
        self.upload_id = self.CreateMultipartUpload(Key=key, **params)["UploadId"]
        return [self.part(number, body, key=key) for number, body in enumerate(bodies, 1)]

    def part(self, number, body, key="key", **params):
        return self.UploadPart(Key=key, PartNumber=number, Body=body, **params)["ETag"]

    def complete(self, etags, **params):
        """Complete with these ETags, numbered from 1 (or a dict number -> ETag)."""
        etags_by_number = etags if isinstance(etags, dict) else dict(enumerate(etags, 1))
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in etags_by_number.items()]
        return self.CompleteMultipartUpload(MultipartUpload={"Parts": parts}, **params)

    def complete_upload_of(self, *bodies, **params):
        """Create, upload these parts and complete; returns the answer of CompleteMultipartUpload."""
        return self.complete(self.upload(*bodies, **params))

    def state(self):
        """Everything that a call which fails must leave unchanged."""
        return stored_state(self.fake._store)


class ControlCalls:
    """Calls of S3 Control."""

    def __init__(self, scene):
        self._scene = scene

    def __getattr__(self, operation):
        account = {"AccountId": self._scene.fake._store.account_id}
        return lambda **params: self._scene.call(f"{CONTROL}{operation}", **account, **params)


@dataclass
class ExpectedError:
    """An expected error: code, status, message if it matters, and exactly these extra fields."""

    code: str
    status: int
    message: str | None = None
    fields: dict = field(default_factory=dict)

    def check(self, scene, act):
        before = scene.state()
        with pytest.raises(ClientError) as raised:
            act(scene)
        error = dict(raised.value.response["Error"])
        assert (error.pop("Code"), raised.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (
            self.code,
            self.status,
        )
        message = error.pop("Message") or ""  # botocore reads an empty element as None
        if self.message is not None:
            assert message == self.message
        expected = {name: value(scene) if callable(value) else value for name, value in self.fields.items()}
        assert {name: "" if value is None else value for name, value in error.items()} == expected  # empty elements
        assert scene.state() == before


def expect_error(code, status, message=None, **fields):
    return ExpectedError(code, status, message, {name.replace("_", "-"): value for name, value in fields.items()})


@dataclass
class ExpectedAnswer:
    """An expected answer: at least these members; ``ABSENT`` for one that must not be there."""

    members: dict

    def check(self, scene, act):
        answer = act(scene)
        for name, value in self.members.items():
            if value is ABSENT:
                assert name not in answer, f"{name} is {answer[name]!r}"
            else:
                expected = value(scene) if callable(value) else value
                if name not in answer and is_older():
                    continue  # botocore dropped it, because that model does not have it
                assert name in answer, f"no {name} in {answer}"
                assert answer[name] == expected, name


ABSENT = object()


def expect_answer(**members):
    return ExpectedAnswer(members)


def row(fact, name, act, expect):
    """One row of a table: the fact it rests on, its name, the action, and what S3 answers."""
    return pytest.param(act, expect, id=f"{fact}: {name}")


@pytest.fixture(params=WAYS_IN)
def scene(request):
    options = {"min_part_size": 5, "open_uploads": "ignore", "seed": 3}
    wire = "http" if request.param == "wire" else "auto"
    with (
        FakeS3(buckets=["bucket", "other"], wire=wire, **options) as fake,
        Scene(fake, WAYS_IN[request.param]) as scene,
    ):
        yield scene
