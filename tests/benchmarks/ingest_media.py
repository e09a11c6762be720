"""What taking a picture in costs beside the least any program could do: `python -m tests.benchmarks.ingest_media`."""

import random
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from statistics import median

from PIL import Image

from search.media import content_hash, derive
from search.media.derivation import THUMBNAIL_PX
from tests.benchmarks.drawn_memes import scenery
from tests.benchmarks.report import Figure, Report, figure, main

PICTURES, QUICK_PICTURES = 500, 150
LONGEST_PX = 1200
SHAPES = ((1200, 900), (1200, 1200), (900, 1200), (1200, 675))
# Turns of both loops, one after the other in short batches, so that a busy machine slows both alike.
BATCH = 10
REPEATS = 3


def bare(data: bytes) -> None:
    """The reference: Pillow's draft decoding and a thumbnail as WebP, nothing else."""
    image = Image.open(BytesIO(data))
    scale = THUMBNAIL_PX / max(image.size)
    image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    image.save(BytesIO(), "WEBP", quality=80, method=0)


def ours(data: bytes) -> None:
    """Hash of the bytes; thumbnail, perceptual hash and dominant colour of the picture."""
    file = BytesIO(data)
    content_hash(file)
    derive(file)


def measure_media(quick: bool) -> list[Figure]:
    """Pictures a second on one core, ours beside the bare loop, by processor time."""
    pictures = jpegs(QUICK_PICTURES if quick else PICTURES)
    for work in (ours, bare):
        work(pictures[0])  # imports what it needs on first use
    seconds: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(REPEATS):
        turn = {"ours": 0.0, "bare": 0.0}
        for start in range(0, len(pictures), BATCH):
            batch = pictures[start : start + BATCH]
            turn["ours"] += _seconds(ours, batch)
            turn["bare"] += _seconds(bare, batch)
        for name, took in turn.items():
            seconds[name].append(took)
    rates = {name: len(pictures) / median(took) for name, took in seconds.items()}
    return [
        figure(
            "decode + hash + thumbnail on one core, beside a bare Pillow loop",
            rates["ours"],
            "images/s",
            reference=rates["bare"],
            bound=">= 0.8",
        )
    ]


def _seconds(work: Callable[[bytes], None], pictures: Sequence[bytes]) -> float:
    start = time.process_time()
    for data in pictures:
        work(data)
    return time.process_time() - start


def jpegs(count: int) -> list[bytes]:
    """`count` JPEGs of LONGEST_PX; a few scenes in many crops, because drawing 500 would take longer than measuring."""
    dice = random.Random(7)
    scenes = [scenery((LONGEST_PX + 100, LONGEST_PX + 100), dice) for _ in range(8)]
    pictures = []
    for number in range(count):
        width, height = SHAPES[number % len(SHAPES)]
        left, top = dice.randrange(100), dice.randrange(100)
        buffer = BytesIO()
        scenes[number % len(scenes)].crop((left, top, left + width, top + height)).save(buffer, "JPEG", quality=85)
        pictures.append(buffer.getvalue())
    return pictures


def measure(quick: bool) -> Report:
    count = QUICK_PICTURES if quick else PICTURES
    left_out = f"{PICTURES - count} of {PICTURES} pictures" if quick else ""
    sizes: dict[str, int | float | str] = {"pictures": count, "longest_px": LONGEST_PX, "repeats": REPEATS}
    return Report("Taking pictures in", measure_media(quick), sizes, left_out)


if __name__ == "__main__":
    main(measure, __doc__)
