"""Airflow imports this at start. In the scheduler it brings dbt along, for the tasks that are forked from it.

Importing dbt costs a task a second of its two; forked tasks inherit it. A new dbt needs a scheduler restart.
"""

import sys

if sys.argv[1:2] == ["scheduler"]:
    import dbt.adapters.postgres
    import dbt.cli.main  # noqa: F401
    import psycopg  # noqa: F401
