"""Fetches from `LANDING_URL` until it is stopped, or once; started by `python -m tradewind.fetching`."""

from __future__ import annotations

import argparse
import errno
import logging
import signal
import sys
import time

import psycopg

from ingestion.database.connection import WarehouseUnavailable, connect
from ingestion.fetching import records
from ingestion.fetching.fetch import Fetcher
from ingestion.fetching.place import PackageMissing, Place, offer_credentials
from tradewind.settings import SettingError, Settings

#: Seconds before the first repetition after an error, and the longest.
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

#: Seconds between two notes that all is well.
_NOTE_EVERY = 10.0

#: A look at very many objects takes long: of the time, this share at most goes into looking.
_SHARE_OF_LOOKS = 0.2

log = logging.getLogger("tradewind.fetching")


def main(arguments: list[str]) -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.fetching", description=__doc__)
    parser.add_argument("--once", action="store_true", help="fetch what is there now, and end")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for name in ("botocore", "aiobotocore", "paramiko", "azure", "gcsfs", "s3fs", "fsspec"):
        # they may log addresses with signatures; what went wrong is said here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, _stop)
    settings = Settings.load()
    try:
        place = Place.read(settings)
        if place is None:
            raise SettingError("LANDING_URL is not set, or names a folder: there is nothing to fetch")
        place.check_package()
    except (SettingError, PackageMissing) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    offer_credentials(settings)
    try:
        return _once(place, settings) if options.once else _forever(place, settings)
    except KeyboardInterrupt:
        return 130


def _once(place: Place, settings: Settings) -> int:
    try:
        with connect() as connection:
            fetcher = _fetcher(place, settings, connection)
            if fetcher is None:
                print(
                    "error: another process is already fetching, such as make up's fetcher", file=sys.stderr
                )
                return 1
            came = fetcher.step()
            while fetcher.waits():
                time.sleep(place.poll)
                came += fetcher.step()
            records.note_look(connection, place.address, fetcher.problem)
    except Exception as error:
        print(f"error: {_reason(place, error)}", file=sys.stderr)
        return 1
    print(f"fetched {came:,} file{'' if came == 1 else 's'} from {place.address}")
    if fetcher.problem:
        print(f"error: {fetcher.problem}", file=sys.stderr)
    return 1 if fetcher.problem else 0


def _forever(place: Place, settings: Settings) -> int:
    """Fetch; whatever fails is tried again."""
    patience = _Patience()
    while True:
        try:
            with connect() as connection:
                if fetcher := _fetcher(place, settings, connection):
                    _look(place, fetcher, connection, patience)
                else:
                    patience.wait("another process is already fetching")
        except Exception as error:
            patience.wait(_reason(place, error))


def _look(place: Place, fetcher: Fetcher, connection: psycopg.Connection, patience: _Patience) -> None:
    """Look and fetch for ever, whatever is wrong with the place.

    Raises:
        psycopg.Error: the warehouse does not answer.
    """
    noted, noted_at = None, float("-inf")
    while True:
        began = time.monotonic()
        try:
            fetcher.step()
        except psycopg.Error:
            raise
        except Exception as error:
            reason = _reason(place, error)
            records.note_look(connection, place.address, reason)
            noted_at = float("-inf")
            patience.wait(reason)
            continue
        patience.end()
        took = time.monotonic() - began
        if began - noted_at >= _NOTE_EVERY or fetcher.problem != noted:
            noted, noted_at = fetcher.problem, began
            records.note_look(connection, place.address, noted)
        time.sleep(max(place.poll, took * (1 / _SHARE_OF_LOOKS - 1)))


class _Patience:
    """Waits after an error, the longer the more often it comes; says it once."""

    def __init__(self) -> None:
        self._wait, self._reason = _FIRST_WAIT, ""

    def wait(self, reason: str) -> None:
        if reason == self._reason:
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
        else:
            self._wait, self._reason = _FIRST_WAIT, reason
            log.warning("%s; trying again, within %g seconds", reason, _LONGEST_WAIT)
        time.sleep(self._wait)

    def end(self) -> None:
        if self._reason:
            log.warning("fetching again; the problem was: %s", self._reason)
        self._wait, self._reason = _FIRST_WAIT, ""


def _fetcher(place: Place, settings: Settings, connection: psycopg.Connection) -> Fetcher | None:
    records.prepare(connection)
    if not records.take_lock(connection):
        return None
    return Fetcher(place, settings.landing, connection)


def _reason(place: Place, error: Exception) -> str:
    """What went wrong, for people; packages put whatever they have into their errors."""
    text = place.without_secrets(str(error)) or type(error).__name__
    if isinstance(error, psycopg.Error | WarehouseUnavailable):
        return f"the warehouse does not answer: {text}"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk of the landing folder is full"
    if isinstance(error, FileNotFoundError):
        return f"there is no {place.address}, or it may not be listed: {text}"
    if isinstance(error, PermissionError):
        return f"{place.address} may not be read with these credentials: {text}"
    return f"{place.address} cannot be read: {text} ({type(error).__name__})"


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
