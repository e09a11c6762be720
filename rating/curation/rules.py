"""What the rule of a queue means now: which memes it is about, and how much its taste likes each."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rating import deep_scores
from rating.evidence import chosen
from rating.models import CurationQueue
from rating.terms import EVERYONE, TasteKind
from search import query, retrieval, scales, spaces
from search.directions import NothingToCompare
from search.filters import among, condition
from search.hits import Detail
from search.kinds import Scale
from search.models import Compared, DuplicatePair, Meme, MemeQuerySet, Tier

STEPS_PERCENT = np.linspace(0, 100, 401)
TASTE_GONE = "The taste that this queue goes by is gone: choose another one."


@dataclass(frozen=True)
class Rule:
    """`memes` it is about, whether they wait or not; `asked`: what it says of them, whatever else hides them or lets them wait
    elsewhere. `version` names the taste, for it is learned anew again and again."""

    memes: MemeQuerySet
    asked: Q
    scale: Scale
    version: str

    def percentiles(self, scores: list[float]) -> list[float]:
        """How much of the library is below each score, 0 to 100."""
        at = [self.scale.at(percent) for percent in STEPS_PERCENT]
        return [float(share) for share in np.interp(scores, at, STEPS_PERCENT)]


def read(queue: CurationQueue) -> Rule:
    """As whoever made the queue reads it.

    Raises NothingToCompare for a taste that is gone or no longer shared, and what a search raises for a bad query.
    """
    by = queue.made_by
    if by is None or not by.is_active:
        raise NothingToCompare("Whoever made this queue is gone: save it again to make it yours.")
    scale = scales.scale(by, TasteKind.key.name, taste_name(queue))
    asked = _asked(queue, by)
    return Rule(_memes(queue, by, asked), asked, scale, _version(queue))


def taste_name(queue: CurationQueue) -> str:
    """As whoever made the queue writes it in a search. Raises NothingToCompare when nobody is left whose taste it is."""
    if queue.is_by_everyone:
        return f"{EVERYONE}/{queue.axis.name}"
    if queue.taste_of is None:
        raise NothingToCompare(TASTE_GONE)
    return queue.axis.name if queue.taste_of == queue.made_by else f"{queue.taste_of.username}/{queue.axis.name}"


def _version(queue: CurationQueue) -> str:
    space = spaces.active()
    if space is None:
        raise NothingToCompare("Nothing here has been read yet.")
    found = chosen(None if queue.is_by_everyone else queue.taste_of, queue.axis, space)
    if deep_scores.scale(found) is not None and found.deep is not None:
        return f"networks {found.deep.pk}"
    assert found.linear is not None  # a scale was found
    return f"{found.linear.pk} {found.linear.learned_from} {found.linear.learned_at.timestamp()}"


def _asked(queue: CurationQueue, by: User) -> Q:
    asked = _searched(queue.query, by)
    if queue.max_age_days is not None:
        asked &= Q(dated_at__gte=timezone.now() - timedelta(days=queue.max_age_days))
    return asked


def _memes(queue: CurationQueue, by: User, asked: Q) -> MemeQuerySet:
    memes = shown(queue, by).filter(asked)
    # What was not compared yet may turn out to be the same as another one.
    return memes.filter(_is_compared()) if queue.skips_duplicates else memes


def shown(queue: CurationQueue, user: User) -> MemeQuerySet:
    """What this queue may hold of what lists show `user`: shared memes alone if others look at it too."""
    memes = Meme.objects.listed_for(user).exclude(derived_at=None)
    if queue.private_to_id is None:
        memes = memes.filter(private_to=None)
    return memes.exclude(is_again()) if queue.skips_duplicates else memes


def visible(queue: CurationQueue, user: User) -> MemeQuerySet:
    """What `user` may see of what this queue may hold."""
    memes = Meme.objects.visible_to(user)
    return memes.filter(private_to=None) if queue.private_to_id is None else memes


def is_again() -> Q:
    """That a meme may be the same as one that was there before it, and nobody said that it is not."""
    earlier = DuplicatePair.objects.filter(second=OuterRef("pk"), decision="", first__state=Meme.State.ACTIVE)
    return Q(Exists(earlier))


def _is_compared() -> Q:
    compared = Compared.objects.filter(meme=OuterRef("pk"), tier=Tier.PICTURE)
    return Q(phash=None) | Q(Exists(compared))


def _searched(text: str, by: User) -> Q:
    """What a search lets through; of one with words or pictures, all that is more than chance."""
    asked = query.parse(text)
    if not asked.directions:
        return condition(by, asked)
    found = retrieval.search(by, asked, limit=retrieval.MAX_DEPTH, detail=Detail((), has_match=False, has_tastes=False))
    strong = found.hits if found.weaker_from is None else found.hits[: found.divider]
    return among([hit.meme.pk for hit in strong])
