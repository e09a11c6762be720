from collections.abc import Iterator

import numpy as np
import pytest
import torch

from rating.bayes.posterior import sigmoid
from rating.ensemble.metrics import accuracy
from rating.ensemble.model import Config
from rating.ensemble.train import Examples, Schedule, Trained, train

MEMES, FEATURES = 200, 6
SMALL = Config(FEATURES, ("useful", "meme"), members=4, hidden=16)
SHORT = Schedule(rate=5e-3, weight_decay=0.1, most_epochs=40, blind_epochs=25)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def features() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((MEMES, FEATURES))


def liked() -> np.ndarray:
    """(MEMES, 2): a bent taste that no direction has, and a straight one against it."""
    memes = features()
    return np.stack([3 * np.abs(memes[:, 0]) + memes[:, 1], -2 * memes[:, 1]], axis=1)


def examples(count: int, memes: range, seed: int = 1) -> Examples:
    rng = np.random.default_rng(seed)
    left, right = rng.integers(memes.start, memes.stop, (2, count))
    axis = rng.integers(0, 2, count)
    chances = sigmoid(2 * (liked()[left, axis] - liked()[right, axis]))
    return Examples(features(), left, right, axis, (rng.random(count) < chances).astype(float))


def judged(trained: Trained, axis: int) -> float:
    """Accuracy on memes it never saw."""
    rng = np.random.default_rng(9)
    left, right = rng.integers(150, MEMES, (2, 500))
    memes = torch.as_tensor(features())
    wins = trained.model.predict(memes[left], memes[right])[:, axis].double().numpy()
    return accuracy(wins, (liked()[left, axis] > liked()[right, axis]).astype(float))


def test_planted_tastes_are_learned_on_both_axes_even_where_they_are_bent() -> None:
    trained = train(SMALL, examples(1500, range(120)), examples(300, range(120, 150)), schedule=SHORT)
    assert judged(trained, 0) > 0.85
    assert judged(trained, 1) > 0.85


def test_what_was_picked_on_the_left_scores_higher() -> None:
    left, right = np.asarray([0] * 40), np.asarray([1] * 40)
    taught = Examples(features(), left, right, np.zeros(40, int), np.full(40, 0.9))
    mean, _ = train(SMALL, taught, schedule=SHORT).model.scores(torch.as_tensor(features()[:2]))
    assert mean[0, 0] > mean[1, 0]


def test_training_stops_when_held_out_memes_are_predicted_no_better() -> None:
    coins = examples(60, range(120))
    trained = train(
        SMALL, coins, examples(60, range(120, 150)), schedule=Schedule(rate=0.05, weight_decay=0, patience=3)
    )
    assert len(trained.losses) == trained.epochs + 3
    assert trained.losses[trained.epochs - 1] == min(trained.losses)


def test_the_same_answers_and_seed_give_the_same_ensemble() -> None:
    one, other = (train(SMALL, examples(100, range(120)), schedule=SHORT).model for _ in range(2))
    assert one.checksum == other.checksum
    again = train(SMALL, examples(100, range(120)), schedule=Schedule(seed=1, blind_epochs=2)).model
    assert again.checksum != train(SMALL, examples(100, range(120)), schedule=Schedule(blind_epochs=2)).model.checksum


def test_an_axis_that_nobody_answered_does_not_disturb_the_other() -> None:
    answered = examples(1000, range(120))
    trained = train(SMALL, answered.only(answered.axis == 1), schedule=SHORT)
    assert judged(trained, 1) > 0.85
    assert torch.equal(trained.model.linear[..., 0], torch.zeros_like(trained.model.linear[..., 0]))


def test_members_differ_where_they_have_not_learned() -> None:
    trained = train(SMALL, examples(100, range(120)), schedule=SHORT)
    near = trained.model.scores(torch.as_tensor(features()))[1].mean()
    far = trained.model.scores(torch.as_tensor(10 * features()))[1].mean()
    assert far > 2 * near


def test_one_answer_and_all_ties_and_identical_memes_train() -> None:
    for taught in (
        examples(1, range(120)),
        Examples(features(), np.arange(20), np.arange(20, 40), np.zeros(20, int), np.full(20, 0.5)),
        Examples(np.ones((4, FEATURES)), np.zeros(9, int), np.ones(9, int), np.zeros(9, int), np.ones(9)),
    ):
        mean, _ = train(SMALL, taught, schedule=Schedule(blind_epochs=2)).model.scores(torch.as_tensor(features()))
        assert torch.isfinite(mean).all()


def test_a_heartbeat_can_stop_the_training() -> None:
    beats: list[int] = []

    def beat(epoch: int) -> None:
        beats.append(epoch)
        if epoch == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        train(SMALL, examples(50, range(120)), schedule=SHORT, heartbeat=beat)
    assert beats == [1, 2]


def test_no_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="no answers"):
        train(SMALL, examples(5, range(120)).only(np.zeros(5, bool)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"targets": np.asarray([1.5])}, "probabilities"),
        ({"targets": np.asarray([np.nan])}, "probabilities"),
        ({"features": np.full((MEMES, FEATURES), np.nan)}, "finite"),
        ({"left": np.asarray([MEMES])}, "no features"),
        ({"right": np.asarray([-1])}, "no features"),
        ({"axis": np.asarray([0, 1])}, "shapes"),
    ],
)
def test_examples_that_cannot_be_are_refused(change: dict[str, np.ndarray], why: str) -> None:
    parts = {
        "features": features(),
        "left": np.asarray([0]),
        "right": np.asarray([1]),
        "axis": np.asarray([0]),
        "targets": np.asarray([1.0]),
    }
    with pytest.raises(ValueError, match=why):
        Examples(**{**parts, **change})
