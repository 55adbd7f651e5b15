"""Which columns carry personal data, by their lineage, and where that is not allowed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.lineage.columns import ALL, Inputs, Reference
from tradewind.lineage.manifest import Manifest, Node
from tradewind.lineage.project import ProjectLineage, follow

PUBLIC, INTERNAL, PSEUDONYM, PERSONAL = "public", "internal", "pseudonym", "personal"

#: A table outside the project: it may contain anything.
UNKNOWN = "unknown"

#: Classes that no column of a layer may have.
FORBIDDEN = {
    "core": {PERSONAL, UNKNOWN},
    "ops": {PERSONAL, UNKNOWN},
    "marts": {INTERNAL, PSEUDONYM, PERSONAL, UNKNOWN},
    # views in schema `ops` that dashboards read
    "health": {INTERNAL, PSEUDONYM, PERSONAL, UNKNOWN},
}

#: Classes that a reason in YAML (`config.meta.released`) removes from a column.
RELEASABLE = {INTERNAL, PSEUDONYM}


@dataclass(frozen=True, order=True)
class Trace:
    """A classified source column whose values reach a column of a model.

    Attributes:
        path: the columns on the way, from the model's to the source's.
    """

    model: str
    column: str
    classification: str
    path: tuple[str, ...]

    @property
    def origin(self) -> str:
        return self.path[-1]

    def __str__(self) -> str:
        return f"{self.model}.{self.column} is {self.classification}: {' <- '.join(self.path)}"


@dataclass(frozen=True)
class Release:
    """A column that is declared free of the data it is computed from, and why."""

    model: str
    column: str
    reason: str


@dataclass(frozen=True)
class Privacy:
    """What was found in all models.

    Attributes:
        walked: number of model columns traced.
        classified: number of source columns that are not public.
        traces: everything that is not public in the layers of `FORBIDDEN`.
    """

    walked: int
    classified: int
    traces: list[Trace]
    releases: list[Release]
    layers: dict[str, str]

    @property
    def breaches(self) -> list[Trace]:
        """What is forbidden in its layer."""
        return [t for t in self.traces if t.classification in FORBIDDEN[self.layers[t.model]]]

    def carried(self, layer: str) -> list[Trace]:
        """What a layer contains and is allowed to."""
        return [t for t in self.traces if self.layers[t.model] == layer and t not in self.breaches]


def examine(manifest: Manifest) -> Privacy:
    """Trace every column of every model back to the classified columns of sources."""
    lineage = follow(manifest)
    search = _Search(lineage)
    traces = [
        trace
        for node in manifest.models()
        if node.layer in FORBIDDEN
        for column in lineage.columns[node.id]
        for trace in search.traces(node, column)
    ]
    models = manifest.models()
    return Privacy(
        walked=sum(len(lineage.columns[node.id]) for node in models),
        classified=sum(
            _class_of(node, column) != PUBLIC
            for node in manifest.nodes.values()
            if node.kind == "source"
            for column in node.columns
        ),
        traces=sorted(traces),
        releases=[
            Release(node.name, column.name, column.meta["released"])
            for node in models
            for column in node.columns.values()
            if column.meta.get("released")
        ],
        layers={node.name: node.layer for node in models},
    )


class _Search:
    """Looks for classified source columns, backwards from a column of a model."""

    def __init__(self, lineage: ProjectLineage) -> None:
        self.lineage = lineage

    def traces(self, node: Node, column: str) -> list[Trace]:
        """The shortest trace to each classified source column whose values get through."""
        start = (node.relation, column)
        found: dict[Reference, Trace] = {}
        # After a comparison or a release, a path is muted: only personal data still gets through.
        seen = {(start, False)}
        ahead = deque([((start,), False)])
        while ahead:
            path, muted = ahead.popleft()
            kind = self._classification(path[-1])
            if kind != PUBLIC and not (muted and kind in RELEASABLE):
                found.setdefault(path[-1], Trace(node.name, column, kind, tuple(map(self._text, path))))
            for step in self._steps(path[-1], muted):
                if step not in seen:
                    seen.add(step)
                    ahead.append(((*path, step[0]), step[1]))
        return list(found.values())

    def _classification(self, at: Reference) -> str:
        node = self.lineage.relations.get(at[0])
        if node is None:
            return UNKNOWN
        return _class_of(node, at[1]) if node.kind != "model" else PUBLIC

    def _steps(self, at: Reference, muted: bool) -> Iterator[tuple[Reference, bool]]:
        """The inputs of a column, each with whether only personal data gets through."""
        table, column = at
        node = self.lineage.relations.get(table)
        if node is None:
            return
        names = self.lineage.columns[node.id]
        if column not in names and ALL not in names:  # all columns, or one that nobody has described
            yield from (((table, name), muted) for name in names)
        elif node.kind == "model":
            described = node.columns.get(column)
            muted = muted or bool(described and described.meta.get("released"))
            made_of = self.lineage.inputs.get(at) or self.lineage.inputs.get((table, ALL)) or Inputs()
            yield from ((each, muted) for each in sorted(made_of.values))
            yield from ((each, True) for each in sorted(made_of.compared))

    def _text(self, at: Reference) -> str:
        node = self.lineage.relations.get(at[0])
        return f"{node.name if node else at[0]}.{at[1]}"


def _class_of(node: Node, column: str) -> str:
    described = node.columns.get(column)
    return described.meta.get("classification", PUBLIC) if described else PUBLIC
