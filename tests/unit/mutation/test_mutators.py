"""What the mutation check changes in a model, and what it leaves alone."""

import pytest

from tests.mutation.mutators import MUTATORS, Mutant, mutants


def changed(text: str, mutator: str, **types: str) -> list[str]:
    """The model's text after each change of a mutator, in the order of the changes' positions."""
    return [m.text for m in mutants("mart", text, types) if m.mutator == mutator]


@pytest.mark.parametrize(
    ("mutator", "text", "expected"),
    [
        ("function", "select sum(a) from t", {"select max(a) from t", "select avg(a) from t"}),
        ("function", "select row_number() over (order by a)", {"select rank() over (order by a)"}),
        ("count", "select count(*) from t", {"select count(distinct 1) from t"}),
        ("count", "select count(distinct a) from t", {"select count(a) from t"}),
        ("default-dropped", "select coalesce(a, f(b, 0)) as a", {"select a as a"}),
        ("offset", "select lag(a) over (order by b)", {"select lag(a, 2) over (order by b)"}),
        ("constant", "select lag(a, 12) over ()", {"select lag(a, 13) over ()"}),
        ("condition-dropped", "where a = 1 and b > 2", {"where true and b > 2", "where a = 1 and true"}),
        ("condition-dropped", "where a = 1 or b > 2", {"where true"}),
        ("condition-dropped", "where a between 1 and 2", {"where true"}),
        (
            "condition-dropped",
            "from a left join b on a.x = b.x and a.y = left(b.y, 2) where z",
            {
                "from a left join b on true and a.y = left(b.y, 2) where z",
                "from a left join b on a.x = b.x and true where z",
                "from a left join b on a.x = b.x and a.y = left(b.y, 2) where true",
            },
        ),
        ("join", "from a inner join b on x", {"from a left join b on x"}),
        ("join", "from a left join b on x", {"from a inner join b on x"}),
        ("join", "from a full outer join b on x", {"from a left join b on x", "from a inner join b on x"}),
        ("join", "from a inner join {{ ref('dim_b') }} as b on x", set()),
        ("distinct", "select distinct a from t", {"select a from t"}),
        ("union", "select 1 union all select 2", {"select 1 union select 2"}),
        ("union", "select 1 union distinct select 2", {"select 1 union all select 2"}),
        ("arithmetic", "select a + 1, -1, count(*), b.*, {{ x }} * 2", {
            "select a - 1, -1, count(*), b.*, {{ x }} * 2",
            "select a + 1, -1, count(*), b.*, {{ x }} / 2",
        }),
        ("comparison", "where a < 2", {"where a <= 2", "where a > 2"}),
        ("comparison", "from a join b on a.x = b.x", set()),
        ("negation", "where a is null", {"where a is not null"}),
        ("negation", "where a is not null", {"where a is null"}),
        ("negation", "where a not in (1)", {"where a  in (1)"}),
        ("and-or", "select case when a and b then 1 end", {"select case when a or b then 1 end"}),
        ("and-or", "select a between 1 and 2", set()),
        (
            "case",
            "select case when a then 1 when b then case when c then 8 end else 3 end",
            {
                "select case when a then case when c then 8 end when b then 1 else 3 end",
                "select case when a then 1 when b then 3 else case when c then 8 end end",
                "select case when a then 1 when b then case when not (c) then 8 end else 3 end",
            },
        ),
        ("constant", "cast(a as numeric(18, 4)), 'x', ''", {"cast(a as numeric(18, 4)), 'x~', ''"}),
        ("constant", "where a = date '2014-12-31'", {"where a = date '2015-01-01'"}),
        ("setting", "where a > {{ var('most') }}", {"where a > ({{ var('most') }} + 1)"}),
        (
            "setting",
            "{% set n = var('days') | int %} range {{ n - 1 }} preceding, {{ m }}",
            {"{% set n = var('days') | int %} range ({{ n - 1 }} + 1) preceding, {{ m }}"},
        ),
        (
            "order",
            "select lag(a) over (order by b, c desc nulls last) from t order by b",
            {
                "select lag(a) over (order by b desc, c desc nulls last) from t order by b",
                "select lag(a) over (order by b, c asc nulls last) from t order by b",
            },
        ),
        (
            "partition",
            "sum(a) over (partition by b, c order by d)",
            {"sum(a) over (partition by c order by d)", "sum(a) over (partition by b order by d)"},
        ),
        (
            "month",
            "select {{ month_start('d') }} group by {{ month_start('d') }}",
            {
                "select {{ month_start(dbt.dateadd('day', 15, 'd')) }} "
                "group by {{ month_start(dbt.dateadd('day', 15, 'd')) }}"
            },
        ),
        (
            "date",
            "select {{ dbt.dateadd('month', -1, 'd') }}, {{ dbt.datediff('a', 'b', 'day') }}",
            {
                "select {{ dbt.dateadd('month', 0, 'd') }}, {{ dbt.datediff('a', 'b', 'day') }}",
                "select {{ dbt.dateadd('month', -1, 'd') }}, {{ dbt.datediff('b', 'a', 'day') }}",
            },
        ),
    ],
)  # fmt: skip
def test_a_mutator_breaks_a_model(mutator: str, text: str, expected: set[str]):
    assert set(changed(text, mutator)) == expected


