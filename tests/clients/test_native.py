"""Libraries with a native S3 client in a process with an active fake: served on one state with boto3, or refused."""

import os

import boto3
import pytest

from fakes3mp import FakeS3, NotIntercepted


def pyarrow_uri():
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet.write_table(pyarrow.table({"a": [1, 2]}), "s3://media/t.parquet")
    assert parquet.read_table("s3://media/t.parquet").to_pydict() == {"a": [1, 2]}


def pyarrow_file_system():
    fs = pytest.importorskip("pyarrow.fs")
    s3 = fs.S3FileSystem(region="us-east-1")
    assert isinstance(s3, fs.S3FileSystem)
    assert isinstance(s3, fs.FileSystem)
    with s3.open_output_stream("media/k") as stream:
        stream.write(b"x")
    assert [info.path for info in s3.get_file_info(fs.FileSelector("media"))] == ["media/k"]


def pandas_parquet():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pandas.DataFrame({"a": [1, 2]}).to_parquet("s3://media/t.parquet")
    assert list(pandas.read_parquet("s3://media/t.parquet")["a"]) == [1, 2]


def polars_parquet():
    polars = pytest.importorskip("polars")
    polars.DataFrame({"a": [1, 2]}).write_parquet("s3://media/t.parquet")
    assert polars.scan_parquet("s3://media/t.parquet").collect()["a"].to_list() == [1, 2]


def obstore_store():
    obstore = pytest.importorskip("obstore")
    from obstore import store

    obstore.put(store.S3Store("media"), "k", b"x")
    assert obstore.get(store.from_url("s3://media"), "k").bytes() == b"x"


def deltalake_table():
    deltalake = pytest.importorskip("deltalake")
    pyarrow = pytest.importorskip("pyarrow")
    deltalake.write_deltalake("s3://media/t", pyarrow.table({"a": [1, 2]}))
    assert deltalake.DeltaTable("s3://media/t").version() == 0


def lance_dataset():
    lance = pytest.importorskip("lance")
    pyarrow = pytest.importorskip("pyarrow")
    lance.write_dataset(pyarrow.table({"a": [1, 2]}), "s3://media/t.lance")
    assert lance.dataset("s3://media/t.lance").to_table().to_pydict() == {"a": [1, 2]}


def daft_parquet():
    daft = pytest.importorskip("daft")
    daft.from_pydict({"a": [1, 2]}).write_parquet("s3://media/t")
    assert daft.read_parquet("s3://media/t/*.parquet").to_pydict() == {"a": [1, 2]}


def icechunk_repository():
    icechunk = pytest.importorskip("icechunk")
    icechunk.Repository.create(
        icechunk.s3_storage(bucket="media", prefix="r", access_key_id="a", secret_access_key="b")
    )


def datafusion_store():
    pytest.importorskip("datafusion.object_store").AmazonS3("media", region="us-east-1")


def chdb_query():
    pytest.importorskip("chdb").query("SELECT * FROM s3('s3://media/t.csv')")


def duckdb_query():
    pytest.importorskip("duckdb").sql("SELECT * FROM 's3://media/t.parquet'")


def tensorstore_open():
    pytest.importorskip("tensorstore").open(
        {"driver": "zarr", "kvstore": {"driver": "s3", "bucket": "media", "path": "z/"}}
    )


def crt_request():
    s3 = pytest.importorskip("awscrt.s3")
    from awscrt.http import HttpHeaders, HttpRequest

    request = HttpRequest("GET", "/k", HttpHeaders([("host", "media.s3.us-east-1.amazonaws.com")]))
    s3.S3Client(region="us-east-1").make_request(type=s3.S3RequestType.GET_OBJECT, request=request)


SERVED = [
    pyarrow_uri,
    pyarrow_file_system,
    pandas_parquet,
    polars_parquet,
    obstore_store,
    deltalake_table,
    lance_dataset,
    daft_parquet,
    icechunk_repository,
]
NOT_SERVED = [datafusion_store, chdb_query, duckdb_query, tensorstore_open, crt_request]


def name(function):
    return function.__name__


@pytest.mark.parametrize("use", SERVED, ids=name)
def test_it_is_served_on_one_state_with_boto3(use):
    with FakeS3(buckets=["media"], native_clients=True) as fake:
        use()
        keys = [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="media")["Contents"]]
    assert keys == fake.buckets["media"].keys() != []


@pytest.mark.parametrize("use", [pyarrow_uri, polars_parquet], ids=name)
def test_the_next_fake_is_another_one(use):
    for _ in range(2):
        with FakeS3(buckets=["media"], native_clients=True) as fake:
            assert fake.buckets["media"].keys() == []
            use()
            assert fake.buckets["media"].keys() == ["t.parquet"]


@pytest.mark.parametrize("use", [*SERVED, *NOT_SERVED], ids=name)
def test_it_is_refused_with_the_way_out(use):
    with FakeS3(buckets=["media"]) as fake, pytest.raises(NotIntercepted, match="native") as refused:
        use()
    assert len(fake.calls) == 0
    assert ("native_clients=True" in str(refused.value)) == (use in SERVED)
    assert "fake_s3_server" in str(refused.value)


@pytest.mark.parametrize("use", NOT_SERVED, ids=name)
def test_what_cannot_be_served_is_refused_then_too(use):
    with FakeS3(buckets=["media"], native_clients=True), pytest.raises(NotIntercepted, match="native"):
        use()


def test_daft_with_an_endpoint_is_let_out():
    daft = pytest.importorskip("daft")
    with FakeS3(buckets=["media"]) as fake, fake.serve() as server:
        s3 = daft.io.S3Config(endpoint_url=server.url, region_name="us-east-1", key_id="a", access_key="b")
        daft.from_pydict({"a": [1]}).write_parquet("s3://media/t", io_config=daft.io.IOConfig(s3=s3))
        assert len(fake.buckets["media"].keys()) == 1


def test_pyarrow_resolves_a_buckets_region():
    fs = pytest.importorskip("pyarrow.fs")
    with FakeS3(native_clients=True) as fake:
        fake.client().create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert fs.resolve_s3_region("media") == "eu-west-1"
        with pytest.raises(OSError, match="Bucket 'missing' not found"):
            fs.resolve_s3_region("missing")
    with FakeS3(buckets=["media"]), pytest.raises(NotIntercepted, match="native_clients=True"):
        fs.resolve_s3_region("media")


def test_boto3_keeps_its_own_endpoint():
    with FakeS3(buckets=["media"], native_clients=True):
        assert boto3.client("s3", region_name="us-east-1").meta.endpoint_url == "https://s3.amazonaws.com"
        assert (
            boto3.Session().client("s3", region_name="eu-west-1").meta.endpoint_url
            == "https://s3.eu-west-1.amazonaws.com"
        )


def test_the_environment_is_restored(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://localhost:9000")
    monkeypatch.delenv("AWS_ENDPOINT", raising=False)
    before = dict(os.environ)
    with FakeS3(native_clients=True):
        assert os.environ["AWS_ENDPOINT_URL_S3"].startswith("http://127.0.0.1:")
    assert dict(os.environ) == before


def test_without_a_fake_nothing_is_patched():
    fs = pytest.importorskip("pyarrow.fs")
    before = fs.FileSystem, fs.S3FileSystem
    with FakeS3():
        assert fs.FileSystem is not before[0]
        assert isinstance(fs.LocalFileSystem(), fs.FileSystem)
        assert fs.FileSystem.from_uri("/tmp")[1] == "/tmp"
    assert (fs.FileSystem, fs.S3FileSystem) == before
