"""Secrets of this installation: generated once, kept in `.local/secrets.env`, readable only by its owner.

Uses only the standard library: for containers, secrets are generated before anything is installed.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

from deploy.errors import SetupError


def _password() -> str:
    return secrets.token_urlsafe(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


#: What is generated, and how.
GENERATORS = {
    "POSTGRES_PASSWORD": _password,
    "LOADER_PASSWORD": _password,
    "TRANSFORMER_PASSWORD": _password,
    "REPORTER_PASSWORD": _password,
    # the passwords of the logins that Superset reads with are derived from this
    "READERS_KEY": lambda: secrets.token_hex(32),
    "AIRFLOW_DATABASE_PASSWORD": _password,
    "AIRFLOW_ADMIN_PASSWORD": _password,
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_API_SECRET_KEY": lambda: secrets.token_hex(32),
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_hex(32),
    "SUPERSET_DATABASE_PASSWORD": _password,
    "SUPERSET_FRESHNESS_PASSWORD": _password,
    "SUPERSET_ADMIN_PASSWORD": _password,
    "SUPERSET_REPORTS_PASSWORD": _password,
    "SUPERSET_SECRET_KEY": lambda: secrets.token_urlsafe(42),
}


def ensure(path: Path) -> None:
    """Write the secrets that are missing; existing ones stay as they are."""
    written = path.read_text() if path.is_file() else ""
    if written and not written.endswith("\n"):
        raise SetupError(
            f"{path} ends inside a line: it was cut off, perhaps by a full disk. Restore it from a backup;"
            " if its last value is complete, add a line break"
        )
    lines = written.splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line)
    missing = GENERATORS.keys() - known.keys()
    if not missing:
        return
    values = {name: known.get(name) or make() for name, make in GENERATORS.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    with draft.open("w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


if __name__ == "__main__":
    try:
        ensure(Path(__file__).resolve().parents[2] / ".local" / "secrets.env")
    except SetupError as error:
        sys.exit(f"error: {error}")
