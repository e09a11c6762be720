"""Coloured shapes on coloured grounds: what the tiny model was trained on, and new ones for tests."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

COLOURS = {
    "red": (220, 30, 30),
    "orange": (250, 140, 20),
    "yellow": (250, 225, 40),
    "green": (40, 160, 60),
    "blue": (40, 80, 220),
    "purple": (130, 50, 170),
    "pink": (250, 140, 190),
    "brown": (120, 75, 40),
    "black": (15, 15, 15),
    "white": (245, 245, 245),
}
SHAPES = ("circle", "square", "triangle", "star", "cross", "heart")
SIZES = ("small", "big")


@dataclass(frozen=True)
class Drawing:
    """One shape to draw: ``big`` fills more than half of the width, ``small`` less than half."""

    shape: str
    colour: str
    ground: str
    size: str


def invent(chance: random.Random) -> Drawing:
    """Return a drawing of any shape in any colour, on a ground of another colour."""
    colour, ground = chance.sample(list(COLOURS), 2)
    return Drawing(chance.choice(SHAPES), colour, ground, chance.choice(SIZES))


def draw(drawing: Drawing, chance: random.Random, side: int = 96) -> Image.Image:
    """Return an RGB picture of ``drawing``; position, slant, exact size and exact colours are left to chance."""
    image = Image.new("RGB", (side, side), _vary(COLOURS[drawing.ground], chance))
    radius = side * (chance.uniform(0.17, 0.24) if drawing.size == "small" else chance.uniform(0.3, 0.42))
    x, y = (chance.uniform(radius, side - radius) for _ in range(2))
    turn = math.radians(chance.uniform(-15, 15))
    points = [
        (
            x + radius * (px * math.cos(turn) - py * math.sin(turn)),
            y + radius * (px * math.sin(turn) + py * math.cos(turn)),
        )
        for px, py in _outline(drawing.shape)
    ]
    ImageDraw.Draw(image).polygon(points, fill=_vary(COLOURS[drawing.colour], chance))
    return image


def _vary(colour: tuple[int, int, int], chance: random.Random) -> tuple[int, int, int]:
    red, green, blue = (min(max(value + chance.randint(-18, 18), 0), 255) for value in colour)
    return red, green, blue


def _outline(shape: str) -> list[tuple[float, float]]:
    """Return the corners of a shape about the origin, within the unit circle, y pointing down."""
    if shape == "square":
        return [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]
    if shape == "triangle":
        return [(0, -1), (0.92, 0.7), (-0.92, 0.7)]
    if shape == "star":
        return [_polar(1 if i % 2 == 0 else 0.42, i / 10) for i in range(10)]
    if shape == "cross":
        quarter = [(-0.3, -1.0), (0.3, -1.0), (0.3, -0.3)]
        return [point for turns in range(4) for point in (_quarter_turn(p, turns) for p in quarter)]
    if shape == "heart":
        return [_heart(i / 40) for i in range(40)]
    return [_polar(0.95, i / 40) for i in range(40)]


def _polar(radius: float, turns: float) -> tuple[float, float]:
    return radius * math.sin(2 * math.pi * turns), -radius * math.cos(2 * math.pi * turns)


def _quarter_turn(point: tuple[float, float], times: int) -> tuple[float, float]:
    for _ in range(times):
        point = (-point[1], point[0])
    return point


def _heart(turns: float) -> tuple[float, float]:
    angle = 2 * math.pi * turns
    y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
    return 16 * math.sin(angle) ** 3 / 17, -y / 17
