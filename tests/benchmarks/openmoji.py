"""A style that the demo's model never saw: OpenMoji (CC-BY-SA 4.0), fetched with npm and rendered outside the repository."""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from mse_site.demo.glyphs import CELL_PX, load_glyphs

PACKAGES = ("openmoji@17.0.0", "@resvg/resvg-js@2.6.2")
CACHE = Path(tempfile.gettempdir()) / "mse-openmoji-17"
# Renders the files named on standard input, one PNG beside each name; resvg draws SVG exactly and needs no browser.
RENDER = """
const { Resvg } = require('@resvg/resvg-js'); const fs = require('fs');
for (const name of fs.readFileSync(0, 'utf8').trim().split('\\n')) {
  const svg = fs.readFileSync(`node_modules/openmoji/color/svg/${name}.svg`);
  fs.writeFileSync(`png/${name}.png`, new Resvg(svg, { fitTo: { mode: 'width', value: 216 } }).render().asPng());
}
"""


def load_openmoji() -> dict[int, Image.Image]:
    """The set's drawing for each cell of the sprite sheet that it has; fetched and rendered once."""
    if not (CACHE / "png").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", *PACKAGES], cwd=CACHE, check=True
        )
    names = {plain_codes(path.stem): path.stem for path in (CACHE / "node_modules/openmoji/color/svg").glob("*.svg")}
    cells = {cell: names[codes] for codes, cell in cells_by_codes() if codes in names}
    if not (CACHE / "png").exists():
        (CACHE / "png.partial").mkdir(exist_ok=True)
        script = RENDER.replace("png/$", "png.partial/$")
        subprocess.run(["node", "-e", script], cwd=CACHE, input="\n".join(cells.values()), text=True, check=True)
        (CACHE / "png.partial").rename(CACHE / "png")
    return {cell: fit_cell(Image.open(CACHE / f"png/{name}.png")) for cell, name in cells.items()}


def cells_by_codes() -> list[tuple[str, int]]:
    pairs = [pair for glyph in load_glyphs() for pair in zip(glyph.emoji, glyph.cells, strict=True)]
    return [(plain_codes("-".join(f"{ord(character):X}" for character in emoji)), cell) for emoji, cell in pairs]


def plain_codes(codes: str) -> str:
    return codes.upper().replace("-FE0F", "")


def fit_cell(image: Image.Image) -> Image.Image:
    """Cropped to what is drawn and as large as fits, like the sprites of the sheet."""
    drawn = image.convert("RGBA")
    drawn = drawn.crop(drawn.getbbox())
    drawn.thumbnail((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    cell = Image.new("RGBA", (CELL_PX, CELL_PX))
    cell.paste(drawn, ((CELL_PX - drawn.width) // 2, (CELL_PX - drawn.height) // 2))
    return cell
