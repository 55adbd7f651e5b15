"""What dbt is told by its environment."""

from __future__ import annotations

import pytest

from tradewind.settings import Settings
from tradewind.warehouse.build import environment


@pytest.mark.parametrize(("asked", "level"), [(None, "info"), ("debug", "debug")])
def test_the_log_file_has_each_statement_only_where_asked(asked, level, monkeypatch):
    monkeypatch.delenv("DBT_LOG_LEVEL_FILE", raising=False)
    if asked:
        monkeypatch.setenv("DBT_LOG_LEVEL_FILE", asked)
    assert environment(Settings.load())["DBT_LOG_LEVEL_FILE"] == level
