"""The queue of pairs."""

import random
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import comparisons, pairs, pool
from rating.leases import release
from rating.models import Axis, Comparison, FourCandidate, PairCandidate
from rating.pairs import Asked
from rating.policies import ordered
from rating.pool import Pool
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four
from tests.rating.tasting import library
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def test_a_pair_is_never_asked_twice_but_for_planned_repeats(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answered = answer(alice, axes[0], 200)
    first = [ordered(pair.left_id, pair.right_id) for pair in answered if not pair.is_repeat]
    assert len(answered) == 200
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("count", [30, 400])  # fewer and more than a batch is drawn from
def test_three_to_five_in_a_hundred_are_repeats_with_the_sides_swapped(
    alice: User, axes: list[Axis], count: int
) -> None:
    rows(count, derived_at=timezone.now())
    answered = answer(alice, axes[0], 300)
    seen: dict[tuple[int, int], int] = {}
    repeats = 0
    for number, pair in enumerate(answered):
        if pair.is_repeat:
            repeats += 1
            assert number - seen[pair.right_id, pair.left_id] >= pairs.REPEAT_AFTER - pairs.BATCH
        seen[pair.left_id, pair.right_id] = number
    assert 0.03 <= repeats / len(answered) <= 0.05
    assert Comparison.objects.filter(is_repeat=True).count() == repeats


def test_what_was_skipped_is_not_repeated(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 100, "skip")
    assert not PairCandidate.objects.filter(is_repeat=True).exists()


def test_what_is_kept_for_evaluation_is_not_repeated_to_be_learned(
    alice: User, axes: list[Axis], memes: list[Meme], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "REPEAT_AFTER", 0)
    answer(alice, axes[0], 20)
    PairCandidate.objects.filter(is_repeat=True).delete()
    learned = PairCandidate.objects.exclude(answered_at=None)[0]
    PairCandidate.objects.exclude(pk=learned.pk).update(is_evaluation=True)
    monkeypatch.setattr(pairs, "REPEAT_SHARE", 0.5)
    pairs.fill(Asked(Pool(alice)))
    (repeat,) = PairCandidate.objects.filter(is_repeat=True)
    assert (repeat.left_id, repeat.right_id) == (learned.right_id, learned.left_id)


def test_five_to_ten_in_a_hundred_are_kept_for_evaluation(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 200)
    kept = Comparison.objects.filter(is_evaluation=True)
    assert 0.05 <= kept.count() / 200 <= 0.10
    assert set(kept.values_list("policy", "is_repeat")) == {("random", False)}


def test_a_fair_coin_chooses_the_side(alice: User, memes: list[Meme]) -> None:
    rows(40, start=1000, derived_at=timezone.now())
    while PairCandidate.objects.count() < 1000:
        take(alice, 16)
        PairCandidate.objects.update(answered_at=timezone.now())
    swapped = sum(pair.left_id > pair.right_id for pair in PairCandidate.objects.all())
    assert abs(swapped / PairCandidate.objects.count() - 0.5) < 0.08  # five standard errors


def test_the_same_tab_gets_the_same_pairs_until_they_are_answered(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    first = take(alice, 4)
    assert take(alice, 4) == first
    comparisons.answer(alice, first[0].token, {axes[0].pk: "left"}, sent())
    assert take(alice, 4)[:3] == first[1:]


def test_two_tabs_never_show_the_same_pair(alice: User, memes: list[Meme]) -> None:
    one, other = take(alice, 8, tab="one"), take(alice, 8, tab="other")
    assert (len(one), len(other), set(one) & set(other)) == (8, 8, set())


def test_two_people_have_queues_of_their_own(alice: User, bob: User, memes: list[Meme]) -> None:
    assert not set(take(alice, 8)) & set(take(bob, 8))


def test_a_lease_that_ran_out_and_one_given_back_return(alice: User) -> None:
    rows(3, derived_at=timezone.now())  # three pairs
    held = take(alice, 3, tab="closed")
    assert take(alice, 3, tab="new") == []
    PairCandidate.objects.filter(pk=held[0].pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert take(alice, 3, tab="new") == [held[0]]
    assert release(alice, "closed") == 2
    assert release(alice, "closed") == 0
    assert len(take(alice, 3, tab="new")) == 3


def test_giving_back_touches_neither_other_people_nor_what_is_answered(
    alice: User, bob: User, axes: list[Axis], memes: list[Meme]
) -> None:
    answer(alice, axes[0], 1)
    take(bob, 2)
    assert release(alice, "tab") == 0
    assert PairCandidate.objects.filter(rater=bob).exclude(leased_until=None).count() == 2


@pytest.mark.parametrize(("count", "possible"), [(0, 0), (1, 0), (2, 1), (3, 3), (6, 15), (8, 28)])
def test_small_libraries_are_asked_about_completely(alice: User, axes: list[Axis], count: int, possible: int) -> None:
    rows(count, derived_at=timezone.now())
    answered = [pair for pair in answer(alice, axes[0], 100) if not pair.is_repeat]
    assert len({ordered(pair.left_id, pair.right_id) for pair in answered}) == len(answered) == possible


def test_a_new_meme_brings_new_pairs(alice: User, axes: list[Axis]) -> None:
    rows(2, derived_at=timezone.now())
    answer(alice, axes[0], 5)
    assert take(alice) == []
    (new,) = rows(1, start=9, derived_at=timezone.now())
    assert [new.pk in pair.meme_ids for pair in take(alice, 5)] == [True, True]


def test_nobody_is_asked_about_what_they_may_not_see(alice: User, bob: User) -> None:
    now = timezone.now()
    seen = rows(3, derived_at=now) + rows(2, alice, start=10, derived_at=now)
    rows(4, bob, start=20, derived_at=now)
    rows(2, start=30, derived_at=now, state="trashed")
    rows(2, start=40)  # without a thumbnail
    asked = {pk for pair in take(alice, 50) for pk in pair.meme_ids}
    assert asked == {meme.pk for meme in seen}


def test_what_is_taken_out_leaves_the_queue(alice: User) -> None:
    first, *_ = rows(3, derived_at=timezone.now())
    assert len(take(alice, 3)) == 3
    Meme.objects.filter(pk=first.pk).update(state="hidden")
    assert len(take(alice, 3)) == 1


def test_a_search_is_a_pool(alice: User, memes: list[Meme]) -> None:
    now = timezone.now()
    found = {meme.pk for meme in rows(3, start=100, derived_at=now, title="grumpy cat")}
    asked = take(alice, 16, q='"grumpy"')
    assert (len(asked), {pk for pair in asked for pk in pair.meme_ids}) == (3, found)
    assert not any(pair.is_evaluation for pair in asked)


def test_pairs_of_a_search_and_of_the_library_never_collide(alice: User) -> None:
    rows(3, derived_at=timezone.now(), title="grumpy cat")
    everything = take(alice, 3, tab="one")
    assert take(alice, 3, q='"grumpy"', tab="other") == []
    assert take(alice, 3, q='"grumpy"', tab="one") == everything


def test_a_batch_is_refilled_and_no_more(alice: User, memes: list[Meme]) -> None:
    asked = Asked(Pool(alice))
    assert (pairs.fill(asked), pairs.fill(asked)) == (16, 0)
    take(alice, 4)
    assert pairs.fill(asked) == 4


def test_nobody_waits_for_telling_pairs_and_everybody_gets_them(alice: User, axes: list[Axis]) -> None:
    library()
    asked = Asked(Pool(alice), axes=axes[:1])
    assert {pair.policy for pair in pairs.take(asked, "tab", 16)} == {"random"}
    assert len(pairs.take(asked, "tab", 16)) == pairs.AT_ONCE
    assert pairs.fill(asked) == 16
    taken = pairs.take(asked, "tab", 50)
    assert len(taken) == pairs.BATCH, "the rest is chosen when these are answered"
    assert sum(pair.policy == "epig" for pair in taken) >= 8


def test_telling_pairs_are_chosen_a_batch_at_a_time(alice: User, axes: list[Axis]) -> None:
    library()
    asked = Asked(Pool(alice), axes=axes[:1])
    assert pairs.fill(asked) == 16
    shown = [pair.pk for pair in pairs.take(asked, "tab", 16) if pair.policy == "epig"]
    for left, added in ((9, 0), (8, 8)):
        PairCandidate.objects.filter(pk__in=shown[left:]).update(answered_at=timezone.now())
        assert pairs.fill(asked) == added


def test_after_ten_answers_what_nobody_has_seen_is_chosen_anew(alice: User, axes: list[Axis]) -> None:
    library()
    asked = Asked(Pool(alice), axes=axes[:1])
    pairs.fill(asked)
    shown = {pair.pk for pair in pairs.take(asked, "tab", 6)}
    apart = set(PairCandidate.objects.filter(is_evaluation=True).values_list("pk", flat=True))
    one, *others = rows(12, start=5000)
    for number, other in enumerate(others[:10], 1):
        PairCandidate.objects.create(rater=alice, left=one, right=other, policy="random", answered_at=timezone.now())
        assert (pairs.fill(asked) > 0) == (number == 10)
    kept = set(PairCandidate.objects.filter(created_at__lt=_first_answer()).values_list("pk", flat=True))
    assert kept == shown | apart, "what a tab shows stays, and what is random on purpose"


def _first_answer() -> datetime:
    return PairCandidate.objects.exclude(answered_at=None).earliest("answered_at").created_at


def test_whoever_turns_to_another_policy_gets_its_pairs(alice: User, axes: list[Axis]) -> None:
    library()
    pairs.fill(Asked(Pool(alice), "epig", axes))
    other = Asked(Pool(alice), "near-even", axes)
    assert pairs.fill(other) > 8
    assert {pair.policy for pair in pairs.take(other, "tab", 16) if not pair.is_evaluation} == {"near-even"}
    assert not PairCandidate.objects.filter(policy="epig").exists()


def test_evaluation_stays_random_and_a_fixed_share_whatever_the_policy(alice: User, axes: list[Axis]) -> None:
    library()
    asked = Asked(Pool(alice), axes=axes[:1])
    for _ in range(6):
        pairs.fill(asked)
        PairCandidate.objects.update(answered_at=timezone.now())
    kept = PairCandidate.objects.filter(is_evaluation=True)
    assert 0.05 <= kept.count() / PairCandidate.objects.count() <= 0.10
    assert set(kept.values_list("policy", flat=True)) == {"random"}


def test_a_large_library_is_sampled_evenly(alice: User, memes: list[Meme], monkeypatch: pytest.MonkeyPatch) -> None:
    rows(1, start=900, derived_at=timezone.now(), id=memes[-1].pk + 60)  # with a gap in the ids
    monkeypatch.setattr(pool, "MOST_LISTED", 40)
    rng = random.Random(0)
    drawn = [pk for _ in range(300) for pk in Pool(alice).sample(rng, 8)]
    counts = [drawn.count(pk) for pk in Meme.objects.values_list("pk", flat=True)]
    assert (len(counts), len(drawn)) == (31, 2400)
    assert min(counts) > 40  # of 77 on average
    assert max(counts) < 120


def test_fours_are_all_different_and_never_the_same_again(alice: User, axes: list[Axis]) -> None:
    rows(5, derived_at=timezone.now())  # five fours
    taken = take_four(alice, 16)
    assert all(len(set(four.meme_ids)) == 4 for four in taken)
    assert len({tuple(four.members) for four in taken}) == len(taken) == 5
    FourCandidate.objects.update(answered_at=timezone.now())
    assert take_four(alice, 16) == []


def test_three_memes_make_no_four(alice: User) -> None:
    rows(3, derived_at=timezone.now())
    assert take_four(alice) == []
