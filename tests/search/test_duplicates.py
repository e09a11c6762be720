"""Which memes are paired, by what, and what becomes of them when somebody decides."""

from threading import Thread

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from search import duplicates, library, merging, nsfw, purging, spaces, states
from search.collapse import near_pairs
from search.models import Collection, CollectionEntry, DuplicatePair, Embedding, Meme, Merge, Sighting, Tag, Tagging
from search.states import Action
from tests.fixtures.sidecar import TestSidecar
from tests.search.asking import rows

Decision = DuplicatePair.Decision
HASH = 0x0F1E_2D3C_4B5A_6978


def flipped(value: int, *bits: int) -> int:
    for bit in bits:
        value ^= 1 << bit
    return value - (1 << 64) if value >= 1 << 63 else value


def hashed(*values: int, owner: User | None = None, start: int = 0, **facts: object) -> list[Meme]:
    """Memes of one look, text and shape with these hashes."""
    made = []
    for number, value in enumerate(values, start):
        made += rows(1, owner, start=number, phash=value, text_read_at="2026-01-01T00:00Z", color="#808080", **facts)
    return made


def pairs() -> set[tuple[int, int]]:
    return set(DuplicatePair.objects.values_list("first", "second"))


# --- finding -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_index_finds_what_comparing_all_hashes_finds() -> None:
    dice = np.random.default_rng(2)
    values = dice.integers(-(2**63), 2**63 - 1, 120)
    for place in range(60):
        for bit in dice.choice(64, dice.integers(0, 10), replace=False):
            values[60 + place] = values[place] ^ (np.int64(1) << np.int64(bit))
    memes = hashed(*values.tolist(), text="the same words")
    while duplicates.compare_pictures(50):
        pass
    first, second, distance = near_pairs(values)
    near = distance <= duplicates.FARTHEST
    expected = {(memes[one].pk, memes[other].pk) for one, other in zip(first[near], second[near], strict=True)}
    assert len(expected) > 40
    assert pairs() == expected


@pytest.mark.django_db
def test_one_template_with_two_captions_is_two_memes() -> None:
    one, other = hashed(HASH, HASH, text="me on monday")
    hashed(HASH, start=5, text="me on friday")
    hashed(HASH, start=6, text="")
    assert duplicates.compare_pictures() == 4
    assert pairs() == {(one.pk, other.pk)}
    assert duplicates.compare_pictures() == 0


@pytest.mark.django_db
def test_nothing_is_paired_over_the_private_border(alice: User, bob: User) -> None:
    hashed(HASH)
    first, second = hashed(HASH, flipped(HASH, 3), owner=alice, start=1)
    hashed(HASH, owner=bob, start=3)
    duplicates.compare_pictures()
    assert pairs() == {(first.pk, second.pk)}
    assert [DuplicatePair.objects.open_for(user).count() for user in (alice, bob)] == [1, 0]


@pytest.mark.django_db
def test_memes_that_are_out_and_hashes_that_say_nothing_are_left_alone() -> None:
    hashed(HASH, HASH, state="trashed")
    hashed(0, 0, -1, start=2)
    duplicates.compare_pictures()
    assert pairs() == set()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_find_each_pair_once() -> None:
    hashed(*[flipped(HASH, number % 3) for number in range(6)])

    def work() -> None:
        while duplicates.compare_pictures(2):
            pass
        connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(pairs()) == 15


@pytest.mark.django_db(transaction=True)
def test_vectors_that_are_close_are_a_tier_of_their_own(alice: User, sidecar: TestSidecar) -> None:
    space = spaces.ensure("lite")
    toward = np.eye(space.dims, dtype=np.float32)
    near = 0.99 * toward[0] + np.sqrt(1 - 0.99**2) * toward[1]
    memes = [*hashed(HASH, flipped(HASH, *range(30)), text="so true"), *hashed(HASH, start=5, text="other words")]
    memes += hashed(flipped(HASH, *range(30)), owner=alice, start=9, text="so true")
    for meme, vector in zip(memes, (toward[0], near, toward[0], toward[0]), strict=True):
        Embedding.objects.create(space=space, meme=meme, vector=vector)
    sidecar.wait_for_everything()
    assert duplicates.compare_meanings() == 4
    found = DuplicatePair.objects.order_by("first", "second")
    assert [(pair.first_id, pair.second_id, pair.tier) for pair in found] == [
        (memes[0].pk, memes[1].pk, "meaning"),
        (memes[1].pk, memes[2].pk, "meaning"),
    ]
    assert found[0].distance == pytest.approx(0.01, abs=1e-3)


