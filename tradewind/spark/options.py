"""Settings of Spark: `docs/scale.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tradewind.settings import SettingError, Settings


@dataclass(frozen=True)
class Options:
    """Where Spark runs, and where its tables are.

    Attributes:
        master: who does the work of a server that is started here; empty where `host` has one.
        memory: heap of a server that is started here.
        host, port: address of the Thrift server.
        lake: address below which tables are written.
        folder: where the state of builds is.
    """

    master: str
    memory: str
    host: str
    port: int
    lake: str
    folder: Path

    @classmethod
    def read(cls, settings: Settings) -> Options:
        """The settings as they are.

        Raises:
            SettingError: one of them has an impossible value.
        """
        folder = settings.state / "spark"
        host = settings.get("THRIFT_HOST").strip()
        master = settings.get("SPARK_MASTER").strip()
        if host and master:
            raise SettingError(
                "THRIFT_HOST and SPARK_MASTER are both set: the server at THRIFT_HOST has a master of its own"
            )
        lake = settings.get("WAREHOUSE_PATH").strip() or f"file://{folder / 'lake'}"
        if not re.match(r"file:///\S+$", lake):
            raise SettingError(f"WAREHOUSE_PATH is {lake!r}: it is a folder, as file:///mnt/shared/lake")
        memory = settings.get("SPARK_MEMORY", "1g").strip()
        if not re.fullmatch(r"\d+[mg]", memory):
            raise SettingError(f"SPARK_MEMORY is {memory!r}: it is a number of megabytes or gigabytes, as 2g")
        return cls(
            master="" if host else master or "local[*]",
            memory=memory,
            host=host or "127.0.0.1",
            port=settings.port("THRIFT_PORT", "10000"),
            lake=lake.rstrip("/"),
            folder=folder,
        )
