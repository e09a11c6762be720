import random

import numpy as np
import pytest

from mse_site.demo.compositions import Batch
from mse_site.demo.texts import Captioner, find_atoms, find_broader_words, find_words, write_names, write_relations
from mse_site.demo.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
THINGS = {name: number for number, name in enumerate(VOCABULARY.things)}


@pytest.fixture
def batch() -> Batch:
    things = [["cat", "dog"], ["cat"], ["pizza", "pizza", "pizza"], ["dog", "rocket"]]
    rows = np.full((4, 4), -1, np.int64)
    for row, names in enumerate(things):
        rows[row, : len(names)] = [THINGS[name] for name in names]
    scenes = (
        (("place", "space"),),
        (("colour", "blue"),),
        (("colour", "red"),),
        (("place", "space"), ("colour", "blue")),
    )
    return Batch(np.zeros((4, 8, 8, 3), np.uint8), rows, scenes, ("macro", "plain", "poster", "comparison"))


def test_atoms_are_the_things_scenes_and_layout_of_each_picture(batch: Batch) -> None:
    atoms = find_atoms(batch, VOCABULARY)
    found = {VOCABULARY.atoms[atom] for atom in np.nonzero(atoms[3])[0]}
    assert found == {"thing:dog", "thing:rocket", "place:space", "colour:blue", "layout:comparison"}


def test_broader_words_are_true_where_any_of_their_things_is(batch: Batch) -> None:
    truth = find_words(find_atoms(batch, VOCABULARY), VOCABULARY, ["pet", "blue", "outer space", "fast food"])
    assert truth.T.tolist() == [
        [True, True, False, True],
        [False, True, False, True],
        [True, False, False, True],
        [False, False, True, False],
    ]


def test_broader_words_hold_colours_and_places_but_no_single_thing() -> None:
    words = find_broader_words(VOCABULARY)
    assert {"blue", "space", "animal", "pet"} <= set(words)
    assert "cat" not in words


def test_a_name_that_fits_another_thing_too_is_left_out_for_it() -> None:
    rng = random.Random(1)
    things = [THINGS["fish"], THINGS["cat"]]
    texts, also = write_names(VOCABULARY, things, rng)
    assert len(texts) == 2
    assert also[THINGS["tropical fish"], 0]
    assert not also[THINGS["fish"], 0]
    assert not also[THINGS["dog"], 1]


def test_a_caption_is_true_of_its_own_picture_and_of_those_that_hold_all_it_names(batch: Batch) -> None:
    atoms = find_atoms(batch, VOCABULARY)
    captioner = Captioner(VOCABULARY, random.Random(2))
    for _ in range(30):
        captions = captioner.write(batch, atoms)
        assert captions.truth.diagonal().all()
        for column, text in enumerate(captions.texts):
            if "cat" in text and "dog" in text:
                assert captions.truth[:, column].tolist() == [True, False, False, False]


def test_order_and_number_are_told_rightly_and_wrongly(batch: Batch) -> None:
    rows, true, false = write_relations(batch, VOCABULARY, random.Random(3), most=10)
    told = dict(zip(rows, zip(true, false, strict=True), strict=True))
    assert sorted(told) == [0, 1, 2]
    assert told[1][0].startswith("one ")
    assert told[2][0].startswith("three ")
    assert not told[2][1].startswith("three ")
    assert told[0][0] != told[0][1]
