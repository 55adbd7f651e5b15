"""Random damage in random tables with a typed contract: each row must be loaded unchanged, or refused.

    python -m benchmarks.reading.damage [ROWS]

Prints, for each kind of damage, how many rows were loaded correctly, refused, and loaded with wrong values.
Damage that no reader can detect is left out; `docs/loading.md` lists it.
"""

from __future__ import annotations

import argparse
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from ingestion.contract.model import Append, Column, ColumnType, Contract, NumberFormat, TextForm
from ingestion.matching.match import match_table
from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import dialect_of
from ingestion.rows.checks import RowCheck, RowFaults

_ROWS_A_FILE = 200
_DAMAGED = 0.15
_PLACES = (
    "Zürich, HB",
    "São Paulo",
    "Łódź",
    "Köln",
    'The "Dome"',
    "Rome",
    "",
    "Aix; Nord",
    "Bar|Bar",
    "x\ty",
)
_ITEMS = ("pipe", "hose", "valve, small", 'cap "A"', "ring")


def _column(name: str, kind: ColumnType, sql_type: str = "", **options: object) -> Column:
    return Column(name, name, kind, sql_type or kind.value, "x", "public", **options)


CONTRACT = Contract(
    "proof",
    "damage",
    "1",
    "x",
    (
        _column("no", ColumnType.INTEGER),
        _column("sold", ColumnType.DATE, date_formats=("yyyy-MM-dd",)),
        _column("place", ColumnType.TEXT, required=False),
        _column("units", ColumnType.INTEGER, lowest=Decimal(1)),
        _column("item", ColumnType.TEXT),
        _column("price", ColumnType.NUMERIC, "numeric(9,2)", precision=9, scale=2, required=False),
        _column("code", ColumnType.TEXT, pattern=r"[A-Z]{3}-[0-9]{4}"),
    ),
    sums=(),
    number_format=NumberFormat(),
    relation=Append(),
    max_rejected_share=1.0,
)


@dataclass
class Tally:
    """What happened to the damaged rows, by kind of damage; `lost` are good rows that were refused."""

    right: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, bytes] = field(default_factory=dict)
    rows: int = 0
    lost: int = 0


@dataclass(frozen=True)
class _File:
    delimiter: str
    encoding: str
    quotes_all: bool

    def cell(self, text: str) -> str:
        if self.quotes_all or self.delimiter in text or '"' in text:
            return '"' + text.replace('"', '""') + '"'
        return text

    def line(self, cells: Sequence[str]) -> str:
        return self.delimiter.join(map(self.cell, cells))


def _row(chance: random.Random, number: int) -> list[str]:
    return [
        str(number),
        str(date(2024, 1, 1) + timedelta(days=chance.randrange(700))),
        chance.choice(_PLACES),
        str(chance.randrange(1, 999)),
        chance.choice(_ITEMS),
        chance.choice(["", f"{chance.randrange(99999) / 100:.2f}"]),
        f"{''.join(chance.choices('ABCXYZ', k=3))}-{chance.randrange(10000):04}",
    ]


#: From a row's cells to the bytes of its damaged line.
_Damage = Callable[[random.Random, _File, list[str]], bytes]


def _written(file: _File, cells: Sequence[str]) -> list[str]:
    return [file.cell(cell) for cell in cells]


