import numpy as np
import pytest
from django.contrib.auth.models import User

from search import query, retrieval, suggestions
from search.concepts import apart, curating, exploring, reading
from search.concepts.kind import ConceptKind
from search.concepts.steering import steered, with_weight
from search.directions import NothingToCompare
from search.models import Concept, ConceptModel, EmbeddingSpace, Meme
from search.query import parse, to_text
from search.vectors import to_array
from tests.search.concepts.learned import factors, library, seen


def concept(label: str) -> Concept:
    return Concept.objects.get(label=label)


@pytest.mark.django_db
def test_a_concept_in_a_query_is_the_direction_that_was_learned(alice: User) -> None:
    _, ids = library()
    vectors = {meme.pk: to_array(meme.embeddings.get().vector) for meme in Meme.objects.all()}
    found = retrieval.search(alice, parse('concept:"grumpy cat"'))
    wanted = sorted(ids, key=lambda pk: -float(vectors[pk] @ factors()[1]))
    assert [hit.meme.pk for hit in found.hits] == wanted
    away = retrieval.search(alice, parse("concept:component-2^2 -concept:CAT"))
    direction = 2 * factors()[11] - factors()[0]
    assert away.hits[0].meme.pk == max(ids, key=lambda pk: float(vectors[pk] @ direction))


@pytest.mark.django_db
def test_what_is_not_there_is_said_to_be(alice: User) -> None:
    with pytest.raises(NothingToCompare, match="Nothing here"):
        retrieval.search(alice, parse("concept:cat"))
    library()
    curating.hide(concept("dog"))
    for label in ("dog", "nothing", "component-99"):
        with pytest.raises(NothingToCompare, match=f"no concept “{label}”"):
            retrieval.search(alice, parse(f"concept:{label}"))
    ConceptModel.objects.update(state="retired")
    with pytest.raises(NothingToCompare, match="No concepts have been learned"):
        retrieval.search(alice, parse("concept:cat"))


@pytest.mark.django_db
def test_names_are_offered_beginnings_first(alice: User) -> None:
    library()
    assert [one.text for one in suggestions.suggest(alice, "concept:cat", 11)] == ["cat", '"grumpy cat"']
    curating.hide(concept("cat"))
    assert [one.text for one in suggestions.suggest(alice, "concept:", 8)] == [
        '"grumpy cat"',
        "dog",
        "unnamed-3",
        "space",
    ]


@pytest.mark.django_db
def test_merged_concepts_are_searched_by_as_one_and_apart_again(alice: User) -> None:
    library()
    space = EmbeddingSpace.objects.get()
    cat, grumpy = concept("cat"), concept("grumpy cat")
    curating.merge(grumpy, cat)
    for value in ("cat", "grumpy cat"):
        sum_ = 0.5 * factors()[0] + 0.25 * factors()[1]
        merged = ConceptKind().vector(alice, space, value)
        assert merged @ sum_ / np.linalg.norm(sum_) / np.linalg.norm(merged) > 0.999
    stale = concept("grumpy cat")
    stale.merged_into = None  # as whoever looked at it before read it
    with pytest.raises(curating.CannotMerge):
        curating.merge(cat, stale)
    with pytest.raises(curating.BadName, match="already"):
        curating.rename(cat, "Dog")
    curating.part(Concept.objects.get(pk=grumpy.pk))
    assert ConceptKind().vector(alice, space, "cat") == pytest.approx(factors()[0], abs=1e-3)
    assert curating.rename(curating.rename(cat, "tabby"), "").label == "cat"


@pytest.mark.django_db
def test_what_sets_memes_apart_is_what_they_have_and_others_have_not() -> None:
    model, ids = library()
    for place, pk in enumerate(ids[:4]):
        seen(model, pk, _0=1.0, _4=1.0 + place, **({"_2": 0.5} if place < 2 else {}))
    marks = apart.setting_apart(model, ids[:4])
    assert [mark.concept.label for mark in marks] == ["space", "cat", "dog"]  # cat is everywhere, space is rare
    assert [mark.concept.label for mark in apart.splitting(model, ids[:4], most=3)] == ["dog"]
    assert apart.setting_apart(model, ids[:4], without={"space"})[0].concept.label == "cat"
    curating.merge(concept("dog"), concept("space"))
    curating.hide(concept("cat"))
    model = ConceptModel.objects.get()
    assert [mark.concept.label for mark in apart.setting_apart(model, ids[:4])] == ["space"]
    assert [one.concept.label for one in reading.seen_in(model, Meme.objects.get(pk=ids[0]))] == ["space"]


