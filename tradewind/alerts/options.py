"""Settings of the alerts, from the environment or `.env`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from tradewind.mail_server import LOCAL, MailServer, OptionsError, addresses
from tradewind.report.options import superset_url
from tradewind.settings import Settings

#: Every setting that the alerts read beside those of the mail server and the warehouse.
NAMES = ("ALERT_TO", "ALERT_WEBHOOK", "ALERT_WEBHOOK_FORMAT", "ALERT_REJECTED_PERCENT")

#: What is posted: `{"text": …}`, as Slack, Mattermost and Google Chat read it, or a card for Teams.
FORMATS = ("text", "teams")


@dataclass(frozen=True, slots=True)
class Options:
    """Who is told, where, and from which share of rejected rows on.

    `webhook` is a secret: whoever knows the address can post there. Nothing may log or print it.
    `rejected` is a share of a file's rows, from 0 to 1.
    """

    recipients: tuple[str, ...]
    server: MailServer
    webhook: str = field(repr=False)
    webhook_format: str
    rejected: Decimal
    airflow_url: str
    superset_url: str

    @classmethod
    def read(cls, settings: Settings) -> Options:
        """Read and check the settings.

        Raises:
            OptionsError: a setting is missing or wrong; having nobody to tell is not an error.
        """
        recipients = addresses(settings.get("ALERT_TO"), "ALERT_TO")
        form = settings.get("ALERT_WEBHOOK_FORMAT", "text").lower()
        if form not in FORMATS:
            raise OptionsError(f"ALERT_WEBHOOK_FORMAT is {form}: choose one of {', '.join(FORMATS)}")
        airflow = settings.get("AIRFLOW_BASE_URL", f"http://127.0.0.1:{settings.airflow_port}")
        return cls(
            recipients=recipients,
            server=MailServer.read(settings, is_needed=bool(recipients)),
            webhook=_webhook(settings.get("ALERT_WEBHOOK").strip()),
            webhook_format=form,
            rejected=_share(settings.get("ALERT_REJECTED_PERCENT", "1")),
            airflow_url=airflow.rstrip("/"),
            superset_url=superset_url(settings),
        )

    def dag(self, name: str) -> str:
        """Address of a DAG's page in Airflow."""
        return f"{self.airflow_url}/dags/{name}"

    @property
    def health(self) -> str:
        """Address of the page Data health."""
        return f"{self.superset_url}/superset/dashboard/data-health/"


def _webhook(address: str) -> str:
    """The address, if messages may be sent there; errors do not repeat it."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        is_good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
    except ValueError:
        is_good = False
    if not is_good or not address.isascii() or not address.isprintable() or " " in address:
        raise OptionsError("ALERT_WEBHOOK must be an https address; http is for this machine alone")
    return address


def _share(percent: str) -> Decimal:
    try:
        share = Decimal(percent.strip()) / 100
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and 0 <= share <= 1):
        raise OptionsError(f"ALERT_REJECTED_PERCENT is {percent!r}: it is a number from 0 to 100")
    return share
