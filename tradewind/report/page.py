"""The mail's two bodies, HTML and plain text, from the templates beside this file."""

from __future__ import annotations

from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING

from tradewind.report.figures import Change, Figure, Report, Row, earlier
from tradewind.report.numbers import NOTHING

if TYPE_CHECKING:
    from jinja2 import Environment


def subject(report: Report) -> str:
    """One line with the headline: `Executive overview, October 2026: Total sales $9.796M`."""
    headline = report.figures[0]
    return f"{report.dashboard.title}, {_month(report.month)}: {headline.title} {headline.month_text}"


def html(report: Report, link: str, picture: str = "") -> str:
    """The HTML body.

    Args:
        report: what to say.
        link: address of the dashboard.
        picture: content id of the dashboard's picture in the mail; where it is empty, the mail says that
            there is no picture.
    """
    return _render("mail.html", report, link, picture=picture, preview=_preview(report), nothing=NOTHING)


def plain(report: Report, link: str) -> str:
    """The same in plain text."""
    return _render("mail.txt", report, link)


def _render(template: str, report: Report, link: str, **more: str) -> str:
    return (
        _templates()
        .get_template(template)
        .render(
            report=report,
            link=link,
            subject=subject(report),
            latest=_latest(report),
            period=_period(report),
            as_of=f"Data as of {_day(report.status.data_as_of)}",
            compared=_compared(report),
            changes=partial(_changes, report),
            in_words=partial(_in_words, report),
            **more,
        )
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=PackageLoader("tradewind.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["month"] = _month
    return made


def _changes(report: Report, each: Figure | Row) -> list[tuple[Change, str]]:
    """The changes that are known, each with the name of the month that it is against."""
    both = zip((each.on_month, each.on_year), _compared(report), strict=True)
    return [(change, name) for change, name in both if change.tone != "none"]


def _compared(report: Report) -> tuple[str, str]:
    """Names of the months compared with: the one before, and that of a year before."""
    before, year = earlier(report.month, 1), earlier(report.month, 12)
    return f"{before:%b}" if before.year == report.month.year else f"{before:%b %Y}", f"{year:%b %Y}"


def _in_words(report: Report, each: Figure | Row) -> str:
    known = [f"{change.text} on {name}" for change, name in _changes(report, each)]
    return f" ({', '.join(known)})" if known else ""


def _month(month: date, form: str = "%B %Y") -> str:
    return f"{month:{form}}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _latest(report: Report) -> str:
    """The latest month; one that is not over is compared with whole months, and says so."""
    if report.status.is_partial:
        until = report.status.data_as_of
        return f"{_month(report.month)} so far, to the {until.day}{_th(until.day)}, beside whole months"
    return _month(report.month)


def _th(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _period(report: Report) -> str:
    return f"All of the data, {_month(report.status.data_from)} to {_month(report.month)}"


def _preview(report: Report) -> str:
    """What a list of mails shows beside the subject."""
    return "; ".join(
        f"{each.title} {each.month_text}{_in_words(report, each)}" for each in report.figures[:3]
    )
