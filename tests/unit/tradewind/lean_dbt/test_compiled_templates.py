"""Templates render the same whether they are compiled or found compiled."""

from __future__ import annotations

import marshal
from pathlib import Path

import jinja2
import pytest
from dbt_common.clients.jinja import get_template
from dbt_common.exceptions import CompilationError

from tradewind.warehouse.lean_dbt import compiled_templates
from tradewind.warehouse.lean_dbt.compiled_templates import compiled_once

_TEXTS = [
    "plain",
    "{{ one ~ 1 }}",
    "{% macro x(a) %}[{{ a }}]{% endmacro %}{{ dbt_macro__x(one) }}{% do seen.append(one) %}",
    "{% for i in range(3) %}{{ i | string }}{% if i == 1 %}{% break %}{% endif %}{% endfor %}",
    "{{ 'é\udc80' | length | string }}",
]


def render(native: bool) -> list[object]:
    return [get_template(text, {}, native=native).render({"one": "1", "seen": []}) for text in _TEXTS]


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that Jinja compiles from now on."""
    seen: list[str] = []
    compile_text = jinja2.Environment.compile

    def counted(self, source, *rest, **named):
        seen.append(source)
        return compile_text(self, source, *rest, **named)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    return seen


@pytest.mark.parametrize("native", [False, True])
def test_they_render_the_same(tmp_path: Path, compilations: list[str], native: bool):
    wanted = render(native)
    for _ in range(2):
        with compiled_once(tmp_path):
            assert render(native) == wanted
    assert compilations == 2 * _TEXTS  # once without, once with


def test_a_kind_of_environment_has_templates_of_its_own(tmp_path: Path):
    with compiled_once(tmp_path):
        assert get_template("{{ '3' | as_number }}", {}).render({}) == "3"
        assert get_template("{{ '3' | as_number }}", {}, native=True).render({}) == 3


@pytest.mark.parametrize(
    "damage",
    [b"", b"not marshalled", marshal.dumps(["other"]), marshal.dumps(("of other versions", {b"k": None}))],
)
def test_a_damaged_or_foreign_file_is_made_again(tmp_path: Path, compilations: list[str], damage: bytes):
    path = tmp_path / "dbt" / "compiled_templates"
    path.parent.mkdir()
    path.write_bytes(damage)
    for _ in range(2):
        with compiled_once(tmp_path):
            render(native=False)
    assert compilations == _TEXTS


def test_an_error_is_dbts_own(tmp_path: Path):
    with compiled_once(tmp_path), pytest.raises(CompilationError, match="Expected an expression"):
        get_template("{% if %}", {})


def test_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compiled_templates, "_MOST", 20)
    path = tmp_path / "dbt" / "compiled_templates"
    for number in range(30):
        with compiled_once(tmp_path):
            get_template(f"{{{{ {number} }}}}", {})
    _, kept = marshal.loads(path.read_bytes())
    assert len(kept) <= 20


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path):
    (tmp_path / "dbt").write_text("a file in the folder's place")
    with compiled_once(tmp_path):
        assert render(native=False)[0] == "plain"
