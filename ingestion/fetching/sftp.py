"""SFTP servers that are known: one whose key is not in the file of known hosts is refused."""

from __future__ import annotations

from threading import Event, Timer
from typing import Any

import paramiko
from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from fsspec.implementations.sftp import SFTPFileSystem
from paramiko import sftp_client

from ingestion.fetching.place import UNREADABLE

#: Seconds after which a server that falls silent is an error: it is not waited for without end.
_SILENCE = 60


class _Message(paramiko.Message):
    """A name that is not UTF-8 is a name all the same: paramiko would fail at the folder that holds it."""

    def get_text(self) -> str:
        return self.get_string().decode("utf-8", "surrogateescape")


# messages within SFTP; those of SSH stay as they are
sftp_client.Message = _Message


class _Client(paramiko.SFTPClient):
    def __init__(self, channel: paramiko.Channel) -> None:
        channel.settimeout(_SILENCE)
        super().__init__(channel)

    def _adjust_cwd(self, path: str | bytes) -> bytes:
        """All requests name what they want by way of this."""
        return path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")


class KnownHostsSFTP(SFTPFileSystem):
    """fsspec's own trusts any server, passes over what it cannot list, and says nothing of progress."""

    cachable = False

    def __init__(self, host: str, known_hosts: str, **options: Any) -> None:
        super().__init__(host, host_key_policy=_Known(known_hosts), **options)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(self.host_key_policy)
        try:
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = _Client(self._channel())
        except BaseException:
            self.client.close()
            raise

    def _channel(self) -> paramiko.Channel:
        """A channel that speaks SFTP; paramiko would wait for the server's answer without end."""
        channel = self.client.get_transport().open_session(timeout=_SILENCE)
        is_silent = Event()

        def give_up() -> None:
            is_silent.set()
            self.client.close()

        watch = Timer(_SILENCE, give_up)
        watch.start()
        try:
            channel.invoke_subsystem("sftp")
        # whichever paramiko's thread meets first when its connection is closed
        except (EOFError, OSError, paramiko.SSHException) as error:
            if not is_silent.is_set():
                raise
            raise TimeoutError(f"{self.host} did not answer within {_SILENCE} s") from error
        finally:
            watch.cancel()
        return channel

    def find(self, path: str, **_: Any) -> dict[str, dict[str, Any]]:
        """All that is in a folder and below, by its name: no folders but those that are `UNREADABLE`.

        Raises:
            OSError: the folder itself cannot be listed, or the server does not answer.
        """
        found: dict[str, dict[str, Any]] = {}
        pending = self.ls(path, detail=True)
        while pending:
            info = pending.pop()
            if info["type"] == "directory":
                try:
                    pending += self.ls(info["name"], detail=True)
                    continue
                except FileNotFoundError:
                    continue  # it was deleted meanwhile
                except PermissionError:
                    info["type"] = UNREADABLE
            found[info["name"]] = info
        return found

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
