"""Remarks on text files that may be in another encoding than the one found."""

from __future__ import annotations

from typing import BinaryIO

from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.readers.text.encodings import SAMPLE, first_foreign, rivals_of
from ingestion.tabular.cells import shown

_MOST_NAMED = 3


def encoding_remarks(file: BinaryIO, encoding: str) -> list[Remark]:
    """A remark if another encoding fits the start of an open file as well; its position is kept."""
    place = file.tell()
    file.seek(0)
    sample = file.read(SAMPLE)
    file.seek(place)
    if not (rivals := rivals_of(sample, encoding)):
        return []
    line, word = first_foreign(sample, encoding)
    others = [f"{each} ({shown(first_foreign(sample, each)[1])})" for each in rivals[:_MOST_NAMED]]
    said = (
        f"the file was read as {encoding} ({shown(word)} in line {line}), and may be {' or '.join(others)}:"
        " name its encoding where it is wrong"
    )
    return [Remark(RemarkKind.ENCODING, said)]
