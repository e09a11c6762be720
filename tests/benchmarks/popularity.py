"""Popularity: what a picture is worth, out of upvotes that say more of community and month, beside two originals."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np
import torch

from rating.bayes import learn_basis
from rating.ensemble.metrics import auroc
from rating.popularity.learning import LEARNED, STOPPING, Learned, learn
from rating.popularity.learning import Posts as Examples
from rating.popularity.ranks import correlation, groups, ranks
from tests.benchmarks.popsim import Posts, draw_posts
from tests.benchmarks.popsim_reference import Original
from tests.benchmarks.prefsim import GOOD_SHARE, POOL, Array
from tests.benchmarks.report import Figure, Report, figure, main

SEEDS = (0, 1, 2, 3, 4, 5)
STOPPING_SHARE = 0.1
SAMPLE = 4096  # posts, of which the components are learned


def measure(quick: bool) -> Report:
    torch.set_num_threads(1)
    seeds = SEEDS[:1] if quick else SEEDS
    drawn = [draw_posts(seed) for seed in seeds]
    found = {name: [fit(posts, seed) for posts, seed in zip(drawn, seeds, strict=True)] for name, fit in FITS.items()}
    areas = {name: statistics.mean(area for area, _ in rows) for name, rows in found.items()}
    ranked = {name: statistics.mean(rank for _, rank in rows) for name, rows in found.items()}
    figures = [*_beside("AUROC", areas, ">= 0.03"), *_beside("rank correlation", ranked, ">= 0.05")]
    sizes: dict[str, int | float | str] = {
        "posts": POOL,
        "unseen posts": len(drawn[0].worth) - POOL,
        "worlds": len(seeds),
    }
    return Report("Popularity", figures, sizes, "five of six worlds" if quick else "")


def _beside(name: str, values: dict[str, float], bound: str) -> list[Figure]:
    ours, *originals = values
    better = max(originals, key=lambda original: values[original])
    return [
        *(figure(f"{name}, {who}", value, "") for who, value in values.items()),
        figure(f"{name}, above the better original", values[ours] - values[better], "", bound=bound),
    ]


def ours(posts: Posts, seed: int) -> tuple[float, float]:
    basis = learn_basis(posts.vectors[np.random.default_rng(seed).choice(POOL, SAMPLE, replace=False)])
    features = basis.project(posts.vectors)
    where = groups(posts.communities[:POOL], posts.months[:POOL])
    parts = np.where(np.random.default_rng(seed).random(POOL) < STOPPING_SHARE, STOPPING, LEARNED)
    learned: Learned = learn(Examples(features[:POOL], ranks(posts.upvotes[:POOL], where), parts))
    said, _ = learned.model.scores(torch.from_numpy(features[POOL:]))
    return judged(posts, said[:, 0].double().numpy())


def by_share_of_most(posts: Posts, seed: int) -> tuple[float, float]:
    model = Original.by_share_of_most(posts.vectors[:POOL], posts.upvotes[:POOL], seed)
    return judged(posts, model.scores(posts.vectors[POOL:]))


def by_most_and_least(posts: Posts, seed: int) -> tuple[float, float]:
    model = Original.by_most_and_least(posts.vectors[:POOL], posts.upvotes[:POOL], seed)
    return judged(posts, model.scores(posts.vectors[POOL:]))


def judged(posts: Posts, scores: Array) -> tuple[float, float]:
    """How well unseen posts are told apart by what was planted: AUROC of the best fifth, and rank correlation."""
    worth = posts.worth[POOL:]
    return auroc(scores, worth >= np.quantile(worth, 1 - GOOD_SHARE)), correlation(scores, worth)


FITS: dict[str, Callable[[Posts, int], tuple[float, float]]] = {
    "ours": ours,
    "upvotes / largest": by_share_of_most,
    "most against least": by_most_and_least,
}


if __name__ == "__main__":
    main(measure, __doc__)