def _shifted(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    written = _written(file, cells)
    written.insert(chance.randrange(len(written) + 1), "")
    return file.delimiter.join(written).encode(file.encoding)


def _cell_lost(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    written = _written(file, cells)
    del written[chance.randrange(len(written))]
    return file.delimiter.join(written).encode(file.encoding)


def _cut(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    line = file.line(cells).encode(file.encoding)
    return line[: chance.randrange(1, len(line))]


def _doubled(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    written = _written(file, cells)
    place = chance.randrange(len(written))
    written.insert(place, written[place])
    return file.delimiter.join(written).encode(file.encoding)


def _joined(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    written = _written(file, cells)
    place = chance.randrange(1, len(written))
    written[place - 1 : place + 1] = [written[place - 1] + written[place]]
    return file.delimiter.join(written).encode(file.encoding)


def _quote_lost(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    line = file.line(cells)
    quotes = [place for place, sign in enumerate(line) if sign == '"']
    if quotes:
        place = chance.choice(quotes)
        line = line[:place] + line[place + 1 :]
    return line.encode(file.encoding)


def _quote_added(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    line = file.line(cells)
    place = chance.randrange(len(line) + 1)
    return (line[:place] + '"' + line[place:]).encode(file.encoding)


def _other_delimiter(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    other = chance.choice([sign for sign in ",;|\t" if sign != file.delimiter])
    return other.join(_written(file, cells)).encode(file.encoding)


def _other_encoding(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    other = "cp1252" if file.encoding == "utf-8" else "utf-8"
    return file.line([cell.replace("Łódź", "Köln") for cell in cells]).encode(other)


def _nul(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    line = file.line(cells).encode(file.encoding)
    place = chance.randrange(len(line) + 1)
    return line[:place] + b"\0" + line[place:]


def _lines_joined(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    other = [cell.replace("Łódź", "Köln") for cell in _row(chance, 10_000_000)]
    return (file.line(cells) + file.line(other)).encode(file.encoding)


def _turned(chance: random.Random, file: _File, cells: list[str]) -> bytes:
    return file.line([*cells[1:], cells[0]]).encode(file.encoding)


DAMAGES: dict[str, _Damage] = {
    "a cell too many": _shifted,
    "a cell too few": _cell_lost,
    "a line cut": _cut,
    "a cell doubled": _doubled,
    "two cells joined": _joined,
    "a quote lost": _quote_lost,
    "a quote added": _quote_added,
    "another delimiter": _other_delimiter,
    "another encoding": _other_encoding,
    "a NUL": _nul,
    "two lines joined": _lines_joined,
    "cells turned": _turned,
}


def run(rows: int, seed: int) -> Tally:
    """Damage at least `rows` rows, and see what happens to them."""
    chance = random.Random(seed)
    tally = Tally()
    while tally.right.total() + tally.refused.total() + tally.wrong.total() < rows:
        _one_file(chance, tally)
    return tally


def _one_file(chance: random.Random, tally: Tally) -> None:
    file = _File(chance.choice(",;|\t"), chance.choice(["utf-8", "utf-8", "cp1252"]), chance.random() < 0.3)
    rows = [_row(chance, number) for number in range(1, _ROWS_A_FILE + 1)]
    if file.encoding == "cp1252":
        rows = [[cell.replace("Łódź", "Köln") for cell in row] for row in rows]
    damage = {
        number: chance.choice(list(DAMAGES)) for number in range(len(rows)) if chance.random() < _DAMAGED
    }
    lines = [file.line(CONTRACT.headers).encode()]
    for number, cells in enumerate(rows):
        kind = damage.get(number)
        lines.append(DAMAGES[kind](chance, file, cells) if kind else file.line(cells).encode(file.encoding))
    form = TextForm(delimiter=file.delimiter, quote='"', escape="", encoding=file.encoding)
    loaded = _loaded(b"\n".join(lines) + b"\n", form)
    truth = _loaded("\n".join(map(file.line, [CONTRACT.headers, *rows])).encode(file.encoding), form)
    by_line = dict(zip(range(2, len(rows) + 2), truth.values(), strict=True))
    tally.rows += len(rows)
    for line, right in by_line.items():
        kind, found = damage.get(line - 2), loaded.get(line)
        if kind is None:
            tally.lost += found is None
            if found not in (None, right):
                tally.wrong["a sound row"] += 1
        elif found is None:
            tally.refused[kind] += 1
        elif found == right:
            tally.right[kind] += 1
        else:
            tally.wrong[kind] += 1
            tally.examples.setdefault(kind, lines[line - 1])


def _loaded(content: bytes, form: TextForm) -> dict[int, list[str | None]]:
    """The values of each row that is loaded, by its line."""
    file = io.BytesIO(content)
    dialect = dialect_of(
        file, delimiter=form.delimiter, quote=form.quote, escape=form.escape, encoding=form.encoding
    )
    match = match_table(CsvTable(file, dialect), [CONTRACT])
    check = RowCheck(CONTRACT, match.order)
    found, read, refused = {}, 0, 0
    for row in match.table.rows(match.after, match.width):
        read += 1
        try:
            found[row.line] = check.values(row)
        except RowFaults:
            refused += 1
    assert read == len(found) + refused
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading.damage", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=100_000, help="damaged rows (100,000)")
    tally = run(parser.parse_args().rows, seed=1)
    print(f"{'damage':22}{'right':>9}{'refused':>9}{'wrong':>7}")
    for kind in [*DAMAGES, *(tally.wrong.keys() - DAMAGES.keys())]:
        print(f"{kind:22}{tally.right[kind]:9}{tally.refused[kind]:9}{tally.wrong[kind]:7}")
        if kind in tally.examples:
            print(f"    {tally.examples[kind]!r}")
    print(f"{tally.rows:,} rows, {tally.lost:,} good ones refused")


if __name__ == "__main__":
    main()
