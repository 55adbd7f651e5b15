"""The mail server that takes the report and the alerts, as settings describe it."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import getaddresses

from tradewind.settings import Settings

#: Every setting that is read here.
NAMES = ("REPORT_FROM", "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_SECURITY")

#: Seconds that the mail server may take to answer.
PATIENCE = 60

_PORTS = {"starttls": 587, "ssl": 465, "none": 25}
#: Names of this machine: what goes there does not need to be encrypted.
LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))


class OptionsError(ValueError):
    """A setting is missing or wrong; the message says which."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and from whom it is."""

    sender: str
    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def read(cls, settings: Settings, *, is_needed: bool) -> MailServer:
        """Read and check the settings.

        Args:
            settings: where they are.
            is_needed: whether there is anybody to write to; otherwise host and sender may be empty.

        Raises:
            OptionsError: as the class says.
        """
        security = settings.get("SMTP_SECURITY", "starttls").lower()
        if security not in _PORTS:
            raise OptionsError(f"SMTP_SECURITY is {security}: choose one of {', '.join(_PORTS)}")
        host, user = settings.get("SMTP_HOST"), settings.get("SMTP_USER")
        sender = addresses(settings.get("REPORT_FROM") or (user if "@" in user else ""), "REPORT_FROM")
        if is_needed and not host:
            raise OptionsError("SMTP_HOST is not set")
        if is_needed and len(sender) != 1:
            raise OptionsError("REPORT_FROM must be one address")
        if user and security == "none" and host not in LOCAL:
            raise OptionsError(
                "SMTP_SECURITY=none would send SMTP_PASSWORD in the clear: use starttls or ssl"
            )
        return cls(
            sender=sender[0] if sender else "",
            host=host,
            port=_port(settings.get("SMTP_PORT", str(_PORTS[security]))),
            security=security,
            user=user,
            password=settings.get("SMTP_PASSWORD"),
        )

    @property
    def domain(self) -> str:
        """The sender's, as ids of mails end."""
        return self.sender.rpartition("@")[2]

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> list[str]:
        """Hand the mail in; returns the recipients that the server took.

        Raises:
            smtplib.SMTPException, OSError: it accepted no recipient.
        """
        context = ssl.create_default_context()
        if self.security == "ssl":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE)
        with server:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            refused = server.send_message(message, self.sender, list(recipients))
        return [address for address in recipients if address not in refused]


def _port(given: str) -> int:
    text = given.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536):
        raise OptionsError(f"SMTP_PORT is {given!r}: it is a number from 1 to 65535")
    return int(text)


def addresses(text: str, name: str) -> tuple[str, ...]:
    """Addresses, separated by commas, semicolons or line ends; each once.

    Raises:
        OptionsError: the setting of this name holds something else.
    """
    found = [
        address for _, address in getaddresses([re.sub(r"[;\s]*[;\n]\s*", ",", text.strip())]) if address
    ]
    wrong = [address for address in found if not re.fullmatch(r"[^@\s]+@[^@\s]+", address)]
    if wrong or (text.strip() and not found):
        raise OptionsError(f"{name}: {', '.join(wrong) or text} is not an address")
    return tuple(dict.fromkeys(found))
