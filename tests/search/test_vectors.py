import numpy as np
import pytest
from django.db.models import Avg

from search.models import Embedding
from search.vectors import Packed, to_array, unpacked
from tests.search.planted import DIMS, plant, plant_space

pytestmark = pytest.mark.django_db


def test_packed_vectors_are_those_that_are_kept() -> None:
    space = plant_space()
    plant(space, np.random.default_rng(1).normal(size=(6, DIMS)).astype(np.float32), frames=2)
    rows = Embedding.objects.filter(space=space).order_by("meme", "frame")
    packed = [bytes(row) for row in rows.annotate(packed=Packed("vector")).values_list("packed", flat=True)]
    kept = np.stack([to_array(vector) for vector in rows.values_list("vector", flat=True)])
    np.testing.assert_array_equal(unpacked(packed, DIMS), kept)
    means = rows.order_by().values("meme").annotate(mean=Packed(Avg("vector"))).order_by("meme")
    found = unpacked([bytes(row["mean"]) for row in means], DIMS)
    np.testing.assert_allclose(found, kept.reshape(3, 2, DIMS).mean(1), atol=2e-3)
    assert unpacked([], DIMS).shape == (0, DIMS)
