"""Has dbt do once what it does in each new process: imported by the process that others are forked from.

dbt writes Python code for each of its classes when a process first reads or writes one: a second of CPU time.
Parsing a project of one node of each kind, twice, has that done.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_FILES = {
    "dbt_project.yml": """
name: small
profile: small
on-run-end: ["{{ nothing() }}"]
""",
    "profiles.yml": """
small:
  target: nowhere
  outputs:
    nowhere: {type: postgres, host: nowhere, port: 1, user: x, password: x, dbname: x, schema: x}
""",
    "macros/nothing.sql": "{% macro nothing() %}{% endmacro %}",
    "seeds/letters.csv": "letter\na\n",
    "tests/singular.sql": "select * from {{ ref('numbers') }}",
    "models/numbers.sql": "select * from {{ source('raw', 'numbers') }} cross join {{ ref('letters') }}",
    "models/models.yml": """
sources: [{name: raw, tables: [{name: numbers}]}]
models: [{name: numbers, description: "one", columns: [{name: n, data_tests: [not_null]}]}]
exposures: [{name: page, type: dashboard, owner: {name: x}, depends_on: [ref('numbers')]}]
unit_tests:
  - name: unit
    model: numbers
    given:
      - {input: "source('raw', 'numbers')", rows: [{n: 1}]}
      - {input: "ref('letters')", rows: [{letter: a}]}
    expect: {rows: [{n: 1, letter: a}]}
""",
}


def _warm() -> None:
    from dbt.cli.main import dbtRunner

    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as name:
        for path, content in _FILES.items():
            file = Path(name, path)
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
        for _ in range(2):  # the second time it reads what the first one wrote
            where = ["--project-dir", name, "--profiles-dir", name, "--log-path", name]
            quietly = ["--quiet", "--no-send-anonymous-usage-stats", "--log-level-file", "none"]
            # its static parser, which is not Python, waits for ever in a process that is forked afterwards
            outcome = dbtRunner().invoke(["parse", "--no-static-parser", *where, *quietly])
            if not outcome.success:
                raise RuntimeError(f"dbt cannot parse the small project: {outcome.exception}")
    os.environ.clear()
    os.environ.update(environment)


_warm()
