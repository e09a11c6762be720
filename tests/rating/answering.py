"""Answering in tests."""

import uuid
from typing import Any

from django.contrib.auth.models import User

from rating import comparisons, fours, pairs
from rating.comparisons import Sent
from rating.models import Axis, FourCandidate, PairCandidate
from rating.pairs import Asked
from rating.pool import Pool


def sent(**facts: Any) -> Sent:
    return Sent(key=facts.pop("key", None) or uuid.uuid4(), **facts)


def take(rater: User, count: int = 1, *, q: str = "", tab: str = "tab") -> list[PairCandidate]:
    return pairs.take(Asked(Pool(rater, q)), tab, count)


def take_four(rater: User, count: int = 1, *, tab: str = "tab") -> list[FourCandidate]:
    return fours.take(Asked(Pool(rater)), tab, count)


def answer(rater: User, axis: Axis, count: int, outcome: str = "left") -> list[PairCandidate]:
    """Answer `count` pairs one after the other, or as many as there are."""
    answered: list[PairCandidate] = []
    while len(answered) < count and (taken := take(rater, min(8, count - len(answered)))):
        for pair in taken:
            comparisons.answer(rater, pair.token, {axis.pk: outcome}, sent())
            answered.append(pair)
    return answered
