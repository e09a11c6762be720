import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating.comparisons import AlreadyAnswered, MemeGone, NotAsked, Refused
from rating.curation import leasing, verdicts
from rating.curation.verdicts import Decision
from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search import gathering, library, states
from search.models import Collection, CollectionEntry, Meme, Tag
from tests.rating.curation.queueing import listed, queue, say
from tests.search.asking import rows


@pytest.fixture
def shared(charlie: User, axes: list[Axis], memes: list[Meme]) -> CurationQueue:
    """A queue of the curators with twelve memes in it."""
    into = gathering.collection(charlie, "Best", is_shared=True)
    made = queue(charlie, axes[0], collection=into, tags=["good", "Fine"], name_pattern="{date} {title} {percentile}")
    listed(made)
    return made


def taken(made: CurationQueue, user: User, count: int = 12, tab: str = "tab") -> list[int]:
    return [item.pk for item in leasing.take(made, user, tab, count)]


def test_what_is_kept_goes_into_its_collection_with_tags_and_a_name(charlie: User, shared: CurationQueue) -> None:
    (item,) = leasing.take(shared, charlie, "tab", 1)
    Meme.objects.filter(pk=item.meme_id).update(title="cats/dogs: a\x07 b", dated_at="2026-03-04T12:00Z")
    say(charlie, item)
    assert CollectionEntry.objects.get(collection=shared.collection).meme_id == item.meme_id
    assert set(Tag.objects.filter(memes=item.meme_id).values_list("name", flat=True)) == {"good", "Fine"}
    assert Verdict.objects.get().name == "2026-03-04 cats dogs a b 99"


def test_what_is_rejected_is_in_the_trash_and_does_not_come_back(charlie: User, shared: CurationQueue) -> None:
    (item,) = leasing.take(shared, charlie, "tab", 1)
    say(charlie, item, "reject")
    meme = Meme.objects.get(pk=item.meme_id)
    assert (meme.state, meme.moved_by) == (Meme.State.TRASHED, charlie)
    library.restore([meme.sha256])  # what a source does that finds the same bytes again
    meme.refresh_from_db()
    assert meme.state == Meme.State.TRASHED


