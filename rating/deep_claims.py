"""Who trains which deep taste: one worker for each, for as long as it gives signs of life; and when there is enough new."""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from rating import deep
from rating.models import Axis, Choice, Comparison, DeepTaste, Taste
from search import store
from search.models import EmbeddingSpace

log = logging.getLogger(__name__)

FEWEST = 100  # answers, on all axes: with fewer, a direction is all that anybody has found
# Training takes as many times longer as there are more answers, and each of them says less.
NEW, NEW_SHARE = 50, 0.1
KEPT = 3  # versions of one person's in one space
MAX_ATTEMPTS = 5
ORPHANED_AFTER = timedelta(days=1)  # no training takes as long to write its row as that


class Overtaken(Exception):
    """The row was deleted, or another worker trains it because this one gave no sign of life."""


def due(space: EmbeddingSpace, basis: str) -> list[tuple[int, int]]:
    """Raters with enough new answers, and how many of them they gave; who waits longest comes first.

    New is everything in coordinates nothing was learned in; a version that cannot be used is as one that is not there.
    Nobody, while what everybody likes is about to be learned again without somebody who left.
    """
    if _is_unsettled(space):
        return []
    given = _given()
    rows = DeepTaste.objects.filter(space=space, basis=basis, fault="", is_outdated=False).order_by("version")
    learned = dict(rows.exclude(trained_at=None).values_list("owner", "answers"))
    deadly = dict(
        DeepTaste.objects.filter(space=space, trained_at=None, attempts__gte=MAX_ATTEMPTS).values_list(
            "owner", "answers"
        )
    )
    found = [
        (rater, answers)
        for rater, answers in given.items()
        if answers >= FEWEST and _is_enough(answers, learned.get(rater)) and _is_enough(answers, deadly.get(rater))
    ]
    return sorted(found, key=lambda who: (who[0] in learned, learned.get(who[0], 0) - who[1]))


def _is_unsettled(space: EmbeddingSpace) -> bool:
    everybodys = Taste.objects.filter(owner=None, space=space, axis=OuterRef("axis"))
    with_others = Taste.objects.filter(space=space, axis__state=Axis.State.ACTIVE, is_prior_of_others=True)
    return with_others.filter(~Exists(everybodys)).exists()


def _is_enough(answers: int, before: int | None) -> bool:
    return before is None or answers - before >= max(NEW, NEW_SHARE * before)


def _given() -> Counter[int]:
    """What may be learned from, by rater."""
    standing = Q(voided_at=None, is_evaluation=False, axis__state=Axis.State.ACTIVE, rater__is_active=True)
    counted = (
        Comparison.objects.filter(standing, outcome__in=Comparison.SOFT_TARGETS),
        Choice.objects.filter(standing, best__gt=0),
    )
    total = Counter[int]()
    for answers in counted:
        total.update(dict(answers.order_by().values_list("rater").annotate(Count("pk"))))
    return total


def claim(owner: User, space: EmbeddingSpace, answers: int, basis: str) -> DeepTaste | None:
    """The next version, to be trained by the caller alone; None if somebody is at it. What a dead worker left is taken over."""
    until = timezone.now() + timedelta(seconds=settings.CLAIM_LEASE_S)
    versions = DeepTaste.objects.filter(owner=owner, space=space)
    try:
        with transaction.atomic():
            version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
            return DeepTaste.objects.create(
                owner=owner, space=space, version=version, answers=answers, basis=basis, leased_until=until
            )
    except IntegrityError:
        abandoned = versions.filter(trained_at=None, leased_until__lt=timezone.now())
        taken = abandoned.update(leased_until=until, attempts=F("attempts") + 1, answers=answers, basis=basis)
        return versions.filter(trained_at=None).first() if taken else None


def hold(taste: DeepTaste) -> None:
    """A sign of life. Raises Overtaken."""
    until = timezone.now() + timedelta(seconds=settings.CLAIM_LEASE_S)
    if not mine(taste).update(leased_until=until):
        raise Overtaken(str(taste))


def release(taste: DeepTaste) -> None:
    """Give the claim back: there is nothing to train. Repeated, or overtaken, nothing."""
    mine(taste).delete()


def mine(taste: DeepTaste) -> QuerySet[DeepTaste]:
    """The row, while it is this worker's to train."""
    return DeepTaste.objects.filter(pk=taste.pk, attempts=taste.attempts, trained_at=None)


# --- old versions --------------------------------------------------------------------------------------------------


def prune(taste: DeepTaste) -> None:
    """Keep the newest versions beside `taste` and the one that rankings follow, and none that cannot be used."""
    trained = DeepTaste.objects.filter(owner=taste.owner_id, space=taste.space_id).exclude(trained_at=None)
    usable = trained.filter(fault="", is_outdated=False).order_by("-version")
    kept = {*usable[:KEPT], *usable.filter(waits_because="")[:1]}
    old = trained.exclude(pk__in=[one.pk for one in kept])
    files = list(old.values_list("file", flat=True))
    old.delete()
    forget(files)


def forget_with(rater: User) -> None:
    """Delete what networks learned of `rater`. What they learned of others began with what everybody likes: it is learned
    again, or in a retired space goes too. Repeated, nothing."""
    theirs = DeepTaste.objects.filter(owner=rater)
    if not theirs.exists() and not Taste.objects.filter(owner=rater).exists():
        return
    gone = theirs | DeepTaste.objects.filter(space__state=EmbeddingSpace.State.RETIRED)
    files = list(gone.values_list("file", flat=True))
    gone.delete()
    DeepTaste.objects.update(is_outdated=True)
    forget(files)


def forget(files: Iterable[str]) -> None:
    """Once the transaction is over, nothing is kept of these files that no version names. What is missed is an orphan."""
    names = set(files)
    transaction.on_commit(lambda: _drop(names - set(_named(names))))


def forget_orphans() -> None:
    """Files of workers that died before they told of them, and of people who are gone."""
    keys = list(store.older_than(deep.FOLDER, timezone.now() - ORPHANED_AFTER))
    files = {key.rsplit("/", 1)[-1].partition(".")[0] for key in keys}
    _drop(files - set(_named(files)))


def _named(files: set[str]) -> Iterable[str]:
    return DeepTaste.objects.filter(file__in=files).values_list("file", flat=True)


def _drop(files: Iterable[str]) -> None:
    for file in files:
        for kind in (deep.WEIGHTS, deep.DESCRIPTION):
            try:
                store.drop(deep.key(file, kind))
            except OSError as error:
                log.warning("%s is kept for now: %s", deep.key(file, kind), error)
