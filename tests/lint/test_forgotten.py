"""What nothing generates is there too: figures of each source to reconcile, a rule for each dataset."""

from tradewind.sync.forgotten import forgotten


def test_nothing_is_forgotten():
    assert forgotten() == []
