import numpy as np
import pytest

from rating.ensemble.split import HELD_OUT_SHARE, Part, fold, is_held_out, part

MEMES = [f"{number:064x}" for number in range(4000)]
HELD_TODAY = [10, 21, 26, 29]
FOLDS_TODAY = [0, 0, 0, 2, 0, 0, 0, 1, 2, 2, 1, 2]


def test_the_share_held_out_is_the_one_promised() -> None:
    assert np.mean([is_held_out(meme) for meme in MEMES]) == pytest.approx(HELD_OUT_SHARE, abs=0.02)


def test_memes_stay_where_they_are_in_every_version() -> None:
    """These are held out today; moving them would let tastes be tested with what they learned from."""
    held = [number for number, meme in enumerate(MEMES[:30]) if is_held_out(meme)]
    assert held == HELD_TODAY


def test_a_larger_share_holds_out_the_same_and_more() -> None:
    small, large = ({meme for meme in MEMES if is_held_out(meme, share)} for share in (0.1, 0.3))
    assert small < large


def test_an_answer_belongs_where_all_its_memes_are() -> None:
    out = next(meme for meme in MEMES if is_held_out(meme))
    learned = next(meme for meme in MEMES if not is_held_out(meme))
    assert part((out, out)) is Part.HELD_OUT
    assert part((learned, learned)) is Part.LEARNED
    assert part((learned, out)) is part((out, learned)) is Part.BETWEEN
    assert part((learned, learned, learned, out)) is Part.BETWEEN


def test_memes_stay_in_their_parts_which_are_of_about_the_same_size() -> None:
    folds = [fold(meme, 3) for meme in MEMES]
    assert folds[:12] == FOLDS_TODAY
    assert all(abs(folds.count(part) / len(MEMES) - 1 / 3) < 0.05 for part in range(3))
