"""Which part of the memes each is in, so that what was learned can be tested on memes it never saw."""

from __future__ import annotations

import hashlib

# A third of all answers is then tested, and 44 % learned from each time.
FOLDS = 3


def fold(meme: str, folds: int) -> int:
    """One of `folds` parts of about the same size, from 0; `meme` is its content hash.

    Always the same for the same meme, on every machine and in every space.
    """
    digest = hashlib.blake2b(meme.encode(), digest_size=8, person=b"fold").digest()
    return int.from_bytes(digest) % folds
