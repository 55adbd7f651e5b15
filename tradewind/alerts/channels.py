"""The ways to say it: a mail, and a post to a webhook.

What is said may quote names of files, which anybody chooses who may drop one: they are text in each form.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from html import escape
from http.client import HTTPException

from tradewind.alerts.message import Message
from tradewind.alerts.options import Options

log = logging.getLogger(__name__)

#: Seconds that a webhook may take to answer.
PATIENCE = 20

#: Alerts in a card: Teams takes 28 KB.
_MOST_IN_CARD = 5


class NotTaken(Exception):
    """The webhook did not take the message; the text says why, without its address."""


def send_mail(message: Message, options: Options) -> None:
    """Hand the mail to the server, in plain text and HTML.

    Raises:
        smtplib.SMTPException, OSError: the server accepted no recipient.
    """
    mail = EmailMessage()
    mail["Subject"] = message.title
    mail["From"] = options.server.sender
    mail["To"] = ", ".join(options.recipients)
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<tradewind.alerts.{message.key}@{options.server.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # no answer from who is on holiday
    mail.set_content(f"{message.plain()}\n")
    mail.add_alternative(_html(message), subtype="html")
    taken = options.server.deliver(mail, options.recipients)
    if missed := [address for address in options.recipients if address not in taken]:
        log.warning("the mail server refused %s: they do not get this alert", ", ".join(missed))


def post(message: Message, options: Options) -> None:
    """Post the message as JSON to the webhook.

    Raises:
        NotTaken: it did not answer, or not with success; a redirection is not followed.
    """
    content = _text(message) if options.webhook_format == "text" else _card(message)
    body = json.dumps(content, ensure_ascii=False).encode()
    request = urllib.request.Request(
        options.webhook, body, {"Content-Type": "application/json", "User-Agent": "Tradewind"}, method="POST"
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=PATIENCE):
            pass
    except urllib.error.HTTPError as error:
        raise NotTaken(f"the webhook answered {error.code}") from None
    except (OSError, HTTPException) as error:  # what they say may hold the address
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotTaken(f"the webhook did not answer: {type(reason).__name__}") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """The message goes to the address of the settings, and nowhere else."""

    def redirect_request(self, *_args, **_kwargs) -> None:
        return None


def _text(message: Message) -> dict:
    """As Slack reads it: without these three characters nothing is a command."""
    text = f"{message.title}\n\n{message.plain()}"
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _card(message: Message) -> dict:
    """An adaptive card for Teams, of text runs, in which no character means anything."""
    body = [_run(message.title, weight="Bolder", size="Medium")]
    for heading, sentences, link in message.blocks(_MOST_IN_CARD):
        body += [_run(heading, weight="Bolder"), *map(_run, sentences)]
        if link:
            action = {"type": "Action.OpenUrl", "title": "Open", "url": link}
            body.append({"type": "ActionSet", "actions": [action]})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: str) -> dict:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _html(message: Message) -> str:
    parts = []
    for heading, sentences, link in message.blocks():
        lines = [f"<b>{escape(heading)}</b>", *map(escape, sentences)]
        if link:
            lines.append(f'<a href="{escape(link)}">{escape(link)}</a>')
        parts.append(f"<p>{'<br>'.join(lines)}</p>")
    return f"<html><body>{''.join(parts)}</body></html>\n"
