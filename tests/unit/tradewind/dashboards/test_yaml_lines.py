"""A file changes only in the lines that differ."""

import difflib

import pytest
import yaml

from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards import yaml_lines, yaml_style

FILE = """\
# The head.
title: A page  # kept
text: |-
  #### No comment
  but a text
nested:
  # about a
  a: 1
  b: {x: 1, y: 2}

  # about c
  c: [1, 2]
rows:
  - {height: 1}
  # the second
  - name: two
    # of two
    value: 2
  - {height: 3}
last: true
"""


def changed(change):
    data = yaml.safe_load(FILE)
    change(data)
    text = yaml_lines.rewrite(FILE, data)
    assert yaml.safe_load(text) == data
    return [line for line in difflib.ndiff(FILE.splitlines(), text.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda d: None, []),
        (lambda d: d.update(title="B: c"), ["- title: A page  # kept", "+ title: 'B: c'  # kept"]),
        (lambda d: d["nested"].update(a=2), ["-   a: 1", "+   a: 2"]),
        (lambda d: d["nested"].pop("c"), ["-   # about c", "-   c: [1, 2]"]),
        (lambda d: d["nested"].update(d="new"), ["+   d: new"]),
        (lambda d: d["nested"]["b"].update(x=9), ["-   b: {x: 1, y: 2}", "+   b: {x: 9, y: 2}"]),
        (lambda d: d["rows"][1].update(value=3), ["-     value: 2", "+     value: 3"]),
        (lambda d: d["rows"].pop(0), ["-   - {height: 1}"]),
        (lambda d: d["rows"].insert(1, {"height": 2}), ["+   - {height: 2}"]),
        (lambda d: d["rows"].append({"a": "b, c"}), ["+   - {a: 'b, c'}"]),
        (lambda d: d.update(text="#### No comment\nbut a poem"), ["-   but a text", "+   but a poem"]),
        (lambda d: d.pop("last"), ["- last: true"]),
    ],
)
def test_only_what_differs_changes(change, lines):
    assert changed(change) == lines


def test_several_changes_at_once():
    def change(data):
        data["nested"] = {"c": [3], "e": {"x": {"y": 1}, "z": {"y": 2}}}
        data["rows"] = [{"height": 3}, {"name": "two", "value": 2, "more": "words"}]
        del data["text"]

    assert "+   e:" in changed(change)


def test_what_cannot_be_changed_by_lines_is_rewritten():
    text = "{a: 1, b: [1,\n 2]}\n"
    assert yaml_lines.rewrite(text, {"a": 2, "b": [1]}) == "a: 2\nb: [1]\n"


def test_every_file_of_the_repository_can_be_written():
    for path in sorted(asset_tree.ASSETS.rglob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        assert yaml.safe_load(yaml_style.render(data)) == data, path


@pytest.mark.parametrize(
    "value",
    [
        "",
        " x",
        "a\nb",
        "a\nb\n",
        "a\n\n",
        " a\nb",
        "a: b",
        "x #y",
        "'q'",
        "yes",
        "1",
        "%d",
        ",d",
        "- a",
        "é",
        "a" * 300,
    ],
)
@pytest.mark.parametrize(
    "wrap", [lambda v: v, lambda v: [v, 1], lambda v: {"k": v}, lambda v: [{"k": v, "l": [v]}]]
)
def test_what_is_written_is_read_back(value, wrap):
    data = {"key": wrap(value), "other": None}
    assert yaml.safe_load(yaml_style.render(data)) == data
