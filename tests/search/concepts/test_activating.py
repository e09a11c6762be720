import numpy as np
import pytest

from search import embedding
from search.concepts import reading
from search.models import Meme
from tests.search.concepts.learned import factors, library, seen


@pytest.mark.django_db
def test_what_was_seen_in_an_old_vector_goes_when_a_new_one_takes_its_place() -> None:
    model, (one, other, *_) = library()
    for pk in (one, other):
        seen(model, pk, _0=2.0)
    embedding.keep_vectors(model.space, [(one, 1)], np.stack([factors()[1]]))
    assert not reading.seen_in(model, Meme.objects.get(pk=one))  # until somebody looks again
    assert reading.seen_in(model, Meme.objects.get(pk=other))
