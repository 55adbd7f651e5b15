"""The dashboards' colours can be told apart by readers with each kind of colour blindness."""

import re
from itertools import combinations

import pytest
import yaml

from tradewind.settings import ROOT

BRAND = ROOT / "superset" / "brand"
COLOURS = yaml.safe_load((BRAND / "colours.yaml").read_text())
THEME_DARK = yaml.safe_load((BRAND / "theme_dark.yaml").read_text())

CHARTS = sorted((BRAND.parent / "assets" / "charts").rglob("*.yaml"))
#: Metrics that may be below zero, by their names.
SIGNED = re.compile(r"profit|margin|growth|change|effect")

#: How complete colour blindness changes linear RGB (Machado, Oliveira and Fernandes, 2009).
VISION = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
#: Distance in CIE Lab; about 2 is just noticeable side by side.
APART = 15
#: Least distance of the grey of Others from the members that it stands beside.
REST_APART = 12

GROUPS = {
    "countries": ["Canada", "France", "Germany", "Mexico", "USA"],
    "segments": ["Channel Partners", "Enterprise", "Government", "Midmarket", "Small Business"],
    "products": ["Amarilla", "Carretera", "Montana", "Paseo", "VTT", "Velo"],
    "effects on profit": ["Cost", "Discounts", "Mix", "Price", "Volume"],
    "sales and units": ["total_sales", "units_sold"],
    "sales and last year": ["total_sales", "sales_previous_year"],
    "sales and stock": ["total_sales", "inventory"],
    "growth": ["sales_growth_month", "sales_growth_year"],
    "margin and discounts": ["profit_margin", "discount_rate"],
    "stock": ["Out of stock", "Reorder", "On order", "No demand", "Enough"],
    "tests": ["Passed", "Warned", "Failed", "Skipped"],
    "layers": ["Staging", "Core", "Marts", "Checks"],
    "rows": ["rows_loaded", "rows_rejected"],
    "payments": ["Credit card", "Boleto", "Voucher", "Debit card", "Not defined"],
    "revenues": ["revenue", "revenue_previous_year"],
    "revenue's parts": ["gmv", "freight"],
    "deliveries": ["delivered_orders", "late_orders"],
}

#: The cards of each theme, and the minimum contrast of every colour with them.
CARDS = {"light": ("#FFFFFF", 1.6), "dark": (THEME_DARK["token"]["colorBgContainer"], 2.2)}


def linear(colour: str) -> list[float]:
    """Red, green and blue of a hex colour as amounts of light."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one: str, other: str) -> float:
    """How two colours differ in lightness, from 1 to 21, as WCAG measures it."""
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 for r, g, b in map(linear, (one, other))]
    return max(light) / min(light)


def lab(colour: str, vision: str) -> tuple[float, float, float]:
    """A hex colour, as such a reader sees it, in CIE Lab."""
    r, g, b = (sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in VISION[vision])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, vision: str) -> float:
    pairs = zip(lab(one, vision), lab(other, vision), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("group", GROUPS)
def test_members_of_a_group_can_be_told_apart(group, vision):
    colours = {name: COLOURS["labels"][name] for name in GROUPS[group]}
    distances = {
        pair: distance(colours[pair[0]], colours[pair[1]], vision) for pair in combinations(colours, 2)
    }
    closest = min(distances, key=distances.get)
    assert distances[closest] >= APART, f"{closest}: {distances[closest]:.0f}"


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("group", ["countries", "segments", "products"])
def test_members_can_be_told_from_others(group, vision):
    rest = COLOURS["labels"]["Others"]
    distances = {name: distance(rest, COLOURS["labels"][name], vision) for name in GROUPS[group]}
    assert min(distances.values()) >= REST_APART, distances


def test_every_fixed_colour_belongs_to_a_group():
    assert set(COLOURS["labels"]) == {"Others", *(name for names in GROUPS.values() for name in names)}


@pytest.mark.parametrize("theme", CARDS)
def test_every_colour_stands_out_from_the_cards_of_both_themes(theme):
    card, least = CARDS[theme]
    colours = {*COLOURS["labels"].values(), *COLOURS["palette"]}
    assert {colour: contrast(colour, card) for colour in colours if contrast(colour, card) < least} == {}


def test_charts_have_only_colours_of_the_brand():
    known = {*COLOURS["meanings"].values(), *COLOURS["sequence"]}
    texts = [path.read_text() for path in CHARTS]
    as_hex = {colour for text in texts for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", text)}
    as_channels = {
        "#{:02X}{:02X}{:02X}".format(*map(int, channels))
        for text in texts
        for channels in re.findall(r"\{r: (\d+), g: (\d+), b: (\d+)", text)
    }
    assert as_hex and as_channels
    assert (as_hex | as_channels) - known == set()


def test_no_style_uses_a_colour_of_only_one_theme():
    css = (BRAND / "dashboard.css").read_text()
    pairs = re.findall(r"light-dark\((#\w+), (#\w+)\)", css)
    assert pairs
    assert re.findall(r"#[0-9a-f]{3,6}\b", css) == [colour for pair in pairs for colour in pair]
    assert {dark.upper() for _, dark in pairs} >= {THEME_DARK["token"]["colorBgContainer"]}


def test_amounts_go_from_light_to_dark():
    lightness = [lab(colour, "full")[0] for colour in COLOURS["sequence"]]
    assert lightness == sorted(lightness, reverse=True)


@pytest.mark.parametrize("vision", VISION)
def test_gains_and_losses_can_be_told_apart_and_zero_is_lightest(vision):
    colours = COLOURS["diverging"]
    lightness = [lab(colour, vision)[0] for colour in colours]
    middle = len(colours) // 2
    assert lightness[: middle + 1] == sorted(lightness[: middle + 1])
    assert lightness[middle:] == sorted(lightness[middle:], reverse=True)
    assert distance(colours[0], colours[-1], vision) >= APART
    assert distance(colours[1], colours[-2], vision) >= APART


def test_cells_of_figures_around_zero_have_colours_around_zero():
    maps = [params for params in params_of("heatmap_v2") if SIGNED.search(params["metric"])]
    assert maps
    for params in maps:
        least, most = params["value_bounds"]
        assert (params["linear_color_scheme"], least) == ("tradewindDiverging", -most)


def test_a_cell_that_reads_zero_has_no_colour():
    """Nor has the least loss of all the darkest, as in shades between the extremes."""
    rules = [rule for params in params_of("table") for rule in params.get("conditional_formatting", [])]
    assert len(rules) > 10
    assert [rule for rule in rules if rule.get("useGradient", True)] == []
    signed = [rule for rule in rules if SIGNED.search(rule["column"])]
    assert signed
    assert [rule for rule in signed if abs(rule["targetValue"]) < 0.0005] == []


def test_the_profit_that_a_waterfall_starts_from_is_not_painted_as_a_gain():
    charts = params_of("waterfall")
    assert charts
    for params in charts:
        left_out = [rule["comparator"] for rule in params["adhoc_filters"] if rule["operator"] == "!="]
        assert left_out == ["Before"]


def params_of(viz_type: str) -> list[dict]:
    charts = (yaml.safe_load(path.read_text()) for path in CHARTS)
    return [chart["params"] for chart in charts if chart["viz_type"] == viz_type]
