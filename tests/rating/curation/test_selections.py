import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating.comparisons import Refused
from rating.curation import leasing, selections, verdicts
from rating.curation.selections import MoreNow, Selection
from rating.curation.verdicts import Decision
from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search import gathering
from search.models import CollectionEntry, Meme
from search.query import BadQuery
from tests.rating.curation.queueing import listed, queue, say
from tests.search.asking import rows

REJECT = "reject"


@pytest.fixture
def shared(charlie: User, axes: list[Axis], memes: list[Meme]) -> CurationQueue:
    made = queue(charlie, axes[0], collection=gathering.collection(charlie, "Best"))
    listed(made, 30)
    return made


def test_all_that_match_are_counted_decided_and_taken_back_as_one(charlie: User, shared: CurationQueue) -> None:
    videos = QueueItem.objects.order_by("pk")[:7]
    Meme.objects.filter(pk__in=[item.meme_id for item in videos]).update(kind=Meme.Kind.VIDEO)
    counted = selections.count(shared, charlie, Selection(q="type:video"))
    assert counted.count == 7
    # What comes in after it was counted is not decided unseen.
    (late,) = rows(1, start=50, kind=Meme.Kind.VIDEO, derived_at=timezone.now())
    QueueItem.objects.create(queue=shared, meme=late, score=1, percentile=99, scored_from="test")
    chosen, key = Selection(q="type:video", counted=counted), uuid.uuid4()
    for _ in range(2):
        assert selections.decide(shared, charlie, chosen, Decision(REJECT, key)) == 7
    assert Verdict.objects.count() == 7
    assert Meme.objects.filter(state=Meme.State.TRASHED).count() == 7
    undone = verdicts.undo(charlie)
    assert undone is not None
    assert len(undone.items) == 7
    assert not Meme.objects.filter(state=Meme.State.TRASHED).exists()
    assert leasing.waiting(shared, charlie).count() == 31


def test_what_was_picked_is_kept_and_what_others_look_at_is_left_to_them(
    charlie: User, admin: User, shared: CurationQueue
) -> None:
    hers = {item.pk for item in leasing.take(shared, admin, "hers", 3)}
    picked = list(QueueItem.objects.order_by("-percentile").values_list("pk", flat=True)[:10])
    assert selections.decide(shared, charlie, Selection(picked), Decision("keep", uuid.uuid4())) == 7
    assert CollectionEntry.objects.count() == 7
    assert not Verdict.objects.filter(item__in=hers).exists()


def test_no_more_are_decided_than_were_counted(charlie: User, admin: User, shared: CurationQueue) -> None:
    leasing.take(shared, admin, "hers", 28)
    counted = selections.count(shared, charlie, Selection())
    assert counted.count == 2
    leasing.release(admin, "hers")
    with pytest.raises(MoreNow):
        selections.decide(shared, charlie, Selection(counted=counted), Decision(REJECT, uuid.uuid4()))
    assert not Verdict.objects.exists()
    say(charlie, QueueItem.objects.order_by("pk")[29])  # fewer are no surprise
    leasing.take(shared, admin, "hers", 28)
    assert selections.decide(shared, charlie, Selection(counted=counted), Decision(REJECT, uuid.uuid4())) == 1


def test_nothing_is_decided_by_a_search_without_an_end_or_of_another_queue(
    charlie: User, shared: CurationQueue, axes: list[Axis]
) -> None:
    for q, trouble in (("cats", Refused), ("in:nowhere", BadQuery)):
        with pytest.raises(trouble):
            selections.count(shared, charlie, Selection(q=q))
    other = queue(charlie, axes[0], name="other")
    picked = list(QueueItem.objects.values_list("pk", flat=True)[:3])
    assert selections.decide(other, charlie, Selection(picked), Decision("keep", uuid.uuid4())) == 0
    with pytest.raises(Refused):
        selections.decide(shared, charlie, Selection(picked), Decision("burn", uuid.uuid4()))
    assert not Verdict.objects.exists()
