"""Record from Superset itself which params its chart types read, and the defaults of their controls.

Explore saves every control of a chart. A param that equals the default of its control means nothing, since
Superset fills it in anyway: `canonical` leaves it out, according to one of the files that this
writes. According to the other, `strict` refuses params without a control. Run this after an
upgrade of Superset, against a running one in which it may create charts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page

from tradewind.dashboards.canonical import DEFAULTS_FILE, NOISE_PARAMS, without_noise
from tradewind.dashboards.screenshot import browser_page, log_in
from tradewind.dashboards.strict import PARAMS_FILE

HEADER = "# Recorded by tradewind.dashboards.control_defaults from Superset: what Explore writes unasked.\n"
PARAMS_HEADER = (
    "# Recorded by tradewind.dashboards.control_defaults from Superset: params that each type reads.\n"
)
TABLE = "mart_sales_monthly"

_AXIS = {"x_axis": "month", "time_grain_sqla": "P1M", "metrics": ["total_sales"]}
_GROUPS = {"metrics": ["total_sales"], "groupby": ["country"]}
_GROUP = {"metric": "total_sales", "groupby": ["country"]}
#: The minimum that each type needs to be a chart.
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


#: Written into params in addition to the controls, by Explore or by dashboards.
_EVERYWHERE = NOISE_PARAMS | {
    *("annotation_layers", "extra_filters", "granularity_sqla", "time_range"),
    *("label_colors", "map_label_colors", "shared_label_colors"),
    # What every query is limited by: superset/config/others.py makes it hold for all types.
    *("group_others_when_limit_reached", "limit", "series_columns", "timeseries_limit_metric"),
}
#: Read by these types, though they have no control for it.
_WITHOUT_CONTROL = {
    "big_number": ["show_empty_columns", "subheader"],
    "big_number_total": ["subheader", "subheader_font_size"],
    "echarts_timeseries_bar": ["x_axis_sort_series", "x_axis_sort_series_ascending"],
    "mixed_timeseries": ["xAxisForceCategorical", "x_axis_sort", "x_axis_sort_asc", "x_axis_sort_b"],
}

# The registry of control panels is not public: it is found among the scripts of the loaded page.
_PANELS = """async () => {
  const chunk = Object.keys(window).find(k => k.startsWith("webpackChunk"));
  let load;
  window[chunk].push([["probe" + Date.now()], {}, r => { load = r; }]);
  const registry = name => {
    for (const [id, factory] of Object.entries(load.m)) {
      const text = factory.toString();
      if (!text.includes('"' + name + '"') && !text.includes("'" + name + "'")) continue;
      let exported;
      try { exported = load(id); } catch (e) { continue; }
      for (const each of Object.values(exported)) {
        let found;
        try { found = typeof each === "function" && !each.length ? each() : each; } catch (e) { continue; }
        if (found && found.name === name && typeof found.keys === "function") return found;
      }
    }
    throw new Error("no registry of control panels: has Superset changed?");
  };
  const types = {};
  const panels = registry("ChartControlPanel");
  for (const key of panels.keys()) {
    let panel = await panels.get(key);
    panel = panel && panel.default || panel;
    const found = new Set();
    const add = item => {
      if (typeof item === "string") found.add(item);
      else if (Array.isArray(item)) item.forEach(add);
      else if (item && item.name) found.add(item.name);
    };
    const sections = (panel && panel.controlPanelSections) || [];
    for (const section of sections) if (section) add(section.controlSetRows);
    types[key] = [...found].sort();
  }
  return types;
}"""


def params_by_type(page: Page, base: str) -> dict[str, Any]:
    """What each chart type reads, as in `chart_params.yaml`."""
    page.goto(f"{base}/explore/?datasource_type=table&datasource_id={_dataset(page, base)}&viz_type=pie")
    page.wait_for_selector('[data-test="query-save-button"]', timeout=60_000)
    found: dict[str, list[str]] = {}
    for _ in range(60):  # chart types are registered some time after the page has loaded
        page.wait_for_timeout(2_000)
        if found := page.evaluate(_PANELS):
            break
    else:
        raise RuntimeError("no type of chart was registered: has Superset changed?")
    types = {
        name: sorted({*controls, *_WITHOUT_CONTROL.get(name, [])})
        for name, controls in sorted(found.items())
        if not name.startswith(("filter_", "chart_customization_"))
    }
    return {"everywhere": sorted(_EVERYWHERE), "types": types}


def record(page: Page, base: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Create a chart of each type, save it in Explore, and read what that added."""
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


def write_params(params: dict[str, Any]) -> None:
    """Write the file that `strict.py` reads."""
    PARAMS_FILE.write_text(PARAMS_HEADER + yaml.safe_dump(params, width=105, sort_keys=False))


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
    """Write the file; types that are not requested stay as they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("types", nargs="*", help=f"of {', '.join(TYPES)}; all if none is named")
    parser.add_argument("--url", required=True, help="of Superset, like http://127.0.0.1:8088")
    parser.add_argument("--out", type=Path, default=DEFAULTS_FILE)
    args = parser.parse_args()
    known = yaml.safe_load(args.out.read_text()) if args.out.is_file() else {}
    with browser_page(1440) as page:
        log_in(page, args.url, "admin", os.environ["SUPERSET_PASSWORD"])
        write_params(params_by_type(page, args.url))
        for name in args.types or TYPES:
            known |= record(page, args.url, [name])
            print(f"{name}: {len(known[name])} defaults", flush=True)
            args.out.write_text(HEADER + yaml.safe_dump(dict(sorted(known.items())), width=105))
    return 0


if __name__ == "__main__":
    sys.exit(main())
