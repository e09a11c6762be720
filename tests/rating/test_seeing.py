import pytest
from django.contrib.auth.models import User

from rating.models import Axis, Taste
from rating.seeing import in_concepts
from search.models import ConceptModel, ConceptPortrait, Meme
from tests.search.concepts.learned import factors, library


@pytest.mark.django_db
def test_a_taste_is_written_as_the_concepts_it_points_along_with_memes_that_may_be_seen(
    alice: User, bob: User, axes: list[Axis]
) -> None:
    model, ids = library()
    ConceptPortrait.objects.update(strongest=ids)
    Meme.objects.filter(pk=ids[0]).update(private_to=bob)
    taste = Taste(owner=alice, axis=axes[0], space=model.space, direction=factors()[1] - 0.5 * factors()[4])
    found = in_concepts(alice, taste)
    assert found is not None
    assert found.strongest[0][0].label == "grumpy cat"
    assert found.weakest[0][0].label == "space"
    assert [meme.pk for meme in found.strongest[0][1]] == ids[1:5]
    listed = [concept.label for concept, _ in (*found.strongest, *found.weakest)]
    assert sorted(listed) == sorted({"cat", "grumpy cat", "dog", "unnamed-3", "space"})
    ConceptModel.objects.update(state="retired")
    assert in_concepts(alice, taste) is None
