"""Filling queues by pull: what is among the best and was never in the queue comes in, what waits is scored anew."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Value
from django.db.models.fields import FloatField
from django.db.models.functions import Cast
from django.utils import timezone

from rating.curation import rules
from rating.curation.rules import Rule
from rating.models import CurationQueue, QueueItem, Verdict
from search import jobs
from search.filters import among
from search.models import Compared, Embedding, Meme
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.sidecar.terms import BadTerm

log = logging.getLogger(__name__)

AT_ONCE = 1000  # memes that are scored together
HELD_AT_ONCE = 100  # and written: what is held is shown to nobody
RECHECK_S = 3600  # tags, titles and the like change without a trace that could be looked at


def fill_all() -> int:
    """Fill every queue that is open; how many memes came in. One queue that cannot be filled says why, and stops no other."""
    queues = CurationQueue.objects.exclude(state=CurationQueue.State.CLOSED).order_by("pk")
    with jobs.sweep("queues", queues.count) as job:
        return sum(fill(queue) for queue in job.each(queues))


def fill(queue: CurationQueue) -> int:
    """Let in what is among the best, up to the limit of the day, and score anew what waits; how many came in.

    Repeated, and twice at once, each meme enters once. What has been decided is left alone. A paused queue lets nothing in.
    """
    try:
        # In a transaction of its own: what Postgres refuses must not undo that it is written down.
        with transaction.atomic():
            known = CurationQueue.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            found = known.select_related("axis", "made_by", "taste_of").filter(pk=queue.pk).first()
            if found is None or found.state == CurationQueue.State.CLOSED:  # or it is being filled
                return 0
            rule = rules.read(found)
            let_out(found, rule)
            added = _let_in(found, rule) if found.state == CurationQueue.State.ACTIVE else 0
        rescore(found, rule)
    except (NothingToCompare, BadQuery, BadTerm) as error:
        log.info("queue %s cannot be filled: %s", queue.pk, error)
        CurationQueue.objects.filter(pk=queue.pk).update(trouble=str(error)[:500])
        return 0
    CurationQueue.objects.filter(pk=queue.pk).exclude(trouble="").update(trouble="")
    return added


def let_out(queue: CurationQueue, rule: Rule) -> int:
    """Have what the search does not let through (any more), or what is too old, wait no longer; how many those were. What
    somebody looks at, or has said something about, stays."""
    if not rule.asked:
        return 0
    fits = Meme.objects.filter(rule.asked, pk=OuterRef("meme"))
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    out = QueueItem.objects.filter(free, queue=queue, decided_at=None).exclude(Exists(fits))
    locked = list(out.order_by("pk").select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    # Asked once they are locked: nobody says anything about them now.
    unsaid = QueueItem.objects.filter(pk__in=locked).exclude(Exists(Verdict.objects.filter(item=OuterRef("pk"))))
    return unsaid.delete()[0]


def rescore(queue: CurationQueue, rule: Rule) -> None:
    """Score what waits by the taste as it is now. What is not among the best any more stays, unseen, until it is again.

    A few at a time are held, and only while they are written: people decide about them meanwhile, and what they decide about
    keeps its percentile.
    """
    behind = QueueItem.objects.filter(queue=queue, decided_at=None).exclude(scored_from=rule.version)
    last = 0
    while batch := list(behind.filter(pk__gt=last).order_by("pk").values_list("pk", "meme")[:AT_ONCE]):
        last = batch[-1][0]
        scores = _scores(rule, [meme for _, meme in batch])
        known = {pk: scores[meme] for pk, meme in batch if meme in scores}
        percentiles = dict(zip(known, rule.percentiles(list(known.values())), strict=True)) if known else {}
        for start in range(0, len(batch), HELD_AT_ONCE):
            some = [pk for pk, _ in batch[start : start + HELD_AT_ONCE] if pk in known]
            with transaction.atomic():
                items = list(behind.filter(pk__in=some).order_by("pk").select_for_update(of=("self",)))
                for item in items:
                    item.score, item.percentile, item.scored_from = known[item.pk], percentiles[item.pk], rule.version
                QueueItem.objects.bulk_update(items, ["score", "percentile", "scored_from"])


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
