"""Row-level security of the published marts: rules in a table, and a function that turns them into policies.

The function is called by whatever makes a mart visible (`publish` in dbt, in the same transaction) and here,
when rules change. Nobody can read a mart for which it was not called, and nobody sees rows that no rule
grants.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

# Owned by the warehouse's owner: the role that builds the marts may apply the rules, but not change them.
_TABLE = """
create schema if not exists access;
grant usage on schema access to transformer;
create table if not exists access.rules (
    mart text not null,
    reader text not null,
    -- null: all rows
    column_name text,
    value text,
    primary key (mart, reader)
);
comment on table access.rules is
    'Rows of a mart that a restricted reader sees: column_name equals value. From superset/security.yaml.';
grant select on access.rules to transformer;
-- Members that a role was ever made of; who sees all rows knows their names anyway.
create or replace view access.members as
select distinct column_name, value from access.rules where column_name is not null;
grant usage on schema access to every_row;
grant select on access.members to every_row;
"""

# A policy's clause is also kept as its comment, for comparison, since Postgres itself stores it parsed. If
# everything is as it should be, nothing is changed and no lock is taken.
_FUNCTION = """
create or replace function access.protect(target regclass) returns integer language plpgsql
set search_path = pg_catalog, pg_temp as $function$
declare
    difference record;
    changes integer := 0;
begin
    if not (select relrowsecurity from pg_class where oid = target) then
        execute format('alter table %s enable row level security', target);
        changes := changes + 1;
    end if;
    for difference in
        with wanted as (
            select 'every_row' as reader, 'true' as clause
            union all
            select
                rules.reader,
                case when rules.column_name is null then 'true'
                    else format('%I = %L', rules.column_name, rules.value) end
            from access.rules as rules
            inner join pg_roles as roles on rules.reader = roles.rolname
            left join pg_attribute as columns
                on columns.attrelid = target and columns.attname = rules.column_name
                and not columns.attisdropped
            where rules.mart = (select relname from pg_class where oid = target)
                and (rules.column_name is null or columns.attname is not null)
        ),
        present as (
            select
                polname::text as policy,
                obj_description(oid, 'pg_policy') as clause,
                polcmd = 'r' and polpermissive
                    and polroles = array[to_regrole(quote_ident(polname))::oid] as is_ours
            from pg_policy where polrelid = target
        )
        select wanted.reader, wanted.clause, present.policy
        from wanted full join present on wanted.reader = present.policy
        where wanted.clause is distinct from present.clause or wanted.reader is null or not present.is_ours
    loop
        changes := changes + 1;
        if difference.policy is not null then
            execute format('drop policy %I on %s', difference.policy, target);
        end if;
        if difference.reader is not null then
            execute format(
                'create policy %I on %s for select to %I using (%s)',
                difference.reader, target, difference.reader, difference.clause
            );
            execute format('comment on policy %I on %s is %L', difference.reader, target, difference.clause);
        end if;
    end loop;
    -- last: nobody may read before the policies exist
    if not has_table_privilege('mart_readers', target, 'select') then
        execute format('grant select on %s to mart_readers', target);
        changes := changes + 1;
    end if;
    return changes;
end
$function$;
revoke all on function access.protect(regclass) from public;
grant execute on function access.protect(regclass) to transformer;
"""

_MARTS = (
    "select oid::regclass from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'p')"
)

_UNPROTECTED = """
select oid::regclass::text from pg_class
where relnamespace = 'marts'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and not relrowsecurity
and exists (
    select from pg_roles
    where rolname ~ '^(reporter|mart_readers|reader_.*)$'
    and has_table_privilege(pg_roles.oid, pg_class.oid, 'select')
)
order by 1
"""


def prepare(connection: psycopg.Connection) -> None:
    """Create the table of rules and the function, and apply the rules to the existing marts."""
    connection.execute(_TABLE)
    connection.execute(_FUNCTION)
    protect_all(connection)


def set_rules(
    connection: psycopg.Connection, rules: Iterable[tuple[str, str, str | None, str | None]]
) -> None:
    """Replace the rules (mart, reader, column and its value each), and apply them to all marts at once."""
    with connection.transaction():
        connection.execute("delete from access.rules")
        with connection.cursor() as cursor:
            cursor.executemany("insert into access.rules values (%s, %s, %s, %s)", list(rules))
        protect_all(connection)


def protect_all(connection: psycopg.Connection) -> int:
    """Set policies and grants of all marts according to the rules; returns the number of changes."""
    query = f"select coalesce(sum(access.protect(oid)), 0)::integer from ({_MARTS}) as marts"
    return connection.execute(query).fetchone()[0]


def unprotected(connection: psycopg.Connection) -> list[str]:
    """Relations in `marts` that a reader may read and that have no row-level security."""
    return [name for (name,) in connection.execute(_UNPROTECTED)]
