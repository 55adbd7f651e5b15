"""Why rows are refused and files are held: each kind with its name, its sentence, and what to do about it.

The ledger keeps a reason's kind beside its sentence. Whoever groups or counts reasons goes by the kind, so
that sentences can be reworded; nobody reads them back. A sentence may quote a file; a title never does.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Any, NamedTuple


class _Kind(Enum):
    """A kind of reason.

    Attributes:
        title: its name on dashboards, which several kinds may share.
        sentence: what is wrong, with {fields} for what differs from case to case.
        advice: what to do about it.
    """

    def __init__(self, title: str, sentence: str, advice: str) -> None:
        self.title = title
        self.sentence = sentence
        self.advice = advice

    @property
    def code(self) -> str:
        """The kind as the ledger stores it."""
        return self.name.lower()


@unique
class FaultKind(_Kind):
    """Why a row is refused; there is one kind per sentence."""

    # No value, or one that the contract does not know.
    VALUE_MISSING = (
        "Value missing",
        "the value is missing",
        "fill it in, or let the column be empty in the contract",
    )
    UNKNOWN_VALUE = (
        "Unknown value",
        "unknown {column} {value}; known: {known}",
        "correct it, or add it to the values that the contract allows",
    )
    RESERVED_WORD = (
        "Reserved word",
        "{value} is a reserved word and cannot be a {column}",
        "use another word: the warehouse gives this one a meaning of its own",
    )
    WRONG_FORM = (
        "Wrong form",
        "{value} does not have the form {form}",
        "correct it, or the contract's pattern",
    )
    TOO_LONG = (
        "Too long",
        "{value} has {length:,} characters; at most {most:,} are allowed",
        "shorten it, or raise the limit in the contract",
    )
    NOT_A_BOOLEAN = (
        "Neither true nor false",
        "{value} is neither true nor false",
        "write true or false, yes or no, 1 or 0",
    )
    WRONG_TYPE = (
        "Wrong type",
        "{value} is not of the expected type",
        "give the cell the type that the contract has",
    )
    NO_DIGITS = (
        "Wrong type",
        "{value} has no digits that a text could hold",
        "write the value out as a text",
    )

    # Numbers.
    NOT_A_NUMBER = (
        "Not a number",
        "{value} is not a number",
        "correct it, or describe how numbers are written in the contract",
    )
    NOT_IN_JSON = (
        "Not a number",
        "{value} is not a number in JSON: write null where there is no value",
        "write null",
    )
    NOT_WHOLE = ("Not a whole number", "{value} is not a whole number", "correct it, or allow decimals")
    DIGITS_LOST = (
        "Last digits lost",
        "{value} has lost its last digits: a spreadsheet has shortened it; ask for the file with all digits,"
        " as text",
        "ask for the file as it was before a spreadsheet program saved it",
    )
    TOO_MANY_DECIMALS = (
        "Too many decimals",
        "{value} has more than {most} decimals",
        "round it, or allow more decimals in the contract",
    )
    TOO_LARGE = (
        "Too large",
        "{value} is too large: at most {most} digits before the point",
        "correct it, or allow more digits in the contract",
    )
    WHOLE_TOO_LARGE = (
        "Too large",
        "{value} is too large for a whole number",
        "correct it, or make the column a bigint or numeric",
    )
    BEYOND_COLUMNS = ("Too large", "{value} is too large or too small for any column", "correct it")
    BEYOND_FIGURES = ("Out of range", "{value} is out of the range of figures", "correct it")
    TOO_LOW = (
        "Out of range",
        "{value} is less than {limit}, the lowest value allowed",
        "correct it, or the limit in the contract",
    )
    TOO_HIGH = (
        "Out of range",
        "{value} is more than {limit}, the highest value allowed",
        "correct it, or the limit in the contract",
    )

    # Dates and times.
    NOT_A_DATE = (
        "Not a date",
        "{value} is not a date as {forms}",
        "correct it, or add its form to the contract's date formats",
    )
    NOT_A_TIMESTAMP = (
        "Not a date",
        "{value} is not a date and time as {forms}",
        "correct it, or add its form to the contract's date formats",
    )
    NO_SUCH_DAY = ("Not a date", "{value} is not a day of the calendar", "correct it")
    NO_SUCH_MOMENT = ("Not a date", "{value} is not a moment of the calendar", "correct it")
    NOT_FIRST_OF_MONTH = (
        "Not a date",
        "{value} is not the first day of a month",
        "write the month, or its first day",
    )
    TIME_IN_DATE = (
        "Not a date",
        "{value} has a time of day; a date is expected",
        "leave the time out, or make the column a timestamp",
    )
    INSTANT_IN_DATE = (
        "Not a date",
        "{value} has a time of day; a date is expected: say in the contract's timeZone where it is midnight",
        "name the time zone in the contract",
    )
    TOO_EARLY = (
        "Date out of range",
        "{value} is before {limit}, the first day allowed",
        "correct it, or the limit in the contract",
    )
    TOO_LATE = (
        "Date out of range",
        "{value} is after {limit}, the last day allowed",
        "correct it, or the limit in the contract",
    )

    # What columns say of each other, and rows.
    CONTRADICTS_DATE = (
        "Contradicts the date",
        "{column} {value} contradicts the date {day:%d %B %Y}: is one of them wrong, or are day and month"
        " swapped?",
        "correct the one that is wrong",
    )
    NOT_THE_SUM = (
        "Does not add up",
        "{total} is not {terms}",
        "correct the figures, or the tolerance in the contract",
    )
    ABOVE_ITS_LIMIT = (
        "More than its limit",
        "{figure} is more than {limit}",
        "correct the one that is wrong",
    )
    KEY_REPEATED = (
        "Key repeated",
        "shares its key with line {line} and differs in {columns}",
        "leave one of the rows out, or add the column that tells them apart to the contract's key",
    )

    # Rows that cannot be taken apart.
    WRONG_WIDTH = (
        "Wrong number of cells",
        "{found} cells, {expected} expected",
        "quote cells that hold the delimiter, and write every column in every row",
    )
    STRAY_QUOTE = (
        "Stray quote",
        "a quote is opened or closed where none belongs",
        "quote the whole cell, and double the quotes in it",
    )
    STRAY_ESCAPE = (
        "Stray quote",
        "a quote or an escape sign stands where none belongs",
        "quote the whole cell, and escape the quotes in it",
    )
    BROKEN_JSON = (
        "Broken JSON",
        "it is not valid JSON at character {place}: {error}",
        "write the line with a JSON library",
    )
    NOT_AN_OBJECT = (
        "Broken JSON",
        "the line is not a JSON object: write one object per line",
        "write one object per line",
    )
    KEY_TWICE = ("Broken JSON", "the key {key} occurs twice in one object", "leave one of them out")
    TOO_DEEP = ("Broken JSON", "its objects and arrays are nested too deeply", "write flat objects")
    UNEXPECTED_KEY = (
        "Unexpected key",
        "the key {key} is in none of the first {count} objects, and is not an expected column: write"
        " every key in every object, null where it has no value",
        "write every key in every object",
    )
    LINE_TOO_LONG = (
        "Too long",
        "the line is longer than {most:,} bytes: write one row or object per line",
        "write one row or object per line: a line break or a closing quote is likely missing",
    )

    # Bytes that are not text.
    NUL_IN_VALUE = ("Broken text", "{value} holds a NUL character", "ask for the file again")
    NUL_IN_LINE = (
        "Broken text",
        "the line holds a NUL character, which no text does",
        "ask for the file again: its copy is likely damaged",
    )
    WRONG_BYTE = (
        "Broken text",
        "byte {place} of the line is not {encoding}",
        "write the whole file in one encoding, and name it in the contract",
    )
    UTF8_LINE = (
        "Broken text",
        "the line is UTF-8 in a file of {encoding}",
        "write the whole file in one encoding: it is put together from several",
    )
    HALF_A_CHARACTER = (
        "Broken text",
        "a text in it holds one half of a surrogate pair",
        "write the line with a JSON library",
    )
    BYTES_NOT_TEXT = (
        "Broken text",
        "{column} holds bytes, not text: {error}",
        "write the column as text in UTF-8",
    )

    def reason(self, **fields: Any) -> Reason:
        """The reason that the sentence gives with these values of its fields."""
        return Reason(self, self.sentence.format(**fields))


@unique
class HoldKind(_Kind):
    """Why a file is held; the message that goes with it names the place and the figures."""

    # Which contract it is for.
    NO_CONTRACT = (
        "No contract fits",
        "the header is that of no contract",
        "check that the file begins with its header, or write a contract: `python -m ingestion draft FILE`",
    )
    SEVERAL_CONTRACTS = (
        "Several contracts fit",
        "the header is that of several contracts, and the name does not tell which",
        "rename the file as `fileNames` in one of them says",
    )
    WRONG_HEADER = (
        "Header does not fit",
        "columns of the nearest contract are missing, unknown or doubled",
        "correct the header, or the contract",
    )
    INCOMPLETE_NAME = (
        "Name lacks version or part",
        "the name does not tell the version or the part that the contract expects in it",
        "rename the file",
    )
    BROKEN_CONTRACT = (
        "Contract is wrong",
        "the file may belong to a contract that cannot be read",
        "correct the contract, and replay the file",
    )
    RAW_TABLE = (
        "Raw table does not fit",
        "the raw table holds rows that the contract does not fit any more",
        "put the contract's columns back, or describe the new files in a contract of their own",
    )

    # What its rows are.
    NO_ROWS = ("No rows", "the file holds nothing to load", "deliver it again with its rows")
    SAME_FAULT = (
        "Same fault in all rows",
        "nine in ten rows or more have the same fault",
        "correct the file or its contract, and replay it",
    )
    TOO_MANY_BROKEN = (
        "Too many broken rows",
        "more rows are refused than the contract allows",
        "correct the file and replay it, or accept it without these rows",
    )
    CUT_OFF = ("Cut off", "the file ends inside a row", "deliver it again in full")
    KEY_REPEATED = (
        "Key repeated",
        "rows share their key and differ",
        "name the columns that tell them apart in the contract's key, or say there which row counts",
    )
    SWAPPED_DATES = (
        "Days and months swapped",
        "a spreadsheet program is likely to have swapped days and months",
        "ask for the file as it was before it was opened there",
    )
    NUMBER_FORMATS = (
        "Several number formats",
        "the figures are of several number formats of the contract, or may be of either",
        "deliver a file that is written in one format",
    )

    # What it would take the place of.
    SHRUNK = (
        "Far fewer rows than before",
        "fewer rows would be left than the contract allows",
        "deliver the file in full, or accept it",
    )
    OTHER_DAYS = (
        "Other days than it replaces",
        "none of the days lies in what the file would replace: it is likely the next part",
        "let the contract tell the parts apart, or accept the file",
    )
    BESIDE_ANOTHER = (
        "Would replace a file beside it",
        "the file would replace one that came together with it, without holding its rows",
        "let the contract tell the two apart, or accept the file",
    )
    SAME_ROWS = (
        "Same rows again",
        "the rows are those of another file or sheet, and would count twice",
        "leave one of the two out, or accept the file",
    )
    CORRECTED_SINCE = (
        "Corrected since",
        "another load stands for this sheet of its workbook",
        "replay that load with this file to go back to it",
    )

    WITHDRAWN = (
        "Withdrawn before",
        "a person has withdrawn a load with the same content",
        "leave it out, or undo the withdrawal",
    )

    # Files that cannot be read.
    NO_ACCESS = (
        "Cannot be read",
        "the file cannot be opened, leads out of its folder, or is not a regular file",
        "copy the file itself to where it is looked for, and let the loader read it",
    )
    UNKNOWN_FORMAT = (
        "Cannot be read",
        "the file is of a format that is not read, or packed in one",
        "save the table in it as .xlsx or .csv",
    )
    NO_TABLE = (
        "Cannot be read",
        "none of the first rows can be taken apart",
        "write a table with a header, or JSON with one object per line",
    )
    DAMAGED = ("Cannot be read", "the file is damaged or cut off", "ask for it again")
    PROTECTED = (
        "Cannot be read",
        "the file is protected by a password, or encrypted",
        "save it without protection",
    )
    NESTED = (
        "Cannot be read",
        "an archive lies inside the archive",
        "unpack it, and deliver the files in it",
    )
    TOO_LARGE = (
        "Cannot be read",
        "the file takes more memory, time or disk than is allowed",
        "deliver it in smaller files, or make room on the disk",
    )
    HARMFUL = (
        "Cannot be read",
        "the file is built as no honest program builds it, and may be an attack",
        "do not open it, and ask the sender",
    )
    HIDDEN_VALUES = (
        "Cannot be read",
        "values of the workbook are not in the file, or cannot be told from empty cells",
        "open it in a spreadsheet program, mend it, and save it as .xlsx",
    )

    # What nobody expected.
    REFUSED_BY_POSTGRES = (
        "Refused by Postgres",
        "Postgres refuses a value that passed the checks",
        "report it: the checks lack a rule",
    )
    UNEXPECTED = (
        "Unexpected error",
        "an unexpected error ended the reading",
        "report it with the traceback in the log",
    )


class Reason(NamedTuple):
    """Why a row is refused: the sentence of a kind, filled in."""

    kind: FaultKind
    text: str

    def __str__(self) -> str:
        return self.text


class Refused(ValueError):
    """A cell or a line is refused for a `reason`, which is put into words only when it is asked for."""

    def __init__(self, kind: FaultKind, **fields: Any) -> None:
        super().__init__(kind, fields)
        self._kind, self._fields = kind, fields

    @property
    def reason(self) -> Reason:
        return self._kind.reason(**self._fields)

    def __str__(self) -> str:
        return self.reason.text
