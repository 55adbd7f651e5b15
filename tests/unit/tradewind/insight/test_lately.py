"""After publications, forecasts are looked at every ten minutes."""

from __future__ import annotations

import os
import time

import pytest

from tradewind.insight.lately import note_look, was_lately
from tradewind.settings import Settings


@pytest.mark.parametrize(("minutes", "is_enough"), [(0, True), (9, True), (11, False), (-5, False)])
def test_a_look_is_enough_for_ten_minutes(tmp_path, minutes, is_enough):
    settings = Settings({"TRADEWIND_STATE": str(tmp_path / "state")})
    assert not was_lately(settings)
    note_look(settings)
    then = time.time() - 60 * minutes
    os.utime(tmp_path / "state" / "forecast.looked", (then, then))
    assert was_lately(settings) == is_enough
