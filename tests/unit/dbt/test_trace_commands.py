"""The command of a finding, which people paste into a shell, hands over a name as it is in the file."""

import shlex
import subprocess

import duckdb
import pytest
from jinja2 import Environment

from tradewind.settings import ROOT

MACROS = ROOT / "dbt_project" / "macros" / "insights" / "wording.sql"


def command_for(product: str) -> str:
    """What the warehouse writes for this product."""
    macros = Environment(extensions=["jinja2.ext.do"]).from_string(MACROS.read_text()).module
    command = macros.trace_command("'total_sales'", {"product": "product", "country": "country"})
    with duckdb.connect() as connection:
        query = f"select {command} from (select $1::varchar as product, null::varchar as country)"
        return connection.execute(query, [product]).fetchall()[0][0]


@pytest.mark.parametrize(
    "product",
    [
        "Paseo",
        'Desk 24"',
        "$HOME",
        "$(touch here)",
        "`touch here`",
        "a\\b",
        'back\\"; touch here; "',
        "l'eau",
    ],
)
def test_a_shell_reads_the_name_and_runs_nothing(product, tmp_path):
    command = command_for(product)
    arguments = command.removeprefix("python -m tradewind trace ")
    assert arguments != command
    script = f"for each in {arguments}; do printf '%s\\n' \"$each\"; done"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["total_sales", f"product={product}"]
    assert list(tmp_path.iterdir()) == []


def test_names_without_such_signs_stand_as_they_are():
    assert command_for("Paseo") == 'python -m tradewind trace total_sales "product=Paseo"'
    assert shlex.split(command_for('Desk 24"'))[-1] == 'product=Desk 24"'
