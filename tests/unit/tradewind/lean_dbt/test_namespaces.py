"""Names mean the same macros as in the namespaces that dbt sorts each time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dbt.clients.jinja import MacroStack
from dbt.context.macros import MacroNamespaceBuilder
from dbt.exceptions import PackageNotFoundForMacroError

from tradewind.warehouse.lean_dbt.namespaces import planned_once

_INTERNAL = ["dbt_postgres", "dbt"]
_NAMES = {
    "shop": ["only_ours", "ref", "run_query", "shared"],
    "utilities": ["only_theirs", "shared", "run_query"],
    "dbt_postgres": ["only_postgres", "run_query", "both_internal"],
    "dbt": ["only_dbt", "run_query", "both_internal", "ref"],
}


def macros(names=_NAMES):
    """Macros by package, as a manifest has them."""
    return {
        package: {
            name: SimpleNamespace(package_name=package, name=name, unique_id=f"macro.{package}.{name}")
            for name in members
        }
        for package, members in names.items()
    }


def namespace(found, package, context, node="a node"):
    stack = MacroStack()
    return MacroNamespaceBuilder("shop", package, stack, _INTERNAL, node).build_namespace(found, context)


def meaning(of):
    """What each name stands for: a macro, or a package with its macros."""
    return {
        name: {inner: member.macro.unique_id for inner, member in of[name].items()}
        if isinstance(of[name], dict)
        else of[name].macro.unique_id
        for name in of
    }


@pytest.mark.parametrize("package", ["shop", "utilities", "dbt", "dbt_postgres"])
def test_each_name_means_the_same_macro(package):
    found = macros()
    wanted = meaning(namespace(found, package, {}))
    with planned_once():
        assert meaning(namespace(found, package, {})) == wanted
        assert meaning(namespace(found, package, {})) == wanted  # by the plan now
    assert wanted["run_query"] == f"macro.{'utilities' if package == 'utilities' else 'shop'}.run_query"


@pytest.mark.parametrize("name", ["shared", "run_query", "both_internal", "nowhere"])
@pytest.mark.parametrize("package", [None, "dbt", "shop", "utilities"])
def test_dispatch_finds_the_same(package, name):
    found = macros()

    def dispatched():
        return getattr(namespace(found, "shop", {}).get_from_package(package, name), "macro", None)

    wanted = dispatched()
    with planned_once():
        assert dispatched() is wanted


def test_a_package_that_is_not_there_is_refused():
    with planned_once(), pytest.raises(PackageNotFoundForMacroError):
        namespace(macros(), "shop", {}).get_from_package("nowhere", "shared")


def test_each_context_and_node_keeps_its_own():
    found, one, other = macros(), {}, {}
    with planned_once():
        first = namespace(found, "shop", one, node="first")
        second = namespace(found, "shop", other, node="second")
    assert (first["shared"].context, first["shared"].node) == (one, "first")
    assert first["shared"].context is one
    assert second["shared"].context is other
    assert second["shared"].node == "second"


def test_macros_of_another_manifest_are_sorted_again():
    with planned_once():
        namespace(macros(), "shop", {})
        assert "new_here" in namespace(macros({**_NAMES, "shop": ["new_here"]}), "shop", {})
