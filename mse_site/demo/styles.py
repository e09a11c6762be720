"""Other artists' drawings of the same things: fetched with npm for training and measuring, never shipped."""

import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from mse_site.demo.glyphs import load_glyphs, load_sheet

# Sprites are small in training pictures of 96 px; half the sheet's size is enough.
SPRITE_PX = 64


@dataclass(frozen=True, slots=True)
class Style:
    """One set of drawings: the npm package, the folder inside it, who drew it and under which licence."""

    name: str
    package: str
    folder: str
    suffix: str
    licence: str


TRAINING_STYLES = (
    Style(
        "twemoji", "emoji-datasource-twitter@16.0.0", "package/img/twitter/64/", ".png", "CC-BY 4.0, Twitter and others"
    ),
    Style("blob", "emoji-datasource-google@3.0.0", "package/img/google/64/", ".png", "Apache 2.0, Google"),
    Style("emojione", "emojione@2.2.7", "package/assets/png_128x128/", ".png", "CC-BY 4.0, Ranks.com"),
    Style("fluent", "@lobehub/fluent-emoji-3d@1.1.0", "package/assets/", ".webp", "MIT, Microsoft"),
)


def fetch(style: Style, folder: Path) -> Path:
    """Downloads the package with npm unless it is there; returns the tar file."""
    folder.mkdir(parents=True, exist_ok=True)
    tar = folder / f"{style.name}.tgz"
    if not tar.exists():
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(folder), style.package], check=True)
        packed = style.package.removeprefix("@").replace("/", "-")
        name, _, version = packed.rpartition("@")
        (folder / f"{name}-{version}.tgz").rename(tar)
    return tar


def load_style(style: Style, folder: Path) -> NDArray[np.uint8]:
    """(cells, 64, 64, 4) RGBA in the order of the sprite sheet; a cell that the set lacks is all zeros. Cached."""
    cached = folder / f"{style.name}.npy"
    if cached.exists():
        sprites: NDArray[np.uint8] = np.load(cached)
        return sprites
    wanted = {_plain_codes(emoji): cell for emoji, cell in _emoji_cells()}
    sprites = np.zeros((len(load_sheet()), SPRITE_PX, SPRITE_PX, 4), np.uint8)
    with tarfile.open(fetch(style, folder)) as tar:
        for member in tar:
            if not (member.name.startswith(style.folder) and member.name.endswith(style.suffix)):
                continue
            codes = member.name.removeprefix(style.folder).removesuffix(style.suffix).lower().replace("-fe0f", "")
            opened = tar.extractfile(member) if codes in wanted else None
            if opened is not None:
                sprites[wanted[codes]] = fit_sprite(Image.open(opened))
    np.save(cached, sprites)
    return sprites


def fit_sprite(image: Image.Image) -> NDArray[np.uint8]:
    """(64, 64, 4) RGBA: cropped to what is drawn, centred, as large as fits."""
    drawn = image.convert("RGBA")
    box = drawn.getbbox()
    drawn = drawn.crop(box) if box else drawn
    scale = SPRITE_PX / max(drawn.size)
    drawn = drawn.resize(
        (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))), Image.Resampling.LANCZOS
    )
    cell = Image.new("RGBA", (SPRITE_PX, SPRITE_PX))
    cell.paste(drawn, ((SPRITE_PX - drawn.width) // 2, (SPRITE_PX - drawn.height) // 2))
    return np.asarray(cell)


def load_own() -> NDArray[np.uint8]:
    """The shipped sprites at training size: (cells, 64, 64, 4)."""
    return np.stack([fit_sprite(Image.fromarray(sprite)) for sprite in load_sheet()])


def ink(sprites: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same drawings as a draughtsman would ink them: few flat colours, dark lines at edges and around.

    A style made from the others, so that the model does not rely on shading; same shape and dtype as given.
    """
    return np.stack([_ink_one(Image.fromarray(sprite)) for sprite in sprites])


def _ink_one(sprite: Image.Image) -> NDArray[np.uint8]:
    alpha = sprite.getchannel("A")
    flat = sprite.convert("RGB").filter(ImageFilter.MedianFilter(5)).quantize(6).convert("RGB")
    edges = flat.convert("L").filter(ImageFilter.FIND_EDGES).point(lambda value: 255 if value > 40 else 0)
    rim = ImageChops.subtract(alpha.filter(ImageFilter.MaxFilter(3)), alpha.filter(ImageFilter.MinFilter(3)))
    lines = ImageChops.lighter(edges, rim)
    inked = Image.composite(Image.new("RGB", sprite.size, (12, 12, 14)), flat, lines)
    inked.putalpha(ImageChops.lighter(alpha, rim))
    return np.asarray(inked)


def _emoji_cells() -> list[tuple[str, int]]:
    return [pair for glyph in load_glyphs() for pair in zip(glyph.emoji, glyph.cells, strict=True)]


def _plain_codes(emoji: str) -> str:
    # Sets disagree on the invisible "draw me in colour" mark; it says nothing about which thing is meant.
    return "-".join(f"{ord(character):04x}" for character in emoji if character != "\ufe0f")
