"""Backtests of forecasts, on generated companies, published data and CSV files; what they cost.

    python -m benchmarks.forecast [CSV …]

Exit code 1 when a promise of `benchmarks/forecast/judge.py` is broken, or nothing was there to check.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.forecast import companies, files, judge, report
from benchmarks.forecast.judge import Case
from benchmarks.forecast.memory import watched
from tradewind.insight.forecast import SHARES, forecast
from tradewind.settings import ROOT

_HORIZON = 12


def main() -> int:
    """Run all that is asked for, print it, and say which promises are broken."""
    options = _options()
    cases: list[Case] = []
    faults: list[str] = []
    if "generated" in options.only:
        made, dear = _generated(options.seeds, options.months)
        cases += made
        faults += dear
    if "published" in options.only:
        known = list(files.published(options.data))
        cases += [Case(name, forecast(history, _HORIZON)) for name, history in known]
        if not known:
            print(f"there is no published data in {options.data}")
    cases += [Case(name, forecast(history, _HORIZON)) for name, history in map(files.from_csv, options.csv)]
    for case in cases:
        if case.later is None:
            report.show_backtest(case)
    if not cases:
        print("nothing was checked")
        return 1
    faults += judge.broken(cases)
    print()
    print("\n".join(f"broken: {fault}" for fault in faults) if faults else "every promise held")
    return 1 if faults else 0


def _generated(seeds: int, months: int) -> tuple[list[Case], list[str]]:
    known = [
        (name, history, history.until(months))
        for name, history in companies.companies(range(seeds), months + _HORIZON)
    ]
    started, used = time.monotonic(), _cpu()
    with watched() as peak:
        cases = [
            Case(name, forecast(past, _HORIZON), history.values[:, months:]) for name, history, past in known
        ]
    seconds, cpu = time.monotonic() - started, _cpu() - used
    of_process = defaultdict(list)
    for case in cases:
        of_process[case.name.rpartition(" ")[0]].append(case)
    for name, group in of_process.items():
        report.show_later(f"{name}, {len(group)} companies", group)
        inside = ", ".join(f"{judge.coverage(group, share):.1%} of {share:.0%}" for share in SHARES)
        print(f"inside the intervals: {inside}")
    series = sum(len(case.forecasts.history.keys) for case in cases)
    inside = ", ".join(f"{judge.coverage(cases, share):.1%} of {share:.0%}" for share in SHARES)
    print(f"\nall, inside the intervals: {inside}")
    print(f"{series} series of {months} months: {seconds:.0f} s, {cpu:.0f} s of CPU, {peak.bytes >> 20} MiB")
    return cases, judge.too_dear(series, seconds, cpu, peak.bytes)


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("csv", nargs="*", type=Path, help="with a header: date first, figure last")
    parser.add_argument("--seeds", type=int, default=2, help="companies of each process (2)")
    parser.add_argument("--months", type=int, default=60, help="months of their history (60)")
    parser.add_argument(
        "--only",
        choices=("generated", "published", "files"),
        action="append",
        help="may be repeated; files are the CSVs, which always run",
    )
    data = os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(data), help="folder of published data")
    options = parser.parse_args()
    options.only = options.only or ("generated", "published")
    return options


if __name__ == "__main__":
    sys.exit(main())
