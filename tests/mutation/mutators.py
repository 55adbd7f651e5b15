"""Small ways to break a model: each mutator yields changes to its text, outside Jinja statements."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from tests.mutation.tokens import CLAUSES, Token, increments, is_divided, span, split, tokenize

#: What replaces the text between two places.
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Source:
    """A model's text; `types` are those of its columns according to the contract."""

    text: str
    types: Mapping[str, str] = field(default_factory=dict)
    tokens: list[Token] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tokenize(self.text))

    def piece(self, first: int, last: int) -> str:
        """The text of `tokens[first:last]`."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]

    def put(self, first: int, last: int, new: str) -> Edit:
        return self.tokens[first].start, self.tokens[last - 1].end, new

    def word(self, i: int) -> str:
        """The token at `i` in lower case; empty beyond the ends."""
        return self.tokens[i].low if 0 <= i < len(self.tokens) else ""

    def find(self, *words: str) -> Iterator[int]:
        """Indices at which the words follow one another."""
        for i in range(len(self.tokens)):
            if all(self.word(i + n) == word for n, word in enumerate(words)):
                yield i

    def closing(self, opening: int) -> int:
        """Index of the parenthesis that closes the one at `opening`."""
        return next(
            i
            for i in range(opening + 1, len(self.tokens))
            if self.tokens[i].text == ")" and self.tokens[i].depth == self.tokens[opening].depth
        )

    def arguments(self, opening: int) -> list[tuple[int, int]]:
        return split(self.tokens, opening + 1, self.closing(opening), ",")

    def is_call(self, i: int) -> bool:
        return self.tokens[i].kind == "word" and self.word(i + 1) == "("


@dataclass(frozen=True)
class Mutant:
    """A model with one change; `name` stays the same when lines above the change are edited."""

    name: str
    model: str
    mutator: str
    line: int
    change: str
    text: str = field(repr=False)


Mutator = Callable[[Source], Iterator[Edit | list[Edit]]]
MUTATORS: dict[str, Mutator] = {}


def mutants(model: str, text: str, types: Mapping[str, str] | None = None) -> list[Mutant]:
    """All mutants of a model's text, in the order of their lines."""
    source = Source(text, types or {})
    skipped = {source.tokens[i].start for i in increments(source.tokens)}
    found: dict[str, Mutant] = {}
    seen: Counter[str] = Counter()
    for mutator, change in MUTATORS.items():
        for edits in change(source):
            edits = [edits] if isinstance(edits, tuple) else edits
            mutated = _apply(text, edits)
            if mutated in found or mutated == text or any(edit[0] in skipped for edit in edits):
                continue
            begin, end, new = edits[0]
            said = f"{_short(text[begin:end]) or '(nothing)'} → {_short(new) or '(nothing)'}"
            key = f"{model}/{mutator}/{_digest(_line_of(text, begin), said)}"
            seen[key] += 1
            name = key if seen[key] == 1 else f"{key}-{seen[key]}"
            found[mutated] = Mutant(name, model, mutator, text.count("\n", 0, begin) + 1, said, mutated)
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.name))


def _mutator(name: str) -> Callable[[Mutator], Mutator]:
    def register(function: Mutator) -> Mutator:
        MUTATORS[name] = function
        return function

    return register


# --- aggregates and functions ---


_FUNCTIONS = {
    "sum": ("max", "avg"),
    "avg": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "bool_or": ("bool_and",),
    "bool_and": ("bool_or",),
    "greatest": ("least",),
    "least": ("greatest",),
    "lag": ("lead",),
    "lead": ("lag",),
    "row_number": ("rank",),
    "rank": ("row_number",),
    "ceil": ("floor",),
    "ceiling": ("floor",),
    "floor": ("ceil",),
}


@_mutator("function")
def _functions(source: Source) -> Iterator[Edit]:
    """Another aggregate or function."""
    for i in range(len(source.tokens)):
        if source.is_call(i):
            for other in _FUNCTIONS.get(source.word(i), ()):
                yield source.put(i, i + 1, other)


