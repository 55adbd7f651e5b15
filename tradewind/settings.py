"""Where everything is: folders, ports, addresses, and the secrets made on first start.

Each value is looked up in `.local/secrets.env` (generated, mode 600), then in the environment, then in `.env`
(the user's choices), then in the defaults here. Generated secrets come first: a variable of the same
name that another project has left in the shell must not lock us out of our own databases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dotenv import dotenv_values

# Imported where it is used: that takes longer than loading a small file, which does not need it.
if TYPE_CHECKING:
    from sqlalchemy.engine import URL

ROOT = Path(__file__).resolve().parent.parent

#: Roles of the warehouse: who loads, who transforms, who only reads.
ROLES = ("loader", "transformer", "reporter")

#: Settings of currencies: the pattern of each, and what it says.
CURRENCIES = {
    "REPORTING_CURRENCY": (r"[A-Z]{3}", "the code of a currency, as EUR"),
    "EXCHANGE_RATES": (r"day|month|budget", "day, month or budget"),
    "EXCHANGE_RATE_DAYS": (r"\d{1,2}", "a number of days from 0 to 99"),
    "CONSTANT_RATES_OF": (r"\d{4}(-(0[1-9]|1[0-2]))?", "a year or a month, as 2024 or 2024-03"),
    "ASSUMED_CURRENCY": (r"[A-Z]{3}|reporting|none", "the code of a currency, as EUR, or reporting, or none"),
}

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Settings of the fiscal calendar: the pattern of each, and what it says.
CALENDAR = {
    "FISCAL_YEAR_START_MONTH": (r"0?[1-9]|1[0-2]", "the number of a month, from 1 to 12"),
    "FISCAL_YEAR_NAMED_AFTER": (r"end|start", "end or start"),
    "FISCAL_CALENDAR": (r"months|4-4-5|4-5-4|5-4-4", "months, 4-4-5, 4-5-4 or 5-4-4"),
    "FISCAL_YEAR_ENDS": (r"nearest|last", "nearest or last"),
    "FISCAL_WEEK_STARTS_ON": ("|".join(_WEEKDAYS), f"one of {', '.join(_WEEKDAYS)}"),
}


#: Parameters of an address that say who logs in, and with what.
_LOGIN = ("user", "password", "passfile", "sslpassword", "sslkey", "sslcert", "service", "servicefile")


class SettingError(Exception):
    """A setting has an impossible value; the message says where it stands, and what it may be."""


@dataclass(frozen=True)
class Settings:
    """One consistent view of the configuration; make it with `Settings.load()`."""

    values: Mapping[str, str]

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the configuration as it is now."""
        environ = os.environ if environ is None else environ
        user = _read(ROOT / ".env")
        state = Path(environ.get("TRADEWIND_STATE") or user.get("TRADEWIND_STATE") or ROOT / ".local")
        secrets = _read(state / "secrets.env")
        return cls({"TRADEWIND_STATE": str(state), **user, **environ, **secrets})

    def get(self, name: str, default: str = "") -> str:
        """A setting by its environment variable's name; an empty value counts as absent."""
        return self.values.get(name) or default

    @property
    def state(self) -> Path:
        """Folder of everything that is generated: databases, logs, secrets."""
        return Path(self.values["TRADEWIND_STATE"]).resolve()

    @property
    def landing(self) -> Path:
        """Folder where files are dropped, or where those from elsewhere are put."""
        if folder := self._landing_folder:
            return (ROOT / folder).resolve()
        return Path(self.get("LANDING_DIR", str(ROOT / "landing"))).resolve()

    @property
    def landing_url(self) -> str:
        """Address that files are fetched from, as s3://bucket/folder; empty where there is none."""
        return "" if self._landing_folder else self.get("LANDING_URL").strip()

    @property
    def _landing_folder(self) -> str:
        """The folder that `LANDING_URL` names; empty where it names none.

        Raises:
            SettingError: it is neither a folder nor an address; the text does not repeat it.
        """
        url = self.get("LANDING_URL").strip()
        if re.match(r"[\w+.-]+:(?!//)", url):
            raise SettingError(
                "LANDING_URL has a colon without //: an address is s3://bucket/folder, a folder is ./a:b"
            )
        if url.startswith("file://"):
            host, _, path = url.removeprefix("file://").partition("/")
            if host not in ("", "localhost"):
                raise SettingError("LANDING_URL names a host: write file:///srv/drop for a folder here")
            return unquote(f"/{path}")
        return "" if "://" in url else url

    @property
    def postgres_port(self) -> int:
        return self.port("POSTGRES_PORT", "54320")

    @property
    def airflow_port(self) -> int:
        return self.port("AIRFLOW_PORT", "8080")

    @property
    def keeps_landed_files(self) -> bool:
        """Whether files stay in the landing folder when they were taken, as where it is read-only."""
        return self.get("LANDING_KEEP", "0") not in ("", "0")

    @property
    def superset_port(self) -> int:
        return self.port("SUPERSET_PORT", "8088")

    @property
    def superset_https(self) -> bool:
        """Whether people reach Superset through a proxy with TLS only: cookies are for https alone."""
        value = self.get("SUPERSET_HTTPS", "0").strip()
        if value not in ("0", "1"):
            raise SettingError(
                f"SUPERSET_HTTPS is {value!r} {_place('SUPERSET_HTTPS', value)}: it may be 0 or 1"
            )
        return value == "1"

    @property
    def absent_tiles(self) -> str:
        """What becomes of tiles whose source has no rows: `leave-out` or `explain`."""
        value = self.get("ABSENT_TILES", "leave-out").strip()
        if value not in ("leave-out", "explain"):
            where = _place("ABSENT_TILES", value)
            raise SettingError(f"ABSENT_TILES is {value!r} {where}: it may be leave-out or explain")
        return value

    @property
    def sales_lines_of(self) -> frozenset[str]:
        """Sources, as `olist.order_items`, whose mapping counts only on request, and is requested."""
        return frozenset(filter(None, re.split(r"[,\s]+", self.get("SALES_LINES_OF"))))

    @property
    def is_embedded(self) -> bool:
        """Whether the warehouse is the Postgres server that Tradewind itself starts."""
        return not self.get("WAREHOUSE_URL")

    @property
    def warehouse_url(self) -> URL:
        """Address of the warehouse as its owner."""
        from sqlalchemy.engine import make_url

        if own := self.get("WAREHOUSE_URL"):
            return make_url(own).set(drivername="postgresql")
        return self.embedded_url("postgres", self.get("POSTGRES_PASSWORD"), "warehouse")

    @property
    def currencies(self) -> dict[str, str]:
        """Settings of currencies by their names, empty where the project decides; docs/currencies.md.

        Raises:
            SettingError: one of them has an impossible value.
        """
        return self._matching(CURRENCIES)

    @property
    def calendar(self) -> dict[str, str]:
        """Settings of the fiscal calendar by their names, empty where the project decides; docs/calendars.md.

        Raises:
            SettingError: one of them has an impossible value.
        """
        return self._matching(CALENDAR)

    @property
    def of_models(self) -> dict[str, str]:
        """Settings that models are built by, by their names; a change of one rebuilds the models.

        Raises:
            SettingError: one of them has an impossible value.
        """
        return {**self.currencies, **self.calendar}

    @property
    def reporting_currency(self) -> str:
        """Code of the currency of the figures; the default is that of the dbt project's variable, too."""
        return self.currencies["REPORTING_CURRENCY"] or "USD"

    def _matching(self, patterns: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        found = {name: self.get(name).strip() for name in patterns}
        for name, value in found.items():
            pattern, expected = patterns[name]
            if value and not re.fullmatch(pattern, value):
                raise SettingError(f"{name} is {value!r} {_place(name, value)}: it is {expected}")
        return found

    def port(self, name: str, default: str) -> int:
        """A setting that is a port.

        Raises:
            SettingError: it is none.
        """
        value = self.get(name, default).strip()
        if not _is_port(value):
            where = _place(name, value)
            raise SettingError(f"{name} is {value!r} {where}: a port is a number from 1 to 65535")
        return int(value)

    def role_url(self, role: str) -> URL:
        """Address of the warehouse as one of `ROLES`; as its owner where the role has no password."""
        password = self.get(f"{role.upper()}_PASSWORD")
        url = self.warehouse_url
        return url.set(username=role, password=password) if password else url

    def reporters_url(self, server: str | None = None) -> URL:
        """Address of the warehouse for tools outside, as the role `reporter`, without its password.

        Args:
            server: `host` or `host:port` by which a tool reaches it, where that differs from here.

        Raises:
            SettingError: `server` has an impossible port.
        """
        host, _, port = (server or "").partition(":")
        if port and not _is_port(port):
            raise SettingError(f"the server is {server!r}: write host or host:port, a port from 1 to 65535")
        url = self.warehouse_url
        url = url.set(host=host or url.host, port=int(port) if port else url.port, username="reporter")
        return url._replace(password=None).difference_update_query(_LOGIN)

    @property
    def postgres_host(self) -> str:
        return self.get("POSTGRES_HOST", "127.0.0.1")

    def embedded_url(self, user: str, password: str, database: str) -> URL:
        """Address of a database on the embedded server."""
        from sqlalchemy.engine import URL

        return URL.create("postgresql", user, password, self.postgres_host, self.postgres_port, database)


def text(url: URL) -> str:
    """The address with its password, as libpq and SQLAlchemy read it."""
    return url.render_as_string(hide_password=False)


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and 0 < int(value) < 65536


def _place(name: str, value: str) -> str:
    """Where a setting of this value stands, as far as files tell."""
    lines = (ROOT / ".env").read_text(errors="replace").splitlines() if (ROOT / ".env").is_file() else []
    for number, line in enumerate(lines, start=1):
        if (dotenv_values(stream=StringIO(line)).get(name) or "").strip() == value:
            return f"in line {number} of {ROOT / '.env'}"
    return "in the environment"


def _read(path: Path) -> dict[str, str]:
    return {k: v for k, v in dotenv_values(path).items() if v is not None} if path.is_file() else {}
