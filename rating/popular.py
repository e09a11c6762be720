"""How popular a picture is likely to be: the newest model, read and asked. Numpy alone: it answers in the web process."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rating import bases
from rating.bayes.posterior import sigmoid
from rating.ensemble.networks import BadEnsemble, Networks
from rating.models import PopularityModel
from rating.plots import Mark, Plot, Series
from search.models import EmbeddingSpace

log = logging.getLogger(__name__)
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Popular:
    """What is said of one picture, all from 0 to 1.

    `rank`: the share of the posts of its community and month that it is likely to beat; `top`: how likely it is in the best
    third of them rather than in the worst; `beaten`: the share of the library that is said to be less popular.
    """

    rank: float
    top: float
    beaten: float


def newest(space: EmbeddingSpace) -> PopularityModel | None:
    """Without its weights, which are read when they are asked. None until one was trained."""
    found = PopularityModel.objects.filter(space=space).defer("weights", "description")
    return found.order_by("-trained_at", "-pk").first()


def of_memes(model: PopularityModel, meme_ids: Sequence[int]) -> dict[int, Popular]:
    """Of those that have a vector; empty if the model cannot be used, which is logged."""
    basis = bases.of(model.space)
    if basis is None or not meme_ids:
        return {}
    ids, features = bases.features_of(np.asarray(meme_ids, np.int64), model.space, basis)
    return dict(zip(ids.tolist(), of_features(model, features, basis.checksum), strict=False))


def of_features(model: PopularityModel, features: Array, basis: str) -> list[Popular]:
    """Of pictures with `features` (n, k) in the coordinates `basis`; empty if the model cannot be used."""
    if model.basis != basis or not len(features):
        return []
    try:
        known = _read(model.pk)
    except (BadEnsemble, PopularityModel.DoesNotExist) as error:
        log.error("%s cannot be used: %s", model, error)
        return []
    said = known.scores(np.vstack([features, np.zeros((1, features.shape[1]))]))
    chances = sigmoid(said[:-1] - said[-1])  # against the average post, the origin
    beaten = np.interp(said[:-1, 0], model.quantiles, np.linspace(0, 1, len(model.quantiles)))
    rows = zip(chances.tolist(), beaten.tolist(), strict=True)
    return [Popular(rank, top, share) for (rank, top), share in rows]


def plots(model: PopularityModel) -> list[Plot]:
    """How it was trained, and what it was trained on."""
    losses, upvotes = model.facts["losses"], model.facts["upvotes"]
    return [
        Plot(
            "Loss after each epoch", "epoch", "loss, in nats", list(range(1, len(losses) + 1)), [Series("held out", losses)],
            "On the pictures that say when to stop.", [Mark(model.facts["epochs"], "kept")], name="losses",
        ),
        Plot(
            "How scores are spread", "score, in powers of ten", "posts",
            [round(math.log10(1 + low), 2) for low in upvotes["edges"][: len(upvotes["counts"])]],
            [Series("posts", upvotes["counts"], "bars")], name="upvotes",
        ),
    ]  # fmt: skip


@lru_cache(maxsize=2)  # a megabyte each
def _read(pk: int) -> Networks:
    weights, description = PopularityModel.objects.values_list("weights", "description").get(pk=pk)
    return Networks.read(bytes(weights), bytes(description))
