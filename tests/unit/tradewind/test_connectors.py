"""Files for Power BI and Tableau: readable, complete, and without a secret."""

import json
import stat
from xml.etree import ElementTree

import pytest
from sqlalchemy.engine import make_url

from tradewind.connectors.__main__ import main, write_sources
from tradewind.connectors.datasets import read_datasets
from tradewind.connectors.formulas import UnknownFormula, formula, summed_column
from tradewind.connectors.tableau import tds

URL = make_url("postgresql://reporter@db.example.org:6543/sales?sslmode=require")
DATASETS = {dataset["table_name"]: dataset for dataset in read_datasets()}


def columns(table: str) -> dict[str, ElementTree.Element]:
    """Columns and calculations of a mart's file by name."""
    root = ElementTree.fromstring(tds(DATASETS[table], URL).encode())
    return {column.get("name"): column for column in root.findall("column")}


def test_power_bi_asks_for_user_and_tables(tmp_path):
    write_sources(tmp_path, URL)
    (connection,) = json.loads((tmp_path / "tradewind.pbids").read_text())["connections"]
    address = {"server": "db.example.org:6543", "database": "sales"}
    assert connection["details"] == {"protocol": "postgresql", "address": address}


def test_one_file_per_mart_for_the_reporter(tmp_path):
    names = write_sources(tmp_path, URL)
    assert sorted(names) == sorted(["tradewind.pbids", *(f"{table}.tds" for table in DATASETS)])
    for table in DATASETS:
        root = ElementTree.parse(tmp_path / f"{table}.tds").getroot()
        address = root.find(".//named-connection/connection").attrib
        assert (address["username"], address["server"], address["port"]) == (
            "reporter",
            "db.example.org",
            "6543",
        )
        assert (address["dbname"], address["sslmode"]) == ("sales", "require")
        assert root.find("./connection/relation").get("table") == f"[marts].[{table}]"


@pytest.mark.parametrize("table", DATASETS)
def test_every_column_and_every_metric_is_there_under_one_caption(table):
    found = columns(table)
    columns_of_the_mart = [column for column in DATASETS[table]["columns"] if "expression" not in column]
    assert {f"[{column['column_name']}]" for column in columns_of_the_mart} <= found.keys()
    captions = [column.get("caption") for column in found.values()]
    assert len(set(captions)) == len(captions)
    visible = {column.get("caption") for column in found.values() if column.get("hidden") != "true"}
    assert {metric["verbose_name"] for metric in DATASETS[table]["metrics"]} <= visible


def test_a_column_that_is_summed_has_the_metrics_name_and_format():
    sales = columns("mart_sales_monthly")["[sales]"]
    assert (sales.get("caption"), sales.get("aggregation"), sales.get("role")) == ("Sales", "Sum", "measure")
    assert sales.get("default-format") == 'c"$"#,##0;-"$"#,##0'
    assert sales.find("desc/formatted-text/run").text.startswith("Net sales in the reporting currency")
    revenue = columns("mart_orders_monthly")["[revenue]"]
    assert revenue.get("default-format") == 'c"R$"#,##0;-"R$"#,##0'


def test_a_ratio_is_a_calculated_field():
    margin = columns("mart_sales_monthly")["[Calculation_profit_margin]"]
    assert margin.find("calculation").get("formula") == "SUM([profit]) / SUM([sales_with_profit])"
    assert margin.get("default-format") == "p0.0%"


def test_a_level_that_must_not_be_summed_is_hidden():
    """Units in stock of several months are an average: only the metric that says so is shown."""
    found = columns("mart_executive_summary")
    assert found["[inventory]"].get("hidden") == "true"
    assert found["[Calculation_inventory]"].get("caption") == "Units in stock"


def test_grouping_columns_are_dimensions():
    found = columns("mart_sales_daily")
    assert (found["[day]"].get("datatype"), found["[day]"].get("role")) == ("date", "dimension")
    assert found["[country]"].get("semantic-role") == "[Country].[Name]"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SUM(a) / NULLIF(SUM(b), 0)", "SUM([a]) / SUM([b])"),
        ("SUM(a) / NULLIF(SUM(b) - SUM(c), 0)", "SUM([a]) / (SUM([b]) - SUM([c]))"),
        ("MAX(a) / NULLIF(MAX(b), 1)", "MAX([a]) / IF MAX([b]) = 1 THEN NULL ELSE MAX([b]) END"),
        ("SUM(CASE WHEN a IS NOT NULL THEN b END)", "SUM(IF NOT ISNULL([a]) THEN [b] END)"),
        (
            "CASE WHEN MAX(a) > 1 THEN 'x' WHEN MAX(a) = 1 THEN 'y' ELSE 'z' END",
            "IF MAX([a]) > 1 THEN 'x' ELSEIF MAX([a]) = 1 THEN 'y' ELSE 'z' END",
        ),
        ("SUM(a) FILTER (WHERE b = 'c')", "SUM(IF [b] = 'c' THEN [a] END)"),
        ("COUNT(DISTINCT a) + COUNT(*)", "COUNTD([a]) + SUM(1)"),
        ("BOOL_AND(a)", "MIN([a])"),
        ("RANK() OVER (ORDER BY SUM(a) DESC)", "RANK(SUM([a]), 'desc')"),
    ],
)
def test_formulas(sql, expected):
    assert formula(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SUM(DISTINCT a)",
        "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a)",
        "SUM(a) OVER ()",
        "RANK() OVER ()",
        "t.a",
    ],
)
def test_what_cannot_be_expressed_is_refused(sql):
    with pytest.raises(UnknownFormula):
        formula(sql)


def test_only_a_plain_sum_gives_a_column_its_metric():
    assert summed_column("SUM(sales)") == "sales"
    assert summed_column("SUM(DISTINCT sales)") == ""
    assert summed_column("SUM(sales) / 2") == summed_column("MAX(sales)") == ""


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path))
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://owner:hidden-1@inside:5432/sales")
    monkeypatch.setenv("REPORTER_PASSWORD", "hidden-2")
    assert main(["--no-extract", "--server", "db.example.org:6543"]) == 0
    assert "tradewind.pbids" in capsys.readouterr().out
    files = list((tmp_path / "connectors").iterdir())
    assert len(files) == len(DATASETS) + 1
    for file in files:
        assert "hidden" not in file.read_text().replace('hidden="true"', ""), file
        assert "db.example.org" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0o044


def test_lines_of_text_for_pages_are_no_measures():
    measures = {metric["metric_name"] for mart in read_datasets() for metric in mart["metrics"]}
    assert "data_kind" in measures
    assert not {"status_line", "period_line"} & measures
