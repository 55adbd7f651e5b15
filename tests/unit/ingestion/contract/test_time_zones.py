"""Names of time zones: those of places in the IANA's list, and what people write instead."""

from __future__ import annotations

import pytest

from ingestion.contract.time_zones import place_zone, time_zone


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Ushuaia", "UTC", "Etc/GMT+5"])
def test_a_place_is_known(name: str) -> None:
    assert place_zone(name) == time_zone(name) == name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
    ],
)
def test_the_nearest_place_is_named(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"^'{name}' is not the name .*; did you mean '{meant}'\\?$"):
        place_zone(name)


@pytest.mark.parametrize(
    "name", ["PST", "MEZ", "UTC+2", "utc", "+02:00", "Mars/Olympus", "../etc", "", "posixrules", 1]
)
def test_no_place_is_named_for_what_looks_like_none(name: object) -> None:
    with pytest.raises(ValueError, match=r"as Europe/Berlin or UTC$"):
        place_zone(name)


@pytest.mark.parametrize("name", ["CET", "EST", "MET", "Japan"])
def test_what_engines_read_differently_is_no_place(name: str) -> None:
    """Postgres takes CET for an hour ahead of Greenwich, in summer too."""
    assert time_zone(name) == name
    with pytest.raises(ValueError, match="is not the name of a time zone"):
        place_zone(name)
