"""The stages that make a meme findable: media, text, vectors. Each pulls what still lacks its result until nothing does."""

from dataclasses import dataclass
from functools import cache

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from search import embedding, library, spaces, store
from search.embedding import keep_vectors
from search.media import Derived, derive
from search.media.limits import let_through
from search.media.ocr import Reader, Reading, load_for_reading
from search.models import Claim, EmbeddingSpace, Meme
from search.sweeping import StageBlocked, Work, sweep

BUDGET_S = 240.0  # a sweep ends before Celery's soft limit; the next one goes on
MEDIA_BATCH = 16
TEXT_BATCH = 4  # half a second each: the lease must outlast a batch
UNREAD_BATCH = 200  # where nothing is read
KEEP_CHANGES_DAYS = 7
PRUNE = """
DELETE FROM search_embeddingchange WHERE xid < (
    SELECT xid FROM search_embeddingchange WHERE created_at < now() - %s * interval '1 day' ORDER BY xid DESC LIMIT 1)
"""

# Celery's word that a task has run too long says nothing about the picture it was in.
let_through(SoftTimeLimitExceeded)


def derive_media(*, budget_s: float = BUDGET_S) -> int:
    """Make thumbnails, frames, hash and colour for every meme without them. Returns how many were done."""
    return sweep(Work(Claim.Stage.MEDIA, MEDIA_BATCH, _derive, library.keep_all_derived), budget_s=budget_s)


def read_texts(*, budget_s: float = BUDGET_S) -> int:
    """Read the text in every meme whose text was not read. Returns how many were done."""
    batch = TEXT_BATCH if settings.MSE_OCR else UNREAD_BATCH
    work = Work(Claim.Stage.TEXT, batch, _read, library.keep_readings)
    return sweep(work, budget_s=budget_s, first=derive_media)


def _derive(meme: Meme) -> Derived:
    with library.open_original(meme) as file:
        return derive(file, library.limits())


@cache
def _reader() -> Reader:
    return Reader()


def _read(meme: Meme) -> Reading:
    if not settings.MSE_OCR:
        return Reading(text="", boxes=())
    if meme.kind != Meme.Kind.IMAGE:
        return _read_clip(meme)
    # The original, not a preview: a long screenshot scaled to 1600 px has lost its letters.
    with library.open_original(meme) as file:
        return _reader().read(load_for_reading(file, library.limits()))


def _read_clip(meme: Meme) -> Reading:
    """The poster's text with its boxes, then every line that other frames add: captions change as a clip goes on."""
    poster = _read_stored(store.thumbnail_key(meme.sha256))
    lines = dict.fromkeys(poster.text.splitlines())
    for frame in range(meme.frame_count):
        lines |= dict.fromkeys(_read_stored(store.frame_key(meme.sha256, frame)).text.splitlines())
    return Reading(text="\n".join(lines), boxes=poster.boxes)


def _read_stored(key: str) -> Reading:
    with store.get(key) as file:
        return _reader().read(file.read())


def embed_memes(*, budget_s: float = BUDGET_S) -> int:
    """Give every meme a vector in each space that is active or being built. Returns how many were done."""
    return embedding.embed_memes(budget_s=budget_s)


def prune_changes() -> int:
    """Forget changes that every sidecar has long seen; one with an older snapshot rebuilds it. Returns how many.

    By transaction and not by date, and the newest of the old ones stays: the oldest row that is left tells a sidecar from
    which transaction on nothing is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, [KEEP_CHANGES_DAYS])
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Progress:
    """How far the library is: memes in all, and how many of them each stage has done or set aside."""

    memes: int
    media: int
    text: int
    embedded: int
    failed: int
    space: str
    building: str

    def is_complete(self) -> bool:
        return min(self.media, self.text, self.embedded) >= self.memes


def progress(memes: QuerySet[Meme] | None = None) -> Progress:
    """Counted from the rows, so it is right whoever does the work. Of `memes` alone, such as those somebody may see; not those
    whose bytes have not been here, with which there is nothing to do."""
    active = (Meme.objects.all() if memes is None else memes).filter(state=Meme.State.ACTIVE, remote_url="")
    failed = Claim.objects.exclude(failed_at=None).filter(meme__in=active)
    total = active.count()
    serving = EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.ACTIVE).first()
    building = EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.BUILDING).first()
    space = building or serving
    without_media = failed.filter(stage=Claim.Stage.MEDIA).values("meme")
    return Progress(
        memes=total,
        media=total - active.filter(derived_at=None).exclude(pk__in=without_media).count(),
        text=total
        - active.filter(text_read_at=None).exclude(pk__in=failed.exclude(stage="embedding").values("meme")).count(),
        embedded=total - spaces.lacking(space, active) if space else 0,
        failed=failed.values("meme").distinct().count(),
        space=serving.name if serving else "",
        building=building.name if building else "",
    )


__all__ = [
    "Progress",
    "StageBlocked",
    "derive_media",
    "embed_memes",
    "keep_vectors",
    "progress",
    "prune_changes",
    "read_texts",
]
