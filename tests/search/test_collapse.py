"""The same picture again, and the same picture with other words."""

import io
import time

import numpy as np
import pytest

from mse_site.demo.files import draw_bytes
from mse_site.demo.world import DrawnMeme, Kind, World
from search.collapse import FARTHEST, FARTHEST_WORDLESS, Looks, are_alike, leaders, near_pairs
from search.media import BLANK_PHASH, derive, hamming

DICE = np.random.default_rng(5)


def looks(words: str = "", color: str = "#808080", width: int = 400, height: int = 300) -> Looks:
    return Looks.of(words, color, width, height)


def hashes(count: int) -> np.ndarray:
    return DICE.integers(-(2**63), 2**63 - 1, count)


def flipped(value: np.int64, *bits: int) -> np.int64:
    for bit in bits:
        value ^= np.int64(1) << np.int64(bit)
    return value


def grouped(values: np.ndarray, known: list[Looks]) -> list[int]:
    return leaders(len(values), near_pairs(values), dict(enumerate(known))).tolist()


# --- hashes --------------------------------------------------------------------------------------------------------


def test_near_pairs_are_all_there_are() -> None:
    values = hashes(300)
    values[200:] = [flipped(value, *DICE.choice(64, DICE.integers(0, 12), replace=False)) for value in values[:100]]
    expected = {
        (first, second): distance
        for first in range(300)
        for second in range(first + 1, 300)
        if (distance := hamming(int(values[first]), int(values[second]))) <= FARTHEST
    }
    first, second, distance = near_pairs(values)
    found = dict(zip(zip(first.tolist(), second.tolist(), strict=True), distance.tolist(), strict=True))
    assert found == expected
    assert first.tolist() == sorted(first.tolist())


def test_hashes_that_say_nothing_are_near_to_none() -> None:
    flat = np.array([BLANK_PHASH, BLANK_PHASH, 0, 0, -1, -1, 7, 7], np.int64)
    assert [len(part) for part in near_pairs(flat)] == [0, 0, 0]
    assert [len(part) for part in near_pairs(np.empty(0, np.int64))] == [0, 0, 0]


def test_two_thousand_hashes_take_milliseconds() -> None:
    values = hashes(2000)
    near_pairs(values)
    started = time.process_time()
    for _ in range(5):
        near_pairs(values)
    assert (time.process_time() - started) / 5 < 0.03  # 6 ms of one core that nobody else uses


# --- what a hash does not see ----------------------------------------------------------------------------------------


def test_copies_are_alike_and_other_pictures_of_the_same_shape_are_not() -> None:
    assert are_alike(looks(), looks(), 0)
    assert are_alike(looks(), looks(), FARTHEST_WORDLESS)
    assert not are_alike(looks(), looks(), FARTHEST_WORDLESS + 1)
    assert are_alike(looks("it is what it is"), looks("It is what it is!"), FARTHEST)
    assert not are_alike(looks("it is what it is"), looks("it is what it is"), FARTHEST + 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (looks("me on monday"), looks("me on friday")),
        (looks("me on monday"), looks()),
        (looks(color="#d02020"), looks(color="#2020d0")),
        (looks(color="#d02020"), looks(color="")),
        (looks(width=400), looks(width=300)),
        (looks(), looks(width=0, height=0)),
    ],
)
def test_other_words_colours_and_shapes_are_another_picture(one: Looks, other: Looks) -> None:
    assert not are_alike(one, other, 0)
    assert not are_alike(other, one, 0)


def test_a_few_letters_may_have_been_read_wrongly() -> None:
    assert are_alike(
        looks("when the meeting could have been an email again"), looks("when the rneeting could have been an ernail again"), 2
    )  # fmt: skip


def test_words_in_other_scripts_count() -> None:
    assert are_alike(looks("これはミームです"), looks("これはミームです"), 2)
    assert not are_alike(looks("これはミームです"), looks("あれは絵ではない"), 2)


# --- groups --------------------------------------------------------------------------------------------------------


def test_the_first_stands_for_those_behind_it() -> None:
    (value,) = hashes(1)
    values = np.array([hashes(1)[0], value, flipped(value, 3, 9), hashes(1)[0], value])
    assert grouped(values, [looks()] * 5) == [0, 1, 1, 3, 1]


def test_a_chain_of_small_steps_does_not_join_what_is_far_apart() -> None:
    (value,) = hashes(1)
    steps = np.array([value, flipped(value, 0, 1, 2, 3), flipped(value, 0, 1, 2, 3, 4, 5, 6, 7)])
    assert grouped(steps, [looks()] * 3) == [0, 0, 2]


def test_what_is_not_known_stands_for_itself() -> None:
    values = np.repeat(hashes(1), 3)
    assert leaders(3, near_pairs(values), {0: looks(), 2: looks()}).tolist() == [0, 1, 0]


def test_a_template_with_a_thousand_captions_does_not_hold_the_search_up() -> None:
    values = np.repeat(hashes(1), 2000)
    known = [looks(f"{DICE.integers(10**15)} {DICE.integers(10**15)}") for _ in range(2000)]
    started = time.process_time()
    assert len(set(grouped(values, known))) > 1900
    assert time.process_time() - started < 1.0


# --- drawn copies ----------------------------------------------------------------------------------------------------


def told(meme: DrawnMeme) -> tuple[int, Looks]:
    derived = derive(io.BytesIO(draw_bytes(meme)))
    words = "\n".join(meme.truth.words)
    return derived.phash, Looks.of(words, derived.dominant_color, derived.probe.width, derived.probe.height)


def test_reposts_collapse_and_new_captions_do_not() -> None:
    world = World(seed=3, count=300)
    copies = [meme for meme in world.memes if meme.kind in (Kind.REPOST, Kind.RECAPTION)]
    found = {Kind.REPOST: [0, 0], Kind.RECAPTION: [0, 0]}
    for meme in copies:
        assert meme.origin is not None
        (value, one), (other, origin) = told(meme), told(world.memes[meme.origin])
        found[meme.kind][0] += are_alike(origin, one, hamming(value, other))
        found[meme.kind][1] += 1
    (reposts, of_reposts), (captions, of_captions) = found[Kind.REPOST], found[Kind.RECAPTION]
    assert (of_reposts > 10, of_captions > 10) == (True, True)
    assert reposts >= 0.65 * of_reposts
    assert captions <= 0.1 * of_captions
