"""Which memes are kept out of learning, so that what was learned can be tested on memes it never saw."""

from __future__ import annotations

import hashlib
from enum import Enum

HELD_OUT_SHARE = 0.15


class Part(Enum):
    LEARNED = "learned"
    HELD_OUT = "held out"
    BETWEEN = "between"  # one meme on each side: neither learned from nor tested with


def is_held_out(meme: str, share: float = HELD_OUT_SHARE) -> bool:
    """Always the same for the same meme, on every machine and in every space; `meme` is its content hash.

    A larger share holds out the same memes and more.
    """
    digest = hashlib.blake2b(meme.encode(), digest_size=8, person=b"held-out").digest()
    return int.from_bytes(digest) < share * 2**64


def fold(meme: str, folds: int) -> int:
    """Which of `folds` parts of about the same size the meme is in, from 0; as stable, and independent of what is held out."""
    digest = hashlib.blake2b(meme.encode(), digest_size=8, person=b"fold").digest()
    return int.from_bytes(digest) % folds


def part(memes: tuple[str, ...], share: float = HELD_OUT_SHARE) -> Part:
    """Where an answer about `memes` (two of a pair, or those that the best was picked from) belongs."""
    held = {is_held_out(meme, share) for meme in memes}
    if len(held) > 1:
        return Part.BETWEEN
    return Part.HELD_OUT if held == {True} else Part.LEARNED
