"""Child processes of every kind reach the fake of the parent: forked, spawned, and programs of any language."""

import asyncio
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import boto3
import pytest
import requests

from fakes3mp import FakeS3

MiB = 1 << 20
PUT = "import boto3; boto3.client('s3').put_object(Bucket='media', Key='child', Body=b'hello')"
# The interpreters of this file: a fork beside other threads of the test itself is what is tested.
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


def in_fork(function):
    """Run a function in a forked child; returns its exit code, and fails with its traceback."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def put_child():
    boto3.client("s3").put_object(Bucket="media", Key="child", Body=b"hello")


def put_number(number):
    boto3.client("s3").put_object(Bucket="media", Key=f"{number}", Body=b"x")
    return os.getpid()


def test_a_forked_child_shares_the_state(fake):
    fake.put("media", "parents", b"from the parent")

    def child():
        assert boto3.client("s3").get_object(Bucket="media", Key="parents")["Body"].read() == b"from the parent"
        put_child()

    assert in_fork(child) == 0
    assert fake.object("media", "child").body == b"hello"
    get, put = fake.calls
    assert get.process == put.process != os.getpid()
    assert (get.operation, get.thread) == ("GetObject", "MainThread")
    fake.client().list_buckets()
    assert fake.calls[-1].process == os.getpid()


def test_a_client_made_before_the_fork(fake):
    s3 = fake.client()
    s3.list_buckets()
    assert in_fork(lambda: s3.put_object(Bucket="media", Key="child", Body=b"")) == 0
    s3.head_object(Bucket="media", Key="child")


def test_requests_in_a_forked_child(fake):
    s3 = fake.client()
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "media", "Key": "child"})

    def child():
        assert requests.put(url, data=b"by url").status_code == 200

    assert in_fork(child) == 0
    assert fake.object("media", "child").body == b"by url"


def test_a_child_that_is_killed_stores_nothing_half(fake):
    fake.faults.on("PutObject").delay(0.2)
    pid = os.fork()
    if pid == 0:
        boto3.client("s3").put_object(Bucket="media", Key="child", Body=bytes(MiB))
        os._exit(0)
    time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    time.sleep(0.3)
    assert all(view.size == MiB for view in fake.buckets["media"].objects)
    fake.faults.clear()
    fake.put("media", "after", b"x")
    assert in_fork(put_child) == 0


def test_grandchildren(fake):
    assert in_fork(lambda: os._exit(in_fork(put_child))) == 0
    assert fake.object("media", "child").body == b"hello"


def test_a_program_that_a_forked_child_starts(fake):
    assert in_fork(lambda: subprocess.run([sys.executable, "-c", PUT], check=True)) == 0
    assert fake.object("media", "child").body == b"hello"


def test_a_child_that_outlives_the_fake(tmp_path):
    fake = FakeS3(buckets=["media"]).start()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(read_end, 1)
        try:
            put_child()
        except BaseException as error:
            (tmp_path / "error").write_text(str(error))
        os._exit(0)
    fake.stop()
    os.write(write_end, b"x")
    os.waitpid(pid, 0)
    os.close(read_end)
    os.close(write_end)
    assert "has stopped" in (tmp_path / "error").read_text()


def test_forks_beside_busy_threads(fake):
    """A child hung where another thread held a lock of the fake at the fork."""
    running = threading.Event()
    running.set()

    def work(name):
        client = boto3.client("s3")
        while running.is_set():
            client.put_object(Bucket="media", Key=name, Body=bytes(10_000))

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert (
                in_fork(lambda: [put_child(), fake.put("media", "own", bytes(10_000)), fake.calls, fake.uploads]) == 0
            )
    finally:
        running.clear()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(fake, method):
    process = multiprocessing.get_context(method).Process(target=put_child)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert fake.object("media", "child").body == b"hello"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools(fake, method):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        pids = set(pool.map(put_number, range(10)))
    assert os.getpid() not in pids
    assert fake.buckets["media"].keys() == [str(number) for number in range(10)]


def with_asyncio(command):
    async def main():
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0

    asyncio.run(main())


def execute(function, *arguments):
    """Fork, and become another program in the child, as ptys and prefork servers do."""
    pid = os.fork()
    if pid == 0:
        function(*arguments)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize(
    "start",
    [
        lambda command: subprocess.run(command, check=True),
        lambda command: subprocess.check_output(command),
        lambda command: subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]}),
        lambda command: subprocess.Popen(command).wait(),
        with_asyncio,
        lambda command: os.spawnv(os.P_WAIT, command[0], command),
        lambda command: os.spawnve(os.P_WAIT, command[0], command, dict(os.environ)),
        lambda command: os.waitpid(os.posix_spawn(command[0], command, os.environ), 0),
        lambda command: execute(os.execv, command[0], command),
        lambda command: execute(os.execvpe, command[0], command, dict(os.environ)),
    ],
    ids=[
        "run",
        "check_output",
        "run with env",
        "Popen",
        "asyncio",
        "spawnv",
        "spawnve",
        "posix_spawn",
        "execv",
        "execvpe",
    ],
)
def test_programs(fake, start):
    before = dict(os.environ)
    start([sys.executable, "-c", PUT])
    assert fake.object("media", "child").body == b"hello"
    assert dict(os.environ) == before


def test_what_a_caller_sets_wins(fake):
    code = "import os; print(os.environ['AWS_ENDPOINT_URL_S3'], os.environ['AWS_ACCESS_KEY_ID'])"
    env = {**os.environ, "AWS_ENDPOINT_URL_S3": "http://localhost:9", "AWS_ACCESS_KEY_ID": "mine"}
    printed = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True).stdout
    assert printed == "http://localhost:9 mine\n"


@pytest.mark.parametrize(
    ("own", "regions"),
    [({}, "us-east-1 us-east-1"), ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1 eu-west-1")],
)
def test_the_region_under_both_of_its_names(fake, own, regions):
    """The SDKs of other languages read AWS_REGION, botocore reads AWS_DEFAULT_REGION."""
    code = "import os; print(os.environ['AWS_DEFAULT_REGION'], os.environ['AWS_REGION'])"
    env = {"PATH": os.environ["PATH"], **own}
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout == regions + "\n"


def test_nothing_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads, environment = threading.enumerate(), dict(os.environ)
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    originals = subprocess.Popen.__init__, os.posix_spawn, os._spawnvef, os.execve, os.execv
    with FakeS3(buckets=["media"]) as fake:
        assert in_fork(put_child) == 0
        subprocess.run([sys.executable, "-c", PUT], check=True)
        url = fake.child_environment()["AWS_ENDPOINT_URL_S3"]
    assert threading.enumerate() == threads
    assert dict(os.environ) == environment
    assert list(tmp_path.iterdir()) == []
    assert (subprocess.Popen.__init__, os.posix_spawn, os._spawnvef, os.execve, os.execv) == originals
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) == descriptors
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))


def test_without_children_nothing_is_started(monkeypatch, tmp_path, fake):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fake.client().list_buckets()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fakes3mp")]
    assert list(tmp_path.iterdir()) == []


def test_a_directory_for_temporary_files_with_a_long_path(monkeypatch, tmp_path, fake):
    """The path of a socket has at most 103 characters on macOS, 107 on Linux."""
    directory = tmp_path / ("d" * 120)
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    assert in_fork(put_child) == 0
    assert fake.object("media", "child").body == b"hello"


def test_refuse():
    with FakeS3(buckets=["media"], children="refuse"):
        with pytest.raises(RuntimeError, match="children='refuse'"):
            subprocess.run([sys.executable, "-c", PUT], check=True)

        def child():
            with pytest.raises(RuntimeError, match="children='refuse'"):
                put_child()

        assert in_fork(child) == 0


def test_ignore():
    with FakeS3(buckets=["media"], children="ignore") as fake:
        code = "import os; print('AWS_ENDPOINT_URL_S3' in os.environ)"
        assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"False\n"
        assert in_fork(put_child) == 0  # into the child's own copy
        assert fake.buckets["media"].keys() == []


def test_a_bad_option():
    with pytest.raises(ValueError, match="'share', 'refuse' or 'ignore', not 'shared'"):
        FakeS3(children="shared")


def test_nested_fakes_are_the_parents(fake):
    with FakeS3(buckets=["media"]) as inner:
        assert in_fork(put_child) == 0
        assert inner.buckets["media"].keys() == ["child"]
    assert fake.buckets["media"].keys() == []
