import pytest

from rating.ensemble.split import fold

MEMES = [f"{number:064x}" for number in range(4000)]
FOLDS_TODAY = [0, 0, 0, 2, 0, 0, 0, 1, 2, 2, 1, 2]


def test_memes_stay_in_their_parts_in_every_version() -> None:
    """Moving them would let a taste be tested with what an earlier version learned from."""
    assert [fold(meme, 3) for meme in MEMES[:12]] == FOLDS_TODAY


@pytest.mark.parametrize("folds", [1, 2, 3, 10])
def test_parts_are_of_about_the_same_size(folds: int) -> None:
    found = [fold(meme, folds) for meme in MEMES]
    assert all(found.count(part) / len(MEMES) == pytest.approx(1 / folds, rel=0.15) for part in range(folds))