@_mutator("count")
def _counts(source: Source) -> Iterator[Edit]:
    """Distinct values counted as rows, or rows as distinct values."""
    for i in source.find("count", "("):
        if source.word(i + 2) == "*":
            yield source.put(i + 2, i + 3, "distinct 1")
        elif source.word(i + 2) == "distinct":
            yield source.put(i + 2, i + 4, source.piece(i + 3, i + 4))
        else:
            yield source.put(i + 2, source.closing(i + 1), "*")


@_mutator("default-dropped")
def _defaults(source: Source) -> Iterator[Edit]:
    """`coalesce`, `nullif`, `abs` and `round` left out."""
    for i in range(len(source.tokens)):
        if source.is_call(i) and source.word(i) in ("coalesce", "nullif", "abs", "round"):
            first = source.arguments(i + 1)[0]
            yield source.put(i, source.closing(i + 1) + 1, source.piece(*first))


@_mutator("offset")
def _offsets(source: Source) -> Iterator[Edit]:
    """One row further back; if the offset is written out, the mutator of constants changes it."""
    for i in range(len(source.tokens)):
        if source.is_call(i) and source.word(i) in ("lag", "lead") and len(source.arguments(i + 1)) == 1:
            closing = source.tokens[source.closing(i + 1)].start
            yield closing, closing, ", 2"


# --- which rows ---


@_mutator("condition-dropped")
def _conditions(source: Source) -> Iterator[Edit]:
    """A filter is gone, or a join multiplies rows."""
    for i, token in enumerate(source.tokens):
        if token.low in ("where", "having", "on"):
            end = span(source.tokens, i + 1, *CLAUSES)
            separators = ("and",) if _all_of(source, i + 1, end) else ()
            for first, last in split(source.tokens, i + 1, end, *separators):
                yield source.put(first, last, "true")


@_mutator("join")
def _joins(source: Source) -> Iterator[Edit]:
    """An inner join in place of an outer one, and vice versa.

    An inner join with a dimension is not changed: relationship tests ensure that each key has its member, so
    either join gives the same.
    """
    others = {"inner": ("left",), "left": ("inner",), "full": ("left", "inner"), "right": ("inner",)}
    for i in source.find("join"):
        kind = i - 2 if source.word(i - 1) == "outer" else i - 1
        if source.word(kind) == "inner" and re.search(r"ref\('dim_", source.tokens[i + 1].text):
            continue
        if source.word(kind) in others:
            for other in others[source.word(kind)]:
                yield source.put(kind, i, other)
        elif source.word(kind) != "cross":
            yield source.put(i, i + 1, "left join")


@_mutator("distinct")
def _distinct(source: Source) -> Iterator[Edit]:
    for i in source.find("select", "distinct"):
        yield source.put(i, i + 2, "select")


@_mutator("union")
def _unions(source: Source) -> Iterator[Edit]:
    for i in source.find("union"):
        is_all, is_distinct = source.word(i + 1) == "all", source.word(i + 1) == "distinct"
        yield source.put(i, i + 1 + (is_all or is_distinct), "union" if is_all else "union all")


# --- expressions ---


_SIGNS = {"+": "-", "-": "+", "*": "/", "/": "*"}
_COMPARISONS = {"<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<=")}
_EQUALITIES = {"=": "<>", "<>": "=", "!=": "="}


@_mutator("arithmetic")
def _arithmetic(source: Source) -> Iterator[Edit]:
    for i, token in enumerate(source.tokens):
        before = source.tokens[i - 1] if i else None
        is_binary = before and before.is_operand and before.low not in _KEYWORDS - {"end", *_PARTS}
        if token.kind == "sign" and token.text in _SIGNS and is_binary:
            yield source.put(i, i + 1, _SIGNS[token.text])


@_mutator("comparison")
def _comparisons(source: Source) -> Iterator[Edit]:
    """A bound included or excluded, or a comparison reversed; equality only outside joins."""
    joins = _insides(source, "on")
    for i, token in enumerate(source.tokens):
        if token.kind == "sign":
            for other in _COMPARISONS.get(token.text, ()):
                yield source.put(i, i + 1, other)
            if token.text in _EQUALITIES and i not in joins:
                yield source.put(i, i + 1, _EQUALITIES[token.text])


