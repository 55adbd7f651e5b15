"""Tables for people who open them in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_STARTS_A_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
)


class CannotWrite(Exception):
    """The message names the file and says why."""


def write_for_spreadsheet(
    path: Path, columns: Mapping[str, str], records: Iterable[Mapping[str, Any]]
) -> None:
    """Write records as CSV in UTF-8 with a mark that Excel knows; `columns` maps keys to headings.

    A text that would start a formula gets an apostrophe before it, which shows and does nothing. The file
    appears complete or not at all.

    Raises:
        CannotWrite: such as where the folder does not exist.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(columns.values())
            for record in records:
                writer.writerow(harmless(record[key]) for key in columns)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise CannotWrite(
            f"cannot write {path}: {error.strerror}; name a file in a folder of yours"
        ) from error


def harmless(value: Any) -> Any:
    """The value, with an apostrophe before a text that a spreadsheet would compute."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value
