"""The mail's two bodies: HTML of tables and inline styles, as mail programs read it, and plain text."""

from __future__ import annotations

from datetime import date
from html import escape

from tradewind.report.figures import Bar, Change, Figure, Report, Row, earlier
from tradewind.report.numbers import NOTHING

_FONT = "Helvetica Neue,Helvetica,Arial,sans-serif"
_INK, _SOFT, _LINE, _BRAND, _GROUND = "#17303D", "#5B7280", "#E1E8EC", "#12677A", "#F3F6F8"
_TONES = {"good": "#226B4E", "bad": "#B3372A", "flat": _SOFT, "none": _SOFT}
_BADGES = {"good": ("#E6F4EE", "#226B4E"), "warn": ("#FDF1DD", "#8A5A0B"), "bad": ("#FBE9E7", "#B3372A")}
_BAR_HEIGHT = 92

_TABLE = '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'


def subject(report: Report) -> str:
    """One line with the headline: `Executive overview, October 2026: Total sales $9.796M`."""
    headline = report.figures[0]
    return f"{report.dashboard.title}, {_month(report.month)}: {headline.title} {headline.month_text}"


def html(report: Report, link: str, picture: str = "") -> str:
    """The HTML body.

    Args:
        report: what to say.
        link: address of the dashboard.
        picture: content id of the dashboard's picture in the mail; it says that there is none where empty.
    """
    parts = [
        _head(report),
        _cards(report),
        _bars(report),
        _rows(report),
        _picture(report, link, picture),
        _foot(report, link),
    ]
    body = "\n".join(part for part in parts if part)
    title = escape(subject(report))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{title}</title>
</head>
<body style="margin:0;padding:0;background:{_GROUND};">
<div style="display:none;max-height:0;overflow:hidden;">{escape(_preview(report))}</div>
{_TABLE} style="background:{_GROUND};">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="640" \
style="width:100%;max-width:640px;background:#FFFFFF;border:1px solid {_LINE};border-radius:10px;\
font-family:{_FONT};color:{_INK};">
{body}
</table>
</td></tr>
</table>
</body>
</html>
"""


def plain(report: Report, link: str) -> str:
    """The same in plain text."""
    width = max(len(figure.title) for figure in report.figures) + 2
    lines = [report.dashboard.title, _as_of(report), "", f"{_period(report)}:"]
    lines += [f"  {figure.title:<{width}}{figure.text}" for figure in report.figures]
    lines += ["", f"{_latest(report)}:"]
    lines += [f"  {each.title:<{width}}{each.month_text}{_in_words(report, each)}" for each in report.figures]
    if report.rows:
        width = max(len(row.name) for row in report.rows) + 2
        lines += ["", f"{report.figures[0].title} by {report.rows_of.lower()}, {_month(report.month)}:"]
        lines += [f"  {row.name:<{width}}{row.text}{_in_words(report, row)}" for row in report.rows]
    return "\n".join([*lines, "", f"The dashboard: {link}", ""])


def _head(report: Report) -> str:
    status = report.status
    kind = "warn" if status.kind != "Real data" else "good"
    agreed = "good" if status.reconciliation == "Reconciled" else "bad"
    badges = "&nbsp; ".join(
        [_badge(status.kind, kind)] * (kind == "warn") + [_badge(status.reconciliation, agreed)]
    )
    title = escape(report.dashboard.title)
    return f"""<tr><td style="background:{_BRAND};border-radius:9px 9px 0 0;padding:26px 22px 24px;">
