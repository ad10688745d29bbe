"""What pytest shows: the section of a failed test, explained comparisons, open uploads, the HTML report."""

import json
import threading

import pytest

from fakes3mp import FakeS3

pytest_plugins = ["pytester"]

UPLOAD_LEFT_OPEN = """
def test_a(fake_s3):
    fake_s3.create_bucket("media")
    begin("video.mp4")
"""


def test_a_failed_test_shows_its_calls_and_uploads(run):
    result = run(
        """
@pytest.mark.fake_s3(buckets=["media"])
def test_a(fake_s3):
    fake_s3.faults.on("UploadPart").times(1).error("SlowDown")
    begin("video.mp4")
    assert False

@pytest.mark.fake_s3(buckets=["media"])
def test_b(fake_s3):
    put("passes")
"""
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fake S3 -*",
            "3 S3 calls:",
            "*CreateMultipartUpload(Bucket='media', Key='video.mp4') -> ok  [[]MainThread]",
            "*UploadPart(*PartNumber=1*-> SlowDown: Please reduce your request rate. [[]fault: SlowDown]*",
            "*UploadPart(*PartNumber=1*(attempt 2) -> ok*",
            "upload media/video.mp4 is open: 1 part, 1 byte, UploadId *",
            "  part 1: SlowDown, stored",
        ]
    )
    result.stdout.no_fnmatch_line("*passes*")


@pytest.mark.parametrize(
    "code",
    [
        "@mock_multipart(buckets=['media'])\ndef test_a():\n    put('mine')\n    assert False",
        "def test_a():\n    with FakeS3(buckets=['media']):\n        put('mine')\n    assert False",
        "@pytest.fixture\n@mock_multipart(buckets=['media'])\ndef s3():\n    yield\n\ndef test_a(s3):\n    put('mine')\n    assert False",
        "def test_a(fake_s3_session):\n    fake_s3_session.create_bucket('media')\n    put('mine')\n    assert False",
        "@mock_multipart(buckets=['media'])\nclass TestA:\n    def test_other(self):\n        put('theirs')\n    def test_a(self):\n        put('mine')\n        assert False",
    ],
    ids=["decorator", "context manager", "decorated fixture", "session", "class"],
)
def test_every_way_to_start_a_fake(run, code):
    result = run(f"from fakes3mp import FakeS3, mock_multipart\n\n{code}\n")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["*- fake S3 -*", "*PutObject(Bucket='media', Key='mine', *"])


def test_only_the_last_calls_are_shown(run):
    result = run(
        """
def test_a(fake_s3):
    for _ in range(100):
        fake_s3.client().list_buckets()
    assert False
"""
    )
    result.stdout.fnmatch_lines(["100 S3 calls, the last of them:"])
    assert str(result.stdout).count("ListBuckets()") == 39


def test_comparisons_are_explained(run):
    result = run(
        """
from fakes3mp import etag_of

@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
def test_etags(fake_s3):
    put()
    assert fake_s3.object("media", "k").etag == etag_of(b"xy", part_size=1)

@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
def test_parts(fake_s3):
    s3, upload = begin()
    before = fake_s3.uploads.one().part(1)
    s3.upload_part(**upload, PartNumber=1, Body=b"other")
    assert fake_s3.uploads.one().part(1) == before

@pytest.mark.fake_s3(buckets=["media"])
def test_calls(fake_s3):
    put()
    assert fake_s3.calls == []

@pytest.mark.fake_s3(buckets=["media"])
def test_others(fake_s3):
    assert [1] == [2]
"""
    )
    result.assert_outcomes(failed=4)
    output = str(result.stdout)
    for line in (
        "the actual ETag is that of a single PutObject, the expected one that of a multipart upload of 2 parts",
        "size: 5 != 1",
        "assert 1 call == 0",
        "[0] - <PutObject(Bucket='media', Key='k', ",
        "[0] + nothing",
        "assert [1] == [2]",
    ):
        assert line in output


# A passing test that leaves an upload open: ini option, option of the marker -> outcomes
@pytest.mark.parametrize(
    ("ini", "marker", "outcomes"),
    [
        ("", "", {"passed": 1, "warnings": 1}),
        ("fake_s3_open_uploads = ignore", "", {"passed": 1}),
        ("fake_s3_open_uploads = error", "", {"passed": 1, "errors": 1}),
        ("fake_s3_open_uploads = error", "open_uploads='ignore'", {"passed": 1}),
        ("fake_s3_open_uploads = ignore", "open_uploads='error'", {"passed": 1, "errors": 1}),
        ("filterwarnings = error::fakes3mp.OpenUploadWarning", "", {"passed": 1, "errors": 1}),
    ],
)
def test_uploads_left_open(run, ini, marker, outcomes):
    result = run(f"@pytest.mark.fake_s3({marker}){UPLOAD_LEFT_OPEN}", ini=ini)
    result.assert_outcomes(**outcomes)
    if outcomes != {"passed": 1}:
        assert "media/video.mp4: 1 part, 1 byte, UploadId " in str(result.stdout)