@_mutator("negation")
def _negations(source: Source) -> Iterator[Edit]:
    """`is null`, `in` and `exists` negated; `not` left out."""
    for i, token in enumerate(source.tokens):
        if token.low == "is" and source.word(i + 1) in ("null", "not"):
            is_not = source.word(i + 1) == "not"
            yield source.put(i, i + 1 + is_not, "is" if is_not else "is not")
        elif token.low == "not" and source.word(i - 1) != "is":
            yield source.put(i, i + 1, "")
        elif token.low in ("in", "exists") and source.word(i - 1) != "not":
            yield source.put(i, i + 1, f"not {token.text}")


@_mutator("and-or")
def _connectives(source: Source) -> Iterator[Edit]:
    """Conditions of a case and of a boolean column; those of filters are dropped elsewhere."""
    clauses = _insides(source, "on", "where", "having")
    for i, token in enumerate(source.tokens):
        if token.low == "or":
            yield source.put(i, i + 1, "and")
        elif token.low == "and" and i not in clauses and not _is_between(source, i):
            yield source.put(i, i + 1, "or")


@_mutator("case")
def _cases(source: Source) -> Iterator[list[Edit] | Edit]:
    """Two results swapped; the condition of a case with a single result negated."""
    for i in source.find("case"):
        parts, results = _parts_of_case(source, i)
        if any(is_divided(source.tokens, first, last) for _, first, last in parts):
            continue
        for (a, b), (c, d) in pairwise(results):
            yield [source.put(a, b, source.piece(c, d)), source.put(c, d, source.piece(a, b))]
        if len(results) == 1 and parts and parts[0][0] == "when":
            _, first, last = parts[0]
            signs = [t for t in source.tokens[first:last] if t.text in _COMPARISONS or t.text in _EQUALITIES]
            if len(signs) == 1:
                continue  # the comparison is negated elsewhere
            yield source.put(first, last, f"not ({source.piece(first, last)})")


_PARTS = {"year": "month", "quarter": "month", "month": "year", "day": "month"}


@_mutator("constant")
def _constants(source: Source) -> Iterator[Edit]:
    for i, token in enumerate(source.tokens):
        if source.word(i - 1) == "select" and source.word(i - 3) == "exists":
            continue
        if token.kind == "number" and not _is_of_type(source, i):
            number, dot, rest = token.text.partition(".")
            yield source.put(i, i + 1, f"{int(number) + 1}{dot}{rest}")
        elif token.kind == "string" and (other := _other_text(token.text)):
            yield source.put(i, i + 1, other)
        elif token.low in ("true", "false"):
            yield source.put(i, i + 1, "false" if token.low == "true" else "true")
        elif token.low in _PARTS and (source.word(i - 2), source.word(i - 1)) == ("extract", "("):
            yield source.put(i, i + 1, _PARTS[token.low])


@_mutator("setting")
def _settings(source: Source) -> Iterator[Edit]:
    """A project variable that stands for a number, also under a name that Jinja gives it."""
    named = "|".join(re.findall(r"\bset\s+(\w+)\s*=\s*var\(", source.text)) or "var"
    pattern = re.compile(rf"\{{\{{-?\s*(var\(|({named})\b(?!\())")
    for i, token in enumerate(source.tokens):
        if token.kind == "jinja" and pattern.match(token.text):
            yield source.put(i, i + 1, f"({token.text} + 1)")


# --- windows and dates ---


@_mutator("order")
def _orders(source: Source) -> Iterator[Edit]:
    """A window in the other direction."""
    for i in source.find("order", "by"):
        if not _is_in_window(source, i):
            continue
        end = span(source.tokens, i + 2, "rows", "range", "groups")
        for first, last in split(source.tokens, i + 2, end, ","):
            direction = next((n for n in range(first, last) if source.word(n) in ("asc", "desc")), None)
            if direction is not None:
                other = "asc" if source.word(direction) == "desc" else "desc"
                yield source.put(direction, direction + 1, other)
                continue
            nulls = next((n for n in range(first, last) if source.word(n) == "nulls"), last)
            behind = source.tokens[nulls - 1].end
            yield behind, behind, " desc"


