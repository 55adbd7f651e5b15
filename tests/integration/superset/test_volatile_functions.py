"""Functions that are volatile to Postgres, or turn SQL into XML, do not get past the parser in Superset."""

import psycopg
import sql_wall
from psycopg import sql

from tradewind.settings import text

#: They return a new value each time, and change nothing.
HARMLESS = {
    *("array_sample", "array_shuffle", "clock_timestamp", "gen_random_uuid", "random", "random_normal"),
    *("timeofday", "uuidv4", "uuidv7"),
}


def test_no_function_that_does_more_than_read_gets_through(postgres_server):
    query = """
        select distinct proname from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f'
          and (provolatile = 'v' or proname like '%\\_to\\_xml%')
          and not ('internal'::regtype = any(proargtypes::oid[]))
          and prorettype <> all('{trigger,event_trigger,language_handler}'::regtype[])
    """
    with psycopg.connect(text(postgres_server)) as connection:
        names = {name for (name,) in connection.execute(sql.SQL(query))}
    assert len(names) > 100
    assert {name for name in names if sql_wall.fault(f"select {name}(1)") is None} == HARMLESS & names
