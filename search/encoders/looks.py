"""What a picture looks like, in numbers: how much of each named look, and where which colours lie.

Colours are compared in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/): lightness 0 to 1, a and b
about -.3 to .3, distances close to what people see.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from search.encoders.base import Vectors
from search.encoders.palette import COLOURS, LOOKS, SWATCHES

Bytes = npt.NDArray[np.uint8]

# Side of the sample in pixels: small enough for 1 ms a picture, large enough that a 3 % object keeps its colour.
SAMPLE_SIDE = 64
LIGHTNESS_GRID = 8
COLOUR_GRID = 4
SIGNATURE_DIMS = LIGHTNESS_GRID**2 + 2 * COLOUR_GRID**2

# How blurred the border between two colour names is, in OKLab; neighbouring swatches lie about .1 apart.
_NAME_BLUR = 0.025
# Cells per channel of the table from colour to names: 8 byte values each, less than JPEG moves a flat colour.
_TABLE_SIDE = 32
# Less than this share of the picture is noise at an edge, not a colour of the picture.
_LEAST_SHARE = 0.005
# Black, white and grey are mostly background; dark, square and the like are true of very many pictures.
_NEUTRAL_WEIGHT = 0.6
_MOOD_WEIGHT = 0.7
_SHAPE_WEIGHT = 0.4
# a and b span about half of what lightness does.
_CHROMA_GAIN = 2.0


def describe(image: Image.Image) -> tuple[Vectors, Vectors]:
    """Return the named looks ``(len(LOOKS),)`` and the colour layout ``(SIGNATURE_DIMS,)`` of an RGB picture.

    Looks are 0 (not at all) to 1. The layout is a blurred copy of the picture in OKLab around middle grey, of length
    at most one, and near zero for an evenly grey picture. Neither depends on the picture's size in pixels.
    """
    sample = _sample(image)
    lab = _oklab(sample)
    return _name_looks(sample, lab, image.width / image.height), _lay_out(lab)


def _sample(image: Image.Image) -> Bytes:
    """Return sRGB bytes ``(SAMPLE_SIDE, SAMPLE_SIDE, 3)``, every pixel an average of what it covers."""
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return np.asarray(rgb.resize((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX))


def _oklab(srgb: Bytes) -> Vectors:
    """Return sRGB bytes ``(..., 3)`` as OKLab of the same shape."""
    lab: Vectors = np.cbrt(_linear_of_byte()[srgb] @ _LINEAR_TO_CONES) @ _CONES_TO_LAB
    return lab


@lru_cache(maxsize=1)
def _linear_of_byte() -> Vectors:
    srgb = np.arange(256) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR_TO_CONES = np.array(
    [[0.4122214708, 0.2119034982, 0.0883024619], [0.5363325363, 0.6806995451, 0.2817188376],
     [0.0514459929, 0.1073969566, 0.6299787005]], dtype=np.float32,
)  # fmt: skip
_CONES_TO_LAB = np.array(
    [[0.2104542553, 1.9779984951, 0.0259040371], [0.7936177850, -2.4285922050, 0.7827717662],
     [-0.0040720468, 0.4505937099, -0.8086757660]], dtype=np.float32,
)  # fmt: skip


def _name_looks(sample: Bytes, lab: Vectors, aspect: float) -> Vectors:
    amounts = np.sqrt(np.clip(_colour_shares(sample) - _LEAST_SHARE, 0, 1))
    looks = {
        name: float(amount) * (_NEUTRAL_WEIGHT if name in ("black", "grey", "white") else 1.0)
        for name, amount in zip(COLOURS, amounts, strict=True)
    }
    looks |= {name: _MOOD_WEIGHT * amount for name, amount in _moods(sample, lab).items()}
    looks |= {name: _SHAPE_WEIGHT * amount for name, amount in _shapes(aspect).items()}
    return np.array([looks[name] for name in LOOKS], dtype=np.float32)


def _colour_shares(sample: Bytes) -> Vectors:
    """Return which share of the pixels has each of COLOURS, float32 summing to one."""
    step = 256 // _TABLE_SIDE
    red, green, blue = (sample[..., channel].ravel().astype(np.intp) // step for channel in range(3))
    shares: Vectors = _name_table()[(red * _TABLE_SIDE + green) * _TABLE_SIDE + blue].mean(axis=0)
    return shares


@lru_cache(maxsize=1)
def _name_table() -> Vectors:
    """Return for every colour cell, red slowest, how much it is each of COLOURS: float32 ``(side**3, 12)``, rows of 1.

    A cell between two names counts for both, so that a little noise changes little.
    """
    centres = (np.arange(_TABLE_SIDE) + 0.5) * 256 / _TABLE_SIDE
    cells = np.stack(np.meshgrid(centres, centres, centres, indexing="ij"), axis=-1).astype(np.uint8).reshape(-1, 3)
    lab = _oklab(cells)
    distances = np.stack([_nearest(lab, SWATCHES[name]) for name in COLOURS], axis=1)
    # Relative to the nearest, so that a colour far from every swatch still belongs somewhere.
    nearness = np.exp((distances.min(axis=1, keepdims=True) - distances) / (2 * _NAME_BLUR**2))
    table: Vectors = (nearness / nearness.sum(axis=1, keepdims=True)).astype(np.float32)
    return table


def _nearest(lab: Vectors, codes: tuple[str, ...]) -> Vectors:
    swatches = _oklab(np.array([tuple(bytes.fromhex(code)) for code in codes], dtype=np.uint8))
    squares: Vectors = ((lab[:, None, :] - swatches) ** 2).sum(axis=2)
    nearest: Vectors = squares.min(axis=1)
    return nearest


def _moods(sample: Bytes, lab: Vectors) -> dict[str, float]:
    lightness = float(lab[..., 0].mean())
    coloured_share = float((np.hypot(lab[..., 1], lab[..., 2]) > 0.04).mean())
    return {
        # A picture of middle grey (OKLab lightness .6) is neither dark nor bright.
        "dark": _ramp(0.45 - lightness, 0.3),
        "bright": _ramp(lightness - 0.75, 0.2),
        # The scale of Hasler and Suesstrunk: 33 is moderately, 109 extremely colourful.
        "colourful": _ramp(_colourfulness(sample) - 40, 90),
        "monochrome": _ramp(0.1 - coloured_share, 0.1),
    }


def _colourfulness(sample: Bytes) -> float:
    """Return the colourfulness of Hasler and Suesstrunk 2003 (Measuring colourfulness in natural images), 0 to ~200."""
    red, green, blue = (sample[..., channel].astype(np.float64) for channel in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = math.hypot(red_green.std(), yellow_blue.std())
    return spread + 0.3 * math.hypot(red_green.mean(), yellow_blue.mean())


def _shapes(aspect: float) -> dict[str, float]:
    octaves = math.log2(aspect)
    return {
        "wide": _ramp(octaves - 0.1, 0.4),
        "tall": _ramp(-octaves - 0.1, 0.4),
        "square": _ramp(0.25 - abs(octaves), 0.25),
    }


def _ramp(value: float, width: float) -> float:
    return min(max(value / width, 0.0), 1.0)


def _lay_out(lab: Vectors) -> Vectors:
    lightness = _average(lab[..., :1], LIGHTNESS_GRID) - np.float32(0.6)
    # A cell of the colour grid covers several of lightness and counts as much as all of them.
    colour = _average(lab[..., 1:], COLOUR_GRID) * np.float32(_CHROMA_GAIN * LIGHTNESS_GRID / COLOUR_GRID)
    # Half of the average goes: the named looks know it already, and what differs within tells pictures apart.
    planes = [plane - plane.mean(axis=0) * np.float32(0.5) for plane in (lightness, colour)]
    layout: Vectors = np.concatenate([plane.ravel() for plane in planes])
    # Root mean square .1 is a faint picture; below it the layout fades instead of amplifying noise.
    return layout / np.float32(max(float(np.linalg.norm(layout)), 0.1 * LIGHTNESS_GRID))


def _average(plane: Vectors, grid: int) -> Vectors:
    """Return ``(grid * grid, channels)`` of averages over square blocks."""
    step = SAMPLE_SIDE // grid
    averages: Vectors = plane.reshape(grid, step, grid, step, -1).mean(axis=(1, 3)).reshape(grid * grid, -1)
    return averages
