"""Patterns of policies: ``*``, ``?`` and policy variables, matched in time that grows with pattern times text at worst.

``*`` stands for any characters, slashes and colons included, ``?`` for one character. ``${key}`` is replaced by the value
of a condition key, ``${key, 'default'}`` by a default where the key has none; ``${*}``, ``${?}`` and ``${$}`` are the
characters themselves. A value that replaces a variable has no wildcards. All of this is by IAM's manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

Lookup = Callable[[str], "tuple[str, ...] | None"]  # condition key -> the values that the request has for it

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"(?P<key>[^,]*?)\s*,\s*'(?P<default>.*)'\s*", re.DOTALL)
_ESCAPED_CHARACTERS = ("*", "?", "$")


class Wildcard(Struct, frozen=True):
    """``*`` or ``?`` in a pattern."""

    character: str


class Variable(Struct, frozen=True):
    """A policy variable: a condition key, and the text that stands for it where the request has no value."""

    key: str
    default: str | None = None


Token = str | Wildcard | Variable


class Chunk(Struct, frozen=True):
    """What stands between two ``*``: a literal, or where it has a ``?`` a regular expression of fixed length."""

    length: int
    literal: str = ""
    regex: re.Pattern[str] | None = None

    def is_at(self, text: str, position: int) -> bool:
        """Whether the chunk is at this position of the text."""
        if self.regex is None:
            return text.startswith(self.literal, position)
        return self.regex.match(text, position) is not None

    def find(self, text: str, start: int, end: int) -> int:
        """The first position of the chunk in this part of the text; -1 if there is none."""
        if self.regex is None:
            return text.find(self.literal, start, end)
        match = self.regex.search(text, start, end)
        return -1 if match is None else match.start()


class Pattern(Struct, frozen=True):
    """A pattern, compiled as far as it can be without a request."""

    tokens: tuple[Token, ...]
    chunks: tuple[Chunk, ...] = ()  # of a pattern without variables
    fold: bool = False  # whether upper and lower case are the same

    def matches(self, text: str, lookup: Lookup) -> bool:
        """Whether the text matches. A pattern with a variable for which the request has no value matches nothing."""
        if self.fold:
            text = text.lower()
        if self.chunks:
            return _match(self.chunks, text)
        tokens = [_resolve(token, lookup) for token in self.tokens]
        resolved = [token for token in tokens if token is not None]
        return len(resolved) == len(tokens) and _match(tuple(_chunks(resolved, fold=self.fold)), text)


def compile_pattern(text: str, *, variables: bool, wildcards: bool = True, fold: bool = False) -> Pattern:
    """Compile a pattern.

    ``variables`` is false for policies of version 2008-10-17, ``wildcards`` for operators such as StringEquals, ``fold`` is
    true where upper and lower case are the same.

    >>> pattern = compile_pattern("arn:aws:s3:::media/*.jp?g", variables=True)
    >>> pattern.matches("arn:aws:s3:::media/a/b.jpeg", lambda key: None)
    True
    """
    tokens = tuple(_tokens(text, variables=variables, wildcards=wildcards))
    if any(isinstance(token, Variable) for token in tokens):
        return Pattern(tokens, fold=fold)
    return Pattern(tokens, tuple(_chunks(tokens, fold=fold)), fold)


def _tokens(text: str, *, variables: bool, wildcards: bool) -> Iterator[Token]:
    position = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        yield from _literal_tokens(text[position : match.start()], wildcards=wildcards)
        yield _variable(match[1])
        position = match.end()
    yield from _literal_tokens(text[position:], wildcards=wildcards)


def _literal_tokens(text: str, *, wildcards: bool) -> Iterator[Token]:
    for piece in re.split(r"([*?])", text) if wildcards else [text]:
        if wildcards and piece in ("*", "?"):
            yield Wildcard(piece)
        elif piece:
            yield piece


def _variable(text: str) -> Token:
    if text in _ESCAPED_CHARACTERS:
        return text
    default = _DEFAULT.fullmatch(text)
    return (
        Variable(normalize_key(text))
        if default is None
        else Variable(normalize_key(default["key"]), default["default"])
    )


def normalize_key(key: str) -> str:
    """A condition key in lower case, but for the name of a tag: key names compare without regard to case (IAM's manual)."""
    name, slash, tag = key.strip().partition("/")
    return f"{name.lower()}{slash}{tag}"


def _resolve(token: Token, lookup: Lookup) -> str | Wildcard | None:
    """The text for a variable; None where it has no single value."""
    if not isinstance(token, Variable):
        return token
    values = lookup(token.key)
    return values[0] if values is not None and len(values) == 1 else token.default


def _chunks(tokens: Iterator[Token] | tuple[Token, ...] | list[str | Wildcard], *, fold: bool) -> Iterator[Chunk]:
    """The chunks between the ``*``, one more than there are of those."""
    pieces: list[str | Wildcard] = []
    for token in tokens:
        if isinstance(token, Wildcard) and token.character == "*":
            yield _chunk(pieces, fold=fold)
            pieces = []
        elif not isinstance(token, Variable):
            pieces.append(token)
    yield _chunk(pieces, fold=fold)


def _chunk(pieces: list[str | Wildcard], *, fold: bool) -> Chunk:
    texts = [piece.lower() if fold else piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        literal = "".join(texts)
        return Chunk(len(literal), literal)
    length = sum(1 if isinstance(piece, Wildcard) else len(piece) for piece in pieces)
    expressions = (
        "." if isinstance(piece, Wildcard) else re.escape(piece.lower() if fold else piece) for piece in pieces
    )
    return Chunk(length, regex=re.compile("".join(expressions), re.DOTALL))


def _match(chunks: tuple[Chunk, ...], text: str) -> bool:
    """Match the first chunk at the beginning, the last at the end, and each other one at its first place between them."""
    first, last = chunks[0], chunks[-1]
    end = len(text) - last.length
    if len(chunks) == 1:
        return end == 0 and first.is_at(text, 0)
    if end < first.length or not (first.is_at(text, 0) and last.is_at(text, end)):
        return False
    position = first.length
    for chunk in chunks[1:-1]:
        position = chunk.find(text, position, end)
        if position < 0:
            return False
        position += chunk.length
    return True
