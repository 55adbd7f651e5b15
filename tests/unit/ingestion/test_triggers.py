"""The trigger announces complete files, each state of a file once."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import pytest

from ingestion.triggers import LandingDirTrigger

#: Longer than a file takes to settle and be announced, on a busy machine.
SOON = 5.0
#: Longer than a settled file could stay unannounced.
QUIET = 1.5


class Events:
    """The events of a trigger on a folder."""

    def __init__(self, folder: Path) -> None:
        self._run = LandingDirTrigger(directory=str(folder), poke_interval=0.05).run()
        self._next: asyncio.Task | None = None

    async def next(self, seconds: float) -> list[str] | None:
        """Names in the next event, or None if there is none in time."""
        self._next = self._next or asyncio.ensure_future(anext(self._run))
        done, _ = await asyncio.wait([self._next], timeout=seconds)
        if not done:
            return None
        event, self._next = self._next.result(), None
        return [Path(path).name for path in event.payload["paths"]]

    async def close(self) -> None:
        if self._next:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._run.aclose()


def test_serialized_trigger_can_be_made_again() -> None:
    trigger = LandingDirTrigger(directory="/landing", poke_interval=2)
    name, arguments = trigger.serialize()
    module, _, kind = name.rpartition(".")
    again = getattr(importlib.import_module(module), kind)(**arguments)
    assert (again.directory, again.poke_interval) == ("/landing", 2)


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
        # Opened and closed without a change: whoever was woken before may have left it.
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
