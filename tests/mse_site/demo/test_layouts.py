import random

import numpy as np
import pytest

from mse_site.demo.captions import write_words
from mse_site.demo.layouts import LAYOUTS, SIZES, Brief, Composition, draw, draw_ground
from mse_site.demo.lettering import Lettering, write
from mse_site.demo.scenes import Scene

SCENES = (Scene(1, place="space"), Scene(2, colour="red"))


def compose(layout: str, names: tuple[str, ...], *, size: tuple[int, int] = (600, 600), seed: int = 1) -> Composition:
    rng = random.Random(seed)
    return LAYOUTS[layout](Brief(names, SCENES, write_words(layout, list(names), rng), size), rng)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_every_layout_draws_every_size(layout: str, size: tuple[int, int]) -> None:
    assert draw(compose(layout, ("cat", "pizza"), size=size)).size == size


@pytest.mark.parametrize("layout", LAYOUTS)
def test_drawing_twice_gives_the_same_pixels(layout: str) -> None:
    composition = compose(layout, ("cat", "pizza"))
    assert draw(composition).tobytes() == draw(composition).tobytes()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_things_keep_their_order_and_stay_inside(layout: str) -> None:
    for seed in range(20):
        placements = compose(layout, ("cat", "pizza"), size=(720, 480), seed=seed).placements
        assert [placement.name for placement in placements] == ["cat", "pizza"]
        assert placements[0].x < placements[1].x
        assert all(0 < placement.x < 1 and 0 < placement.y < 1 for placement in placements)
        assert all(placement.size > 0.15 for placement in placements)


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"plain"}))
def test_words_are_drawn_where_the_layout_has_them(layout: str) -> None:
    composition = compose(layout, ("cat", "pizza"), seed=4)
    wordless = Composition(
        composition.layout, composition.size, composition.panels, composition.placements, (), composition.paper
    )
    changed = np.abs(np.asarray(draw(composition)).astype(int) - np.asarray(draw(wordless))).max(axis=2) > 40
    assert changed.mean() > 0.005


def test_a_plain_picture_has_no_words() -> None:
    assert compose("plain", ("cat",)).words == ()


def test_a_smaller_scale_gives_the_same_picture_smaller() -> None:
    composition = compose("comparison", ("cat", "pizza"))
    small = draw_ground(composition, 0.25)
    large = draw_ground(composition).resize(small.size)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(large)).mean() < 8


def test_words_that_are_too_long_shrink_and_stay_in_their_box() -> None:
    canvas = draw_ground(compose("plain", ("cat",)))
    before = np.asarray(canvas).copy()
    write(canvas, Lettering("a very long story " * 12, (0.2, 0.3, 0.8, 0.5)))
    rows, columns = np.nonzero((np.asarray(canvas) != before).any(axis=2))
    assert rows.min() >= 0.28 * 600
    assert rows.max() <= 0.52 * 600
    assert columns.min() >= 0.18 * 600
    assert columns.max() <= 0.82 * 600
