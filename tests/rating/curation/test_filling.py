from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from rating import forgetting, tastes
from rating.curation import filling, leasing, rules
from rating.curation.rules import Rule
from rating.models import Axis, Comparison, CurationQueue, QueueItem, Taste, Verdict
from search.models import Compared, DuplicatePair, Meme, Tier
from tests.rating import tasting
from tests.rating.curation.queueing import filled, planted, queue, say


def waiting(made: CurationQueue, user: User) -> list[QueueItem]:
    return list(leasing.waiting(made, user))


def test_the_best_share_of_the_whole_library_comes_in_the_best_first(charlie: User, axes: list[Axis]) -> None:
    liked = planted(charlie, axes[0])
    items = waiting(filled(charlie, axes[0], best_percent=20.0), charlie)
    assert 10 <= len(items) <= 14  # a fifth of sixty
    assert [item.percentile for item in items] == sorted((item.percentile for item in items), reverse=True)
    assert min(item.percentile for item in items) >= 80
    mean = sum(liked[item.meme_id] for item in items) / len(items)
    assert mean > 0.7  # standard deviations: what was planted was found


def test_a_day_lets_in_no_more_than_its_limit_and_the_next_one_goes_on(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0])
    made = filled(charlie, axes[0], daily_limit=5)
    first = {item.meme_id for item in waiting(made, charlie)}
    assert len(first) == 5
    assert filling.fill(made) == 0
    QueueItem.objects.update(entered_at=timezone.now() - timedelta(days=2))
    assert filling.fill(made) == 5
    assert first < {item.meme_id for item in waiting(made, charlie)}


def test_what_waits_is_scored_anew_when_the_taste_is_another_and_verdicts_stay(charlie: User, axes: list[Axis]) -> None:
    liked = planted(charlie, axes[0])
    made = filled(charlie, axes[0], best_percent=30.0)
    decided, *rest = waiting(made, charlie)
    say(charlie, decided)
    before = {item.pk: item.percentile for item in rest}
    Comparison.objects.update(voided_at=timezone.now())
    tasting.tell(charlie, axes[0], {meme: -score for meme, score in liked.items()}, 200, seed=9)
    made.refresh_from_db()
    filling.fill(made)
    after = {item.pk: item for item in QueueItem.objects.filter(queue=made)}
    assert after[decided.pk].percentile == decided.percentile
    assert all(after[pk].percentile != percentile for pk, percentile in before.items())
    shown = {item.pk for item in waiting(made, charlie)}
    assert shown.isdisjoint(pk for pk in before if after[pk].percentile < 70)
    assert any(after[pk].percentile < 70 for pk in before)  # they stay, unseen


def test_duplicates_of_what_is_there_and_what_was_not_compared_wait_elsewhere(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0])
    one, other, uncompared = Meme.objects.order_by("pk")[:3]
    Meme.objects.filter(pk=uncompared.pk).update(phash=5)
    Compared.objects.filter(meme=uncompared).delete()
    DuplicatePair.objects.create(first=one, second=other, tier=Tier.PICTURE, distance=1)
    careful = filled(charlie, axes[0], best_percent=100.0)
    found = {item.meme_id for item in waiting(careful, charlie)}
    assert one.pk in found
    assert found.isdisjoint({other.pk, uncompared.pk})
    careless = filled(charlie, axes[0], best_percent=100.0, skips_duplicates=False, name="all")
    assert {item.meme_id for item in waiting(careless, charlie)} == found | {other.pk, uncompared.pk}
    assert [pair.meme for pair in leasing.beside(charlie, [other.pk])[other.pk]] == [one]


def test_a_queue_holds_what_its_search_lets_through_and_is_not_too_old(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0])
    young, old, *_ = Meme.objects.order_by("pk")
    Meme.objects.filter(pk__in=[young.pk, old.pk]).update(kind=Meme.Kind.VIDEO)
    Meme.objects.filter(pk=old.pk).update(dated_at=timezone.now() - timedelta(days=9))
    made = filled(charlie, axes[0], best_percent=100.0, query="type:video", max_age_days=7)
    assert [item.meme_id for item in waiting(made, charlie)] == [young.pk]


def test_what_a_narrower_rule_leaves_out_waits_no_longer_unless_it_is_looked_at(
    charlie: User, axes: list[Axis]
) -> None:
    planted(charlie, axes[0])
    made = filled(charlie, axes[0], best_percent=100.0)
    video, held, skipped, decided, *_ = items = waiting(made, charlie)
    Meme.objects.filter(pk=video.meme_id).update(kind=Meme.Kind.VIDEO)
    QueueItem.objects.filter(pk=held.pk).update(leased_until=timezone.now() + timedelta(minutes=1))
    say(charlie, skipped, "skip")
    say(charlie, decided)
    CurationQueue.objects.update(query="type:video", filled_from="", state=CurationQueue.State.PAUSED)
    assert filling.fill(made) == 0
    assert set(QueueItem.objects.all()) == {video, held, skipped, decided}
    QueueItem.objects.update(leased_until=None)
    CurationQueue.objects.update(query="", filled_from="", state=CurationQueue.State.ACTIVE)
    assert filling.fill(made) == len(items) - 4


