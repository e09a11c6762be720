"""The tables of rating: the axes, what waits to be asked, what people answered, what was learned from that,
what it is tested by, and what waits for a verdict."""

from rating.models.axes import Axis, AxisQuerySet
from rating.models.candidates import PLACES, Candidate, CandidateQuerySet, FourCandidate, PairCandidate
from rating.models.comparisons import Answer, AnswerQuerySet, Choice, Comparison
from rating.models.curation import CurationQueue, QueueItem, QueueItemQuerySet, Verdict, VerdictQuerySet
from rating.models.curves import LearningCurve
from rating.models.popularity import PopularityModel
from rating.models.sheets import BlindMark, BlindSheet
from rating.models.tastes import DeepAxis, DeepScore, DeepTaste, Taste, TasteBasis

__all__ = [
    "PLACES",
    "Answer",
    "AnswerQuerySet",
    "Axis",
    "AxisQuerySet",
    "BlindMark",
    "BlindSheet",
    "Candidate",
    "CandidateQuerySet",
    "Choice",
    "Comparison",
    "CurationQueue",
    "DeepAxis",
    "DeepScore",
    "DeepTaste",
    "FourCandidate",
    "LearningCurve",
    "PairCandidate",
    "PopularityModel",
    "QueueItem",
    "QueueItemQuerySet",
    "Taste",
    "TasteBasis",
    "Verdict",
    "VerdictQuerySet",
]
