"""The colours that scenes are painted in, by their English names."""

import random
from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

# Eleven basic colour terms (Berlin and Kay, 1969), each at a value that nobody would call by a neighbour's name.
COLOURS: dict[str, RGB] = {
    "red": (214, 40, 40),
    "orange": (246, 133, 18),
    "yellow": (252, 214, 30),
    "green": (46, 158, 68),
    "blue": (33, 98, 214),
    "purple": (126, 52, 178),
    "pink": (250, 140, 190),
    "brown": (122, 76, 40),
    "black": (22, 22, 26),
    "white": (246, 246, 244),
    "grey": (132, 134, 138),
}


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`share` (0 to 1) of the way from the first colour to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shade(colour: RGB, light: float) -> RGB:
    """Darker (light below 0, to black at -1) or lighter (above 0, to white at 1)."""
    return mix(colour, (255, 255, 255), light) if light > 0 else mix(colour, (0, 0, 0), -light)


def vary(colour: RGB, rng: random.Random, spread: int = 12) -> RGB:
    """The same colour as another painter would mix it."""
    red, green, blue = (min(255, max(0, value + rng.randint(-spread, spread))) for value in colour)
    return red, green, blue
