"""A Thrift server with Spark in it, on this machine, for as long as one command runs."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

#: Name of the server's log, in its folder.
LOG = "thrift_server.log"

_SECONDS_TO_START = 600

_LOGGED = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
"""

#: Options of Java that suit a few rows on one processor: compiled quickly, not well.
_ONE_PROCESSOR = " -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

#: What models rely on, wherever Spark runs.
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


class ServerFailed(Exception):
    """The server ended or did not listen in time; the text ends with the last lines of its log."""


@contextmanager
def thrift_server(
    folder: Path, tables: str, java: Path, port: int, master: str, memory: str
) -> Iterator[None]:
    """Within it, a Thrift server listens on this port of the loopback; it ends with this process.

    Args:
        folder: where it keeps its log, and what it works with.
        tables: address that tables are written below, as file:///srv/lake/tables.
        java: `JAVA_HOME`.
        port: where it listens.
        master: where the work is done, as local[2] or spark://host:7077.
        memory: the server's heap, as 1g.

    Raises:
        ServerFailed: as the class says.
    """
    if _listens(port):
        raise ServerFailed(f"port {port} is taken: set THRIFT_PORT to another one")
    (folder / "log4j2.properties").write_text(_LOGGED)
    quickly = _ONE_PROCESSOR if master == "local[1]" else ""
    settings = {
        "spark.master": master,
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": tables,
        "spark.local.dir": str(folder / "work"),
        "spark.driver.extraJavaOptions": f"-Duser.timezone=UTC{quickly}",
        # tables that a build makes are known to it alone: their files are what stays
        "spark.sql.catalogImplementation": "in-memory",
        **SESSION,
    }
    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-submit")]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    command += ["--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "--name", "tradewind"]
    command += ["spark-internal", "--hiveconf", f"hive.server2.thrift.port={port}"]
    command += ["--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1"]
    environment = {
        **os.environ,
        "JAVA_HOME": str(java),
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(folder),
    }
    log = folder / LOG
    with log.open("wb") as out:
        server = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=_end_with_parent,
        )
        try:
            _wait(server, port, log)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _end_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however that happens."""
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


def _wait(server: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        if _listens(port):
            return
        time.sleep(0.1)
    raise ServerFailed("Spark's Thrift server did not start:\n" + log.read_text(errors="replace")[-2000:])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
