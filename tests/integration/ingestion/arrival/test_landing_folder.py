"""Files move through the landing folder: loaded when complete, set aside after commit, never overwritten."""

from __future__ import annotations

import errno
import logging
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from ingestion.arrival.landing import Snapshot, note_taken, waiting_files
from ingestion.contract.files import read_contracts
from ingestion.loading import load as loading
from ingestion.loading import table
from ingestion.loading.load import load_landing
from ingestion.orchestration.tasks import load_waiting
from ingestion.sample import write_sample_file


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_files_are_set_aside(published_csv: Path, landing: Path, empty_warehouse: str, query) -> None:
    shutil.copy(published_csv, landing / "sales.csv")
    (landing / "deep" / "er").mkdir(parents=True)
    shutil.copy(published_csv, landing / "deep" / "er" / "sales.csv")
    (landing / "notes.txt").write_text("not a table\n")
    for ignored in ("README.md", ".hidden.csv", "~$open.xlsx", "half.csv.part"):
        (landing / ignored).write_text("x")

    results = load_landing(landing, url=empty_warehouse)

    assert sorted(result.outcome for result in results) == ["held", "known", "loaded"]
    load_id = next(result.load_id for result in results if result.outcome == "loaded")
    held_id = next(result.load_id for result in results if result.outcome == "held")
    assert tree(landing) == {
        "README.md",
        ".hidden.csv",
        "~$open.xlsx",
        "half.csv.part",
        f"loaded/{load_id}_sales.csv",
        f"loaded/{load_id}_sales~2.csv",
        f"held/{held_id}_notes.txt",
    }
    assert waiting_files(landing) == {}
    assert load_landing(landing, url=empty_warehouse) == []


def test_sample_gives_way_to_real_data(
    published_csv: Path, landing: Path, empty_warehouse: str, query
) -> None:
    write_sample_file(landing / "sample", rows=500, until=date(2014, 6, 1))
    (sample,) = load_landing(landing, url=empty_warehouse)
    current = "select distinct load_id from ops.current_scopes"
    assert (sample.rows_loaded, sample.rows_rejected) == (500, 0)
    assert query("select is_sample from ops.loads") == [(True,)]
    assert query(current) == [(sample.load_id,)]

    shutil.copy(published_csv, landing / "Financials.csv")
    (real,) = load_landing(landing, url=empty_warehouse)
    assert query(current) == [(real.load_id,)]

    write_sample_file(landing / "sample", rows=500, until=date(2020, 6, 1))
    (later,) = load_landing(landing, url=empty_warehouse)
    assert later.rows_loaded == 500
    assert query(current) == [(real.load_id,)]


def test_content_loaded_as_sample_can_become_real(
    published_csv: Path, landing: Path, empty_warehouse: str, query
) -> None:
    shutil.copy(published_csv, landing / "sample" / "sales.csv")
    (sample,) = load_landing(landing, url=empty_warehouse)
    shutil.copy(published_csv, landing / "sales.csv")
    (real,) = load_landing(landing, url=empty_warehouse)

    assert (sample.outcome, real.outcome, real.rows_loaded) == ("loaded", "loaded", 700)
    assert query("select is_sample from ops.loads order by load_id") == [(True,), (False,)]
    assert query("select distinct load_id from ops.current_scopes") == [(real.load_id,)]

    for folder, first in ((landing / "sample", sample), (landing, real)):
        shutil.copy(published_csv, folder / "again.csv")
        (again,) = load_landing(landing, url=empty_warehouse)
        assert (again.outcome, again.load_id) == ("known", first.load_id)


def test_a_sample_does_not_resolve_a_held_real_file(
    published_csv: Path, landing: Path, empty_warehouse: str, query
) -> None:
    content = published_csv.read_bytes().replace(b"October", b"Oktober")
    paths = landing / "sales.csv", landing / "sample" / "sales.csv"
    for path in paths:
        path.write_bytes(content)
        load_landing(landing, url=empty_warehouse)
    states = "select is_sample, state from ops.loads order by load_id"
    assert query(states) == [(False, "held"), (True, "held")]

    lenient = [replace(contract, max_rejected_share=1) for contract in read_contracts()]
    paths[1].write_bytes(content)
    load_landing(landing, url=empty_warehouse, contracts=lenient)
    assert query(states) == [(False, "held"), (True, "resolved"), (True, "loaded")]


def test_file_that_cannot_be_moved_does_not_stop_the_others(
    published_csv: Path, landing: Path, empty_warehouse: str, monkeypatch
) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        shutil.copy(published_csv, landing / name)
    move = Path.replace

    def refuse_a(self: Path, target: Path) -> Path:
        if self.name == "a.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        if self.name == "c.csv":
            raise OSError(errno.EIO, "Input/output error")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", refuse_a)
    results = {result.path.name[0]: result for result in load_landing(landing, url=empty_warehouse)}

    assert sorted(result.outcome for result in results.values()) == ["known", "known", "loaded"]
    assert results["a"].message.endswith(
        "cannot be moved to loaded/ (Permission denied): give this user write access there"
    )
    assert results["c"].message.endswith("cannot be moved to loaded/ (Input/output error)")
    assert [path.name.partition("_")[2] for path in (landing / "loaded").iterdir()] == ["b.csv"]


