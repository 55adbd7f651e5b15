"""Settings of the report, from the environment or `.env`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses

from tradewind.settings import Settings

#: Every setting that the report reads beside those of the warehouse.
NAMES = (
    "REPORT_TO",
    "REPORT_FROM",
    "REPORT_SCHEDULE",
    "REPORT_DASHBOARD",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "SMTP_SECURITY",
    "SUPERSET_URL",
)

#: Mornings on weekdays, in UTC.
DEFAULT_SCHEDULE = "0 6 * * 1-5"

_PORTS = {"starttls": 587, "ssl": 465, "none": 25}
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class OptionsError(ValueError):
    """A setting is missing or wrong; the message says which."""


@dataclass(frozen=True, slots=True)
class Options:
    """Who gets the report of which dashboard, and by which mail server."""

    recipients: tuple[str, ...]
    sender: str
    dashboard: str
    superset_url: str
    host: str
    port: int
    security: str
    user: str
    password: str

    @classmethod
    def read(cls, settings: Settings) -> Options:
        """Read and check the settings.

        Raises:
            OptionsError: as the class says; having nobody to write to is not an error.
        """
        recipients = _addresses(settings.get("REPORT_TO"), "REPORT_TO")
        security = settings.get("SMTP_SECURITY", "starttls").lower()
        if security not in _PORTS:
            raise OptionsError(f"SMTP_SECURITY is {security}: choose one of {', '.join(_PORTS)}")
        host, user = settings.get("SMTP_HOST"), settings.get("SMTP_USER")
        sender = _addresses(settings.get("REPORT_FROM") or (user if "@" in user else ""), "REPORT_FROM")
        if recipients and not host:
            raise OptionsError("SMTP_HOST is not set")
        if recipients and len(sender) != 1:
            raise OptionsError("REPORT_FROM must be one address")
        if user and security == "none" and host not in _LOCAL:
            raise OptionsError(
                "SMTP_SECURITY=none would send SMTP_PASSWORD in the clear: use starttls or ssl"
            )
        url = settings.get("SUPERSET_URL", f"http://127.0.0.1:{settings.superset_port}")
        return cls(
            recipients=recipients,
            sender=sender[0] if sender else "",
            dashboard=settings.get("REPORT_DASHBOARD", "executive-overview"),
            superset_url=url.rstrip("/"),
            host=host,
            port=int(settings.get("SMTP_PORT", str(_PORTS[security]))),
            security=security,
            user=user,
            password=settings.get("SMTP_PASSWORD"),
        )

    @property
    def link(self) -> str:
        """Address of the dashboard."""
        return f"{self.superset_url}/superset/dashboard/{self.dashboard}/"


def _addresses(text: str, name: str) -> tuple[str, ...]:
    """Addresses, separated by commas, semicolons or line ends; each once."""
    found = [
        address for _, address in getaddresses([re.sub(r"[;\s]*[;\n]\s*", ",", text.strip())]) if address
    ]
    wrong = [address for address in found if not re.fullmatch(r"[^@\s]+@[^@\s]+", address)]
    if wrong or (text.strip() and not found):
        raise OptionsError(f"{name}: {', '.join(wrong) or text} is not an address")
    return tuple(dict.fromkeys(found))
