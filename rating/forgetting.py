"""Deleting what somebody told the site about their taste."""

from django.contrib.auth.models import User
from django.db import transaction

from rating.models import Choice, Comparison, FourCandidate, PairCandidate, Taste


def forget(rater: User) -> int:
    """Delete every answer of `rater`, what was learned from them and what waits to be asked. How many answers; repeated, none.

    Nothing is kept aside: what everybody likes goes too, and is learned anew without them by `rating.communities`.
    """
    with transaction.atomic():
        if Taste.objects.filter(owner=rater).delete()[0]:
            Taste.objects.filter(owner=None).delete()
        answers = sum(kind.objects.filter(rater=rater).delete()[0] for kind in (Comparison, Choice))
        for kind in (PairCandidate, FourCandidate):
            kind.objects.filter(rater=rater).delete()
    return answers
