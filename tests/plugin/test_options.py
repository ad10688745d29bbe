"""The ini options of fixtures, the session's server, and hints in the report."""

import importlib.util

import pytest

pytest_plugins = ["pytester"]


def test_ini_options(pytester):
    pytester.makeini("[pytest]\nfake_s3_bucket_defaults = legacy\nfake_s3_bucket_names = any\n")
    pytester.makepyfile(
        """
        import pytest

        def test_ini(fake_s3):
            fake_s3.create_bucket("My_Bucket", ACL="public-read")

        @pytest.mark.fake_s3(bucket_names="s3")
        def test_the_marker_wins(fake_s3):
            with pytest.raises(Exception, match="InvalidBucketName"):
                fake_s3.create_bucket("My_Bucket")

        def test_session(fake_s3_session):
            fake_s3_session.create_bucket("My_Bucket", ACL="public-read")

        def test_server(fake_s3_server):
            fake_s3_server.client().create_bucket(Bucket="My_Bucket", ACL="public-read")
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("option", "choices"),
    [
        ("bucket_defaults", "2023 or legacy"),
        ("bucket_names", "s3 or any"),
        ("other_services", "auto, refuse or allow"),
        ("open_uploads", "warn, error or ignore"),
        ("replication", "clock or immediate"),
    ],
)
def test_a_bad_value(pytester, option, choices):
    pytester.makeini(f"[pytest]\nfake_s3_{option} = nonsense\n")
    result = pytester.runpytest_subprocess()
    result.stderr.fnmatch_lines(f"*fake_s3_{option} is {choices}, not 'nonsense'*")


def test_the_servers_session_is_reset_per_test(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session")
        def server(fake_s3_server_session):
            fake_s3_server_session.fake.create_bucket("media")
            return fake_s3_server_session

        @pytest.mark.parametrize("key", "ab")
        def test_each_sees_the_bucket_only(server, fake_s3_session, key):
            server.client().put_object(Bucket="media", Key=key, Body=b"x")
            assert server.fake.buckets["media"].keys() == [key]
            assert list(fake_s3_session.buckets) == []
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=2)


def test_a_refusal_of_todays_defaults_names_the_option(pytester):
    pytester.makepyfile(
        """
        def test_public(fake_s3):
            fake_s3.client().create_bucket(Bucket="media", ACL="public-read")

        def test_name(fake_s3):
            fake_s3.client().create_bucket(Bucket="My_Bucket")
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.stdout.fnmatch_lines('*bucket_defaults="legacy" creates them as before*')
    result.stdout.fnmatch_lines('*lower-case letters, digits, dots and hyphens; bucket_names="any" lifts it*')


def test_two_mocks_of_s3_at_once(pytester):
    if importlib.util.find_spec("moto") is None:  # an import in this process would not outlive pytester
        pytest.skip("moto is not installed")
    pytester.makepyfile(
        """
        import pytest
        from moto import mock_aws

        @pytest.fixture
        def theirs():
            with mock_aws():
                yield

        def test_both(theirs, fake_s3):
            fake_s3.client().list_buckets()
            from moto.s3.models import s3_backends
            assert s3_backends["123456789012"]["aws"].buckets
        """
    )
    pytester.runpytest_subprocess().stdout.fnmatch_lines("*moto is active too*moto's S3 is empty*")
