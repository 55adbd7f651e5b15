"""What differs between two states of a project."""

from dataclasses import replace

import pytest

from tradewind.impact.models import changed_models
from tradewind.lineage.manifest import Column, Macro, Manifest, Node
from tradewind.lineage.project import follow

MACROS = {
    "m.is_touched": Macro("is_touched", "macros/slices/touched.sql", "a", ("m.slices_of",)),
    "m.slices_of": Macro("slices_of", "macros/slices/config.sql", "b"),
    "m.money": Macro("money", "macros/money.sql", "c"),
}
TEMPLATE = "{{ config(**slices()) }} select day, sales from t where {{ is_touched('day') }}"


def model(name: str, sql: str, reads: str, **config) -> Node:
    return Node(
        id=name,
        kind="model",
        name=name,
        layer="core",
        folders=(),
        relation=f"s.{name}",
        description="",
        columns={},
        meta={},
        inputs=tuple(reads.split()),
        sql=sql,
        config={"materialized": "table", **config},
    )


LINES = Node(
    "lines",
    "source",
    "lines",
    "source",
    (),
    "s.lines",
    "",
    {c: Column(c, "", "", {}) for c in ("day", "sales")},
    {},
)
FACT = replace(
    model(
        "fct",
        "select day, sales from s.lines where true",
        "lines",
        materialized="incremental",
        meta={"slices": {"by": "day date"}},
    ),
    template=TEMPLATE,
    macros=("m.is_touched", "m.money"),
)
MART = model("mart", "with all_lines as (select * from s.fct) select * from all_lines", "fct")
VIEW = replace(model("view", "select sales from s.lines", "lines"), macros=("m.is_touched",))


def manifest(*nodes: Node, macros: dict[str, Macro] = MACROS) -> Manifest:
    return Manifest("postgres", {each.id: each for each in nodes}, [], macros)


BEFORE = manifest(LINES, FACT, MART, VIEW)


def changed(*nodes: Node, macros: dict[str, Macro] = MACROS) -> dict[str, set[str]]:
    """What differs if these nodes and macros replace the earlier ones."""
    now = manifest(*{**BEFORE.nodes, **{each.id: each for each in nodes}}.values(), macros=macros)
    return changed_models(BEFORE, now, follow(now))


def test_nothing_changed():
    assert changed() == {}


def test_a_changed_column():
    assert changed(replace(FACT, sql="select day, sales * 2 as sales from s.lines where true")) == {
        "fct": {"sales"}
    }


def test_an_added_column_is_added_where_all_are_read():
    fact = replace(FACT, sql="select day, sales, 1 as lines from s.lines where true")
    assert changed(fact) == {"fct": {"lines"}, "mart": {"lines"}}


def test_new_and_deleted_models():
    assert changed(model("fct_new", "select 1 as x", "")) == {"fct_new": {"*"}}
    now = manifest(LINES, FACT, VIEW)
    assert changed_models(BEFORE, now, follow(now)) == {"mart": {"*"}}


@pytest.mark.parametrize(
    "fact",
    [
        replace(FACT, config={**FACT.config, "materialized": "table"}),
        replace(FACT, config={**FACT.config, "meta": {"slices": {"by": "month date"}}}),
        replace(FACT, template=TEMPLATE.replace("'day'", "'month'")),
        replace(FACT, template=TEMPLATE + "{% if is_touched('x') %} and true {% endif %}"),
    ],
)
def test_a_change_in_how_a_table_is_built_counts_for_all_columns(fact):
    assert changed(fact) == {"fct": {"*"}}


def test_reformatting_the_template_changes_nothing():
    other = """
    -- a remark
    {# more of them #}{{ config( ** slices() ) }}
    select day, sales from t where {{ is_touched( 'day' ) }}
    """
    assert changed(replace(FACT, template=other)) == {}


def test_descriptions_of_a_model_change_nothing():
    assert (
        changed(replace(FACT, config={**FACT.config, "meta": {**FACT.config["meta"], "owner": "me"}})) == {}
    )


@pytest.mark.parametrize("name", ["m.is_touched", "m.slices_of"])
def test_a_macro_that_selects_slices_touches_the_sliced_models_that_call_it(name):
    assert changed(macros={**MACROS, name: replace(MACROS[name], sql="other")}) == {"fct": {"*"}}


def test_a_macro_that_generates_the_select_counts_for_its_output():
    assert changed(macros={**MACROS, "m.money": replace(MACROS["m.money"], sql="other")}) == {}
