"""The mail as it goes out, and the mail server that takes it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime, localtime

from tradewind.report import page
from tradewind.report.figures import Report
from tradewind.report.options import Options

_PICTURE = "dashboard"

#: Seconds that the mail server may take to answer.
PATIENCE = 60


class Refused(Exception):
    """The mail server took the mail, but not for everybody; the message names whom it refused."""


def compose(
    report: Report, options: Options, recipients: Sequence[str], picture: bytes | None, day: date
) -> EmailMessage:
    """Plain text, HTML, and the picture inside the HTML.

    A day's mail of a dashboard always has the same id, so that a doubled one can be recognised as such.
    """
    domain = options.sender.rpartition("@")[2]
    message = EmailMessage()
    message["Subject"] = page.subject(report)
    message["From"] = options.sender
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


def deliver(message: EmailMessage, options: Options, recipients: Sequence[str]) -> list[str]:
    """Hand the mail to the server; returns the recipients that it took.

    Raises:
        smtplib.SMTPException, OSError: it accepted no recipient.
    """
    context = ssl.create_default_context()
    if options.security == "ssl":
        server = smtplib.SMTP_SSL(options.host, options.port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(options.host, options.port, timeout=PATIENCE)
    with server:
        if options.security == "starttls":
            server.starttls(context=context)
        if options.user:
            server.login(options.user, options.password)
        refused = server.send_message(message, options.sender, list(recipients))
    return [address for address in recipients if address not in refused]
