"""Telling a taste that it is wrong about a meme: an answer like any other, given without being asked."""

import random
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from rating import comparisons, samples
from rating.comparisons import MemeGone, Sent, Undone
from rating.models import Axis, Comparison, PairCandidate, Taste
from rating.pairs import CORRECTION
from rating.policies import ordered
from search import spaces
from search.models import Meme
from search.vectors import to_array

POLICY = CORRECTION


def correct(rater: User, axis: Axis, meme: Meme, *, is_loved: bool, key: UUID) -> bool:
    """Say that `meme` is loved, or else hated, whatever the taste believes. True if that is new.

    It is recorded as much better, or much worse, than a meme from the middle of the taste that it was not compared with
    yet: said again, it is compared with another one. Sent again with the same key nothing happens. Raises Refused.
    """
    if not Meme.objects.visible_to(rater).filter(pk=meme.pk).exists():
        raise MemeGone("This meme is no longer in the library.")
    typical = _typical(rater, axis)
    with transaction.atomic():
        # One at a time for each person, and no batch of questions is being chosen meanwhile.
        User.objects.select_for_update(no_key=True).get(pk=rater.pk)
        if Comparison.objects.filter(rater=rater, key=key).exists():
            return False
        pair = _pair(rater, meme, typical)
        outcome = Comparison.Outcome.MUCH_LEFT if is_loved else Comparison.Outcome.MUCH_RIGHT
        return comparisons.answer(rater, pair.token, {axis.pk: outcome}, Sent(key))


def take_back(rater: User, key: UUID) -> Undone | None:
    """Undo a correction; unlike what was asked, its pair does not wait to be asked again. Repeated, None."""
    with transaction.atomic():
        if not Comparison.objects.standing().filter(rater=rater, key=key, policy=POLICY).exists():
            return None
        return comparisons.undo(rater, key)


def corrected(rater: User, axis: Axis) -> dict[int, bool]:
    """What was said last of memes, by id: True for loved, False for hated."""
    return corrected_on(rater, [axis])[axis.pk]


def corrected_on(rater: User, axes: Sequence[Axis]) -> dict[int, dict[int, bool]]:
    """The same by axis; one query for any number of them."""
    outcomes = {Comparison.Outcome.MUCH_LEFT: True, Comparison.Outcome.MUCH_RIGHT: False}
    said = Comparison.objects.standing().filter(rater=rater, axis__in=axes, policy=POLICY, outcome__in=outcomes)
    found: dict[int, dict[int, bool]] = {axis.pk: {} for axis in axes}
    for axis, meme, outcome in said.order_by("answered_at", "pk").values_list("axis", "left", "outcome"):
        found[axis][meme] = outcomes[Comparison.Outcome(outcome)]
    return found


def _typical(rater: User, axis: Axis) -> list[int]:
    """Ids of memes, from the middle of the taste to its ends; in no order while nothing is known of it."""
    ids = samples.of_library(rater)
    space = spaces.active()
    taste = None if space is None else Taste.objects.filter(owner=rater, axis=axis, space=space).first()
    if space is None or taste is None or taste.direction is None:
        return random.sample(ids, len(ids))
    found, scores = samples.scores(to_array(taste.direction), space, ids)
    return [int(pk) for pk in found[np.argsort(np.abs(scores - np.median(scores)), kind="stable")]]


def _pair(rater: User, meme: Meme, typical: Sequence[int]) -> PairCandidate:
    """A pair that this person was never shown, as if it had been asked just now."""
    asked = PairCandidate.objects.filter(rater=rater, is_repeat=False)
    answered = Comparison.objects.standing().filter(rater=rater, is_repeat=False)  # also of a meme that was merged
    used = {ordered(*row) for rows in (asked, answered) for row in rows.values_list("left", "right")}
    other = next((pk for pk in typical if pk != meme.pk and ordered(pk, meme.pk) not in used), None)
    if other is None:
        raise MemeGone("There is no other meme to compare it with.")
    now = timezone.now()
    return PairCandidate.objects.create(rater=rater, left=meme, right_id=other, policy=POLICY, asked_at=now)
