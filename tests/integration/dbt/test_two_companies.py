"""Several companies in one warehouse: each is compared with itself alone, and none stops the build.

Alpha knows its cost and has sold from January to April. Beta sells the same products to the same segments
of the same countries, knows no cost, and has files of February and March only.
Gamma's file has a line so large that no mart could hold it; its contract says which row of a key is the
latest.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout
from tradewind.insight.metrics import read_metrics
from tradewind.insight.published import partly_known
from tradewind.marts import metric
from tradewind.settings import Settings

Run = Callable[..., str]
Ask = Callable[..., list[tuple]]

_HEADER = "order_number,order_line,order_date,country,segment,product,quantity,net_sales"
_CELLS = [("Germany", "Retail", "Velo"), ("Germany", "Retail", "Paseo"), ("France", "Trade", "Velo")]

#: Units and sales of each month, of which cells differ by their place.
_ALPHA = {1: (10, 100), 2: (12, 130), 3: (9, 95), 4: (14, 160)}
_BETA = {2: (1000, 5000), 3: (1500, 9000)}


_GAMMA = """\
order_number,order_line,order_date,country,product,quantity,unit_price,updated_at
G1,1,2024-03-15,Germany,Sofa,2,10.00,2024-03-20
G2,1,2024-03-16,Germany,Sofa,3,10.00,2024-03-20
G3,1,2024-03-17,Germany,Sofa,999999999999999999,9999999999999999.00,2024-03-20
G4,1,2024-03-17,Germany,Sofa,11,100000000000.00,2024-03-20
G5,1,2024-03-18,Germany,Sofa,9,100000000000.00,2024-03-20
"""

#: A later file: the first row is older than the one before, the second is newer.
_GAMMA_LATER = """\
order_number,order_line,order_date,country,product,quantity,unit_price,updated_at
G1,1,2024-03-15,Germany,Sofa,200,10.00,2024-03-19
G2,1,2024-03-16,Germany,Sofa,5,10.00,2024-03-21
"""


def _month(month: int) -> date:
    return date(2024, month, 1)


def _lines(months: dict[int, tuple[int, int]], with_cost: bool, begun: int = 0) -> list[str]:
    """Lines of the 15th of each month; of the third in one that has begun."""
    rows = []
    for month, (units, sales) in months.items():
        for place, (country, segment, product) in enumerate(_CELLS, start=1):
            day = 3 if month == begun else 15
            cells = [f"O{month}{place}", "1", f"2024-{month:02}-{day:02}", country, segment, product]
            cells += [str(units * place), f"{sales * place}.00"]
            if with_cost:
                cells.append(f"{sales * place * 6 // 10}.00")
            rows.append(",".join(cells))
    return rows


def _write(path: Path, months: dict[int, tuple[int, int]], *, with_cost: bool, begun: int = 0) -> Path:
    header = _HEADER + (",cogs" if with_cost else "")
    path.write_text("\n".join([header, *_lines(months, with_cost, begun), ""]))
    return path


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    """The parts that load and build."""
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, more=["superset"])


@pytest.fixture(scope="module")
def run(checkout: Checkout) -> Run:
    """Runs a module in the checkout."""
    return checkout.run


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the companies' files."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module", autouse=True)
def companies(files: Path, checkout: Checkout, run: Run) -> None:
    """Alpha is built first, and Beta comes to it."""
    folder = files
    alpha = _write(folder / "alpha_orders.csv", _ALPHA, with_cost=True)
    beta = _write(folder / "beta_orders.csv", _BETA, with_cost=False)
    for domain, path in {"alpha": alpha, "beta": beta}.items():
        run("tradewind.mapping", "propose", "--domain", domain, "--write", path)
    gamma = folder / "gamma_orders.csv"
    gamma.write_text(_GAMMA)
    run("tradewind.mapping", "propose", "--domain", "gamma", "--write", gamma)
    contract = checkout.folder / "ingestion" / "contracts" / "gamma" / "orders.yaml"
    key = "key: [order_number, order_line]"
    assert key in contract.read_text()
    contract.write_text(contract.read_text().replace(key, f"{key}, latest: updated_at"))
    run("tradewind.sync")
    later = folder / "gamma_later.csv"
    later.write_text(_GAMMA_LATER)
    run("ingestion", "load", alpha, gamma)
    run("tradewind", "build")
    run("ingestion", "load", beta, later)
    run("tradewind", "build")


def _sales(months: dict[int, tuple[int, int]], month: int) -> Decimal | None:
    """Sales of all cells; none before the first and after the last month."""
    return Decimal(months[month][1] * 6) if month in months else None


@pytest.mark.parametrize(("company", "months"), [("Alpha", _ALPHA), ("Beta", _BETA)])
def test_each_company_has_its_own_first_and_last_month(
    ask: Ask, company: str, months: dict[int, tuple[int, int]]
) -> None:
    found = ask(
        "select month, sum(sales), sum(sales_previous_month) from marts.mart_sales_trend"
        f" where company = '{company}' group by month"
    )
    assert {month: figures for month, *figures in found} == {
        _month(month): [_sales(months, month), _sales(months, month - 1)] for month in months
    }


def test_months_whose_profit_is_partly_unknown_are_named(warehouse: Warehouse) -> None:
    settings = Settings.load(warehouse.environment())
    found = {name: partly_known(each, _month(4), settings) for name, each in read_metrics().items()}
    assert found == {"profit": [_month(2), _month(3)], "total_sales": [], "units_sold": []}


def test_growth_compares_only_companies_that_have_both_months(ask: Ask) -> None:
    """In April Beta has no file yet, so its March is on neither side."""
    found = dict(
        ask(
            "select month, sum(sales - sales_previous_month) / sum(sales_previous_month)"
            " from marts.mart_sales_trend where company <> 'Gamma' group by month"
        )
    )
    assert found[_month(1)] is None
    assert found[_month(2)] == (130 - 100) / Decimal(100)
    assert round(found[_month(3)], 9) == round((Decimal(95 + 9000) - (130 + 5000)) / (130 + 5000), 9)
    assert round(found[_month(4)], 9) == round((160 - 95) / Decimal(95), 9)


def test_a_company_without_cost_takes_no_cell_of_another_out_of_the_change_of_profit(ask: Ask) -> None:
    found: dict[date, dict[str, tuple[Decimal, ...]]] = defaultdict(dict)
    for month, company, *figures in ask(
        "select month, company, sum(profit_before), sum(profit_after), count(*), sum(units_after)"
        " from marts.mart_profit_change where comparison = 'previous month' group by month, company"
    ):
        found[month][company] = tuple(figures)

    def profit(month: int) -> int:
        return sum(_ALPHA[month][1] * place - _ALPHA[month][1] * place * 6 // 10 for place in (1, 2, 3))

    assert found == {
        _month(month): {"Alpha": (profit(month - 1), profit(month), 3, _ALPHA[month][0] * 6)}
        for month in (2, 3, 4)
    }


def test_effects_are_of_the_company_as_well(ask: Ask) -> None:
    """The units of a country in all are those of the company: Beta's would drown Alpha's."""
    assert ask("select distinct source, company from marts.mart_profit_effects") == [
        ("alpha.orders", "Alpha")
    ]
    change = "select sum(profit_change), sum(volume_effect) from marts.mart_profit_change"
    ((profit, volume),) = ask(
        f"{change} where country = 'France' and comparison = 'previous month' and month = '2024-04-01'"
    )
    assert profit == (480 - 288) - (285 - 171)
    assert round(volume, 4) == round(Decimal(285 - 171) * 14 / 9 - (285 - 171), 4)


def test_a_month_that_arrives_late_is_compared_then(
    ask: Ask, run: Run, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Beta's May arrives without April, which then is a month without sales; Alpha's figures stay.

    With it come the first days of June, which are compared with nothing.
    """
    alpha = "select * from marts.{} where company = 'Alpha' order by month, country, segment{}"
    before = [
        ask(alpha.format("mart_sales_trend", "")),
        ask(alpha.format("mart_profit_change", ", product, comparison")),
    ]
    more = _write(tmp_path / "beta_more.csv", {5: (1, 7), 6: (1, 1)}, with_cost=False, begun=6)
    run("ingestion", "load", more)
    run("tradewind", "build")
    found = ask(
        "select month, sum(sales), sum(sales_previous_month) from marts.mart_sales_trend"
        " where company = 'Beta' group by month order by month"
    )
    assert found[2:] == [
        (_month(4), Decimal(0), Decimal(9000 * 6)),
        (_month(5), Decimal(7 * 6), Decimal(0)),
        (_month(6), Decimal(6), Decimal(7 * 6)),
    ]
    settings = Settings.load(warehouse.environment())
    growth = metric("mart_sales_trend", "sales_growth_month", settings, by="month", company="Beta")
    known = growth["sales_growth_month"].dropna()
    assert [round(float(change), 6) for change in known] == [0.8, -1], "of March and April alone"
    assert [
        ask(alpha.format("mart_sales_trend", "")),
        ask(alpha.format("mart_profit_change", ", product, comparison")),
    ] == before


