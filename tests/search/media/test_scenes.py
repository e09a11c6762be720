"""Where clips cut from one scene to another."""

import numpy as np

from search.media.scenes import CELLS, MOST, Cuts
from tests.search.media.making import scene


def cells(seed: int) -> np.ndarray:
    return np.asarray(scene(seed).convert("L").resize((CELLS, CELLS)))


def test_a_scene_begins_where_nearly_everything_changes() -> None:
    cuts = Cuts()
    assert [cuts.begins(cells(seed)) for seed in (1, 1, 2, 2, 3)] == [False, False, True, False, True]


def test_what_moves_or_fades_is_no_cut() -> None:
    cuts, still = Cuts(), cells(1)
    moving = [np.roll(still, step, axis=1) for step in range(8)]
    fading = [(still * (1 - step / 20)).astype(np.uint8) for step in range(20)]
    assert not any(cuts.begins(frame) for frame in [*moving, moving[-1]])
    cuts = Cuts()
    assert not any(cuts.begins(frame) for frame in fading)


def test_what_flickers_is_not_followed_for_ever() -> None:
    cuts = Cuts()
    assert sum(cuts.begins(cells(number % 2)) for number in range(200)) == MOST