def test_a_measure_is_swapped_for_another_of_its_type():
    text = "select t.day, t.sales, sum(t.cogs) as cogs, sum(t.profit) as profit from t"
    types = {"day": "date", "sales": "numeric(18, 4)", "cogs": "numeric(18, 4)", "profit": "numeric(18, 4)"}
    assert set(changed(text, "measure", **types)) == {
        "select t.day, t.sales, sum(t.profit) as cogs, sum(t.profit) as profit from t",
        "select t.day, t.sales, sum(t.cogs) as cogs, sum(t.cogs) as profit from t",
    }
    assert set(changed("select a, b from t", "measure", a="bigint", b="bigint")) == {
        "select b as a, b from t",
        "select a, a as b from t",
    }


def test_expressions_in_a_jinja_dictionary_are_broken_too():
    text = "{% set a = {'x': 't.b + t.c', 'y': 't.d', 'z': 't.e', 'back': 12, 'type': 'numeric(18, 2)'} %}"
    assert set(changed(text, "set")) == {
        text.replace("+", "-"),
        text.replace("'t.d'", "'t.e'"),
        text.replace("'t.e'", "'t.d'"),
        text.replace("12", "13"),
    }


def test_jinja_comments_and_statements_are_left_alone():
    text = "-- a + 1\n{# sum(a) #}{% set n = 1 + 1 %}{% for x in [1, 2] %}{{ x + 1 }}{% endfor %}/* b < c */"
    assert mutants("mart", text) == []


def test_quoted_text_may_contain_jinja_with_quotes():
    text = "select cast('{{ var('start') }}' as date) as a, b + 1 as b"
    assert [m.change for m in mutants("mart", text)] == ["+ → -", "1 → 2"]


def test_sql_that_only_increments_run_is_left_alone():
    text = "select a from t {% if is_incremental() %} where a > 1 {% else %} where a > 2 {% endif %}"
    assert {m.text for m in mutants("mart", text) if m.mutator == "condition-dropped"} == {
        "select a from t {% if is_incremental() %} where a > 1 {% else %} where true {% endif %}"
    }
    assert mutants("mart", "select a from t where {{ is_touched('t.a') }} and {{ has_changed() }}") == []


def test_a_name_survives_changes_of_other_lines():
    def name(text: str) -> str:
        (mutant,) = (m for m in mutants("mart", text) if m.mutator == "arithmetic")
        return mutant.name

    assert name("select a + b\nfrom t") == name("-- why\nselect  a + b\nfrom t, u")
    assert name("select a + b\nfrom t") != name("select a + c\nfrom t")


def test_names_are_unique():
    found = mutants("mart", "select 1 + 1 + 1,\n1 + 1 + 1\nfrom t")
    assert len({m.name for m in found}) == len(found) > 8
    assert all(isinstance(m, Mutant) and m.mutator in MUTATORS for m in found)
