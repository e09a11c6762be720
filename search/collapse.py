"""Which memes are the same picture again: smaller, cut, stored badly, but not with other words on it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids

# Of 64 bits. Drawn memes cut at the edges, shrunk and stored badly differ by 0 to 12 from their originals, nine in ten by 8
# at most; other pictures by 10 and more, nearly always. Other words on the same picture move 0 to 18 bits.
FARTHEST = 8
# Where neither picture has words that could differ, the picture itself has to say more.
FARTHEST_WORDLESS = 4
# A hash has as many ones as zeros, unless so little is in the picture that most of its frequencies are zero.
FEWEST_ONES = 8
# Of the letters read from a good and from a bad copy a few differ, and each spoils three trigrams. Jaccard's measure: what
# both have among what either has.
LEAST_SAME_WORDS = 0.7
MOST_CHARACTERS = 400
MOST_COMPARISONS = 20_000  # 40 ms
# Hashes are blind to colour. Corners of the RGB cube are 255 apart.
FARTHEST_COLOUR = 64.0
# Cutting four percent off two edges changes the shape by less.
LARGEST_STRETCH = 1.12
_OTHERS = re.compile(r"[\W_]+")
BLOCK_ROWS = 128  # pairs are compared in pieces that fit the second-level cache


Pairs = tuple[Ids, Ids, npt.NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Looks:
    """What tells pictures with nearly the same hash apart."""

    letters: str  # and digits in it
    rgb: tuple[int, int, int] | None  # of its dominant colour
    width: int
    height: int

    @classmethod
    def of(cls, words: str, color: str, width: int, height: int) -> Self:
        """`color` is #rrggbb or empty."""
        letters = _OTHERS.sub("", words.casefold())[:MOST_CHARACTERS]
        rgb = (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)) if color else None
        return cls(letters, rgb, width, height)


def near_pairs(hashes: npt.NDArray[np.int64]) -> Pairs:
    """Pairs (first, second, distance) of rows of `hashes` (n,) at most FARTHEST bits apart, first < second, sorted.

    Hashes that say nothing are near to none. 2,000 hashes take 2 ms: half of each tells 299 pairs of 300 apart.
    """
    bits = hashes.view(np.uint64)
    ones = np.bitwise_count(bits)
    telling = np.flatnonzero((ones >= FEWEST_ONES) & (ones <= 64 - FEWEST_ONES))
    bits = bits[telling]
    halves = bits.astype(np.uint32)
    rows, columns = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for start in range(0, len(bits), BLOCK_ROWS):
        differing = np.bitwise_count(halves[start : start + BLOCK_ROWS, None] ^ halves[None, start:])
        row, column = np.divmod(np.flatnonzero(differing <= FARTHEST), len(bits) - start)
        later = row < column
        rows.append(row[later] + start)
        columns.append(column[later] + start)
    first, second = np.concatenate(rows), np.concatenate(columns)
    distance = np.bitwise_count(bits[first] ^ bits[second])
    near = distance <= FARTHEST
    return telling[first[near]], telling[second[near]], distance[near]


def are_alike(one: Looks, other: Looks, distance: int) -> bool:
    """Whether two pictures whose hashes are `distance` bits apart are the same one."""
    if distance > (FARTHEST if one.letters and other.letters else FARTHEST_WORDLESS):
        return False
    return _same_shape(one, other) and _same_colour(one.rgb, other.rgb) and _same_words(one.letters, other.letters)


def leaders(count: int, pairs: Pairs, looks: Mapping[int, Looks]) -> Ids:
    """(count,) the row that each row is shown under: the first one alike, which leads itself. `pairs` as of `near_pairs`.

    Everything in a group is alike to its leader, so that a chain of small steps does not join what is far apart. Rows that
    `looks` lacks lead themselves, and so does what is left after MOST_COMPARISONS: a template with a thousand captions.
    """
    leading = list(range(count))
    first, second, distance = pairs
    rows, starts = np.unique(first, return_index=True)
    known = {row: looks[row] for row in np.union1d(first, second).tolist() if row in looks}
    left = MOST_COMPARISONS
    for row, start, stop in zip(rows.tolist(), starts, [*starts[1:], len(first)], strict=True):
        if leading[row] != row or row not in known or left <= 0:
            continue
        for other, bits in zip(second[start:stop].tolist(), distance[start:stop].tolist(), strict=True):
            if leading[other] == other and other in known:
                left -= 1
                if are_alike(known[row], known[other], bits):
                    leading[other] = row
    return np.array(leading, np.intp)


def _same_shape(one: Looks, other: Looks) -> bool:
    wide, others_wide = one.width * other.height, other.width * one.height
    return 0 < max(wide, others_wide) <= LARGEST_STRETCH * min(wide, others_wide)


def _same_colour(rgb: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> bool:
    return rgb == other if rgb is None or other is None else math.dist(rgb, other) <= FARTHEST_COLOUR


def _same_words(letters: str, others: str) -> bool:
    if letters == others:
        return True
    some, more = _trigrams(letters), _trigrams(others)
    if min(len(some), len(more)) < LEAST_SAME_WORDS * max(len(some), len(more)):
        return False
    shared = len(some & more)
    return shared >= LEAST_SAME_WORDS * (len(some) + len(more) - shared)


# Of one picture with a thousand captions, each is compared with many.
@lru_cache(maxsize=4096)
def _trigrams(letters: str) -> frozenset[str]:
    return frozenset(letters[start : start + 3] for start in range(max(1, len(letters) - 2)) if letters)