def test_a_line_that_no_mart_could_hold_is_left_out_and_counted(ask: Ask) -> None:
    """One of 10^34, and one just beyond the limit of 10^12; one just below it counts."""
    found = ask(
        "select order_number, left_out_by, sales from staging.stg_gamma_orders__sales_lines"
        " order by order_number",
        role="transformer",
    )
    assert found == [
        ("G1", None, Decimal(20)),
        ("G2", None, Decimal(50)),
        ("G3", "sales too large", None),
        ("G4", "sales too large", None),
        ("G5", None, Decimal(900_000_000_000)),
    ]


def test_the_latest_row_of_a_key_counts_in_every_layer(ask: Ask) -> None:
    """The greatest `latest` wins over the later file, for staging and for what it is reconciled with."""
    assert ask(
        "select kpi, raw_total, staging_total, fact_total, mart_total, is_reconciled"
        " from ops.kpi_reconciliation"
        " where source = 'gamma.orders' and kpi in ('sales', 'sales_lines') order by kpi",
        role="transformer",
    ) == [
        ("sales", *[Decimal(900_000_000_070)] * 4, True),
        ("sales_lines", *[Decimal(5)] * 4, True),
    ]


def _lines_of_trace(run: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The trace with its lines, as the command prints it for programs."""
    return json.loads(run("tradewind", "trace", *arguments, "--json", code=code))


def _cells(lines: list[dict[str, Any]], folder: Path, *headers: str) -> list[list[Decimal]]:
    """The cells below these headers in the lines of the files."""
    rows = {}
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            rows |= {(path.name, line): row for line, row in enumerate(csv.DictReader(file), start=2)}
    return [[Decimal(rows[line["file"], line["line"]][name]) for name in headers] for line in lines]


def test_figures_of_a_mapped_company_are_traced_to_its_cells(run: Run, files: Path) -> None:
    """Sales that a file states, and sales that are a quantity times a price, of the rows that count."""
    found = _lines_of_trace(run, "sales", "company=Beta", "country=Germany", "month=2024-02")
    assert found["adds_up"] and len(found["lines"]) == 2
    assert Decimal(found["value"]) == sum(cell for (cell,) in _cells(found["lines"], files, "net_sales"))

    found = _lines_of_trace(run, "sales", "company=Gamma")
    assert found["adds_up"]
    cells = _cells(found["lines"], files, "quantity", "unit_price")
    assert Decimal(found["value"]) == sum(quantity * price for quantity, price in cells) == 900_000_000_070
    # the newer row of an order counts, and that of the later file is none where it is older
    assert [(line["file"], line["line"]) for line in found["lines"]] == [
        ("gamma_orders.csv", 2),
        ("gamma_orders.csv", 6),
        ("gamma_later.csv", 3),
    ]


def test_a_figure_that_a_company_does_not_have_is_said(run: Run) -> None:
    found = _lines_of_trace(run, "profit", "company=Beta", "month=2024-02")
    assert found["value"] is None and found["adds_up"]
    (file,) = found["sums"][0]["files"]
    assert "beta.orders does not have profit" in file["notes"]
