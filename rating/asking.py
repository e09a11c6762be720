"""What is shown to somebody next, in either mode, with all that is needed to show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import User
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from rating import fours, pairs
from rating.models import Candidate
from rating.pairs import Asked
from search.models import Meme

Mode = Literal["pairs", "fours"]


@dataclass(frozen=True)
class Questions:
    """Candidates in the order in which they are to be shown. `is_held_elsewhere`: the rest is shown in other tabs."""

    candidates: Sequence[Candidate]
    memes: dict[int, Meme]
    is_held_elsewhere: bool


def take(asked: Asked, mode: Mode, tab: str, count: int) -> Questions:
    """The next questions for `tab`; repeated, the same ones come until they are answered."""
    kind = fours if mode == "fours" else pairs
    found: Sequence[Candidate] = kind.take(asked, tab, count)
    memes = shown(asked.pool.rater, found)
    left = whole(found, memes)
    return Questions(left, memes, not left and kind.queue(asked).exists())


def peek(asked: Asked, mode: Mode) -> Questions:
    """The question that comes first, held by no tab: for a page without scripts, which cannot give a lease back.

    If all are shown in other tabs, one of those: what is answered first counts.
    """
    queue, fill = (fours.queue, fours.fill) if mode == "fours" else (pairs.queue, pairs.fill_at_once)
    waiting = queue(asked).order_by(F("leased_until").asc(nulls_first=True), "-priority", "pk")
    first = waiting.first()
    if first is None and fill(asked):
        first = waiting.first()
    if first is not None:
        type(first).objects.filter(pk=first.pk).update(asked_at=Coalesce("asked_at", Now()))
    found = [first] if first else []
    memes = shown(asked.pool.rater, found)
    return Questions(whole(found, memes), memes, False)


def whole(candidates: Sequence[Candidate], memes: Mapping[int, Meme]) -> list[Candidate]:
    """Those that can be shown with `memes`: one may have been taken out since they were found."""
    return [candidate for candidate in candidates if memes.keys() >= set(candidate.meme_ids)]


def shown(rater: User, candidates: Sequence[Candidate]) -> dict[int, Meme]:
    """The memes of these candidates that `rater` may see, by id."""
    ids = {pk for candidate in candidates for pk in candidate.meme_ids}
    return Meme.objects.visible_to(rater).defer("text_boxes", "words").in_bulk(ids)