def test_what_is_skipped_waits_for_others_and_for_another_day(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    first = taken(shared, charlie, 1)[0]
    say(charlie, QueueItem.objects.get(pk=first), "skip")
    assert first not in taken(shared, charlie, 3)
    assert taken(shared, admin, 1, "hers") == [first]
    leasing.release(admin, "hers")
    Verdict.objects.update(decided_at=timezone.now() - timedelta(days=2))
    assert first in taken(shared, charlie)


def test_a_meme_is_shown_to_one_curator_until_the_lease_runs_out(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    his = taken(shared, charlie, 5)
    assert taken(shared, charlie, 5) == his
    assert set(taken(shared, charlie, 12, "another tab")).isdisjoint(his)
    leasing.release(charlie, "another tab")
    hers = taken(shared, admin, 12)
    assert len(hers) == 7
    assert set(hers).isdisjoint(his)
    QueueItem.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert len(taken(shared, admin, 12)) == 12


def test_what_somebody_else_is_shown_stays_theirs(charlie: User, admin: User, shared: CurationQueue) -> None:
    (item,) = leasing.take(shared, charlie, "his", 1)
    key = say(charlie, item, "skip")
    assert taken(shared, admin, 1, "hers") == [item.pk]
    undone = verdicts.undo(charlie, key, tab="his")
    assert undone is not None
    assert (undone.count, undone.items) == (1, [])
    say(charlie, item, "skip")  # late: it was on his page still
    item.refresh_from_db()
    assert (item.holder, item.tab) == (admin, "hers")
    assert item.pk not in taken(shared, charlie)


def test_a_verdict_counts_once_and_the_first_one_counts(charlie: User, admin: User, shared: CurationQueue) -> None:
    item = QueueItem.objects.order_by("pk")[0]
    key = say(charlie, item)
    assert not verdicts.decide(charlie, item.pk, Decision("keep", key))
    with pytest.raises(AlreadyAnswered):
        say(admin, item, "reject")
    assert Verdict.objects.count() == 1
    assert Meme.objects.get(pk=item.meme_id).state == Meme.State.ACTIVE


def test_undo_takes_back_all_that_a_verdict_did(charlie: User, shared: CurationQueue) -> None:
    kept, rejected, skipped = QueueItem.objects.order_by("pk")[:3]
    assert gathering.tag("fine", [kept.meme_id], charlie)
    for item, outcome in ((kept, "keep"), (rejected, "reject"), (skipped, "skip")):
        say(charlie, item, outcome)
    said = [verdicts.undo(charlie, tab="tab") for _ in range(3)]
    assert [(one.outcome, one.items) for one in said if one] == [
        ("skip", [skipped.pk]), ("reject", [rejected.pk]), ("keep", [kept.pk])
    ]  # fmt: skip
    assert verdicts.undo(charlie) is None
    assert not CollectionEntry.objects.exists()
    assert list(Meme.objects.get(pk=kept.meme_id).tags.values_list("name", flat=True)) == ["fine"]
    assert Meme.objects.get(pk=rejected.meme_id).state == Meme.State.ACTIVE
    assert taken(shared, charlie)[:3] == [kept.pk, rejected.pk, skipped.pk]
    say(charlie, kept, "reject")  # given anew, it stands
    assert Verdict.objects.standing().count() == 1


def test_undo_leaves_what_another_verdict_keeps_until_that_is_undone_as_well(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    other = queue(charlie, shared.axis, collection=shared.collection, tags=["Good"], name="other")
    mine, hers = QueueItem.objects.order_by("pk")[0], listed(other, 1)[0]
    first, second = say(charlie, mine), say(admin, hers)
    verdicts.undo(charlie, first)
    assert CollectionEntry.objects.get().meme_id == mine.meme_id
    assert list(Meme.objects.get(pk=mine.meme_id).tags.values_list("name", flat=True)) == ["good"]
    verdicts.undo(admin, second)
    assert not CollectionEntry.objects.exists()
    assert not Tag.objects.filter(memes=mine.meme_id).exists()


def test_undo_brings_nothing_back_that_somebody_else_threw_away(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    item = QueueItem.objects.order_by("pk")[0]
    key = say(charlie, item, "reject")
    meme = Meme.objects.get(pk=item.meme_id)
    states.move_one(meme, states.Action.RESTORE, charlie)
    states.move_one(meme, states.Action.TRASH, admin)
    assert verdicts.undo(charlie, key) is not None
    meme.refresh_from_db()
    assert meme.state == Meme.State.TRASHED
    assert verdicts.undo(charlie, key) is None


def test_a_meme_that_was_thrown_away_meanwhile_cannot_be_kept(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    (item,) = leasing.take(shared, charlie, "tab", 1)
    states.move_one(Meme.objects.get(pk=item.meme_id), states.Action.TRASH, admin)
    for outcome in Verdict.Outcome.values:
        with pytest.raises(MemeGone):
            say(charlie, item, outcome)
    assert item.pk not in taken(shared, charlie)
    assert not CollectionEntry.objects.exists()
    assert not Verdict.objects.exists()
    states.move_one(Meme.objects.get(pk=item.meme_id), states.Action.RESTORE, admin)
    say(charlie, item)


@pytest.mark.parametrize("name", ["a/b", "..", "x" * 300, "nul\0", ".hidden", "tab\\le", "\ud800"])
def test_a_name_that_no_file_could_have_is_refused(charlie: User, shared: CurationQueue, name: str) -> None:
    item = QueueItem.objects.order_by("pk")[0]
    with pytest.raises(Refused):
        say(charlie, item, name=name)
    assert not Verdict.objects.exists()


def test_a_queue_of_others_is_not_there(alice: User, charlie: User, shared: CurationQueue, axes: list[Axis]) -> None:
    for item in (QueueItem.objects.order_by("pk")[0].pk, 0):
        with pytest.raises(NotAsked):
            verdicts.decide(alice, item, Decision("keep", uuid.uuid4()))
    (own,) = listed(queue(charlie, axes[0], private_to=charlie, name="own"), 1)
    with pytest.raises(NotAsked):
        say(alice, own)


def test_what_others_share_only_leaves_the_queue_of_one_person(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (mine,) = rows(1, alice, start=100, derived_at=timezone.now())
    made = queue(alice, axes[0], private_to=alice)
    items = listed(made, 31)
    say(alice, items[0], "reject")
    say(alice, items[-1], "reject")
    assert Meme.objects.get(pk=items[0].meme_id).state == Meme.State.ACTIVE
    assert Meme.objects.get(pk=mine.pk).state == Meme.State.TRASHED
    assert items[0].pk not in taken(made, alice, 40)


def test_a_collection_that_is_deleted_costs_no_verdict(charlie: User, shared: CurationQueue) -> None:
    item = QueueItem.objects.order_by("pk")[0]
    Collection.objects.all().delete()
    say(charlie, item, name="a cat")
    assert Verdict.objects.get().name == "a cat"
