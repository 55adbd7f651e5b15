"""What readers of typed formats share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from ingestion.tabular.cells import Cell


def holds(cells: Iterable[Cell]) -> bool:
    """Whether any cell has a value; zero and false are values, white space is not."""
    return any(cell.strip() if isinstance(cell, str) else cell is not None for cell in cells)


def json_text(value: object) -> str:
    """The JSON text of a value; decimals keep every digit, and types that JSON lacks become text."""
    match value:
        case dict():
            pairs = (f"{json_text(key)}: {json_text(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list() | tuple():
            return f"[{', '.join(map(json_text, value))}]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, default=str, ensure_ascii=False)
