"""Pages with 4,000 products and 40 countries against the same pages with 6 and 5: `make bench`.

Bounded: it starts one stack on ports of its own, looks at its pages with the sample, loads the wholesaler's
orders beside it, looks again, and deletes all of it. A page counts as painted when all charts of its first
view are, in Chromium, with nothing in Superset's cache.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.first_paint import of_clone, run_make
from ingestion.sample import write_company
from tests.support.clean_clone import clean_clone
from tests.support.guardian import Guard
from tradewind.dashboards.screenshot import paint_dashboard
from tradewind.settings import Settings
from tradewind.warehouse.chart_caches import turn_over_caches

#: Pages with charts by product or by country.
PAGES = ("executive-overview", "sales-trends", "customer-engagement", "inventory")

#: How much longer a page may take with many members.
PROMISED = 1.5

_VISITS = 3


def main() -> int:
    """Measure, print the ratios, clean up; exit code 1 if one is above the promise."""
    folder = Path(tempfile.mkdtemp(prefix="tradewind-members-"))
    Guard().folder(folder)
    environment = of_clone()
    try:
        clean_clone(folder)
        run_make(["up"], folder, environment)
        # with the passwords that this has made
        settings = Settings.load({**environment, "TRADEWIND_STATE": str(folder / ".local")})
        few = _seconds(settings)
        run_make(["source", "AS=sales", "YES=1", f"FILES={_orders(folder)}"], folder, environment)
        many = _seconds(settings)
    finally:
        if (folder / ".venv").exists():
            run_make(["down"], folder, environment)
        shutil.rmtree(folder, ignore_errors=True)
    _show(few, many)
    return 0 if all(many[page] / few[page] <= PROMISED for page in PAGES) else 1


def _orders(folder: Path) -> Path:
    (path,) = write_company("wholesaler", folder / "my-files" / "wholesaler")
    return path


def _seconds(settings: Settings) -> dict[str, float]:
    """For each page the median of the seconds until its first view is painted, after one visit to warm up."""
    base, password = f"http://127.0.0.1:{settings.superset_port}", settings.get("SUPERSET_ADMIN_PASSWORD")
    found = {}
    for page in PAGES:
        visits = []
        for _ in range(_VISITS + 1):
            if not turn_over_caches(settings):
                raise RuntimeError("Superset's caches were not invalidated")
            charts = paint_dashboard(base, "admin", password, page)
            visits.append(max(chart.seconds for chart in charts if not chart.tab))
        found[page] = statistics.median(visits[1:])
    return found


def _show(few: dict[str, float], many: dict[str, float]) -> None:
    table = Table(box=box.SIMPLE, title="Seconds until the first view of a page is painted")
    for title in ("Page", "6 products, 5 countries", "4,000 and 40 more", "Ratio"):
        table.add_column(title, justify="left" if title == "Page" else "right")
    for page in PAGES:
        table.add_row(page, f"{few[page]:.2f}", f"{many[page]:.2f}", f"{many[page] / few[page]:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
