import random

from mse_site.demo.colours import COLOURS
from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import LAYOUTS
from mse_site.demo.scenes import PLACES
from mse_site.demo.vocabulary import CATEGORY_WORDS, LAYOUT_WORDS, frame, load_vocabulary

VOCABULARY = load_vocabulary()


def meaning(word: str) -> set[str]:
    return {VOCABULARY.atoms[atom] for atom in VOCABULARY.words[word]}


def test_every_thing_colour_place_and_layout_is_an_atom() -> None:
    assert len(VOCABULARY.atoms) == len(load_glyphs()) + len(COLOURS) + len(PLACES) + len(LAYOUTS)
    assert set(LAYOUT_WORDS) == set(LAYOUTS)
    assert set(CATEGORY_WORDS) == {glyph.category for glyph in load_glyphs()}


def test_a_name_means_its_thing_and_a_broader_word_many() -> None:
    assert meaning("cat") == {"thing:cat"}
    assert {"thing:cat", "thing:dog", "thing:hamster"} <= meaning("pet")
    assert {"thing:cat", "thing:whale"} <= meaning("animal")


def test_a_word_for_a_place_and_for_things_means_either() -> None:
    assert "place:space" in meaning("space")
    assert "thing:earth" in meaning("space")


def test_a_colour_is_only_a_colour() -> None:
    for colour in COLOURS:
        assert meaning(colour) >= {f"colour:{colour}"}
    assert meaning("blue") == {"colour:blue"}


def test_no_thing_is_called_by_the_name_of_a_scene_alone() -> None:
    scenes = {*COLOURS, *PLACES}
    for names in VOCABULARY.names:
        assert not scenes & set(names)


def test_a_framed_word_still_holds_the_word() -> None:
    rng = random.Random(1)
    for kind in ("name", "thing", "colour", "place", "layout"):
        assert all("otter" in frame("otter", kind, rng) for _ in range(30))
