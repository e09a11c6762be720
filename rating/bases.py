"""The coordinates of a space in which tastes are learned, and memes in them."""

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.db.models import Avg

from rating.bayes import Answers, Basis, learn_basis
from rating.evidence import Evidence, Ids
from rating.models import TasteBasis
from search.models import Embedding, EmbeddingSpace, Meme
from search.vectors import Packed, to_array, unpacked

SAMPLE = 4096  # vectors: sixteen for each component
# A basis of a small library is learned again, and all tastes with it, when there are so many times more vectors.
GROWN = 4


def of(space: EmbeddingSpace) -> Basis | None:
    """None until it is learned."""
    checksum = TasteBasis.objects.filter(space=space).values_list("checksum", flat=True).first()
    return None if checksum is None else _loaded(space.pk, checksum)


@lru_cache(maxsize=2)
def _loaded(space: int, checksum: str) -> Basis | None:
    data = TasteBasis.objects.filter(space=space, checksum=checksum).values_list("data", flat=True).first()
    if data is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(data)
        file.flush()
        return Basis.load(Path(file.name))


def learn(space: EmbeddingSpace) -> bool:
    """Learn the basis of `space` if there is none, or one of far fewer vectors. True if there is a new one."""
    shown = Embedding.objects.filter(space=space, frame=0, meme__state=Meme.State.ACTIVE, meme__private_to=None)
    sampled = TasteBasis.objects.filter(space=space).values_list("sampled", flat=True).first()
    there = min(shown.count(), SAMPLE)
    if sampled is not None and (sampled == SAMPLE or there < min(GROWN * sampled, SAMPLE)):
        return False
    vectors = [to_array(vector) for vector in shown.order_by("?").values_list("vector", flat=True)[:SAMPLE]]
    if len(vectors) < 2:
        return False
    try:
        basis = learn_basis(np.stack(vectors))
    except ValueError:  # all of them are the same
        return False
    with tempfile.TemporaryDirectory() as folder:
        basis.save(path := Path(folder) / "basis.safetensors")
        facts = {"data": path.read_bytes(), "checksum": basis.checksum, "sampled": len(vectors)}
    TasteBasis.objects.update_or_create(space=space, defaults=facts)
    return True


def answers(said: Evidence, space: EmbeddingSpace, basis: Basis) -> Answers:
    """The answers in features; those about memes without a vector in `space` are left out. A clip is its frames' mean."""
    ids, features = features_of(said.memes, space, basis)
    pairs, fours = np.stack([said.left, said.right], 1), np.column_stack([said.picked, said.others])
    is_pair, is_four = (np.isin(rows, ids).all(1) for rows in (pairs, fours))
    pairs, fours = (np.searchsorted(ids, rows) for rows in (pairs[is_pair], fours[is_four]))
    return Answers(
        basis.size,
        features[pairs[:, 0]] - features[pairs[:, 1]],
        said.targets[is_pair],
        features[fours[:, 1:]] - features[fours[:, :1]],
    )


def features_of(wanted: Ids, space: EmbeddingSpace, basis: Basis) -> tuple[Ids, npt.NDArray[np.float64]]:
    """The ids (n,), ascending, of those that have a vector, and their features (n, k)."""
    rows = Embedding.objects.filter(space=space, meme__in=wanted.tolist()).values("meme")
    packed = rows.annotate(mean=Packed(Avg("vector"))).order_by("meme").values_list("meme", "mean")
    found = {meme: bytes(mean) for meme, mean in packed}
    return np.array(list(found), np.int64), basis.project(unpacked(list(found.values()), space.dims))
