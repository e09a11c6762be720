"""Deleting what somebody told the site about their taste."""

from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from rating import deep_claims, scores
from rating.models import Axis, BlindSheet, Choice, Comparison, FourCandidate, PairCandidate, Taste
from search.models import EmbeddingSpace


def forget(rater: User) -> int:
    """Delete every answer and blind sheet of `rater`, what was learned and what waits. How many answers; repeated, none.

    Nothing is kept aside: what everybody likes goes too, with what is cached of it, and is learned anew without them by
    `rating.communities`, and with it what is expected of others.
    """
    with transaction.atomic():
        deep_claims.forget_with(rater)
        if Taste.objects.filter(owner=rater).exists():
            _unlearn(rater)
        BlindSheet.objects.filter(owner=rater).delete()
        # What is being answered at this moment is waited for here, so that its answer goes too.
        for asked in (PairCandidate, FourCandidate):
            asked.objects.filter(rater=rater).delete()
        answers = sum(kind.objects.filter(rater=rater).delete()[0] for kind in (Comparison, Choice))
    return answers


def _unlearn(rater: User) -> None:
    """What others are expected to like is learned again where tastes are in use; elsewhere it must not stay either."""
    used = Q(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
    concerned = Taste.objects.filter(Q(owner=rater) | Q(owner=None) | Q(~used, is_prior_of_others=True))
    learned = list(concerned.values_list("pk", flat=True))
    Taste.objects.filter(pk__in=learned).delete()
    transaction.on_commit(partial(scores.forget, learned))
