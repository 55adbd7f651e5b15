"""Where files are fetched from: `LANDING_URL` and its settings."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tradewind.settings import SettingError, Settings

#: Kinds of places: the first word of the address, and the package that reads it.
KINDS = {
    "s3": "s3fs",
    "sftp": "paramiko",
    "gs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
}

#: What a folder that may not be listed has for a type.
UNREADABLE = "unreadable"

#: Settings of our own.
NAMES = (
    "LANDING_URL",
    "LANDING_ENDPOINT",
    "LANDING_USER",
    "LANDING_PASSWORD",
    "LANDING_KEY_FILE",
    "LANDING_KNOWN_HOSTS",
    "LANDING_POLL_SECONDS",
    "LANDING_SETTLED_SECONDS",
)

#: Variables by which the packages find the credentials of a cloud.
CLOUD_NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TENANT_ID",
    "AZURE_STORAGE_CLIENT_ID",
    "AZURE_STORAGE_CLIENT_SECRET",
)

#: Settings and variables whose values nothing may print.
_SECRET = re.compile(r"PASSWORD|SECRET|_KEY$|TOKEN|CONNECTION_STRING|ACCESS_KEY_ID")

#: Seconds for which an object must not have changed: where one appears as a whole, none at all.
_SETTLED = {"sftp": 5.0}


class PackageMissing(Exception):
    """The package that reads the place is not installed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder elsewhere.

    Attributes:
        kind: one of `KINDS`.
        root: the folder as the package names it: `bucket/prefix`, or `/path` on an SFTP server.
        address: what people, logs and the ledger are shown; it has no password.
        options: what the package is given; it may hold a password.
        poll: seconds between two looks.
        settled: seconds for which an object must not have changed before it is taken.
        secrets: what may not be printed.
    """

    kind: str
    root: str
    address: str
    options: Mapping[str, Any] = field(repr=False)
    poll: float
    settled: float
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, settings: Settings) -> Place | None:
        """The place that the settings name; None where files are dropped into a folder.

        Raises:
            SettingError: a setting has an impossible value; the text repeats no password.
        """
        url = settings.landing_url
        if not url:
            return None
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingError("LANDING_URL is not an address such as s3://bucket/folder") from None
        if parts.password is not None:
            raise SettingError(
                "LANDING_URL holds a password: move it to LANDING_PASSWORD,"
                " since addresses are logged and kept"
            )
        kind = parts.scheme.lower()
        if kind not in KINDS or not parts.hostname:
            kinds = ", ".join(f"{each}://" for each in KINDS)
            raise SettingError(f"LANDING_URL must begin with one of {kinds}, or be a folder")
        if parts.query or parts.fragment:
            raise SettingError("LANDING_URL is a folder's address: it has no ? and no #")
        host, path = parts.netloc.rpartition("@")[2], unquote(parts.path).strip("/")
        if kind == "sftp":
            root = f"/{path}"
            options = _sftp(settings, parts.hostname, port, unquote(parts.username or ""))
        else:
            if parts.username is not None:
                raise SettingError(_why_no_user(kind))
            root = f"{host}/{path}".rstrip("/")
            options = _cloud(settings, kind)
        given = {name: settings.get(name) for name in (*NAMES, *CLOUD_NAMES)}
        return cls(
            kind=kind,
            root=root,
            address=f"{kind}://{host}/{path}".rstrip("/"),
            options=options,
            poll=_seconds(settings, "LANDING_POLL_SECONDS", 1.0, lowest=0.1),
            settled=_seconds(settings, "LANDING_SETTLED_SECONDS", _SETTLED.get(kind, 0.0), lowest=0.0),
            secrets=tuple(value for name, value in given.items() if value and _SECRET.search(name)),
        )

    def check_package(self) -> None:
        """Raises PackageMissing where the place cannot be read here."""
        package = KINDS.get(self.kind, "fsspec")
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise PackageMissing(
                f"{self.kind}:// needs the package {package} ({error}), which is in"
                " requirements/landing.txt: python -m tradewind.fetching installs it"
            ) from None

    def address_of(self, name: str) -> str:
        """The address of an object; characters that do not show are spelled out, each in its own way."""
        relative = name[len(self.root.rstrip("/")) :].removeprefix("/")
        shown = (c if c.isprintable() and c != "%" else _spelled_out(c) for c in relative)
        return f"{self.address}/{''.join(shown)}"

    def without_secrets(self, text: str) -> str:
        """A text of a package, on one line and without what may not be printed."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line[:500]


def offer_credentials(settings: Settings) -> None:
    """Let the packages find the clouds' credentials that stand in `.env`."""
    for name in CLOUD_NAMES:
        if value := settings.get(name):
            os.environ.setdefault(name, value)


def _spelled_out(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _why_no_user(kind: str) -> str:
    """What to do about `user@` in the address of a cloud; Azure's own tools write an account there."""
    if KINDS[kind] == "adlfs":
        return (
            f"LANDING_URL names an account: write {kind}://container/folder, and the account into"
            " AZURE_STORAGE_ACCOUNT_NAME"
        )
    return "LANDING_URL names a user: only sftp:// has one"


def _sftp(settings: Settings, host: str, port: int | None, user: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": host,
        "port": port or 22,
        "timeout": 20,
        "banner_timeout": 20,
        "channel_timeout": 20,
    }
    user = user or settings.get("LANDING_USER")
    if not user:
        raise SettingError("LANDING_USER is not set: the SFTP server needs a user")
    options["username"] = user
    known = Path(settings.get("LANDING_KNOWN_HOSTS", "~/.ssh/known_hosts")).expanduser()
    options["known_hosts"] = str(known)
    if key := settings.get("LANDING_KEY_FILE"):
        path = Path(key).expanduser()
        if not path.is_file():
            raise SettingError(f"LANDING_KEY_FILE is {path}, and there is no such file")
        options["key_filename"] = str(path)
        options["passphrase"] = settings.get("LANDING_PASSWORD") or None
    elif password := settings.get("LANDING_PASSWORD"):
        options["password"] = password
    else:
        raise SettingError("set LANDING_PASSWORD or LANDING_KEY_FILE: the SFTP server needs one of them")
    # no other keys than the one that is named
    return {**options, "allow_agent": False, "look_for_keys": False}


def _cloud(settings: Settings, kind: str) -> dict[str, Any]:
    endpoint = settings.get("LANDING_ENDPOINT")
    if endpoint and not re.fullmatch(r"https?://[^\s@/]+/?", endpoint):
        raise SettingError("LANDING_ENDPOINT is an address such as https://minio.example.org:9000")
    if kind == "s3":
        # without them a server that hangs would be waited for without end
        waits = {"connect_timeout": 20, "read_timeout": 60, "retries": {"max_attempts": 3}}
        return {"endpoint_url": endpoint or None, "config_kwargs": waits}
    if endpoint:
        raise SettingError("LANDING_ENDPOINT is for s3:// alone")
    return {}


def _seconds(settings: Settings, name: str, default: float, lowest: float) -> float:
    value = settings.get(name).strip()
    if not value:
        return default
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", value) or float(value) < lowest:
        raise SettingError(f"{name} is {value!r}: it is a number of seconds, from {lowest:g} on")
    return float(value)
