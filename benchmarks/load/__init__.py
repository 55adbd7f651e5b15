"""The loader beside `psql \\copy`, pandas and dlt, on the same file: `python -m benchmarks.load`."""
