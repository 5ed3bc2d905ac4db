"""From text to pipelines: parse, bind, optimize, lower; importable only as gpudb.sql."""

if __name__ != "gpudb.sql":
    raise ImportError(f"import this package as gpudb.sql, not as {__name__}")
