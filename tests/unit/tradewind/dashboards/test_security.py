"""Access is decided for everything that exists; anything without a decision is a fault."""

import copy
import re

import pytest
import yaml

from tests.support.strange_names import NAMES
from tradewind.dashboards import likeness, logins, security, shorthand
from tradewind.dashboards import tree as asset_tree

FILE = """
permissions:
  view: {Dashboard: [can_read]}
  explore: {like: [view, Gamma, sql_lab]}
roles:
  Executive: {may: view}
  Country manager: {may: view, of: country, values: [Canada, Côte d'Ivoire]}
  Regional manager: {may: view, of: region, values: [South]}
  Analyst: {may: explore, schemas: [marts]}
  Data engineer: {may: explore, schemas: [marts, ops]}
dashboards:
  sales: [Executive, Country manager, Analyst]
  shop: [Executive, Regional manager]
  health: [Data engineer]
datasets:
  mart_sales: country
  mart_orders: region
  mart_both: [country, region]
  mart_status: open
  ops.health_loads: {only: [Data engineer]}
"""

DATASETS = {
    "mart_sales": ["country", "sales"],
    "mart_orders": ["region", "orders"],
    "mart_both": ["country", "region"],
    "mart_status": ["source"],
    "ops.health_loads": ["file"],
}
DASHBOARDS = {
    "sales": ["mart_sales", "mart_status"],
    "shop": ["mart_orders", "mart_both"],
    "health": ["ops.health_loads", "mart_status"],
}


def assets():
    """A tree with a chart for each dataset."""
    tree, titles = {}, {}
    for name, columns in DATASETS.items():
        schema, _, table = name.rpartition(".")
        tree[f"datasets/warehouse/{table}.yaml"] = {
            "schema": schema or "marts",
            "table_name": table,
            "columns": [{"column_name": column} for column in columns],
        }
        chart = {"slice_name": table, "viz_type": "table", "dataset": name, "params": {}}
        tree[f"charts/{table}.yaml"] = shorthand.chart(f"charts/{table}.yaml", chart)
        titles[table] = table
    for slug, datasets in DASHBOARDS.items():
        charts = {name.rpartition(".")[2]: 4 for name in datasets}
        layout = [{"height": 20, "row": charts}]
        short = {"dashboard_title": slug, "slug": slug, "layout": layout}
        tree[f"dashboards/{slug}.yaml"] = shorthand.dashboard(f"dashboards/{slug}.yaml", short, titles)
    return tree


@pytest.fixture
def file():
    return yaml.safe_load(FILE)


def test_the_repository_has_no_fault():
    assert security.check(security.read(), asset_tree.read()) == []


def test_the_example_has_no_fault(file):
    assert security.check(security.Security(file), assets()) == []


