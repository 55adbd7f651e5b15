"""Record what the browser writes into a chart of each type that nobody touched: its controls' defaults.

Explore saves every control of a chart. A param that equals its control's default says nothing, Superset fills
it in anyway; so `superset/canonical.py` leaves it out, with the help of the file that this writes. Run it
after an upgrade of Superset, against a running one that may be written to.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from canonical import DEFAULTS_FILE, without_noise
from playwright.sync_api import Page
from screenshot import browser_page, log_in

HEADER = "# Recorded by superset/control_defaults.py from Superset itself: what Explore writes unasked.\n"
TABLE = "mart_sales_monthly"

_AXIS = {"x_axis": "month", "time_grain_sqla": "P1M", "metrics": ["total_sales"]}
_GROUPS = {"metrics": ["total_sales"], "groupby": ["country"]}
_GROUP = {"metric": "total_sales", "groupby": ["country"]}
#: The least that each type needs to be a chart.
TYPES: dict[str, dict[str, Any]] = {
    "big_number": {"metric": "total_sales", "x_axis": "month", "time_grain_sqla": "P1M"},
    "big_number_total": {"metric": "total_sales"},
    "box_plot": {"metrics": ["total_sales"], "columns": ["month"], "groupby": ["country"]},
    "bubble_v2": {"entity": "country", "x": "total_sales", "y": "profit", "size": "units_sold"},
    "country_map": {"entity": "country", "metric": "total_sales", "select_country": "brazil"},
    "echarts_area": _AXIS,
    "echarts_timeseries_bar": _AXIS,
    "echarts_timeseries_line": _AXIS,
    "echarts_timeseries_scatter": _AXIS,
    "echarts_timeseries_smooth": _AXIS,
    "echarts_timeseries_step": _AXIS,
    "funnel": _GROUP,
    "gauge_chart": _GROUP,
    "heatmap_v2": {"metric": "total_sales", "x_axis": "segment", "groupby": "country"},
    "mixed_timeseries": {**_AXIS, "metrics_b": ["profit"]},
    "pie": _GROUP,
    "pivot_table_v2": {"metrics": ["total_sales"], "groupbyRows": ["country"], "groupbyColumns": ["segment"]},
    "radar": _GROUPS,
    "sunburst_v2": {"metric": "total_sales", "columns": ["country", "segment"]},
    "table": {"query_mode": "aggregate", **_GROUPS},
    "treemap_v2": _GROUP,
    "waterfall": {"metric": "total_sales", "x_axis": "month", "time_grain_sqla": "P1M"},
    "world_map": {"entity": "country", "metric": "total_sales", "country_fieldtype": "name"},
}


def record(page: Page, base: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Make a chart of each type, save it in Explore, and read what that added."""
    dataset = _dataset(page, base)
    return {name: _saved(page, base, name, dataset) for name in names}


def _saved(page: Page, base: str, viz_type: str, dataset: int) -> dict[str, Any]:
    given = {"viz_type": viz_type, "datasource": f"{dataset}__table", **TYPES[viz_type]}
    body = {"slice_name": f"defaults of {viz_type}", "viz_type": viz_type, "params": json.dumps(given)}
    chart = _call(page, base, "post", "", body | {"datasource_id": dataset, "datasource_type": "table"})["id"]
    try:
        page.goto(f"{base}/explore/?slice_id={chart}")
        page.wait_for_selector('[data-test="query-save-button"]:not([disabled])', timeout=60_000)
        page.wait_for_timeout(4_000)  # controls fill in the dataset's columns
        page.click('[data-test="query-save-button"]')
        page.wait_for_selector('[data-test="btn-modal-save"]:not([disabled])')
        page.wait_for_timeout(500)
        with page.expect_response(lambda answer: answer.request.method == "PUT" and "/chart/" in answer.url):
            page.click('[data-test="btn-modal-save"]')
        saved = json.loads(_call(page, base, "get", str(chart))["result"]["params"])
    finally:
        _call(page, base, "delete", str(chart))
    return {
        key: value
        for key, value in sorted(without_noise(saved).items())
        if key not in given and key != "adhoc_filters"
    }


def _dataset(page: Page, base: str) -> int:
    query = f"(filters:!((col:table_name,opr:eq,value:{TABLE})))"
    return page.request.get(f"{base}/api/v1/dataset/?q={query}").json()["result"][0]["id"]


def _call(page: Page, base: str, method: str, path: str, data: Any = None) -> dict[str, Any]:
    token = page.request.get(f"{base}/api/v1/security/csrf_token/").json()["result"]
    headers = {"X-CSRFToken": token, "Referer": base}
    answer = getattr(page.request, method)(f"{base}/api/v1/chart/{path}", data=data, headers=headers)
    if not answer.ok:
        raise SystemExit(f"{method} chart/{path}: {answer.status} {answer.text()}")
    return answer.json()


def main() -> int:
    """Write the file; types that are not asked for stay as they are in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("types", nargs="*", help=f"of {', '.join(TYPES)}; all if none is named")
    parser.add_argument("--url", required=True, help="of Superset, like http://127.0.0.1:8088")
    parser.add_argument("--out", type=Path, default=DEFAULTS_FILE)
    args = parser.parse_args()
    known = yaml.safe_load(args.out.read_text()) if args.out.is_file() else {}
    with browser_page(1440) as page:
        log_in(page, args.url, "admin", os.environ["SUPERSET_PASSWORD"])
        for name in args.types or TYPES:
            known |= record(page, args.url, [name])
            print(f"{name}: {len(known[name])} defaults", flush=True)
            args.out.write_text(HEADER + yaml.safe_dump(dict(sorted(known.items())), width=105))
    return 0


if __name__ == "__main__":
    sys.exit(main())
