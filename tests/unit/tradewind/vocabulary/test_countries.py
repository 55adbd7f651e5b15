"""The countries of the world, and what they are called."""

from __future__ import annotations

import pytest

from tradewind.vocabulary import countries as vocabulary
from tradewind.vocabulary.countries import countries, country_names
from tradewind.vocabulary.listing import listing
from tradewind.vocabulary.seeds import SEEDS, seed_texts
from tradewind.vocabulary.spelling import plain
from tradewind.vocabulary.unknown import UnknownName, nearest


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """Key of each spelling."""
    return {plain(row["name"]): row["country_key"] for row in country_names()}


def test_the_seeds_are_what_the_program_writes():
    for name, text in seed_texts().items():
        assert (SEEDS / name).read_text(encoding="utf-8") == text, "run python -m tradewind.vocabulary"


def test_a_companys_own_spellings_are_empty_as_shipped():
    assert (SEEDS / "synonyms.csv").read_text(encoding="utf-8") == "spelling,country\n"


def test_the_first_five_countries_are_as_they_were():
    known = {row["country_key"]: tuple(row.values())[1:4] for row in countries()}
    assert {key: known[key] for key in ("ca", "de", "fr", "mx", "us")} == {
        "ca": ("CAN", "Canada", "North America"),
        "de": ("DEU", "Germany", "Europe"),
        "fr": ("FRA", "France", "Europe"),
        "mx": ("MEX", "Mexico", "North America"),
        "us": ("USA", "USA", "North America"),
    }


def test_every_country_has_a_code_a_name_and_a_region():
    rows = countries()
    assert len(rows) == 249 + 2  # ISO 3166, Kosovo and the Channel Islands
    for column in ("country_key", "country_code", "country"):
        assert len({row[column] for row in rows}) == len(rows)
    assert {row["region"] for row in rows} == {
        *("Africa", "Antarctica", "Asia", "Europe", "North America", "Oceania", "South America"),
    }
    assert len({row["sub_region"] for row in rows}) == 23
    assert all(value and value == value.strip() for row in rows for value in row.values())


@pytest.mark.parametrize(
    ("key", "names"),
    {
        "us": "USA, U.S., U.S.A., us, America, United States, united states of america, Estados Unidos"
        ", États-Unis, Vereinigte Staaten, Stati Uniti, EE.UU.",
        "gb": "UK, U.K., Great Britain, GBR, England, Vereinigtes Koenigreich, Regno Unito",
        "ie": "EIRE, Ireland, Republic of Ireland, Irland",
        "za": "RSA, South Africa, ZAF, Südafrika",
        "channel_islands": "Channel Islands",
        "de": "Deutschland, DE, DEU, GERMANY, Allemagne, Duitsland, Alemanha, Federal Republic of Germany",
        "nl": "Holland, The Netherlands, Nederland, Pays-Bas, Paesi Bassi",
        "cz": "Czech Republic, Czechia, Česko, Tschechien",
        "kr": "Korea, South Korea, KOREA (SOUTH), Korea Republic of, Corée du Sud",
        "kp": "North Korea, Korea Democratic People's Republic of, DPRK",
        "vn": "Viet Nam, Vietnam",
        "ae": "UAE, U.A.E., United Arab Emirates",
        "hk": "Hong Kong, HONGKONG, Hong Kong SAR China",
        "tw": "Taiwan, TWN, Taiwan Province of China",
        "tr": "Turkey, Türkiye, Turkiye",
        "ci": "Ivory Coast, Cote d'Ivoire, CÔTE D\N{RIGHT SINGLE QUOTATION MARK}IVOIRE",
        "ru": "Russia, Russian Federation, Россия",
        "cd": "DRC, Congo (Kinshasa), Democratic Republic of the Congo",
        "cg": "Congo (Brazzaville), Republic of the Congo",
        "tt": "Trinidad & Tobago, Trinidad and Tobago",
        "lc": "St. Lucia, Saint Lucia, St Lucia",
        "na": "NAM, Namibia",
        "br": "Brazil, Brasil, BRA",
        "es": "Spain, España, Spanien, Espagne",
        "jp": "日本, Japan, Giappone",
    }.items(),
)
def test_names_in_use_are_known(keys, key, names):
    for name in names.split(", "):
        assert keys.get(plain(name)) == key, name


@pytest.mark.parametrize(
    "name",
    [
        "Congo",
        "Virgin Islands",
        "NA",
        "N/A",
        "AN",
        "CHI",
        "EU",
        "European Community",
        "Unspecified",
        "Atlantis",
        "Benelux",
        "D",
    ],
)
def test_what_may_mean_several_or_none_is_not_guessed(keys, name):
    assert plain(name) not in keys


def test_a_name_of_two_countries_must_be_said_to_be_ambiguous(monkeypatch):
    in_use = {"shown": {}, "ambiguous": [], "synonyms": {"fr": ["Gallia"], "de": ["GALLIA."]}}
    monkeypatch.setattr(vocabulary, "_in_use", lambda: in_use)
    monkeypatch.setattr(
        vocabulary, "_published", lambda: [row for row in PUBLISHED if row["country_key"] in ("de", "fr")]
    )
    with pytest.raises(ValueError, match="Gallia is de and fr"):
        country_names()
    in_use["ambiguous"].append("gallia")
    assert "gallia" not in {plain(row["name"]) for row in country_names()}


PUBLISHED = vocabulary._published()


def test_spellings_lose_case_accents_and_punctuation():
    assert plain(" U.S.A. ") == "usa"
    assert plain("São Tomé & Príncipe") == "saotomeprincipe"
    assert plain("Łódź ß Æ œ ø") == "lodzsaoo"
    assert plain("Россия-日本") == "россия日本"
    assert plain(" - ") == ""


def test_the_nearest_guess_is_near_or_none():
    assert nearest(["Untied Kingdom", "Phillipines", "Atlantis", "UX", "Unspecified"]) == {
        "Untied Kingdom": "United Kingdom",
        "Phillipines": "Philippines",
        "Atlantis": "",
        "UX": "",
        "Unspecified": "",
    }


def test_the_listing_has_a_line_to_copy_for_each_name():
    text = listing(
        [
            UnknownName("Untied Kingdom", "shop.orders", 1200, "United Kingdom"),
            UnknownName("[Atlantis], Lost", "sales.targets", 3, ""),
            UnknownName("Untied Kingdom", "sales.targets", 1, "United Kingdom"),
        ]
    )
    assert "1,200" in text and "sales.targets" in text and "none" in text
    assert text.endswith('spelling,country\nUntied Kingdom,United Kingdom\n"[Atlantis], Lost",')
    assert listing([]) == "Every country in the warehouse is known."
