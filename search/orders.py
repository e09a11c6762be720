"""The orders in which memes can be listed, each with an index of its own except the random one and those of other apps."""

from django.db.models import BigIntegerField, F, Func, Value
from django.db.models.expressions import Combinable, OrderBy
from django.utils import timezone

from search import scales
from search.kinds import AnyUser
from search.query import Sort

NEWEST = ("-pk",)
Order = tuple[str | OrderBy | Combinable, ...]


def order(user: AnyUser, sort: Sort | None) -> Order:
    """Without a sort, what was added last comes first. Raises NothingToCompare for a taste that is not there."""
    match sort:
        case None:
            return NEWEST
        case Sort("new"):
            return ("-dated_at", "-pk")
        case Sort("old"):
            return ("dated_at", "pk")
        case Sort("size"):
            return ("-size_bytes", "-pk")
        case Sort("score"):
            return (F("top_score").desc(nulls_last=True), "-pk")
        case Sort("random", seed):
            return (_shuffled(_today() if seed is None else seed), "pk")
    return scales.order(user, sort)


def _today() -> int:
    """The seed of a random order that nobody chose: the pages of one day go on where the last one ended."""
    return timezone.localdate().toordinal()


def _shuffled(seed: int) -> Func:
    """Postgres's own hash of 64-bit numbers: the same for a meme and a seed, whatever else is there."""
    return Func(F("pk"), Value(seed), function="hashint8extended", output_field=BigIntegerField())
