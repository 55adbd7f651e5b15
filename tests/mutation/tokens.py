"""A model's text as tokens: SQL with Jinja in it, which no SQL parser reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A Jinja expression, which stands for a value or a relation, is one token; Jinja statements separate.
_PATTERN = re.compile(
    r"""
      (?P<jinja>  \{\{ (?: '[^']*' | "[^"]*" | . )*? \}\} )
    | (?P<block>  \{%  (?: '[^']*' | "[^"]*" | . )*? %\} )
    | (?P<skip>   \{\# .*? \#\} | --[^\n]* | /\* .*? \*/ | \s+ )
    | (?P<string> ' (?: '' | \{\{ .*? \}\} | [^'] )* ' )
    | (?P<number> \d+ (?: \.\d+ )? )
    | (?P<word>   [A-Za-z_]\w* | "[^"]+" )
    | (?P<sign>   <> | != | <= | >= | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)

#: Words that end a clause of a select, if they are at its depth.
_CLAUSES = "select from where group having order limit window union intersect except on join inner full cross"
CLAUSES = frozenset(_CLAUSES.split())

#: Conditions that are true in every row unless only a part of the model is built.
_SLICES = re.compile(r"\b(is_touched|is_in_touched_month|has_changed)\(")

_BLOCK_NAME = re.compile(r"\{%-?\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a model; `depth` counts the parentheses around it."""

    kind: str
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def low(self) -> str:
        """The token in lower case, empty for a string: what keywords are compared with."""
        return "" if self.kind == "string" else self.text.lower()

    @property
    def is_operand(self) -> bool:
        return self.kind in ("word", "number", "string", "jinja") or self.text == ")"

    @property
    def block(self) -> str:
        """Name of a Jinja statement: if, else, for …; empty for any other token."""
        return _BLOCK_NAME.match(self.text).group(1) if self.kind == "block" else ""


def tokenize(text: str) -> list[Token]:
    """Tokens of a model, without white space and comments."""
    tokens, depth = [], 0
    for match in _PATTERN.finditer(text):
        if match.lastgroup == "skip":
            continue
        if match.group() == ")":
            depth -= 1
        tokens.append(Token(match.lastgroup, match.group(), match.start(), depth))
        if match.group() == "(":
            depth += 1
    return tokens


def span(tokens: list[Token], first: int, *stops: str) -> int:
    """Index after the last token before a stop at its depth, or before the end of its parentheses."""
    depth = tokens[first].depth if first < len(tokens) else 0
    for i in range(first, len(tokens)):
        token = tokens[i]
        if token.depth < depth:
            return i
        is_call = i + 1 < len(tokens) and tokens[i + 1].text == "("
        if token.depth == depth and (token.low in stops or (token.low in ("left", "right") and not is_call)):
            return i
    return len(tokens)


def split(tokens: list[Token], first: int, last: int, *separators: str) -> list[tuple[int, int]]:
    """Pieces of `tokens[first:last]` between separators at its depth; Jinja statements separate too."""
    pieces, begin = [], first
    depth = tokens[first].depth if first < last else 0
    between = cases = 0
    for i in range(first, last):
        token = tokens[i]
        if token.depth == depth:
            cases += (token.low == "case") - (token.low == "end")
            between += token.low == "between"
        inside = cases or (token.low == "and" and between)
        if token.kind == "block" or (token.depth == depth and token.low in separators and not inside):
            pieces.append((begin, i))
            begin = i + 1
        if token.low == "and" and token.depth == depth and between and not cases:
            between -= 1
    return [piece for piece in [*pieces, (begin, last)] if piece[0] < piece[1]]


def is_divided(tokens: list[Token], first: int, last: int) -> bool:
    """Whether the piece contains a Jinja statement."""
    return any(token.kind == "block" for token in tokens[first:last])


def increments(tokens: list[Token]) -> set[int]:
    """Indices of tokens that only an increment, or only Spark, would run."""
    skipped, conditions = set(), []
    for i, token in enumerate(tokens):
        if token.block == "if":
            conditions.append("is_incremental" in token.text or "spark" in token.text)
        elif token.block in ("else", "elif") and conditions:
            conditions[-1] = False
        elif token.block == "endif" and conditions:
            conditions.pop()
        elif any(conditions) or _SLICES.search(token.text):
            skipped.add(i)
    return skipped
