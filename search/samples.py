"""A sample of the vectors that can be found: by a hash, so that it is the same one every time, and the sidecar's too."""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from search.models import Embedding, EmbeddingSpace, Meme
from search.sidecar import background as sampling

FRAMES_PER_MEME = 256  # in the keys of the sidecar


def searchable(space: EmbeddingSpace) -> QuerySet[Embedding]:
    """What the sidecar's index holds."""
    return Embedding.objects.filter(space=space, meme__state=Meme.State.ACTIVE, frame__lt=FRAMES_PER_MEME)


def of(rows: QuerySet[Embedding], count: int) -> QuerySet[Embedding]:
    """`count` of `rows`; fewer when there are no more."""
    return rows.order_by(_hash())[:count]


def _hash() -> RawSQL:
    """`background.hash_key` of the sidecar's keys."""
    hashed = f"(meme_id::bigint * {FRAMES_PER_MEME} + frame) % {sampling.PRIME} * {sampling.FIRST} % {sampling.PRIME}"
    mixed = f"(({hashed}) # (({hashed}) >> {sampling.SHIFT}))"
    return RawSQL(f"{mixed} * {sampling.SECOND} % {sampling.PRIME}".replace("%", "%%"), [])  # numbers of our own
