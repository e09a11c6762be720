import random

import numpy as np
import pytest

from mse_site.demo.colours import COLOURS, mix, shade
from mse_site.demo.scenes import PLACES, Scene, choose_scene, draw_scene

ALL_SCENES = [Scene(5, place=place) for place in PLACES] + [Scene(5, colour=colour) for colour in COLOURS]


@pytest.mark.parametrize("scene", ALL_SCENES, ids=lambda scene: scene.name)
def test_the_same_seed_draws_the_same_scene(scene: Scene) -> None:
    assert draw_scene(scene, (120, 80)).tobytes() == draw_scene(scene, (120, 80)).tobytes()


@pytest.mark.parametrize("scene", ALL_SCENES, ids=lambda scene: scene.name)
def test_another_seed_draws_another_one(scene: Scene) -> None:
    other = Scene(6, colour=scene.colour, place=scene.place)
    assert draw_scene(scene, (120, 80)).tobytes() != draw_scene(other, (120, 80)).tobytes()


@pytest.mark.parametrize("colour", COLOURS)
def test_a_coloured_scene_is_nearer_to_its_colour_than_to_any_other(colour: str) -> None:
    for seed in range(10):
        mean = np.asarray(draw_scene(Scene(seed, colour=colour), (60, 60))).reshape(-1, 3).mean(axis=0)
        distances = {name: float(np.abs(mean - value).sum()) for name, value in COLOURS.items()}
        assert min(distances, key=distances.__getitem__) == colour


def test_a_scene_has_the_size_that_was_asked_for() -> None:
    assert draw_scene(Scene(1, place="forest"), (641, 333)).size == (641, 333)


def test_chosen_scenes_are_a_place_or_a_colour_and_all_come_up() -> None:
    rng = random.Random(3)
    scenes = [choose_scene(rng) for _ in range(600)]
    assert all(bool(scene.place) != bool(scene.colour) for scene in scenes)
    assert {scene.name for scene in scenes} == {*PLACES, *COLOURS}


def test_mixing_and_shading_go_from_one_end_to_the_other() -> None:
    assert mix((0, 0, 0), (200, 100, 50), 0.5) == (100, 50, 25)
    assert shade((10, 20, 30), -1.0) == (0, 0, 0)
    assert shade((10, 20, 30), 1.0) == (255, 255, 255)
    assert shade((10, 20, 30), 0.0) == (10, 20, 30)
