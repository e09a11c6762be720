"""The pictures that the demo's model is measured on: drawn like the library, from seeds that nothing else uses."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mse_site.demo.captions import write_words
from mse_site.demo.communities import SOURCES
from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import LAYOUTS, SIZES, Brief, Composition
from mse_site.demo.scenes import choose_scene
from mse_site.demo.truth import Truth, read_truth
from mse_site.demo.world import compose

# The library's seed is a small number and training counts its steps; a text can be neither.
SEED = "benchmark"
LIBRARY_SIZE = 600
# Of each pair in the "a -b" set: so many pictures with a and not b, with both, and with b and not a.
OF_EACH = 6


@dataclass(frozen=True, slots=True)
class Drawn:
    composition: Composition
    truth: Truth


def draw_with(names: Sequence[str], rng: random.Random) -> Drawn:
    """These things in any layout that has room for them, in any scene, with any words."""
    layout = rng.choice([name for name in LAYOUTS if name != "comparison" or len(names) == 2])
    scenes = [choose_scene(rng), choose_scene(rng)]
    composition = LAYOUTS[layout](Brief(names, scenes, write_words(layout, list(names), rng), rng.choice(SIZES)), rng)
    return Drawn(composition, read_truth(composition))


def draw_single_things(count: int) -> list[Drawn]:
    """One thing in each picture, every thing about equally often."""
    rng = random.Random(f"{SEED}/single")
    names = [glyph.name for glyph in load_glyphs()]
    order = rng.sample(names, len(names)) * (count // len(names) + 1)
    return [draw_with([name], rng) for name in order[:count]]


def draw_library_like() -> list[Drawn]:
    """As many pictures as the library has, made as its communities make them, without copies."""
    rng = random.Random(f"{SEED}/library")
    communities = [community for source in SOURCES for community in source.communities]
    compositions = [compose(communities[number % len(communities)], rng) for number in range(LIBRARY_SIZE)]
    return [Drawn(composition, read_truth(composition)) for composition in compositions]


def draw_pairs(round_number: int) -> tuple[list[Drawn], list[tuple[str, str]]]:
    """A library full of pairs (a, b): pictures with a alone, with both, with b alone, other things beside some of them."""
    rng = random.Random(f"{SEED}/pairs/{round_number}")
    names = [glyph.name for glyph in load_glyphs()]
    pair_count = LIBRARY_SIZE // (3 * OF_EACH)
    chosen = rng.sample(names, 2 * pair_count)
    pairs = list(zip(chosen[::2], chosen[1::2], strict=True))
    others = [name for name in names if name not in chosen]
    pictures = []
    for a, b in pairs:
        for _ in range(OF_EACH):
            for things in ([a], [a, b], [b]):
                beside = [rng.choice(others)] if len(things) == 1 and rng.random() < 0.5 else []
                pictures.append(draw_with(rng.sample(things + beside, len(things + beside)), rng))
    return pictures, pairs
