"""Conditions that a part of a word, or words without spaces between them, stands in a meme."""

from django.db.models import BooleanField, Func, Q, Value

from search.models.memes import folded, grams, said
from search.wording import ALONE_FROM

SHORTEST = 3  # letters; of fewer, every second meme has some


class _Contains(Func):
    arg_joiner = " @> "
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _StandsIn(Func):
    """Whether the second text stands in the first."""

    template = "strpos(%(expressions)s) > 0"
    output_field = BooleanField()


def can_be_found(part: str) -> bool:
    """Whether the index knows where to look for `part`."""
    return any(letter >= ALONE_FROM for letter in part) or any(len(run) >= SHORTEST for run in part.split())


def contains(part: str) -> Q:
    """Memes with `part` somewhere in the title or the text, whatever stands around it; `can_be_found` says if it is quick."""
    part = " ".join(part.split())
    wanted = folded(Value(part))
    has_grams = Q(_Contains(grams(said()), grams(wanted)))
    return has_grams if _is_gram(part) else has_grams & Q(_StandsIn(said(), wanted))


def _is_gram(part: str) -> bool:
    """Whether the index itself knows where `part` stands, and no meme has to be looked at."""
    if all(letter >= ALONE_FROM for letter in part):
        return len(part) <= 2
    return part.isascii() and part.isalnum() and len(part) == 3
