"""The report's page, report in a real headless Chromium (Debian's chromium and chromium-driver); skipped where there is none."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from fakes3mp import FakeS3
from fakes3mp.report.page import page
from fakes3mp.report.summary import summarise

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"),
    pytest.mark.xdist_group("chromium"),
]
PARTS = 5


def upload_summary():
    """Summary of a fake with an upload from threads (a retry, an error, a part uploaded twice) and an open one."""
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        s3 = fake.client()
        fake.faults.on("UploadPart", PartNumber=2).times(1).error("SlowDown")
        fake.faults.on("UploadPart", PartNumber=3).times(1).reset_connection()
        upload = {"Bucket": "media", "Key": "<video>.mp4"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        s3.upload_part(**upload, PartNumber=1, Body=b"first")
        with ThreadPoolExecutor(3, thread_name_prefix="lane") as pool:
            puts = [pool.submit(s3.upload_part, **upload, PartNumber=n, Body=b"x" * n) for n in range(1, PARTS + 1)]
            etags = [put.result()["ETag"] for put in puts]
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.create_multipart_upload(Bucket="media", Key="open.bin")
        return summarise(fake)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    tests = [
        {"test": "tests/test_a.py::test_passes", "outcome": "passed", "fakes": [upload_summary()]},
        {
            "test": "tests/test_a.py::test_fails",
            "outcome": "failed",
            "message": "AssertionError: <expected>",
            "fakes": [upload_summary()],
        },
    ]
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(tests), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"):
        options.add_argument(f"--{argument}")
    options.add_argument("--disable-background-networking")
    options.add_argument("--disable-component-update")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.add_argument("--window-size=1200,900")
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def report(browser, address):
    browser.get(address)
    return browser


def find(browser, selector):
    from selenium.webdriver.common.by import By

    return browser.find_elements(By.CSS_SELECTOR, selector)


def press(browser, *keys):
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


FAILED = "details.test.failed "


def test_a_lane_for_each_part_and_a_bar_for_each_attempt(report):
    lanes = find(report, FAILED + ".upload.completed .lane")
    assert [lane.text.split("\n")[0] for lane in lanes] == ["upload", *(f"part {n}" for n in range(1, PARTS + 1))]
    assert all(lane.is_displayed() for lane in lanes)
    bars = [find(report, FAILED + f".upload.completed .lane:nth-of-type({n}) .bar") for n in range(1, PARTS + 2)]
    assert [len(bars_of_lane) for bars_of_lane in bars] == [2, 2, 2, 2, 1, 1]
    for bar in chain(*bars):
        assert bar.is_displayed()
        assert bar.size["width"] >= 5
        assert bar.size["height"] > 10


def test_time_runs_to_the_right(report):
    create, complete = find(report, FAILED + ".upload.completed .lane:nth-of-type(1) .bar")
    parts = find(report, FAILED + ".upload.completed .lane:nth-of-type(n+2) .bar")
    assert all(create.location["x"] < part.location["x"] < complete.location["x"] for part in parts)
    track = find(report, FAILED + ".upload.completed .track")[0]
    assert complete.location["x"] + complete.size["width"] <= track.location["x"] + track.size["width"] + 6


def colour(element, name="background-color"):
    return element.value_of_css_property(name)


def test_outcomes_are_coloured_and_named(report):
    lane = FAILED + ".upload.completed .lane:nth-of-type({}) .bar"
    replaced, stored = find(report, lane.format(2))
    refused, retried = find(report, lane.format(3))
    broken = find(report, lane.format(4))[0]
    assert len({colour(stored), colour(replaced), colour(refused)}) == 3
    assert colour(broken) == colour(refused)
    assert colour(retried) == colour(stored)
    assert colour(retried, "border-top-style") == "dashed"
    assert "attempt 1: SlowDown, injected SlowDown, 2 bytes" in refused.get_attribute("aria-label")
    assert "attempt 2: stored, 2 bytes" in retried.get_attribute("aria-label")
    assert "attempt 1: reset_connection, injected reset_connection, 3 bytes" in broken.get_attribute("aria-label")
    assert ", thread lane_" in retried.get_attribute("aria-label")


def test_threads_and_bytes_are_named_beside_the_lane(report):
    note = find(report, FAILED + ".upload.completed .lane:nth-of-type(6) .note")[0]
    assert note.text.startswith("5 bytes, lane_")


def test_the_call_log_and_open_uploads(report):
    rows = find(report, FAILED + "tbody tr")
    assert len(rows) == 11
    assert sum("SlowDown injected SlowDown Please reduce your request rate." in row.text for row in rows) == 1
    assert sum("reset_connection" in row.text for row in rows) == 1
    left = find(report, "section.open tbody tr")
    assert [row.text.split(" ")[1] for row in left] == ["media/open.bin", "media/open.bin"]
    assert "media/<video>.mp4 completed" in find(report, FAILED + "figcaption")[0].text


def test_failed_tests_are_unfolded_and_the_keyboard_walks_through(report):
    from selenium.webdriver.common.keys import Keys

    failed, passed = find(report, "details.test")
    assert (passed.get_attribute("open"), failed.get_attribute("open")) == (None, "true")
    while report.switch_to.active_element.tag_name != "summary":
        press(report, Keys.TAB)
    assert colour(report.switch_to.active_element, "outline-style") == "solid"
    press(report, Keys.ENTER)  # folds the first test, the failed one
    assert failed.get_attribute("open") is None
    press(report, Keys.TAB, Keys.ENTER)
    assert passed.get_attribute("open") == "true"
    press(report, Keys.TAB)
    bar = report.switch_to.active_element
    assert "CreateMultipartUpload, attempt 1: ok" in bar.get_attribute("aria-label")
    tip = find(report, ".bar:focus .tip")[0]
    assert tip.is_displayed()
    assert tip.text == bar.get_attribute("aria-label")
    press(report, Keys.TAB)
    assert not tip.is_displayed()


def test_failed_tests_come_first_with_their_message(report):
    failed, passed = find(report, "details.test")
    assert failed.text.startswith("failed tests/test_a.py::test_fails")
    assert find(report, FAILED + ".message")[0].text == "AssertionError: <expected>"
    assert "test_passes" in passed.text


def test_injected_faults_are_marked(report):
    marks = [mark.text for mark in find(report, FAILED + "mark")]
    assert sorted(marks) == ["injected SlowDown", "injected reset_connection"]
    assert len(find(report, FAILED + ".bar.injected")) == 2
    assert colour(find(report, FAILED + ".bar.injected")[0], "box-shadow") != "none"


def test_long_ids_are_short_and_whole_on_hover(report):
    for each in find(report, "section.open abbr"):
        assert len(each.text) == 11
        assert len(each.get_attribute("title")) > 20


def test_tests_are_filtered(report):
    from selenium.webdriver.support.select import Select

    (text,), (kind,) = find(report, ".filter input"), find(report, ".filter select")
    failed, passed = find(report, "details.test")
    text.send_keys("test_PASSES")
    assert (failed.is_displayed(), passed.is_displayed()) == (False, True)
    assert find(report, ".filter output")[0].text == "1 of 2 tests"
    text.clear()
    text.send_keys(" ")
    Select(kind).select_by_value("failed")
    assert (failed.is_displayed(), passed.is_displayed()) == (True, False)


def test_two_thousand_tests_are_smooth(browser, tmp_path):
    """It is shown in seconds, and filtered in less than one."""
    summary = upload_summary()
    tests = [{"test": f"tests/test_{n}.py::test_a", "outcome": "passed", "fakes": [summary]} for n in range(2000)]
    (tmp_path / "many.html").write_text(page(tests), encoding="utf-8")
    began = time.perf_counter()
    browser.get((tmp_path / "many.html").as_uri())
    assert time.perf_counter() - began < 15
    script = """
    const began = performance.now();
    form.elements.text.value = "test_1999"; form.dispatchEvent(new Event("input")); document.body.offsetHeight;
    return performance.now() - began;
    """
    assert browser.execute_script(script) < 1000


def luminance(rgb):
    parts = [int(part) / 255 for part in rgb[rgb.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark(report, scheme):
    """WCAG 2.1: text 4.5 : 1, what is drawn 3 : 1."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    report.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    ground = colour(find(report, "body")[0])
    assert (luminance(ground) > 0.5) == (scheme == "light")
    for selector in ("h1", "td", "figcaption small", ".note", ".outcome", ".failed > summary .outcome"):
        assert contrast(colour(find(report, selector)[0], "color"), ground) >= 4.5, selector
    track = colour(find(report, FAILED + ".track")[0])
    for kind in ("ok", "replaced", "failed"):
        assert contrast(colour(find(report, FAILED + f".bar.{kind}")[0]), track) >= 3, kind


def test_it_needs_nothing_from_outside_and_fits_a_narrow_window(report):
    assert report.execute_script("return performance.getEntriesByType('resource').length") == 0
    report.set_window_size(500, 900)
    try:
        wide, window = report.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window
    finally:
        report.set_window_size(1200, 900)