@pytest.mark.django_db(transaction=True)
def test_a_meme_that_the_sidecar_does_not_know_yet_waits_alone(sidecar: TestSidecar) -> None:
    space = spaces.ensure("lite")
    toward = np.eye(space.dims, dtype=np.float32)

    def embedded(value: int, start: int) -> Meme:
        (meme,) = hashed(value, text="so true", start=start)
        Embedding.objects.create(space=space, meme=meme, vector=toward[0])
        return meme

    one, other = embedded(HASH, 0), embedded(flipped(HASH, *range(30)), 1)
    sidecar.wait_for_everything()
    with transaction.atomic():  # the sidecar reads what is committed
        late = embedded(flipped(HASH, *range(30, 60)), 2)
        assert duplicates.compare_meanings() == 2
    assert pairs() == {(one.pk, other.pk)}
    sidecar.wait_for_everything()
    assert duplicates.compare_meanings() == 1
    assert pairs() == {(one.pk, other.pk), (one.pk, late.pk), (other.pk, late.pk)}


@pytest.mark.django_db
def test_without_the_sidecar_meanings_wait() -> None:
    space = spaces.ensure("lite")
    (meme,) = hashed(HASH)
    Embedding.objects.create(space=space, meme=meme, vector=np.eye(space.dims)[0])
    assert duplicates.compare_meanings() == 0


# --- deciding ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(db: None) -> DuplicatePair:
    hashed(HASH, HASH)
    duplicates.compare_pictures()
    return DuplicatePair.objects.get()


def test_what_is_kept_gets_all_that_the_other_had_and_undo_gives_it_back(
    pair: DuplicatePair, charlie: User, alice: User
) -> None:
    kept, gone = pair.first, pair.second
    sighting = Sighting.objects.create(meme=gone, source=library.upload_source(), locator="x", score=7)
    both, one = (Collection.objects.create(owner=alice, name=name) for name in ("both", "one"))
    for collection, memes in ((both, (kept, gone)), (one, (gone,))):
        for meme in memes:
            CollectionEntry.objects.create(collection=collection, meme=meme)
    Tagging.objects.create(tag=Tag.objects.create(name="cat"), meme=gone)
    nsfw.hear([gone.pk])
    duplicates.decide(pair, Decision.LEFT, charlie)
    for meme in (kept, gone):
        meme.refresh_from_db()
    sighting.refresh_from_db()
    assert (gone.state, gone.merged_into, sighting.meme, kept.top_score) == ("trashed", kept, kept, 7)
    assert kept.is_nsfw
    assert set(one.memes.all()) == {kept}
    assert set(kept.tags.values_list("name", flat=True)) == {"cat"}
    assert not DuplicatePair.objects.open_for(charlie).exists()
    assert duplicates.take_back(charlie) == pair
    gone.refresh_from_db()
    sighting.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.state, gone.merged_into, sighting.meme, sighting.merged_from) == ("active", None, gone, None)
    assert not kept.is_nsfw
    assert (set(one.memes.all()), set(both.memes.all())) == ({gone}, {kept, gone})
    assert DuplicatePair.objects.open_for(charlie).get() == pair
    assert duplicates.take_back(charlie) is None


def test_the_second_who_decides_is_told_so(pair: DuplicatePair, charlie: User, admin: User) -> None:
    duplicates.decide(pair, Decision.DIFFERENT, charlie)
    with pytest.raises(duplicates.AlreadyDecided):
        duplicates.decide(pair, Decision.LEFT, admin)
    assert Merge.objects.count() == 0
    assert duplicates.take_back(admin) is None


def test_what_has_gone_meanwhile_is_not_merged(pair: DuplicatePair, charlie: User) -> None:
    states.move_one(pair.second, Action.TRASH)
    with pytest.raises(merging.NotMerged):
        duplicates.decide(pair, Decision.LEFT, charlie)
    pair.refresh_from_db()
    assert pair.decision == ""


def test_what_was_removed_for_good_cannot_be_parted_again(pair: DuplicatePair, charlie: User) -> None:
    duplicates.decide(pair, Decision.RIGHT, charlie)
    purging.purge(Meme.objects.filter(pk=pair.first_id), charlie)
    with pytest.raises(merging.NotUndone):
        duplicates.take_back(charlie)
    pair.refresh_from_db()
    assert pair.decision == "right"


def test_restoring_from_the_trash_parts_them_again(pair: DuplicatePair, charlie: User) -> None:
    duplicates.decide(pair, Decision.LEFT, charlie)
    gone = Meme.objects.get(pk=pair.second_id)
    assert merging.restore(gone, charlie)
    assert Meme.objects.filter(state="active", merged_into=None).count() == 2


@pytest.mark.parametrize("state", [Meme.State.MISSING, Meme.State.PURGED])
def test_losing_the_one_that_was_kept_does_not_lose_the_other(
    pair: DuplicatePair, charlie: User, state: Meme.State
) -> None:
    duplicates.decide(pair, Decision.LEFT, charlie)
    Meme.objects.filter(pk=pair.first_id).update(state=state)
    assert merging.restore(Meme.objects.get(pk=pair.second_id), charlie)
