"""A planted effect is read out of scores that say more of the community than of the picture."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rating.ensemble.train import Schedule
from rating.popularity.learning import LEARNED, STOPPING, TESTED, Posts, learn
from rating.popularity.ranks import correlation, groups, ranks

COUNT, DIMS = 600, 8
SHORT = Schedule(rate=3e-3, most_epochs=6)


@pytest.fixture(scope="module")
def worth_and_posts() -> tuple[np.ndarray, Posts]:
    rng = np.random.default_rng(3)
    features = rng.standard_normal((COUNT, DIMS)) / np.sqrt(DIMS)
    worth = features @ np.arange(1, DIMS + 1) / 3
    communities = rng.integers(0, 6, COUNT)
    upvotes = np.exp(worth + 4 * communities + rng.standard_normal(COUNT))
    parts = rng.choice([LEARNED, LEARNED, STOPPING, TESTED], COUNT)
    return worth, Posts(features, ranks(upvotes, groups(communities, np.zeros(COUNT))), parts)


def test_a_planted_effect_is_found_and_told_honestly(worth_and_posts: tuple[np.ndarray, Posts]) -> None:
    worth, posts = worth_and_posts
    learned = learn(posts, schedule=SHORT)
    tested = posts.parts == TESTED
    wins = learned.model(_tensor(posts.features[tested])).mean(0).detach().double().numpy()
    assert correlation(wins[:, 0], worth[tested]) > 0.9
    measures = learned.measures
    assert measures.tested == tested.sum()
    assert measures.auroc is not None
    assert measures.accuracy is not None
    assert measures.auroc.low > 0.6
    assert measures.accuracy.value > (measures.majority or 1)
    assert measures.correlation is not None
    assert 0.3 < measures.correlation < 0.9, "chance is in the ranks, too"
    assert learned.losses[learned.epochs - 1] == min(learned.losses)


def test_what_tests_a_model_never_taught_it(worth_and_posts: tuple[np.ndarray, Posts]) -> None:
    _, posts = worth_and_posts
    lies = np.where(posts.parts == TESTED, 1 - posts.ranks, posts.ranks)
    honest, tested_by_lies = learn(posts, schedule=SHORT), learn(replace(posts, ranks=lies), schedule=SHORT)
    assert honest.model.checksum == tested_by_lies.model.checksum
    assert (tested_by_lies.measures.correlation or 0) < 0 < (honest.measures.correlation or 0)


def test_few_posts_are_learned_without_tests_and_none_are_refused(worth_and_posts: tuple[np.ndarray, Posts]) -> None:
    _, posts = worth_and_posts
    few = Posts(posts.features[:5], posts.ranks[:5], np.zeros(5, np.intp))
    assert learn(few, schedule=SHORT).measures.tested == 0
    with pytest.raises(ValueError, match="no posts"):
        learn(Posts(np.zeros((0, 3)), np.zeros(0), np.zeros(0, np.intp)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Posts(np.zeros((2, 3)), np.array([0.0, 0.5]), np.zeros(2, np.intp))


def _tensor(features: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(features, dtype=torch.float32)
