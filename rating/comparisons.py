"""Answering, and taking answers back: all or nothing, once however often it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from rating import tastes
from rating.leases import LEASE_S
from rating.models import Axis, Candidate, Choice, Comparison, FourCandidate, PairCandidate
from rating.pairs import CORRECTION
from search.models import Meme

MAX_TOOK_MS = 24 * 3600 * 1000  # a tab that was left open overnight says nothing about how hard a choice was
FIRST = 1e9  # the priority of what was taken back: it is what the person wants to see again
NONE_OF_THEM = 0

Some = TypeVar("Some", bound=Candidate)


class Refused(Exception):
    """An answer that is not taken; `status` is the one of HTTP, the message is for the person."""

    status = 400


class NotAsked(Refused):
    """The token names nothing that was shown to this person."""

    status = 404


class AlreadyAnswered(Refused):
    """Another tab was first."""

    status = 409


class MemeGone(Refused):
    """One of the memes was taken out, or is no longer for this person's eyes."""

    status = 410


@dataclass(frozen=True)
class Sent:
    """What comes with every answer. `key`, made by the sender, makes it count once; units in the names."""

    key: UUID
    took_ms: int | None = None

    def facts(self, candidate: Candidate) -> dict[str, Any]:
        """What the rows of this answer have in common."""
        return {
            "rater_id": candidate.rater_id,
            "candidate": candidate,
            "policy": candidate.policy,
            "is_evaluation": candidate.is_evaluation,
            "key": self.key,
            "asked_at": candidate.asked_at,
            "answered_at": timezone.now(),
            "took_ms": None if self.took_ms is None else min(self.took_ms, MAX_TOOK_MS),
        }


@dataclass(frozen=True)
class Undone:
    """An answer that was taken back: what it was about, and what it said on each axis (outcome, or best place).

    `candidate` is None for a correction: nobody is asked about that pair.
    """

    key: UUID
    candidate: Candidate | None
    said: Mapping[int, str | int | None]


def answer(rater: User, token: UUID, outcomes: Mapping[int, str], sent: Sent) -> bool:
    """Record the outcomes, by axis, of a pair that was shown to `rater`. True if they are new.

    Sent again with the same key nothing happens, also when the answer has been taken back since. A lease that has run
    out is no reason to refuse, an answer from another tab is. Raises Refused; then nothing is recorded.
    """
    _check_axes(outcomes)
    if not set(outcomes.values()) <= set(Comparison.Outcome.values):
        raise Refused("An outcome is one of " + ", ".join(Comparison.Outcome.values) + ".")
    try:
        with transaction.atomic():
            if Comparison.objects.filter(rater=rater, key=sent.key).exists():
                return False
            pair = _asked(PairCandidate, rater, token)
            if Comparison.objects.filter(rater=rater, key=sent.key).exists():  # the same one, sent at the same time
                return False
            _check(pair)
            shown = {"left_id": pair.left_id, "right_id": pair.right_id, "is_repeat": pair.is_repeat}
            facts = {**sent.facts(pair), **shown}
            Comparison.objects.bulk_create(
                Comparison(axis_id=axis, outcome=outcome, **facts) for axis, outcome in outcomes.items()
            )
            _close(pair)
            _learn(rater, outcomes)
    except IntegrityError as error:
        # Of another meme that was merged with one of these: nothing else would ever close it.
        waiting = PairCandidate.objects.filter(rater=rater, token=token).waiting()
        waiting.update(answered_at=timezone.now())
        raise AlreadyAnswered("You have answered this pair already.") from error
    return True


def choose(rater: User, token: UUID, best: Mapping[int, int | None], sent: Sent) -> bool:
    """Record which of four was best, by axis: its place 1 to 4, 0 for none of them, None for skipped. As `answer`."""
    _check_axes(best)
    if any(place is not None and not 0 <= place <= 4 for place in best.values()):
        raise Refused("The best of four is one of 1 to 4, or 0 for none of them.")
    try:
        with transaction.atomic():
            if Choice.objects.filter(rater=rater, key=sent.key).exists():
                return False
            four = _asked(FourCandidate, rater, token)
            if Choice.objects.filter(rater=rater, key=sent.key).exists():
                return False
            _check(four)
            places = dict(zip(("first_id", "second_id", "third_id", "fourth_id"), four.meme_ids, strict=True))
            facts = {**sent.facts(four), **places}
            Choice.objects.bulk_create(Choice(axis_id=axis, best=place, **facts) for axis, place in best.items())
            _close(four)
            _learn(rater, best)
    except IntegrityError as error:
        raise AlreadyAnswered("You have answered these four already.") from error
    return True


def undo(rater: User, key: UUID | None = None, *, tab: str = "") -> Undone | None:
    """Take back the answer with `key`, or the newest one; what was asked waits again, first in line for `tab`.

    With a key, repeating it changes nothing. None when there is nothing (more) to take back. What was brought in from
    elsewhere stays.
    """
    with transaction.atomic():
        newest = _newest(rater, key)
        if newest is None:
            return None
        rows = type(newest).objects.filter(rater=rater, key=newest.key).standing()
        said = {row.axis_id: row.outcome if isinstance(row, Comparison) else row.best for row in rows}
        rows.update(voided_at=timezone.now())
        _learn(rater, said)
        candidate = newest.candidate
        if candidate is not None and candidate.policy == CORRECTION:
            candidate.delete()
            candidate = None
        elif candidate is not None:
            _reopen(candidate, tab)
    return Undone(newest.key, candidate, said)


def _newest(rater: User, key: UUID | None) -> Comparison | Choice | None:
    found: list[Comparison | Choice] = []
    for kind in (Comparison, Choice):
        rows = kind.objects.filter(rater=rater, candidate__isnull=False).standing()
        rows = rows if key is None else rows.filter(key=key)
        found += rows.order_by("-answered_at", "-pk").select_for_update(of=("self",))[:1]
    return max(found, key=lambda row: row.answered_at, default=None)


def _asked(kind: type[Some], rater: User, token: UUID) -> Some:
    found = kind._default_manager.select_for_update().filter(rater=rater, token=token).first()
    if found is None or found.asked_at is None:
        raise NotAsked("These memes were not shown to you.")
    return found


def _check(candidate: Candidate) -> None:
    if candidate.answered_at is not None:
        raise AlreadyAnswered("You have answered this already, in another tab perhaps.")
    ids = set(candidate.meme_ids)
    if Meme.objects.visible_to(candidate.rater).filter(pk__in=ids).count() != len(ids):
        raise MemeGone("One of these memes is no longer in the library.")


def _check_axes(answers: Mapping[int, object]) -> None:
    if not answers:
        raise Refused("An answer needs at least one axis.")
    if Axis.objects.in_use().filter(pk__in=answers).count() != len(answers):
        raise Refused("One of these axes is not asked about.")


def _close(candidate: Candidate) -> None:
    candidate.answered_at = timezone.now()
    candidate.leased_until = None
    candidate.save(update_fields=["answered_at", "leased_until"])


def _reopen(candidate: Candidate, tab: str) -> None:
    candidate.answered_at = None
    candidate.tab, candidate.priority = tab, FIRST
    candidate.leased_until = timezone.now() + timedelta(seconds=LEASE_S) if tab else None
    candidate.save(update_fields=["answered_at", "tab", "priority", "leased_until"])


def _learn(rater: User, axes: Iterable[int]) -> None:
    """When the answers are kept; they stay also when learning fails, and the next one learns them too."""
    transaction.on_commit(partial(tastes.follow, rater, list(axes)), robust=True)
