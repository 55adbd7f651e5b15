"""Tells which columns may hold personal data: by their names in five languages, and by their values."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ingestion.contract.model import DATES, ColumnType
from ingestion.explore.guess.names import word_set, words


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
        " celular telefono movil portable whatsapp",
        "a person's name": "firstname lastname surname fullname forename username vorname nachname"
        " familienname sobrenome prenom apellido apellidos",
        "an address": "address addr street strasse hausnummer anschrift endereco rua logradouro adresse rue"
        " direccion calle domicilio addressline",
        "a date of birth": "birth birthday birthdate dob born geburtsdatum geburtstag geburt nascimento"
        " naissance nacimiento birthyear geburtsjahr",
        "an account number": "iban kontonummer",
        "a card number": "creditcard cardnumber kreditkarte",
        "a number of a document": "cpf ssn passport passaporte pasaporte reisepass passeport dni nif nie curp"
        " steuernummer rg nss nino ausweisnummer sozialversicherungsnummer",
        "an IP address": "ip ipaddress ipv4 ipv6",
        "what says something of a person": "gender sex geschlecht genero sexo sexe religion salary gehalt"
        " salario salaire age alter idade edad ethnicity race nationality nationalitaet nationalitat"
        " nacionalidade nacionalidad nationalite disability",
        "whether somebody is married": "marital maritalstatus familienstand zivilstand matrimonial"
        " matrimoniale matrimonio estadocivil civil",
        "what somebody earns": "income yearlyincome einkommen jahreseinkommen renda ingresos revenus wage"
        " wages lohn",
        "somebody's education": "education schulbildung bildung bildungsabschluss educacao escolaridade"
        " educacion escolaridad scolarite",
        "somebody's occupation": "occupation profession jobtitle beruf profissao ocupacao profesion ocupacion"
        " metier",
        "somebody's children": "children kinder kinderzahl filhos hijos enfants childrenathome",
        "what somebody owns": "homeowner homeownerflag houseowner houseownerflag hausbesitzer eigenheim"
        " numbercarsowned carsowned",
    }.items()
}
#: Words that say so only together.
_NAMED_TOGETHER: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (what, word_set(names))
    for names, what in {
        "home owner": "what somebody owns",
        "house owner": "what somebody owns",
        "home ownership": "what somebody owns",
        "owns home": "what somebody owns",
        "cars owned": "what somebody owns",
        "tax number": "a number of a document",
        "tax id": "a number of a document",
        "national id": "a number of a document",
        "social security": "a number of a document",
        "job title": "somebody's occupation",
        "niveau etudes": "somebody's education",
        "etat civil": "whether somebody is married",
        "situation familiale": "whether somebody is married",
    }.items()
)
#: A column of texts that is called so may name somebody.
_STAFF = word_set(
    "manager managers salesperson salesman salesrep rep seller agent representative buyer owner supervisor"
    " verkaeufer verkaufer vertreter betreuer sachbearbeiter ansprechpartner leiter chef vendedor gerente"
    " responsable vendeur gestionnaire representante encargado responsavel manageress consultant advisor"
    " assignee cashier kassierer kundenbetreuer vertriebsmitarbeiter auftraggeber begunstigter beguenstigter"
    " zahlungsempfanger zahlungspflichtiger kontoinhaber payee payer beneficiary recipient cardholder"
    " destinatario beneficiario titular pagador favorecido beneficiaire titulaire"
)
#: Words beside which they name nobody: a manager's id, a seller's region.
_OF_STAFF = word_set(
    "id key no nr code number region country level count type group status rating score fee commission share"
    " city state zip prefix rate quota target email"
)
#: Words beside which the others do not speak of persons.
_OF_THINGS: dict[str, frozenset[str]] = {
    "what says something of a person": word_set(
        "product stock invoice inventory contract debt receivable film"
    ),
    "somebody's occupation": word_set("rate hotel room"),
    "what somebody earns": word_set("gross net operating interest other tax from ertrag"),
    "an e-mail address": word_set("campaign sent opened clicks count type"),
    _PHONE_NUMBER: word_set("type model brand category"),
    "somebody's children": word_set("wear clothing category"),
    "whether somebody is married": word_set("works engineering"),
}
#: Words that persons write in: any of them may name somebody.
_FREE_TEXT = word_set(
    "verwendungszweck memo comment comments message note notes remark remarks kommentar bemerkung"
    " nachricht comentario comentarios mensagem mensaje commentaire remarque observacao observacoes"
    " observaciones"
)
_NAME = word_set("name nome nom nombre")
_PERSON = word_set(
    "customer client cust user member patient person contact employee subscriber visitor buyer guest"
    " passenger student driver kunde kunden mitarbeiter benutzer nutzer personen cliente clientes usuario"
    " funcionario empleado contato contacto utilisateur employe personne first last full middle given family"
    " holder owner account kunnr debitor kundennummer"
)
#: Words that name persons by themselves; as often they mean a company, which the word does not show.
_BEINGS = word_set(
    "customer client person contact employee user member patient guest buyer passenger student driver kunde"
    " mitarbeiter cliente usuario funcionario empleado employe personne salariado debitor"
)
_NUMBER = word_set(
    "kunnr vbeln id ids no nr num number key code uuid guid hash unique nummer numero codigo cod ident"
    " identifier"
)
_POSTCODES = word_set("zip zipcode postcode postalcode postal plz postleitzahl cep codigopostal")
_CITIES = word_set("city town stadt ort wohnort cidade ville ciudad localidad municipio commune")
_WHEREABOUTS = _POSTCODES | _CITIES | word_set("prefix")
_PAPERS = word_set(
    "order invoice ticket review booking reservation case bestellung auftrag rechnung pedido fatura nota"
    " commande facture factura"
)
#: Codes of digits that are not figures, whatever they look like.
_CODES = word_set(
    "zip zipcode postcode postal plz cep phone telephone tel fax telefon telefone celular telefono"
    " movil iban cpf cnpj ssn ean gtin isbn barcode kontonummer bic dni nif"
)

_GENDERS = word_set(
    "male female man woman herr frau divers mannlich weiblich m\u00e4nnlich homme femme monsieur madame"
    " masculin feminin f\u00e9minin masculino feminino femenino hombre mujer homem mulher"
    " mr mrs ms mr. mrs. ms. mme"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?=[+(0]|\d{2,4}[ /-])\+?[0-9 ()./-]{7,22}")
#: Three numbers of which one may be a year, or a day and a time.
_LIKE_A_DAY = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?:\D.*)?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[0-9]{13,19}")
_CPF = re.compile(r"[0-9]{11}")


def is_code(header: str) -> bool:
    """Whether the name is that of codes that stay text though they are digits, such as zip codes."""
    return not _CODES.isdisjoint(words(header))


class PersonGuess:
    """What the values of one column look like."""

    def __init__(self) -> None:
        self._seen = self._codes = 0
        self._looks: Counter[str] = Counter()

    def see(self, text: str) -> None:
        """Learn from a text that is not empty and was not seen just before."""
        if self._seen < _MOST_VALUES:
            self._seen += 1
            self._codes += any(map(str.isdecimal, text))
            self._looks.update(what for what, is_like in _LOOKS.items() if is_like(text))

    def hint(self, header: str, kind: ColumnType) -> Hint:
        """The class of the column with this header, whose values are of type `kind`."""
        named = _words_of(header)
        for what, names in _NAMED.items():
            if not names.isdisjoint(named) and not _is_of_thing(what, named):
                return Hint("personal", f"the name says {what}")
        for what, names in _NAMED_TOGETHER:
            if names <= named:
                return Hint("personal", f"the name says {what}")
        if kind in (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BIGINT):
            for what, count in self._looks.most_common():
                # Digits alone do not look like a phone number.
                if 2 * count > self._seen and (kind is ColumnType.TEXT or what != _PHONE_NUMBER):
                    return Hint("personal", f"values look like {what}")
        return _by_name(named, kind, 2 * self._codes > self._seen)


def _by_name(named: frozenset[str], kind: ColumnType, codes: bool) -> Hint:
    """What the words of a header suggest without certainty; `codes` says that most values hold digits."""
    is_of_person = not _PERSON.isdisjoint(named)
    if kind is ColumnType.TEXT:
        if not _STAFF.isdisjoint(named) and _OF_STAFF.isdisjoint(named):
            return Hint("personal", "it may name somebody")
        if not _FREE_TEXT.isdisjoint(named):
            return Hint("personal", "texts that persons write may name somebody")
        if not _NAME.isdisjoint(named) and not is_of_person and len(named) == 1 and codes:
            return Hint("internal", "the name of an order, with its number")
        if not _NAME.isdisjoint(named) and (is_of_person or len(named) == 1):
            return Hint("personal", "the name may be a person's")
        if len(named) == 1 and named <= _BEINGS:
            return (
                Hint("pseudonym", "stands for a person")
                if codes
                else Hint("personal", "it may name a person")
            )
    if is_of_person and not _WHEREABOUTS.isdisjoint(named):
        return Hint("internal", "where a person lives")
    if is_of_person and not _NUMBER.isdisjoint(named):
        return Hint("pseudonym", "stands for a person")
    is_number = not _NUMBER.isdisjoint(named) or len(named) == 1
    if kind not in (*DATES, ColumnType.NUMERIC) and not _PAPERS.isdisjoint(named) and is_number:
        return Hint("internal", "one row of a person's")
    return Hint("public")


def hints_of(columns: Sequence[tuple[str, ColumnType, PersonGuess]]) -> list[Hint]:
    """The class of each column of a table: its header, its type and what its values look like.

    In a table that speaks of persons a postal code says where one lives, and so does a city beside it.
    """
    hints = [persons.hint(header, kind) for header, kind, persons in columns]
    if all(hint.classification not in ("personal", "pseudonym") for hint in hints):
        return hints
    named = [_words_of(header) for header, *_ in columns]
    if all(_POSTCODES.isdisjoint(each) for each in named):
        return hints
    return [
        Hint("internal", "with a postal code, where a person lives")
        if hint.classification == "public" and not (_POSTCODES | _CITIES).isdisjoint(each)
        else hint
        for hint, each in zip(hints, named, strict=True)
    ]


def _words_of(header: str) -> frozenset[str]:
    """The words of a header, also as one: MaritalStatus may be written marital_status or maritalstatus."""
    spoken = words(header)
    return frozenset([*spoken, "".join(spoken)])


def _is_of_thing(what: str, named: frozenset[str]) -> bool:
    """Whether words that usually speak of persons speak of something else here."""
    return not _OF_THINGS.get(what, frozenset()).isdisjoint(named)


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
    """By its Luhn check digit."""
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
    # Digits alone, also with zeros before them, are more likely the number of a document.
    if text.isdecimal() or _LIKE_A_DAY.fullmatch(text):
        return False
    return bool(_PHONE.fullmatch(text)) and 7 <= sum(map(str.isdecimal, text)) <= 15


_LOOKS: dict[str, Callable[[str], bool]] = {
    "a gender": lambda text: text.casefold() in _GENDERS,
    "an e-mail address": lambda text: bool(_EMAIL.fullmatch(text)),
    "an account number": _is_iban,
    "a card number": _is_card,
    "a CPF": _is_cpf,
    "an IP address": _is_ip,
    _PHONE_NUMBER: _is_phone,
}
