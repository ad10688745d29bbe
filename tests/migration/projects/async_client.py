"""aiobotocore, with the work-around that users of the other library have copied."""

import asyncio
from unittest.mock import MagicMock

import pytest
from moto import mock_aws

aiohttp = pytest.importorskip("aiohttp")
awsrequest = pytest.importorskip("aiobotocore.awsrequest")
endpoint = pytest.importorskip("aiobotocore.endpoint")
session = pytest.importorskip("aiobotocore.session")


class MockAWSResponse(awsrequest.AioAWSResponse):
    def __init__(self, response):
        self._moto_response = response
        self.status_code = response.status_code
        self.raw = MockHttpClientResponse(response)
        self.headers = response.headers
        self.url = response.url

    async def _content_prop(self):
        return self._moto_response.content

    async def _text_prop(self):
        return self._moto_response.text


class MockHttpClientResponse(aiohttp.client_reqrep.ClientResponse):
    def __init__(self, response):
        async def read(self, n=-1):
            return response.content

        self.content = MagicMock(aiohttp.StreamReader)
        self.content.read = read
        self.response = response

    @property
    def raw_headers(self):
        return {name.encode(): str(value).encode() for name, value in self.response.headers.items()}.items()


@pytest.fixture
def work_around(monkeypatch):
    original = endpoint.convert_to_response_dict

    def patched(http_response, operation_model):
        return original(MockAWSResponse(http_response), operation_model)

    monkeypatch.setattr(endpoint, "convert_to_response_dict", patched)


async def round_trip():
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    async with session.get_session().create_client("s3", **keys) as s3:
        await s3.create_bucket(Bucket="media")
        await s3.put_object(Bucket="media", Key="k", Body=b"hello")
        listed = await s3.list_objects_v2(Bucket="media")
        return [each["Key"] for each in listed["Contents"]]


@mock_aws
def test_round_trip(work_around):
    assert asyncio.run(round_trip()) == ["k"]