BREAKS = {
    "a dashboard without a role": (
        lambda f: f["dashboards"].pop("shop"),
        "dashboard shop has no role",
    ),
    "a dashboard with an empty list": (
        lambda f: f["dashboards"].update(shop=[]),
        "dashboard shop has no role",
    ),
    "a dataset without a rule": (
        lambda f: f["datasets"].pop("mart_both"),
        "dataset marts.mart_both has no rule",
    ),
    "a missing dataset": (
        lambda f: f["datasets"].update(mart_gone="open"),
        "dataset marts.mart_gone does not exist",
    ),
    "a missing dashboard": (
        lambda f: f["dashboards"].update(gone=["Executive"]),
        "dashboard gone does not exist",
    ),
    "a misspelt role": (
        lambda f: f["dashboards"].update(sales=["Executives"]),
        "dashboard sales: there is no role Executives",
    ),
    "a role twice": (
        lambda f: f["dashboards"].update(sales=["Executive", "Executive"]),
        "dashboard sales: Executive occurs twice",
    ),
    "a missing column": (
        lambda f: f["datasets"].update(mart_sales="region"),
        "dataset marts.mart_sales has no column region",
    ),
    "a column that limits nobody": (
        lambda f: f["datasets"].update(mart_sales="sales"),
        "dataset marts.mart_sales: no role is a manager of 'sales'",
    ),
    "a rule of another kind": (
        lambda f: f["datasets"].update(mart_sales={"not": ["Executive"]}),
        "dataset marts.mart_sales: a rule is open, a column, or only",
    ),
    "a rule for a misspelt role": (
        lambda f: f["datasets"].update({"ops.health_loads": {"only": ["Data engineers"]}}),
        "dataset ops.health_loads: there is no role Data engineers",
    ),
    "a page that would stay empty for a manager": (
        lambda f: f["dashboards"]["shop"].append("Country manager"),
        "dashboard shop shows marts.mart_orders, of which Country manager may see nothing",
    ),
    "a page with data for others only": (
        lambda f: f["dashboards"]["health"].append("Executive"),
        "dashboard health shows ops.health_loads, of which Executive may see nothing",
    ),
    "an unknown set of permissions": (
        lambda f: f["roles"]["Executive"].update(may="everything"),
        "role Executive may 'everything', which is not a set of permissions",
    ),
    "a set like an unknown one": (
        lambda f: f["permissions"]["explore"].update(like=["Delta"]),
        "permissions explore: there is no 'Delta'",
    ),
    "a misspelt key": (
        lambda f: f["roles"]["Analyst"].update(schema=["marts"]),
        "role Analyst: unknown keys: schema",
    ),
    "a role of Superset": (
        lambda f: f["roles"].update(Gamma={"may": "view"}),
        "role Gamma is Superset's own",
    ),
    "a manager of nothing": (
        lambda f: f["roles"]["Regional manager"].pop("values"),
        "role Regional manager needs both",
    ),
    "a manager with SQL Lab": (
        lambda f: f["roles"]["Country manager"].update(may="explore"),
        "role Country manager is limited to rows, which SQL Lab and schemas do not respect",
    ),
    "a manager with a schema": (
        lambda f: f["roles"]["Country manager"].update(schemas=["marts"]),
        "role Country manager is limited to rows",
    ),
    "a value twice": (
        lambda f: f["roles"]["Country manager"]["values"].append("Canada"),
        "role Country manager: Canada occurs twice",
    ),
    "values that are one word": (
        lambda f: f["roles"]["Country manager"].update(values="Canada"),
        "role Country manager: values is a list, or all",
    ),
    "a role like one of a member of any name": (
        lambda f: f["roles"].update(
            {
                "Country manager": {"may": "view", "of": "country", "values": "all"},
                "Country manager X": {"may": "view"},
            }
        ),
        "role Country manager X could be taken for one of Country manager, whose values are all",
    ),
    "a family whose name leaves no room for its members": (
        lambda f: f["roles"].update({"M" * 40: {"may": "view", "of": "country", "values": "all"}}),
        f"role {'M' * 40}: with values: all its name may have 32 characters",
    ),
    "a value that is SQL": (
        lambda f: f["roles"]["Country manager"]["values"].append("x'; drop table y"),
        'role Country manager: "x\'; drop table y" cannot be part of a condition',
    ),
    "a value that is a template": (
        lambda f: f["roles"]["Country manager"]["values"].append("{{ x }}"),
        "role Country manager: '{{ x }}' cannot be part",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_caught(file, name):
    break_it, fault = BREAKS[name]
    broken = copy.deepcopy(file)
    break_it(broken)
    found = security.check(security.Security(broken), assets())
    assert any(item.startswith(f"security.yaml: {fault}") for item in found), found


def test_a_new_dashboard_and_a_new_dataset_are_closed_until_somebody_thinks_of_them():
    tree = asset_tree.read()
    tree["dashboards/new.yaml"] = {
        "slug": "new",
        "position": {},
        "metadata": {},
    }
    tree["datasets/warehouse/mart_new.yaml"] = {"schema": "marts", "table_name": "mart_new", "columns": []}
    assert security.check(security.read(), tree) == [
        "security.yaml: dataset marts.mart_new has no rule: say what managers see of it",
        "security.yaml: dashboard new has no role: nobody would see it, or everybody",
    ]


def test_a_manager_is_a_role_for_each_value(file):
    rules = security.Security(file)
    assert [role.name for role in rules.roles()] == [
        "Executive",
        "Country manager Canada",
        "Country manager Côte d'Ivoire",
        "Regional manager South",
        "Analyst",
        "Data engineer",
    ]
    assert rules.dashboards()["sales"] == [
        "Executive",
        "Country manager Canada",
        "Country manager Côte d'Ivoire",
        "Analyst",
    ]


def test_managers_see_their_rows_and_nothing_of_others(file):
    found = {item.name: item for item in security.Security(file).row_filters()}
    assert {name: item.clause for name, item in found.items()} == {
        "Country manager Canada": "country = 'Canada'",
        "Country manager Côte d'Ivoire": "country = 'Côte d''Ivoire'",
        "Country manager: nothing of others": "1 = 0",
        "Regional manager South": "region = 'South'",
        "Regional manager: nothing of others": "1 = 0",
    }
    assert found["Country manager Canada"].datasets == ("marts.mart_both", "marts.mart_sales")
    assert found["Country manager Canada"].roles == ("Country manager Canada",)
    closed = found["Country manager: nothing of others"]
    assert closed.datasets == ("marts.mart_orders", "ops.health_loads")
    assert closed.roles == ("Country manager Canada", "Country manager Côte d'Ivoire")


def test_every_dataset_is_open_or_filtered_for_every_manager(file):
    """None is left without a filter by accident: a dataset that is not open has one for each manager."""
    rules = security.Security(file)
    for role in rules.roles():
        filtered = {name for item in rules.row_filters() if role.name in item.roles for name in item.datasets}
        expected = {name for name in rules.rules if name != "marts.mart_status"} if role.of else set()
        assert filtered == expected, role.name


def with_all(file):
    file["roles"]["Country manager"]["values"] = "all"
    return security.Security(file)


def test_all_values_are_those_that_the_data_have(file):
    rules = with_all(file)
    assert security.check(rules, assets()) == []
    assert rules.columns_of_all() == {"country"}
    assert set(rules.limited_by("country")) == {"marts.mart_sales", "marts.mart_both"}
    assert not [role for role in rules.roles() if role.family == "Country manager"]
    rules = rules.with_members({"country": ["Canada", "Japan"], "region": ["ignored"]})
    assert [role.name for role in rules.roles() if role.of] == [
        "Country manager Canada",
        "Country manager Japan",
        "Regional manager South",
    ]


def test_no_two_names_are_one_role_and_none_is_too_long_for_superset(file):
    roles = with_all(file).with_members({"country": NAMES}).roles()
    assert (
        len({role.name for role in roles})
        == len({logins.reader_of(role.name) for role in roles})
        == len(roles)
    )
    for role in roles:
        assert len(role.name) <= 64
        assert len(logins.reader_of(role.name)) <= 63
        assert role.name == " ".join(role.name.split())
        assert role.name.isprintable()
    assert security.role_name("Country manager", "Canada") == "Country manager Canada"
    assert security.role_name("Country manager", "Canada ").startswith("Country manager Canada #")


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_a_condition_has_nothing_that_superset_reads_in_its_own_way(name):
    clause = security.Role("r", "f", "view", (), "country", name).clause
    inside = re.fullmatch(
        r"country = (?:convert_from\(decode\('([0-9a-f]+)', 'hex'\), 'UTF8'\)|'(.*)')", clause
    )
    assert inside
    if inside[1]:
        assert bytes.fromhex(inside[1]).decode() == name
    else:
        assert inside[2].replace("''", "'") == name
        assert not set(inside[2]) & set('{}%:\\"#*;\n\r\t')
        assert inside[2].replace("''", "").count("'") == 0


def test_somebody_is_limited_by_a_role_for_a_member_that_nobody_knows(file):
    rules = with_all(file)
    alone = logins.login(["Country manager Atlantis"], rules)
    assert alone == logins.reader_of("Country manager Atlantis")
    assert logins.login(["Country manager Atlantis", "Executive", "Admin"], rules) == alone
    both = ["Country manager Atlantis", "Regional manager South"]
    assert logins.login(both, rules) == logins.reader_of_several(both)
    assert logins.login(["Country managers"], rules) is None
    # of a family with a list, as before
    assert logins.login(["Regional manager Atlantis"], rules) is None


@pytest.mark.parametrize("count", [5, likeness.CHECKED, 40, 250])
def test_a_sample_of_a_large_family_is_checked_chart_by_chart(file, count):
    names = [f"Country {number:03}" for number in range(count - 2)] + ["O'Brien", "{{ 1 }}"]
    rules = with_all(file).with_members({"country": names})
    sample = [role.value for role in likeness.sample(rules) if role.family == "Country manager"]
    assert len(set(sample)) == len(sample) == min(count, likeness.CHECKED)
    assert {"Country 000", "O'Brien", "{{ 1 }}"} <= set(sample)
    assert {role.name for role in likeness.sample(rules) if not role.of} == {
        "Executive",
        "Analyst",
        "Data engineer",
    }
