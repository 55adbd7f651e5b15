"""What cannot be generated exists: figures to reconcile for each source, a rule for each dataset."""

from tradewind.sync.forgotten import forgotten


def test_nothing_is_forgotten():
    assert forgotten() == []
