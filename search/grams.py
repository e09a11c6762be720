"""Conditions that a part of a word, or words without spaces between them, stands in a meme."""

from typing import Any

from django.db.models import BooleanField, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from search.models.memes import UNIT_SEPARATOR
from search.wording import ALONE_FROM

SHORTEST = 3  # letters; of fewer, every second meme has some


class _Contains(Func):
    """That the folded title and text, as they are indexed, have all grams of a part, and if need be the part itself.

    One expression: Django takes as long to put its pieces together as Postgres takes to find them.
    """

    output_field = BooleanField()

    def __init__(self, part: str, *, is_found_by_grams: bool) -> None:
        super().__init__(F("title"), F("text"))
        self.part, self.is_found_by_grams = part, is_found_by_grams

    def as_sql(self, compiler: SQLCompiler, *_: Any, **__: Any) -> tuple[str, tuple[str, ...]]:
        title, text = (compiler.compile(column)[0] for column in self.get_source_expressions())
        said, few = f"search_folded({title} || %s || {text})", _few_grams(self.part)
        wanted = "search_grams(search_folded(%s))" if few is None else "%s::text[]"
        has_grams, params = f"(search_grams({said}) @> {wanted})", (UNIT_SEPARATOR, self.part if few is None else few)
        if self.is_found_by_grams:
            return has_grams, params
        return f"({has_grams} AND strpos({said}, search_folded(%s)) > 0)", (*params, UNIT_SEPARATOR, self.part)


def _few_grams(part: str) -> str | None:
    """Of a plain word as many grams as cover it, as an array of Postgres: which memes these leave, the word itself tells apart,
    and each gram is a list of memes to be read. None for what takes Postgres to be folded."""
    if not (part.isascii() and part.isalnum() and len(part) >= SHORTEST):
        return None
    last = len(part) - SHORTEST
    return f"{{{','.join(part[at : at + SHORTEST].lower() for at in (*range(0, last, SHORTEST), last))}}}"


def can_be_found(part: str) -> bool:
    """Whether the index knows where to look for `part`."""
    return any(letter >= ALONE_FROM for letter in part) or any(len(run) >= SHORTEST for run in part.split())


def contains(part: str) -> Q:
    """Memes with `part` somewhere in the title or the text, whatever stands around it; `can_be_found` says if it is quick."""
    part = " ".join(part.split())
    return Q(_Contains(part, is_found_by_grams=_is_gram(part)))


def _is_gram(part: str) -> bool:
    """Whether the index itself knows where `part` stands, and no meme has to be looked at."""
    if all(letter >= ALONE_FROM for letter in part):
        return len(part) <= 2
    return part.isascii() and part.isalnum() and len(part) == 3
