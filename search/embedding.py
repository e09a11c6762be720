"""The stage that gives memes their vectors: loading, encoding and writing go on beside each other."""

import io
import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.conf import settings
from django.db import transaction
from PIL import Image

from search import claims, jobs, spaces, store
from search.encoders import Encoder, EncoderAway, EncoderError
from search.encoders.base import Picture
from search.models import Claim, ConceptActivations, Embedding, EmbeddingSpace, Meme
from search.vectors import Vector, copy_in

log = logging.getLogger(__name__)

BATCH = 32
READERS = 4
AHEAD = 2  # batches being loaded while one is encoded: claiming and writing may take a while now and then
# Where a batch takes longer, loading is nothing beside it, and what is claimed ahead would wait for longer than its lease.
SLOW_S = 10.0
Loading = Future["list[Picture] | str"]


@dataclass(frozen=True)
class Encoded:
    """What became of a batch: `vectors` of the frames of `memes`, in order, and why others have none."""

    memes: list[tuple[int, int]]  # id and frames
    vectors: Vector
    unreadable: dict[int, str]
    took_s: float = SLOW_S


def embed_memes(*, budget_s: float) -> int:
    """Give every meme a vector in each space that is active or being built; swap spaces when the new one is complete."""
    stop_at = time.monotonic() + budget_s
    try:
        spaces.ensure(settings.MSE_ENCODER)
    except EncoderError as error:
        log.error("The encoder of the settings cannot be loaded; the active space goes on without it: %s", error)
    done = 0
    for space, encoder in spaces.in_use():
        with jobs.sweep("embedding", partial(spaces.lacking, space), key=str(space.pk), about=space.name) as job:
            done += fill(space, encoder, stop_at, job)
            job.has_more = time.monotonic() >= stop_at
    spaces.promote_complete()
    return done


def fill(space: EmbeddingSpace, encoder: Encoder, stop_at: float, job: jobs.Running, *, batch: int = BATCH) -> int:
    """Vectors of all that lack one in `space`, until that moment on the monotonic clock; returns of how many memes.

    The encoder has a thread of its own, and waits neither for files nor for Postgres. A meme that cannot be loaded is tried
    later, and so are all of a batch on which the encoder fails. One on another machine that is away ends it, and the memes wait
    as if nobody had tried.
    """
    done, took_s = 0, SLOW_S
    under_way: deque[tuple[list[Meme], Future[Encoded]]] = deque()
    with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(1) as encoding:
        try:
            for memes in _claimed(space, batch, stop_at):
                loading = [(meme.pk, readers.submit(_pictures, meme)) for meme in memes]
                under_way.append((memes, encoding.submit(_encode, encoder, loading)))
                if len(under_way) > (AHEAD if took_s < SLOW_S else 0):
                    kept = _keep(space, job, *under_way[0])
                    under_way.popleft()
                    done, took_s = done + len(kept.memes), kept.took_s
            while under_way:
                done += len(_keep(space, job, *under_way[0]).memes)
                under_way.popleft()
        except EncoderAway as error:
            log.error("The encoder of %s cannot be used now; what waits for it is tried again later: %s", space, error)
            waiting = [meme.pk for memes, _ in under_way for meme in memes]
            claims.release(waiting, Claim.Stage.EMBEDDING, space=space)
        finally:
            encoding.shutdown(cancel_futures=True)
    return done


def _claimed(space: EmbeddingSpace, batch: int, stop_at: float) -> Iterator[list[Meme]]:
    while time.monotonic() < stop_at:
        memes = claims.claim(Claim.Stage.EMBEDDING, batch, space=space, needs_text=space.reads_text)
        if not memes:
            return
        yield memes


def _encode(encoder: Encoder, loading: Sequence[tuple[int, Loading]]) -> Encoded:
    """In the encoder's thread, which touches no row."""
    loaded: list[tuple[int, int]] = []
    pictures: list[Picture] = []
    unreadable: dict[int, str] = {}
    for meme_id, one in loading:
        found = one.result()
        if isinstance(found, str):
            unreadable[meme_id] = found
        else:
            loaded.append((meme_id, len(found)))
            pictures += found
    began = time.monotonic()
    vectors = encoder.encode_pictures(pictures) if pictures else np.zeros((0, encoder.dims), np.float32)
    return Encoded(loaded, vectors, unreadable, time.monotonic() - began)


def _keep(space: EmbeddingSpace, job: jobs.Running, memes: Sequence[Meme], encoding: "Future[Encoded]") -> Encoded:
    try:
        encoded = encoding.result()
    except EncoderAway:
        raise
    except Exception as error:
        log.exception("embedding %d memes failed", len(memes))
        reason = f"{type(error).__name__}: {error}"
        encoded = Encoded([], np.zeros((0, space.dims), np.float32), {meme.pk: reason for meme in memes})
    for meme_id, reason in encoded.unreadable.items():
        claims.postpone(meme_id, Claim.Stage.EMBEDDING, reason, space=space)
    if encoded.memes:
        keep_vectors(space, encoded.memes, encoded.vectors)
    job.advance(len(memes))
    return encoded


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
        image = Image.open(io.BytesIO(file.read()))
        image.load()
    return image if image.mode == "RGB" else image.convert("RGB")


def keep_vectors(space: EmbeddingSpace, counts: Sequence[tuple[int, int]], vectors: Vector) -> None:
    """Keep the vectors of `(meme id, frames)` in order, in place of those that were there; a meme that was purged meanwhile is
    passed over. Repeatable."""
    with transaction.atomic():
        # Whoever writes vectors of a meme holds its row.
        rows = Meme.objects.filter(pk__in=[pk for pk, _ in counts]).exclude(state=Meme.State.PURGED).order_by("pk")
        alive = set(rows.select_for_update().values_list("pk", flat=True))
        owners = np.array([(pk, frame) for pk, frames in counts for frame in range(frames)], np.int64).reshape(-1, 2)
        kept = np.isin(owners[:, 0], list(alive))
        Embedding.objects.filter(space=space, meme__in=alive).delete()
        ConceptActivations.objects.filter(model__space=space, meme__in=alive).delete()  # seen in what was there
        copy_in(space.pk, owners[kept, 0], np.asarray(vectors)[kept], owners[kept, 1])
        Claim.objects.filter(meme__in=alive, stage=Claim.Stage.EMBEDDING, space=space).delete()
