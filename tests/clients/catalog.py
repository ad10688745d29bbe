"""The clients that are run in the tests: what docs/clients.md shows."""

from typing import NamedTuple


class Client(NamedTuple):
    """A client, how it reaches the fake, and the test that runs it."""

    name: str
    way: str
    test: str  # FILE::FUNCTION in tests/


CLIENTS = (
    Client("boto3 client, resource, paginators, waiters", "in process", "interceptors/test_botocore.py"),
    Client("s3transfer (`upload_file`, `upload_fileobj`, `download_*`, `copy`)", "in process", "interceptors/test_botocore.py"),
    Client("boto3's `s3control` client", "in process", "operations/test_addressing.py"),
    Client("aiobotocore", "in process", "clients/test_async.py::test_aiobotocore"),
    Client("aioboto3", "in process", "clients/test_async.py::test_aioboto3"),
    Client("s3fs", "in process", "clients/test_async.py::test_s3fs"),
    Client("`requests` on presigned and raw URLs", "in process", "interceptors/test_requests.py"),
    Client("smart_open", "in process", "clients/test_sdks.py::test_smart_open"),
    Client("awscli v1 (its `clidriver`)", "in process", "clients/test_awscli.py::test_high_level_copies"),
    Client("ibm_boto3", "in process", "clients/test_ibm.py::test_a_multipart_upload"),
    Client("awswrangler", "in process", "clients/test_data_libraries.py::test_awswrangler"),
    Client("cloudpathlib", "in process", "clients/test_data_libraries.py::test_cloudpathlib"),
    Client("mlflow's S3 artifact repository", "in process", "clients/test_data_libraries.py::test_mlflow"),
    Client("universal_pathlib, with s3fs", "in process", "clients/test_data_libraries.py::test_universal_pathlib"),
    Client("pyarrow, pandas, polars, obstore, deltalake, lance", "`native_clients=True`", "clients/test_native.py::test_it_is_served_on_one_state_with_boto3"),
    Client("PyIceberg, with pyarrow", "`native_clients=True`", "clients/test_data_libraries.py::test_pyiceberg"),
    Client("zarr, with obstore", "`native_clients=True`", "clients/test_data_libraries.py::test_zarr"),
    Client("daft", "`native_clients=True`", "clients/test_data_libraries.py::test_daft"),
    Client("joblib", "child processes", "clients/test_frameworks.py::test_joblib"),
    Client("dask", "child processes", "clients/test_frameworks.py::test_dask"),
    Client("ray", "child processes", "clients/test_frameworks.py::test_ray"),
    Client("Celery", "child processes", "clients/test_frameworks.py::test_celery"),
    Client("PyTorch's data loaders", "child processes", "clients/test_frameworks.py::test_torch"),
    Client("awscli v1, as a program", "child processes, server", "clients/test_processes.py::test_awscli"),
    Client("JavaScript SDK v3 and its lib-storage", "child processes, server", "clients/test_processes.py::test_the_javascript_sdk"),
    Client("JavaScript SDK v2, minio-js, aws4fetch, the S3 store of tus", "server", "clients/test_processes.py::test_other_javascript_clients"),
    Client("Ruby SDK", "server", "clients/test_programs.py::test_the_ruby_sdk"),
    Client("curl", "server", "clients/test_processes.py::test_curl"),
    Client("s3cmd", "server", "clients/test_processes.py::test_s3cmd"),
    Client("rclone", "server", "clients/test_processes.py::test_rclone"),
    Client("s4cmd", "server", "clients/test_programs.py::test_s4cmd"),
    Client("s5cmd", "server", "clients/test_programs.py::test_s5cmd"),
    Client("restic", "server", "clients/test_programs.py::test_restic"),
    Client("GDAL (`/vsis3/`)", "server", "clients/test_programs.py::test_gdal"),
    Client("minio-py", "server", "clients/test_sdks.py::test_minio"),
    Client("pyarrow.fs with an endpoint", "server", "clients/test_sdks.py::test_pyarrow"),
    Client("obstore with an endpoint", "server", "clients/test_sdks.py::test_obstore"),
    Client("s3torchconnectorclient", "server", "clients/test_data_libraries.py::test_s3torchconnectorclient"),
    Client("icechunk", "server, `native_clients=True`", "clients/test_data_libraries.py::test_icechunk"),
    Client("datafusion", "server; in process it is refused", "clients/test_data_libraries.py::test_datafusion"),
    Client("chdb", "server; its `s3://` in process is refused", "clients/test_data_libraries.py::test_chdb"),
    Client("duckdb, tensorstore, AWS CRT", "server; in process they are refused", "clients/test_native.py::test_what_cannot_be_served_is_refused_then_too"),
    Client("urllib3, httpx, aiohttp by themselves", "server; in process they are refused", "interceptors/test_guard.py"),
)  # fmt: skip
