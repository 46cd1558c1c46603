"""SQL over a lake with DuckDB, whose Delta reader is not ours."""

import functools
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import duckdb_extension_delta
import duckdb_extension_httpfs


def connect():
    """A DuckDB that reads Delta tables from folders and, by AWS_* of the environment, from S3."""
    connection = with_extensions()
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        parts = urlsplit(endpoint)
        connection.execute(
            f"""CREATE OR REPLACE SECRET (TYPE s3, URL_STYLE 'path',
                KEY_ID '{os.environ["AWS_ACCESS_KEY_ID"]}',
                SECRET '{os.environ["AWS_SECRET_ACCESS_KEY"]}',
                REGION '{os.environ["AWS_REGION"]}',
                ENDPOINT '{parts.netloc}', USE_SSL {str(parts.scheme == "https").lower()})"""
        )
    return connection


@functools.cache
def with_extensions():
    """The one connection of this process; loading extensions takes half a second."""
    # An extension fetched behind our back would test whatever the network served that day.
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    for name, package in (("delta", duckdb_extension_delta), ("httpfs", duckdb_extension_httpfs)):
        folder = Path(package.__file__).parent / "extensions" / f"v{duckdb.__version__}"
        connection.execute(f"LOAD '{folder / name}.duckdb_extension'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def table_url(lake, table):
    """Where a table of the lake lies, as other people's readers want it spelled."""
    parts = urlsplit(lake)
    root = unquote(parts.path) if parts.scheme == "file" else lake
    return f"{root.rstrip('/')}/{table}"


def scan(lake, table, version=None):
    """The SQL that stands for a table, at its newest version unless one is named."""
    pin = "" if version is None else f", version := {version}"
    return f"delta_scan('{table_url(lake, table)}'{pin})"
