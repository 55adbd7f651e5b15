"""What a new source or mart needs besides its models, and cannot be generated."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ingestion.contract.files import read_contracts
from tradewind.catalog.reconciled import MODELS, reconciled_models, staging_of
from tradewind.dashboards import security
from tradewind.dashboards.tree import ASSETS, read


def forgotten() -> list[str]:
    """A sentence for each thing, with the file and what to write there."""
    sources = [contract.source for contract in read_contracts()]
    return [*unreconciled(sources), *security.check(security.read(), read(ASSETS))]


def unreconciled(sources: Collection[str], models: Path = MODELS) -> Iterator[str]:
    """Sources with a staging model whose figures nobody compares, and figures of no source."""
    reconciled = {each.source: model for model, each in reconciled_models(models).items()}
    staged = {path.stem for path in models.rglob("stg_*.sql")}
    for source in sorted(sources):
        model = staging_of(source)
        if model in staged and source not in reconciled:
            yield (
                f"{source} has no figures to reconcile: write `reconciled: {{source: {source}, count: rows}}`"
                f" under `config: meta:` of its fact, or of {model} where it has none; then `make sync`"
            )
    for source, model in reconciled.items():
        if source not in sources:
            yield f"{model} reconciles {source}, of which there is no contract in ingestion/contracts"
