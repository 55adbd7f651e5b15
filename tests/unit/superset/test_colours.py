"""The dashboards' colours can be told apart by readers with each kind of colour blindness."""

from itertools import combinations

import pytest
import yaml

from tradewind.settings import ROOT

COLOURS = yaml.safe_load((ROOT / "superset" / "brand" / "colours.yaml").read_text())

#: How full colour blindness changes linear RGB (Machado, Oliveira and Fernandes, 2009).
VISION = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
#: Distance in CIE Lab; about 2 is just visible side by side.
APART = 15

GROUPS = {
    "countries": ["Canada", "France", "Germany", "Mexico", "USA"],
    "segments": ["Channel Partners", "Enterprise", "Government", "Midmarket", "Small Business"],
    "measures": ["total_sales", "units_sold"],
    "payments": ["Credit card", "Boleto", "Voucher", "Debit card", "Not defined"],
    "revenues": ["revenue", "revenue_previous_year"],
    "revenue's parts": ["gmv", "freight"],
    "deliveries": ["delivered_orders", "late_orders"],
}


def lab(colour: str, vision: str) -> tuple[float, float, float]:
    """A hex colour, as such a reader sees it, in CIE Lab."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (sum(m * c for m, c in zip(row, linear, strict=True)) for row in VISION[vision])
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
def test_members_of_a_group_are_told_apart(group, vision):
    colours = {name: COLOURS["labels"][name] for name in GROUPS[group]}
    distances = {
        pair: distance(colours[pair[0]], colours[pair[1]], vision) for pair in combinations(colours, 2)
    }
    closest = min(distances, key=distances.get)
    assert distances[closest] >= APART, f"{closest}: {distances[closest]:.0f}"


def test_every_fixed_colour_belongs_to_a_group():
    assert sorted(COLOURS["labels"]) == sorted(name for names in GROUPS.values() for name in names)


def test_amounts_go_from_light_to_dark():
    lightness = [lab(colour, "full")[0] for colour in COLOURS["sequence"]]
    assert lightness == sorted(lightness, reverse=True)
