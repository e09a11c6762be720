"""The stages that make a meme findable: media, text, vectors. Each pulls what still lacks its result until nothing does."""

import errno
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from PIL import Image

from search import claims, jobs, library, spaces, store
from search.encoders import Encoder, EncoderError
from search.encoders.base import Picture
from search.media import BadMedia, derive
from search.media.limits import let_through
from search.media.ocr import Reader, Reading, load_for_reading
from search.models import Claim, Embedding, EmbeddingSpace, Meme

log = logging.getLogger(__name__)

BUDGET_S = 240.0  # a sweep ends before Celery's soft limit; the next one goes on
MEDIA_BATCH = 8
TEXT_BATCH = 4  # half a second each: the lease must outlast a batch
EMBEDDING_BATCH = 32
KEEP_CHANGES_DAYS = 7
PRUNE = """
DELETE FROM search_embeddingchange WHERE xid < (
    SELECT xid FROM search_embeddingchange WHERE created_at < now() - %s * interval '1 day' ORDER BY xid DESC LIMIT 1)
"""

# Celery's word that a task has run too long says nothing about the picture it was in.
let_through(SoftTimeLimitExceeded)

# The store or the machine is in trouble, not the meme: stop, keep the work for later, say it in the log.
BLOCKING_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


class StageBlocked(Exception):
    """No meme can pass this stage at present, for a reason outside of the memes."""


def derive_media(*, budget_s: float = BUDGET_S) -> int:
    """Make thumbnails, frames, hash and colour for every meme without them. Returns how many were done."""
    return _sweep(Claim.Stage.MEDIA, MEDIA_BATCH, _derive_one, budget_s=budget_s)


def read_texts(*, budget_s: float = BUDGET_S) -> int:
    """Read the text in every meme whose text was not read. Returns how many were done."""
    return _sweep(Claim.Stage.TEXT, TEXT_BATCH, _read_one, budget_s=budget_s, first=derive_media)


def _sweep(
    stage: Claim.Stage,
    batch: int,
    work: Callable[[Meme], None],
    *,
    budget_s: float,
    first: Callable[..., int] = lambda **_: 0,
) -> int:
    """Batch after batch until nothing is left. `first` goes before each batch: reading text must not hold up thumbnails."""
    done, stop_at = 0, time.monotonic() + budget_s
    with jobs.sweep(stage.value, partial(claims.lacking, stage)) as job:
        while time.monotonic() < stop_at:
            first(budget_s=stop_at - time.monotonic())
            memes = claims.claim(stage, batch)
            if not memes:
                break
            for number, meme in enumerate(memes):
                try:
                    done += _attempt(stage, meme, work)
                except StageBlocked:
                    claims.release([left.pk for left in memes[number:]], stage)
                    raise
                except SoftTimeLimitExceeded:
                    claims.postpone(meme.pk, stage, "It took longer than a task may.")
                    claims.release([left.pk for left in memes[number + 1 :]], stage)
                    raise
                job.advance()
        else:
            job.has_more = True
    return done


def _attempt(stage: Claim.Stage, meme: Meme, work: Callable[[Meme], None]) -> bool:
    """Try one meme; what goes wrong is kept with the meme and stops nothing else, unless it would stop every meme."""
    try:
        work(meme)
    except (BadMedia, library.OriginalGone) as error:
        claims.fail(meme.pk, stage, str(error))
    except SoftTimeLimitExceeded:
        raise
    except OSError as error:
        if error.errno in BLOCKING_ERRORS:
            raise StageBlocked(f"{stage}: {error}") from error
        claims.postpone(meme.pk, stage, str(error))
    except Exception as error:
        log.exception("%s of meme %s failed", stage, meme.pk)
        claims.postpone(meme.pk, stage, f"{type(error).__name__}: {error}")
    else:
        return True
    return False


def _derive_one(meme: Meme) -> None:
    with library.open_original(meme) as file:
        library.keep_derived(meme, derive(file, library.limits()))


@cache
def _reader() -> Reader:
    return Reader()


