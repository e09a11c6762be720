"""What words mean in the drawn world: which things, colours, places and layouts each of them stands for."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from mse_site.demo.colours import COLOURS
from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import LAYOUTS
from mse_site.demo.scenes import PLACES

LAYOUT_WORDS: dict[str, tuple[str, ...]] = {
    "macro": ("image macro", "top and bottom text", "impact text"),
    "plain": ("no words", "without words", "no text"),
    "reaction": ("reaction", "reaction picture", "text above"),
    "comparison": ("two panels", "comparison", "side by side"),
    "labels": ("labelled things", "object labels", "allegory"),
    "poster": ("motivational poster", "poster", "black frame"),
}
CATEGORY_WORDS: dict[str, tuple[str, ...]] = {
    "animal": ("animal", "creature"),
    "plant": ("plant",),
    "food": ("food", "something to eat"),
    "drink": ("drink", "something to drink"),
    "face": ("face", "emoji face"),
    "person": ("people", "human"),
    "vehicle": ("vehicle", "transport"),
    "building": ("building", "place to be"),
    "weather": ("weather", "nature"),
    "activity": ("hobby", "leisure"),
    "object": ("object", "household thing"),
    "symbol": ("symbol", "icon"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Atoms are the things, colours, places and layouts, numbered in this order; a word stands for any of its atoms."""

    things: tuple[str, ...]
    atoms: tuple[str, ...]
    atom_numbers: dict[str, int]
    names: tuple[tuple[str, ...], ...]
    words: dict[str, frozenset[int]] = field(default_factory=dict)

    def number(self, kind: str, name: str) -> int:
        """The atom of a thing, colour, place or layout."""
        return self.atom_numbers[f"{kind}:{name}"]


@cache
def load_vocabulary() -> Vocabulary:
    """Every word of the drawn world."""
    glyphs = load_glyphs()
    atoms = [f"thing:{glyph.name}" for glyph in glyphs]
    atoms += [f"colour:{name}" for name in COLOURS] + [f"place:{name}" for name in PLACES]
    atoms += [f"layout:{name}" for name in LAYOUTS]
    numbers = {atom: number for number, atom in enumerate(atoms)}
    scene_words = {*COLOURS, *PLACES, *(word for words in PLACES.values() for word in words)}
    meanings: dict[str, set[int]] = {}

    def add(words: Iterable[str], atom: int) -> None:
        for word in words:
            meanings.setdefault(word, set()).add(atom)

    for number, glyph in enumerate(glyphs):
        add((glyph.name, *glyph.synonyms, *glyph.keywords, *CATEGORY_WORDS[glyph.category]), number)
    for colour in COLOURS:
        add((colour,), numbers[f"colour:{colour}"])
    for place, others in PLACES.items():
        add((place, *others), numbers[f"place:{place}"])
    for layout, others in LAYOUT_WORDS.items():
        add(others, numbers[f"layout:{layout}"])
    names = tuple(
        tuple(word for word in (glyph.name, *glyph.synonyms) if word not in scene_words) or (glyph.name,)
        for glyph in glyphs
    )
    words = {word: frozenset(found) for word, found in meanings.items()}
    return Vocabulary(tuple(glyph.name for glyph in glyphs), tuple(atoms), numbers, names, words)


NAME_FRAMES = ("{}", "{}", "{}", "a {}", "the {}", "{} meme", "a picture of a {}", "a meme with a {}", "funny {}")
SCENE_FRAMES = {
    "colour": ("{}", "{} background", "{} meme", "a {} picture", "on {}", "something {}"),
    "place": ("{}", "in {}", "{} meme", "a picture of {}", "{} background"),
    "layout": ("{}", "{} meme", "a {}"),
    "thing": ("{}", "{} meme", "some {}", "a {}"),
}


def frame(text: str, kind: str, rng: random.Random) -> str:
    """The word as somebody would type it into a search box."""
    return rng.choice(NAME_FRAMES if kind == "name" else SCENE_FRAMES[kind]).format(text)
