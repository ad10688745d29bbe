"""``mock_multipart`` in every form: function, coroutine, generator, class, ``with``; nested; in threads."""

import asyncio
import inspect
import threading
import unittest

import boto3
import pytest

from fakes3mp import FakeS3, OpenUploadError, OpenUploadWarning, mock_multipart
from fakes3mp.interceptors.active import ACTIVE

pytest_plugins = ["pytester"]


def put(key="k"):
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="media", Key=key, Body=b"x")


def current():
    with mock_multipart() as s3:
        return s3


@pytest.fixture(autouse=True)
def nothing_active():
    assert ACTIVE.innermost is None
    yield
    assert ACTIVE.innermost is None


@mock_multipart
def bare(number: int, *, word: str = "w") -> str:
    """A docstring."""
    boto3.client("s3").create_bucket(Bucket="media")
    put()
    return word * number


def test_a_function():
    assert bare(2) == "ww"
    assert bare(1, word="x") == "x"  # each call has a fake of its own, without the bucket
    assert str(inspect.signature(bare)) == "(number: int, *, word: str = 'w') -> str"
    assert bare.__doc__ == "A docstring."


@mock_multipart(buckets=["media"], min_part_size=1024, region="eu-west-1")
async def coroutine(n):
    await asyncio.sleep(0)
    put()
    assert current().region == "eu-west-1"
    return n


def test_a_coroutine_function():
    assert inspect.iscoroutinefunction(coroutine)
    assert asyncio.run(coroutine(3)) == 3


@mock_multipart(buckets=["media"])
def generator():
    put("first")
    key = yield current()
    put(key)
    return "returned"


def test_a_generator_function():
    """As pytest runs a fixture: the fake is active from the first item to the end, and values sent to it arrive."""
    items = generator()
    s3 = next(items)
    assert ACTIVE.innermost is s3
    with pytest.raises(StopIteration) as stopped:
        items.send("second")
    assert stopped.value.value == "returned"
    assert s3.buckets["media"].keys() == ["first", "second"]


def test_a_generator_that_is_closed():
    items = generator()
    next(items)
    items.close()


@mock_multipart(buckets=["media"])
async def async_generator(log):
    try:
        value = yield current()
        try:
            yield value
        except ZeroDivisionError:
            yield "caught"
    finally:
        log.append("finally")


def test_an_async_generator_function():
    """Values sent and exceptions thrown into it arrive; closing it early closes the function too."""

    async def run():
        log = []
        items = async_generator(log)
        s3 = await items.__anext__()
        assert ACTIVE.innermost is s3
        assert await items.asend("sent") == "sent"
        assert await items.athrow(ZeroDivisionError()) == "caught"
        with pytest.raises(StopAsyncIteration):
            await items.__anext__()
        early = async_generator(log)
        await early.__anext__()
        await early.aclose()
        return log

    assert asyncio.run(run()) == ["finally", "finally"]


def test_an_error_stops_the_fake():
    @mock_multipart
    def failing():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        failing()


def test_nested_without_options_shares():
    with mock_multipart(buckets=["media"]) as outer:
        with mock_multipart() as inner:
            assert inner is outer
            put()
        assert ACTIVE.innermost is outer
        with mock_multipart(buckets=["media"]) as inner:
            assert inner is not outer
        with FakeS3() as explicit:
            assert explicit is not outer
    assert outer.buckets["media"].keys() == ["k"]


def test_one_activation_can_be_entered_several_times():
    activation = mock_multipart(buckets=["media"])
    with activation as first, activation as second:
        assert first is not second
    with activation as third:
        assert third.buckets["media"].keys() == []


