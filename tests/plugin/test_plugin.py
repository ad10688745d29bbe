"""The pytest plugin, run by pytester: fixtures, marker, options, isolation, under xdist and random order too."""

import pytest

pytest_plugins = ["pytester"]


def test_the_fixture(run):
    run(
        """
def test_a(fake_s3):
    fake_s3.create_bucket("media")
    put()
    assert fake_s3.buckets["media"].keys() == ["k"]

@pytest.mark.fake_s3(buckets=["media"], min_part_size=1024, strict=True)
def test_b(fake_s3):
    assert fake_s3.buckets["media"].keys() == []
    put()

@pytest.mark.fake_s3(buckets=["media"])
class TestC:
    def test_c(self, fake_s3):
        put()

    @pytest.mark.fake_s3(region="eu-west-1")
    def test_closest(self, fake_s3):
        put()
        assert fake_s3.region == "eu-west-1"
"""
    ).assert_outcomes(passed=4)


def test_fixture_and_decorator_see_one_state(run):
    run(
        """
from fakes3mp import mock_multipart

@mock_multipart
@pytest.mark.fake_s3(buckets=["media"])
def test_a(fake_s3):
    put()
    assert fake_s3.buckets["media"].keys() == ["k"]
"""
    ).assert_outcomes(passed=1)


def test_decorated_fixtures_classes_and_coroutines(run):
    run(
        """
from fakes3mp import mock_multipart

@pytest.fixture
@mock_multipart(buckets=["media"])
def seeded_media():
    put("seed")
    with mock_multipart() as s3:
        yield s3

def test_a(seeded_media):
    put()
    assert seeded_media.buckets["media"].keys() == ["k", "seed"]

@mock_multipart(buckets=["media"])
class TestClass:
    @classmethod
    def setup_class(cls):
        put("class")

    def setup_method(self, method):
        put(method.__name__)

    @pytest.fixture
    def seeded(self):
        put("fixture")

    def keys(self):
        with mock_multipart() as s3:
            return s3.buckets["media"].keys()

    def test_one(self, seeded):
        assert self.keys() == ["class", "fixture", "test_one"]

    def test_two(self):
        assert self.keys() == ["class", "test_two"]

    @pytest.mark.parametrize("n", [1, 2])
    @pytest.mark.asyncio
    async def test_three(self, n):
        assert self.keys() == ["class", "test_three"]

@pytest.mark.asyncio
@mock_multipart(buckets=["media"])
async def test_coroutine():
    put()

import unittest

@mock_multipart(buckets=["media"])
class Case(unittest.TestCase):
    def setUp(self):
        put("setup")

    def test_it(self):
        with mock_multipart() as s3:
            assert s3.buckets["media"].keys() == ["setup"]
"""
    ).assert_outcomes(passed=7)


SESSION = """
@pytest.fixture(scope="session")
def seeded(fake_s3_session):
    fake_s3_session.create_bucket("media")
    put("seed")
    return fake_s3_session

@pytest.fixture(scope="module", autouse=True)
def module(seeded):
    put("module")

@pytest.mark.parametrize("n", range(3))
def test_each_begins_anew(seeded, n):
    assert seeded.buckets["media"].keys() == ["module", "seed"]
    assert len(seeded.calls) == 0
    put(f"mine{n}")
    seeded.client().create_multipart_upload(Bucket="media", Key="left-open")

def test_after(fake_s3_session):
    assert fake_s3_session.buckets["media"].keys() == ["module", "seed"]
    assert len(fake_s3_session.uploads) == 0

def test_nested(seeded, fake_s3):
    fake_s3.create_bucket("media")
    put("inner")
    assert seeded.buckets["media"].keys() == ["module", "seed"]
"""


@pytest.mark.parametrize("args", [(), ("-n", "2"), ("-p", "randomly", "-p", "no:cacheprovider")])
def test_the_session_fixture(run, args):
    run(SESSION, *args).assert_outcomes(passed=5)


def test_the_session_fixture_requested_inside_a_test(run):
    run(
        """
@pytest.mark.parametrize("n", [1, 2])
def test_late(request, n):
    fake = request.getfixturevalue("fake_s3_session")
    assert len(fake.buckets) == 0
    fake.create_bucket("media")
"""
    ).assert_outcomes(passed=2)


OPEN = """
def open_one(fake):
    fake.create_bucket("media")
    fake.client().create_multipart_upload(Bucket="media", Key="left")
"""


