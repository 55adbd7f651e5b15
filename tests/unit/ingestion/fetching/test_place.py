"""Settings of the place that files are fetched from: what is wrong is said, and no secret is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.stack.programs import airflow_environment, programs, superset_environment
from ingestion.fetching.place import CLOUD_NAMES, NAMES, Place
from tradewind.settings import ROOT, SettingError, Settings

SFTP = {"LANDING_URL": "sftp://ada@files.example.org:2222/out/sales", "LANDING_PASSWORD": "very-secret"}


def place(**values: str) -> Place | None:
    return Place.read(Settings({"TRADEWIND_STATE": "/nowhere", **values}))


def test_an_sftp_server():
    found = place(**SFTP)
    assert (found.root, found.address) == ("/out/sales", "sftp://files.example.org:2222/out/sales")
    assert (found.options["host"], found.options["port"], found.options["username"]) == (
        "files.example.org",
        2222,
        "ada",
    )
    assert found.settled == 5
    assert "very-secret" not in repr(found)
    assert found.without_secrets("login very-secret\nfailed") == "login … failed"


def test_a_bucket():
    found = place(LANDING_URL="s3://shop/out/", LANDING_ENDPOINT="http://127.0.0.1:9000")
    assert (found.root, found.address) == ("shop/out", "s3://shop/out")
    assert (found.options["endpoint_url"], found.settled, found.poll) == ("http://127.0.0.1:9000", 0, 1)


@pytest.mark.parametrize("url", ["", "/srv/drop", "file:///srv/drop%20here", "drop", "./a:b"])
def test_a_folder_is_no_place_to_fetch_from(url):
    settings = Settings({"TRADEWIND_STATE": "/nowhere", "LANDING_URL": url, "LANDING_DIR": "/dropped"})
    folders = {"": "/dropped", "file:///srv/drop%20here": "/srv/drop here", "drop": f"{ROOT}/drop"}
    folders["./a:b"] = f"{ROOT}/a:b"
    assert Place.read(settings) is None
    assert settings.landing == Path(folders.get(url, url))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"LANDING_URL": "ftp://example.org/x"}, "LANDING_URL must begin with one of s3://, sftp://"),
        ({"LANDING_URL": "s3:/shop/very-secret"}, "has a colon without //: an address is s3://"),
        ({"LANDING_URL": "s3:shop"}, "has a colon without //"),
        ({"LANDING_URL": "file://srv/drop"}, "names a host: write file:///srv/drop"),
        ({"LANDING_URL": "s3:///x"}, "LANDING_URL must begin with one of"),
        ({"LANDING_URL": "sftp://ada:very-secret@example.org/x"}, "holds a password: .* LANDING_PASSWORD"),
        ({"LANDING_URL": "sftp://[very-secret"}, "LANDING_URL is not an address such as"),
        ({"LANDING_URL": "s3://key@bucket"}, "names a user"),
        (
            {"LANDING_URL": "abfss://shop@account.dfs.core.windows.net/out"},
            "write abfss://container/folder, and the account into AZURE_STORAGE_ACCOUNT_NAME",
        ),
        ({"LANDING_URL": "s3://bucket?x=very-secret"}, "has no [?]"),
        ({"LANDING_URL": "sftp://example.org/x"}, "LANDING_USER is not set"),
        ({"LANDING_URL": "sftp://ada@example.org/x"}, "set LANDING_PASSWORD or LANDING_KEY_FILE"),
        ({**SFTP, "LANDING_KEY_FILE": "/nowhere/key"}, "LANDING_KEY_FILE is /nowhere/key, and there is no"),
        ({"LANDING_URL": "s3://b", "LANDING_ENDPOINT": "minio:9000"}, "LANDING_ENDPOINT is an address"),
        ({"LANDING_URL": "gs://b", "LANDING_ENDPOINT": "http://x"}, "LANDING_ENDPOINT is for s3:// alone"),
        ({"LANDING_URL": "s3://b", "LANDING_POLL_SECONDS": "0"}, "a number of seconds, from 0.1 on"),
        ({**SFTP, "LANDING_SETTLED_SECONDS": "soon"}, "LANDING_SETTLED_SECONDS is 'soon'"),
    ],
)
def test_what_is_wrong_is_said(wrong, message):
    with pytest.raises(SettingError, match=message) as error:
        place(**wrong)
    assert "very-secret" not in str(error.value)


def test_addresses_tell_objects_apart():
    found = place(LANDING_URL="s3://shop/out")
    names = [
        "a.csv",
        "b/a.csv",
        "A.csv",
        "a\n.csv",
        "a%0A.csv",
        "a\\n.csv",
        "ü.csv",
        "u\u0308.csv",
        "..",
        "a//b",
        "/a.csv",
    ]
    addresses = [found.address_of(f"shop/out/{name}") for name in names]
    assert len(set(addresses)) == len(names)
    assert addresses[:2] == ["s3://shop/out/a.csv", "s3://shop/out/b/a.csv"]
    assert all(address.isprintable() for address in addresses)


def test_only_the_fetcher_is_given_the_credentials(tmp_path):
    given = {name: f"the-{name}" for name in (*NAMES, *CLOUD_NAMES)}
    given["LANDING_URL"] = "s3://shop"
    settings = Settings({"TRADEWIND_STATE": str(tmp_path), **given})
    environments = {program.name: program.environment for program in programs(settings)}
    assert environments["fetcher"].items() >= given.items()
    for name, environment in environments.items():
        assert name == "fetcher" or not set(given) & environment.keys()
    assert not set(given) & {*airflow_environment(settings), *superset_environment(settings)}
    without = programs(Settings({"TRADEWIND_STATE": str(tmp_path)}))
    assert "fetcher" not in {program.name for program in without}


def test_the_settings_are_documented():
    for page in ("docs/fetching.md", ".env.example"):
        text = (ROOT / page).read_text()
        assert not [name for name in NAMES if name not in text], page
    assert not [name for name in CLOUD_NAMES if name not in (ROOT / "docs" / "fetching.md").read_text()]
