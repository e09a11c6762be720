"""Writes the drawn world into a folder, file by file, so that the first can be read while the last are being drawn."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mse_site.demo.files import draw_bytes
from mse_site.demo.world import DrawnMeme, World

MANIFEST = "library.json"


@dataclass(frozen=True, slots=True)
class Written:
    """What one call of write_library did."""

    written: int
    already_there: int


def draw_library(seed: int = 0, count: int = 600) -> Iterator[tuple[DrawnMeme, bytes]]:
    """Every meme with its file's content, in order, drawn one by one as they are asked for."""
    for meme in World(seed, count).memes:
        yield meme, draw_bytes(meme)


def write_library(
    folder: Path, seed: int = 0, count: int = 600, on_progress: Callable[[DrawnMeme, Path], None] | None = None
) -> Written:
    """Writes the library: first the manifest, then one file after another, each whole or not at all.

    Called again it writes only what is missing, so a run that was killed is taken up where it stopped. Files carry the
    time of their posting as modification time. `on_progress` is called after each file, written or already there.
    """
    world = World(seed, count)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / MANIFEST, describe(world).encode())
    written = 0
    for meme in world.memes:
        path = folder / meme.path
        if not path.exists():
            posted_s = meme.posting.posted_at.timestamp()
            _write(path, draw_bytes(meme), modified_s=posted_s)
            written += 1
        if on_progress is not None:
            on_progress(meme, path)
    return Written(written, len(world.memes) - written)


def describe(world: World) -> str:
    """The manifest: one JSON object a meme, with where it was posted and what is really in it."""
    lines = ",\n".join(json.dumps(_record(meme), ensure_ascii=False) for meme in world.memes)
    return f'{{"seed": {world.seed}, "memes": [\n{lines}\n]}}\n'


def _record(meme: DrawnMeme) -> dict[str, Any]:
    posting = asdict(meme.posting) | {"posted_at": meme.posting.posted_at.isoformat()}
    facts = {"path": meme.path, "kind": str(meme.kind), "origin": meme.origin, "is_readable": meme.is_readable}
    return facts | posting | {"truth": asdict(meme.truth)}


def _write(path: Path, content: bytes, modified_s: float | None = None) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    if modified_s is not None:
        os.utime(partial, (modified_s, modified_s))
    partial.replace(path)
