"""What is open, as a person reads it: `python -m tradewind alerts`."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tradewind.alerts.ledger import Alert, Check
from tradewind.alerts.options import Options
from tradewind.alerts.shown import moment

_NO_CHECK = "No check has run yet: trigger alerts in Airflow, or python -m tradewind alerts --check"
_NOBODY = "Nobody is told: set ALERT_TO or ALERT_WEBHOOK."


def listing(alerts: Sequence[Alert], check: Check | None, options: Options) -> str:
    """The text that the command prints; `check` is None where none has kept its time yet."""
    told = [] if options.recipients or options.webhook else [_NOBODY]
    if not alerts:
        return "\n".join([f"Nothing is wrong, {_looked(check)}.", *told]) if check else _NO_CHECK
    table = Table("since", "what happened", "what to do", "said by", box=box.SIMPLE_HEAD)
    for alert in alerts:
        said = [name for name, at in (("mail", alert.mailed_at), ("webhook", alert.posted_at)) if at]
        table.add_row(
            moment(alert.first_seen), f"{alert.what} {alert.means}", alert.advice, ", ".join(said) or "nobody"
        )
    console = Console(width=140, highlight=False, file=io.StringIO(), markup=False)
    console.print(table)
    shown = console.file.getvalue().rstrip()  # type: ignore[attr-defined]
    return "\n".join([shown, *([f"This is {_looked(check)}."] if check else []), *told])


def _looked(check: Check) -> str:
    """`as of the last check, 28 Nov 2026 09:55 UTC; not known: run`."""
    unknown = f"; not known: {', '.join(check.not_known)}" if check.not_known else ""
    return f"as of the last check, {moment(check.checked_at)}{unknown}"
