"""Two tastes side by side."""

import pytest
from django.contrib.auth.models import User

from rating import comparing, sharing, tastes
from rating.comparing import compare
from rating.models import Axis, Taste
from search.models import EmbeddingSpace, Meme
from tests.rating.tasting import scores, small_library, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library()


def taste(owner: User) -> Taste:
    return Taste.objects.get(owner=owner)


def test_opposite_tastes_disagree_and_like_ones_agree(
    alice: User, bob: User, charlie: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = scores(space)
    hers_alone = min(liked)
    Meme.objects.filter(pk=hers_alone).update(private_to=alice)
    for seed, (rater, sign) in enumerate(((alice, 1), (bob, -1), (charlie, 1))):
        tell(rater, axes[0], {meme: sign * score for meme, score in liked.items()}, 60, seed)
    unlike, alike = (compare(alice, taste(alice), taste(other)) for other in (bob, charlie))
    assert unlike is not None
    assert alike is not None
    assert -1 <= unlike.low < unlike.correlation < unlike.high < 0
    assert 0 < alike.low < alike.correlation < alike.high <= 1
    assert (unlike.word, unlike.memes, len(unlike.only_mine)) == ("Opposed", 119, comparing.SHOWN)
    assert all(apart.mine > 0.5 > apart.theirs for apart in unlike.only_mine)
    assert all(apart.mine < 0.5 < apart.theirs for apart in unlike.only_theirs)
    assert min(liked[apart.meme.pk] for apart in unlike.only_mine) > 0.5
    assert hers_alone not in {apart.meme.pk for apart in (*unlike.only_mine, *unlike.only_theirs)}
    back = compare(bob, taste(bob), taste(alice))
    assert back is not None
    assert back.correlation == pytest.approx(unlike.correlation)
    assert [apart.meme for apart in back.only_mine] == [apart.meme for apart in unlike.only_theirs]


def test_few_answers_leave_it_open(alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    liked = scores(space)
    for rater in (alice, bob):
        tell(rater, axes[0], liked, 2)
    found = compare(alice, taste(alice), taste(bob))
    assert found is not None
    assert found.low < 0 < found.high
    assert found.word == "Too early to tell"
    Taste.objects.filter(owner=bob).update(basis="another")
    assert compare(alice, taste(alice), taste(bob)) is None


def test_a_taste_is_there_for_others_while_it_is_shared(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    tell(alice, axes[0], scores(space), 4)
    assert sharing.of(alice, axes[0], "alice") == taste(alice)
    assert (sharing.offered_to(bob), sharing.of(bob, axes[0], "alice")) == ([], None)
    tastes.share(alice, axes[0], is_shared=True)
    (offered,) = sharing.offered_to(bob)
    assert (offered.owner, offered.term) == (alice, "taste:alice/useful")
    assert sharing.offered_to(alice) == []
    assert sharing.of(bob, axes[0], "Alice") == taste(alice)
    Taste.objects.create(axis=axes[0], owner=None, space=space, direction=taste(alice).direction)
    assert [whose.name for whose in sharing.offered_to(bob)] == ["everyone", "alice"]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert [whose.name for whose in sharing.offered_to(bob)] == ["everyone"]