@_mutator("partition")
def _partitions(source: Source) -> Iterator[Edit]:
    """A window over more rows than it should see."""
    for i in source.find("partition", "by"):
        end = span(source.tokens, i + 2, "order", "rows", "range", "groups")
        pieces = split(source.tokens, i + 2, end, ",")
        if is_divided(source.tokens, i, end):
            continue
        for piece in pieces:
            rest = ", ".join(source.piece(*other) for other in pieces if other != piece)
            yield source.put(i, end, f"partition by {rest}" if rest else "")


@_mutator("month")
def _months(source: Source) -> Iterator[list[Edit]]:
    """Half of a month's days go into the next one, wherever the model takes that month."""
    places: dict[str, list[int]] = {}
    for i, token in enumerate(source.tokens):
        if token.kind == "jinja" and re.match(r"\{\{-?\s*month_start\(", token.text):
            places.setdefault(token.text, []).append(i)
    for text, indices in places.items():
        inside = re.search(r"month_start\((.*)\)\s*-?\}\}", text, re.DOTALL)
        if inside:
            shifted = "{{ month_start(dbt.dateadd('day', 15, " + inside.group(1) + ")) }}"
            yield [source.put(i, i + 1, shifted) for i in indices]


@_mutator("date")
def _dates(source: Source) -> Iterator[list[Edit]]:
    """One more day, month or year added; a difference with its operands swapped."""
    places: dict[str, list[int]] = {}
    for i, token in enumerate(source.tokens):
        if token.kind == "jinja" and re.search(r"\bdate(add|diff)\(", token.text):
            places.setdefault(token.text, []).append(i)
    for text, indices in places.items():
        added = re.sub(r"(dateadd\(\s*['\"]\w+['\"]\s*,\s*)(-?\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", text)
        yield [source.put(i, i + 1, added) for i in indices]
        turned = re.sub(r"(datediff\(\s*)([^,()]+)(,\s*)([^,()]+)(,)", r"\g<1>\g<4>\g<3>\g<2>\g<5>", text)
        yield [source.put(i, i + 1, turned) for i in indices]


# --- tables of expressions ---


_EXPRESSIONS = ("function", "default-dropped", "arithmetic", "comparison", "case", "constant")


@_mutator("set")
def _sets(source: Source) -> Iterator[Edit]:
    """Values of a dictionary that Jinja turns into SQL, one in place of another."""
    for token in source.tokens:
        if token.block != "set":
            continue
        values = []
        for value in re.finditer(r":\s*(?:'([^']*)'|(\d+))", token.text):
            number = 2 if value[2] else 1
            begin, text = token.start + value.start(number), value[number]
            for mutator in ("constant",) if value[2] else _EXPRESSIONS:
                for edits in MUTATORS[mutator](Source(text)):
                    if isinstance(edits, tuple) and "'" not in edits[2]:
                        yield begin + edits[0], begin + edits[1], edits[2]
            if re.fullmatch(r"\w+\.\w+", text):
                values.append((begin, text))
        for (begin, text), (_, other) in zip(values, [*values[1:], *values[:1]], strict=True):
            yield begin, begin + len(text), other


# --- columns ---


@_mutator("measure")
def _measures(source: Source) -> Iterator[Edit]:
    """Another column of the same type in place of a column."""
    for i in source.find("select"):
        end = span(source.tokens, i + 1, "from", "union", "where", "except", "intersect")
        shapes: dict[tuple, list[tuple[int, int, int, str]]] = {}
        for first, last in split(source.tokens, i + 1, end, ","):
            if (place := _only_column(source, first, last)) is None:
                continue
            name = source.word(last - 1)
            kind = source.types.get(name, "")
            if not re.match(r"numeric|bigint|int|date|timestamp|boolean", kind):
                continue
            qualifier = source.word(place - 2) if source.word(place - 1) == "." else ""
            words = [source.word(n) for n in range(first, last) if n != place and source.word(n) != name]
            shapes.setdefault((kind, qualifier, *words), []).append((first, last, place, name))
        for columns in shapes.values():
            for column, other in zip(columns, [*columns[1:], columns[0]], strict=True):
                first, last, place, name = column
                if source.word(place) == source.word(other[2]):
                    continue
                new = source.put(place, place + 1, source.tokens[other[2]].text)
                if last - 1 == place:
                    new = (*new[:2], f"{new[2]} as {name}")
                yield new


