"""Child processes of tests that run in pytest-xdist's workers."""

import os

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


def test_children_of_tests_that_run_in_several_processes(pytester):
    """pytest-xdist's workers are no children of a fake; each worker's children reach that worker's fake."""
    pytester.makepyfile(
        """
        import subprocess, sys
        from multiprocessing import get_context

        import boto3, pytest

        PUT = "import boto3, sys; boto3.client('s3').put_object(Bucket='media', Key=sys.argv[1], Body=b'x')"

        def put(key):
            boto3.client("s3").put_object(Bucket="media", Key=key, Body=b"x")

        @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
        @pytest.mark.fake_s3(buckets=["media"])
        @pytest.mark.parametrize("number", range(4))
        def test_children(fake_s3, number):
            process = get_context("fork").Process(target=put, args=(f"fork {number}",))
            process.start()
            process.join()
            subprocess.run([sys.executable, "-c", PUT, f"program {number}"], check=True)
            assert fake_s3.buckets["media"].keys() == [f"fork {number}", f"program {number}"]
        """
    )
    pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider").assert_outcomes(passed=4)
