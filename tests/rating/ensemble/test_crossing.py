from collections.abc import Iterator

import numpy as np
import pytest
import torch

from rating.bayes.posterior import sigmoid
from rating.ensemble.crossing import cross_validate
from rating.ensemble.metrics import accuracy
from rating.ensemble.model import Config
from rating.ensemble.train import Examples, Schedule, train

MEMES, COUNT = 90, 600
SMALL = Config(4, ("useful",), members=4, hidden=16)
SHORT = Schedule(rate=1e-2, weight_decay=0.1, most_epochs=12)
FOLDS = np.arange(MEMES) % 3


def examples(bent: float = 3.0) -> Examples:
    dice = np.random.default_rng(1)
    features = dice.normal(size=(MEMES, 4))
    liked = bent * np.abs(features[:, 0]) + features[:, 1]
    left, right = dice.integers(0, MEMES, (2, COUNT))
    wins = dice.random(COUNT) < sigmoid(3 * (liked[left] - liked[right]))
    return Examples(features, left, right, np.zeros(COUNT, np.intp), wins.astype(float))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_what_was_planted_is_found_on_memes_that_were_never_seen() -> None:
    said = examples()
    crossed = cross_validate(SMALL, said, FOLDS, np.ones(COUNT, bool), schedule=SHORT)
    tested = ~np.isnan(crossed.wins)
    np.testing.assert_array_equal(tested, FOLDS[said.left] == FOLDS[said.right])
    assert accuracy(crossed.wins[tested], said.targets[tested]) > 0.8
    assert crossed.losses[crossed.epochs - 1] == min(crossed.losses)


def test_a_part_is_not_judged_by_what_was_said_of_it() -> None:
    said, once = examples(), Schedule(rate=1e-2, most_epochs=1)
    of_first = (FOLDS[said.left] == 0) & (FOLDS[said.right] == 0)
    lies = Examples(said.features, said.left, said.right, said.axis, np.where(of_first, 1 - said.targets, said.targets))
    one, other = (cross_validate(SMALL, part, FOLDS, np.ones(COUNT, bool), schedule=once).wins for part in (said, lies))
    np.testing.assert_array_equal(one[of_first], other[of_first])
    assert (one != other)[(FOLDS[said.left] == 1) & (FOLDS[said.right] == 1)].any()


def test_what_was_kept_apart_is_tested_and_never_learned() -> None:
    said = examples()
    apart = np.arange(COUNT) >= COUNT // 2
    lies = Examples(said.features, said.left, said.right, said.axis, np.where(apart, 1 - said.targets, said.targets))
    crossed = cross_validate(SMALL, lies, FOLDS, ~apart, schedule=Schedule(rate=1e-2, most_epochs=4, patience=9))
    tested = apart & ~np.isnan(crossed.wins)
    assert tested.any()
    assert accuracy(crossed.wins[tested], said.targets[tested]) > 0.6, "what was really liked, not what was said apart"


def test_one_part_alone_tests_nothing() -> None:
    crossed = cross_validate(SMALL, examples(), np.zeros(MEMES, np.intp), np.ones(COUNT, bool), schedule=SHORT)
    assert (crossed.epochs, crossed.losses) == (0, [])
    assert np.isnan(crossed.wins).all()


def test_on_top_of_a_direction_networks_begin_where_it_ends() -> None:
    said, direction = examples(), np.asarray([[0.0], [1.0], [0.0], [0.0]])
    still = train(SMALL, said, directions=direction, schedule=Schedule(rate=0.0, blind_epochs=1)).model
    expected = said.features @ direction
    np.testing.assert_allclose(still.scores(torch.as_tensor(said.features))[0].numpy(), expected, atol=1e-5)
    moved = train(SMALL, said, directions=direction, schedule=SHORT).model
    assert torch.equal(moved.linear, still.linear), "the direction stays"
    assert not np.allclose(moved.scores(torch.as_tensor(said.features))[0].numpy(), expected, atol=0.1)
