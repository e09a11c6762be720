"""How busy the encoder is while memes get their vectors: `python -m tests.benchmarks.ingest_encoder`."""

import json
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any

import numpy as np

from tests.benchmarks.drawn_memes import scenery
from tests.benchmarks.ingest_site import empty_site
from tests.benchmarks.report import Figure, Report, figure, main

BATCHES, QUICK_BATCHES = 100, 30
ENCODER_S = 0.1
DIMS = 768
DRAWN = 20  # different thumbnails
THUMBNAIL_PX = 512


class Fake:
    """An encoder that takes ENCODER_S for any batch, as one on a GPU does, and knows when it was at it."""

    spec, name, revision, dims, reads_text = "fake", "fake", "1", DIMS, False

    def __init__(self) -> None:
        self.turns: list[tuple[float, float]] = []

    def encode_pictures(self, pictures: Sequence[Any]) -> Any:
        began = time.perf_counter()
        time.sleep(ENCODER_S)
        self.turns.append((began, time.perf_counter()))
        return np.random.default_rng(len(self.turns)).standard_normal((len(pictures), DIMS), np.float32)

    def busy(self) -> float:
        """The share of the time from the beginning of the first turn to the end of the last."""
        return sum(end - began for began, end in self.turns) / (self.turns[-1][1] - self.turns[0][0])


def measure_encoder(quick: bool) -> list[Figure]:
    with empty_site() as site:
        found = json.loads(site.result("ingest_encoder", "fill", QUICK_BATCHES if quick else BATCHES))
    return [figure("vectors: the encoder is busy, 100 ms for a batch", 100 * found["busy"], "%", bound=">= 90")]


def fill(batches: int) -> dict[str, float]:
    """In the process that this is called in, where a site is set up."""
    import django

    django.setup()
    from django.utils import timezone

    from search import embedding, jobs, store
    from search.models import EmbeddingSpace, Meme

    thumbnails = _thumbnails()
    memes = []
    for number in range(batches * embedding.BATCH):
        digest = sha256(str(number).encode()).hexdigest()
        memes.append(
            Meme(
                sha256=digest, title=f"meme {number}", kind="image", format="JPEG", width=900, height=600, size_bytes=1,
                is_stored=True, derived_at=timezone.now(),
            )
        )  # fmt: skip
        store.put(store.thumbnail_key(digest), thumbnails[number % DRAWN])
    Meme.objects.bulk_create(memes)
    space = EmbeddingSpace.objects.create(name="fake", revision="1", dims=DIMS, reads_text=False, state="active")
    encoder = Fake()
    with jobs.sweep("embedding", lambda: 0) as job:
        done = embedding.fill(space, encoder, float("inf"), job)  # type: ignore[arg-type]  # it encodes no texts
    assert done == len(memes)
    return {"busy": encoder.busy()}


def _thumbnails() -> list[bytes]:
    dice = Random(7)
    found = []
    for _ in range(DRAWN):
        buffer = BytesIO()
        scenery((THUMBNAIL_PX, THUMBNAIL_PX * 2 // 3), dice).save(buffer, "WEBP", quality=80, method=0)
        found.append(buffer.getvalue())
    return found


def measure(quick: bool) -> Report:
    sizes = {"batches": QUICK_BATCHES if quick else BATCHES, "encoder_s": ENCODER_S}
    return Report("The encoder", measure_encoder(quick), sizes, "most of the batches" if quick else "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        print(json.dumps(fill(int(sys.argv[2]))))
    else:
        main(measure, __doc__)
