"""What is open, as a person reads it: `python -m tradewind alerts`."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tradewind.alerts.ledger import Alert
from tradewind.alerts.options import Options
from tradewind.alerts.shown import moment

_NOBODY = "Nobody is told: set ALERT_TO or ALERT_WEBHOOK."


def listing(alerts: Sequence[Alert] | None, options: Options) -> str:
    """The text that the command prints; `alerts` is None before the first check."""
    if alerts is None:
        return "No check has run yet: trigger alerts in Airflow, or python -m tradewind alerts --check"
    told = [] if options.recipients or options.webhook else [_NOBODY]
    if not alerts:
        return "\n".join(["Nothing is wrong, as of the last check.", *told])
    table = Table("since", "what happened", "what to do", "said by", box=box.SIMPLE_HEAD)
    for alert in alerts:
        said = [name for name, at in (("mail", alert.mailed_at), ("webhook", alert.posted_at)) if at]
        table.add_row(
            moment(alert.first_seen), f"{alert.what} {alert.means}", alert.advice, ", ".join(said) or "nobody"
        )
    console = Console(width=140, highlight=False, file=io.StringIO(), markup=False)
    console.print(table)
    return "\n".join([console.file.getvalue().rstrip(), *told])  # type: ignore[attr-defined]
