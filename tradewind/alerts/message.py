"""What is said: one message for all that has begun and ended since the last one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradewind.alerts.ledger import Alert
from tradewind.alerts.shown import Shown, moment

#: Alerts that are told in full; of others their number is said.
MOST = 20

_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Message:
    """What has begun, what is over, and what dashboards show now."""

    began: Sequence[Alert]
    over: Sequence[Alert]
    shown: Shown
    list_link: str

    @property
    def title(self) -> str:
        """One line: the alert itself where there is one, else how many there are."""
        if len(self.began) + len(self.over) == 1:
            (alert,) = (*self.began, *self.over)
            text = f"{'Over: ' if self.over else ''}{alert.what}"
        else:
            counts = ((len(self.began), "new"), (len(self.over), "over"))
            text = ", ".join(f"{number} {word}" for number, word in counts if number)
            text = f"{text}: {(*self.began, *self.over)[0].what}"
        short = text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"
        return f"Tradewind: {short}"

    @property
    def key(self) -> str:
        """The same for the same content: a message that was sent twice can be recognised as such."""
        ids = [f"{alert.alert_id}" for alert in self.began] + [f"{alert.alert_id}+" for alert in self.over]
        return hashlib.sha256(" ".join(ids).encode()).hexdigest()[:16]

    def blocks(self) -> Iterator[tuple[str, list[str], str]]:
        """For each alert a heading, sentences and a link, which may be empty."""
        for alert in self.began[:MOST]:
            yield alert.what, [alert.means, f"What to do: {alert.advice}"], alert.link
        yield from _left_out(self.began, "began", self.list_link)
        for alert in self.over[:MOST]:
            lasted = f"From {moment(alert.first_seen)} to {moment(alert.over_at)}."
            yield f"Over: {alert.what}", [lasted, self.shown.sentence], alert.link
        yield from _left_out(self.over, "are over", self.list_link)

    def plain(self) -> str:
        """The message as text."""
        return "\n\n".join(
            "\n".join([heading, *sentences, *([link] if link else [])])
            for heading, sentences, link in self.blocks()
        )


def _left_out(alerts: Sequence[Alert], what: str, link: str) -> Iterator[tuple[str, list[str], str]]:
    if len(alerts) > MOST:
        left = f"{len(alerts) - MOST:,} more {what}: python -m tradewind alerts lists all that are open."
        yield left, [], link
