"""What Power BI, Tableau and notebooks get equals the marts: columns, metrics, rows and charts."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import pytest
from psycopg.rows import dict_row

from ingestion.sample import write_sample_files
from tests.conftest import skip
from tests.integration.dbt.builds import run_tradewind
from tradewind.connectors.__main__ import main
from tradewind.definitions import read_marts
from tradewind.extra_environments import ANALYSIS, EnvironmentMissing, environment_python
from tradewind.notebook import OVERVIEW, NotebookFailed, run_notebook
from tradewind.settings import ROOT

SUMMARY = "mart_executive_summary"

#: Reads an extract and prints its columns' types and values, amounts as text with all their digits.
READ = """
import json, sys
import pantab
for name in sys.argv[2:]:
    table = pantab.frame_from_hyper(sys.argv[1], table=name, return_type="pyarrow")
    kinds = {field.name: str(field.type) for field in table.schema}
    print(json.dumps([kinds, table.to_pylist()], default=str))
"""


@pytest.fixture(scope="module")
def environment(warehouse, take, build, dbt_state, tmp_path_factory) -> dict[str, str]:
    """A built warehouse with files of all sources, and forecasts of a month whose figures came later."""

    def build_and_forecast():
        assert build().returncode == 0
        assert run_tradewind(warehouse, dbt_state, "forecast", "--store").returncode == 0

    folder = tmp_path_factory.mktemp("files")
    write_sample_files(folder)
    (sales,) = folder.glob("sales_*.csv")
    later = without_last_month(sales)
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        take(path)
    build_and_forecast()
    take(later)
    build_and_forecast()
    return {**warehouse.environment(), "PYTHONPATH": str(ROOT)}


def without_last_month(sales: Path) -> Path:
    """Move the lines of the last month into a file of their own."""
    with sales.open(newline="") as file:
        header, *rows = csv.reader(file)
    day = header.index("Date")

    def month(row: list[str]) -> str:
        return "-".join(reversed(row[day].split("/")[1:]))

    last = max(map(month, rows))
    later = sales.parent.parent / f"sales_{last}.csv"
    for path, is_last in ((sales, False), (later, True)):
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *(row for row in rows if (month(row) == last) == is_last)])
    return later


@pytest.fixture(scope="module")
def analysis() -> Path:
    """Python that reads extracts and runs notebooks."""
    try:
        return environment_python(ANALYSIS)
    except EnvironmentMissing as error:
        return skip(str(error))


@pytest.fixture(scope="module")
def files(environment, analysis, tmp_path_factory) -> Path:
    """What `make connectors` writes."""
    folder = tmp_path_factory.mktemp("connectors")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        assert main(["--out", str(folder)]) == 0
    return folder


def sql(formula: str) -> str:
    """A Tableau formula as Postgres would compute it, null where Tableau divides by zero."""
    text = re.sub(r"\[(\w+)\]", r'"\1"', formula)
    text = re.sub(r"ISNULL\(([^()]+)\)", r"(\1 is null)", text)
    text = re.sub(r"RANK\((.+), '(asc|desc)'\)", r"rank() over (order by \1 \2)", text)
    text = re.sub(r"IFNULL\(", "coalesce(", text)
    text = re.sub(r"COUNTD\(", "count(distinct ", text)
    text = re.sub(r"(MAX|MIN)\((\"is_\w+\")\)", r"(\1(\2::int) = 1)", text)
    text = text.replace("ELSEIF ", "WHEN ").replace("IF ", "CASE WHEN ")
    return divided(text)


def divided(text: str) -> str:
    left, slash, right = text.partition(" / ")
    if not slash:
        return text
    divisor, rest = factor(right)
    return f"{left} / nullif(1.0 * {divisor}, 0){divided(rest)}"


def factor(text: str) -> tuple[str, str]:
    """The factor at the beginning of a text, and what follows it."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0 or (depth == 0 and letter == " "):
            return text[:place], text[place:]
    return text, ""


def test_the_files_name_every_column_of_the_published_marts(files, ask):
    rows = ask("select table_name, column_name from information_schema.columns where table_schema = 'marts'")
    published: dict[str, set[str]] = {}
    for table, column in rows:
        published.setdefault(table, set()).add(f"[{column}]")
    named = {}
    for file in files.glob("*.tds"):
        columns = ElementTree.parse(file).getroot().findall("column")
        named[file.stem] = {column.get("name") for column in columns if column.find("calculation") is None}
    assert named == published


