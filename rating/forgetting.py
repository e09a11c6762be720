"""Deleting what somebody told the site about their taste."""

from django.contrib.auth.models import User
from django.db import transaction

from rating.models import Choice, Comparison, FourCandidate, PairCandidate


def forget(rater: User) -> int:
    """Delete every answer of `rater` and everything that waits to be asked. Returns how many answers; repeated, none.

    Nothing is kept aside: what was learned from the answers must be learned anew without them.
    """
    with transaction.atomic():
        answers = sum(kind.objects.filter(rater=rater).delete()[0] for kind in (Comparison, Choice))
        for kind in (PairCandidate, FourCandidate):
            kind.objects.filter(rater=rater).delete()
    return answers
