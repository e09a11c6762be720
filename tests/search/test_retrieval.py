"""Finding memes through the real sidecar, and without it."""

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User

from search import directions, retrieval
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import parse
from search.retrieval import NothingToCompare, Results
from search.sidecar.terms import MemeTerm
from search.vectors import to_array
from tests.fixtures.sidecar import TestSidecar


def titles(results: Results) -> list[str]:
    return [hit.meme.title for hit in results.hits]


def find(user: User, text: str, **options: int) -> Results:
    return retrieval.search(user, parse(text), **options)


def test_a_meme_is_found_by_its_words(backend: str, alice: User) -> None:
    results = find(alice, "grumpy monday")
    assert titles(results)[0] == "monday"
    assert results.backend == backend
    assert bool(results.note) == (backend == "postgres")


def test_a_meme_is_found_by_its_colour(backend: str, alice: User) -> None:
    assert titles(find(alice, "blue"))[0] == "blue"
    assert titles(find(alice, "green"))[0] == "green"


def test_a_minus_sign_sends_a_colour_to_the_end(backend: str, alice: User) -> None:
    found = titles(find(alice, "picture -red"))
    assert found[-1] == "red"


def test_quoted_words_must_occur(backend: str, alice: User) -> None:
    assert titles(find(alice, '"happy friday"')) == ["friday"]
    assert titles(find(alice, '"friday happy"')) == []


def test_like_finds_the_meme_itself_first_and_similar_leaves_it_out(backend: str, alice: User) -> None:
    meme = Meme.objects.get(title="orange")
    assert titles(find(alice, f"like:{meme.pk}"))[0] == "orange"
    similar = titles(retrieval.similar(alice, meme))
    assert "orange" not in similar
    assert len(similar) == 8


def test_all_frames_of_a_clip_say_what_is_like_it(library: None, sidecar: TestSidecar) -> None:
    """With the sidecar and without it the same."""
    space = EmbeddingSpace.objects.get()
    clip = Meme.objects.get(title="orange")
    for frame, other in ((1, "blue"), (2, "green")):
        vector = Embedding.objects.get(meme__title=other).vector
        Embedding.objects.create(space=space, meme=clip, frame=frame, vector=vector)
    sidecar.wait_for_everything()
    terms = [MemeTerm(clip.pk)]
    summed = directions.combined(space, terms)
    np.testing.assert_allclose(sidecar.client.encode(terms).vector, summed, atol=1e-6)
    frames = np.stack([to_array(vector) for vector in clip.embeddings.values_list("vector", flat=True)])
    assert (frames @ summed).min() > 0.3


def test_pages_go_on_where_the_last_one_ended(backend: str, alice: User) -> None:
    whole = titles(find(alice, "yellow", limit=9))
    first = find(alice, "yellow", limit=4)
    second = find(alice, "yellow", limit=4, offset=first.next_offset or 0)
    last = find(alice, "yellow", limit=4, offset=second.next_offset or 0)
    assert titles(first) + titles(second) + titles(last) == whole
    assert last.next_offset is None


def test_what_others_keep_private_is_not_found_and_makes_no_page_short(backend: str, alice: User, bob: User) -> None:
    Meme.objects.filter(title__in=["red", "orange", "yellow"]).update(private_to=bob)
    results = find(alice, "warm red orange yellow", limit=4)
    assert len(results.hits) == 4
    assert not {"red", "orange", "yellow"} & set(titles(results))
    assert "red" in titles(find(bob, "warm red orange yellow", limit=4))
    with pytest.raises(NothingToCompare):
        find(alice, f"like:{Meme.objects.get(title='red').pk}")


def test_strangers_find_nothing_unless_the_library_is_public(backend: str, settings: object) -> None:
    assert titles(retrieval.search(AnonymousUser(), parse("red"))) == []
    settings.PUBLIC_LIBRARY = True  # type: ignore[attr-defined]
    assert titles(retrieval.search(AnonymousUser(), parse("red")))[0] == "red"


def test_without_a_query_the_newest_come_first(library: None, alice: User) -> None:
    results = find(alice, "", limit=5)
    assert [hit.meme.pk for hit in results.hits] == list(Meme.objects.order_by("-pk").values_list("pk", flat=True)[:5])
    assert results.next_offset == 5
    assert find(alice, "", offset=5, limit=5).next_offset is None


def test_a_trashed_meme_is_found_no_more(library: None, sidecar: TestSidecar, alice: User) -> None:
    sidecar.wait_for_everything()
    Meme.objects.filter(title="red").update(state=Meme.State.TRASHED)
    assert "red" not in titles(find(alice, "red"))
    sidecar.wait_for_everything()
    assert "red" not in titles(find(alice, "red"))


def test_the_sidecar_killed_and_back_answers_as_before(library: None, sidecar: TestSidecar, alice: User) -> None:
    sidecar.wait_for_everything()
    before = titles(find(alice, "purple"))
    sidecar.kill()
    away = find(alice, "purple")
    assert away.backend == "postgres"
    assert titles(away)[:2] == before[:2]
    assert set(titles(away)) == set(before)  # rounding to 16 bits may swap two that are equally far
    sidecar.start()
    sidecar.wait_for_everything()
    assert find(alice, "purple").backend == "sidecar"


def test_words_alone_answer_when_nobody_can_encode(library: None, alice: User) -> None:
    EmbeddingSpace.objects.update(name="openclip:ViT-B-16-SigLIP2:webli")
    results = find(alice, "monday")
    assert titles(results) == ["monday"]
    assert results.backend == "words"
    assert "only words" in results.note


def test_terms_that_cancel_out_are_refused(backend: str, alice: User) -> None:
    from search.sidecar.terms import BadTerm

    with pytest.raises((BadTerm, NothingToCompare)):
        find(alice, "red -red")
