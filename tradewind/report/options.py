"""Settings of the report, from the environment or `.env`."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.mail_server import NAMES as MAIL_SERVER
from tradewind.mail_server import MailServer, addresses
from tradewind.settings import Settings

#: Every setting that the report reads beside those of the warehouse.
NAMES = (
    "REPORT_TO",
    "REPORT_SCHEDULE",
    "REPORT_DASHBOARD",
    *MAIL_SERVER,
    "SUPERSET_URL",
)

#: Mornings on weekdays, in UTC.
DEFAULT_SCHEDULE = "0 6 * * 1-5"


@dataclass(frozen=True, slots=True)
class Options:
    """Who gets the report of which dashboard, and by which mail server."""

    recipients: tuple[str, ...]
    dashboard: str
    superset_url: str
    server: MailServer

    @classmethod
    def read(cls, settings: Settings) -> Options:
        """Read and check the settings.

        Raises:
            OptionsError: a setting is missing or wrong; having nobody to write to is not an error.
        """
        recipients = addresses(settings.get("REPORT_TO"), "REPORT_TO")
        return cls(
            recipients=recipients,
            dashboard=settings.get("REPORT_DASHBOARD", "executive-overview"),
            superset_url=superset_url(settings),
            server=MailServer.read(settings, is_needed=bool(recipients)),
        )

    @property
    def link(self) -> str:
        """Address of the dashboard."""
        return f"{self.superset_url}/superset/dashboard/{self.dashboard}/"


def superset_url(settings: Settings) -> str:
    """Where people reach Superset, without a slash at its end."""
    return settings.get("SUPERSET_URL", f"http://127.0.0.1:{settings.superset_port}").rstrip("/")
