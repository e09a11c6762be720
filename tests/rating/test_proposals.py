"""Axes that people propose."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

from rating.models import Axis
from rating.proposals import MOST_PROPOSED, NotProposed, move, propose
from search.curators import is_curator

pytestmark = pytest.mark.django_db


def test_a_proposal_is_asked_about_once_a_curator_adds_it_as_the_last_row(alice: User, axes: list[Axis]) -> None:
    axis = propose(alice, "funny", "Which is funnier?")
    assert axis not in Axis.objects.in_use()
    move(axis, Axis.State.ACTIVE)
    assert list(Axis.objects.in_use()) == [*axes, axis]
    move(axis, Axis.State.ACTIVE)
    assert Axis.objects.get(pk=axis.pk).position == axes[-1].position + 1
    move(axis, Axis.State.RETIRED)
    assert list(Axis.objects.in_use()) == axes


def test_a_name_is_proposed_once(alice: User, axes: list[Axis]) -> None:
    with pytest.raises(NotProposed, match="already"):
        propose(alice, "USEFUL", "Which is more useful?")


def test_nobody_floods_the_curators(alice: User, axes: list[Axis]) -> None:
    for number in range(MOST_PROPOSED):
        propose(alice, f"axis {number}", "Which?")
    with pytest.raises(NotProposed, match="waiting"):
        propose(alice, "one more", "Which?")


def test_curators_and_administrators_decide(alice: User, charlie: User, admin: User) -> None:
    assert [is_curator(user) for user in (alice, charlie, admin, AnonymousUser())] == [False, True, True, False]
