"""Layouts people know from memes: where the scenes, the things and the words of a picture go."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from mse_site.demo.glyphs import by_name, sprite
from mse_site.demo.lettering import Lettering, write
from mse_site.demo.scenes import Scene, draw_scene

Box = tuple[float, float, float, float]

# Shapes of pictures in pixels; people share squares, phone screens and wide ones.
SIZES = ((600, 600), (640, 480), (480, 640), (720, 480), (600, 520))
MARGIN = 0.04


@dataclass(frozen=True, slots=True)
class Placement:
    """One drawn thing: its middle and size as shares (size: of the shorter side), its turn in degrees."""

    name: str
    cell: int
    x: float
    y: float
    size: float
    angle: float = 0.0
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that is needed to draw one picture, at any scale."""

    layout: str
    size: tuple[int, int]
    panels: tuple[tuple[Scene, Box], ...]
    placements: tuple[Placement, ...]
    words: tuple[Lettering, ...] = ()
    paper: tuple[int, int, int] = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Brief:
    """What a layout is asked for: things from left to right, scenes, and words."""

    names: Sequence[str]
    scenes: Sequence[Scene]
    words: Sequence[str] = ()
    size: tuple[int, int] = (600, 600)


def draw_ground(composition: Composition, scale: float = 1.0) -> Image.Image:
    """The picture without its things and words."""
    width, height = (round(side * scale) for side in composition.size)
    image = Image.new("RGB", (width, height), composition.paper)
    for scene, (left, top, right, bottom) in composition.panels:
        start = round(left * width), round(top * height)
        size = round(right * width) - start[0], round(bottom * height) - start[1]
        image.paste(draw_scene(scene, size), start)
    return image


def draw_placement(
    image: Image.Image, placement: Placement, find_sprite: Callable[[int], Image.Image] = sprite
) -> None:
    """Pastes one thing onto the picture; the sprites may be another artist's."""
    side = max(4, round(placement.size * min(image.size)))
    drawn = find_sprite(placement.cell).resize((side, side), Image.Resampling.LANCZOS)
    if placement.is_mirrored:
        drawn = drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if placement.angle:
        # Premultiplied, or the colours under transparent pixels would bleed into the edges.
        drawn = drawn.convert("RGBa").rotate(placement.angle, Image.Resampling.BICUBIC, expand=True).convert("RGBA")
    corner = (round(placement.x * image.width - drawn.width / 2), round(placement.y * image.height - drawn.height / 2))
    image.paste(drawn, corner, drawn)


def draw(
    composition: Composition, scale: float = 1.0, find_sprite: Callable[[int], Image.Image] = sprite
) -> Image.Image:
    """The whole picture."""
    image = draw_ground(composition, scale)
    for placement in composition.placements:
        draw_placement(image, placement, find_sprite)
    for lettering in composition.words:
        write(image, lettering)
    return image


