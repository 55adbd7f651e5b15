"""Sends a dashboard's figures, once a day to each recipient."""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from tradewind.report.cards import read_dashboard
from tradewind.report.figures import gather
from tradewind.report.mail import Refused, compose
from tradewind.report.options import Options
from tradewind.report.picture import NoPicture, take_picture
from tradewind.settings import Settings

log = logging.getLogger(__name__)


class NothingToSend(Exception):
    """Nobody is to get a mail, or everybody has it; the message says which."""


def send(settings: Settings, *, day: date | None = None, again: bool = False) -> list[str]:
    """Send today's report to those who do not have it yet; returns them.

    Args:
        settings: which warehouse, mail server and recipients.
        day: the day that the report is of; today (UTC) where left out.
        again: send to everybody although the day's report went out.

    Raises:
        NothingToSend: as the class says.
        OptionsError: a setting is missing or wrong.
        UnknownDashboard: there is no such dashboard.
        NoFigures: nothing has been published yet.
        Refused: the mail server refused some of the recipients; the others have their mail.
        smtplib.SMTPException, OSError: the mail server accepted no recipient.
    """
    options = Options.read(settings)
    if not options.recipients:
        raise NothingToSend("REPORT_TO is not set: nobody gets the report")
    day = day or datetime.now(UTC).date()
    dashboard = read_dashboard(options.dashboard)
    with _alone(settings.state / "reports", f"{dashboard.slug}-{day:%Y-%m-%d}") as note:
        done = [] if again else note.read()
        waiting = [address for address in options.recipients if address not in done]
        if not waiting:
            raise NothingToSend(f"the report of {day} has been sent to {', '.join(done)}")
        report = gather(dashboard, settings)
        message = compose(report, options, waiting, _picture(options, settings), day)
        taken = options.server.deliver(message, waiting)
        note.write([*done, *taken])
    log.info("%s: sent to %s", message["Subject"], ", ".join(taken))
    if missed := [address for address in waiting if address not in taken]:
        raise Refused(f"the mail server refused {', '.join(missed)}")
    return taken


def _picture(options: Options, settings: Settings) -> bytes | None:
    try:
        return take_picture(options, settings)
    except NoPicture as reason:
        log.warning("the mail goes without the picture: %s", reason)
        return None


class _Note:
    """Who has the day's report."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[str]:
        return json.loads(self._path.read_text())["sent_to"] if self._path.is_file() else []

    def write(self, recipients: list[str]) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({"sent_to": list(dict.fromkeys(recipients))}) + "\n")
        draft.replace(self._path)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[_Note]:
    """Hold the report's lock, so that two runs at once do not send twice; gone with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _Note(folder / f"{name}.json")
