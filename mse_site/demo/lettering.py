"""Words on pictures: bundled typefaces, wrapped and sized to fit a box."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from mse_site.demo.colours import RGB
from mse_site.demo.glyphs import ASSETS

# The bundled faces; only they are used for the library, so that every machine draws the same pixels.
BUNDLED = {"loud": "anton.woff", "casual": "comic-neue-bold.woff", "plain": "roboto-condensed-bold.woff"}
# Where Linux and macOS keep more of them: variety for training.
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts/Supplemental", "/Library/Fonts")
LINE_HEIGHT = 1.16


@dataclass(frozen=True, slots=True)
class Lettering:
    """Words in a box (shares of width and height), in one of the faces."""

    words: str
    box: tuple[float, float, float, float]
    face: str = "loud"
    colour: RGB = (255, 255, 255)
    outline: RGB | None = (0, 0, 0)
    largest: float = 0.13  # of the picture's height
    anchor: str = "middle"  # top, middle or bottom of the box


@cache
def load_face(face: str, size_px: int) -> ImageFont.FreeTypeFont:
    """A bundled face by its role, or any font file by its path."""
    path = ASSETS / BUNDLED[face] if face in BUNDLED else Path(face)
    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)


@cache
def find_machine_faces() -> tuple[str, ...]:
    """Upright Latin fonts of this machine, sorted; empty where there are none."""
    found = [path for folder in _FONT_FOLDERS for path in Path(folder).rglob("*.ttf") if path.is_file()]
    unwanted = ("Emoji", "Math", "Italic", "Oblique", "Symbol", "CJK")
    return tuple(sorted(str(path) for path in found if not any(word in path.name for word in unwanted)))


def write(image: Image.Image, lettering: Lettering) -> None:
    """Draws the words into their box, as large as they fit; words that never fit are drawn at the smallest size."""
    width, height = image.size
    left, top, right, bottom = (
        round(share * side) for share, side in zip(lettering.box, (width, height) * 2, strict=True)
    )
    size_px, lines = _fit(lettering, right - left, bottom - top, height)
    font = load_face(lettering.face, size_px)
    line_px = size_px * LINE_HEIGHT
    spare = (bottom - top) - line_px * len(lines)
    y = top + {"top": 0.0, "middle": spare / 2, "bottom": spare}[lettering.anchor]
    stroke = max(1, round(size_px / 12)) if lettering.outline is not None else 0
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text(
            ((left + right) / 2, y + (number + 0.5) * line_px),
            line,
            font=font,
            fill=lettering.colour,
            anchor="mm",
            stroke_width=stroke,
            stroke_fill=lettering.outline,
        )


def _fit(lettering: Lettering, width: int, height: int, picture_height: int) -> tuple[int, list[str]]:
    size_px = max(6, round(lettering.largest * picture_height))
    while True:
        lines = _wrap(lettering.words, load_face(lettering.face, size_px), width)
        fits = len(lines) * size_px * LINE_HEIGHT <= height and all(
            load_face(lettering.face, size_px).getlength(line) <= width for line in lines
        )
        if fits or size_px <= 6:
            return size_px, lines
        size_px = max(6, int(size_px * 0.88))


def _wrap(words: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines
