"""Settings of maintenance: for how many days what is kept."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.settings import SettingError, Settings

#: Every setting of maintenance, with the days that are kept where it is not set.
DEFAULTS = {
    "KEEP_LOGS_DAYS": 30,
    "KEEP_AIRFLOW_DAYS": 90,
    "KEEP_REJECTED_DAYS": 365,
    "KEEP_ALERTS_DAYS": 365,
}

NAMES = (*DEFAULTS, "MAINTENANCE_SCHEDULE")


@dataclass(frozen=True, slots=True)
class Days:
    """Days for which each kind is kept; None: for ever."""

    logs: int | None
    airflow: int | None
    rejected: int | None
    alerts: int | None

    @classmethod
    def read(cls, settings: Settings) -> Days:
        """Read and check the settings.

        Raises:
            SettingError: one of them is neither a number from 1 on nor `forever`.
        """
        return cls(*(_days(settings, name) for name in DEFAULTS))


def _days(settings: Settings, name: str) -> int | None:
    value = settings.get(name, str(DEFAULTS[name])).strip()
    if value == "forever":
        return None
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 100_000):
        raise SettingError(f"{name} is {value!r}: it is a number of days from 1 on, or forever")
    return int(value)
