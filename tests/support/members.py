"""The shipped `security.yaml` with the members that the sample files have."""

from __future__ import annotations

from tradewind.dashboards import security

MEMBERS = {
    "country": ["Canada", "France", "Germany", "Mexico", "USA"],
    "region": ["Central-West", "North", "Northeast", "South", "Southeast"],
}


def rules() -> security.Security:
    """Who may see what, in a warehouse that has these members and no others."""
    return security.read().with_members(MEMBERS)
