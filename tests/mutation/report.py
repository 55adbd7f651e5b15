"""What the terminal shows about judged mutants, and whether that is good enough."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from tests.mutation.mutators import Mutant
from tests.mutation.project import Verdict

#: Share of mutants that tests must kill, explained survivors counted as not killed.
LEAST_RATE = 0.95

_COLOURS = {"killed": "green", "survived": "red", "invalid": "dim"}


@dataclass
class Report:
    """Verdicts of mutants; `reasons` says why some survive, by name."""

    reasons: Mapping[str, str]
    verdicts: dict[Mutant, Verdict] = field(default_factory=dict)

    @property
    def counted(self) -> dict[Mutant, Verdict]:
        return {mutant: verdict for mutant, verdict in self.verdicts.items() if verdict.counts}

    @property
    def survivors(self) -> list[Mutant]:
        return [mutant for mutant, verdict in self.counted.items() if verdict.state == "survived"]

    @property
    def unexplained(self) -> list[Mutant]:
        return [mutant for mutant in self.survivors if mutant.name not in self.reasons]

    @property
    def rate(self) -> float:
        return 1 - len(self.survivors) / len(self.counted) if self.counted else 1.0

    @property
    def is_good(self) -> bool:
        return self.rate >= LEAST_RATE and not self.unexplained

    def stale(self, models: set[str]) -> list[str]:
        """Unneeded explanations: of mutants of these models that are killed or no longer generated."""
        alive = {mutant.name for mutant in self.survivors}
        return [name for name in self.reasons if name.split("/")[0] in models and name not in alive]

    def print(self, console: Console) -> None:
        table = Table("model", "line", "mutation", "change", "killed by", box=None, header_style="bold")
        for mutant, verdict in sorted(self.verdicts.items(), key=lambda pair: (pair[0].model, pair[0].line)):
            said = f"[{_COLOURS[verdict.state]}]{_outcome(verdict, self.reasons.get(mutant.name))}"
            table.add_row(mutant.model, str(mutant.line), mutant.mutator, mutant.change, said)
        console.print(table, markup=True)
        console.print(self._by_model())
        for mutant in self.unexplained:
            console.print(f"[red]SURVIVED[/] {mutant.name}  line {mutant.line}: ", end="")
            console.print(mutant.change, markup=False)
        killed = len(self.counted) - len(self.survivors)
        console.print(
            f"{len(self.counted)} mutants, {killed} killed: {self.rate:.1%}\n"
            f"{len(self.survivors)} survived, {len(self.unexplained)} of them without an explanation; "
            f"{len(self.verdicts) - len(self.counted)} more were not valid SQL or broke the contract"
        )

    def _by_model(self) -> Table:
        table = Table("model", "mutants", "killed", "rate", "survived", box=None, header_style="bold")
        for model in sorted({mutant.model for mutant in self.counted}):
            verdicts = [verdict for mutant, verdict in self.counted.items() if mutant.model == model]
            killed = sum(verdict.state == "killed" for verdict in verdicts)
            survived = len(verdicts) - killed
            table.add_row(
                model, str(len(verdicts)), str(killed), f"{killed / len(verdicts):.0%}", str(survived)
            )
        return table


def difference(mutant: Mutant, original: str) -> str:
    """The diff from the model to the mutant."""
    lines = difflib.unified_diff(original.splitlines(), mutant.text.splitlines(), "model", mutant.name, n=1)
    return "\n".join(line.rstrip() for line in lines)


def _outcome(verdict: Verdict, reason: str | None) -> str:
    if verdict.state == "survived":
        return f"survives: {reason}" if reason else "SURVIVED"
    said = verdict.by.replace("[", r"\[")
    return f"(not counted: {said})" if verdict.state == "invalid" else said
