"""dbt's manifest becomes Superset's datasets."""

import copy
import json
import sys

import pytest
import yaml

from tradewind.dashboards import datasets
from tradewind.dashboards.shorthand import dataset_uuid


def column(name, data_type, description="", **meta):
    return {
        "name": name,
        "data_type": data_type,
        "description": description,
        "config": {"meta": {"superset": meta} if meta else {}},
    }


def model(name, meta, *columns):
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "marts_work",
        "description": f"About\n{name}.",
        "config": {"meta": {"superset": meta} if meta is not None else {}},
        "columns": {item["name"]: item for item in columns},
    }


def not_null(model_id, column_name):
    return {
        "resource_type": "test",
        "name": f"not_null_{column_name}",
        "attached_node": model_id,
        "column_name": column_name,
        "test_metadata": {"name": "not_null"},
    }


SALES = {
    "calculated": [{"name": "all_sales", "expression": "'all'", "description": "One group."}],
    "main_dttm_col": "month",
    "certified_by": "Data team",
    "metrics": [
        {"name": "profit_margin", "expression": "SUM(profit) / NULLIF(SUM(sales), 0)", "d3format": ",.1%"},
        {
            "name": "net_sales",
            "expression": "SUM(sales)",
            "verbose_name": "Sales",
            "description": "Net sales.",
            "unit": "USD",
            "owner": "Finance",
            "good_direction": "up",
        },
    ],
}
MANIFEST = {
    "nodes": {
        "model.t.mart_sales": model(
            "mart_sales",
            SALES,
            column("sales", "numeric(18,4)"),
            column("month", "date", "First day\nof the month."),
            column("country_code", "text", verbose_name="Country code"),
            column("year", "int", groupby=True),
        ),
        "model.t.dim_country": model("dim_country", None, column("country", "text")),
        "test.t.not_null": not_null("model.t.mart_sales", "month"),
    }
}


@pytest.fixture
def written():
    return {name: yaml.safe_load(text) for name, text in datasets.datasets(MANIFEST).items()}


@pytest.fixture
def dataset(written):
    return written["mart_sales.yaml"]


def by_name(dataset, kind):
    return {item[f"{kind}_name"]: item for item in dataset[f"{kind}s"]}


def test_only_a_model_that_asks_for_it_becomes_a_dataset(written):
    assert list(written) == ["mart_sales.yaml"]


def test_the_dataset_reads_the_published_schema(dataset):
    assert (dataset["catalog"], dataset["schema"], dataset["table_name"]) == (
        "warehouse",
        "marts",
        "mart_sales",
    )
    assert dataset["description"] == "About mart_sales."
    assert dataset["main_dttm_col"] == "month"
    # its cache is invalidated when something is published
    assert "cache_timeout" not in dataset


def test_health_views_are_read_where_dbt_creates_them():
    view = model("health_loads", {"certified_by": "Data team", "cache_timeout": 30}, column("state", "text"))
    manifest = {"nodes": {"model.t.health_loads": view | {"schema": "ops"}}}
    found = yaml.safe_load(datasets.datasets(manifest)["health_loads.yaml"])
    assert (found["schema"], found["table_name"], found["cache_timeout"]) == ("ops", "health_loads", 30)
    assert found["uuid"] == dataset_uuid("ops.health_loads") != dataset_uuid("health_loads")
    # nobody published it
    assert found["extra"]["certification"]["details"] == "Tested by dbt"


def test_columns(dataset):
    columns = by_name(dataset, "column")
    assert columns["month"] == {
        "column_name": "month",
        "verbose_name": "Month",
        "type": "DATE",
        "is_dttm": True,
        "description": "First day of the month.",
        "extra": {"certification": {"certified_by": "Data team", "details": "dbt tests: not_null"}},
    }
    assert columns["sales"]["groupby"] is False
    assert "groupby" not in columns["year"]
    assert "extra" not in columns["country_code"]
    assert columns["all_sales"] == {
        "column_name": "all_sales",
        "verbose_name": "All sales",
        "type": "TEXT",
        "expression": "'all'",
        "description": "One group.",
    }


def test_metrics(dataset):
    metrics = by_name(dataset, "metric")
    assert metrics["net_sales"] == {
        "metric_name": "net_sales",
        "verbose_name": "Sales",
        "expression": "SUM(sales)",
        "description": "Net sales.",
        "extra": {
            "certification": {"certified_by": "Finance", "details": "Unit: USD. Better when it goes up."}
        },
    }
    assert metrics["profit_margin"]["verbose_name"] == "Profit margin"
    assert metrics["profit_margin"]["d3format"] == ",.1%"


def test_the_order_in_the_manifest_does_not_matter():
    shuffled = copy.deepcopy(MANIFEST)
    shuffled["nodes"] = dict(reversed(shuffled["nodes"].items()))
    mart = shuffled["nodes"]["model.t.mart_sales"]
    mart["columns"] = dict(reversed(mart["columns"].items()))
    mart["config"]["meta"]["superset"]["metrics"].reverse()
    assert datasets.datasets(shuffled) == datasets.datasets(MANIFEST)


def test_the_command_writes_checks_and_tidies(tmp_path, monkeypatch, capsys):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    out = tmp_path / "out"
    out.mkdir()
    (out / "mart_gone.yaml").write_text("old")

    def run(*options):
        monkeypatch.setattr(
            sys, "argv", ["datasets.py", "--manifest", str(manifest), "--out", str(out), *options]
        )
        return datasets.main()

    assert run("--check") == 1
    assert {"mart_gone", "mart_sales"} <= set(
        capsys.readouterr().err.replace("/", " ").replace(".", " ").split()
    )
    assert run() == 0
    assert [path.name for path in out.iterdir()] == ["mart_sales.yaml"]
    assert run("--check") == 0
    (out / "mart_sales.yaml").write_text("edited by hand")
    assert run("--check") == 1


def test_a_missing_manifest_is_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["datasets.py", "--manifest", str(tmp_path / "none.json")])
    assert datasets.main() == 1
    assert "no manifest at" in capsys.readouterr().err