def spread(rng: random.Random, names: Sequence[str], area: Box, size: tuple[int, int]) -> tuple[Placement, ...]:
    """Places one to four things in the area, from left to right, seldom overlapping."""
    width, height = size
    across, down = (area[2] - area[0]) * width, (area[3] - area[1]) * height
    count = len(names)
    columns = _choose_columns(count, across, down)
    rows = -(-count // columns)
    cell_px = min(across / columns, down / rows)
    placements = []
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        part = rng.uniform(0.62, 0.95) if count == 1 else rng.uniform(0.72, 1.08)
        side_px = min(part * cell_px, 0.92 * down)
        slack_x = max(0.0, across / columns - side_px) / 2
        slack_y = max(0.0, down / rows - side_px) / 2
        # A last row with fewer things than columns is centred.
        beside = min(columns, count - row * columns)
        x = (
            area[0] * width
            + (column + 0.5 + (columns - beside) / 2) * across / columns
            + rng.uniform(-0.7, 0.7) * slack_x
        )
        y = area[1] * height + (row + 0.5) * down / rows + rng.uniform(-0.8, 0.8) * slack_y
        placements.append(
            Placement(
                name=name,
                cell=rng.choice(by_name()[name].cells),
                x=x / width,
                y=y / height,
                size=side_px / min(width, height),
                angle=round(rng.gauss(0, 9), 1) if rng.random() < 0.6 else 0.0,
                is_mirrored=rng.random() < 0.3,
            )
        )
    return tuple(placements)


def _choose_columns(count: int, across: float, down: float) -> int:
    """As many columns as leave the most room for each thing; two things always stand side by side."""
    if count == 2:
        return 2
    return max(range(1, count + 1), key=lambda columns: (min(across / columns, down / -(-count // columns)), columns))


def macro(brief: Brief, rng: random.Random) -> Composition:
    """Loud words at the top and the bottom of one scene."""
    words = [
        Lettering(text.upper(), box, anchor=anchor)
        for text, box, anchor in zip(
            brief.words,
            ((MARGIN, 0.02, 1 - MARGIN, 0.24), (MARGIN, 0.76, 1 - MARGIN, 0.98)),
            ("top", "bottom"),
            strict=False,
        )
        if text
    ]
    top = 0.2 if brief.words and brief.words[0] else 0.05
    bottom = 0.8 if len(brief.words) > 1 and brief.words[1] else 0.95
    placements = spread(rng, brief.names, (MARGIN, top, 1 - MARGIN, bottom), brief.size)
    return Composition("macro", brief.size, ((brief.scenes[0], (0, 0, 1, 1)),), placements, tuple(words))


def plain(brief: Brief, rng: random.Random) -> Composition:
    """One scene and what is in it, no words."""
    placements = spread(rng, brief.names, (0.06, 0.08, 0.94, 0.92), brief.size)
    return Composition("plain", brief.size, ((brief.scenes[0], (0, 0, 1, 1)),), placements)


def reaction(brief: Brief, rng: random.Random) -> Composition:
    """A line on white paper above the picture of how one felt."""
    fold = rng.uniform(0.2, 0.28)
    face = rng.choice(("plain", "casual"))
    words = Lettering(
        brief.words[0],
        (MARGIN, 0.02, 1 - MARGIN, fold - 0.02),
        face=face,
        colour=(20, 20, 20),
        outline=None,
        largest=0.075,
    )
    placements = spread(rng, brief.names, (0.06, fold + 0.03, 0.94, 0.97), brief.size)
    return Composition("reaction", brief.size, ((brief.scenes[0], (0, fold, 1, 1)),), placements, (words,))


def comparison(brief: Brief, rng: random.Random) -> Composition:
    """Two panels, one thing in each, a line under each when there are words."""
    is_stacked = brief.size[1] > brief.size[0] or (brief.size[0] == brief.size[1] and rng.random() < 0.5)
    gap = 0.008
    if is_stacked:
        boxes: list[Box] = [(0, 0, 1, 0.5 - gap), (0, 0.5 + gap, 1, 1)]
    else:
        boxes = [(0, 0, 0.5 - gap, 1), (0.5 + gap, 0, 1, 1)]
    placements: list[Placement] = []
    words: list[Lettering] = []
    for number, (left, top, right, bottom) in enumerate(boxes):
        has_words = number < len(brief.words) and bool(brief.words[number])
        ceiling = bottom - (bottom - top) * (0.26 if has_words else 0.03)
        placements += spread(
            rng, brief.names[number : number + 1], (left + 0.02, top + 0.03, right - 0.02, ceiling), brief.size
        )
        if has_words:
            box = (left + 0.02, ceiling, right - 0.02, bottom - 0.01)
            words.append(Lettering(brief.words[number], box, face="plain", largest=0.075))
    panels = tuple(zip(brief.scenes[:2], boxes, strict=True))
    return Composition("comparison", brief.size, panels, tuple(placements), tuple(words), paper=(255, 255, 255))


def labels(brief: Brief, rng: random.Random) -> Composition:
    """A word on each thing, as in an allegory."""
    placements = spread(rng, brief.names, (0.05, 0.08, 0.95, 0.88), brief.size)
    words = []
    for placement, text in zip(placements, brief.words, strict=False):
        reach = placement.size * min(brief.size) / brief.size[1] / 2
        y = min(0.97, max(0.16, placement.y + reach * rng.choice((0.75, 0.95))))
        half = max(0.16, 0.45 / len(placements))
        x = min(1 - half, max(half, placement.x))
        words.append(Lettering(text, (x - half, y - 0.07, x + half, y + 0.03), face="casual", largest=0.07))
    return Composition("labels", brief.size, ((brief.scenes[0], (0, 0, 1, 1)),), placements, tuple(words))


def poster(brief: Brief, rng: random.Random) -> Composition:
    """A black frame with one loud word and a dry line under the picture."""
    frame = (0.09, 0.07, 0.91, 0.74)
    words = [Lettering(brief.words[0].upper(), (0.05, 0.77, 0.95, 0.89), outline=None, largest=0.095)]
    if len(brief.words) > 1 and brief.words[1]:
        words.append(Lettering(brief.words[1], (0.07, 0.89, 0.93, 0.97), face="plain", outline=None, largest=0.045))
    placements = spread(rng, brief.names, (0.12, 0.1, 0.88, 0.71), brief.size)
    return Composition("poster", brief.size, ((brief.scenes[0], frame),), placements, tuple(words), paper=(8, 8, 8))


LAYOUTS: dict[str, Callable[[Brief, random.Random], Composition]] = {
    "macro": macro,
    "plain": plain,
    "reaction": reaction,
    "comparison": comparison,
    "labels": labels,
    "poster": poster,
}
