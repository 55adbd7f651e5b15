"""Waiting for the charts of a dashboard, on a page that plays a part."""

import pytest
import screenshot


class Page:
    """Shows one list of charts after the other, the last for ever."""

    def __init__(self, *scenes):
        self.scenes = list(scenes)

    def evaluate(self, script):
        scene = self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]
        return [{"id": name, "name": name, "state": state} for name, state in scene.items()]

    def wait_for_timeout(self, milliseconds):
        pass


def test_it_waits_until_the_last_chart_has_come():
    page = Page({}, {"a": "waiting"}, {"a": "painted", "b": "loading"}, {"a": "painted", "b": "painted"})
    first, second = screenshot.wait_for_charts(page, timeout=5)
    assert (first.name, first.state, second.name, second.state) == ("a", "painted", "b", "painted")
    assert first.seconds < second.seconds


def test_a_chart_that_fails_is_told_as_such():
    charts = screenshot.wait_for_charts(Page({"a": "loading"}, {"a": "error", "b": "empty"}), timeout=5)
    assert [chart.state for chart in charts] == ["error", "empty"]


def test_a_chart_that_never_comes_is_still_loading():
    charts = screenshot.wait_for_charts(Page({"a": "painted", "b": "loading"}), timeout=0.05)
    assert [chart.state for chart in charts] == ["painted", "loading"]


def test_a_page_without_charts_is_a_fault():
    with pytest.raises(screenshot.DashboardFault, match="no chart"):
        screenshot.wait_for_charts(Page({}), timeout=0.05)
