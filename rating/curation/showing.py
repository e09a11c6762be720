"""Items with all that is needed to decide about them: the meme, what it would be called, where it was seen, what is like it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q

from rating.curation import filling, leasing, names
from rating.curation.leasing import Beside
from rating.models import CurationQueue, QueueItem, Verdict
from search.models import Meme, Sighting


@dataclass(frozen=True)
class Shown:
    """`name` is what the pattern of the queue makes; `seen` where it was seen, None where nothing of that has an address."""

    item: QueueItem
    meme: Meme
    name: str
    seen: Sighting | None
    beside: Sequence[Beside]


@dataclass(frozen=True)
class Counts:
    """How many wait, and what `user` has decided in this queue since midnight."""

    waiting: int
    today: int


def shown(queue: CurationQueue, user: User, items: Sequence[QueueItem]) -> list[Shown]:
    """In their order; without those whose meme has gone since. As many questions to the database for one as for many."""
    ids = [item.meme_id for item in items]
    memes = Meme.objects.visible_to(user).defer("text_boxes", "words").in_bulk(ids)
    called, near = names.made(queue, items), leasing.beside(user, ids)
    on_the_web = Q(url__startswith="https://") | Q(url__startswith="http://")
    sightings = Sighting.objects.filter(on_the_web, meme__in=ids).select_related("source").order_by("-pk")
    seen = {sighting.meme_id: sighting for sighting in sightings}
    return [
        Shown(item, memes[item.meme_id], called[item.pk], seen.get(item.meme_id), near[item.meme_id])
        for item in items
        if item.meme_id in memes
    ]


def counts(queue: CurationQueue, user: User) -> Counts:
    mine = Verdict.objects.standing().filter(item__queue=queue, by=user, decided_at__gte=filling.today())
    return Counts(leasing.waiting(queue, user).count(), mine.exclude(outcome=Verdict.Outcome.SKIP).count())
