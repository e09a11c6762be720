"""A sample of the vectors that can be found: by a hash, so that it is the same one every time, and the sidecar's too.

It is taken of everything, with what others keep private: where results become weak, or where the best tenth begins, is then
the same for everybody. What leaves the sample is a few quantiles of up to thousands of cosines, never a meme, its score or
whose it is, and they show only in which of the memes that one may see anyway lie above and below. One private meme moves them
by a rank among all. Of a handful of memes nothing is told (`search.tail.FEWEST_SAMPLED`).
"""

from django.db.models import QuerySet

from search.models import Embedding, EmbeddingSpace, Meme
from search.models.embeddings import SAMPLE_ORDER

FRAMES_PER_MEME = 256  # in the keys of the sidecar


def searchable(space: EmbeddingSpace) -> QuerySet[Embedding]:
    """What the sidecar's index holds."""
    return Embedding.objects.filter(space=space, meme__state=Meme.State.ACTIVE, frame__lt=FRAMES_PER_MEME)


def of(rows: QuerySet[Embedding], count: int) -> QuerySet[Embedding]:
    """`count` of `rows`, which are of one space; fewer when there are no more. Read along an index: no others are looked at."""
    return rows.order_by(SAMPLE_ORDER)[:count]