def test_uploads_left_open_in_the_sessions_fake_are_reported_test_by_test(run):
    result = run(
        """
@pytest.fixture(scope="session")
def session_bucket(fake_s3_session):
    fake_s3_session.create_bucket("media")
    begin("of the session")

def test_a(session_bucket):
    begin("mine")

def test_b(session_bucket):
    pass
""",
        ini="fake_s3_open_uploads = error",
    )
    result.assert_outcomes(passed=2, errors=1)
    assert "media/mine: 1 part" in str(result.stdout)
    assert "media/of the session: 1 part" not in str(result.stdout)


def test_an_unknown_ini_value(run):
    result = run(UPLOAD_LEFT_OPEN, ini="fake_s3_open_uploads = sometimes")
    assert "fake_s3_open_uploads is warn, error or ignore, not 'sometimes'" in str(result.stderr)


TWO_TESTS = """
@pytest.mark.fake_s3(buckets=["media"])
def test_fails(fake_s3):
    put("<b>&amp;")
    assert False

@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
def test_passes(fake_s3):
    begin()

def test_without():
    pass
"""


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["one process", "xdist"])
def test_the_page_is_written(run, pytester, args):
    result = run(TWO_TESTS, "--fake-s3-report=out/report.html", *args)
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["*fake S3 report of 2 tests: out?report.html"])
    page = (pytester.path / "out/report.html").read_text()
    assert "2 tests with S3 calls, 1 failed; 3 calls, 1 multipart upload" in page
    assert "Key=&#x27;&lt;b&gt;&amp;amp;&#x27;" in page
    assert "test_without" not in page
    assert '<pre class="message">assert False</pre>' in page
    assert page.index('<details class="test failed"') < page.index('<details class="test passed"')
    assert all(reference not in page for reference in ("http://", "https://", "src=", "<link", "url(", "@import"))


def test_the_report_as_json(run, pytester):
    run(TWO_TESTS, "--fake-s3-report=out/report.json").assert_outcomes(failed=1, passed=2)
    tests = json.loads((pytester.path / "out/report.json").read_text())["tests"]
    assert [(test["test"].split("::")[1], test["outcome"], test["message"]) for test in tests] == [
        ("test_fails", "failed", "assert False"), ("test_passes", "passed", ""),
    ]  # fmt: skip
    assert [upload["state"] for upload in tests[1]["fakes"][0]["uploads"]] == ["open"]


def test_without_the_option_nothing_is_written(run, pytester):
    before = {path.name for path in pytester.path.iterdir()}
    run("def test_a():\n    pass\n").assert_outcomes(passed=1)
    assert not [path for path in pytester.path.glob("**/*.html") if path.name not in before]


def test_a_summary_is_plain_json():
    from fakes3mp import FakeS3
    from fakes3mp.report.summary import summarise

    with FakeS3(buckets=["media"]) as fake:
        fake.client().put_object(Bucket="media", Key="k", Body=b"x")
        assert json.loads(json.dumps(summarise(fake))) == summarise(fake)


def test_a_fake_first_imported_inside_a_test_is_reported(pytester):
    pytester.makepyfile(
        """
        def test_late():
            import boto3
            from fakes3mp import mock_multipart

            with mock_multipart(buckets=["media"]):
                boto3.client("s3").list_buckets()
                assert False
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.stdout.fnmatch_lines(["*fake S3*", "*1 S3 call*", "*ListBuckets*"])


def test_a_page_with_names_that_are_no_unicode(tmp_path):
    """Threads may have lone surrogates in their names; the file is valid UTF-8."""
    from fakes3mp.report.page import write_page
    from fakes3mp.report.summary import summarise

    with FakeS3(buckets=["media"]) as fake:
        thread = threading.Thread(target=fake.client().list_buckets, name="a\ud800")
        thread.start()
        thread.join()
        write_page(
            tmp_path / "new" / "page.html", [{"test": "\udfff", "outcome": "passed", "fakes": [summarise(fake)]}]
        )
    text = (tmp_path / "new" / "page.html").read_text("utf-8")
    assert "a\\ud800" in text
    assert "\\udfff" in text
