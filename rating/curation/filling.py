"""Filling queues by pull: what is among the best and was never in the queue comes in, what waits is scored anew."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Value
from django.db.models.fields import FloatField
from django.db.models.functions import Cast
from django.utils import timezone

from rating.curation import rules
from rating.curation.rules import Rule
from rating.models import CurationQueue, QueueItem
from search import jobs
from search.filters import among
from search.models import Compared, Embedding, Meme
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.sidecar.terms import BadTerm

log = logging.getLogger(__name__)

AT_ONCE = 1000  # memes that are scored together
RECHECK_S = 3600  # tags, titles and the like change without a trace that could be looked at


def fill_all() -> int:
    """Fill every active queue; how many memes came in. One queue that cannot be filled says why, and stops no other."""
    active = CurationQueue.objects.filter(state=CurationQueue.State.ACTIVE).order_by("pk")
    with jobs.sweep("queues", active.count) as job:
        return sum(fill(queue) for queue in job.each(active))


def fill(queue: CurationQueue) -> int:
    """Score anew what waits, then let in what is among the best, up to the limit of the day; how many came in.

    Repeated, and twice at once, each meme enters once. What has been decided is left alone.
    """
    with transaction.atomic():
        known = CurationQueue.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        found = known.select_related("axis", "made_by", "taste_of").filter(pk=queue.pk).first()
        if found is None or found.state != CurationQueue.State.ACTIVE:  # or it is being filled
            return 0
        try:
            # In a transaction of its own: what Postgres refuses must not undo that it is written down.
            with transaction.atomic():
                rule = rules.read(found)
                rescore(found, rule)
                added = _let_in(found, rule)
        except (NothingToCompare, BadQuery, BadTerm) as error:
            log.info("queue %s cannot be filled: %s", found.pk, error)
            CurationQueue.objects.filter(pk=found.pk).update(trouble=str(error)[:500])
            return 0
        CurationQueue.objects.filter(pk=found.pk).exclude(trouble="").update(trouble="")
    return added


def rescore(queue: CurationQueue, rule: Rule) -> None:
    """Score what waits by the taste as it is now. What is not among the best any more stays, unseen, until it is again."""
    behind = QueueItem.objects.filter(queue=queue, decided_at=None).exclude(scored_from=rule.version)
    last = 0
    while batch := list(behind.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = batch[-1].pk
        scores = _scores(rule, [item.meme_id for item in batch])
        known = [item for item in batch if item.meme_id in scores]
        for item, percentile in zip(known, rule.percentiles([scores[item.meme_id] for item in known]), strict=True):
            item.score, item.percentile, item.scored_from = scores[item.meme_id], percentile, rule.version
        QueueItem.objects.bulk_update(known, ["score", "percentile", "scored_from"], batch_size=AT_ONCE)


def _scores(rule: Rule, memes: list[int]) -> dict[int, float]:
    scored = Meme.objects.filter(among(memes)).annotate(liked=Cast(rule.scale.number, FloatField()))
    return dict(scored.exclude(liked=None).order_by().values_list("pk", "liked"))


def _let_in(queue: CurationQueue, rule: Rule) -> int:
    room = queue.daily_limit - entered_today(queue)
    mark = _mark(rule)
    is_fresh = queue.filled_at is not None and (timezone.now() - queue.filled_at).total_seconds() < RECHECK_S
    if room <= 0 or (is_fresh and queue.filled_from == mark):
        return 0
    lowest = Value(rule.scale.at(queue.lowest_percentile), output_field=FloatField())
    liked = rule.memes.annotate(liked=Cast(rule.scale.number, FloatField())).filter(liked__gte=lowest)
    new = liked.exclude(Exists(QueueItem.objects.filter(queue=queue, meme=OuterRef("pk"))))
    found = list(new.order_by(F("liked").desc(), "-pk").values_list("pk", "liked")[:room])
    percentiles = rule.percentiles([score for _, score in found]) if found else []
    QueueItem.objects.bulk_create(
        (
            QueueItem(
                queue=queue, meme_id=meme, score=score, scored_from=rule.version,
                percentile=max(percentile, queue.lowest_percentile),  # rounding must not hide the last one
            )
            for (meme, score), percentile in zip(found, percentiles, strict=True)
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    if len(found) < room:
        CurationQueue.objects.filter(pk=queue.pk).update(filled_from=mark, filled_at=timezone.now())
    return len(found)


def entered_today(queue: CurationQueue) -> int:
    return QueueItem.objects.filter(queue=queue, entered_at__gte=today()).count()


def today() -> datetime:
    """When this day began, where the site is."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _mark(rule: Rule) -> str:
    """What is there to be let in: the same again, and nothing has to be looked at."""
    newest = [kind.objects.aggregate(newest=Max("pk"))["newest"] for kind in (Embedding, Compared)]
    return f"{rule.version} {newest}"
