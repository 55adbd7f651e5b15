"""The command `parse`: any text table as plain CSV, with its refused rows beside it."""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from ingestion.commands.console import complain, show
from ingestion.tabular.table import Unreadable

_COLUMNS = {
    "file": "File",
    "rows": "Rows",
    "rejected": "Rejected",
    "header_line": "Header line",
    "delimiter": "Delimiter",
    "quote": "Quote",
    "escape": "Escape",
    "encoding": "Encoding",
    "note": "Note",
}
_FORM = ("delimiter", "quote", "escape", "encoding", "header_lines", "preamble_lines")


def add_parse(commands: argparse._SubParsersAction) -> None:
    """Register the command with a parser's sub-commands.

    It returns 0 when all files were read, 1 when one could not be, and ends with 2 on wrong usage.
    """
    command = commands.add_parser("parse", help="turn text tables into plain CSV, whatever their form")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="text table, also gzipped")
    form = command.add_argument_group("form of the files; what is not given is found out")
    form.add_argument("--delimiter", type=_signs, metavar="SIGNS", help=r"one or more signs; \t is a tab")
    form.add_argument("--quotechar", dest="quote", type=_signs, metavar="SIGN", help="'' for no quotes")
    form.add_argument(
        "--escapechar", dest="escape", type=_signs, metavar="SIGN", help="'' where quotes are doubled"
    )
    form.add_argument("--encoding", metavar="NAME", help="for example utf-8, cp1252 or utf-16")
    form.add_argument("--header-lines", type=int, metavar="N", help="rows of header at the start; 0 for none")
    form.add_argument("--preamble-lines", type=int, metavar="N", help="lines before the header")
    form.add_argument(
        "--column-names", type=_names, metavar="A,B,…", help="written in place of the header's names"
    )
    target = command.add_mutually_exclusive_group(required=True)
    target.add_argument("-o", "--out", type=Path, metavar="OUT.csv", help="for one file")
    target.add_argument("--out-dir", type=Path, metavar="DIR", help="gets NAME.csv and NAME.rejects.jsonl")
    command.add_argument("--rejects", type=Path, metavar="OUT.jsonl", help="for the refused rows, with -o")
    command.set_defaults(run=partial(_parse, command))


def _parse(command: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    targets = _targets(command, options)
    form = {name: getattr(options, name) for name in _FORM} | {"column_names": options.column_names or ()}
    if options.out_dir:
        options.out_dir.mkdir(parents=True, exist_ok=True)
    records = [_parse_one(path, out, rejects, form) for path, out, rejects in targets]
    show(_COLUMNS, records, "")
    return 1 if any(record["rows"] is None for record in records) else 0


def _targets(
    command: argparse.ArgumentParser, options: argparse.Namespace
) -> list[tuple[Path, Path, Path | None]]:
    """Each file with its output and the file for its refused rows."""
    if options.out:
        if len(options.files) > 1:
            command.error("-o takes one file; use --out-dir for several")
        return [(options.files[0], options.out, options.rejects)]
    if options.rejects:
        command.error("--rejects goes with -o; --out-dir names the files itself")
    names = [_stem(path) for path in options.files]
    if doubled := [name for name, count in Counter(names).items() if count > 1]:
        files = ", ".join(
            str(path) for path, name in zip(options.files, names, strict=True) if name in doubled
        )
        command.error(f"these would be written to the same file: {files}; parse them into different folders")
    return [
        (path, options.out_dir / f"{name}.csv", options.out_dir / f"{name}.rejects.jsonl")
        for path, name in zip(options.files, names, strict=True)
    ]


def _parse_one(path: Path, out: Path, rejects: Path | None, form: dict[str, Any]) -> dict[str, Any]:
    from ingestion.explore.parse import parse_file

    record = dict.fromkeys(_COLUMNS) | {"file": str(path)}
    try:
        result = parse_file(path, out, rejects, **form)
    except (Unreadable, ValueError) as error:
        note = str(error)
    except OSError as error:
        note = f"{error.filename or path}: {error.strerror or error}"
    else:
        notes = [f"{result.above} rows above the header left out"] if result.above else []
        if result.rejected and not rejects:
            notes.append("name a file with --rejects to keep the refused rows")
        notes += [remark.text for remark in result.remarks]
        dialect = result.dialect
        return record | {
            "rows": result.rows,
            "rejected": result.rejected,
            "header_line": result.header_line,
            "delimiter": repr(dialect.delimiter),
            "quote": dialect.quote,
            "escape": dialect.escape,
            "encoding": dialect.encoding,
            "note": "; ".join(notes),
        }
    complain(f"{path}: {note}")
    return record | {"note": f"not read: {note}"}


def _signs(text: str) -> str:
    r"""The signs of an argument, in which `\t` is a tab."""
    return text.replace("\\t", "\t")


def _names(text: str) -> list[str]:
    """The names in a line of CSV."""
    return next(csv.reader(io.StringIO(text, newline="")), [])


def _stem(path: Path) -> str:
    """The file's name without its ending, and without `.gz`."""
    return Path(path.name.removesuffix(".gz")).stem
