"""Looks for what is wrong, keeps it in the warehouse, and says what has not been said yet."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable

import psycopg

from tradewind.alerts import channels, ledger
from tradewind.alerts.find import find
from tradewind.alerts.message import Message
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown, what_is_shown
from tradewind.settings import Settings

log = logging.getLogger(__name__)


class NotLooked(Exception):
    """Some kinds of causes could not be looked for; the text says which, and why. All others were."""


class NotSaid(Exception):
    """A message did not get through; the next check sends it again. The text says which, and why."""


def check(settings: Settings) -> list[str]:
    """Look, keep, and say; returns what was said, one line per channel.

    A message is noted as said once a channel has taken it. A process that is killed between the two says it
    again: at least once, never lost. A channel that fails does not keep the others from speaking.

    Raises:
        OptionsError: a setting is missing or wrong; nothing was looked for.
        NotSaid, NotLooked: as the classes say.
        SettingError, psycopg.Error: as elsewhere.
    """
    options = Options.read(settings)
    with ledger.alone(settings) as connection:
        shown = what_is_shown(connection)
        found = find(connection, settings, options, shown)
        ledger.note(connection, found.causes, found.kinds, found.sources, found.not_known)
        said = _say(connection, options, shown)
    if found.faults:
        raise NotLooked("; ".join(found.faults))
    return said


def _say(connection: psycopg.Connection, options: Options, shown: Shown) -> list[str]:
    said, failed = [], []
    for channel, send in _channels(options).items():
        began, over = ledger.unsaid(connection, channel)
        if not began and not over:
            continue
        message = Message(began, over, shown, options.dag("alerts"))
        try:
            send(message, options)
        except (channels.NotTaken, smtplib.SMTPException, OSError) as error:
            failed.append(f"{channel}: {error}")
            continue
        except Exception as error:
            # what it says may hold the address of the webhook
            failed.append(f"{channel}: {type(error).__name__}")
            continue
        ledger.note_said(connection, channel, began, over)
        said.append(f"{channel}: {message.title}")
    for line in said:
        log.info("%s", line)
    if failed:
        raise NotSaid(f"{'; '.join(failed)}. The next check sends it again")
    return said


def _channels(options: Options) -> dict[str, Callable[[Message, Options], None]]:
    """Those that the settings ask for."""
    asked = {"mail": options.recipients, "webhook": options.webhook}
    ways = {"mail": channels.send_mail, "webhook": channels.post}
    return {name: ways[name] for name, is_asked in asked.items() if is_asked}
