"""What runs in Spark's environment: raw rows to parquet, a Thrift server, dbt, and the comparison."""
