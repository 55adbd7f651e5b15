"""An SFTP server for tests, by asyncssh, which lets `ada` in and shows a folder as its root.

It lists no folder named `refused`.

    .local/servers/venv/bin/python sftp_server.py FOLDER PORT PASSWORD KNOWN_HOSTS

It writes the line for the file of known hosts.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh


async def main(folder: str, port: str, password: str, known_hosts: str) -> None:
    """Serve until the process is ended."""

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == ("ada", password)

    class Files(asyncssh.SFTPServer):
        def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            if path.endswith(b"/refused"):
                raise asyncssh.SFTPPermissionDenied("it is refused")
            return super().scandir(path)

    key = asyncssh.generate_private_key("ssh-ed25519")
    await asyncssh.create_server(
        Server,
        "127.0.0.1",
        int(port),
        server_host_keys=[key],
        sftp_factory=lambda channel: Files(channel, chroot=folder.encode()),
    )
    public = key.export_public_key().decode().strip()
    Path(known_hosts).write_text(f"[127.0.0.1]:{port} {public}\n")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