def test_open_uploads_warn(run):
    result = run(OPEN + "def test_a(fake_s3):\n    open_one(fake_s3)\n")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*OpenUploadWarning: uploads still open:*", "*media/left: 0 parts, 0 bytes, UploadId *"]
    )


def test_open_uploads_as_errors(run):
    code = OPEN + "def test_a(fake_s3):\n    open_one(fake_s3)\n"
    run(code, "-W", "error::fakes3mp.OpenUploadWarning").assert_outcomes(passed=1, errors=1)


def test_open_uploads_error_unless_the_test_failed_already(run):
    marked = '@pytest.mark.fake_s3(open_uploads="error")\n'
    result = run(
        OPEN
        + marked
        + "def test_a(fake_s3):\n    open_one(fake_s3)\n\n"
        + marked
        + "def test_b(fake_s3):\n    open_one(fake_s3)\n    assert 1 == 2\n"
    )
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_a*", "*OpenUploadError*"])


def test_bad_markers(run):
    result = run(
        """
@pytest.mark.fake_s3(["media"])
def test_a(fake_s3):
    pass

@pytest.mark.fake_s3(bucket="media")
def test_b(fake_s3):
    pass
"""
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*takes keyword options only, not*", "*unexpected keyword argument 'bucket'*"])


HEAVY = ["boto3", "botocore", "requests", "responses", "werkzeug", "xmltodict", "anycrc"]


def test_the_plugin_loads_nothing_heavy(run):
    run(
        f"""
import subprocess, sys

def test_a():
    code = "import sys, fakes3mp.pytest_plugin.plugin; print([n for n in {HEAVY} if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
    code = "import sys, fakes3mp; print([n for n in {HEAVY} if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
"""
    ).assert_outcomes(passed=1)


def test_a_folder_of_the_users_may_be_called_as_the_plugin_is_in_a_checkout(pytester):
    pytester.makepyfile(**{"conftest_plugin/__init__": "MINE = 1", "conftest_plugin/plugin": "MINE = 2"})
    pytester.makepyfile("""
import conftest_plugin.plugin
def test_a(fake_s3, fake_s3_server, fake_s3_session):
    assert (conftest_plugin.MINE, conftest_plugin.plugin.MINE) == (1, 2)
    assert fake_s3.client().list_buckets()["Buckets"] == []
""")
    plugin = ("-p", "no:fakes3mp", "-p", "fakes3mp.pytest_plugin.plugin")  # by its name, as an entry point loads it
    pytester.runpytest_subprocess(*plugin, "-p", "no:randomly", "-q").assert_outcomes(passed=1)


def test_the_marker_is_listed(run):
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.fake_s3(*"])


def test_the_server_fixture(run):
    run(
        """
import os, socket, subprocess, sys

@pytest.mark.fake_s3(buckets=["media"], min_part_size=1)
def test_a(fake_s3_server):
    s3 = fake_s3_server.client()
    s3.put_object(Bucket="media", Key="k", Body=b"x")
    assert fake_s3_server.fake.object("media", "k").body == b"x"
    assert fake_s3_server.fake.calls[0].operation == "PutObject"
    code = "import boto3; print(boto3.client('s3').list_objects_v2(Bucket='media')['KeyCount'])"
    env = {**os.environ, **fake_s3_server.environment}
    assert subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True).stdout == b"1\\n"

def test_left_open(fake_s3_server):
    fake_s3_server.fake.create_bucket("media")
    fake_s3_server.client().create_multipart_upload(Bucket="media", Key="open")

def test_fails(fake_s3_server):
    fake_s3_server.client().list_buckets()
    assert False
""",
        ini="fake_s3_open_uploads = error",
    ).assert_outcomes(passed=2, errors=1, failed=1)


def test_the_sessions_clock_and_faults_are_restored(run):
    run(
        """
@pytest.fixture(scope="session")
def seeded_media(fake_s3_session):
    fake_s3_session.clock.freeze("2026-01-01")
    fake_s3_session.create_bucket("media")
    return fake_s3_session

def test_a(seeded_media):
    seeded_media.faults.on("PutObject").error("AccessDenied")
    seeded_media.clock.advance(days=9)

def test_b(seeded_media):
    put()
    assert seeded_media.clock.now().day == 1
"""
    ).assert_outcomes(passed=2)
