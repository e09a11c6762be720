"""Queues in tests: a small library with a planted taste, and what waits of it."""

import uuid
from typing import Any

from django.contrib.auth.models import User

from rating.curation import filling, verdicts
from rating.curation.verdicts import Decision
from rating.models import Axis, CurationQueue, QueueItem
from search.models import Compared, Meme, Tier
from tests.rating import tasting


def planted(rater: User, axis: Axis, count: int = 60) -> dict[int, float]:
    """A library of `count` compared memes, of which `rater` has told what they like. What they like, by meme."""
    space = tasting.small_library(count)
    liked = tasting.scores(space)
    tasting.tell(rater, axis, liked, 80)
    Compared.objects.bulk_create(Compared(meme_id=meme, tier=Tier.PICTURE) for meme in liked)
    return liked


def queue(by: User, axis: Axis, **facts: Any) -> CurationQueue:
    """A shared one by the taste of `by`."""
    given = {"name": "daily", "made_by": by, "taste_of": by, "best_percent": 50.0, **facts}
    return CurationQueue.objects.create(axis=axis, **given)


def filled(by: User, axis: Axis, **facts: Any) -> CurationQueue:
    made = queue(by, axis, **facts)
    assert filling.fill(made)
    return made


def listed(made: CurationQueue, count: int = 12) -> list[QueueItem]:
    """Without a taste: memes that wait, as if they had been let in."""
    memes = list(Meme.objects.order_by("pk")[:count])
    return QueueItem.objects.bulk_create(
        QueueItem(queue=made, meme=meme, score=1.0, percentile=99.0 - place / 100, scored_from="test")
        for place, meme in enumerate(memes)
    )


def say(by: User, item: QueueItem, outcome: str = "keep", **facts: Any) -> uuid.UUID:
    key: uuid.UUID = facts.pop("key", None) or uuid.uuid4()
    verdicts.decide(by, item.pk, Decision(outcome, key, **facts))
    return key
