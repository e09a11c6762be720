"""The networks of deep tastes, kept as files in the media store and read where rankings are made."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rating import bases
from rating.ensemble.networks import BadEnsemble, Networks
from rating.evidence import Ids
from rating.models import DeepAxis, DeepTaste
from search import store
from search.models import EmbeddingSpace
from search.vectors import Vector

log = logging.getLogger(__name__)
Array = npt.NDArray[np.float64]

FOLDER = "tastes"
WEIGHTS, DESCRIPTION = "safetensors", "json"


class BadDeepTaste(Exception):
    """Why nothing can be ranked by a deep taste, for whoever keeps the site."""


@dataclass(frozen=True)
class Library:
    """How the scores of a sample of the library were spread, in logits, when the networks were trained.

    `quantiles` are at equal steps from 0 to 1. `cosines`: how far apart the same memes are along the direction learned of the
    same answers (standard deviation), by which a search weighs both alike.
    """

    centre: float
    spread: float
    cosines: float
    quantiles: Sequence[float]


def key(file: str, kind: str) -> str:
    """Where the store keeps one of the two files of networks; `file` is their checksum."""
    return f"{FOLDER}/{file[:2]}/{file}.{kind}"


def networks(taste: DeepTaste) -> Networks:
    """What was learned, of the coordinates that the row speaks of.

    Raises BadDeepTaste for files that are gone, damaged or another version's, and in a space that is retired: there it is
    learned anew, in the space that took over, from the same answers. OSError when the store is away.
    """
    if taste.space.state == EmbeddingSpace.State.RETIRED:
        raise BadDeepTaste(f"It was learned in the space {taste.space}, which is retired.")
    found = _read(taste.file)
    if found.checksum != taste.file:
        raise BadDeepTaste("The files kept for it are of another version.")
    if found.config.basis != taste.basis:
        raise BadDeepTaste("It was learned in the coordinates of another space.")
    return found


@lru_cache(maxsize=8)  # a megabyte each
def _read(file: str) -> Networks:
    try:
        parts = []
        for kind in (WEIGHTS, DESCRIPTION):
            with store.get(key(file, kind)) as kept:
                parts.append(kept.read())
        return Networks.read(*parts)
    except FileNotFoundError as error:
        raise BadDeepTaste("Its files are gone.") from error
    except BadEnsemble as error:
        raise BadDeepTaste(str(error)) from error


def forget_read() -> None:
    """Read files again, as another process would."""
    _read.cache_clear()


def usable(axis: DeepAxis) -> Networks | None:
    """The networks that `axis` is part of; None if they cannot be used, which is logged, and then they are trained anew."""
    try:
        found = networks(axis.taste)
        if str(axis.axis_id) not in found.config.axes:
            raise BadDeepTaste("It says nothing of this axis.")
        return found
    except BadDeepTaste as error:
        log.error("%s cannot be used: %s", axis.taste, error)
        if axis.taste.space.state != EmbeddingSpace.State.RETIRED:
            DeepTaste.objects.filter(pk=axis.taste_id).update(fault=str(error)[:500])
    except OSError as error:
        log.warning("%s cannot be read now: %s", axis.taste, error)
    return None


def scores(
    axis: DeepAxis, known: Networks, meme_ids: Sequence[int], *, direction: Array | None = None
) -> tuple[Ids, Array]:
    """Those of the memes that have a vector, ascending, and what `known` says of them on this axis, in logits.

    On top of the taste's `direction` (k,) as it is now, if given; else as it was when they were trained.
    """
    basis = bases.of(axis.taste.space)
    if basis is None or basis.checksum != known.config.basis:  # learned anew a moment ago
        return np.zeros(0, np.int64), np.zeros(0)
    ids, features = bases.features_of(np.asarray(meme_ids, np.int64), axis.taste.space, basis)
    column = known.config.axes.index(str(axis.axis_id))
    said = known.scores(features)[:, column]
    return ids, said if direction is None else said + features @ (direction - known.linear[:, column])


def like_cosines(axis: DeepAxis, known: Networks, meme_ids: Ids, direction: Array) -> Vector:
    """(n,) of `meme_ids` (n,): around 0, spread over the library as the cosines with the taste's `direction` are.

    On top of the direction as it is now, which has learned every answer since: nobody waits for the next training.
    """
    library, found = Library(**axis.library), np.zeros(len(meme_ids), np.float32)
    ids, said = scores(axis, known, meme_ids.tolist(), direction=direction)
    if len(ids) and library.spread > 0:
        places = np.minimum(np.searchsorted(ids, meme_ids), len(ids) - 1)
        is_known = ids[places] == meme_ids
        found[is_known] = ((said[places] - library.centre) / library.spread * library.cosines)[is_known]
    return found
