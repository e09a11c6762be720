"""Many curators at once: each meme decided once, none lost."""

import uuid

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from mse_site.access import CURATORS
from rating.curation import leasing, verdicts
from rating.curation.verdicts import Decision
from rating.models import Axis, QueueItem, Verdict
from search import gathering
from search.models import CollectionEntry, Meme
from tests.rating.conftest import axes
from tests.rating.curation.queueing import listed, queue
from tests.rating.test_many_at_once import at_once
from tests.search.asking import rows

__all__ = ["axes"]

CLIENTS = 8


@pytest.mark.parametrize("size", [80, pytest.param(500, marks=pytest.mark.soak)])
@pytest.mark.django_db(transaction=True)
def test_eight_curators_decide_each_meme_of_one_queue_once(charlie: User, axes: list[Axis], size: int) -> None:
    people = [User.objects.create(username=f"curator {number}") for number in range(CLIENTS)]
    Group.objects.get(name=CURATORS).user_set.add(*people)
    rows(size, derived_at=timezone.now())
    made = queue(charlie, axes[0], collection=gathering.collection(charlie, "Best"))
    listed(made, size)

    def triage(number: int) -> int:
        """As a tab does until nothing waits; every verdict is sent twice, every ninth taken back and given anew."""
        by, decided = people[number], 0
        while leasing.waiting(made, by).exists():
            for item in leasing.take(made, by, "tab", 5):
                decision = Decision("reject" if item.pk % 3 else "keep", uuid.uuid4())
                for _ in range(2):
                    decided += verdicts.decide(by, item.pk, decision)
                if item.pk % 9 == 0:
                    assert verdicts.undo(by, decision.key, tab="tab") is not None
                    verdicts.decide(by, item.pk, Decision(decision.outcome, uuid.uuid4()))
        return decided

    assert sum(at_once(triage, CLIENTS)) == size
    assert Verdict.objects.standing().count() == size
    assert not QueueItem.objects.filter(decided_at=None).exists()
    assert CollectionEntry.objects.count() == Verdict.objects.standing().filter(outcome="keep").count()
    assert Meme.objects.filter(state=Meme.State.TRASHED).count() == size - CollectionEntry.objects.count()
