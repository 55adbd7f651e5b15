"""SQL that may go to the warehouse: only what reads."""

import pytest
import sql_wall
import yaml

from tradewind.settings import ROOT

ATTACKS = yaml.safe_load((ROOT / "tradewind/dashboards/attacks.yaml").read_text())["attacks"]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "SELECT country, sum(sales) FROM marts.mart_sales_monthly GROUP BY 1 ORDER BY 2 DESC LIMIT 10; ",
        "with a as (select 1 as x) select * from a union all (select 2) -- the end",
        "select date_trunc('month', month)::date, to_char(month, 'YYYY') from marts.mart_sales_monthly",
        "select sum(sales) filter (where country ilike '%a%') over (partition by country) from marts.a",
        "explain select 1",
        "explain (analyze, format json) with a as (select 1) select * from a",
        "explain analyze verbose select 1",
        "select * from generate_series(1, 3) with ordinality",
        "select * from pg_catalog.generate_series(1, 3)",
        "select gen_random_uuid(), random(), now(), pg_typeof(1), pg_catalog.lower('A'), coalesce(null, 1)",
        "select 'set_config(1); delete from x' as text, \"delete\" from a.b",
        "select jsonb_path_query('{}', '$'), array_agg(x order by y) from t",
        "select percentile_cont(0.5) within group (order by x) from t",
        "select a from t cross join lateral (select b from u where u.x = t.x limit 1) as v",
    ],
)  # fmt: skip
def test_reading_statements_pass(sql):
    assert sql_wall.fault(sql) is None


@pytest.mark.parametrize("sql", [attack["sql"].replace("$$", "$") for attack in ATTACKS if "sql" in attack])
def test_every_attack_is_refused(sql):
    assert sql_wall.fault(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "-- nothing",
        "SeLeCt/**/PG_SLEEP/**/(1)",
        "select pg_catalog . pg_sleep(1)",
        'select U&"pg\\005fsleep"(1)',
        "select 1 where pg_sleep(1) is null",
        "select 1 order by pg_sleep(1)",
        "select 1 limit (select 1 from pg_sleep(1))",
        "select case when true then pg_sleep(1) end",
        "select (array[pg_sleep(1)])[1]",
        "select sum(1) filter (where pg_sleep(1) is null)",
        "select a from t group by rollup (set_config('a', 'b', true))",
        "select marts.anything(1)",
        "select (t).anything(1) from t",
        "select * from marts.anything(1)",
        "select * from lateral marts.anything(1)",
        "select * from rows from (marts.anything(1)) as t",
        "explain (explain delete from x)",
        "explain analyze /* */ delete from x",
        "explain select 1; delete from x",
        "select 1; commit; select 2",
        "begin; select 1",
        "values (1)",
        "select * from (delete from x returning *) as y",
        "select * from a for no key update",
        "with a as (with b as (update x set y = 1 returning *) select * from b) select * from a",
        "merge into a using b on a.x = b.x when matched then delete",
        "vacuum",
        "show all",
        "refresh materialized view x",
        "security label on table x is 'y'",
        "select '" + "x" * 300_000 + "'",
        "select " + "(" * 5000 + "1" + ")" * 5000,
        'select "select" from \'x',
    ],
    ids=lambda sql: sql[:60],
)
def test_statements_that_do_more_are_refused(sql):
    assert sql_wall.fault(sql)


@pytest.mark.parametrize("schema", [None, "", "marts", "Marts 2", "ops-x", "café"])
def test_names_of_schemas_pass(schema):
    assert sql_wall.schema_fault(schema) is None


@pytest.mark.parametrize("schema", ['marts"; commit; reset all; --', '"', "a\0b", ["marts"], 1, True])
def test_sql_as_a_schema_is_refused(schema):
    assert sql_wall.schema_fault(schema)
