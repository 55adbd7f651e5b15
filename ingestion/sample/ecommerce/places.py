"""Where customers and sellers of the sample live: every state of Brazil, in some of its cities."""

from __future__ import annotations

import random
from typing import NamedTuple


class State(NamedTuple):
    """A state: its shares of customers and of sellers, and how far it is from most sellers, 0 to 3."""

    code: str
    customers: float
    sellers: float
    distance: int


class City(NamedTuple):
    """A city with its first zip code prefix; `size` is its share of its state."""

    name: str
    state: str
    zip_code: int
    latitude: float
    longitude: float
    size: int


STATES = (
    State("SP", 40, 58, 0),
    State("RJ", 13, 6, 1),
    State("MG", 11.5, 8, 1),
    State("RS", 5.5, 5, 2),
    State("PR", 5, 9, 1),
    State("SC", 3.7, 6, 1),
    State("BA", 3.4, 1, 2),
    State("DF", 2.2, 1, 2),
    State("ES", 2, 1, 1),
    State("GO", 2, 1.5, 2),
    State("PE", 1.7, 0.7, 3),
    State("CE", 1.4, 0.6, 3),
    State("PA", 1, 0, 3),
    State("MT", 0.9, 0.4, 2),
    State("MA", 0.8, 0, 3),
    State("MS", 0.7, 0.3, 2),
    State("PB", 0.6, 0.2, 3),
    State("PI", 0.5, 0, 3),
    State("RN", 0.5, 0.2, 3),
    State("AL", 0.4, 0, 3),
    State("SE", 0.4, 0.1, 3),
    State("TO", 0.35, 0, 3),
    State("RO", 0.35, 0.1, 3),
    State("AM", 0.3, 0.1, 3),
    State("AC", 0.25, 0, 3),
    State("AP", 0.25, 0, 3),
    State("RR", 0.25, 0, 3),
)

_CITIES = (
    City("sao paulo", "SP", 1001, -23.55, -46.63, 6),
    City("campinas", "SP", 13010, -22.91, -47.06, 2),
    City("santos", "SP", 11010, -23.96, -46.33, 1),
    City("ribeirao preto", "SP", 14010, -21.18, -47.81, 1),
    City("sorocaba", "SP", 18010, -23.50, -47.46, 1),
    City("rio de janeiro", "RJ", 20010, -22.91, -43.20, 5),
    City("niteroi", "RJ", 24020, -22.88, -43.10, 1),
    City("belo horizonte", "MG", 30110, -19.92, -43.94, 4),
    City("uberlandia", "MG", 38400, -18.92, -48.28, 1),
    City("juiz de fora", "MG", 36010, -21.76, -43.35, 1),
    City("porto alegre", "RS", 90010, -30.03, -51.22, 3),
    City("caxias do sul", "RS", 95010, -29.17, -51.18, 1),
    City("curitiba", "PR", 80010, -25.43, -49.27, 3),
    City("londrina", "PR", 86010, -23.30, -51.16, 1),
    City("florianopolis", "SC", 88010, -27.59, -48.55, 2),
    City("joinville", "SC", 89201, -26.30, -48.85, 2),
    City("salvador", "BA", 40010, -12.97, -38.50, 3),
    City("feira de santana", "BA", 44001, -12.27, -38.97, 1),
    City("brasilia", "DF", 70040, -15.79, -47.88, 1),
    City("vitoria", "ES", 29010, -20.32, -40.34, 1),
    City("goiania", "GO", 74003, -16.69, -49.25, 3),
    City("anapolis", "GO", 75020, -16.33, -48.95, 1),
    City("recife", "PE", 50010, -8.05, -34.88, 3),
    City("caruaru", "PE", 55002, -8.28, -35.97, 1),
    City("fortaleza", "CE", 60010, -3.73, -38.53, 1),
    City("belem", "PA", 66010, -1.46, -48.50, 1),
    City("cuiaba", "MT", 78005, -15.60, -56.10, 1),
    City("sao luis", "MA", 65010, -2.53, -44.30, 1),
    City("campo grande", "MS", 79002, -20.47, -54.62, 1),
    City("joao pessoa", "PB", 58010, -7.12, -34.86, 1),
    City("teresina", "PI", 64000, -5.09, -42.80, 1),
    City("natal", "RN", 59010, -5.79, -35.21, 1),
    City("maceio", "AL", 57020, -9.67, -35.74, 1),
    City("aracaju", "SE", 49010, -10.91, -37.07, 1),
    City("palmas", "TO", 77001, -10.18, -48.33, 1),
    City("porto velho", "RO", 76801, -8.76, -63.90, 1),
    City("manaus", "AM", 69005, -3.12, -60.02, 1),
    City("rio branco", "AC", 69900, -9.97, -67.81, 1),
    City("macapa", "AP", 68900, 0.03, -51.07, 1),
    City("boa vista", "RR", 69301, 2.82, -60.67, 1),
)

#: How many zip code prefixes of a city the sample knows, and points of each.
_ZIP_CODES = 8
_POINTS = 2

_BY_STATE = {state.code: [city for city in _CITIES if city.state == state.code] for state in STATES}

DISTANCES = {state.code: state.distance for state in STATES}


class Place(NamedTuple):
    """A zip code prefix with its city."""

    zip_code: str
    city: str
    state: str


def customer_place(chance: random.Random) -> Place:
    """Where a customer lives."""
    return _place([state.customers for state in STATES], chance)


def seller_place(chance: random.Random) -> Place:
    """Where a seller delivers from."""
    return _place([state.sellers for state in STATES], chance)


def points(chance: random.Random) -> list[tuple[str, str, str, str, str]]:
    """Zip code prefix, latitude, longitude, city and state of points round all cities."""
    return [
        (
            _zip_code(city, i),
            f"{city.latitude + chance.gauss(0, 0.03):.14f}",
            f"{city.longitude + chance.gauss(0, 0.03):.14f}",
            city.name,
            city.state,
        )
        for city in _CITIES
        for i in range(_ZIP_CODES)
        for _ in range(_POINTS)
    ]


def _place(weights: list[float], chance: random.Random) -> Place:
    cities = _BY_STATE[chance.choices(STATES, weights)[0].code]
    city = chance.choices(cities, [city.size for city in cities])[0]
    return Place(_zip_code(city, chance.randrange(_ZIP_CODES)), city.name, city.state)


def _zip_code(city: City, number: int) -> str:
    return f"{city.zip_code + 7 * number:05}"
