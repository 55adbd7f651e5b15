"""Tells whether a file is still open for writing, which silence alone does not: a writer may just be slow."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

#: There a lease is refused for reasons of the server's, not only because somebody writes.
_REMOTE = {"nfs4", "cifs", "smb3"}

_MOUNTS = Path("/proc/self/mountinfo")


def is_open_for_writing(path: Path) -> bool:
    """Whether some process of this machine holds the file open for writing.

    The kernel is asked for a read lease, which it refuses while there is a writer. Where it gives no leases,
    as on another user's file, the answer is False: then only silence tells that a file is complete.
    """
    try:
        # Where another program holds a lease of its own, opening must not wait until that is given back.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    try:
        return _has_writer(descriptor)
    finally:
        os.close(descriptor)


def _has_writer(descriptor: int) -> bool:
    try:
        # A writer that comes while the lease is held raises a signal. SIGIO, the default, would end this
        # process; SIGURG is ignored unless somebody asks for it. The writer itself waits for the release.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return _file_system(os.fstat(descriptor).st_dev) not in _REMOTE
    except OSError:
        return False
    return False


def _file_system(device: int) -> str | None:
    """Type of the file system with this number; None where the system does not say."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = [line.split(" ") for line in _MOUNTS.read_text(errors="replace").splitlines()]
    except OSError:
        return None
    # The type follows a lone dash, which ends a list of optional fields.
    return next((fields[fields.index("-") + 1] for fields in mounts if fields[2] == number), None)
