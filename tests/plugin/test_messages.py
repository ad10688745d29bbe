"""What a user reads where a test fails, a set-up is wrong or a warning is given: the message, at the line of the test."""

import re

import pytest

pytest_plugins = ["pytester"]

# A test's code -> patterns of lines that its report has, in order.
FAILURES = {
    "an assertion about an upload": (
        'begin()\n    fake_s3.uploads.one().assert_completed(parts=3)',
        [">*assert_completed(parts=3)", "E  *expected the upload of 'k' to be completed, but it is open", "E  *no CompleteMultipartUpload call *"],
    ),
    "no upload, because the object was small": (
        'put()\n    fake_s3.uploads.one(key="k")',
        ['>*one(key="k")', "E  *expected exactly one upload with key='k', found 0", "E  *one PutObject of 1 byte*multipart_threshold*"],
    ),
    "no object": ('fake_s3.assert_object("media", "k")', [">*assert_object*", "E  *no object media/k*"]),
    "a misspelt operation": ('fake_s3.assert_called("UplaodPart")', [">*assert_called*", "E  *did you mean UploadPart*"]),
    "a misspelt error code": ('fake_s3.faults.on("PutObject").error("SlowDwon")', [">*on(*", "E  *did you mean SlowDown?"]),
    "a body that is none": ('fake_s3.put("media", "k", 5)', [">*put(*", "E  *TypeError: a body is bytes, text*not int: 5"]),
    "a bucket that is not there": ('fake_s3.put("medai", "k", b"")', [">*put(*", "E  *NoSuchBucket*'medai'*did you mean media?"]),
    "a view of a bucket that is not there": ('fake_s3.buckets["medai"]', [">*buckets*", "E  *no bucket 'medai'; did you mean media?*"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_ends_in_the_line_of_the_test(run, name):
    code, lines = FAILURES[name]
    result = run(f'@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")\ndef test_a(fake_s3):\n    {code}\n')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(lines)
    result.stdout.no_fnmatch_line("*fakes3mp*.py:*")


def test_all_frames_are_there_with_full_trace(run):
    code = '@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    fake_s3.object("media", "k")\n'
    run(code, "--full-trace").stdout.fnmatch_lines(["*lookup.py:*"])


def test_a_bug_of_ours_shows_its_frames(run):
    code = "@pytest.mark.fake_s3\ndef test_a(fake_s3):\n    fake_s3.clock = None\n    fake_s3.snapshot()\n"
    run(code).stdout.fnmatch_lines(["*state.py:*: AttributeError"])


SET_UPS = {
    "a bucket's name": ('buckets=["ab"]', "InvalidBucketName: *'ab'. S3's rule for a bucket's name: it has 3 to 63 characters; *"),
    "an unknown option": ('bukets=["media"]', "*unexpected keyword argument 'bukets'*"),
    "a value that is not in the list": ('open_uploads="warning"', "open_uploads is 'warn', 'error' or 'ignore', not 'warning'"),
    "one text for a list": ('buckets="media"', "buckets is a list of names: buckets=[[]'media'[]]"),
}  # fmt: skip


@pytest.mark.parametrize("name", SET_UPS)
def test_a_wrong_set_up_is_one_line(run, name):
    options, message = SET_UPS[name]
    result = run(
        f"@pytest.mark.fake_s3({options})\ndef test_a(fake_s3): pass\n@pytest.mark.fake_s3({options})\ndef test_b(fake_s3_server): pass\n"
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [f"@pytest.mark.fake_s3 of test_a: {message}", f"@pytest.mark.fake_s3 of test_b: {message}"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("> *")


# A test's code -> the text of the line that the warning points at.
WARNINGS = {
    "a rule that did not fire": (
        '@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    fake_s3.faults.on("ListParts").error("SlowDown")',
        'fake_s3.faults.on("ListParts").error("SlowDown")',
    ),
    "a rule without an effect": (
        '@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    fake_s3.faults.on("PutObject").times(1)\n    put()',
        'fake_s3.faults.on("PutObject").times(1)',
    ),
    "an open upload, the fixture": ('@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    begin()', '@pytest.mark.fake_s3(buckets=["media"])'),
    "an open upload, the session's fixture": ('def test_a(fake_s3_session):\n    fake_s3_session.create_bucket("media")\n    begin()', "def test_a(fake_s3_session):"),
    "an open upload, the server": (
        '@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3_server):\n    fake_s3_server.client().create_multipart_upload(Bucket="media", Key="k")',
        '@pytest.mark.fake_s3(buckets=["media"])',
    ),
    "an open upload, with": ('def test_a():\n    with FakeS3(buckets=["media"]):\n        begin()', 'with FakeS3(buckets=["media"]):'),
    "an open upload, a decorator": ('@mock_multipart(buckets=["media"])\ndef test_a():\n    begin()', '@mock_multipart(buckets=["media"])'),
    "an open upload, a coroutine": ('@mock_multipart(buckets=["media"])\nasync def test_a():\n    begin()', '@mock_multipart(buckets=["media"])'),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_points_at_the_line_of_the_test(run, pytester, name):
    code, line = WARNINGS[name]
    result = run(f"from fakes3mp import FakeS3, mock_multipart\n{code}\n", ini="asyncio_mode = auto")
    result.assert_outcomes(passed=1, warnings=1)
    (number,) = {
        int(found) for found in re.findall(r"\.py:(\d+): (?:OpenUpload|UnfiredFault)Warning", result.stdout.str())
    }
    (file,) = pytester.path.glob("test_*.py")
    assert file.read_text().splitlines()[number - 1].strip() == line


def test_a_rule_without_an_effect_says_what_is_missing(run):
    result = run(
        '@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    fake_s3.faults.on("PutObject").times(1)\n'
    )
    result.stdout.fnmatch_lines(["*no effect: add .error('SlowDown') or another one*"])


HINTS = {
    "a part that is too small": (
        's3, upload = begin()\n    etag = s3.upload_part(**upload, PartNumber=2, Body=b"x")["ETag"]\n'
        '    parts = [{"PartNumber": number, "ETag": etag} for number in (1, 2)]\n'
        '    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})',
        "*FakeS3(min_part_size=1)*",
    ),
    "a fault that the client's retry absorbed": (
        'fake_s3.faults.on("PutObject").times(1).error("SlowDown")\n    with pytest.raises(OSError):\n        put()',
        "*the client tried again and succeeded; without times(...) a fault affects every attempt*",
    ),
    "an ACL": ('fake_s3.client().put_object(Bucket="media", Key="k", ACL="public-read")', '*bucket_defaults="legacy"*'),
}


@pytest.mark.parametrize("name", HINTS)
def test_the_section_has_a_hint(run, name):
    code, line = HINTS[name]
    result = run(f'@pytest.mark.fake_s3(buckets=["media"])\ndef test_a(fake_s3):\n    {code}\n')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- fake S3 -*", line])


@pytest.mark.parametrize(("calls", "uploads"), [(0, 1), (5, 3), (500, 0), (500, 300), (1, 300)])
def test_the_section_has_at_most_forty_lines(calls, uploads):
    from fakes3mp import FakeS3
    from fakes3mp.report.summary import summarise
    from fakes3mp.report.text import section

    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        for number in range(uploads):
            fake.client().create_multipart_upload(Bucket="media", Key=f"{number}")
        for number in range(calls):
            fake.client().put_object(Bucket="media", Key=f"{number}")
    lines = section(summarise(fake)).splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(f"{calls + uploads} S3 call")
    if uploads == 300:
        assert re.fullmatch(r"\.\.\. and \d+ more lines about uploads", lines[-1])
