"""Memes drawn for measuring: every word on them is known, in sizes from captions to small print."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mse_site.demo.lettering import load_face

VOCABULARY = """
when your cat finally understands monday morning coffee meeting production server deploys friday nobody expects weather
dragon ancient wizard keyboard coworker pretends laptop sandwich existential pigeon budget landlord invoice forgotten
password vaccine penguin galaxy burrito quantum neighbour guitar homework professor deadline spaghetti lightning
umbrella mirror basement grandma internet browser history potato champion sleeping silence important document yesterday
tomorrow nothing everything because without another through around before between
"""
WORDS = VOCABULARY.split()

WIDTHS_PX = (480, 720, 1080, 1600)
# Letters of at most this height are small print. PP-OCR reads lines scaled to a height of 48.
SMALL_PX = 15


@dataclass
class Meme:
    layout: str
    image: Image.Image
    words: list[tuple[str, bool]] = field(default_factory=list)  # word, is it small print


class Pen:
    """Writes words chosen at random on a meme and remembers them."""

    def __init__(self, layout: str, image: Image.Image, dice: random.Random) -> None:
        self.meme = Meme(layout, image)
        self.dice = dice
        self.draw = ImageDraw.Draw(image)

    def line(self, x: int, y: int, width: int, size_px: int, **style: object) -> int:
        """As many words as fit into `width`, from (x, y) on. Returns the y of the next line."""
        bold = style.pop("bold", False)
        upper = style.pop("upper", False)
        font = load_face("plain", size_px) if bold else ImageFont.load_default(size=size_px)
        text = ""
        while True:
            word = self.dice.choice(WORDS)
            longer = f"{text} {word.upper() if upper else word}".strip()
            if font.getlength(longer) > width:
                break
            text = longer
            self.meme.words.append((word, size_px <= SMALL_PX))
        self.draw.text((x, y), text, font=font, **style)  # type: ignore[arg-type]  # Pillow's own style words
        return y + round(size_px * 1.35)


def scenery(size: tuple[int, int], dice: random.Random) -> Image.Image:
    """Something between a photo and a blur: smooth blobs, grain on top."""
    noise = np.random.default_rng(dice.randrange(1 << 30))
    blobs = Image.fromarray(noise.integers(0, 255, (9, 12, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = noise.normal(0, 12, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(blobs) + grain, 0, 255).astype(np.uint8))


def macro(width: int, dice: random.Random) -> Meme:
    """White capitals with a black rim on a picture, and a watermark in a corner."""
    height = width * 3 // 4
    pen = Pen("macro", scenery((width, height), dice), dice)
    style = {"fill": "white", "stroke_width": max(1, width // 240), "stroke_fill": "black", "bold": True, "upper": True}
    y = pen.line(width // 20, height // 30, width * 9 // 10, width // 13, **style)
    pen.line(width // 20, y, width * 9 // 10, width // 13, **style)
    pen.line(width // 20, height - width // 8, width * 9 // 10, width // 13, **style)
    small = dice.randint(10, SMALL_PX)
    pen.line(width // 30, height - small - 4, width // 3, small, fill="white", stroke_width=1, stroke_fill="black")
    return pen.meme


def headline(width: int, dice: random.Random) -> Meme:
    """Black on a white bar above a picture, small print below it."""
    bar = width // 4
    image = Image.new("RGB", (width, width), "white")
    image.paste(scenery((width, width - bar - 30), dice), (0, bar))
    pen = Pen("headline", image, dice)
    y = pen.line(width // 30, width // 60, width * 14 // 15, width // 20, fill="black")
    pen.line(width // 30, y, width * 14 // 15, width // 20, fill="black")
    pen.line(width // 30, width - 24, width // 2, dice.randint(10, SMALL_PX), fill="#555555")
    return pen.meme


def post(width: int, dice: random.Random) -> Meme:
    """The screenshot of a post: body text, a grey line of small print."""
    is_dark = dice.random() < 0.5
    height = width * 2 // 3
    pen = Pen("post", Image.new("RGB", (width, height), "#15202b" if is_dark else "white"), dice)
    body = max(16, width // 28)
    y = pen.line(width // 12, height // 12, width // 2, body, fill="white" if is_dark else "black", bold=True)
    while y < height - 3 * body:
        y = pen.line(width // 12, y, width * 5 // 6, body, fill="white" if is_dark else "black")
    pen.line(width // 12, height - 2 * body, width // 2, dice.randint(10, SMALL_PX), fill="#8899a6")
    return pen.meme


def comic(width: int, dice: random.Random) -> Meme:
    """Four panels with a line of speech in each, a signature at the bottom."""
    image = scenery((width, width), dice)
    pen = Pen("comic", image, dice)
    half, size = width // 2, max(14, width // 36)
    for left, top in ((0, 0), (half, 0), (0, half), (half, half)):
        pen.draw.rectangle((left + 8, top + 8, left + half - 16, top + 16 + 3 * size), fill="white")
        y = pen.line(left + 16, top + 12, half - 48, size, fill="black")
        pen.line(left + 16, y, half - 48, size, fill="black")
    pen.draw.rectangle((0, width - 20, width // 3, width), fill="white")
    pen.line(6, width - 17, width // 3 - 12, dice.randint(10, 12), fill="#333333")
    return pen.meme


def thread(width: int, dice: random.Random) -> Meme:
    """A long screenshot of a chat, three times as tall as wide."""
    height = width * 3
    pen = Pen("thread", Image.new("RGB", (width, height), "#e5ddd5"), dice)
    size, y = max(15, width // 34), 12
    while y < height - 5 * size:
        left = dice.choice((width // 30, width // 4))
        pen.draw.rounded_rectangle((left, y, left + width * 2 // 3, y + 4 * size), size // 2, fill="white")
        pen.line(left + size, y + size // 3, width // 2, size, fill="black")
        pen.line(left + size, y + 2 * size, width // 2, size, fill="black")
        pen.line(left + width // 2, y + 4 * size - 14, width // 7, 11, fill="#777777")
        y += round(4.6 * size)
    return pen.meme


LAYOUTS: tuple[Callable[[int, random.Random], Meme], ...] = (macro, headline, post, comic, thread)


def drawn(count: int, seed: int = 1) -> Iterator[Meme]:
    """`count` memes, all layouts and widths in turn, the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        layout = LAYOUTS[number % len(LAYOUTS)]
        yield layout(WIDTHS_PX[number // len(LAYOUTS) % len(WIDTHS_PX)], dice)
