"""Data libraries (group ``data``): those made of boto3 in process, native ones by ``native_clients=True`` or a server."""

import io
import os

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

MiB = 1 << 20
DATA = os.urandom(17 * MiB + 1)
TABLE = {"n": [1, 2, 3], "name": ["a", "b", "ü"]}


@pytest.fixture
def fake():
    """Served on loopback too, on the same state."""
    with FakeS3(buckets=["media"], native_clients=True) as fake:
        yield fake


@pytest.fixture
def server():
    with Server(FakeS3(buckets=["media"], check_signatures="required")) as server:
        yield server


def keys(fake):
    return fake.buckets["media"].keys()


def test_cloudpathlib(fake, tmp_path):
    cloudpathlib = pytest.importorskip("cloudpathlib")
    path = cloudpathlib.S3Client(local_cache_dir=tmp_path).CloudPath("s3://media/dir/big")
    path.write_bytes(DATA)
    fake.uploads.one(key="dir/big").assert_completed()
    assert fake.object("media", "dir/big").body == path.read_bytes() == DATA
    assert [each.key for each in path.parent.iterdir()] == ["dir/big"]
    path.unlink()
    assert keys(fake) == []


def test_universal_pathlib(fake):
    upath = pytest.importorskip("upath")
    pytest.importorskip("s3fs")
    path = upath.UPath("s3://media/dir/k")
    path.write_bytes(b"x")
    assert fake.object("media", "dir/k").body == path.read_bytes() == b"x"
    assert [each.path for each in path.parent.iterdir()] == ["media/dir/k"]


def test_mlflow(fake, tmp_path):
    repositories = pytest.importorskip("mlflow.store.artifact.s3_artifact_repo")
    (tmp_path / "big").write_bytes(DATA)
    repository = repositories.S3ArtifactRepository("s3://media/artifacts")
    repository.log_artifact(str(tmp_path / "big"), "dir")
    fake.uploads.one(key="artifacts/dir/big").assert_completed()
    assert fake.object("media", "artifacts/dir/big").body == DATA
    assert [each.path for each in repository.list_artifacts("dir")] == ["dir/big"]
    with open(repository.download_artifacts("dir/big", str(tmp_path)), "rb") as file:
        assert file.read() == DATA


def test_awswrangler(fake):
    wr = pytest.importorskip("awswrangler")
    import pandas

    frame = pandas.DataFrame(TABLE)
    wr.s3.to_parquet(frame, "s3://media/t/1.parquet")
    wr.s3.to_csv(frame, "s3://media/t/2.csv", index=False)
    assert wr.s3.list_objects("s3://media/t/") == ["s3://media/t/1.parquet", "s3://media/t/2.csv"]
    assert wr.s3.read_parquet("s3://media/t/1.parquet").to_dict("list") == TABLE
    assert fake.object("media", "t/2.csv").body.decode() == "n,name\n1,a\n2,b\n3,ü\n"
    wr.s3.upload(io.BytesIO(DATA), "s3://media/big")
    fake.uploads.one(key="big").assert_completed()
    wr.s3.delete_objects("s3://media/t/")
    assert keys(fake) == ["big"]


def test_pyiceberg(fake, tmp_path):
    catalogs = pytest.importorskip("pyiceberg.catalog.sql")
    import pyarrow

    settings = {
        "uri": f"sqlite:///{tmp_path}/catalog.db",
        "warehouse": "s3://media/warehouse",
    }
    catalog = catalogs.SqlCatalog("c", **settings)
    catalog.create_namespace("ns")
    rows = pyarrow.table(TABLE)
    table = catalog.create_table("ns.t", schema=rows.schema)
    table.append(rows)
    table.append(rows)
    assert table.scan(row_filter="n > 2").to_arrow().to_pydict() == {"n": [3, 3], "name": ["ü", "ü"]}
    files = sorted(task.file.file_path for task in table.scan().plan_files())
    assert files == [f"s3://media/{key}" for key in keys(fake) if "/data/" in key]
    assert len(files) == 2
    catalog.engine.dispose()


def test_zarr(fake):
    zarr = pytest.importorskip("zarr")
    obstore = pytest.importorskip("obstore.store")
    import numpy

    store = zarr.storage.ObjectStore(obstore.S3Store("media", prefix="a.zarr"))
    array = zarr.create_array(store, shape=(4, 4), chunks=(2, 2), dtype="i4", overwrite=True)
    array[:] = numpy.arange(16).reshape(4, 4)
    assert keys(fake) == [f"a.zarr/c/{y}/{x}" for y in range(2) for x in range(2)] + ["a.zarr/zarr.json"]
    assert zarr.open_array(store, mode="r")[3].tolist() == [12, 13, 14, 15]


def test_icechunk(server):
    icechunk = pytest.importorskip("icechunk")
    zarr = pytest.importorskip("zarr")

    storage = icechunk.s3_storage(
        bucket="media",
        prefix="repository",
        endpoint_url=server.url,
        allow_http=True,
        force_path_style=True,
        region="us-east-1",
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
    )
    repository = icechunk.Repository.create(storage)
    session = repository.writable_session("main")
    zarr.create_array(session.store, shape=(4,), chunks=(2,), dtype="i4")[:] = [1, 2, 3, 4]
    session.commit("first")
    session = icechunk.Repository.open(storage).readonly_session("main")
    assert zarr.open_array(session.store, mode="r")[:].tolist() == [1, 2, 3, 4]
    assert {key.split("/")[0] for key in keys(server.fake)} == {"repository"}


def test_s3torchconnectorclient(server, monkeypatch):
    """Mountpoint's client, which is the AWS CRT's."""
    client = pytest.importorskip("s3torchconnectorclient._mountpoint_s3_client")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    s3 = client.MountpointS3Client(
        region="us-east-1",
        endpoint=server.url,
        force_path_style=True,
        part_size=5 * MiB,
        throughput_target_gbps=1.0,
    )
    stream = s3.put_object("media", "dir/big")
    stream.write(DATA)
    stream.close()
    server.fake.uploads.one(key="dir/big").assert_completed(parts=4)
    assert server.fake.object("media", "dir/big").body == b"".join(s3.get_object("media", "dir/big")) == DATA
    assert [each.key for page in s3.list_objects("media") for each in page.object_info] == ["dir/big"]


def test_datafusion(server):
    datafusion = pytest.importorskip("datafusion")
    from datafusion.object_store import AmazonS3

    context = datafusion.SessionContext()
    store = AmazonS3(
        "media",
        region="us-east-1",
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        endpoint=server.url,
        allow_http=True,
    )
    context.register_object_store("s3://", store, "media")
    context.from_pydict(TABLE).write_csv("s3://media/t/", with_header=True)
    assert keys(server.fake)
    context.register_csv("t", "s3://media/t/")
    assert context.sql("SELECT name FROM t WHERE n > 2").to_pydict() == {"name": ["ü"]}


def test_daft(fake):
    daft = pytest.importorskip("daft")
    daft.from_pydict(TABLE).write_parquet("s3://media/t")
    assert len(keys(fake)) == 1
    assert daft.read_parquet("s3://media/t/*.parquet").where(daft.col("n") > 2).to_pydict() == {"n": [3], "name": ["ü"]}


def test_chdb(server):
    chdb = pytest.importorskip("chdb")
    source = f"s3('{server.url}/media/t.csv', '{ACCESS_KEY}', '{SECRET_KEY}', 'CSV', 'n Int32')"
    chdb.query(f"INSERT INTO FUNCTION {source} SELECT number FROM numbers(5)")
    assert server.fake.object("media", "t.csv").body == b"0\n1\n2\n3\n4\n"
    assert chdb.query(f"SELECT sum(n) FROM {source}").bytes() == b"10\n"
