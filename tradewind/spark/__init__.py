"""Builds the models on Apache Spark, over parquet, from the same dbt project.

`engine/` runs in an environment of its own (`requirements/spark.txt`), which has no Airflow; the others
start it.
"""
