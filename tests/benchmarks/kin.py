"""What memes of a library that people live in have to do with each other: copies, and other words on the same picture."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from search.sidecar.terms import Ids, Vector
from tests.search.sidecar.mixture import Mixture, rounded

FAMILY = 25  # memes: of so many in a row
COPIES = (7, 8)  # these are copies of the first one
CAPTIONED = (11, 12, 13)  # and these are a known picture with other words
PICTURES = 300  # that are known
FRAMES = 4  # of a clip
# How long the difference is, for a vector of length 1: cosines of .98, .93 and .89.
COPY, NEXT_FRAME, CAPTION = 0.2, 0.4, 0.5
SAME_PICTURE = ("text", "color", "width", "height")


def rows(alone: Iterator[tuple[object, ...]], columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """`alone` are rows of memes that have nothing to do with each other, in the order of their ids from 1 on."""
    chance, first = random.Random(5), dict[str, Any]()
    for number, row in enumerate(alone):
        meme: dict[str, Any] = dict(zip(columns, row, strict=True))
        place = number % FAMILY
        if place == 0:
            first = meme
        elif place in COPIES:
            meme |= {name: first[name] for name in SAME_PICTURE} | {"phash": _moved(first["phash"], chance)}
        elif place in CAPTIONED and meme["kind"] == "image":
            drawing = random.Random(_picture(number))
            meme |= {"width": 800, "height": 600, "color": f"#{drawing.getrandbits(24):06x}"}
            meme["phash"] = _moved(drawing.getrandbits(62), chance)
        yield tuple(meme[name] for name in columns)


def vectors(ids: Ids, block: Vector, mixture: Mixture) -> Vector:
    """`block` (n, dims), of the memes `ids` (n,), with those of copies and known pictures moved to where they belong."""
    pictures = mixture.draw(PICTURES, 0)
    numbers = ids - 1
    places, found = numbers % FAMILY, block.copy()
    copies = np.flatnonzero(np.isin(places, COPIES))
    found[copies] = near(block[copies - places[copies]], COPY, int(ids[0]))
    captioned = np.flatnonzero(np.isin(places, CAPTIONED))
    found[captioned] = near(pictures[_picture(numbers[captioned])], CAPTION, int(ids[0]) + 1)
    return found


def near(block: Vector, distance: float, seed: int) -> Vector:
    """Unit vectors (n, dims) about that far away."""
    rng = np.random.default_rng([6, seed])
    noise = rng.standard_normal(block.shape, dtype=np.float32) / np.float32(np.sqrt(block.shape[1]))
    return rounded(block + np.float32(distance) * noise)


def _picture(number: Any) -> Any:
    """Which known picture a captioned meme is made of; an int or an array of them."""
    return (number // FAMILY) % PICTURES


def _moved(phash: int, chance: random.Random) -> int:
    """As of a smaller or worse copy: two of 64 bits differ."""
    return phash ^ (1 << chance.randrange(62)) ^ (1 << chance.randrange(62))
