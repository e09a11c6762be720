import random
from functools import cache

import numpy as np
import pytest

from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import SIZES, Brief, draw, plain, reaction
from mse_site.demo.model import MODEL_FOLDER
from mse_site.demo.scenes import PLACES, Scene
from search.encoders import Encoder, Picture, load

# Drawn from seeds that neither the library nor training nor the benchmark uses.
SEED = "tests"


@cache
def load_demo_model() -> Encoder:
    return load(f"openclip:local-dir:{MODEL_FOLDER}", device="cpu", threads=1)


def draw_pictures(names: list[str], *, place: str = "", colour: str = "") -> list[Picture]:
    rng = random.Random(f"{SEED}/{names}/{place}{colour}")
    pictures = []
    for name in names:
        scene = Scene(rng.getrandbits(32), place=place, colour=colour) if place or colour else any_scene(rng)
        layout = rng.choice((plain, reaction))
        pictures.append(Picture(draw(layout(Brief([name], [scene], ("me on monday",), rng.choice(SIZES)), rng))))
    return pictures


def any_scene(rng: random.Random) -> Scene:
    return Scene(rng.getrandbits(32), place=rng.choice(list(PLACES)))


@pytest.mark.parametrize("name", ["cat", "pizza", "rocket", "skull", "octopus", "guitar"])
def test_pictures_of_a_thing_come_first_for_its_name(name: str) -> None:
    others = [glyph.name for glyph in load_glyphs() if glyph.name != name][::9]
    model = load_demo_model()
    vectors = model.encode_pictures(draw_pictures([name] * 4 + others))
    order = np.argsort(-(vectors @ model.encode_texts([name])[0]))
    assert len(set(order[:6]) & {0, 1, 2, 3}) >= 3


def test_a_thing_in_a_place_beats_the_thing_elsewhere_and_other_things_there() -> None:
    model = load_demo_model()
    pictures = draw_pictures(["cat"] * 4, place="space") + draw_pictures(["cat"] * 4, place="beach")
    pictures += draw_pictures(["pizza", "tree", "car", "duck"], place="space")
    scores = model.encode_pictures(pictures) @ model.encode_texts(["a cat in space"])[0]
    assert set(np.argsort(-scores)[:3]) <= {0, 1, 2, 3}


def test_a_colour_finds_scenes_of_that_colour() -> None:
    model = load_demo_model()
    names = ["dog", "banana", "laptop", "tree", "car"]
    pictures = [picture for colour in ("blue", "red", "green") for picture in draw_pictures(names, colour=colour)]
    scores = model.encode_pictures(pictures) @ model.encode_texts(["blue"])[0]
    assert set(np.argsort(-scores)[:5]) <= set(range(6))


def test_words_that_were_never_learned_say_nothing() -> None:
    model = load_demo_model()
    cat, strange_cat = model.encode_texts(["cat", "cat zyxwquv"])
    dog = model.encode_texts(["dog"])[0]
    assert strange_cat @ cat > strange_cat @ dog


def test_the_weights_are_small_enough_to_ship() -> None:
    assert (MODEL_FOLDER / "open_clip_model.safetensors").stat().st_size <= 16_000_000
