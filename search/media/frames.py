"""Which frames stand for a clip: neither flat ones nor repetitions, and the best of them as its poster."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Looked at per clip, and kept of those. More kept frames mean more vectors in the index for one meme.
CANDIDATES = 16
MOST_FRAMES = 8

# A frame is compared as 32 x 32 grey cells, 0 to 255: fine enough to see a changed caption, coarse enough to
# average the noise of the encoder away.
CELLS = 32
FLAT = 4.0  # standard deviation; fades to black and title cards without a title are below it
REPEATED = 24.0  # greatest difference of any cell; encoder noise stays below 10, a changed word exceeds 40

# The first frame that has nearly the detail of the best, so that a re-encoded clip gets the same poster.
NEARLY_BEST = 0.9


@dataclass(frozen=True)
class Selection:
    frames: tuple[Image.Image, ...]
    poster: Image.Image


def select(candidates: Iterable[Image.Image]) -> Selection | None:
    """At most MOST_FRAMES of `candidates` (small RGB pictures in order of time). None when there is no candidate.

    When every frame is flat, the first stands for the clip.
    """
    kept: list[Image.Image] = []
    seen: list[NDArray[np.float32]] = []
    first: Image.Image | None = None
    for candidate in candidates:
        first = first or candidate
        cells = _cells(candidate)
        if cells.std() < FLAT or any(np.abs(cells - other).max() < REPEATED for other in seen):
            continue
        kept.append(candidate)
        seen.append(cells)
    if first is None:
        return None
    frames = _spread(kept) if kept else (first,)
    return Selection(frames, _poster(frames))


def _cells(image: Image.Image) -> NDArray[np.float32]:
    return np.asarray(image.convert("L").resize((CELLS, CELLS), Image.Resampling.BOX), dtype=np.float32)


def _spread(frames: Sequence[Image.Image]) -> tuple[Image.Image, ...]:
    if len(frames) <= MOST_FRAMES:
        return tuple(frames)
    return tuple(frames[index * len(frames) // MOST_FRAMES] for index in range(MOST_FRAMES))


def _poster(frames: Sequence[Image.Image]) -> Image.Image:
    """Entropy of the grey levels measures how much there is to see."""
    details = [frame.convert("L").entropy() for frame in frames]
    return next(frame for frame, detail in zip(frames, details, strict=True) if detail >= NEARLY_BEST * max(details))
