"""Lint, and the tests nearest to a change, within 90 seconds: `make check`.

A test is near if there are few imports between it and a changed module. Tests that start programs, or read
files that are not Python, do not import what they test: `FOLLOWS` lists them. The nearest run first, unit
tests before integration tests. When time is up, the check says how many test files it did not reach; `make
test` runs all.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import grimp
import pytest

from tradewind.impact.git import GitError, changes, default_base
from tradewind.settings import ROOT

#: Seconds after which no further test starts; the rest of the 90 is for stopping what tests have started.
SECONDS = 70

#: Always run; lint tests of dbt alone only run if its folder changed.
LINT = ("tests/lint/test_style.py", "tests/lint/test_documents.py")

DBT = ("tests/lint/test_dbt.py", "tests/lint/test_catalog.py", "tests/unit/dbt")

#: Tests of what they do not import, by the beginning of its path; the first match counts.
FOLLOWS = {
    "dbt_project/models/core/ecommerce/": (*DBT, "tests/integration/dbt/ecommerce"),
    "dbt_project/models/marts/ecommerce/": (*DBT, "tests/integration/dbt/ecommerce"),
    "dbt_project/models/staging/olist/": (*DBT, "tests/integration/dbt/ecommerce"),
    "dbt_project/": (*DBT, "tests/integration/dbt/sample_sales"),
    "superset/assets/": ("tests/lint/test_catalog.py", "tests/unit/tradewind/dashboards"),
    "superset/": ("tests/unit/superset", "tests/unit/tradewind/dashboards", "tests/integration/superset"),
    "tradewind/dashboards/": ("tests/integration/superset",),
    "ingestion/contracts/": ("tests/unit/ingestion", "tests/integration/ingestion"),
    "ingestion/": ("tests/integration/ingestion/commands/test_command_line.py",),
    "tests/lint/clean_sql.py": ("tests/lint/test_dbt.py",),
    "tradewind/sync/": ("tests/integration/sync", "tests/lint/test_forgotten.py"),
    "notebooks/": ("tests/lint/test_notebooks.py",),
    "dags/": ("tests/integration/dags",),
    "deploy/airflow/": ("tests/integration/dags",),
    "docker": ("tests/unit/docker", "tests/integration/docker"),
    "requirements/": ("tests/unit/deploy/test_install.py", "tests/unit/docker"),
}


#: The distance of these: as if there were one module in between.
FOLLOWING = 2


def main(arguments: list[str]) -> int:
    """Run the check and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.check", description=__doc__.partition("\n")[0])
    parser.add_argument("--base", help="what to compare with: origin/main, or else the last commit")
    parser.add_argument("--list", action="store_true", help="only print the test files, nearest first")
    options = parser.parse_args(arguments)
    try:
        changed = [change.path for change in changes(ROOT, options.base or default_base(ROOT))]
    except GitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    tests = list(dict.fromkeys([*LINT, *nearest(changed)]))
    print(f"{len(changed)} changed files, {len(tests)} test files", flush=True)
    if options.list:
        print(*tests, sep="\n")
        return 0
    deadline = Deadline(tests)
    options = ["-q", "--numprocesses", "2", "--no-loadscope-reorder", "-m", "not e2e and not spark"]
    code = pytest.main([*options, *tests], plugins=[deadline])
    return deadline.result(code)


def nearest(changed: Iterable[str]) -> list[str]:
    """Test files that a change to these files may break, nearest first."""
    distances = dict(_by_import(changed))
    for path in changed:
        followers = next((tests for start, tests in FOLLOWS.items() if path.startswith(start)), ())
        if Path(path).name == "conftest.py":
            followers = (str(Path(path).parent),)
        for test in followers:
            for file in _test_files(ROOT / test):
                distances[file] = min(FOLLOWING, distances.get(file, FOLLOWING))
    tests = [test for test in distances if not test.startswith("tests/e2e/")]
    return sorted(tests, key=lambda test: (distances[test], test.startswith("tests/integration/"), test))


def _by_import(changed: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Test files and the number of imports between them and the change; a changed test has none."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    logging.getLogger("grimp").setLevel(logging.ERROR)  # gunicorn.conf.py is not a module
    graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
    names = {_module(path) for path in changed if path.endswith(".py")}
    seen: set[str] = set()
    distance = 0
    while names:
        # a module in superset/config is imported by its last name alone
        names |= {name.rpartition(".")[2] for name in names if name.startswith("superset.")}
        names = (names - seen) & graph.modules
        seen |= names
        for name in names:
            if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_"):
                yield name.replace(".", "/") + ".py", distance
        names = {user for name in names for user in graph.find_modules_that_directly_import(name)}
        distance += 1


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _test_files(path: Path) -> Iterator[str]:
    for file in [path] if path.is_file() else sorted(path.rglob("test_*.py")):
        yield str(file.relative_to(ROOT))


class Deadline:
    """Pytest plugin that ends the run when time is up; failures until then still count."""

    def __init__(self, tests: list[str]) -> None:
        self.not_reached = set(tests)
        self.failed = False
        self.is_over = False

    def pytest_sessionstart(self) -> None:
        signal.signal(signal.SIGALRM, self._end)
        signal.alarm(SECONDS)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.not_reached.discard(report.nodeid.partition("::")[0])
        self.failed |= report.failed

    def pytest_sessionfinish(self) -> None:
        signal.alarm(0)

    def _end(self, *_: object) -> None:
        self.is_over = True
        pytest.exit(f"{SECONDS} seconds are over")

    def result(self, code: int) -> int:
        """Exit code of the check: running out of time is not a fault."""
        if not self.is_over:
            return code
        print(f"time is up: {len(self.not_reached)} test files were not reached, make test runs them")
        return int(self.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
