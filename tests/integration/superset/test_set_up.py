"""Superset is set up again, as with each new version, and stays as it was."""

from tradewind.settings import ROOT


def test_superset_keeps_its_own_roles(superset):
    assert superset.import_assets(folder=str(ROOT / "superset/assets")) == []
    kept = superset.set_up_again()
    assert kept.keys() == {"Admin", "Alpha", "Gamma"}
    assert all(rights > 50 for rights in kept.values())
