"""A build finds the same whether or not dbt is spared its unread and repeated work."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.conftest import PASSWORD, Warehouse
from tests.support.forked import run_forked

_FILES = {
    "dbt_project.yml": """
        name: small
        profile: small
        models: {+materialized: table}
    """,
    "profiles.yml": f"""
        small:
          target: here
          outputs:
            here:
              type: postgres
              host: 127.0.0.1
              port: "{{{{ env_var('PORT') | int }}}}"
              user: transformer
              password: {PASSWORD}
              dbname: "{{{{ env_var('DATABASE') }}}}"
              schema: staging
              threads: 2
    """,
    "macros/doubled.sql": "{% macro doubled(what) %}{{ return(what ~ ' + ' ~ what) }}{% endmacro %}",
    # a transformer makes no schemas
    "macros/schema.sql": "{% macro generate_schema_name(name, node) %}{{ target.schema }}{% endmacro %}",
    "models/numbers.sql": """
        select n, {{ doubled('n') }} as twice, nullif(n, 3) as gap
        from generate_series(1, 9) as n
    """,
    "models/models.yml": """
        models:
          - name: numbers
            columns:
              - name: n
                data_tests:
                  - unique
                  - not_null: {config: {where: n > 3}}
                  - accepted_values: {arguments: {values: [1, 2], quote: false}, config: {limit: 4}}
              - name: gap
                data_tests:
                  - not_null: {name: a_warning, config: {warn_if: '> 0', error_if: '> 5'}}
                  - not_null: {name: only_a_warning, config: {severity: warn}}
                  - not_null: {name: kept_in_a_table, config: {store_failures: true}}
    """,
    "tests/sum_of_failures.sql": """
        {{ config(fail_calc='coalesce(sum(n), 0)') }}
        select n from {{ ref('numbers') }} where n > 7
    """,
    "tests/broken.sql": "select no_such_column from {{ ref('numbers') }}",
    "tests/refused.sql": """
        {% if execute %}{{ exceptions.raise_compiler_error('refused: ' ~ doubled('x')) }}{% endif %}
        select n from {{ ref('numbers') }}
    """,
}


def _build(arguments: list[str]) -> None:
    """Build the project of a folder, in the way named; prints what dbt found, and ends as it ended."""
    from dbt.cli.main import dbtRunner

    from tradewind.warehouse.lean_dbt import lean_dbt

    folder, way = arguments
    os.chdir(folder)
    with lean_dbt(Path("state")) if way == "lean" else nullcontext():
        outcome = dbtRunner().invoke(["build", "--quiet", "--profiles-dir", ".", "--target-path", way])
    found = {
        result.node.name: [str(result.status), result.failures, result.message, result.adapter_response]
        for result in outcome.result.results
    }
    print("\nfound", json.dumps(found))
    sys.exit(0 if outcome.success else 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The project's folder."""
    folder = tmp_path_factory.mktemp("small")
    for name, content in _FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(content))
    return folder


@pytest.fixture(scope="module")
def found(warehouse: Warehouse, folder: Path) -> dict[str, dict[str, Any]]:
    """By way: what dbt found of each model and test; `again` is lean, with templates compiled before."""
    where = {"PORT": str(warehouse.owner.port), "DATABASE": warehouse.owner.database or ""}
    by_way = {}
    for name, way in {"plain": "plain", "lean": "lean", "again": "lean"}.items():
        done = run_forked(_build, [str(folder), way], {**os.environ, **where})
        assert done.returncode == 1, done.stdout + done.stderr
        by_way[name] = json.loads(done.stdout.rpartition("\nfound ")[2])
    return by_way


def test_the_project_has_a_result_of_each_kind(found):
    kinds = {name: result[:2] for name, result in found["plain"].items()}
    assert kinds == {
        "numbers": ["success", None],
        "unique_numbers_n": ["pass", 0],
        "not_null_numbers_n": ["pass", 0],
        "accepted_values_numbers_n__False__1__2": ["fail", 4],
        "a_warning": ["warn", 1],
        "only_a_warning": ["warn", 1],
        "kept_in_a_table": ["fail", 1],
        "sum_of_failures": ["fail", 17],
        "broken": ["error", None],
        "refused": ["error", None],
    }


@pytest.mark.parametrize("way", ["lean", "again"])
def test_results_are_the_same(found, way):
    def without_places(way: str) -> dict[str, Any]:
        """Statements are laid out differently, and written to the way's own folder."""
        results = json.dumps(found[way]).replace(f"{way.replace('again', 'lean')}/run/", "run/")
        return json.loads(re.sub(r"LINE \d+: *|\\n +\^", "", results))

    assert without_places(way) == without_places("plain")


def test_the_statement_of_a_test_can_be_read_where_the_error_says(found, folder):
    message = found["lean"]["broken"][2]
    path = re.search(r"compiled code at (\S+)", message).group(1)
    assert "select no_such_column from" in (folder / path).read_text()
