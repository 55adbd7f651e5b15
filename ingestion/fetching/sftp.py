"""SFTP servers that are known: one whose key is not in the file of known hosts is refused."""

from __future__ import annotations

from typing import Any

import paramiko
from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from fsspec.implementations.sftp import SFTPFileSystem


class KnownHostsSFTP(SFTPFileSystem):
    """fsspec's own trusts any server, and says nothing of progress."""

    cachable = False

    def __init__(self, host: str, known_hosts: str, **options: Any) -> None:
        super().__init__(host, host_key_policy=_Known(known_hosts), **options)
        # a server that falls silent is an error, and not waited for without end
        self.ftp.get_channel().settimeout(60)

    def get_file(self, rpath: str, lpath: str, callback: Callback = DEFAULT_CALLBACK, **_: Any) -> None:
        """Copy a file; paramiko compares its size."""
        self.ftp.get(
            rpath,
            lpath,
            callback=lambda done, _whole: callback.absolute_update(done),
            max_concurrent_prefetch_requests=64,  # else those of the whole file are asked for at once
        )


class _Known(paramiko.MissingHostKeyPolicy):
    def __init__(self, file: str) -> None:
        self._file = file

    def missing_host_key(self, _client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        known = paramiko.HostKeys()
        try:
            known.load(self._file)
        except OSError as error:
            problem = f"{self._file} cannot be read ({error.strerror})"
        else:
            if known.check(hostname, key):
                return
            problem = (
                f"{self._file} has another key for it"
                if known.lookup(hostname)
                else (f"it is not in {self._file}")
            )
        raise paramiko.SSHException(
            f"the server {hostname} is not known: {problem}. Its key is {key.get_name()} {key.fingerprint};"
            f" if its operator confirms that, ssh-keyscan writes the line for the file (LANDING_KNOWN_HOSTS)"
        )
