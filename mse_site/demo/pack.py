"""Packs the drawn things of the demo into one sprite sheet: `python -m mse_site.demo.pack` (run when the list changes)."""

import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import regex  # type: ignore[import-untyped]  # its wheel has no types
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from mse_site.demo.glyphs import ASSETS, CELL_PX, COLUMNS

# The only size that a bitmap emoji font can be drawn at.
NOTO_SIZE = 109
NOTO_PATHS = ("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", "/usr/share/fonts/noto/NotoColorEmoji.ttf")


class Entry(TypedDict):
    name: str
    synonyms: list[str]
    keywords: list[str]
    category: str
    emoji: list[str]
    cells: list[int]


def read_names(path: Path) -> list[Entry]:
    """The entries of the list of names, their cells numbered in the order of the list."""
    entries: list[Entry] = []
    category, cell = "", 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            category = line.strip("[]")
        elif "|" in line and not line.startswith("#"):
            emoji_field, names, keywords = (field.strip() for field in line.split("|"))
            emoji = regex.findall(r"\X", emoji_field)
            name, *synonyms = (word.strip() for word in names.split(","))
            entries.append(
                Entry(
                    name=name,
                    synonyms=synonyms,
                    keywords=[word.strip() for word in keywords.split(",")],
                    category=category,
                    emoji=emoji,
                    cells=list(range(cell, cell + len(emoji))),
                )
            )
            cell += len(emoji)
    return entries


def draw_emoji(emoji: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """One emoji, cropped to what is drawn and centred in a square cell."""
    on_black, on_white = (_draw_on(paper, emoji, font) for paper in (0, 255))
    # Pillow multiplies the edges' colours by their cover twice when the canvas is transparent; two opaque ones tell exactly.
    cover = 1 - (on_white - on_black).mean(axis=2, keepdims=True) / 255
    colours = np.where(cover > 0, on_black / np.maximum(cover, 1e-6), 0).clip(0, 255)
    canvas = Image.fromarray(np.concatenate([colours, cover * 255], axis=2).round().astype(np.uint8))
    box = canvas.getbbox()
    if box is None:
        raise ValueError(f"the font draws nothing for {emoji!r}")
    drawn = canvas.crop(box)
    drawn.thumbnail((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    cell = Image.new("RGBA", (CELL_PX, CELL_PX))
    cell.paste(drawn, ((CELL_PX - drawn.width) // 2, (CELL_PX - drawn.height) // 2))
    return bleed(cell)


def _draw_on(paper: int, emoji: str, font: ImageFont.FreeTypeFont) -> NDArray[np.float64]:
    canvas = Image.new("RGB", (200, 200), (paper, paper, paper))
    ImageDraw.Draw(canvas).text((20, 20), emoji, font=font, embedded_color=True)
    return np.asarray(canvas, dtype=np.float64)


def bleed(cell: Image.Image) -> Image.Image:
    """Spreads the colours of the edges into the transparent part, so that lossy compression does not fringe them."""
    spread = cell.convert("RGB")
    covered = cell.getchannel("A").point(lambda alpha: 255 if alpha > 0 else 0)
    for radius in (3, 9):
        # Blurring with premultiplied alpha mixes only the colours of what is drawn.
        around = cell.convert("RGBa").filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        reached = around.getchannel("A").point(lambda alpha: 255 if alpha > 0 else 0)
        spread.paste(around.convert("RGB"), (0, 0), ImageChops.subtract(reached, covered))
        covered = ImageChops.lighter(covered, reached)
    spread.putalpha(cell.getchannel("A"))
    return spread


def pack() -> None:
    """Writes `glyphs.webp` and `glyphs.json`; the same list and font give the same sheet."""
    font_path = next(path for path in NOTO_PATHS if Path(path).exists())
    font = ImageFont.truetype(font_path, NOTO_SIZE)
    entries = read_names(ASSETS / "names.txt")
    cells = [draw_emoji(emoji, font) for entry in entries for emoji in entry["emoji"]]
    rows = -(-len(cells) // COLUMNS)
    sheet = Image.new("RGBA", (COLUMNS * CELL_PX, rows * CELL_PX))
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % COLUMNS * CELL_PX, number // COLUMNS * CELL_PX))
    # Exact: the colours beyond the edges are kept, which is what they were bled there for.
    sheet.save(ASSETS / "glyphs.webp", quality=82, alpha_quality=100, method=6, exact=True)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (ASSETS / "glyphs.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    pack()