def test_a_paused_queue_is_scored_anew_and_lets_nothing_in(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0])
    made = filled(charlie, axes[0], best_percent=100.0)
    scored, gone, *_ = waiting(made, charlie)
    gone.delete()
    CurationQueue.objects.update(state=CurationQueue.State.PAUSED, filled_from="")
    QueueItem.objects.update(percentile=1.0, scored_from="an earlier taste")
    assert filling.fill_all() == 0
    assert QueueItem.objects.get(pk=scored.pk).percentile == scored.percentile
    assert not QueueItem.objects.filter(meme=gone.meme_id).exists()


def test_what_is_decided_while_it_is_scored_keeps_its_percentile(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0])
    made = filled(charlie, axes[0], best_percent=100.0)
    item = waiting(made, charlie)[0]
    QueueItem.objects.update(percentile=60.0, scored_from="an earlier taste")

    class Interrupted(Rule):
        def percentiles(self, scores: list[float]) -> list[float]:
            if not Verdict.objects.exists():
                say(charlie, item)
            return super().percentiles(scores)

    read = rules.read(made)
    filling.rescore(made, Interrupted(read.memes, read.asked, read.scale, read.version))
    item.refresh_from_db()
    assert (item.percentile, item.scored_from) == (60.0, "an earlier taste")
    assert not QueueItem.objects.filter(scored_from="an earlier taste", decided_at=None).exists()


def test_others_private_memes_are_in_no_queue_and_own_ones_in_own_queues(
    alice: User, charlie: User, axes: list[Axis]
) -> None:
    planted(charlie, axes[0])
    mine, hers, *_ = Meme.objects.order_by("pk")
    Meme.objects.filter(pk=mine.pk).update(private_to=charlie)
    Meme.objects.filter(pk=hers.pk).update(private_to=alice)
    shared = filled(charlie, axes[0], best_percent=100.0)
    own = filled(charlie, axes[0], best_percent=100.0, private_to=charlie)
    assert {mine.pk, hers.pk}.isdisjoint(item.meme_id for item in waiting(shared, charlie))
    found = {item.meme_id for item in waiting(own, charlie)}
    assert mine.pk in found
    assert hers.pk not in found
    assert not CurationQueue.objects.visible_to(alice).exists()


def test_a_queue_whose_taste_is_deleted_says_so_and_stops_no_other(
    alice: User, charlie: User, axes: list[Axis]
) -> None:
    planted(charlie, axes[0])
    Taste.objects.create(
        owner=alice, axis=axes[0], space=Taste.objects.get(owner=charlie).space, is_shared=True, answers=9,
        direction=Taste.objects.get(owner=charlie).direction, posterior=b"", basis="", learned_from="test",
    )  # fmt: skip
    by_hers = filled(charlie, axes[0], taste_of=alice, name="hers")
    before = len(waiting(by_hers, charlie))
    forgetting.forget(alice)
    by_his = queue(charlie, axes[0])
    assert filling.fill_all() == QueueItem.objects.filter(queue=by_his).count() > 0
    by_hers.refresh_from_db()
    assert "taste" in by_hers.trouble
    assert len(waiting(by_hers, charlie)) == before  # they can still be decided upon
    alice.delete()
    assert filling.fill(by_hers) == 0
    by_hers.refresh_from_db()
    assert "is gone" in by_hers.trouble
    CurationQueue.objects.filter(pk=by_hers.pk).update(taste_of=charlie)
    filling.fill(by_hers)
    by_hers.refresh_from_db()
    assert by_hers.trouble == ""


def test_a_bad_search_is_the_trouble_of_its_queue(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0], 20)
    made = queue(charlie, axes[0], query="in:nowhere")
    assert filling.fill(made) == 0
    made.refresh_from_db()
    assert "nowhere" in made.trouble


@pytest.mark.parametrize("percent", [0.0, -1.0, 100.5])
def test_no_queue_has_a_share_that_is_none(charlie: User, axes: list[Axis], percent: float) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        queue(charlie, axes[0], best_percent=percent)


def test_nothing_is_looked_at_again_until_there_is_something_new(charlie: User, axes: list[Axis]) -> None:
    planted(charlie, axes[0], 20)
    made = filled(charlie, axes[0], best_percent=100.0)
    QueueItem.objects.filter(queue=made).delete()
    assert filling.fill(made) == 0
    Compared.objects.create(meme=Meme.objects.order_by("pk")[0], tier=Tier.MEANING)
    assert filling.fill(made) == 20
    assert tastes.learn(charlie, axes[0]) is not None
