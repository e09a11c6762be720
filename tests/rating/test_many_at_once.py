"""Many people and tabs at once: no answer lost, none counted twice."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from rating import comparisons, forgetting, leases, pairs
from rating.comparisons import AlreadyAnswered, Sent
from rating.models import Axis, Comparison, PairCandidate, Taste
from rating.pairs import Asked
from rating.policies import ordered
from rating.pool import Pool
from tests.fixtures.processes import url, wait_until_blocked
from tests.rating.conftest import axes
from tests.rating.tasting import library
from tests.search.asking import rows

__all__ = ["axes"]

RATERS = 8
FOR_S = 4
ROUNDS = 15


def at_once(work: Callable[[int], int], count: int) -> list[int]:
    def run(number: int) -> int:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def rate_for(rater: User, tab: str, axis: Axis, seconds: float) -> int:
    """Answer as a tab does, sending each answer twice. Returns how many were taken."""
    end, taken = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for pair in pairs.take(Asked(Pool(rater), axes=[axis]), tab, 8):
            sent = Sent(uuid.uuid4())
            for _ in range(2):
                taken += comparisons.answer(rater, pair.token, {axis.pk: "left"}, sent)
    return taken


def all_different(rater: User) -> bool:
    asked = [(*ordered(row.left_id, row.right_id), row.is_repeat) for row in Comparison.objects.filter(rater=rater)]
    return len(set(asked)) == len(asked)


@pytest.mark.parametrize("seconds", [FOR_S, pytest.param(60, marks=pytest.mark.soak)])
@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once(axes: list[Axis], seconds: float) -> None:
    library(200)  # of which something is learned meanwhile
    people = [User.objects.create(username=f"rater {number}") for number in range(RATERS)]
    taken = at_once(lambda number: rate_for(people[number], "tab", axes[0], seconds), RATERS)
    for person, count in zip(people, taken, strict=True):
        assert Comparison.objects.filter(rater=person).count() == count > 0
        assert PairCandidate.objects.filter(rater=person).exclude(answered_at=None).count() == count
        assert all_different(person)
        assert Taste.objects.get(owner=person).answers > 0


def fill_for(rater: User, axis: Axis, seconds: float) -> int:
    """Choose pairs anew as a worker does, while they are being taken: none that is shown may go."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pairs.fill(Asked(Pool(rater), axes=[axis]))
    return 0


@pytest.mark.django_db(transaction=True)
def test_four_tabs_of_one_person_never_answer_the_same_pair(alice: User, axes: list[Axis]) -> None:
    library()
    taken = at_once(
        lambda number: rate_for(alice, f"tab {number}", axes[0], FOR_S) if number else fill_for(alice, axes[0], FOR_S),
        5,
    )
    assert Comparison.objects.filter(rater=alice).count() == sum(taken)
    assert all_different(alice)
    assert Comparison.objects.filter(policy="epig").exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_read_ahead_and_let_go_never_hold_the_same(alice: User, axes: list[Axis]) -> None:
    rows(60, derived_at=timezone.now())

    def read_ahead(number: int) -> int:
        tab, asked, held = f"tab {number}", Asked(Pool(alice), "random"), 0
        for _ in range(ROUNDS):
            found = [pair.pk for pair in pairs.take(asked, tab, 8)]
            held += len(found)
            assert set(PairCandidate.objects.filter(pk__in=found).values_list("tab", flat=True)) <= {tab}
            leases.release(alice, tab)
        return held

    assert all(at_once(read_ahead, 3))


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_several_pairs_takes_them_in_one_order(alice: User, axes: list[Axis]) -> None:
    rows(20, derived_at=timezone.now())
    first, *others = sorted(pair.pk for pair in pairs.take(Asked(Pool(alice), "random"), "tab", 6))
    PairCandidate.objects.filter(pk=first).update(priority=0)  # its row lies behind the others now
    with psycopg.connect(url()) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("SELECT 1 FROM rating_paircandidate WHERE id = %s FOR UPDATE", [first])
        released = pool.submit(at_once, lambda _: leases.release(alice, "tab"), 1)
        wait_until_blocked()
        free = "SELECT id FROM rating_paircandidate WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED"
        assert {pk for (pk,) in holder.execute(free, [others])} == set(others)
        holder.rollback()
        assert released.result() == [1 + len(others)]


@pytest.mark.django_db(transaction=True)
def test_one_answer_sent_eight_times_at_once_counts_once(alice: User, axes: list[Axis]) -> None:
    rows(20, derived_at=timezone.now())
    for pair in pairs.take(Asked(Pool(alice)), "tab", 5):
        sent = Sent(uuid.uuid4())
        new = at_once(lambda _, p=pair, s=sent: comparisons.answer(alice, p.token, {axes[0].pk: "left"}, s), 8)  # type: ignore[misc]
        assert sum(new) == 1
    assert Comparison.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_eight_different_answers_to_a_pair_one_counts(alice: User, axes: list[Axis]) -> None:
    rows(20, derived_at=timezone.now())
    (pair,) = pairs.take(Asked(Pool(alice)), "tab", 1)

    def try_it(number: int) -> int:
        try:
            return comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, Sent(uuid.uuid4()))
        except AlreadyAnswered:
            return 0

    assert sum(at_once(try_it, 8)) == 1
    assert Comparison.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_being_answered_is_forgotten_too(alice: User, axes: list[Axis]) -> None:
    rows(20, derived_at=timezone.now())
    (pair,) = pairs.take(Asked(Pool(alice)), "tab", 1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, Sent(uuid.uuid4()))
            forgetting_it = pool.submit(forget_and_close, alice)
            end = time.monotonic() + 30
            while not is_somebody_waiting() and time.monotonic() < end:
                assert not forgetting_it.done()
        assert forgetting_it.result(30) == 1
    assert not Comparison.objects.exists()


def forget_and_close(rater: User) -> int:
    try:
        return forgetting.forget(rater)
    finally:
        connection.close()


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_undo_sent_eight_times_at_once_takes_one_answer_back(alice: User, axes: list[Axis]) -> None:
    rows(20, derived_at=timezone.now())
    sents = [Sent(uuid.uuid4()) for _ in range(3)]
    for pair, sent in zip(pairs.take(Asked(Pool(alice)), "tab", 3), sents, strict=True):
        comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent)
    undone = at_once(lambda _: comparisons.undo(alice, sents[-1].key) is not None, 8)
    assert sum(undone) == 1
    assert Comparison.objects.standing().count() == 2
