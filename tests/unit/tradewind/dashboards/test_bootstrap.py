"""The bootstrap refuses to start if it cannot succeed, and says why in one line."""

import logging
import sys

import pytest

from tradewind.dashboards import bootstrap
from tradewind.dashboards import tree as asset_tree


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in (*bootstrap.REQUIRED, *bootstrap.REQUIRED_TO_SET_UP):
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    # It silences all loggers of its process, which here is this one.
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    monkeypatch.setattr(bootstrap, "_create_app", lambda: pytest.fail("Superset was started"))


def test_missing_settings_are_named(monkeypatch, capsys):
    monkeypatch.delenv("SUPERSET_ADMIN_PASSWORD")
    monkeypatch.delenv("WAREHOUSE_READERS_URL")
    assert bootstrap.main() == 1
    assert capsys.readouterr().err == (
        "tradewind.dashboards.bootstrap: not set in the environment:"
        " WAREHOUSE_READERS_URL, SUPERSET_ADMIN_PASSWORD\n"
    )


def test_faulty_assets_are_not_imported(monkeypatch, capsys):
    assets = asset_tree.read()
    del assets["charts/executive_overview/profit.yaml"]
    monkeypatch.setattr(asset_tree, "read", lambda: assets)
    assert bootstrap.main() == 1
    assert "CHART-profit shows a chart that has no file" in capsys.readouterr().err


def test_importing_only_assets_needs_no_administrator(monkeypatch):
    monkeypatch.delenv("SUPERSET_ADMIN_PASSWORD")
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "--assets-only"])
    with pytest.raises(pytest.fail.Exception, match="Superset was started"):
        bootstrap.main()


def test_a_setting_that_does_not_exist_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("ABSENT_TILES", "hide")
    assert bootstrap.main() == 1
    assert "ABSENT_TILES is 'hide': it may be leave-out or explain" in capsys.readouterr().err
