"""The trigger announces complete files, each state of a file once."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.execution_time.comms import _RequestFrame
from airflow.triggers.base import TriggerEvent

from ingestion.orchestration.triggers import LandingDirTrigger

#: Longer than a file takes to settle and be announced, even on a busy machine.
SOON = 5.0
#: Longer than a settled file could stay unannounced.
QUIET = 1.5


def storable(event: TriggerEvent) -> dict[str, Any]:
    """The payload after Airflow has sent and stored it, which fails for odd bytes."""
    frame = _RequestFrame(id=1, body={"payload": event.payload}).as_bytes()
    assert frame
    return json.loads(json.dumps(event.payload, ensure_ascii=False).encode())


class Events:
    """The events of a trigger on a folder."""

    def __init__(self, folder: Path, **options: float) -> None:
        self._run = LandingDirTrigger(directory=str(folder), poke_interval=0.05, **options).run()
        self._next: asyncio.Task | None = None

    async def next(self, seconds: float) -> list[str] | None:
        """Names in the next event, or None if there is none in time."""
        self._next = self._next or asyncio.ensure_future(anext(self._run))
        done, _ = await asyncio.wait([self._next], timeout=seconds)
        if not done:
            return None
        event, self._next = self._next.result(), None
        assert storable(event) == event.payload
        return [Path(path).name for path in event.payload["paths"]]

    async def close(self) -> None:
        if self._next:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._run.aclose()


def test_serialized_trigger_can_be_restored() -> None:
    trigger = LandingDirTrigger(directory="/landing", poke_interval=2, again_after=7)
    name, arguments = trigger.serialize()
    module, _, kind = name.rpartition(".")
    again = getattr(importlib.import_module(module), kind)(**arguments)
    assert (again.directory, again.poke_interval, again.again_after) == ("/landing", 2, 7)


def test_announces_each_file_once(tmp_path: Path) -> None:
    async def scene() -> None:
        events = Events(tmp_path)
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "a.csv").write_text("x")
        (tmp_path / "README.md").write_text("x")
        assert await events.next(SOON) == ["a.csv"]
        assert await events.next(QUIET) is None
        (tmp_path / "b.csv").write_text("x")
        assert await events.next(SOON) == ["b.csv"]
        (tmp_path / "b.csv").write_text("changed")
        assert await events.next(SOON) == ["b.csv"]
        await events.close()

    asyncio.run(scene())


def test_waits_until_a_file_is_complete(tmp_path: Path) -> None:
    async def scene() -> None:
        events = Events(tmp_path)
        path = tmp_path / "growing.csv"
        for i in range(10):
            path.write_text("x" * (i + 1))
            assert await events.next(0.1) is None
        assert await events.next(SOON) == ["growing.csv"]
        await events.close()

    asyncio.run(scene())


def test_waits_until_a_silent_writer_closes_its_file(tmp_path: Path) -> None:
    async def scene() -> None:
        events = Events(tmp_path)
        with (tmp_path / "slow.csv").open("w") as file:
            file.write("half a")
            file.flush()
            assert await events.next(QUIET) is None
            file.write(" file")
        assert await events.next(SOON) == ["slow.csv"]
        with (tmp_path / "slow.csv").open("a"):
            assert await events.next(QUIET) is None
        # Opened and closed without a change: a task that was woken before may have left it.
        assert await events.next(SOON) == ["slow.csv"]
        await events.close()

    asyncio.run(scene())


def test_survives_a_missing_folder(tmp_path: Path) -> None:
    async def scene() -> None:
        folder = tmp_path / "later"
        events = Events(folder)
        assert await events.next(0.2) is None
        folder.mkdir()
        (folder / "a.csv").write_text("x")
        assert await events.next(SOON) == ["a.csv"]
        await events.close()

    asyncio.run(scene())


@pytest.mark.parametrize("dropped", [["a.csv"], ["a.csv", "b.csv"]])
def test_new_triggerer_announces_what_still_waits(tmp_path: Path, dropped: list[str]) -> None:
    async def scene() -> None:
        for name in dropped:
            (tmp_path / name).write_text("x")
        for _ in range(2):
            events = Events(tmp_path)
            assert sorted(await events.next(SOON) or []) == dropped
            await events.close()

    asyncio.run(scene())


def test_names_are_bytes(tmp_path: Path) -> None:
    """Whatever they are, the event can be sent and stored, and a good file beside them is announced too."""

    async def scene() -> None:
        (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
        for name in (
            b"\xff.csv",
            b"caf\xe9/1.csv",
            b"two\nlines.csv",
            "\u202evsc.csv".encode(),
            b"sound.csv",
        ):
            (tmp_path / os.fsdecode(name)).write_text("x")
        (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
        os.mkfifo(tmp_path / "pipe.csv")
        events = Events(tmp_path)
        assert sorted(await events.next(SOON) or []) == sorted(
            [r"\udcff.csv", "1.csv", r"two\nlines.csv", r"\u202evsc.csv", "sound.csv"]
        )
        await events.close()

    asyncio.run(scene())


def test_many_files_make_a_small_event(tmp_path: Path) -> None:
    async def scene() -> None:
        for i in range(150):
            (tmp_path / f"{i}.csv").write_text("x")
        events = Events(tmp_path)
        assert len(await events.next(SOON) or []) == 100
        assert await events.next(QUIET) is None
        await events.close()

    asyncio.run(scene())


def test_waiting_files_are_announced_again_at_growing_intervals(tmp_path: Path) -> None:
    async def scene() -> None:
        clock = asyncio.get_running_loop().time
        (tmp_path / "a.csv").write_text("x")
        started = clock()
        events = Events(tmp_path, again_after=0.2)
        for least in (0, 0.2, 0.2 + 0.4, 0.2 + 0.4 + 0.8):
            assert await events.next(SOON) == ["a.csv"]
            # never sooner; how much later depends on the machine
            assert clock() - started >= least
        await events.close()

    asyncio.run(scene())


def test_unreadable_notes_are_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path / "state"))
        notes = tmp_path / "state" / "taken_files.jsonl"
        notes.parent.mkdir()
        notes.write_bytes(b"\xff\xfe not a note\n5\n[]\n")
        (tmp_path / "landing").mkdir()
        (tmp_path / "landing" / "a.csv").write_text("x")
        events = Events(tmp_path / "landing")
        assert await events.next(SOON) == ["a.csv"]
        await events.close()

    asyncio.run(scene())
