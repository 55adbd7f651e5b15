"""The filter removes exactly what the row reader gets, wherever the blocks that it reads end."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.loading.bulk import filtering
from ingestion.loading.bulk.filtering import Judged, LineFilter, suspects_at, suspects_of
from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.loading.bulk.scan import Lines
from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import Dialect
from ingestion.readers.text.lines import Lines as TextLines
from ingestion.readers.text.lines import LineSource
from ingestion.tabular.table import Row

MARK = b"\xef\xbb\xbf"
PLACEHOLDER = b",\n"
NONE = np.empty(0, np.int64)

anyhow = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
lines = st.lists(
    st.sampled_from(
        [
            b"a,b\n",
            b"c,d\n",
            b"1,2\n",
            b"\n",
            b" \n",
            b'"x\n',
            b'y",z\n',
            b'" \n',
            b'",\n',
            b"q,r,s\n",
            b"\xff\n",
        ]
    ),
    max_size=20,
)


def is_plain(line: bytes) -> bool:
    return line in (b"a,b\n", b"c,d\n", b"1,2\n", b"a,b")


class Reader:
    """Judges lines as the loader does."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.table = CsvTable(file, Dialect())
        self.table.passed_over.clear()

    def __call__(self, source: LineSource) -> Judged:
        blank = self.table.passed_over["blank"]
        row = next(self.table.records(source, 2), None)
        return Judged(row, self.table.passed_over["blank"] > blank)


def naive(path: Path, header: int) -> tuple[list[Row], list[bytes], int]:
    """The rows, the file with placeholders for all but its plain rows, and the number of blank lines."""
    with path.open("rb") as file:
        table = CsvTable(file, Dialect())
        table.passed_over.clear()
        lines = TextLines(file, "utf-8")
        for _ in islice(table.records(lines, None), header):
            pass
        # The filter does not know about rows that repeat the header.
        rows = list(table.records(lines, 2))
    content = path.read_bytes().removeprefix(MARK).splitlines(keepends=True)
    plain = {row.line for row in rows if is_plain(row.raw)}
    kept = [line if i in plain else PLACEHOLDER for i, line in enumerate(content, 1)][header:]
    return [row for row in rows if row.line not in plain], kept, table.passed_over["blank"]


@anyhow
@given(
    below=lines,
    header=st.integers(0, 1),
    mark=st.sampled_from([b"", MARK]),
    last=st.sampled_from([b"", b"a,b", b'"x', b"q"]),
    block=st.integers(1, 30),
)
def test_any_file_in_blocks_of_any_size(
    tmp_path: Path, below: list[bytes], header: int, mark: bytes, last: bytes, block: int
) -> None:
    path = tmp_path / "file.csv"
    all_lines = [b"a,b\n", *below, *filter(None, [last])]
    path.write_bytes(mark + b"".join(all_lines))
    odd = np.array([i for i, line in enumerate(all_lines) if not is_plain(line)], np.int64)
    with pytest.MonkeyPatch.context() as patch, (tmp_path / "kept").open("w+b") as target:
        patch.setattr(filtering, "_BLOCK", block)
        line_filter = LineFilter(
            path, start=len(mark), header_lines=header, placeholder=PLACEHOLDER, target=target
        )
        reader = Reader(path)
        rows = list(line_filter.rows(suspects_of(Lines(len(all_lines), odd, NONE)), reader, NONE))
        target.seek(0)
        kept = target.readlines()

    expected_rows, expected_kept, blank = naive(path, header)
    assert rows == expected_rows
    assert kept == expected_kept
    assert reader.table.passed_over["blank"] == blank
    assert line_filter.excluded.tolist() == [
        i for i, line in enumerate(expected_kept, header) if line == PLACEHOLDER
    ]


@pytest.fixture
def three_rows(tmp_path: Path) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\nc,d\n1,2\n")
    return path


def filtered(path: Path, suspects, decided: np.ndarray = NONE) -> tuple[list[int], bytes]:
    """The lines of the rows that were judged, and what was kept."""
    with path.with_suffix(".kept").open("w+b") as target:
        line_filter = LineFilter(path, start=0, header_lines=0, placeholder=PLACEHOLDER, target=target)
        judged = [row.line for row in line_filter.rows(suspects, Reader(path), decided)]
        target.seek(0)
        return judged, target.read()


def test_lines_that_were_refused_have_no_ordinal(three_rows: Path) -> None:
    suspects = suspects_of(Lines(2, np.array([1]), np.array([4])))
    assert filtered(three_rows, suspects) == ([2, 3], b"a,b\n,\n,\n")


def test_decided_lines_are_left_out_unread(three_rows: Path) -> None:
    assert filtered(three_rows, suspects_at(np.array([2])), np.array([0])) == ([3], b",\nc,d\n,\n")


def test_a_refused_line_without_a_beginning_is_unexpected(three_rows: Path) -> None:
    with pytest.raises(NotBulk):
        filtered(three_rows, suspects_of(Lines(2, NONE, np.array([5]))))