def test_decorated_functions_in_threads():
    failures = []

    @mock_multipart(buckets=["media"])
    def work(n):
        put(f"k{n}")

    def run(n):
        try:
            work(n)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def run_case(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_the_fake_is_injected(pytester):
    pytester.makepyfile("""
import pytest
from fakes3mp import FakeS3, mock_multipart

@mock_multipart(buckets=["media"], inject="s3")
def test_a(tmp_path, s3):
    assert s3 is FakeS3.current() and tmp_path.exists()

@mock_multipart(buckets=["media"], inject="s3")
async def test_b(*, s3):
    assert list(s3.buckets) == ["media"]

@pytest.fixture
@mock_multipart(buckets=["photos"], inject="s3")
def stocked(s3):
    s3.put("photos", "k", b"x")
    yield s3

@mock_multipart(inject="s3")
def test_c(stocked, s3):
    assert s3 is stocked

@pytest.fixture
@mock_multipart(buckets=["videos"], inject="s3")
async def videos(s3):
    yield s3

async def test_d(videos):
    assert list(videos.buckets) == ["videos"]
""")
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.runpytest_subprocess("-q", "-W", "error", "-p", "no:randomly").assert_outcomes(passed=4)


def test_what_cannot_be_injected():
    with pytest.raises(TypeError, match="has no parameter s3 to pass the fake to"):
        mock_multipart(inject="s3")(lambda fake: None)
    with pytest.raises(TypeError, match="by FakeS3"):
        mock_multipart(inject="s3")(type("TestUpload", (), {}))


def test_a_unittest_class():
    keys_after_tests = []

    @mock_multipart(buckets=["media"])
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.client = boto3.client("s3")
            put("class")

        def setUp(self):
            put("setup")

        def tearDown(self):
            keys_after_tests.append(current().buckets["media"].keys())

        def test_a(self):
            put("a")

        def test_b(self):
            put("b")

    result = run_case(Case)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 2)
    assert keys_after_tests == [["a", "class", "setup"], ["b", "class", "setup"]]


def test_a_unittest_class_with_async_and_without_set_up():
    @mock_multipart(buckets=["media"])
    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_a(self):
            put()

    class Derived(Case):
        async def test_b(self):
            put()

    for case, number in ((Case, 1), (Derived, 2)):
        result = run_case(case)
        assert (result.errors, result.failures, result.testsRun) == ([], [], number)


def test_a_unittest_class_whose_set_up_fails():
    @mock_multipart
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raise KeyError

        def test_a(self):
            raise AssertionError("not reached")

    assert len(run_case(Case).errors) == 1


def test_a_unittest_method_called_by_hand():
    @mock_multipart(buckets=["media"])
    class Case(unittest.TestCase):
        def test_a(self):
            put()

    result = unittest.TestResult()
    Case("test_a").run(result)
    assert result.wasSuccessful()


def test_pytest_methods_called_by_hand():
    @mock_multipart(buckets=["media"])
    class Plain:
        def test_a(self):
            put()
            return current().buckets["media"].keys()

        async def test_b(self):
            put()
            return current().buckets["media"].keys()

        def helper(self):
            return ACTIVE.innermost

    assert Plain().test_a() == Plain().test_a() == ["k"]
    assert asyncio.run(Plain().test_b()) == ["k"]
    assert Plain().helper() is None


def leave_open():
    return boto3.client("s3").create_multipart_upload(Bucket="media", Key="k")["UploadId"]


def test_open_uploads_warn():
    with (
        pytest.warns(OpenUploadWarning, match="media/k: 0 parts, 0 bytes, UploadId"),
        mock_multipart(buckets=["media"]),
    ):
        leave_open()


def test_open_uploads_are_errors():
    with pytest.raises(OpenUploadError, match="media/k"), mock_multipart(buckets=["media"], open_uploads="error"):
        leave_open()
    with pytest.raises(KeyError), mock_multipart(buckets=["media"], open_uploads="error"):
        leave_open()
        raise KeyError  # the test failed already


def test_open_uploads_ignored():
    with mock_multipart(buckets=["media"], open_uploads="ignore"):
        leave_open()


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"buckets": "media"}, TypeError, r"buckets is a list of names: buckets=\['media'\]"),
        ({"open_uploads": "shout"}, ValueError, "open_uploads is 'warn', 'error' or 'ignore', not 'shout'"),
        ({"bucket": "media"}, TypeError, "unexpected keyword argument 'bucket'"),
    ],
)
def test_bad_options(options, kind, text):
    with pytest.raises(kind, match=text), mock_multipart(**options):
        pass


def test_options_are_declared_alike():
    """The TypedDict for type checkers has the parameters of FakeS3."""
    from fakes3mp.options import Options

    assert set(Options.__annotations__) == set(inspect.signature(FakeS3).parameters)