<div style="font-size:12px;letter-spacing:1.5px;text-transform:uppercase;color:#B5DAE2;">Tradewind</div>
<div style="font-size:26px;line-height:34px;font-weight:bold;color:#FFFFFF;">{title}</div>
<div style="font-size:14px;line-height:22px;color:#E3F1F4;">{escape(_latest(report))}</div>
</td></tr>
<tr><td style="padding:14px 22px;border-bottom:1px solid {_LINE};font-size:13px;line-height:22px;\
color:{_SOFT};">
{escape(_as_of(report, short=True))} &nbsp; {badges}
</td></tr>"""


def _cards(report: Report) -> str:
    """Two to a row, which a phone still shows side by side."""
    figures = report.figures
    rows = []
    for first in range(0, len(figures), 2):
        pair = [_card(report, figure) for figure in figures[first : first + 2]]
        cells = "".join(f'<td width="50%" valign="top" style="padding:6px;">{card}</td>' for card in pair)
        if len(pair) == 1:
            cells += '<td width="50%"></td>'
        rows.append(f"<tr>{cells}</tr>")
    heading = f'<div style="padding:0 6px 4px;font-size:13px;color:{_SOFT};">{escape(_period(report))}</div>'
    return f"""<tr><td style="padding:20px 16px 8px;">{heading}
{_TABLE}>
{chr(10).join(rows)}
</table></td></tr>"""


def _card(report: Report, figure: Figure) -> str:
    changes = [
        _change(change, f"on {name}") for change, name in _changes(report, figure) if change.tone != "none"
    ]
    month = f'<b style="color:{_INK};">{escape(figure.month_text)}</b> in {report.month:%b}'
    lines = "".join(f'<div style="font-size:13px;line-height:20px;">{line}</div>' for line in changes)
    return f"""{_TABLE} style="border:1px solid {_LINE};border-radius:8px;">
<tr><td style="padding:14px 12px;">
<div style="font-size:13px;line-height:20px;color:{_SOFT};">{escape(figure.title)}</div>
<div style="font-size:28px;line-height:36px;font-weight:bold;">{escape(figure.text)}</div>
<div style="font-size:13px;line-height:22px;color:{_SOFT};">{month}</div>
{lines}</td></tr></table>"""


def _bars(report: Report) -> str:
    if not report.bars:
        return ""
    title = f"{report.figures[0].title} by month"
    columns = "".join(_bar(bar, is_latest=bar.month == report.month) for bar in report.bars)
    names = "".join(
        f'<td align="center" style="padding-top:5px;font-size:11px;color:{_SOFT};">{bar.month:%b}'
        f"<br>{f'{bar.month:%Y}' if index == 0 or bar.month.month == 1 else '&nbsp;'}</td>"
        for index, bar in enumerate(report.bars)
    )
    first, last = report.bars[0], report.bars[-1]
    told = f"{_month(first.month)} {first.text}, {_month(last.month)} {last.text}"
    return f"""{_heading(title, told)}
<tr><td style="padding:4px 22px 8px;">
{_TABLE} style="table-layout:fixed;"><tr>{columns}</tr><tr>{names}</tr></table>
</td></tr>"""


def _bar(bar: Bar, *, is_latest: bool) -> str:
    height = max(1, round(bar.share * _BAR_HEIGHT))
    colour = _BRAND if is_latest else "#B5DAE2"
    inner = (
        f'<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="72%" align="center">'
        f'<tr><td height="{height}" bgcolor="{colour}" style="height:{height}px;line-height:{height}px;'
        f'font-size:1px;background:{colour};border-radius:3px 3px 0 0;" '
        f'title="{escape(bar.text)}">&nbsp;</td></tr>'
        "</table>"
    )
    return (
        f'<td valign="bottom" height="{_BAR_HEIGHT}" style="height:{_BAR_HEIGHT}px;'
        f'border-bottom:1px solid {_LINE};">{inner}</td>'
    )


def _rows(report: Report) -> str:
    if not report.rows:
        return ""
    headline = report.figures[0].title
    head = "".join(
        f'<th align="{side}" style="padding:6px 8px;border-bottom:1px solid {_LINE};font-size:12px;'
        f'font-weight:normal;color:{_SOFT};">{escape(name)}</th>'
        for name, side in (
            (report.rows_of, "left"),
            (headline, "right"),
            *((f"on {name}", "right") for name in _compared(report)),
        )
    )
    rows = "\n".join(
        "<tr>"
        + _cell(escape(row.name), "left")
        + _cell(f"<b>{escape(row.text)}</b>", "right")
        + "".join(_cell(_change(change) or NOTHING, "right") for change in (row.on_month, row.on_year))
        + "</tr>"
        for row in report.rows
    )
    return f"""{_heading(f"{headline} by {report.rows_of.lower()}", _month(report.month))}
