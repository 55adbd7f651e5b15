"""Reads contracts from YAML files in the Open Data Contract Standard (ODCS 3.1).

A file is checked in three steps: YAML, the standard's own JSON schema and model, then the part of the
standard and the extension keys that Tradewind uses (`contracts/README.md`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml
from open_data_contract_standard.model import (
    Description,
    OpenDataContractStandard,
    ServiceLevelAgreementProperty,
)
from pydantic import ValidationError

from ingestion.contract.columns import read_columns
from ingestion.contract.comparison import are_alike
from ingestion.contract.document import KeyFault, extensions, identifier, needed, share
from ingestion.contract.formats import number_format, text_form, time_zone, totals, version_pattern, words
from ingestion.contract.model import Contract, Freshness
from ingestion.contract.relations import relation
from ingestion.contract.rules import table_rules
from ingestion.contract.schema_cache import has_passed, note_passed

if TYPE_CHECKING:
    from jsonschema import Draft201909Validator

CONTRACTS = Path(__file__).parent.parent / "contracts"

#: The loader in C, where libyaml is there, takes a tenth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Of a raw table's name: Postgres cuts longer ones off, and an index's name is longer still.
_LONGEST_TABLE = 58

_FILE_KEYS = {
    "numberFormat",
    "text",
    "fileNames",
    "sheets",
    "fileVersion",
    "emptyWords",
    "totals",
    "timeZone",
}
_TABLE_KEYS = {"relation", "maxRejectedShare"}
_PERIODS = {
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("h", "hour", "hours"), "hour"),
    **dict.fromkeys(("minute", "minutes"), "minute"),
}


class ContractError(Exception):
    """A contract file is wrong; the text names the file, the place in it and what is expected."""

    def __init__(self, path: Path, place: str, problem: str) -> None:
        super().__init__(f"{path}: {place}: {problem}")
        self.path = path


class ContractErrors(ContractError):
    """Several faults in contract files, one per line."""

    def __init__(self, faults: Sequence[ContractError]) -> None:
        Exception.__init__(self, "\n".join(map(str, faults)))


class Contracts(NamedTuple):
    """The `contracts` that can be relied on, ordered by source, and the `faults` of all other files."""

    contracts: tuple[Contract, ...]
    faults: tuple[ContractError, ...] = ()


def read_contracts(folder: Path = CONTRACTS) -> tuple[Contract, ...]:
    """All contracts below `folder`, ordered by source.

    Raises:
        ContractError: files are wrong, describe the same source, or describe files that nothing tells apart.
    """
    found = find_contracts(folder)
    if found.faults:
        raise ContractErrors(found.faults)
    return found.contracts


def find_contracts(folder: Path = CONTRACTS) -> Contracts:
    """The contracts below `folder` that are sound and clear, whatever is wrong with the others.

    Of two files that describe the same source neither is taken. Contracts whose files nothing tells apart are
    both taken, and a fault: their files are held until one of them says more.
    """
    found: dict[Path, Contract] = {}
    faults: list[ContractError] = []
    # a name of two parts, as orders.sales_lines.yaml, is that of a mapping
    for path in sorted(each for each in folder.rglob("*.yaml") if "." not in each.stem):
        try:
            found[path] = read_contract(path)
        except ContractError as fault:
            faults.append(fault)
    clashes = list(_pairs(found, _are_one_table))
    for path, other in clashes:
        one, two = found[path], found[other]
        faults.append(
            ContractError(other, "id", f"the source {two.source} has another contract already, in {path}")
            if one.source == two.source
            else ContractError(
                other,
                "id",
                f"its raw table {two.raw_table} is that of {one.source} too, in {path}: rename one",
            )
        )
    unclear = set(chain.from_iterable(clashes))
    sound = {path: contract for path, contract in found.items() if path not in unclear}
    for path, other in _pairs(sound, are_alike):
        faults.append(
            ContractError(
                other,
                "fileNames",
                f"its files have the columns of {sound[path].source} ({path}), and nothing tells them apart:"
                " give both contracts fileNames that no file fits both of",
            )
        )
    return Contracts(tuple(sorted(sound.values(), key=lambda each: each.source)), tuple(faults))


def _pairs(
    found: Mapping[Path, Contract], are_like: Callable[[Contract, Contract], bool]
) -> Iterator[tuple[Path, Path]]:
    return ((a, b) for a, b in combinations(found, 2) if are_like(found[a], found[b]))


def _are_one_table(one: Contract, other: Contract) -> bool:
    return one.raw_table == other.raw_table


def read_contract(path: Path) -> Contract:
    """The contract in one file.

    Raises:
        ContractError: the file is not YAML, breaks the standard, or uses what Tradewind does not know.
    """
    document = _parse(path)
    try:
        return _contract(document)
    except KeyFault as fault:
        raise ContractError(path, fault.place, fault.problem) from fault


def _parse(path: Path) -> OpenDataContractStandard:
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=_Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(path, "file", f"cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        raise ContractError(path, place, getattr(error, "problem", None) or "not YAML") from error
    if not has_passed(text):
        faults = sorted(_validator().iter_errors(document), key=lambda fault: fault.json_path)
        if faults:
            raise ContractError(path, faults[0].json_path, faults[0].message)
        note_passed(text)
    try:
        return OpenDataContractStandard.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise ContractError(path, place, first["msg"]) from error


@cache
def _validator() -> Draft201909Validator:
    from jsonschema import Draft201909Validator

    schema = files("open_data_contract_standard") / "schema.json"
    return Draft201909Validator(json.loads(schema.read_text()))


def _contract(document: OpenDataContractStandard) -> Contract:
    schema = needed(document.schema_, "schema")
    if len(schema) != 1:
        raise KeyFault("schema", f"holds {len(schema)} tables; a contract describes one")
    table = schema[0]
    columns = read_columns(needed(table.properties, "schema[0].properties"))
    sums, limits = table_rules(table.quality or [], columns, "schema[0]")
    of_files = extensions(document.customProperties, _FILE_KEYS, "")
    of_table = extensions(table.customProperties, _TABLE_KEYS, "schema[0].")
    contract = Contract(
        domain=identifier(document.domain, "domain"),
        table=identifier(table.name, "schema[0].name"),
        version=needed(document.version, "version"),
        title=table.businessName or "",
        description=needed(table.description, "schema[0].description"),
        about=_about(document.description),
        columns=columns,
        sums=sums,
        limits=limits,
        number_format=number_format(of_files.get("numberFormat"), "customProperties.numberFormat"),
        relation=relation(of_table.get("relation"), columns, "schema[0].customProperties.relation"),
        max_rejected_share=share(
            of_table.get("maxRejectedShare"), "schema[0].customProperties.maxRejectedShare"
        ),
        freshness=_freshness(document.slaProperties or []),
        text_form=text_form(of_files.get("text"), "customProperties.text"),
        file_names=words(of_files.get("fileNames"), "customProperties.fileNames"),
        sheets=words(of_files.get("sheets"), "customProperties.sheets"),
        version_pattern=version_pattern(of_files.get("fileVersion"), "customProperties.fileVersion"),
        empty_words=words(of_files.get("emptyWords"), "customProperties.emptyWords"),
        totals=totals(of_files.get("totals"), "customProperties.totals"),
        time_zone=time_zone(of_files.get("timeZone"), "customProperties.timeZone"),
    )
    if document.id != contract.source:
        raise KeyFault("id", f"is {document.id!r}; domain and table make it {contract.source!r}")
    if len(contract.raw_table) > _LONGEST_TABLE:
        raise KeyFault(
            "id", f"makes the raw table {contract.raw_table}, longer than {_LONGEST_TABLE} letters"
        )
    if table.physicalName not in (None, contract.raw_table):
        raise KeyFault("schema[0].physicalName", f"must be {contract.raw_table}")
    return contract


def _about(description: Description | None) -> tuple[str, ...]:
    said = (description.purpose, description.usage, description.limitations) if description else ()
    return tuple(filter(None, said))


def _freshness(agreed: Sequence[ServiceLevelAgreementProperty]) -> Freshness | None:
    found = None
    for i, item in enumerate(agreed):
        place = f"slaProperties[{i}]"
        if item.property != "latency" or found:
            raise KeyFault(place, f"{item.property!r} is not known here: only one latency is checked")
        if type(item.value) is not int or item.value < 1 or item.unit not in _PERIODS:
            raise KeyFault(place, f"latency needs a whole value and a unit of {', '.join(_PERIODS)}")
        found = Freshness(item.value, _PERIODS[item.unit])
    return found
