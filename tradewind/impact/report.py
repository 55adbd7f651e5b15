"""What a change touches, as a table for the terminal and as a mermaid graph."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from tradewind.impact.graph import KINDS, Impact, Key

_SHAPES = {
    "model": ("[", "]"),
    "metric": ("([", "])"),
    "chart": ("[/", "/]"),
    "dashboard": ("[[", "]]"),
    "role": ("((", "))"),
}


def table(impact: Impact) -> Table:
    """One row per touched item: what it is, details, and what touches it."""
    result = Table("", "touched", "what", "by", box=None, header_style="bold", pad_edge=False)
    for kind in KINDS:
        for index, key in enumerate(impact.of(kind)):
            causes = ", ".join(_short(cause) for cause in impact.causes(key))
            if key in impact.changed:
                causes = f"changed{'; ' + causes if causes else ''}"
            row = (f"{kind}s" if not index else "", key[1], impact.touched[key], causes)
            result.add_row(*map(escape, row), end_section=index == len(impact.of(kind)) - 1)
    return result


def counts(impact: Impact) -> str:
    """One line with the number of each kind."""
    parts = []
    for kind in KINDS:
        number = len(impact.of(kind))
        parts.append(f"{number} {kind}{'' if number == 1 else 's'}")
    return ", ".join(parts)


def mermaid(impact: Impact) -> str:
    """A flow chart from the change to the roles, for pages that render mermaid."""
    ids = {key: f"n{number}" for number, key in enumerate(_ordered(impact), 1)}
    lines = ["flowchart LR"]
    for key, name in ids.items():
        opening, closing = _SHAPES[key[0]]
        label = impact.touched[key] if key[0] in ("chart", "dashboard") and impact.touched[key] else key[1]
        lines.append(f'  {name}{opening}"{_label(key, label)}"{closing}')
    lines += [f"  {ids[start]} --> {ids[end]}" for start, end in sorted(impact.edges) if start in ids]
    if impact.changed:
        lines.append("  classDef changed fill:#f3c77f,stroke:#8a5a00,color:#12303f")
        lines.append(
            f"  class {','.join(ids[key] for key in _ordered(impact) if key in impact.changed)} changed"
        )
    return "\n".join(lines) + "\n"


def _ordered(impact: Impact) -> list[Key]:
    return [key for kind in KINDS for key in impact.of(kind)]


def _short(key: Key) -> str:
    return key[1].rpartition(".")[2] if key[0] == "metric" else key[1]


def _label(key: Key, text: str) -> str:
    clean = text.replace('"', "'")
    return clean if key[0] != "role" else f"role: {clean}"
