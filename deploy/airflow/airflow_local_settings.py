"""Airflow imports this at start. In the scheduler it imports dbt, for the tasks that are forked from it.

Importing dbt would take one of a task's two seconds; forked tasks inherit it. A new dbt needs a scheduler
restart.
"""

import sys

if sys.argv[1:2] == ["scheduler"]:
    import dbt.adapters.postgres
    import dbt.cli.main  # noqa: F401
    import psycopg  # noqa: F401
