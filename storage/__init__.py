"""Columns, chunks, tables and the database folder; importable only as gpudb.storage."""

if __name__ != "gpudb.storage":
    raise ImportError(f"import this package as gpudb.storage, not as {__name__}")
