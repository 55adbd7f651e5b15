"""A disk that is small enough to be filled."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from tests.conftest import skip


def on_small_disk(folder: Path, size: str, account: pwd.struct_passwd | None = None) -> list[str]:
    """A command that runs the command after it with its own disk at `folder`, as `account` if given.

    Nobody else sees the disk, and it disappears with the last program that does. Skips the test where the
    system lets nobody make one.
    """
    options = f"size={size}"
    if os.geteuid() == 0:
        apart, behind = ["unshare", "--mount"], ""
        if account:
            options += f",uid={account.pw_uid},gid={account.pw_gid},mode=700"
            behind = f"setpriv --reuid={account.pw_uid} --regid={account.pw_gid} --clear-groups"
    else:
        # Root in its own namespace, so that it may mount, then itself again: Postgres refuses to run as root.
        apart = ["unshare", "--user", "--map-root-user", "--mount"]
        behind = f"unshare --user --map-user={os.geteuid()} --map-group={os.getegid()}"
    script = f'mount -t tmpfs -o {options} tmpfs "$0" && exec {behind} "$@"'
    command = [*apart, "sh", "-c", script, str(folder)]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip(f"no disk to fill: a mount in a namespace of its own is refused ({error})")
    return command
