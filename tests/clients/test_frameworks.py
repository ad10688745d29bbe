"""Frameworks that spread work over processes: their workers reach the fake of the test (group ``frameworks``).

Each test is an example of its framework. torch is in no group, since it is half a gigabyte: its test runs where it is installed.
"""

import os

import boto3
import pytest

from fakes3mp import FakeS3

REGION = {"region_name": "us-east-1"}
# Frameworks have warnings of their own, and fork beside their threads.
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"]) as fake:
        yield fake


def put(number):
    """A task; returns the process that did it."""
    boto3.client("s3", **REGION).put_object(Bucket="media", Key=f"{number}", Body=b"x")
    return os.getpid()


def assert_done_elsewhere(fake, processes):
    assert os.getpid() not in processes
    assert fake.buckets["media"].keys() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("round_number", [1, 2])
def test_joblib(fake, round_number):
    """Its loky keeps workers for the next call, with the environment of their start: end them before the fake stops."""
    joblib = pytest.importorskip("joblib")
    from joblib.externals.loky import get_reusable_executor

    processes = joblib.Parallel(n_jobs=2)(joblib.delayed(put)(number) for number in range(4))
    get_reusable_executor().shutdown(wait=True)
    assert_done_elsewhere(fake, processes)


def test_dask(fake):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        processes = client.gather(client.map(put, range(4)))
    assert_done_elsewhere(fake, processes)


def test_ray(fake):
    """``ray.init`` starts the processes that start the workers, so it is called while the fake is active."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")
    try:
        processes = ray.get([ray.remote(put).remote(number) for number in range(4)])
    finally:
        ray.shutdown()
    assert_done_elsewhere(fake, processes)


def test_celery(fake, tmp_path):
    celery = pytest.importorskip("celery")
    from celery.contrib.testing.worker import start_worker

    app = celery.Celery(broker="memory://", backend=f"file://{tmp_path}")
    task = app.task(name="put")(put)
    with start_worker(app, pool="prefork", concurrency=2, perform_ping_check=False):
        processes = [result.get(timeout=60, disable_sync_subtasks=False) for result in map(task.delay, range(4))]
    assert_done_elsewhere(fake, processes)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_torch(fake, method):
    data = pytest.importorskip("torch.utils.data")
    fake.put("media", "samples", bytes(range(8)))

    loader = data.DataLoader(Samples(), batch_size=2, num_workers=2, multiprocessing_context=method)
    assert sorted(int(value) for batch in loader for value in batch) == list(range(8))
    assert len(fake.calls.of("GetObject")) == 8


class Samples:
    """A data set in S3, read a byte at a time."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        answer = boto3.client("s3", **REGION).get_object(Bucket="media", Key="samples", Range=f"bytes={index}-{index}")
        return answer["Body"].read()[0]