def test_link_out_of_the_folder_is_held(
    published_csv: Path, landing: Path, empty_warehouse: str, query
) -> None:
    (landing / "link.csv").symlink_to(published_csv)

    (result,) = load_landing(landing, url=empty_warehouse)

    assert result.outcome == "held"
    assert result.message == "nothing taken: it is a link that leads out of landing/: copy the file there"
    assert query("select sha256, rows_read from ops.loads") == [(None, 0)]
    assert published_csv.is_file()


def test_file_that_changes_is_left(
    published_csv: Path, landing: Path, empty_warehouse: str, query, monkeypatch
) -> None:
    """The file grows after its rows are read and before the commit."""
    path = landing / "sales.csv"
    shutil.copy(published_csv, path)
    looks: list[Snapshot] = []
    real = table.is_changing

    def grow_then_look(file: Path, seen: Snapshot) -> bool:
        if not looks:
            with file.open("ab") as handle:
                handle.write(b"one more line\r\n")
        looks.append(seen)
        return real(file, seen)

    monkeypatch.setattr(table, "is_changing", grow_then_look)
    (result,) = load_landing(landing, url=empty_warehouse)

    assert result.outcome == "changing"
    assert path.is_file()
    assert query("select count(*) from ops.loads") == [(0,)]
    assert query("select count(*) from staging.raw_sales_transactions") == [(0,)]


def test_file_that_is_still_being_written_is_left(landing: Path, empty_warehouse: str, monkeypatch) -> None:
    """The file grows between the two checks that tell whether it is complete."""
    path = landing / "sales.csv"
    path.write_text("half a")
    monkeypatch.setattr(loading.time, "sleep", lambda seconds: path.write_text("half a file"))

    (result,) = load_landing(landing, url=empty_warehouse)

    assert (result.outcome, path.read_text()) == ("changing", "half a file")


def test_only_chosen_files(published_csv: Path, landing: Path, empty_warehouse: str) -> None:
    chosen = Path(shutil.copy(published_csv, landing / "chosen.csv"))
    other = Path(shutil.copy(published_csv, landing / "other.csv"))

    (result,) = load_landing(landing, [chosen, landing / "gone.csv"], url=empty_warehouse)

    assert result.path == chosen
    assert not chosen.exists()
    assert other.exists()


def test_scheduled_task_returns_a_summary(
    published_csv: Path, landing: Path, empty_warehouse: str, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("LANDING_DIR", str(landing))
    # Airflow, once imported by another test, disables existing loggers
    monkeypatch.setattr(logging.getLogger("ingestion.orchestration.tasks"), "disabled", False)
    shutil.copy(published_csv, landing / "sales.csv")
    broken = published_csv.read_bytes().replace(b"October", b"Oktober", 7)
    (landing / "broken.csv").write_bytes(broken)

    counts = load_waiting(url=empty_warehouse)

    assert counts == {
        "files": 2,
        "loaded": 2,
        "known": 0,
        "held": 0,
        "changing": 0,
        "gone": 0,
        "faulty": 0,
        "rows_read": 1400,
        "rows_loaded": 1393,
        "rows_rejected": 7,
    }
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert re.fullmatch(
        r"broken\.csv: loaded, 700 rows read, 693 loaded, 7 rejected\. "
        r"reasons: python -m ingestion rejected \d+",
        warnings[0],
    )


def test_files_stay_if_the_settings_say_so(
    published_csv: Path, landing: Path, empty_warehouse: str, query, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LANDING_KEEP", "1")
    monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path / "state"))
    path = landing / "sales.csv"
    shutil.copy(published_csv, path)
    (landing / "notes.csv").write_text("no,such,columns\n1,2,3\n")

    results = load_landing(landing, url=empty_warehouse)

    assert sorted(result.outcome for result in results) == ["held", "loaded"]
    assert path.read_bytes() == published_csv.read_bytes()
    assert waiting_files(landing) == {}
    assert load_landing(landing, url=empty_warehouse) == []


def test_a_note_that_cannot_be_written_does_not_stop_other_files(
    published_csv: Path, landing: Path, tmp_path: Path, empty_warehouse: str, monkeypatch
) -> None:
    """As on a full disk: both are loaded, and known in the next run."""
    monkeypatch.setenv("LANDING_KEEP", "1")
    monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path / "state"))
    (tmp_path / "state" / "taken_files.jsonl").mkdir(parents=True)
    shutil.copy(published_csv, landing / "a.csv")
    (landing / "notes.txt").write_text("not a table\n")
    results = load_landing(landing, url=empty_warehouse)
    assert sorted(result.outcome for result in results) == ["held", "loaded"]
    assert all("cannot be noted as taken (Is a directory)" in result.message for result in results)
    again = load_landing(landing, url=empty_warehouse)
    assert sorted(result.outcome for result in again) == ["held", "known"]


def test_a_note_after_a_truncated_note(landing: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path))
    path = landing / "a.csv"
    path.write_text("x")
    (tmp_path / "taken_files.jsonl").write_text('["/landing/b.csv", 1, 2')
    (seen,) = waiting_files(landing).values()
    note_taken(path, seen)
    assert waiting_files(landing) == {}