<tr><td style="padding:0 14px 12px;">
<table cellpadding="0" cellspacing="0" border="0" width="100%"><tr>{head}</tr>
{rows}
</table></td></tr>"""


def _cell(text: str, side: str) -> str:
    style = f"padding:7px 8px;border-bottom:1px solid {_LINE};font-size:14px;"
    return f'<td align="{side}" style="{style}">{text}</td>'


def _picture(report: Report, link: str, picture: str) -> str:
    name = escape(report.dashboard.title)
    if not picture:
        note = "This mail comes without the dashboard's picture: it could not be taken."
        return f'<tr><td style="padding:12px 22px 0;font-size:13px;color:{_SOFT};">{note}</td></tr>'
    return f"""<tr><td style="padding:20px 22px 0;">
<a href="{escape(link)}"><img src="cid:{escape(picture)}" width="594" \
alt="The dashboard {name} as it is now" \
style="display:block;width:100%;max-width:594px;height:auto;border:1px solid {_LINE};border-radius:8px;"></a>
</td></tr>"""


def _foot(report: Report, link: str) -> str:
    return f"""<tr><td align="center" style="padding:24px 22px 10px;">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td bgcolor="{_BRAND}" style="border-radius:6px;background:{_BRAND};">
<a href="{escape(link)}" style="display:inline-block;padding:12px 26px;font-size:15px;color:#FFFFFF;\
text-decoration:none;font-weight:bold;">Open the dashboard</a>
</td></tr></table>
</td></tr>
<tr><td align="center" style="padding:8px 22px 28px;font-size:12px;line-height:18px;color:{_SOFT};">
The figures are those of the dashboard's cards, without a filter: the same metrics of the same tested marts.
</td></tr>"""


def _heading(text: str, note: str) -> str:
    return f"""<tr><td style="padding:18px 22px 8px;">
<div style="font-size:16px;line-height:24px;font-weight:bold;">{escape(text)}</div>
<div style="font-size:12px;line-height:18px;color:{_SOFT};">{escape(note)}</div></td></tr>"""


def _badge(text: str, tone: str) -> str:
    ground, ink = _BADGES[tone]
    return (
        f'<span style="display:inline-block;padding:1px 10px;border-radius:10px;background:{ground};'
        f'color:{ink};font-size:12px;white-space:nowrap;">{escape(text)}</span>'
    )


def _change(change: Change, words: str = "") -> str:
    if change.tone == "none":
        return ""
    text = f'<span style="color:{_TONES[change.tone]};white-space:nowrap;">{escape(change.text)}</span>'
    return f'{text} <span style="color:{_SOFT};">{escape(words)}</span>' if words else text


def _changes(report: Report, each: Figure | Row) -> list[tuple[Change, str]]:
    return list(zip((each.on_month, each.on_year), _compared(report), strict=True))


def _compared(report: Report) -> tuple[str, str]:
    """Names of the months compared with: the one before, and that of a year before."""
    before, year = earlier(report.month, 1), earlier(report.month, 12)
    return f"{before:%b}" if before.year == report.month.year else f"{before:%b %Y}", f"{year:%b %Y}"


def _in_words(report: Report, each: Figure | Row) -> str:
    told = [f"{change.text} on {name}" for change, name in _changes(report, each) if change.tone != "none"]
    return f" ({', '.join(told)})" if told else ""


def _month(month: date) -> str:
    return f"{month:%B %Y}"


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


def _as_of(report: Report, *, short: bool = False) -> str:
    status = report.status
    text = f"Data as of {_day(status.data_as_of)}"
    return text if short else f"{text}; {status.kind.lower()}; {status.reconciliation.lower()}"


def _preview(report: Report) -> str:
    """What a list of mails shows beside the subject."""
    return "; ".join(
        f"{each.title} {each.month_text}{_in_words(report, each)}" for each in report.figures[:3]
    )
