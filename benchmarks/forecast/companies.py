"""Companies whose sales follow a known process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from tradewind.insight.history import History, Key

LEVELS = ((), ("country",), ("segment",), ("product",), ("country", "segment"))

COUNTRIES, SEGMENTS, PRODUCTS = 4, 4, 26

#: Series of a company: total, countries, segments, products, and segments of countries.
SERIES = 1 + COUNTRIES + SEGMENTS + PRODUCTS + COUNTRIES * SEGMENTS

#: Share by which a year's trend, a season's peak and a break in level change the figures.
_TREND, _SEASON, _BREAK = 0.12, 0.35, 0.4

#: Noise of a cell, of a country and of the whole, as shares of the figures.
_NOISE, _COUNTRY_NOISE, _COMMON_NOISE = 0.3, 0.05, 0.03

#: A month's step of a level that wanders.
_STEP = 0.04


@dataclass(frozen=True)
class Process:
    """What a company's sales are made of."""

    name: str
    trends: bool = False
    has_season: bool = False
    wanders: bool = False
    breaks: bool = False


PROCESSES = (
    Process("level"),
    Process("wandering level", wanders=True),
    Process("trend", trends=True),
    Process("season", has_season=True),
    Process("trend and season", trends=True, has_season=True),
    Process("season and break", has_season=True, breaks=True),
)


def companies(seeds: range, months: int) -> Iterator[tuple[str, History]]:
    """Name and sales of each company, one per process and seed."""
    for process in PROCESSES:
        for seed in seeds:
            yield f"{process.name} {seed}", company(process, seed, months)


def company(process: Process, seed: int, months: int) -> History:
    """Monthly sales of a company on all levels, from January 2015; equal arguments give equal sales."""
    random = np.random.default_rng([seed, PROCESSES.index(process)])
    cells = _cells(process, random, months)
    by_level = {
        (): cells.sum(axis=(0, 1, 2), keepdims=True),
        ("country",): cells.sum(axis=(1, 2), keepdims=True),
        ("segment",): cells.sum(axis=(0, 2), keepdims=True),
        ("product",): cells.sum(axis=(0, 1), keepdims=True),
        ("country", "segment"): cells.sum(axis=2, keepdims=True),
    }
    names = ("country", "segment", "product")
    keys, rows = [], []
    for level, sums in by_level.items():
        for place in np.ndindex(sums.shape[:3]):
            members = [f"{name} {at + 1}" for name, at in zip(names, place, strict=True) if name in level]
            keys.append(Key(level, tuple(members)))
            rows.append(sums[place])
    return History(date(2015, 1, 1), tuple(keys), np.array(rows))


def _cells(process: Process, random: np.random.Generator, months: int) -> np.ndarray:
    """Sales by country, segment, product and month."""
    shape = (COUNTRIES, SEGMENTS, PRODUCTS)
    time = np.arange(months)
    sizes = random.lognormal(8, 0.8, shape)[..., np.newaxis]
    factor = np.ones((COUNTRIES, 1, 1, months))
    if process.trends:
        factor = factor * (1 + random.uniform(-0.3, 1, (COUNTRIES, 1, 1, 1)) * _TREND * time / 12)
    if process.has_season:
        peak = random.integers(12)
        factor = factor * (1 + _SEASON * np.cos(2 * np.pi * (time - peak) / 12))
    if process.wanders:
        factor = factor * np.exp(np.cumsum(random.normal(0, _STEP, (COUNTRIES, 1, 1, months)), axis=-1))
    if process.breaks:
        since = random.integers(12, months - 24, (COUNTRIES, 1, 1, 1))
        change = random.choice([-_BREAK, _BREAK], (COUNTRIES, 1, 1, 1))
        factor = factor * np.where(time >= since, 1 + change, 1)
    noise = (
        1
        + random.normal(0, _NOISE, (*shape, months))
        + random.normal(0, _COUNTRY_NOISE, (COUNTRIES, 1, 1, months))
        + random.normal(0, _COMMON_NOISE, (1, 1, 1, months))
    )
    return sizes * factor * np.maximum(noise, 0)
