"""Describes canonical lines as a regular expression, and the rules for their values as SQL.

Both are narrower than the contract, never wider: a line that fails is judged by the row reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import cache

from ingestion.contract.date_formats import moment_format
from ingestion.contract.model import (
    DATES,
    NUMBERS,
    Column,
    ColumnType,
    Contract,
    DatePart,
    Limit,
    Restate,
    ScopePart,
    Sum,
    Total,
    TotalPlace,
)
from ingestion.database.literals import literal
from ingestion.loading.account import business_date
from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.rows.parsers import form_of
from ingestion.rows.total_rows import is_word
from ingestion.tabular.characters import STABLE, normal_text

#: White space as Python trims it, line ends and controls, in the syntax of RE2.
_SPACES = (
    r"\x{00}-\x{20}\x{7f}-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
)
_CONTROLS = r"\x{00}-\x{1f}\x{7f}-\x{9f}\x{2028}\x{2029}"

#: Date formats that Postgres reads as they are, with the order of day and month that it must assume.
_DATES = {
    "yyyy-MM-dd": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d", None),
    "dd/MM/yyyy": ("[0-9]{2}/[0-9]{2}/[0-9]{4}", "%d/%m/%Y", "DMY"),
    "dd.MM.yyyy": (r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}", "%d.%m.%Y", "DMY"),
    "MM/dd/yyyy": ("[0-9]{2}/[0-9]{2}/[0-9]{4}", "%m/%d/%Y", "MDY"),
}
_TIMESTAMPS = {
    "yyyy-MM-dd HH:mm:ss": (
        # DuckDB and Postgres read 24:00:00 as the next day.
        "[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
        "%Y-%m-%d %H:%M:%S",
        None,
    )
}
_BOOLEANS = "true|false|yes|no|t|f|y|n|1|0|TRUE|FALSE|True|False"

#: Constructs that mean more in RE2 than in Python; a pattern with one of them is left to the row reader.
_WIDER_IN_RE2 = re.compile(r"\\[DWSBb]|\(\?|\[:|\{,")

#: The digits of the widest exact decimal in DuckDB, and of its whole numbers.
_WIDEST, _WHOLE = 38, 19

#: Wide enough for every bound of a contract.
_EXACT = Context(prec=400)

#: ASCII letters that match others in any case: dotless i, long s, and the kelvin sign.
_MANIFOLD = frozenset("iIsSkK")


@dataclass(frozen=True, slots=True)
class Canonical:
    """How to recognize canonical lines for a contract, with columns in the order of the file.

    `line` is a pattern of RE2 for one line without its end. `types` are DuckDB's types of the columns `c0`,
    `c1`, …; `moments` expressions for the dates and timestamps among them, by the names `m0`, `m1`, …, which
    are null for days that do not exist. `violation` is a condition over all of these, `scope` are the
    parts of the restated scope (a text, or a date), `day` is the business date. `date_order` is what Postgres
    must assume for ambiguous dates.
    """

    line: str
    types: tuple[str, ...]
    moments: dict[str, str]
    violation: str
    scope: tuple[str, ...]
    day: str
    date_order: str | None


def canonical(
    contract: Contract,
    columns: Sequence[Column],
    delimiter: str,
    quoted: bool,
    has_exponents: bool = False,
    header: Sequence[str] | None = None,
) -> Canonical:
    """The description for files whose cells are `columns`; `quoted` allows quotes around cells.

    Rows that repeat the `header` are left to the row reader, which passes them over.

    In a file that `has_exponents`, the row reader reports texts that are numbers shortened by a spreadsheet.

    Raises:
        NotBulk: the contract cannot be checked this way.
    """
    reading = _Reading(contract, columns, delimiter, has_exponents)
    cells = [reading.cell(column, quoted) for column in columns]
    violations = [f"({each})" for each in reading.violations()]
    if header and all(column.type is ColumnType.TEXT for column in columns):
        repeats = (f"coalesce(c{i}, '') = {literal(cell)}" for i, cell in enumerate(header))
        violations.append(f"({' and '.join(repeats)})")
    return Canonical(
        line=re.escape(delimiter).join(cells),
        violation=" or ".join(violations) or "false",
        scope=reading.scope(),
        day=reading.business_day(),
        # Last: the expressions above have added to them.
        types=tuple(reading.types),
        moments=reading.moments,
        date_order=reading.date_order,
    )


class _Reading:
    def __init__(
        self, contract: Contract, columns: Sequence[Column], delimiter: str, has_exponents: bool
    ) -> None:
        if contract.number_format.decimal != "." or not _parts_cells(delimiter):
            raise NotBulk
        self.contract = contract
        self.columns = columns
        self.delimiter = delimiter
        self.has_exponents = has_exponents
        self.places = {column.name: i for i, column in enumerate(columns)}
        self.types = ["VARCHAR"] * len(columns)
        self.moments: dict[str, str] = {}
        orders = {order for column in columns for order in self._date_orders(column)}
        # Two orders of day and month in one contract: only dates that begin with the year are safe.
        self.date_order = orders.pop() if len(orders) == 1 else None

    @staticmethod
    def _date_orders(column: Column) -> Iterator[str]:
        for each in column.date_formats:
            if (known := _DATES.get(each)) and known[2]:
                yield known[2]

    def cell(self, column: Column, quoted: bool) -> str:
        plain = self._value(column, False)
        form = f'(?:{plain}|"{self._value(column, True)}")' if quoted else f"(?:{plain})"
        return form if column.required else f"(?:{form})?"

    def _value(self, column: Column, inside_quotes: bool) -> str:
        match column.type:
            case ColumnType.TEXT:
                return self._text(column, inside_quotes)
            case ColumnType.NUMERIC:
                whole = column.precision - column.scale
                decimals = rf"(?:\.[0-9]{{1,{column.scale}}})?" if column.scale else ""
                return f"-?[0-9]{{1,{whole}}}{decimals}" if whole else f"-?0{decimals}"
            case ColumnType.INTEGER:
                return self._allowed(column) or "-?[0-9]{1,9}"
            case ColumnType.BIGINT:
                return self._allowed(column) or "-?[0-9]{1,18}"
            case ColumnType.BOOLEAN:
                return f"(?:{_BOOLEANS})"
            case _:
                forms = {form for form, _, _ in self._formats(column)}
                return f"(?:{'|'.join(sorted(forms))})"

    def _formats(self, column: Column) -> list[tuple[str, str, str | None]]:
        known = _DATES if column.type is ColumnType.DATE else _TIMESTAMPS
        found = [
            known[each]
            for i, each in enumerate(column.date_formats)
            if each in known
            and known[each][2] in (None, self.date_order)
            and not _has_rival(each, column)
            and not any(
                _may_take(other, each, column.type) for other in column.date_formats[:i] if other not in known
            )
        ]
        if not found:
            raise NotBulk
        return found

    def _allowed(self, column: Column) -> str:
        """The allowed values that the row reader does not change; empty if every value is allowed."""
        if not column.allowed:
            return ""
        form = form_of(column)
        stable = [
            value
            for value in column.allowed
            if value == form(value).strip() and (len(value) >= column.zero_pad or not value.isdecimal())
        ]
        if not stable or any(set(value) & {self.delimiter, '"', "\n", "\r", "\0"} for value in stable):
            raise NotBulk
        # re.escape writes a backslash before a space, which RE2 accepts as well.
        return f"(?:{'|'.join(map(re.escape, stable))})"

    def _text(self, column: Column, inside_quotes: bool) -> str:
        if allowed := self._allowed(column):
            return allowed
        if column.zero_pad:
            return f"[0-9]{{{column.zero_pad},}}"
        if not column.as_written:
            barred = {'"'} if inside_quotes else {'"', self.delimiter}
            signs = (f"\\x{{{each:02x}}}" for each in range(0x21, 0x7F) if chr(each) not in barred)
            plain = "".join(signs) + STABLE
            return f"[{plain}](?:[ {plain}]*[{plain}])?"
        barred = '"' if inside_quotes else '"' + f"\\x{{{ord(self.delimiter):02x}}}"
        edge = f"[^{_SPACES}{barred}]"
        return f"{edge}(?:[^{_CONTROLS}{barred}]*{edge})?"

    def violations(self) -> Iterator[str]:
        for column in self.columns:
            yield from self._column_violations(column)
        for each in self.contract.sums:
            yield self._off(each)
        for each in self.contract.limits:
            yield self._above(each)
        if self.contract.totals:
            yield self._is_total(self.contract.totals)

    def _column_violations(self, column: Column) -> Iterator[str]:
        name = f"c{self.places[column.name]}"
        if column.type is ColumnType.TEXT:
            if words := (*column.reserved, *self.contract.empty_words):
                yield _is_word(name, map(form_of(column), words))
            if column.max_length is not None:
                longest = column.max_length
                yield f"case when strlen({name}) > {longest} then length({name}) > {longest} else false end"
            if self.has_exponents and not column.allowed:
                yield f"contains({name}, 'E+')"
            if column.pattern:
                if _WIDER_IN_RE2.search(column.pattern):
                    raise NotBulk
                yield f"not regexp_full_match({name}, {literal(column.pattern)})"
        elif words := [
            word for word in self.contract.empty_words if re.fullmatch(self._value(column, False), word)
        ]:
            yield f"{name} in ({', '.join(map(literal, words))})"
        if column.type in DATES:
            moment = self._moment(column)
            yield f"{name} is not null and {moment} is null"
            yield f"{moment} < date '{column.lowest or '0001-01-01'}'"
            if column.highest:
                yield f"{moment} >= date '{column.highest}' + 1"
        elif column.type in NUMBERS:
            if column.lowest is not None:
                yield f"{self._number(column)} < {_bound(column.lowest, column.scale, ROUND_CEILING)}"
            if column.highest is not None:
                yield f"{self._number(column)} > {_bound(column.highest, column.scale, ROUND_FLOOR)}"
        if column.repeats:
            yield self._contradiction(column)

    def _moment(self, column: Column) -> str:
        place = self.places[column.name]
        kind = "date" if column.type is ColumnType.DATE else "timestamp"
        tries = [
            f"try_cast(c{place} as {kind})"
            if form.startswith("%Y")
            else f"cast(try_strptime(c{place}, '{form}') as date)"
            # The cheap check first.
            for _, form, _ in sorted(self._formats(column), key=lambda each: not each[1].startswith("%Y"))
        ]
        self.moments[f"m{place}"] = tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
        return f"m{place}"

    def _number(self, column: Column) -> str:
        place = self.places[column.name]
        if column.precision > _WIDEST:
            raise NotBulk
        is_numeric = column.type is ColumnType.NUMERIC
        self.types[place] = f"DECIMAL({column.precision}, {column.scale})" if is_numeric else "BIGINT"
        return f"c{place}"

    def _off(self, rule: Sum) -> str:
        by_name = {column.name: column for column in self.columns}
        names = (rule.total, *rule.plus, *rule.minus)
        if not by_name.keys() >= set(names):
            # A column that the file lacks is null in every row: the rule does not apply.
            return "false"
        total, *terms = (self._number(by_name[name]) for name in names)
        plus, minus = terms[: len(rule.plus)], terms[len(rule.plus) :]
        rest = f"{total} - ({' + '.join(plus)})" + "".join(f" + {each}" for each in minus)
        scale = max(by_name[name].scale for name in names)
        return f"abs({rest}) > {_bound(rule.tolerance, scale, ROUND_FLOOR)}"

    def _above(self, rule: Limit) -> str:
        by_name = {column.name: column for column in self.columns}
        if rule.column not in by_name or rule.limit not in by_name:
            return "false"
        pair = by_name[rule.column], by_name[rule.limit]
        # DuckDB rounds decimals to compare them, where no type holds all digits of both.
        if max(map(_whole_digits, pair)) + max(column.scale for column in pair) > _WIDEST:
            raise NotBulk
        return " > ".join(map(self._number, pair))

    def _is_total(self, totals: Iterable[Total]) -> str:
        """Whether the first filled cell may be one of the totals."""
        cells = []
        for i, column in enumerate(self.columns):
            is_figure = column.type in (*NUMBERS, *DATES)
            if is_figure and not all(any(map(str.isalpha, total.text)) for total in totals):
                # A figure may be such a total.
                raise NotBulk
            cells.append(f"case when c{i} is not null then '' end" if is_figure else f"c{i}")
            if column.required:
                break
        pattern = literal("|".join(map(_total_pattern, totals)))
        return f"regexp_matches(coalesce({', '.join(cells)}, ''), {pattern}, 'is')"

    def _contradiction(self, column: Column) -> str:
        by_name = {each.name: each for each in self.columns}
        if column.repeats.date not in by_name:
            return "false"
        day = self._moment(by_name[column.repeats.date])
        part = {
            DatePart.MONTH: f"month({day})",
            DatePart.YEAR: f"year({day})",
            DatePart.MONTH_NAME: f"monthname({day})",
        }[column.repeats.part]
        if column.type in NUMBERS:
            return f"{self._number(column)} <> {part}"
        return f"c{self.places[column.name]} <> cast({part} as varchar)"

    def scope(self) -> tuple[str, ...]:
        relation = self.contract.relation
        by_name = {column.name: column for column in self.columns}
        parts = relation.scope if isinstance(relation, Restate) else ()
        if any(part.column not in by_name for part in parts):
            raise NotBulk
        return tuple(self._scope_part(part, by_name[part.column]) for part in parts)

    def _scope_part(self, part: ScopePart, column: Column) -> str:
        """The value as the row reader returns it."""
        match column.type:
            case ColumnType.DATE:
                return f"cast({self._moment(column)} as date)"
            case ColumnType.TIMESTAMP if part.by:
                return f"cast({self._moment(column)} as date)"
            case ColumnType.TEXT | ColumnType.TIMESTAMP:
                return f"c{self.places[column.name]}"
            case ColumnType.INTEGER | ColumnType.BIGINT:
                return f"cast({self._number(column)} as varchar)"
            case _:
                raise NotBulk

    def business_day(self) -> str:
        column = business_date(self.contract)
        known = column is not None and column.name in self.places
        return f"cast({self._moment(column)} as date)" if known else "cast(null as date)"


def _parts_cells(delimiter: str) -> bool:
    """Whether it is one character that no figure, date or truth value contains."""
    return len(delimiter) == 1 and delimiter.isascii() and not (delimiter.isalnum() or delimiter in " -./:")


def _total_pattern(total: Total) -> str:
    """A pattern of RE2 for cells that may be the total; it also matches parts of words."""
    text = "".join(
        "." if character in _MANIFOLD or not character.isascii() else re.escape(character)
        for character in normal_text(total.text).strip()
    )
    around = r"\W*" if is_word(total) else ""
    return {
        TotalPlace.WHOLE: f"^{around}{text}{around}$",
        TotalPlace.BEGINS: f"^{around}{text}",
        TotalPlace.ENDS: f"{text}{around}$",
    }[total.place]


def _may_take(other: str, date_format: str, kind: ColumnType) -> bool:
    """Whether texts in `date_format`, a key of the formats above, may also be in the format `other`."""
    has_digits = any(map(str.isdigit, other))
    return has_digits or moment_format(other, kind).pattern.fullmatch(_example(date_format)) is not None


def _has_rival(date_format: str, column: Column) -> bool:
    """Whether another format of the column reads such texts with day and month swapped: the row reader says
    which texts it guesses at."""
    order = moment_format(date_format, column.type).order
    others = (moment_format(each, column.type) for each in column.date_formats)
    return any(
        order and each.order not in (None, order) and each.pattern.fullmatch(_example(date_format))
        for each in others
    )


def _example(date_format: str) -> str:
    return re.sub("[A-Za-z]", "1", date_format)


def _is_word(name: str, words: Iterable[str]) -> str:
    """Whether the text may be one of the words in another case.

    Python folds cases further than DuckDB: a long s is an s, and ß two of them. So a text beyond ASCII may
    match if the words contain all that its characters become.
    """
    words = {word.casefold() for word in words}
    lengths = ", ".join(sorted({str(len(word.encode())) for word in words}))
    known = ", ".join(map(literal, sorted(words)))
    letters = set("".join(words))
    alike = sorted(letters | {each for each, folded in _foldings().items() if letters.issuperset(folded)})
    characters = "".join(f"\\x{{{ord(character):x}}}" for character in alike)
    return (
        f"case when strlen({name}) <> length({name}) then regexp_full_match({name}, '[{characters}]+')"
        # The cheap check first: few texts are as long as one of the words.
        f" when strlen({name}) in ({lengths}) then lower({name}) in ({known}) else false end"
    )


@cache
def _foldings() -> dict[str, str]:
    """What characters become when case is ignored; above these planes no character has a case."""
    return {each: folded for each in map(chr, range(0x20000)) if (folded := each.casefold()) != each}


def _bound(value: Decimal, scale: int, rounding: str) -> str:
    """A bound of numbers with `scale` decimals, with no more decimals itself: DuckDB compares it exactly."""
    return f"{value.quantize(Decimal(1).scaleb(-scale), rounding, _EXACT):f}"


def _whole_digits(column: Column) -> int:
    return column.precision - column.scale if column.type is ColumnType.NUMERIC else _WHOLE
