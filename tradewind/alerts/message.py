"""What is said: one message for all that has begun and ended since the last one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradewind.alerts.ledger import Alert
from tradewind.alerts.shown import Shown, moment

#: Alerts that are told in full; of others their number is said.
MOST = 20

# Of these, programs that show a message make a mention, a link, a link in Markdown, an encoded word.
_MEANINGFUL = ("@", "://", "](", "=?")

_LONGEST_TITLE = 120

_WHERE_ALL_ARE = "python -m tradewind alerts lists all that are open"


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
        return f"Tradewind: {_meaningless(short)}"

    @property
    def key(self) -> str:
        """The same for the same content: a message that was sent twice can be recognised as such."""
        ids = [f"{alert.alert_id} {alert.first_seen} {alert.over_at}" for alert in (*self.began, *self.over)]
        return hashlib.sha256(" ".join(ids).encode()).hexdigest()[:16]

    def blocks(self, most: int = MOST) -> Iterator[tuple[str, list[str], str]]:
        """For each alert a heading, sentences and a link, which may be empty; of `most` alerts at most."""
        for heading, sentences, link in self._blocks(most):
            yield _meaningless(heading), list(map(_meaningless, sentences)), link

    def _blocks(self, most: int) -> Iterator[tuple[str, list[str], str]]:
        for alert in self.began[:most]:
            yield alert.what, [alert.means, f"What to do: {alert.advice}"], alert.link
        yield from _left_out(len(self.began) - most, f"began: {_WHERE_ALL_ARE}", self.list_link)
        for alert in self.over[:most]:
            lasted = f"From {moment(alert.first_seen)} to {moment(alert.over_at)}."
            yield f"Over: {alert.what}", [lasted, self.shown.sentence], alert.link
        yield from _left_out(len(self.over) - most, "are over", self.list_link)

    def plain(self) -> str:
        """The message as text."""
        return "\n\n".join(
            "\n".join([heading, *sentences, *([link] if link else [])])
            for heading, sentences, link in self.blocks()
        )


def _left_out(number: int, what: str, link: str) -> Iterator[tuple[str, list[str], str]]:
    if number > 0:
        yield f"{number:,} more {what}.", [], link


def _meaningless(text: str) -> str:
    """The text with spaces of no width, so that what it holds, such as names of files, is only text."""
    for sign in _MEANINGFUL:
        text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
    return text
