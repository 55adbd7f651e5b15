"""Ports for servers that live only as long as a test or a benchmark."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A TCP port of this machine that is not in use."""
    # Below the range of ports for outgoing connections.
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
