"""The mail as it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime, localtime

from tradewind.report import page
from tradewind.report.figures import Report
from tradewind.report.options import Options

_PICTURE = "dashboard"


class Refused(Exception):
    """The mail server took the mail, but not for everybody; the message names whom it refused."""


def compose(
    report: Report, options: Options, recipients: Sequence[str], picture: bytes | None, day: date
) -> EmailMessage:
    """Plain text, HTML, and the picture inside the HTML.

    A day's mail of a dashboard always has the same id, so that a doubled one can be recognised as such.
    """
    domain = options.server.domain
    message = EmailMessage()
    message["Subject"] = page.subject(report)
    message["From"] = options.server.sender
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<tradewind.{report.dashboard.slug}.{day:%Y-%m-%d}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # no answer from who is on holiday
    message.set_content(page.plain(report, options.link))
    content_id = f"{_PICTURE}@{domain}" if picture else ""
    message.add_alternative(page.html(report, options.link, content_id), subtype="html")
    if picture:
        body = message.get_payload()[1]
        name = f"{report.dashboard.slug}.png"
        body.add_related(picture, "image", "png", cid=f"<{content_id}>", filename=name, disposition="inline")
    return message
