"""The same sales, however they are delivered, become the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import pytest

from ingestion.contract.model import Contract, NumberFormat, TextForm, Total, TotalPlace
from ingestion.loading.load import load
from tests.integration.ingestion.sales_files import HEADER, sales_contract, tidy_rows
from tests.unit.ingestion.builders import write_ods, write_workbook

HEADERS = HEADER.split(",")
ROWS = list(tidy_rows(20))
# Letters that every encoding writes in its own way, and characters that need quotes or an escape.
ROWS[0][2], ROWS[1][2], ROWS[2][2] = "Cafézinho “São”", 'a "quoted" product', "comma, semicolon; pipe| and \\"


def text(dialect: str = "excel", rows: Sequence[Sequence[str]] = ROWS, **options) -> str:
    """The rows as Python's own csv module writes them."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, dialect, **{"lineterminator": "\n", **options}).writerows([HEADERS, *rows])
    return buffer.getvalue()


def with_decimal_commas() -> list[list[str]]:
    return [
        [cell.replace(".", ",") if cell.replace(".", "").isdigit() else cell for cell in row] for row in ROWS
    ]


def mixed_line_ends() -> str:
    lines = text().splitlines()
    return "".join(line + end for line, end in zip(lines, ["\n", "\r\n", "\r"] * 7, strict=True))


def in_zip(content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sales.csv", content)
    return buffer.getvalue()


def number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def ods_cell(cell: str) -> str:
    value = number(cell)
    if isinstance(value, float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def as_ods(path: Path) -> None:
    rows = (f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in [HEADERS, *ROWS])
    write_ods(path, "".join(rows))


def as_workbook(path: Path) -> None:
    rows = [HEADERS, *([number(cell) for cell in row] for row in ROWS)]
    write_workbook(path, {"Sales": dict(enumerate(rows, 1))})


def as_parquet(path: Path) -> None:
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" varchar' for name in HEADERS)
        connection.execute(f"create table sales ({columns})")
        connection.executemany(f"insert into sales values ({', '.join('?' * len(HEADERS))})", ROWS)
        connection.execute(f"copy sales to '{path}' (format parquet)")


def as_json_lines(path: Path) -> None:
    path.write_text("".join(json.dumps(dict(zip(HEADERS, row, strict=True))) + "\n" for row in ROWS))


CONTENTS: dict[str, str | bytes] = {
    "tab.tsv": text("excel-tab"),
    "pipe.txt": text(delimiter="|"),
    "semicolon.csv": text(delimiter=";"),
    "utf-8-bom.csv": text().encode("utf-8-sig"),
    "carriage-returns.csv": text(lineterminator="\r"),
    "crlf.csv": text(lineterminator="\r\n"),
    "mixed-line-ends.csv": mixed_line_ends(),
    "lines-above.csv": "Sales of all shops\n\nas of 2014-03-01\n" + text(),
    "blank-lines.csv": text().replace("\n", "\n\n"),
    "no-last-line-end.csv": text().rstrip("\n"),
    "delimiters-at-the-end.csv": text().replace("\n", ",\n"),
    "quoted.csv": text("unix"),
    "escaped.csv": text(escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL),
    "sales.csv.gz": gzip.compress(text().encode()),
    "sales.zip": in_zip(text()),
}
WRITERS: dict[str, Callable[[Path], None]] = {
    "sales.xlsx": as_workbook,
    "sales.ods": as_ods,
    "sales.parquet": as_parquet,
    "sales.jsonl": as_json_lines,
}
#: Leaves the format to be detected.
ANY_ENCODING = sales_contract(text_form=TextForm())
#: What a contract must say about a file, or need not.
CONTRACTS: dict[str, tuple[str | bytes, Contract]] = {
    "decimal-commas.csv": (
        text(delimiter=";", rows=with_decimal_commas()),
        sales_contract(number_format=NumberFormat(decimal=",", grouping=".", groupings=("western",))),
    ),
    "cp1252.csv": (
        text().encode("cp1252"),
        sales_contract(text_form=TextForm(encoding="cp1252")),
    ),
    "cp1252-found-out.csv": (text().encode("cp1252"), ANY_ENCODING),
    "utf-16-found-out.csv": (text().encode("utf-16"), ANY_ENCODING),
    "utf-16-be-found-out.csv": (b"\xfe\xff" + text().encode("utf-16-be"), ANY_ENCODING),
    "mac-roman.csv": (text().encode("mac-roman"), sales_contract(text_form=TextForm(encoding="mac-roman"))),
    "totals.csv": (
        text(rows=[*ROWS[:10], ["Subtotal", *[""] * 3, "99.00", *[""] * 11], *ROWS[10:], ["Total"]]),
        sales_contract(totals=(Total("Subtotal", TotalPlace.BEGINS), Total("Total", TotalPlace.BEGINS))),
    ),
    "no-header.csv": (
        text().partition("\n")[2],
        sales_contract(text_form=TextForm(has_header=False), file_names=("no-header*",)),
    ),
}


@pytest.fixture
def rows(empty_warehouse: str, query) -> Callable[..., tuple[str | None, list]]:
    """Loads a file; returns its message and its rows as they are in the raw table."""
    columns = ", ".join(column.name for column in sales_contract().columns)

    def loaded(path: Path, contract: Contract) -> tuple[str | None, list]:
        (result,) = load([path], url=empty_warehouse, contracts=[contract])
        return result.message, query(
            f"select {columns} from staging.raw_sales_transactions where _load_id = %s order by _line",
            result.load_id,
        )

    return loaded


@pytest.fixture
def expected(rows, tmp_path: Path) -> list:
    plain = tmp_path / "plain.csv"
    plain.write_text(text() + "\n", encoding="utf-8")
    message, found = rows(plain, sales_contract())
    assert (message, len(found)) == (None, 20)
    return found


@pytest.mark.parametrize("name", CONTENTS)
def test_texts(name: str, rows, expected: list, tmp_path: Path) -> None:
    content = CONTENTS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert rows(path, sales_contract()) == (None, expected)


@pytest.mark.parametrize("name", WRITERS)
def test_other_formats(name: str, rows, expected: list, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    assert rows(tmp_path / name, sales_contract()) == (None, expected)


@pytest.mark.parametrize("name", CONTRACTS)
def test_formats_given_by_the_contract(name: str, rows, expected: list, tmp_path: Path) -> None:
    content, contract = CONTRACTS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert rows(path, contract) == (None, expected)
