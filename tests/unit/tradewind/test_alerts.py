"""Settings of alerts and maintenance: who is given them, and where they are described."""

from deploy.stack.programs import airflow_environment, superset_environment
from tradewind.alerts.options import FORMATS
from tradewind.alerts.options import NAMES as ALERTS
from tradewind.maintenance.options import DEFAULTS
from tradewind.maintenance.options import NAMES as MAINTENANCE
from tradewind.settings import ROOT, Settings

NAMES = (*ALERTS, *MAINTENANCE)


def test_airflow_is_given_the_settings_and_superset_is_not(tmp_path):
    settings = Settings({"TRADEWIND_STATE": str(tmp_path), **{name: f"the-{name}" for name in NAMES}})
    given = airflow_environment(settings)
    assert {name: given[name] for name in NAMES} == {name: f"the-{name}" for name in NAMES}
    assert not set(NAMES) & superset_environment(settings).keys()


def test_the_settings_are_documented():
    for page_name in ("docs/operations.md", ".env.example", "docker-compose.yml"):
        text = (ROOT / page_name).read_text()
        assert all(name in text for name in NAMES), page_name
    page = (ROOT / "docs" / "operations.md").read_text()
    assert all(f"`{form}`: " in page for form in FORMATS)
    assert all(f"| `{name}` | {days} |" in page for name, days in DEFAULTS.items())
