"""Gaps as people and scripts read them: `python -m tradewind gaps`."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, timedelta

from rich import box
from rich.console import Console
from rich.table import Table

from tradewind.gaps.find import Gap, Series
from tradewind.gaps.rhythm import Run

#: Irregular countries that are named.
_MOST = 5


def listing(found: Sequence[Series]) -> str:
    """The text that the command prints."""
    if not found:
        return "No source with a business date has rows that count."
    series = Table("source", "company", "rows come", "from", "to", "gaps", box=box.SIMPLE_HEAD)
    gaps = Table("source", "company", "country", "missing", "periods", box=box.SIMPLE_HEAD)
    for each in found:
        days = (f"{each.first}", f"{each.last}")
        series.add_row(each.source, each.company or "", _rhythm(each), *days, _count(each))
        for gap in each.gaps:
            where = (each.source, each.company or "", gap.where.country or "all")
            gaps.add_row(*where, in_words(gap.run), f"{gap.run.periods:,} ({gap.rhythm})")
    console = Console(width=140, highlight=False, file=io.StringIO(), markup=False)
    console.print(series)
    if gaps.row_count:
        console.print(gaps)
    return console.file.getvalue().rstrip()  # type: ignore[attr-defined]


def as_json(found: Sequence[Series]) -> str:
    """The same for scripts."""
    return json.dumps(
        [
            {
                "source": each.source,
                "company": each.company,
                "rhythm": each.rhythm,
                "is_stated": each.is_stated,
                "first": f"{each.first}",
                "last": f"{each.last}",
                "irregular_countries": list(each.irregular),
                "gaps": [_gap(gap) for gap in each.gaps],
            }
            for each in found
        ],
        indent=2,
        ensure_ascii=False,
    )


def in_words(run: Run) -> str:
    """`March 2014`, `March to May 2014`, `3 March 2014` or `3 to 5 March 2014`."""
    first, last = run.first, run.last
    if first.day == 1 and _ends_a_month(last):
        words = [f"{first:%B %Y}", f"{last:%B %Y}"]
        short = f"{first:%B}" if first.year == last.year else words[0]
    else:
        words = [f"{first.day} {first:%B %Y}", f"{last.day} {last:%B %Y}"]
        short = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
        short = short if first.year == last.year else words[0]
    return words[0] if words[0] == words[1] else f"{short} to {words[1]}"


def _ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _gap(gap: Gap) -> dict:
    run = gap.run
    return {
        "country": gap.where.country,
        "first": f"{run.first}",
        "last": f"{run.last}",
        "periods": run.periods,
        "rhythm": gap.rhythm,
    }


def _rhythm(series: Series) -> str:
    if series.rhythm is None:
        return (
            "without a rhythm, as the contract says"
            if series.is_stated
            else "unknown: too few rows, or irregular"
        )
    return f"{series.rhythm}, {'as the contract says' if series.is_stated else 'as seen'}"


def _count(series: Series) -> str:
    if series.rhythm is None:
        return f"{len(series.gaps):,}" if series.gaps else ""
    named = ", ".join(series.irregular[:_MOST])
    more = f" and {len(series.irregular) - _MOST} more" if len(series.irregular) > _MOST else ""
    return f"{len(series.gaps):,}" + (f"; unknown in {named}{more}" if named else "")
