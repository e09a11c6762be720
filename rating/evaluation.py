"""Whether a taste is any good: measured on verdicts and comparisons of memes that it never learned from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User

from rating import deep_reports, evaluation_plots, held_out, sharing
from rating.ensemble import metrics
from rating.ensemble.metrics import Interval
from rating.ensemble.ranking_curves import Precision, precision_at
from rating.evaluation_plots import PRECISION_AT
from rating.evidence import chosen
from rating.held_out import Answered, Examinee, Judged, NotMeasurable
from rating.models import Axis, CurationQueue, DeepAxis, Taste
from rating.plots import Mark, Plot


@dataclass(frozen=True)
class OfVerdicts:
    """On `count` memes that were kept (`good`) or rejected; `auroc` is None with one kind alone. `left_out`: of how many
    others nothing can be said, mostly because they taught this version."""

    count: int
    good: int
    left_out: int
    auroc: Interval | None
    precision: Sequence[Precision]


@dataclass(frozen=True)
class Evaluation:
    """Of the taste of `owner`: of networks one `version`, of the direction None. `comparisons`: how many were `tested`, and as
    in `rating.deep_reports.measures`."""

    axis: Axis
    owner: User
    version: int | None
    verdicts: OfVerdicts
    comparisons: dict[str, Any]
    plots: Sequence[Plot]

    def as_json(self) -> dict[str, Any]:
        return {
            "axis": self.axis.name,
            "owner": self.owner.username,
            "version": self.version,
            "verdicts": asdict(self.verdicts),
            "comparisons": self.comparisons,
            "plots": [plot.as_json() for plot in self.plots],
        }


def evaluate(viewer: User, taste: Taste, number: int | None = None) -> Evaluation:
    """Of a person's taste that `viewer` may read: its direction, or the version of its networks with that `number`.

    Raises NotMeasurable for a version that is not there or cannot be asked. Nothing is kept: asked again, it is measured again.
    """
    owner = taste.owner
    if owner is None:
        raise NotMeasurable("Everybody's taste feeds on everybody: choose somebody's.")
    examinee = asked(viewer, taste, number)
    judged = held_out.judged(examinee, held_out.verdicts(viewer, owner, taste.axis))
    answered = examinee.answered()
    plots = [*of_judged(judged, _thresholds(viewer, owner, taste.axis)), *of_answered(answered)]
    return Evaluation(taste.axis, owner, number, numbers(judged), compared(answered), plots)


def asked(viewer: User, taste: Taste, number: int | None) -> Examinee:
    """Raises NotMeasurable as `evaluate` does."""
    if number is None:
        return held_out.direction(viewer, taste)
    axis = versions(taste).filter(taste__version=number).first()
    if axis is None:
        raise NotMeasurable("There is no such version.")
    return held_out.version(viewer, axis)


def versions(taste: Taste) -> Any:
    """Of its networks, the newest first, as far as they are kept: a QuerySet of DeepAxis."""
    known = DeepAxis.objects.filter(taste__owner=taste.owner, taste__space=taste.space, axis=taste.axis)
    return (
        known.exclude(taste__trained_at=None)
        .select_related("taste__space", "taste__owner", "axis")
        .order_by("-taste__version")
    )


def of_name(viewer: User, axis: Axis, name: str = "") -> Taste | None:
    """One's own, or that of somebody who shares it; None for any other, and everybody's."""
    found = sharing.own(viewer).filter(axis=axis).first() if not name else sharing.of(viewer, axis, name)
    return found if found is not None and found.owner is not None else None


def used(taste: Taste) -> int | None:
    """The version that rankings follow; None while it is the direction."""
    found = chosen(taste.owner, taste.axis, taste.space)
    return found.deep.taste.version if found.deep is not None and found.uses_deep else None


def numbers(judged: Judged) -> OfVerdicts:
    if not len(judged):
        return OfVerdicts(0, 0, judged.left_out, None, [])
    area = metrics.auroc_interval(judged.scores, judged.good)
    return OfVerdicts(
        len(judged), int(judged.good.sum()), judged.left_out, None if math.isnan(area.value) else area,
        precision_at(judged.scores, judged.good, PRECISION_AT),
    )  # fmt: skip


def of_judged(judged: Judged, thresholds: Sequence[Mark]) -> list[Plot]:
    """None without any verdict; with one kind alone, those that mean something then."""
    if not len(judged):
        return []
    return [
        *evaluation_plots.roc(judged.scores, judged.good, "roc", "ROC on verdicts"),
        *evaluation_plots.found(judged.scores, judged.good),
        *evaluation_plots.precision(judged.scores, judged.good),
        *evaluation_plots.histogram(judged.percentiles, judged.good, thresholds),
    ]


def compared(answered: Answered) -> dict[str, Any]:
    if not len(answered):
        return {"tested": 0}
    return {"tested": len(answered), **deep_reports.measures(answered.wins, answered.targets)}


def of_answered(answered: Answered) -> list[Plot]:
    """Of those that were decided; none without any."""
    decided = answered.targets != 0.5
    wins, left_wins = answered.wins[decided], answered.targets[decided] > 0.5
    if not len(wins):
        return []
    # Which side a meme is on is chance: the curve is that of the chance that the left one wins.
    area = evaluation_plots.roc(wins, left_wins, "roc-comparisons", "ROC on comparisons")
    return [*area, *evaluation_plots.calibration(np.asarray(wins), left_wins)]


def _thresholds(viewer: User, owner: User, axis: Axis) -> list[Mark]:
    fed = CurationQueue.objects.visible_to(viewer).filter(axis=axis, taste_of=owner, is_by_everyone=False)
    rows = fed.exclude(state=CurationQueue.State.CLOSED).order_by("name")
    return [Mark(queue.lowest_percentile, queue.name) for queue in rows]
