"""Which columns differ between two versions of a select."""

import pytest

from tradewind.lineage.columns import ALL
from tradewind.lineage.versions import Version

TABLES = {
    "s.stg": ("day", "country", "segment", "product", "sales", "cogs"),
    "s.t": ("a", "b"),
    "s.u": ("a", "k"),
}

OLD = """
with lines as (select day, country, sales, cogs, md5(segment) as segment_key from s.stg),
totals as (select day, country, segment_key, sum(sales) as sales, sum(sales) - sum(cogs) as profit
           from lines group by day, country, segment_key)
select totals.day, totals.country, totals.sales, totals.profit, totals.profit / totals.sales as margin,
       totals.segment_key
from totals
"""


def changed(old: str, new: str) -> set[str]:
    before, after = (Version.read(sql, TABLES, "postgres") for sql in (old, new))
    assert before.changed_columns(after) == after.changed_columns(before)
    return set(before.changed_columns(after))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("totals.day,", "totals.day,  -- the day\n", set()),
        ("totals.profit /", "totals.profit * 100 /", {"margin"}),
        ("sum(cogs) as", "sum(cogs) - 1 as", {"profit", "margin"}),
        ("country, sales, cogs", "country, 2 * sales as sales, cogs", {"sales", "profit", "margin"}),
        ("totals.sales, totals.profit,", "totals.profit,", {"sales"}),
        ("md5(segment)", "md5(product)", {ALL}),  # it is grouped by
        ("from lines group", "from lines where sales > 0 group", {ALL}),
        ("from totals\n", "from from\n", {ALL}),
        ("from totals\n", "from totals limit 3\n", {ALL}),
        ("select totals.day", "select distinct totals.day", {ALL}),
        # the same, written differently
        ("totals.day, totals.country,", "totals.country, totals.day,", set()),
        ("group by day, country, segment_key", "group by 1, 2, 3", set()),
    ],
)  # fmt: skip
def test_columns_that_a_change_affects(old, new, expected):
    assert old in OLD
    assert changed(OLD, OLD.replace(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("select t.a from s.t", "with x as (select b, a from s.t) select y.a from x as y", set()),
        ("select a from s.t", "select x.a from (select * from s.t) as x", set()),
        (
            "select one.a, 1 as x from s.t as one, s.u as two",
            "select two.a, 1 as x from s.t as one, s.u as two",
            {"a"},
        ),
        ("select * from s.t", "select t.a, t.b from s.t", set()),
        ("select a from s.t", "select a as c from s.t", {"a", "c"}),
        ("select one.a from s.t as one, s.t as two", "select two.a from s.t as one, s.t as two", {"a"}),
        ("select one.a from s.t as one, s.t as two", "select x.a from s.t as x, s.t as y", set()),
        (
            "select t.b from s.t join s.u on t.a = u.a",
            "select t.b from s.t left join s.u on t.a = u.a",
            {ALL},
        ),
        ("select t.b from s.t join s.u on t.a = u.a", "select t.b from s.t join s.u on t.a = u.k", {ALL}),
        (
            "select a, b from s.t union all select a, k from s.u",
            "select a, b from s.t union all select a, a from s.u",
            {"b"},
        ),
        ("select a from s.t union all select a from s.u", "select a from s.t union select a from s.u", {ALL}),
        (
            "select a, (select max(k) from s.u) as m from s.t",
            "select a, (select min(k) from s.u) as m from s.t",
            {"m"},
        ),
        (
            "select a, (select max(k) from s.u where u.a = t.a) as m from s.t",
            "select a, (select max(k) from s.u where u.a = t.b) as m from s.t",
            {"m"},
        ),
        (
            "select a, rank() over (order by b) as r from s.t",
            "select a, rank() over (order by a) as r from s.t",
            {"r"},
        ),
        ("select a from s.t where exists (select 1 from s.u)", "select a from s.t", {ALL}),
        ("select a::int as a from s.t", "select cast(a as bigint) as a from s.t", {"a"}),
        ("select v.x from (values (1, 2)) as v (x, y)", "select v.x from (values (1, 3)) as v (x, y)", {ALL}),
        ("select x.* from z.unknown as x", "select x.* from z.other as x", {ALL}),
        (
            "with recursive r as (select a from s.t union all select a from r) select a from r",
            "with recursive r as (select b as a from s.t union all select a from r) select a from r",
            {ALL},
        ),
    ],
)
def test_what_counts_is_how_a_column_is_computed(old, new, expected):
    assert changed(old, new) == expected
    assert changed(old, old) == changed(new, new) == set()