def _read_one(meme: Meme) -> None:
    if not settings.MSE_OCR:
        library.keep_reading(meme, Reading(text="", boxes=()))
    elif meme.kind == Meme.Kind.IMAGE:
        # The original, not a preview: a long screenshot scaled to 1600 px has lost its letters.
        with library.open_original(meme) as file:
            library.keep_reading(meme, _reader().read(load_for_reading(file, library.limits())))
    else:
        library.keep_reading(meme, _read_clip(meme))


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
    """Give every meme a vector in each space that is active or being built; swap spaces when the new one is complete."""
    stop_at = time.monotonic() + budget_s
    try:
        spaces.ensure(settings.MSE_ENCODER)
    except EncoderError as error:
        log.error("The encoder of the settings cannot be loaded; the active space goes on without it: %s", error)
    done = 0
    for space, encoder in spaces.in_use():
        with jobs.sweep("embedding", partial(spaces.lacking, space), key=str(space.pk), about=space.name) as job:
            for memes in _claimed(space, stop_at):
                done += _embed_batch(space, encoder, memes)
                job.advance(len(memes))
            job.has_more = time.monotonic() >= stop_at
    spaces.promote_complete()
    return done


def _claimed(space: EmbeddingSpace, stop_at: float) -> Iterator[list[Meme]]:
    while time.monotonic() < stop_at:
        memes = claims.claim(Claim.Stage.EMBEDDING, EMBEDDING_BATCH, space=space, needs_text=space.reads_text)
        if not memes:
            return
        yield memes


def _embed_batch(space: EmbeddingSpace, encoder: Encoder, memes: Sequence[Meme]) -> int:
    """Embed a batch; one that cannot be loaded is set aside, and if the batch fails its memes are tried later."""
    loaded: list[tuple[Meme, list[Picture]]] = []
    with ThreadPoolExecutor(4) as pool:
        for meme, pictures in zip(memes, pool.map(_pictures, memes), strict=True):
            if isinstance(pictures, str):
                claims.postpone(meme.pk, Claim.Stage.EMBEDDING, pictures, space=space)
            else:
                loaded.append((meme, pictures))
    if not loaded:
        return 0
    try:
        vectors = encoder.encode_pictures([picture for _, pictures in loaded for picture in pictures])
    except Exception as error:
        log.exception("embedding %d memes failed", len(loaded))
        for meme, _ in loaded:
            claims.postpone(meme.pk, Claim.Stage.EMBEDDING, f"{type(error).__name__}: {error}", space=space)
        return 0
    keep_vectors(space, [(meme.pk, len(pictures)) for meme, pictures in loaded], vectors)
    return len(loaded)


def _pictures(meme: Meme) -> list[Picture] | str:
    """What the encoder sees of `meme`, from what we made of it ourselves; or why there is nothing."""
    keys = [store.thumbnail_key(meme.sha256)]
    if meme.kind != Meme.Kind.IMAGE:
        keys = [store.frame_key(meme.sha256, number) for number in range(meme.frame_count)]
    try:
        return [Picture(_load(key), meme.text) for key in keys]
    except (OSError, ValueError) as error:
        return f"The thumbnail cannot be read: {error}"


def _load(key: str) -> Image.Image:
    with store.get(key) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


def keep_vectors(space: EmbeddingSpace, counts: Sequence[tuple[int, int]], vectors: np.ndarray) -> None:
    """Keep the vectors of `(meme id, frames)` in order; a meme that was purged meanwhile is passed over. Repeatable."""
    owners = [(meme_id, frame) for meme_id, frames in counts for frame in range(frames)]
    with transaction.atomic():
        alive = set(
            Meme.objects.filter(pk__in=[pk for pk, _ in counts])
            .exclude(state=Meme.State.PURGED)
            .select_for_update()
            .values_list("pk", flat=True)
        )
        Embedding.objects.bulk_create(
            [
                Embedding(space=space, meme_id=meme_id, frame=frame, vector=vector)
                for (meme_id, frame), vector in zip(owners, vectors, strict=True)
                if meme_id in alive
            ],
            update_conflicts=True,
            unique_fields=["space", "meme", "frame"],
            update_fields=["vector"],
        )
        Claim.objects.filter(meme__in=alive, stage=Claim.Stage.EMBEDDING, space=space).delete()


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
