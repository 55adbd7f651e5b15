"""Tells which columns may hold personal data: by their names in five languages, and by their values."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ingestion.contract import ColumnType
from ingestion.guessing.names import word_set, words


class Hint(NamedTuple):
    """A personal-data class, and why it was chosen; an empty reason for `public`."""

    classification: str
    reason: str = ""


#: Distinct values of a column that are looked at.
_MOST_VALUES = 1_000

_PHONE_NUMBER = "a phone number"
_NAMED: dict[str, frozenset[str]] = {
    what: word_set(names)
    for what, names in {
        "an e-mail address": "email mail emails correio courriel correo",
        _PHONE_NUMBER: "phone telephone tel mobile cellphone fax telefon handy mobil mobilfunk telefone"
        " celular telefono movil",
        "a person's name": "firstname lastname surname fullname forename username vorname nachname"
        " familienname sobrenome prenom apellido apellidos",
        "an address": "address addr street strasse hausnummer anschrift endereco rua logradouro adresse rue"
        " direccion calle domicilio",
        "a date of birth": "birth birthday birthdate dob born geburtsdatum geburtstag geburt nascimento"
        " naissance nacimiento",
        "an account number": "iban kontonummer",
        "a card number": "creditcard cardnumber kreditkarte",
        "a number of a document": "cpf ssn passport passaporte pasaporte reisepass passeport dni nif nie"
        " steuernummer rg nss",
        "an IP address": "ip ipaddress ipv4 ipv6",
        "what says something of a person": "gender sex geschlecht genero sexo sexe religion salary gehalt"
        " salario salaire age alter idade edad",
    }.items()
}
#: Words that persons write in: any of them may name somebody.
_FREE_TEXT = word_set(
    "comment comments message note notes remark remarks kommentar bemerkung nachricht comentario comentarios"
    " mensagem mensaje commentaire remarque observacao observacoes observaciones"
)
_NAME = word_set("name nome nom nombre")
_PERSON = word_set(
    "customer client cust user member patient person contact employee subscriber visitor buyer guest"
    " passenger student driver kunde kunden mitarbeiter benutzer nutzer personen cliente clientes usuario"
    " funcionario empleado contato contacto utilisateur employe personne first last full middle given family"
    " holder owner account"
)
_NUMBER = word_set(
    "id ids no nr num number key code uuid guid hash unique nummer numero codigo cod ident identifier"
)
_WHEREABOUTS = word_set("zip zipcode postcode postal plz cep city town stadt ort cidade ville ciudad prefix")
_PAPERS = word_set(
    "order invoice ticket review booking reservation case bestellung auftrag rechnung pedido fatura nota"
    " commande facture factura"
)
#: Codes of digits that are no figures, whatever they look like.
_CODES = word_set(
    "zip zipcode postcode postal plz cep phone telephone tel fax telefon telefone celular telefono"
    " movil iban cpf cnpj ssn ean gtin isbn barcode kontonummer bic dni nif"
)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?=[+(0]|\d{2,4}[ /-])\+?[0-9 ()./-]{7,22}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[0-9]{13,19}")
_CPF = re.compile(r"[0-9]{11}")


def is_code(header: str) -> bool:
    """Whether the name is of codes that stay text though they are digits, as zip codes and phone numbers."""
    return not _CODES.isdisjoint(words(header))


class PersonGuess:
    """What the values of one column look like."""

    def __init__(self) -> None:
        self._seen = 0
        self._looks: Counter[str] = Counter()

    def see(self, text: str) -> None:
        """Learn from a text that is not empty and was not seen just before."""
        if self._seen < _MOST_VALUES:
            self._seen += 1
            self._looks.update(what for what, is_like in _LOOKS.items() if is_like(text))

    def hint(self, header: str, kind: ColumnType) -> Hint:
        """The class of the column with this header, whose values are of type `kind`."""
        named = frozenset(words(header))
        for what, names in _NAMED.items():
            if not names.isdisjoint(named):
                return Hint("personal", f"the name says {what}")
        if kind in (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BIGINT):
            for what, count in self._looks.most_common():
                # Digits alone look like a phone number to nobody.
                if 2 * count > self._seen and (kind is ColumnType.TEXT or what != _PHONE_NUMBER):
                    return Hint("personal", f"values look like {what}")
        return _by_name(named, kind)


def _by_name(named: frozenset[str], kind: ColumnType) -> Hint:
    """What the words of a header say that is neither certain nor seen in values."""
    is_of_person = not _PERSON.isdisjoint(named)
    if kind is ColumnType.TEXT:
        if not _FREE_TEXT.isdisjoint(named):
            return Hint("personal", "texts that persons write may name somebody")
        if not _NAME.isdisjoint(named) and (is_of_person or len(named) == 1):
            return Hint("personal", "the name may be a person's")
    if is_of_person and not _WHEREABOUTS.isdisjoint(named):
        return Hint("internal", "where a person lives")
    if is_of_person and not _NUMBER.isdisjoint(named):
        return Hint("pseudonym", "stands for a person")
    if not _PAPERS.isdisjoint(named) and not _NUMBER.isdisjoint(named):
        return Hint("internal", "one row of a person's")
    return Hint("public")


def _is_ip(text: str) -> bool:
    try:
        return len(text) > 2 and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_iban(text: str) -> bool:
    text = text.replace(" ", "")
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """By the check digit of Luhn's."""
    digits = text.replace(" ", "").replace("-", "")
    if not _CARD.fullmatch(digits) or not digits.strip("0"):
        return False
    doubled = (sum(divmod(2 * int(each), 10)) for each in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _is_cpf(text: str) -> bool:
    """By the two check digits of a Brazilian tax number."""
    digits = text.replace(".", "").replace("-", "")
    if not _CPF.fullmatch(digits) or len(set(digits)) == 1:
        return False
    return all(
        sum(int(each) * weight for each, weight in zip(digits, range(at + 1, 1, -1), strict=False))
        * 10
        % 11
        % 10
        == int(digits[at])
        for at in (9, 10)
    )


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and 7 <= sum(map(str.isdecimal, text)) <= 15


_LOOKS: dict[str, Callable[[str], bool]] = {
    "an e-mail address": lambda text: bool(_EMAIL.fullmatch(text)),
    "an account number": _is_iban,
    "a card number": _is_card,
    "a CPF": _is_cpf,
    "an IP address": _is_ip,
    _PHONE_NUMBER: _is_phone,
}
