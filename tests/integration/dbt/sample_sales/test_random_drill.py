"""Random sequences of what happens to a warehouse.

Files come, come again, are corrected, broken and withdrawn; models are built; loads and builds are killed.
After each sequence the ledger says what came, the facts hold what an account beside the warehouse says, and
all tables are those of a build from nothing.

`TRADEWIND_TEST_SEED` repeats a run; `TRADEWIND_DRILLS` says how many sequences: `make test-drills` runs 100.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.engine import URL

from ingestion.loading.load import load_landing
from ingestion.loading.withdraw import undo_withdrawal, withdraw
from tests.integration.dbt.builds import built_warehouse, digests, run_dbt, run_tradewind
from tests.integration.ingestion.sales_files import HEADER, write_rows
from tests.support.forked import fork_server
from tradewind.settings import ROOT

SEED = int(os.environ.get("TRADEWIND_TEST_SEED", "2014"))
SEQUENCES = int(os.environ.get("TRADEWIND_DRILLS", "2"))

#: Steps of a sequence.
STEPS = 7

COUNTRIES = ("Canada", "France", "Germany", "Mexico")

#: Months of countries that files are about; what the template holds is of other years.
SCOPES = [(country, month) for month in (1, 2) for country in COUNTRIES]

#: Number and sum of the rows of each country and month.
FACTS = """
select countries.country || to_char(facts.sale_date, '|YYYY-MM'), count(*), sum(facts.sales)
from core.fct_sales as facts
inner join core.dim_country as countries on facts.country_key = countries.country_key
group by 1
"""

Figures = dict[str, tuple[int, Decimal]]


@dataclass
class File:
    """A file that came, and what it says of each scope; nothing where it is broken or came before."""

    name: str
    scopes: Figures = field(default_factory=dict)
    is_broken: bool = False


@dataclass
class Load:
    """A load of the ledger as it should be; of several that say something of a scope the last one counts."""

    load_id: int
    scopes: Figures
    is_withdrawn: bool = False


def rows_of(country: str, month: int, version: int) -> list[list[str]]:
    """Four rows, which differ with the version; their days do not."""
    rows = []
    for day in range(1, 5):
        units = 100 * version + day
        gross, discount, cost = units * 20, units, units * 13
        amounts = (gross, discount, gross - discount, cost, gross - discount - cost)
        rows.append(
            [
                "Government",
                country,
                "Paseo",
                "Low",
                f"{units}.00",
                "3.00",
                "20.00",
                *(f"{amount}.00" for amount in amounts),
                f"2001-{month:02}-{day:02}",
                str(month),
                ("January", "February")[month - 1],
                "2001",
            ]
        )
    return rows


def take_waiting(landing: Path, url: str, begins: Connection) -> None:
    """Load what waits, as a process that can be killed."""
    begins.send(True)
    load_landing(landing, url=url)


class Drill(RuleBasedStateMachine):
    """One warehouse, from a copy of the template to the comparison; set up by `drills`."""

    server: URL
    template: str
    state: Path
    folder: Callable[[], Path]

    def __init__(self) -> None:
        super().__init__()
        self.opened = built_warehouse(self.server, self.template)
        self.warehouse = self.opened.__enter__()
        self.url = self.warehouse.url("loader")
        self.landing = self.folder()
        self.files: list[File] = []
        self.waiting: list[File] = []
        self.kept: dict[str, bytes] = {}
        ((first,),) = self.ask("select load_id from ops.counted_loads")
        self.loads = [Load(first, self.facts())]

    def ask(self, query: str) -> list[tuple]:
        with psycopg.connect(self.warehouse.url("transformer")) as connection:
            return connection.execute(query).fetchall()

    def facts(self) -> Figures:
        return {scope: (rows, sales) for scope, rows, sales in self.ask(FACTS)}

    @initialize(scopes=st.sets(st.sampled_from(SCOPES), min_size=1, max_size=3))
    def first(self, scopes) -> None:
        self.put(scopes)

    @rule(scopes=st.sets(st.sampled_from(SCOPES), min_size=1, max_size=3))
    def drop(self, scopes) -> None:
        """A file, which corrects what earlier ones said of the same months."""
        self.put(scopes)

    @rule(data=st.data())
    def double(self, data) -> None:
        """The content of a file comes again, under another name."""
        again = data.draw(st.sampled_from(sorted(self.kept)))
        self.drop_bytes(File(self.next_name()), self.kept[again])

    @rule(kind=st.sampled_from(["header", "rows", "cut"]))
    def broken(self, kind) -> None:
        """A file that must be held."""
        file = File(self.next_name(), is_broken=True)
        rows = [",".join(row) for row in rows_of("France", 1, len(self.files) + 1)]
        lines = {
            "header": ["a,b,c", f"{len(self.files)},2,3"],
            "rows": [HEADER, *rows[:2], *(row.replace("Government", "", 1) for row in rows[2:])],
            "cut": [HEADER, *rows[:3], rows[3][:20]],
        }[kind]
        end = "" if kind == "cut" else "\n"
        self.drop_bytes(file, ("\n".join(lines) + end).encode())

    @precondition(lambda self: self.waiting)
    @rule()
    def load(self) -> None:
        load_landing(self.landing, url=self.url)
        self.account()

    @precondition(lambda self: self.waiting)
    @rule(after=st.floats(0, 0.15))
    def kill_load(self, after) -> None:
        """What it did is found when the next one takes what is left."""
        server = fork_server()
        ours, theirs = server.Pipe()
        process = server.Process(target=take_waiting, args=(self.landing, self.url, theirs))
        process.start()
        assert ours.recv()
        time.sleep(after)
        process.kill()
        process.join()

    @precondition(lambda self: any(not each.is_withdrawn for each in self.loads))
    @rule(data=st.data())
    def withdraw(self, data) -> None:
        load = data.draw(st.sampled_from([each for each in self.loads if not each.is_withdrawn]))
        withdraw([load.load_id], "a drill", url=self.url)
        load.is_withdrawn = True

    @precondition(lambda self: any(each.is_withdrawn for each in self.loads))
    @rule(data=st.data())
    def put_back(self, data) -> None:
        load = data.draw(st.sampled_from([each for each in self.loads if each.is_withdrawn]))
        undo_withdrawal([load.load_id], url=self.url)
        load.is_withdrawn = False

    @rule()
    def build(self) -> None:
        done = run_tradewind(self.warehouse, self.state, "build")
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        assert "Publishing" in done.stdout

    @rule(models=st.integers(1, 25))
    def kill_build(self, models) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "tradewind", "build"],
            cwd=ROOT,
            env={**self.warehouse.environment(), "TRADEWIND_STATE": str(self.state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in process.stdout:
            models -= "OK created" in line
            if not models:
                break
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        process.wait()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                load_landing(self.landing, url=self.url)
                self.account()
                self.build()
                self.compare()
        finally:
            self.opened.__exit__(None, None, None)
            shutil.rmtree(self.landing)

    def compare(self) -> None:
        """With the account kept here, and with a build from nothing."""
        counting: Figures = {}
        for load in self.loads:
            if not load.is_withdrawn:
                counting |= load.scopes
        assert self.facts() == counting
        counted = {load_id for (load_id,) in self.ask("select load_id from ops.loads where state = 'loaded'")}
        assert counted == {load.load_id for load in self.loads if not load.is_withdrawn}
        held = self.ask("select file_name from ops.loads where state = 'held' and hold_kind <> 'withdrawn'")
        assert {name for (name,) in held} == {file.name for file in self.files if file.is_broken}
        assert self.ask("select count(*) from ops.loads where rows_read <> rows_loaded + rows_rejected") == [
            (0,)
        ]
        given = digests(self.warehouse)
        built = run_dbt(
            self.warehouse, self.state, "run", "--full-refresh", "--select", "+path:models/marts/sales"
        )
        assert built.returncode == 0, built.stdout[-4000:]
        wanted = digests(self.warehouse)
        assert {name for name in given | wanted if given.get(name) != wanted.get(name)} == set()
        published = "select sum(sales), sum(profit) from marts{}.mart_sales_monthly"
        assert self.ask(published.format("")) == self.ask(published.format("_next"))

    def put(self, scopes) -> None:
        file, version = File(self.next_name()), len(self.files) + 1
        rows = []
        for country, month in sorted(scopes):
            of_scope = rows_of(country, month, version)
            rows += of_scope
            sales = sum(Decimal(row[9]) for row in of_scope)
            file.scopes[f"{country}|2001-{month:02}"] = (len(of_scope), sales)
        path = write_rows(self.landing / f".{file.name}", rows)
        self.kept[file.name] = path.read_bytes()
        path.unlink()
        self.drop_bytes(file, self.kept[file.name])

    def next_name(self) -> str:
        return f"{len(self.files):03}.csv"

    def drop_bytes(self, file: File, content: bytes) -> None:
        path = self.landing / file.name
        path.write_bytes(content)
        # older than a loader waits for, and in the order in which they came
        os.utime(path, (len(self.files), len(self.files)))
        self.files.append(file)
        self.waiting.append(file)

    def account(self) -> None:
        """Enter what waited; whoever took a file, it is in the ledger once."""
        assert not list(self.landing.glob("*.csv"))
        query = "select file_name, load_id from ops.loads where state = 'loaded'"
        numbers = self.ask(query)
        assert len(dict(numbers)) == len(numbers)
        for file in self.waiting:
            assert (file.name in dict(numbers)) is bool(file.scopes), file
            if file.scopes:
                self.loads.append(Load(dict(numbers)[file.name], file.scopes))
        self.waiting.clear()


@pytest.fixture
def drills(postgres_server, template, dbt_state, tmp_path_factory) -> type[Drill]:
    places = {"server": postgres_server, "template": template, "state": dbt_state}
    return type("Drills", (Drill,), {**places, "folder": lambda _: tmp_path_factory.mktemp("landing")})


def test_random_sequences_end_as_if_built_from_nothing(drills):
    seed(SEED)(drills)
    run_state_machine_as_test(
        drills,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            # a failing sequence is shown as it was: shrinking it would take minutes
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