def test_a_weight_joins_the_query_changes_in_it_and_leaves_it() -> None:
    asked = parse("cats type:video")
    more = with_weight(asked, "grumpy cat", 0.5)
    assert more is not None
    assert to_text(more) == 'cats concept:"grumpy cat"^0.5 type:video'
    less = with_weight(more, "Grumpy Cat", -1)
    assert less is not None
    assert to_text(less) == 'cats -concept:"Grumpy Cat" type:video'
    assert with_weight(less, "grumpy cat", 0) == asked
    assert with_weight(parse("type:video"), "cat", -0.5) is None  # it would only say what to stay away from


@pytest.mark.django_db
def test_a_walk_adds_its_steps_up_and_goes_back_the_way_it_came(alice: User) -> None:
    model, ids = library()
    walk = exploring.Walk(parse(f"like:{ids[0]}"), along="cat").after(2)
    walk = exploring.Walk(walk.start, walk.stops, "dog").after(-1)
    walk = exploring.Walk(walk.start, walk.stops, "cat").after(-1)
    assert to_text(walk.at()) == f"like:{ids[0]} concept:cat^0.6 -concept:dog^0.6"
    assert to_text(walk.before(1).at()) == f"like:{ids[0]} concept:cat^1.2"
    assert walk.before(1).along == "dog"
    looks = exploring.looks(alice, exploring.Walk(walk.start, (), "component-1"))
    assert [look.steps for look in looks] == [-2, -1, 0, 1, 2]
    assert {look.trouble for look in looks} == {""}
    assert looks[0].memes != looks[4].memes
    for place, pk in enumerate(ids):
        seen(model, pk, **({"_2": 2.0} if place % 2 else {"_1": 1.0}))
    assert exploring.next_direction(alice, model, exploring.Walk(walk.start)) == "dog"
    assert exploring.next_direction(alice, model, exploring.Walk(walk.start, along="dog").after(1)) == "grumpy cat"
    assert exploring.next_component(exploring.Walk(walk.start, along="component-3")) == "component-4"


def test_a_walk_of_any_length_stays_where_it_is() -> None:
    walk, weights = exploring.Walk(parse("cats")), dict.fromkeys("abc", 0.0)
    for place in range(exploring.LONGEST + 3):
        label, steps = "abc"[place % 3], exploring.LOOKS[place % 5]
        walk = exploring.Walk(walk.start, walk.stops, label).after(steps)
        weights[label] += exploring.STEP * steps
    found = dict.fromkeys("abc", 0.0)
    for one in steered(walk.at()):
        found[one.label] += one.weight
    assert found == pytest.approx(weights)
    assert len(walk.stops) == exploring.LONGEST


@pytest.mark.django_db
def test_any_direction_but_those_taken_named_ones_first() -> None:
    model, _ = library()
    walk = exploring.Walk(parse("cats"), along="dog")
    assert {exploring.random_direction(model, walk) for _ in range(40)} <= {"cat", "grumpy cat", "space"}
    Concept.objects.update(name="")
    Concept.objects.exclude(label__in=["dog", "unnamed-3"]).update(is_hidden=True)
    assert exploring.random_direction(model, walk) == "unnamed-3"
    Concept.objects.update(is_hidden=True)
    assert exploring.random_direction(model, walk) == "component-1"


@pytest.mark.django_db
def test_a_walk_in_a_direction_that_is_gone_says_so(alice: User) -> None:
    _, ids = library()
    looks = exploring.looks(alice, exploring.Walk(parse(f"like:{ids[0]}"), along="gone"))
    assert ["gone" in look.trouble for look in looks] == [True, True, False, True, True]
    assert isinstance(looks[2].query, query.Query)
