"""pandas as most people use it: `read_csv`, then `to_sql`."""

from __future__ import annotations

import sys

import pandas
import psycopg  # noqa: F401 - SQLAlchemy would import it within the work
from sqlalchemy import create_engine

from benchmarks.load.clients.work import work

file, url = sys.argv[1:3]

with work():
    frame = pandas.read_csv(file)
    frame.to_sql("peer", create_engine(url), index=False)
