"""The blind sheet: memes from all over the library, ticked without knowing what a taste thinks of them, by which every version
of it is measured. It teaches nothing: what is learned from are comparisons, and ticks are none."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from rating import evaluation, held_out, samples
from rating.ensemble import metrics
from rating.ensemble.metrics import Interval
from rating.held_out import Examinee, Judged, NotMeasurable
from rating.models import Axis, BlindMark, BlindSheet, Taste
from rating.plots import Plot, Series
from rating.scores import Standing
from search import preferences
from search.filters import among
from search.models import Meme, Preference

PER_PART = 10
LATEST = 10  # sheets that are measured at once


@dataclass(frozen=True)
class Measured:
    """How well one version orders the sheet: of networks the `version`, of the direction None. `count`: memes that never
    taught it; `auroc` is None where all of them are of one kind."""

    version: int | None
    count: int
    auroc: Interval | None


@dataclass(frozen=True)
class Result:
    """Of `count` memes `good` were ticked; `curve`: which share, by the percentile of the taste that chose them."""

    sheet: BlindSheet
    count: int
    good: int
    curve: Plot
    versions: Sequence[Measured]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.sheet.pk,
            "made_at": self.sheet.made_at.isoformat(),
            "chosen_by": self.sheet.version,
            "count": self.count,
            "good": self.good,
            "curve": self.curve.as_json(),
            "versions": [
                {"version": one.version, "count": one.count, "auroc": one.auroc and vars(one.auroc)}
                for one in self.versions
            ],
        }


def begin(rater: User, taste: Taste, per_part: int) -> BlindSheet:
    """A sheet of `per_part` memes of each tenth of the library, fewer where there are no more, shuffled.

    Chosen by what rankings follow, which says of no meme what it was taught about it. While one is open, that one. Raises
    ValueError for numbers out of range, NotMeasurable without memes from at least two tenths.
    """
    if not 1 <= per_part <= BlindSheet.MOST:
        raise ValueError(f"From 1 to {BlindSheet.MOST} memes of each tenth of the library.")
    found = unfinished(rater, taste.axis)
    if found is not None:
        return found
    version = evaluation.used(taste)
    chosen = _drawn(evaluation.asked(rater, taste, version).standings(_showable(rater)), per_part)
    try:
        with transaction.atomic():
            sheet = BlindSheet.objects.create(owner=rater, axis=taste.axis, per_part=per_part, version=version)
            BlindMark.objects.bulk_create(
                BlindMark(sheet=sheet, meme_id=one.meme_id, place=place, percentile=one.percentile)
                for place, one in enumerate(chosen)
            )
    except IntegrityError:  # begun twice at once
        return BlindSheet.objects.get(owner=rater, axis=taste.axis, done_at=None)
    return sheet


def _showable(rater: User) -> list[int]:
    """A sample of the library, without what would be veiled: nobody judges what they do not see."""
    sample = samples.of_library(rater)
    if preferences.of(rater).nsfw == Preference.Nsfw.SHOW:
        return sample
    return list(Meme.objects.filter(among(sample), is_nsfw=False).order_by("pk").values_list("pk", flat=True))


def _drawn(standings: Sequence[Standing], per_part: int) -> list[Standing]:
    dice, parts = random.SystemRandom(), dict[int, list[Standing]]()
    for one in standings:
        parts.setdefault(BlindMark(percentile=one.percentile).part, []).append(one)
    if len(parts) < 2:
        raise NotMeasurable("There are too few memes that never taught this taste: there is nothing to tell apart.")
    drawn = [one for part in parts.values() for one in dice.sample(part, min(per_part, len(part)))]
    dice.shuffle(drawn)
    return drawn


def unfinished(rater: User, axis: Axis) -> BlindSheet | None:
    return BlindSheet.objects.filter(owner=rater, axis=axis, done_at=None).first()


def done(rater: User, axis: Axis) -> QuerySet[BlindSheet]:
    """The latest first."""
    return BlindSheet.objects.filter(owner=rater, axis=axis).exclude(done_at=None).order_by("-done_at", "-pk")


def shown(sheet: BlindSheet) -> list[BlindMark]:
    """In the order of the page, without memes that were hidden or trashed meanwhile."""
    visible = Meme.objects.visible_to(sheet.owner)
    return list(sheet.marks.filter(meme__in=visible).select_related("meme").order_by("place"))


def finish(sheet: BlindSheet, good: Collection[int]) -> bool:
    """Keep which of the memes, by id, are good; the others are not. False, and nothing changes, if that was said before."""
    with transaction.atomic():
        if not BlindSheet.objects.filter(pk=sheet.pk, done_at=None).update(done_at=timezone.now()):
            return False
        seen = [mark.pk for mark in shown(sheet)]
        ticked = sheet.marks.filter(pk__in=seen, meme__in=list(good))
        sheet.marks.filter(pk__in=seen).update(is_good=False)
        ticked.update(is_good=True)
    return True


def discard(sheet: BlindSheet) -> None:
    """Delete one that is not finished; of what is finished, nothing."""
    BlindSheet.objects.filter(pk=sheet.pk, done_at=None).delete()


def results(rater: User, taste: Taste) -> list[Result]:
    """Of the latest sheets."""
    latest = list(done(rater, taste.axis)[:LATEST])
    examinees = _examinees(rater, taste) if latest else []
    return [_result(sheet, examinees) for sheet in latest]


def result(rater: User, taste: Taste, sheet: BlindSheet) -> Result:
    """Measured anew by every version that is kept and can be asked, the direction first."""
    return _result(sheet, _examinees(rater, taste))


def _examinees(rater: User, taste: Taste) -> list[tuple[int | None, Examinee]]:
    found = list[tuple[int | None, Examinee]]()
    for number in (None, *evaluation.versions(taste).values_list("taste__version", flat=True)):
        with suppress(NotMeasurable):
            found.append((number, evaluation.asked(rater, taste, number)))
    return found


def _result(sheet: BlindSheet, examinees: Sequence[tuple[int | None, Examinee]]) -> Result:
    marks = [mark for mark in sheet.marks.order_by("place") if mark.is_good is not None]
    good = {mark.meme_id: bool(mark.is_good) for mark in marks}
    measured = [_measured(number, held_out.judged(examinee, good)) for number, examinee in examinees]
    return Result(sheet, len(good), sum(good.values()), curve(marks), measured)


def _measured(number: int | None, judged: Judged) -> Measured:
    if not len(judged):
        return Measured(number, 0, None)
    area = metrics.auroc_interval(judged.scores, judged.good)
    return Measured(number, len(judged), None if math.isnan(area.value) else area)


def curve(marks: Sequence[BlindMark]) -> Plot:
    """The share of good ones in each tenth of the library, with its interval (Wilson)."""
    shares: list[Interval | None] = []
    for part in range(BlindSheet.PARTS):
        inside = [bool(mark.is_good) for mark in marks if mark.part == part]
        shares.append(metrics.share(sum(inside), len(inside)) if inside else None)
    x = [100 * (part + 0.5) / BlindSheet.PARTS for part in range(BlindSheet.PARTS)]
    said = Series(
        "good", [one.value if one else None for one in shares], "line",
        [one.low if one else None for one in shares], [one.high if one else None for one in shares],
    )  # fmt: skip
    note = "It should rise. The band is where it lies with 95 % confidence."
    axes = ("percentile of the library", "good")
    return Plot("Good ones by percentile", *axes, x, [said], note, is_share=(False, True), name="sheet")
