"""The tables of rating: the axes, what waits to be asked, and what people answered."""

from rating.models.axes import Axis, AxisQuerySet
from rating.models.candidates import Candidate, CandidateQuerySet, FourCandidate, PairCandidate
from rating.models.comparisons import Answer, AnswerQuerySet, Choice, Comparison

__all__ = [
    "Answer",
    "AnswerQuerySet",
    "Axis",
    "AxisQuerySet",
    "Candidate",
    "CandidateQuerySet",
    "Choice",
    "Comparison",
    "FourCandidate",
    "PairCandidate",
]
