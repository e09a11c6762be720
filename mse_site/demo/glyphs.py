"""The things the demo draws: names, synonyms, broader words, and their sprites out of one sheet."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ASSETS = Path(__file__).parent / "assets"
# The largest square that the emoji font's bitmaps (136 x 128) fill.
CELL_PX = 128
COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Glyph:
    """A thing that can be drawn; several cells when several drawings show it."""

    name: str
    synonyms: tuple[str, ...]
    keywords: tuple[str, ...]
    category: str
    emoji: tuple[str, ...]
    cells: tuple[int, ...]


@cache
def load_glyphs() -> tuple[Glyph, ...]:
    """Every glyph, in the order of the sheet."""
    entries = json.loads((ASSETS / "glyphs.json").read_text(encoding="utf-8"))
    return tuple(
        Glyph(
            name=entry["name"],
            synonyms=tuple(entry["synonyms"]),
            keywords=tuple(entry["keywords"]),
            category=entry["category"],
            emoji=tuple(entry["emoji"]),
            cells=tuple(entry["cells"]),
        )
        for entry in entries
    )


@cache
def by_name() -> dict[str, Glyph]:
    """Every glyph under its name."""
    return {glyph.name: glyph for glyph in load_glyphs()}


@cache
def load_sheet() -> NDArray[np.uint8]:
    """Every sprite: (cells, 128, 128, 4) RGBA, straight alpha."""
    with Image.open(ASSETS / "glyphs.webp") as opened:
        sheet = np.asarray(opened.convert("RGBA"))
    rows = sheet.shape[0] // CELL_PX
    grid = sheet.reshape(rows, CELL_PX, COLUMNS, CELL_PX, 4).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(-1, CELL_PX, CELL_PX, 4))


def sprite(cell: int) -> Image.Image:
    """One sprite as a new RGBA picture of 128 x 128."""
    return Image.fromarray(load_sheet()[cell])
