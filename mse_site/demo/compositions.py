"""An endless stream of small training pictures with what is in them."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from mse_site.demo.captions import write_words
from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import LAYOUTS, SIZES, Brief, Composition, draw_ground
from mse_site.demo.lettering import Lettering, find_machine_faces, write
from mse_site.demo.scenes import choose_scene
from mse_site.demo.styles import SPRITE_PX

Pixels = NDArray[np.uint8]

# The most things in one training picture; three different ones, or one thing up to four times.
MOST_THINGS = 4
# Templates are drawn at this share of the library's size and then shrunk, about what the model's resizing does.
TEMPLATE_SCALE = 0.4
# New templates a batch: few enough that drawing them takes less time than the batch itself.
RENEWED = 4
# The sides of training pictures: whole scenes as the model sees them, and close-ups to begin with.
SCENE_SIDE_PX = 96
CLOSE_SIDE_PX = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A picture without its things: the ground, the words over it, and where things go."""

    composition: Composition
    ground: Image.Image
    ink: NDArray[np.uint16]  # (side, side, 3): the words' colour times their cover
    clear: NDArray[np.uint16]  # (side, side, 3): 256 where there are no words


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures and what is in them; things from left to right, -1 where there are fewer than four."""

    pixels: Pixels  # (batch, side, side, 3)
    things: NDArray[np.int64]  # (batch, 4)
    scenes: tuple[tuple[tuple[str, str], ...], ...]  # per picture: (kind, name) of each panel's scene
    layouts: tuple[str, ...]


def make_template(rng: random.Random, side: int) -> Template:
    """One layout over one or two scenes, with words, squeezed to a square of this side."""
    layout = rng.choice(list(LAYOUTS))
    count = 2 if layout == "comparison" else rng.choices((1, 2, 3, 4), (0.4, 0.38, 0.16, 0.06))[0]
    names = ["dog"] * count
    scenes = [choose_scene(rng), choose_scene(rng)]
    brief = Brief(names, scenes, write_words(layout, names, rng), rng.choice(SIZES))
    composition = LAYOUTS[layout](brief, rng)
    faces = find_machine_faces()
    ground = draw_ground(composition, TEMPLATE_SCALE).resize((side, side), Image.Resampling.BOX)
    swap_to = rng.choice(faces) if faces and rng.random() < 0.3 else ""
    on_black, on_white = (_write_all(composition.words, composition.size, paper, swap_to, side) for paper in (0, 255))
    clear = (on_white.astype(np.int32) - on_black).clip(0, 255) * 256 // 255
    return Template(composition, ground, on_black.astype(np.uint16), clear.astype(np.uint16))


def _write_all(words: tuple[Lettering, ...], size: tuple[int, int], paper: int, face: str, side: int) -> Pixels:
    width, height = (round(length * TEMPLATE_SCALE) for length in size)
    canvas = Image.new("RGB", (width, height), (paper, paper, paper))
    for lettering in words:
        changed = Lettering(
            words=lettering.words,
            box=lettering.box,
            face=face or lettering.face,
            colour=lettering.colour,
            outline=lettering.outline,
            largest=lettering.largest,
            anchor=lettering.anchor,
        )
        write(canvas, changed)
    return np.asarray(canvas.resize((side, side), Image.Resampling.BOX))


class Stream:
    """Draws training batches for ever; templates are reused with other things and renewed a few at a time."""

    def __init__(
        self, styles: NDArray[np.uint8], weights: list[float], *, seed: int, side: int, templates: int
    ) -> None:
        """styles: (styles, cells, 64, 64, 4) RGBA, zeros where a style lacks a cell; weights: how often each is drawn."""
        self.rng = random.Random(seed)
        self.side = side
        self.is_close = side == CLOSE_SIDE_PX
        # The last pictures are as the site will show them; the rough handling has been learned by then.
        self.roughness = 0.35 if side == SCENE_SIDE_PX else 1.0
        self.template_side = SCENE_SIDE_PX if self.is_close else side
        self.styles = styles
        self.weights = weights
        self.cells = [glyph.cells for glyph in load_glyphs()]
        self.is_drawn: NDArray[np.bool_] = np.any(styles[..., 3] > 0, axis=(2, 3))
        self.capacity = templates
        self.templates = [make_template(self.rng, self.template_side) for _ in range(min(templates, 256))]

    def batches(self, size: int) -> Iterator[Batch]:
        while True:
            for _ in range(RENEWED):
                self._renew()
            yield self.batch(size)

    def batch(self, size: int) -> Batch:
        """The next pictures."""
        drawn = [self._close_up() if self.is_close else self._picture() for _ in range(size)]
        things = np.full((size, MOST_THINGS), -1, np.int64)
        for row, (_, found, _) in enumerate(drawn):
            things[row, : len(found)] = found
        compositions = [template.composition for _, _, template in drawn]
        scenes = tuple(
            tuple(
                ("colour", scene.colour) if scene.colour else ("place", scene.place) for scene, _ in composition.panels
            )
            for composition in compositions
        )
        layouts = tuple("" if self.is_close else composition.layout for composition in compositions)
        return Batch(np.stack([pixels for pixels, _, _ in drawn]), things, scenes, layouts)

    def _renew(self) -> None:
        template = make_template(self.rng, self.template_side)
        if len(self.templates) < self.capacity:
            self.templates.append(template)
        else:
            self.templates[self.rng.randrange(self.capacity)] = template

    def _picture(self) -> tuple[Pixels, list[int], Template]:
        rng = self.rng
        template = rng.choice(self.templates)
        places = template.composition.placements
        if len(places) == MOST_THINGS or (len(places) > 1 and rng.random() < 0.12):
            found = [rng.randrange(len(self.cells))] * len(places)
        else:
            found = rng.sample(range(len(self.cells)), len(places))
        image = template.ground.copy()
        style = rng.choices(range(len(self.styles)), self.weights)[0]
        for place, thing in zip(places, found, strict=True):
            self._paste(image, template.composition, place.x, place.y, place.size, thing, style)
        pixels = (np.asarray(image).astype(np.uint16) * template.clear + (template.ink << 8)) >> 8
        return augment(pixels.clip(0, 255).astype(np.uint8), rng, self.roughness), found, template

    def _close_up(self) -> tuple[Pixels, list[int], Template]:
        """One thing that fills the picture, in front of a piece of a scene: small, quickly drawn and quickly learned."""
        rng, side = self.rng, self.side
        template = rng.choice(self.templates)
        thing = rng.randrange(len(self.cells))
        corner = [rng.randrange(self.template_side - side) for _ in range(2)]
        image = template.ground.crop((corner[0], corner[1], corner[0] + side, corner[1] + side))
        drawn = self._choose_sprite(thing, rng.choices(range(len(self.styles)), self.weights)[0])
        scale = rng.uniform(0.62, 1.05) * side / SPRITE_PX
        stretch = rng.uniform(0.85, 1.18)
        size = round(scale * stretch * drawn.width), round(scale / stretch * drawn.height)
        drawn = drawn.resize(size, Image.Resampling.BILINEAR)
        left, top = (round((side - length) / 2 + rng.uniform(-0.12, 0.12) * side) for length in size)
        image.paste(drawn, (left, top), drawn)
        return augment(np.asarray(image), rng), [thing], template

    def _choose_sprite(self, thing: int, style: int) -> Image.Image:
        cell = self.rng.choice(self.cells[thing])
        if not self.is_drawn[style, cell]:
            style = 0
        return vary_sprite(Image.fromarray(self.styles[style, cell]), self.rng)

    def _paste(
        self, image: Image.Image, composition: Composition, x: float, y: float, size: float, thing: int, style: int
    ) -> None:
        rng = self.rng
        drawn = self._choose_sprite(thing, style)
        width, height = composition.size
        stretch = rng.uniform(0.8, 1.15) * size * min(width, height) * self.side
        across, down = (
            max(4, round(stretch / width * drawn.width / SPRITE_PX)),
            max(4, round(stretch / height * drawn.height / SPRITE_PX)),
        )
        drawn = drawn.resize((across, down), Image.Resampling.BILINEAR)
        jitter_x, jitter_y = (rng.uniform(-0.04, 0.04) * self.side for _ in range(2))
        corner = (round(x * self.side - across / 2 + jitter_x), round(y * self.side - down / 2 + jitter_y))
        image.paste(drawn, corner, drawn)


def vary_sprite(sprite: Image.Image, rng: random.Random) -> Image.Image:
    """The same thing mirrored, turned, or in slightly other colours."""
    if rng.random() < 0.4:
        sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3:
        alpha = sprite.getchannel("A")
        colours = ImageEnhance.Color(sprite.convert("RGB")).enhance(rng.choice((0.0, 0.5, 0.8, 1.3)))
        sprite = ImageEnhance.Brightness(colours).enhance(rng.uniform(0.7, 1.3))
        sprite.putalpha(alpha)
    if rng.random() < 0.65:
        sprite = sprite.rotate(rng.gauss(0, 11), Image.Resampling.BILINEAR, expand=True)
    return sprite


def augment(pixels: Pixels, rng: random.Random, roughness: float = 1.0) -> Pixels:
    """What happens to pictures that get around: crops, blur, JPEG, grey, covered corners, other exposure.

    roughness: 0 changes nothing, 1 something in most pictures.
    """
    image = Image.fromarray(pixels)
    side = image.width
    if rng.random() < 0.35 * roughness:
        cut = [rng.uniform(0, 0.09) * side for _ in range(4)]
        box = (cut[0], cut[1], side - cut[2], side - cut[3])
        image = image.resize((side, side), Image.Resampling.BILINEAR, box=box)
    if rng.random() < 0.12 * roughness:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.1)))
    if rng.random() < 0.06 * roughness:
        image = image.convert("L").convert("RGB")
    if rng.random() < 0.15 * roughness:
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=rng.randint(25, 85))
        image = Image.open(stored)
    changed = np.array(image)
    if rng.random() < 0.12 * roughness:
        wide, tall, left, top = (rng.randint(side // 10, side // 4) for _ in range(4))
        left, top = rng.randrange(side - wide), rng.randrange(side - tall)
        changed[top : top + tall, left : left + wide] = rng.randrange(256)
    if rng.random() < 0.4 * roughness:
        exposed = changed * rng.uniform(0.8, 1.2) + rng.uniform(-14, 14)
        changed = exposed.clip(0, 255).astype(np.uint8)
    return changed
