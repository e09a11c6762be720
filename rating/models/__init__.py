"""The tables of rating: the axes, what waits to be asked, what people answered, and what was learned from that."""

from rating.models.axes import Axis, AxisQuerySet
from rating.models.candidates import PLACES, Candidate, CandidateQuerySet, FourCandidate, PairCandidate
from rating.models.comparisons import Answer, AnswerQuerySet, Choice, Comparison
from rating.models.curves import LearningCurve
from rating.models.tastes import DeepAxis, DeepScore, DeepTaste, Taste, TasteBasis

__all__ = [
    "PLACES",
    "Answer",
    "AnswerQuerySet",
    "Axis",
    "AxisQuerySet",
    "Candidate",
    "CandidateQuerySet",
    "Choice",
    "Comparison",
    "DeepAxis",
    "DeepScore",
    "DeepTaste",
    "FourCandidate",
    "LearningCurve",
    "PairCandidate",
    "Taste",
    "TasteBasis",
]
