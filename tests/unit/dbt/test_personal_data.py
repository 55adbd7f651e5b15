"""The privacy class that a contract gives a column follows it, and ends where it must."""

from __future__ import annotations

import re

import pytest
import yaml

from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models"
CONTRACTS = ROOT / "ingestion" / "contracts" / "olist"
#: What staging removes from the published names.
PREFIX = re.compile(r"^(customer|review)_(?=zip|city|comment)")


def classes(path, model):
    """The columns of a model that are not public, with their class."""
    (found,) = [entry for entry in yaml.safe_load(path.read_text())["models"] if entry["name"] == model]
    metas = {column["name"]: column.get("config", {}).get("meta", {}) for column in found["columns"]}
    return {name: meta["classification"] for name, meta in metas.items() if "classification" in meta}


@pytest.mark.parametrize(
    "table", sorted(path.stem for path in CONTRACTS.glob("*.yaml") if "." not in path.stem)
)
def test_staging_has_the_privacy_classes_of_the_contract(table):
    (schema,) = yaml.safe_load((CONTRACTS / f"{table}.yaml").read_text())["schema"]
    expected = {
        PREFIX.sub("", column["name"]): column["classification"]
        for column in schema["properties"]
        if column["classification"] != "public"
    }
    assert classes(MODELS / "staging" / "olist" / "_olist.yml", f"stg_olist__{table}") == expected


def test_nothing_personal_leaves_staging():
    for layer in ("core", "marts"):
        for path in (MODELS / layer).rglob("*.yml"):
            for model in yaml.safe_load(path.read_text()).get("models", []):
                assert "personal" not in classes(path, model["name"]).values(), model["name"]
        for path in (MODELS / layer).rglob("*.sql"):
            assert not re.search(r"comment_(title|message)", path.read_text()), path
