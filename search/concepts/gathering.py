"""The vectors to learn from, brought from the database into a memory map: a million never lie in memory at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from django.db.models import Avg

from search.concepts.claims import vectors_for_all
from search.models import EmbeddingSpace
from search.vectors import Packed, unpacked

PAGE = 4096  # memes


@dataclass(frozen=True, eq=False)
class Gathered:
    """`vectors` (n, dims) 16-bit floats, a memory map; `memes` (n,) their ids, rising. A clip is its frames' mean."""

    vectors: npt.NDArray[np.float16]
    memes: npt.NDArray[np.int64]


def gather(space: EmbeddingSpace, folder: Path, on_page: Callable[[], None] = lambda: None) -> Gathered:
    """All that everybody may see, as it is now; what was gathered into `folder` before is what it was then."""
    vectors, memes = folder / "vectors.f16", folder / "memes.i64"
    if not memes.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / ".memes.partial"
        with vectors.open("wb") as into, partial.open("wb") as ids:
            _write(space, into, ids, on_page)
        partial.replace(memes)  # last: it says that the other one is whole
    ids_read = np.fromfile(memes, np.int64)
    if not len(ids_read):
        return Gathered(np.empty((0, space.dims), np.float16), ids_read)
    return Gathered(np.memmap(vectors, np.float16, "r", shape=(len(ids_read), space.dims)), ids_read)


def _write(space: EmbeddingSpace, into: BinaryIO, ids: BinaryIO, on_page: Callable[[], None]) -> None:
    last = 0
    while True:
        rows = vectors_for_all(space).filter(meme__gt=last).values("meme").annotate(mean=Packed(Avg("vector")))
        page = list(rows.order_by("meme").values_list("meme", "mean")[:PAGE])
        if not page:
            return
        into.write(unpacked([bytes(mean) for _, mean in page], space.dims).astype(np.float16).tobytes())
        ids.write(np.array([meme for meme, _ in page], np.int64).tobytes())
        last = page[-1][0]
        on_page()
