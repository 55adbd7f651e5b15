"""What a select's columns are made of, the same for each engine."""

import pytest

from tradewind.lineage.columns import Inputs, lineage_of

TABLES = {"s.t": ("a", "b"), "s.u": ("a", "k")}


def made_of(select: str, dialect: str = "postgres") -> dict[str, str]:
    """Columns as `t.a u.k`, with compared ones in brackets."""
    return {name: text(inputs) for name, inputs in lineage_of(select, TABLES, dialect).columns.items()}


def text(inputs: Inputs) -> str:
    values = [".".join(each).removeprefix("s.") for each in sorted(inputs.values)]
    compared = [f"({'.'.join(each).removeprefix('s.')})" for each in sorted(inputs.compared)]
    return " ".join(values + compared)


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("select a as x, upper(b) || a as y, 1 as z from s.t", {"x": "t.a", "y": "t.a t.b", "z": ""}),
        ("select * from s.t", {"a": "t.a", "b": "t.b"}),
        ("with x as (select * from s.t), y as (select x.* from x) select b as c from y", {"c": "t.b"}),
        ("select v.q from (select a as p, b as q from s.t) as v", {"q": "t.b"}),
        ("select a, b from s.t union all select k, 'x' from s.u", {"a": "t.a u.k", "b": "t.b"}),
        (
            "with x as (select a, a as a2 from s.t union select k, a from s.u) select a2 from x",
            {"a2": "t.a u.a"},
        ),
        ("select t.a from s.t inner join s.u on t.b = u.k where u.a > 1 order by u.k", {"a": "t.a"}),
        ("select count(a) as n, count(distinct b) as m, count(*) as o from s.t", {"n": "", "m": "", "o": ""}),
        ("select min(a) as x, sum(length(b)) as y from s.t", {"x": "t.a", "y": "t.b"}),
        ("select row_number() over (partition by a order by b) as n from s.t", {"n": ""}),
        ("select lag(a) over (partition by b order by b) as x from s.t", {"x": "t.a"}),
        ("select case when a is null then 0 else 1 end as x, b <> '' as y from s.t", {"x": "", "y": ""}),
        ("select case when a = 'x' then b end as x from s.t", {"x": "t.b (t.a)"}),
        ("select case a when 'x' then 1 end as x from s.t", {"x": "(t.a)"}),
        ("with x as (select a = 'x' as c from s.t) select max(c) as d from x", {"d": "(t.a)"}),
        ("select (select max(k) from s.u where u.a = t.a) as m from s.t", {"m": "u.k"}),
        ("select exists (select 1 from s.u where u.a = t.a) as m from s.t", {"m": ""}),
        ("select a in (select k from s.u) as m from s.t", {"m": "(t.a) (u.k)"}),
        # what cannot be resolved
        ("select x.* from z.unknown as x", {"*": "z.unknown.*"}),
        ("select missing from s.t cross join s.u", {"missing": "t.* u.*"}),
    ],
)
def test_what_columns_are_made_of(select, expected, dialect):
    assert made_of(select, dialect) == expected


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("select to_jsonb(t) as j from s.t", {"j": "t.*"}),
        ("select count(*) filter (where a = 'x') as n from s.t", {"n": ""}),
        ("select percentile_cont(0.5) within group (order by a) as p from s.t", {"p": "t.a"}),
        ("with r(p, q) as (select a, b from s.t) select q from r", {"q": "t.b"}),
        ("select v.x from s.t cross join (values (1, t.a)) as v (x, y)", {"x": "t.a"}),
        ("select w.v from s.t cross join lateral unnest(string_to_array(t.a, ',')) as w (v)", {"v": "t.a"}),
        (
            "with recursive r as (select a, b from s.t union all select b, a from r) select * from r",
            {"a": "t.*", "b": "t.*"},
        ),
    ],
)
def test_postgres_only_syntax(select, expected):
    assert made_of(select) == expected