def test_calculated_fields_equal_the_metrics(files, environment, warehouse):
    """Translated to SQL independently of the code that wrote them."""
    compared = 0
    with psycopg.connect(warehouse.url("reporter"), row_factory=dict_row) as connection:
        for name, mart in read_marts().items():
            root = ElementTree.parse(files / f"{name}.tds").getroot()
            for column in root.findall("column"):
                calculation = column.find("calculation")
                if calculation is None:
                    continue
                metric = column.get("name").removeprefix("[Calculation_").removesuffix("]")
                expected = mart.metrics[metric].expression
                written = sql(calculation.get("formula"))
                query = f"select {expected} as expected, {written} as found from marts.{name}"
                rows = connection.execute(query).fetchall()
                if rows[0]["expected"] is None:  # as the bounds of a forecast over more than one month
                    rows += connection.execute(f"{query} group by {mart.day}").fetchall()
                assert any(row["expected"] is not None for row in rows), query
                assert all(same(row["found"], row["expected"]) for row in rows), query
                compared += 1
    assert compared > 50


def same(found: object, expected: object) -> bool:
    if isinstance(expected, str) or not hasattr(expected, "quantize"):
        return found == expected
    return abs(found - expected) <= abs(expected) / 10**12


def read(analysis: Path, file: Path, name: str) -> list:
    outcome = subprocess.run([analysis, "-c", READ, file, name], capture_output=True, text=True, check=True)
    return json.loads(outcome.stdout)


def test_an_extract_equals_the_mart(files, analysis, ask):
    kinds, rows = read(analysis, files / f"{SUMMARY}.hyper", SUMMARY)
    assert kinds["sales"] == "decimal128(18, 4)"
    assert kinds["month"] == "date32[day]"
    expected = ask(f"select {', '.join(kinds)} from marts.{SUMMARY}")
    texts = [[plain(value) for value in row] for row in expected]
    found = [[plain(row[name]) for name in kinds] for row in rows]
    assert sorted(found) == sorted(texts)
    assert len(found) > 100


def plain(value: object) -> str:
    return "" if value is None else str(value)


def test_amounts_stay_exact_however_small_or_large(analysis, environment, warehouse, tmp_path):
    """Including losses of cents, which pantab itself refuses as decimals; no digit is lost."""
    amounts = ["-0.0001", "-0.0100", "-0.5000", "0.0001", "99999999999999.9999", "-99999999999999.9999"]
    with psycopg.connect(warehouse.url("transformer"), autocommit=True) as connection:
        connection.execute(
            "create table marts.mart_trial (amount numeric(18, 4), wide numeric(30, 6), many int)"
        )
        connection.execute("grant select on marts.mart_trial to reporter")
        try:
            for amount in [*amounts, None]:
                connection.execute("insert into marts.mart_trial values (%s, %s, 1)", [amount, amount])
            run_extract(analysis, environment, "mart_trial", tmp_path / "trial.hyper")
        finally:
            connection.execute("drop table marts.mart_trial")
    kinds, rows = read(analysis, tmp_path / "trial.hyper", "mart_trial")
    assert kinds["wide"] == "decimal128(30, 6)"
    assert sorted(plain(row["amount"]) for row in rows) == sorted([*amounts, ""])
    assert sorted(plain(row["wide"]) for row in rows) == sorted([*(f"{each}00" for each in amounts), ""])


def run_extract(analysis: Path, environment: dict[str, str], mart: str, file: Path) -> str:
    command = [analysis, "-m", "tradewind.connectors.extract", mart, file]
    outcome = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture
def in_environment(environment, analysis, monkeypatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_the_notebook_draws_the_marts(in_environment, tmp_path, ask):
    page = tmp_path / "overview.html"
    run_notebook(OVERVIEW, page)
    text = page.read_text()
    for kind in ("scatter", "bar", "pie"):
        assert f'"type":"{kind}"' in text
    assert text.count("Plotly.newPlot(") >= 4
    ((sales,),) = ask("select sum(sales) from marts.mart_sales_monthly")
    assert f"${sales / 10**6:,.1f}M" in text
    assert f"${sales:,.0f}" in text
    assert not re.search(r"<script[^>]*src=.https?:", text), "the page asks another host"


def test_a_failing_cell_is_reported(in_environment, tmp_path):
    notebook = json.loads(OVERVIEW.read_text())
    broken = {
        **notebook["cells"][1],
        "source": ["from tradewind.marts import mart\n", "mart('mart_nowhere')"],
    }
    copy = tmp_path / "broken.ipynb"
    copy.write_text(json.dumps({**notebook, "cells": [broken]}))
    with pytest.raises(NotebookFailed, match="there is no mart mart_nowhere"):
        run_notebook(copy, tmp_path / "broken.html")
    assert not (tmp_path / "broken.html").exists()


def test_a_missing_mart(files, in_environment, capsys):
    assert main(["--out", str(files), "--mart", "mart_sales_dialy"]) == 1
    assert "did you mean mart_sales_daily" in capsys.readouterr().err
    assert not (files / "mart_sales_dialy.hyper").exists()
