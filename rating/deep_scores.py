"""What networks say of every meme, kept where rankings follow them: a search puts the whole library in order by it."""

import time

import numpy as np
from django.db.models import Exists, FloatField, OuterRef, Subquery

from rating import deep
from rating.evidence import Chosen
from rating.models import DeepAxis, DeepScore, DeepTaste
from search import jobs
from search.kinds import Scale
from search.models import Embedding, EmbeddingSpace

AT_ONCE = 2000  # memes: their vectors are read in half a second
LONGEST_S = 60.0  # then others have their turn


def fill() -> bool:
    """Score memes that lack it, until none does or for a minute. True if there is more to do. Two at once do it twice."""
    until = time.monotonic() + LONGEST_S
    with jobs.sweep("deep_scores") as job:
        for axis in _followed():
            while scored := _fill(axis):
                job.advance(scored)
                job.has_more = time.monotonic() > until
                if job.has_more:
                    return True
    return False


def _followed() -> list[DeepAxis]:
    """The newest version of each that does not wait, where rankings follow it, in the space that search uses."""
    newer = DeepTaste.objects.filter(
        owner=OuterRef("taste__owner"), space=OuterRef("taste__space"), version__gt=OuterRef("taste__version"),
        fault="", waits_because="",
    ).exclude(trained_at=None)  # fmt: skip
    known = DeepAxis.objects.filter(is_better=True, taste__fault="", taste__waits_because="")
    known = known.filter(taste__space__state=EmbeddingSpace.State.ACTIVE)
    return list(known.exclude(taste__trained_at=None).filter(~Exists(newer)).select_related("taste__space"))


def _fill(axis: DeepAxis) -> int:
    """Score a few; how many. 0 if there is nothing to score, or no way to."""
    readable = Embedding.objects.filter(space=axis.taste.space_id, frame=0)
    scored = DeepScore.objects.filter(axis=axis, meme=OuterRef("meme"))
    lacking = list(readable.filter(~Exists(scored)).order_by("meme").values_list("meme", flat=True)[:AT_ONCE])
    known = deep.usable(axis) if lacking else None
    if known is not None:
        ids, said = deep.scores(axis, known, lacking)
        rows = [
            DeepScore(axis=axis, meme_id=meme, score=score)
            for meme, score in zip(ids.tolist(), said.tolist(), strict=True)
        ]
        DeepScore.objects.bulk_create(rows, ignore_conflicts=True)
        return len(rows)
    if not lacking and not axis.is_scored:
        DeepAxis.objects.filter(pk=axis.pk).update(is_scored=True)
        before = DeepAxis.objects.filter(
            axis=axis.axis_id, taste__owner=axis.taste.owner_id, taste__space=axis.taste.space_id
        )
        DeepScore.objects.filter(axis__in=before.exclude(pk=axis.pk)).delete()
    return 0


def scale(found: Chosen) -> Scale | None:
    """By which all memes are put in order; None while it is the direction's to do so."""
    if found.deep is None or not found.uses_deep or not found.deep.is_scored:
        return None
    quantiles = deep.Library(**found.deep.library).quantiles
    percents = np.linspace(0, 100, len(quantiles))
    rows = DeepScore.objects.filter(axis=found.deep.pk, meme=OuterRef("pk")).values("score")[:1]
    return Scale(
        Subquery(rows, output_field=FloatField()),
        lambda percent: float(np.interp(percent, percents, quantiles)) if quantiles else 0.0,
    )
