"""The marker fake_s3_explore: subtests, parts, options, refusals."""

import pytest

pytest_plugins = ["pytester"]
HAS_SUBTESTS = pytest.version_tuple >= (9,)

TEST = """
@pytest.mark.fake_s3_explore(buckets=["media"], min_part_size=1, {options})
{function}
    s3 = fake_s3.client()
    {body}
"""
PUT = 's3.put_object(Bucket="media", Key="k", Body=b"hello"); assert fake_s3.object("media", "k").body == b"hello"'
LEAVE_OPEN = (
    'upload = dict(Bucket="media", Key="k"); upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]; '
    's3.upload_part(**upload, PartNumber=1, Body=b"x"); s3.abort_multipart_upload(**upload)'
)
FUNCTION = "def test_save(fake_s3):"


@pytest.fixture
def explore(run):
    def explore(body, options, function=FUNCTION, *arguments):
        return run(TEST.format(options=options, function=function, body=body), *arguments)

    return explore


def summary(passed, *, subtests):
    """The last line of a run. Before pytest 9 there are no subtests without a plugin, and the test runs as a whole."""
    return f"*{passed} passed*{subtests} subtests passed*" if HAS_SUBTESTS else f"*{passed} passed*"


def test_a_test_that_passes(explore):
    result = explore(PUT, "faults=['SlowDown', 'lose_response']")
    assert result.ret == 0
    result.stdout.fnmatch_lines([summary(1, subtests=4)])


def test_each_schedule_is_a_subtest_and_failing_ones_are_shown(explore):
    result = explore(LEAVE_OPEN, "faults=['AccessDenied']")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            *(["*test_save*UploadPart media/k part 1, attempt 1: AccessDenied*"] if HAS_SUBTESTS else []),
            "*test_save breaks the invariant 'open_uploads'*",
            "*CreateMultipartUpload*ok*",
            "*The same as a test:*",
            "*fake.faults.on('UploadPart', Bucket='media', Key='k', PartNumber=1).nth(1).error('AccessDenied')*",
        ]
    )


UNITTEST = """
import unittest

class TestSave(unittest.TestCase):
    def setUp(self):
        put("there before")

    @pytest.mark.fake_s3_explore(buckets=["media"], min_part_size=1, faults=["AccessDenied"])
    def test_one(self):
        s3 = boto3.client("s3", region_name="us-east-1")
        assert s3.get_object(Bucket="media", Key="there before")["Body"].read() == b"x"
        {body}

    @pytest.mark.usefixtures("fake_s3")
    @pytest.mark.fake_s3(buckets=["media"])
    def test_two(self):
        pass
"""


def test_methods_of_unittest(run):
    """They take no fixture; ``setUp`` is called once, and each schedule begins with what it left."""
    result = run(UNITTEST.format(body='s3.put_object(Bucket="media", Key="k", Body=b"x")'))
    result.stdout.fnmatch_lines([summary(2, subtests=2)])
    result = run(UNITTEST.format(body=LEAVE_OPEN))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*test_one breaks the invariant 'open_uploads'*", "*1 passed*"])


def test_coroutine_methods_of_unittest(run):
    test = UNITTEST.replace("unittest.TestCase", "unittest.IsolatedAsyncioTestCase").replace(
        "def test_one", "async def test_one"
    )
    result = run(test.format(body='s3.put_object(Bucket="media", Key="k", Body=b"x")'))
    result.stdout.fnmatch_lines([summary(2, subtests=2)])


def test_parts_for_xdist(explore):
    result = explore(PUT, "shards=3", FUNCTION, "-n2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*3 passed*"])


def test_coroutines_and_other_fixtures(explore):
    body = 's3.put_object(Bucket="media", Key="k", Body=data)'
    function = "@pytest.mark.parametrize('data', [b'1', b'2'])\nasync def test_save(fake_s3, data):"
    assert explore(body, "faults=['SlowDown']", function).ret == 0


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        ("def test_save(fake_s3_session):\n    fake_s3 = fake_s3_session", "", "*tests that take the fixture fake_s3*"),
        (FUNCTION, "faults=['SlowDwon']", "*did you mean SlowDown*"),
    ],
)
def test_refusals(explore, function, options, message):
    result = explore(PUT, options, function)
    assert result.ret == 1
    result.stdout.fnmatch_lines([message])


def test_the_page_has_a_grid(explore, tmp_path):
    """Calls by kinds of faults; a kind that does not apply to a call leaves its cell empty."""
    path = tmp_path / "page.html"
    explore(LEAVE_OPEN, "faults=['AccessDenied', 'RequestTimeout']", FUNCTION, f"--fake-s3-report={path}")
    page = path.read_text(encoding="utf-8")
    assert "<th>call</th><th>AccessDenied</th><th>RequestTimeout</th><th>RequestTimeout, every time</th>" in page
    assert (
        '<tr><td>UploadPart media/k part 1, attempt 1</td><td class="failed">open_uploads</td><td class="ok">ok</td>'
        '<td class="failed">open_uploads</td></tr>'
    ) in page
    assert '<td>CreateMultipartUpload media/k, attempt 1</td><td class="ok">ok</td><td class="none"></td>' in page
