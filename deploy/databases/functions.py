"""Functions that the warehouse's readers may not call: they run SQL given as text, or change something.

`ts_stat('select …')` and the like read past any filter around them; advisory locks, large objects,
`set_config` and `pg_sleep` act on the server from within a SELECT. They are found in the catalogue by their
kind, not by a list of names, so a later version of Postgres or an extension cannot add one unnoticed.
"""

from __future__ import annotations

import os
import sys

import psycopg
from psycopg import sql

#: Volatile, yet harmless: they only read or generate a value.
HARMLESS = (
    *("random", "random_normal", "setseed", "gen_random_uuid", "uuidv4", "uuidv7"),
    *("array_sample", "array_shuffle"),
    *("clock_timestamp", "timeofday", "current_query"),
    # called by clients: libpq's target_session_attrs, and DuckDB and psql when they read tables
    *("pg_is_in_recovery", "pg_export_snapshot", "pg_jit_available"),
    *("pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size", "pg_database_size"),
    *("pg_partition_tree", "pg_partition_ancestors", "pg_lock_status", "pg_blocking_pids"),
)

#: What the project's own programs call: sequences, locks against each other, and dbt's way to cancel a query.
_OF_WORKERS = r"^(nextval|currval|lastval|setval|pg_(try_)?advisory_\w+|pg_(cancel|terminate)_backend)$"

# A function is dangerous if it is volatile, or takes SQL or the name of a table to read. Outside of
# Postgres's own, also if it is not immutable, runs with its owner's rights, or is in a procedural language,
# since its label may be wrong. Functions that take or return `internal` or a handler cannot be called from
# SQL.
_DANGEROUS = r"""
select functions.oid
from pg_proc as functions
inner join pg_namespace as schemas on functions.pronamespace = schemas.oid
inner join pg_language as languages on functions.prolang = languages.oid
where
    schemas.nspname <> 'information_schema'
    and not (functions.proargtypes::oid[] && array['internal'::regtype::oid])
    and functions.prorettype <> all (array[
        'trigger', 'event_trigger', 'internal', 'language_handler', 'index_am_handler', 'table_am_handler',
        'tsm_handler', 'fdw_handler'
    ]::regtype[])
    and case
        when schemas.nspname <> 'pg_catalog'
            then functions.provolatile <> 'i' or functions.prosecdef
                or languages.lanname not in ('internal', 'c', 'sql')
        else
            functions.provolatile = 'v' and functions.proname <> all (%(harmless)s)
            or functions.proname ~ '^(query|table|schema|database|cursor)_to_xml'
            or functions.proname in ('txid_current', 'pg_current_xact_id')
            or functions.proargnames[:functions.pronargs] && array['query', 'sql', 'statement', 'command']
    end
"""

_READERS = (
    r"select oid, rolname from pg_roles where rolname ~ '^(reporter|mart_readers|health_readers|reader_.*)$'"
)

_OPEN = f"""
with readers as ({_READERS}),
dangerous as ({_DANGEROUS})
select
    dangerous.oid::regprocedure::text as function,
    array_agg(readers.rolname::text order by readers.rolname) as readers
from dangerous
inner join readers on has_function_privilege(readers.oid, dangerous.oid, 'execute')
group by dangerous.oid
order by 1
"""

_OPEN_LANGUAGES = f"""
with readers as ({_READERS})
select lanname::text from pg_language
where lanpltrusted and exists (
    select from readers where has_language_privilege(readers.oid, pg_language.oid, 'usage')
)
order by lanname
"""


def close(connection: psycopg.Connection) -> None:
    """Revoke execute on dangerous functions from everybody, and grant the project's programs what they need.

    An owner who is not a superuser of the server cannot revoke anything on Postgres's own functions; Postgres
    then only warns, and `open_functions` says what is left.
    """
    for function, readers in connection.execute(_OPEN, {"harmless": list(HARMLESS)}).fetchall():
        whom = sql.SQL(", ").join([sql.SQL("public"), *map(sql.Identifier, readers)])
        # the name is quoted by Postgres itself
        connection.execute(sql.SQL("revoke execute on routine " + function + " from {}").format(whom))
    workers = connection.execute(
        "select oid::regprocedure::text from pg_proc"
        " where pronamespace = 'pg_catalog'::regnamespace and proname ~ %s"
        " and not (has_function_privilege('loader', oid, 'execute')"
        " and has_function_privilege('transformer', oid, 'execute'))",
        [_OF_WORKERS],
    )
    for (function,) in workers.fetchall():
        connection.execute(sql.SQL("grant execute on routine " + function + " to loader, transformer"))
    for (language,) in connection.execute(_OPEN_LANGUAGES).fetchall():
        statement = sql.SQL("revoke usage on language {} from public")
        connection.execute(statement.format(sql.Identifier(language)))


def open_functions(connection: psycopg.Connection) -> list[str]:
    """Dangerous functions open to a reader, like `ts_stat(text)`, and languages, like `do language x`."""
    functions = [function for function, _ in connection.execute(_OPEN, {"harmless": list(HARMLESS)})]
    return functions + [f"do language {name}" for (name,) in connection.execute(_OPEN_LANGUAGES)]


def main() -> int:
    """Close the functions of the database that WAREHOUSE_URL names, as its administrator."""
    with psycopg.connect(os.environ["WAREHOUSE_URL"], autocommit=True) as connection:
        close(connection)
        left = open_functions(connection)
    print("\n".join(["still open:", *left]) if left else "closed")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