def _only_column(source: Source, first: int, last: int) -> int | None:
    """The one column that an item of a select reads: a name that is not a call, an alias or a type."""
    alias = last - 1 if last - first > 1 and source.word(last - 2) == "as" else last
    names = []
    for i in range(first, alias):
        token = source.tokens[i]
        if token.kind in ("jinja", "block"):
            return None
        is_name = token.kind == "word" and token.low not in _KEYWORDS
        if is_name and source.word(i + 1) not in ("(", ".") and source.word(i - 1) != "as":
            names.append(i)
    return names[0] if len(names) == 1 else None


_RESERVED = """
    select distinct as case when then else end and or not in is null
    true false between exists cast over partition by order asc desc nulls first last
    rows range preceding following current row unbounded interval extract year month day quarter from
    for where on having
"""
_KEYWORDS = frozenset(_RESERVED.split())


# --- positions of tokens ---


def _all_of(source: Source, first: int, last: int) -> bool:
    """Whether all the conditions of a clause must hold: no `or` at its own depth."""
    depth = source.tokens[first].depth
    return not any(t.low == "or" and t.depth == depth for t in source.tokens[first:last])


def _insides(source: Source, *clauses: str) -> set[int]:
    """Tokens of the clauses, without those of cases in them."""
    inside: set[int] = set()
    for i, token in enumerate(source.tokens):
        if token.low in clauses:
            end = span(source.tokens, i + 1, *CLAUSES)
            cases = 0
            for n in range(i + 1, end):
                cases += source.word(n) == "case"
                if not cases:
                    inside.add(n)
                cases -= source.word(n) == "end"
    return inside


def _is_between(source: Source, i: int) -> bool:
    """Whether the `and` belongs to a `between`."""
    depth = source.tokens[i].depth
    for n in range(i - 1, -1, -1):
        token = source.tokens[n]
        if token.depth < depth or (
            token.depth == depth and token.low in ("and", "or", "when", "where", "on")
        ):
            return False
        if token.depth == depth and token.low == "between":
            return True
    return False


def _is_in_window(source: Source, i: int) -> bool:
    depth = source.tokens[i].depth
    for n in range(i - 1, 0, -1):
        if source.tokens[n].depth == depth - 1:
            return source.tokens[n].text == "(" and source.word(n - 1) in ("over", "as")
    return False


def _is_of_type(source: Source, i: int) -> bool:
    """Whether the number is the precision or the scale of a type."""
    depth = source.tokens[i].depth
    for n in range(i - 1, 0, -1):
        if source.tokens[n].depth < depth:
            return source.word(n - 1) in ("numeric", "decimal", "varchar", "char", "timestamp")
    return False


def _parts_of_case(source: Source, i: int) -> tuple[list[tuple[str, int, int]], list[tuple[int, int]]]:
    """Parts of the case at `i` with the words before them, and those that are results."""
    depth, nested = source.tokens[i].depth, 0
    marks = []
    for n in range(i + 1, len(source.tokens)):
        word = source.word(n)
        if nested == 0 and source.tokens[n].depth == depth and word in ("when", "then", "else", "end"):
            marks.append(n)
            if word == "end":
                break
        nested += (word == "case") - (word == "end")
    parts = [(source.word(a), a + 1, b) for a, b in pairwise(marks)]
    return parts, [(first, last) for word, first, last in parts if word in ("then", "else")]


def _other_text(literal: str) -> str:
    """Another literal of the same form; empty if there is none."""
    inside = literal[1:-1]
    if "{" in inside or not inside.strip():
        return ""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", inside):
        return f"'{date.fromisoformat(inside) + timedelta(days=1)}'"
    if number := re.match(r"(\d+)(\s+\w+)$", inside):
        return f"'{int(number[1]) + 1}{number[2]}'"
    if inside in ("month", "day", "year", "quarter", "week"):
        return "'year'" if inside == "month" else "'month'"
    return f"'{inside}~'"


# --- texts ---


def _apply(text: str, edits: list[Edit]) -> str:
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _line_of(text: str, place: int) -> str:
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return " ".join(text[begin : end if end >= 0 else len(text)].split())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:40]} … {text[-17:]}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:6]
