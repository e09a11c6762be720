"""Who looks at what: leases in rows, so that no two curators ever see the same meme, and a closed tab loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rating.curation import rules
from rating.leases import LEASE_S
from rating.models import CurationQueue, QueueItem, QueueItemQuerySet, Verdict
from search.models import DuplicatePair, Meme

SKIPPED_FOR = timedelta(days=1)  # then it is shown again to whoever skipped it; to others at once
MOST_BESIDE = 4


def waiting(queue: CurationQueue, user: User) -> QueueItemQuerySet:
    """What `user` is to decide about, the best first; who holds it matters elsewhere."""
    seen = rules.shown(queue, user)
    return QueueItem.objects.filter(queue=queue, meme__in=seen).waiting().order_by("-percentile", "pk")


def unskipped(items: QueueItemQuerySet, user: User) -> QueueItemQuerySet:
    lately = Verdict.objects.standing().filter(item=OuterRef("pk"), by=user, outcome=Verdict.Outcome.SKIP)
    return items.exclude(Exists(lately.filter(decided_at__gte=timezone.now() - SKIPPED_FOR)))


def take(queue: CurationQueue, user: User, tab: str, count: int) -> list[QueueItem]:
    """The next items for `tab`, leased; repeated, the same ones come until they are decided. Whoever asks at the same time gets
    other ones."""
    with transaction.atomic():
        free = unskipped(waiting(queue, user), user).free_for(user, tab)
        found = list(free.select_for_update(of=("self",), skip_locked=True)[:count])
        until = timezone.now() + timedelta(seconds=LEASE_S)
        chosen = QueueItem.objects.filter(pk__in=[item.pk for item in found])
        chosen.update(holder=user, tab=tab, leased_until=until)
    return found


def peek(queue: CurationQueue, user: User) -> QueueItem | None:
    """The next one, held by nobody: for a page without scripts, which cannot give a lease back."""
    return unskipped(waiting(queue, user), user).unheld(user).first()


def release(user: User, tab: str) -> int:
    """Give back what `tab` holds and has not decided. Returns how many; repeated, none."""
    held = QueueItem.objects.filter(holder=user, tab=tab, decided_at=None)
    return held.update(holder=None, tab="", leased_until=None)


@dataclass(frozen=True)
class Beside:
    """A meme that the library holds already and that may be the same; `distance` as its pair has it."""

    meme: Meme
    tier: str
    distance: float


def beside(user: User, memes: Sequence[int]) -> dict[int, list[Beside]]:
    """What may be the same as each of `memes`, the nearest first, of what lists show `user`; at most MOST_BESIDE of each."""
    undecided = DuplicatePair.objects.filter(decision__in=["", DuplicatePair.Decision.BOTH])
    pairs = undecided.filter(Q(first__in=memes) | Q(second__in=memes)).order_by("-tier", "distance", "pk")
    rows = [(pair.first_id, pair.second_id, pair) for pair in pairs]
    both = [(one, other, pair) for first, second, pair in rows for one, other in ((first, second), (second, first))]
    seen = Meme.objects.listed_for(user).defer("text_boxes", "words").in_bulk({other for _, other, _ in both})
    found: dict[int, list[Beside]] = {meme: [] for meme in memes}
    for one, other, pair in both:
        if one in found and other in seen and len(found[one]) < MOST_BESIDE:
            found[one].append(Beside(seen[other], pair.tier, pair.distance))
    return found
