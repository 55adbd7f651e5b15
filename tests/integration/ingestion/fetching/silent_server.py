"""Connects to an SSH server that lets anybody in and never answers a request for SFTP; prints the error.

Runs in the environment of the fetcher, since that has paramiko.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time

import paramiko

from ingestion.fetching import sftp


class _Silent(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        time.sleep(30)
        return False


def main() -> int:
    """Serve one connection, and make it."""
    sftp._SILENCE = 1
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listening, tempfile.NamedTemporaryFile("w+") as known:
        port = listening.getsockname()[1]
        known.write(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        known.flush()

        def serve() -> None:
            transport = paramiko.Transport(listening.accept()[0])
            transport.add_server_key(key)
            transport.start_server(server=_Silent())

        threading.Thread(target=serve, daemon=True).start()
        start = time.monotonic()
        try:
            sftp.KnownHostsSFTP(
                "127.0.0.1", known.name, port=port, username="ada", password="x", look_for_keys=False
            )
        except TimeoutError as error:
            print(error, "" if time.monotonic() - start < 15 else "but late")
    return 0


if __name__ == "__main__":
    # the server's thread sleeps on
    sys.exit(main())
