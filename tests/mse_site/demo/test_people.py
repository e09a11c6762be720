import random

import pytest

from mse_site.demo.glyphs import by_name
from mse_site.demo.people import AXES, PEOPLE, Person, prefers_left, utility
from mse_site.demo.truth import Truth
from mse_site.demo.world import World

TRUTHS = [meme.truth for meme in World(seed=0, count=300).memes]
ALICE, BOB, CAROL = PEOPLE


def picture_of(*names: str, place: str = "", colour: str = "", layout: str = "macro") -> Truth:
    return Truth(names, (colour,) if colour else (), (place,) if place else (), layout, ())


def test_alice_likes_a_cat_in_space_more_than_a_laptop_on_brown() -> None:
    cat, laptop = picture_of("cat", place="space"), picture_of("laptop", colour="brown")
    assert utility(ALICE, "meme", cat) > utility(ALICE, "meme", laptop) + 2


def test_bob_likes_a_pizza_more_than_a_tree_and_carol_the_other_way_round() -> None:
    pizza, tree = picture_of("pizza", colour="red"), picture_of("tree", colour="green", layout="plain")
    assert utility(BOB, "useful", pizza) > utility(BOB, "useful", tree)
    assert utility(CAROL, "useful", tree) > utility(CAROL, "useful", pizza)


def test_the_three_disagree_about_a_good_share_of_pairs() -> None:
    rng = random.Random(1)
    pairs = [rng.sample(TRUTHS, 2) for _ in range(400)]
    for one, other in ((ALICE, BOB), (ALICE, CAROL), (BOB, CAROL)):
        differs = sum(
            (utility(one, "meme", left) > utility(one, "meme", right))
            != (utility(other, "meme", left) > utility(other, "meme", right))
            for left, right in pairs
        )
        assert differs > 60


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.username)
@pytest.mark.parametrize("axis", AXES)
def test_answers_follow_the_utility_but_not_always(person: Person, axis: str) -> None:
    rng = random.Random(2)
    agrees = answers = 0
    for _ in range(1500):
        left, right = rng.sample(TRUTHS, 2)
        margin = utility(person, axis, left) - utility(person, axis, right)
        if abs(margin) > 0.3:
            agrees += prefers_left(person, axis, left, right, rng) == (margin > 0)
            answers += 1
    assert 0.8 < agrees / answers < 0.995


def test_equal_pictures_are_preferred_evenly() -> None:
    rng = random.Random(3)
    cat = picture_of("cat", colour="blue")
    assert 430 < sum(prefers_left(ALICE, "meme", cat, cat, rng) for _ in range(1000)) < 570


def test_every_planted_weight_names_something_that_exists() -> None:
    facts = {fact for meme in World(seed=0, count=600).memes for fact in meme.truth.facts()}
    facts |= {f"thing:{name}" for name in by_name()}
    for weights in [person.weights for person in PEOPLE] + list(AXES.values()):
        assert set(weights) <= facts
