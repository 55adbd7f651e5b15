"""What is said at the end: figures, what is not known, and which dashboards show the source."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.unit.tradewind.mapping import exports
from tradewind.mapping.canonical import CanonicalModel
from tradewind.mapping.model import Mapping
from tradewind.mapping.sources import proposals, sources_of
from tradewind.source.conversation import settle
from tradewind.source.dashboards import dashboards_of
from tradewind.source.figures import Figures, not_known, sentence

SALES = CanonicalModel("sales_lines")

#: Which of the project's nodes reads which.
_READ_BY = {
    "model.t.stg_acme_orders__sales_lines": [
        "model.t.fct_sales",
        "model.t.dim_product",
        "model.t.kpi_totals",
    ],
    "model.t.fct_sales": ["model.t.mart_sales_monthly", "model.t.mart_data_status"],
    "model.t.dim_product": ["model.t.mart_stock_daily"],
    "model.t.kpi_totals": ["model.t.mart_data_status"],
    "model.t.mart_data_status": ["exposure.t.overview", "exposure.t.stock", "exposure.t.health"],
    "model.t.mart_sales_monthly": ["exposure.t.overview", "test.t.unique"],
    "model.t.mart_stock_daily": ["exposure.t.stock"],
}


def _manifest(folder: Path) -> Path:
    path = folder / "manifest.json"
    exposures = {
        f"exposure.t.{name}": {"label": name.title(), "config": {"meta": {"slug": f"the-{name}"}}}
        for name in ("overview", "stock", "health")
    }
    path.write_text(
        json.dumps({"nodes": dict.fromkeys(_READ_BY), "child_map": _READ_BY, "exposures": exposures})
    )
    return path


def test_dashboards_show_what_figures_reach(tmp_path: Path) -> None:
    manifest = _manifest(tmp_path)
    # lists of products and accounts of loads are no figures of the source
    assert dashboards_of(manifest, "stg_acme_orders__sales_lines") == {"the-overview": "Overview"}


def test_no_dashboard_shows_what_no_mart_reads(tmp_path: Path) -> None:
    assert dashboards_of(_manifest(tmp_path), "stg_acme_returns__sales_lines") == {}
    assert dashboards_of(tmp_path / "gone.json", "stg_acme_orders__sales_lines") == {}


def test_figures_in_a_sentence() -> None:
    days = (date(2024, 1, 2), date(2024, 12, 30))
    assert sentence(Figures(1234, {"sales": {None: Decimal("5678.905")}}, *days), SALES) == (
        "1,234 lines, sales 5,678.90, from 2024-01-02 to 2024-12-30"
    )
    one = Figures(1, {"sales": {"EUR": Decimal("-2.5")}}, *days, {"no sale_date": 1200, "test": 3})
    assert sentence(one, SALES) == (
        "1 line, sales -2.50 EUR, from 2024-01-02 to 2024-12-30; left out: 1,200 (no sale_date), 3 (test)"
    )
    several = {"EUR": Decimal(3), None: Decimal(2), **dict.fromkeys("ABCDE", Decimal(1))}
    assert sentence(Figures(9, {"sales": several}, *days), SALES).startswith(
        "9 lines, sales 3.00 EUR + 2.00 + 1.00 A + 1.00 B + 1.00 C and 2 more currencies, from"
    )
    assert sentence(Figures(0, {}, None, None), SALES) == "no lines are counted"


def test_figures_of_other_models_in_a_sentence() -> None:
    days = (date(2026, 3, 1), date(2026, 3, 7))
    stock = Figures(168, {"on_hand": {None: Decimal("4711")}, "on_order": {None: Decimal(30)}}, *days)
    assert sentence(stock, CanonicalModel("inventory")) == (
        "168 counts of stock, on_hand 4,711.00, on_order 30.00 on the last day, from 2026-03-01 to 2026-03-07"
    )
    visits = Figures(1, {"visits": {None: Decimal(1234)}}, *days)
    assert sentence(visits, CanonicalModel("engagement")) == (
        "1 row of engagement, visits 1,234, from 2026-03-01 to 2026-03-07"
    )


def _mapping(path: Path) -> Mapping:
    (found, *_), _unused = proposals(sources_of([path], (), "acme"))
    return settle(found, "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", None).mapping


def test_what_is_not_known(tmp_path: Path) -> None:
    till = list(not_known(_mapping(exports.till_receipts(tmp_path))))
    assert "no cost: profit is not shown" in till
    assert till[-1].startswith("not in the files: ") and "country" in till[-1]
    assert "tax" not in till[-1] and "unit_cost" not in till[-1]
    records = list(not_known(_mapping(exports.records(tmp_path))))
    assert not any("no cost" in each for each in records)
    erp = list(not_known(_mapping(exports.erp_lines(tmp_path))))
    assert not any("no currency" in each or "no discount" in each for each in erp)
