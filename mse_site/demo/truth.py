"""What is really in a drawn picture, and how much a set of weights makes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mse_site.demo.glyphs import by_name
from mse_site.demo.layouts import Composition


@dataclass(frozen=True, slots=True)
class Truth:
    """The answer sheet of one picture."""

    names: tuple[str, ...]
    colours: tuple[str, ...]
    places: tuple[str, ...]
    layout: str
    words: tuple[str, ...]
    is_moving: bool = False

    def facts(self) -> Iterator[str]:
        """Everything that weights can be given to: thing:cat, kind:animal, word:pet, colour:, place:, layout:, ..."""
        for name in self.names:
            glyph = by_name()[name]
            yield f"thing:{name}"
            yield f"kind:{glyph.category}"
            yield from (f"word:{keyword}" for keyword in glyph.keywords)
        yield from (f"colour:{colour}" for colour in self.colours)
        yield from (f"place:{place}" for place in self.places)
        yield f"layout:{self.layout}"
        yield "moving" if self.is_moving else "still"


def read_truth(composition: Composition, *, is_moving: bool = False) -> Truth:
    """The answer sheet of a composition."""
    scenes = [scene for scene, _ in composition.panels]
    return Truth(
        names=tuple(dict.fromkeys(placement.name for placement in composition.placements)),
        colours=tuple(dict.fromkeys(scene.colour for scene in scenes if scene.colour)),
        places=tuple(dict.fromkeys(scene.place for scene in scenes if scene.place)),
        layout=composition.layout,
        words=tuple(lettering.words for lettering in composition.words),
        is_moving=is_moving,
    )


def weigh(truth: Truth, weights: Mapping[str, float]) -> float:
    """The sum of the weights of the picture's facts, each fact counted once; facts without a weight count nothing."""
    return sum(weights.get(fact, 0.0) for fact in set(truth.facts()))
