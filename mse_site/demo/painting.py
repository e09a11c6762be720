"""Strokes that scenes are made of: gradients, rays, dots, hills, clouds, stars."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mse_site.demo.colours import RGB, shade

# Shapes are drawn at twice the size and halved, because ImageDraw does not smooth edges.
OVERSAMPLE = 2


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture being painted; every measure is a share of its width or height, so any size gives the same picture."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    rng: random.Random

    @property
    def size(self) -> tuple[int, int]:
        return self.image.size

    def point(self, x: float, y: float) -> tuple[float, float]:
        return x * self.image.width, y * self.image.height

    def disc(self, x: float, y: float, radius: float, colour: RGB, flatness: float = 1.0) -> None:
        """A disc whose radius is a share of the width, flattened to an ellipse below 1."""
        centre_x, centre_y = self.point(x, y)
        across = radius * self.image.width
        up = across * flatness
        self.draw.ellipse((centre_x - across, centre_y - up, centre_x + across, centre_y + up), fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: RGB) -> None:
        self.draw.rectangle((*self.point(left, top), *self.point(right, bottom)), fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: RGB) -> None:
        self.draw.polygon([self.point(x, y) for x, y in points], fill=colour)


def paint(
    size: tuple[int, int], top: RGB, bottom: RGB, rng: random.Random, strokes: Callable[[Canvas], None]
) -> Image.Image:
    """A picture of this size: a vertical gradient with the strokes over it."""
    width, height = size[0] * OVERSAMPLE, size[1] * OVERSAMPLE
    image = gradient((width, height), top, bottom)
    strokes(Canvas(image, ImageDraw.Draw(image), rng))
    return image.reduce(OVERSAMPLE)


def gradient(size: tuple[int, int], top: RGB, bottom: RGB) -> Image.Image:
    """One colour running into another from the top down."""
    ramp = np.linspace(0.0, 1.0, size[1])[:, None]
    column = np.asarray(top) * (1 - ramp) + np.asarray(bottom) * ramp
    return Image.fromarray(np.repeat(column.astype(np.uint8)[:, None, :], size[0], axis=1))


def rays(canvas: Canvas, colour: RGB) -> None:
    """Beams from the middle, as behind an announcement."""
    beams = canvas.rng.choice((8, 10, 12, 16))
    turn = canvas.rng.random() * math.tau
    for beam in range(beams):
        start, end = (turn + math.tau * (beam + part) / beams for part in (0.0, 0.5))
        far = [(0.5 + math.cos(angle), 0.5 + math.sin(angle)) for angle in (start, end)]
        canvas.shape([(0.5, 0.5), *far], colour)


def dots(canvas: Canvas, colour: RGB) -> None:
    """A grid of dots, every second row moved by half."""
    across = canvas.rng.randint(7, 13)
    down = max(3, round(across * canvas.size[1] / canvas.size[0]))
    for row in range(down + 1):
        for column in range(across + 1):
            canvas.disc((column + row % 2 / 2) / across, row / down, 0.3 / across, colour)


def stripes(canvas: Canvas, colour: RGB) -> None:
    """Slanted stripes."""
    count, slant = canvas.rng.randint(5, 11), canvas.rng.choice((-0.4, 0.0, 0.4))
    for stripe in range(-count, 2 * count, 2):
        left, right = stripe / count, (stripe + 1) / count
        canvas.shape([(left, 0), (right, 0), (right + slant, 1), (left + slant, 1)], colour)


def rings(canvas: Canvas, colour: RGB) -> None:
    """Circles around the middle, each inside the last."""
    base = canvas.image.getpixel((0, 0))
    assert isinstance(base, tuple)
    count = canvas.rng.randint(4, 7)
    for ring in range(count, 0, -1):
        fill = colour if ring % 2 else (base[0], base[1], base[2])
        canvas.disc(0.5, 0.5, 0.75 * ring / count, fill)


def blobs(canvas: Canvas, colour: RGB) -> None:
    """A few big soft-cornered patches."""
    for _ in range(canvas.rng.randint(3, 6)):
        canvas.disc(canvas.rng.random(), canvas.rng.random(), canvas.rng.uniform(0.08, 0.3), colour)


def hills(canvas: Canvas, colour: RGB, horizon: float, height: float) -> None:
    """Rolling ground up to about the horizon."""
    phase, waves = canvas.rng.random() * math.tau, canvas.rng.uniform(0.7, 2.0)
    line = [(x / 24, horizon - height * math.sin(phase + waves * math.tau * x / 24)) for x in range(25)]
    canvas.shape([(0, 1), *line, (1, 1)], colour)


def peaks(canvas: Canvas, colour: RGB, horizon: float, height: float, cap: RGB | None = None) -> None:
    """Pointed mountains, with caps of snow when a colour is given for them."""
    for number in range(canvas.rng.randint(3, 5)):
        x = (number + canvas.rng.random()) / 4
        tall = height * canvas.rng.uniform(0.6, 1.1)
        half = tall * canvas.rng.uniform(0.7, 1.0)
        canvas.shape([(x - half, horizon), (x, horizon - tall), (x + half, horizon)], colour)
        if cap is not None:
            snow = [(x - half * 0.3, horizon - tall * 0.7), (x, horizon - tall), (x + half * 0.3, horizon - tall * 0.7)]
            canvas.shape([*snow, (x, horizon - tall * 0.62)], cap)


def clouds(canvas: Canvas, colour: RGB, lowest: float) -> None:
    """Heaps of discs in the upper part."""
    for _ in range(canvas.rng.randint(2, 5)):
        x, y, scale = canvas.rng.random(), canvas.rng.uniform(0.06, lowest), canvas.rng.uniform(0.04, 0.09)
        for shift, lift, part in ((-1.2, 0.0, 0.8), (0.0, -0.4, 1.1), (1.2, 0.0, 0.9), (0.2, 0.2, 1.0)):
            canvas.disc(x + shift * scale, y + lift * scale, part * scale, colour, flatness=0.75)


def stars(canvas: Canvas, count: int, lowest: float) -> None:
    """Small bright points above the lowest line."""
    for _ in range(count):
        light = shade((255, 255, 255), -canvas.rng.random() * 0.5)
        canvas.disc(canvas.rng.random(), canvas.rng.random() * lowest, canvas.rng.choice((0.002, 0.003, 0.005)), light)


def speckles(canvas: Canvas, colour: RGB, count: int, top: float, size: float) -> None:
    """Grains scattered below the top line: sand, grass tufts, bubbles."""
    for _ in range(count):
        canvas.disc(canvas.rng.random(), canvas.rng.uniform(top, 1.0), size * canvas.rng.uniform(0.5, 1.5), colour)
