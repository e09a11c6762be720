import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from rating import bases, deep, deep_claims, deep_learning, forgetting
from rating.deep_claims import KEPT, Overtaken, claim, due
from rating.models import Axis, Comparison, DeepTaste, Taste
from search.models import EmbeddingSpace
from tests.rating.bending import QUICK, answer, trained
from tests.rating.tasting import Commits, scores, small_library
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db
ENDLESS = """
import django; django.setup()
from rating import deep_learning
from rating.ensemble.train import Schedule
deep_learning.train_next(Schedule(most_epochs=10**9, patience=10**9))
"""


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library(80)


@pytest.fixture
def basis(space: EmbeddingSpace) -> str:
    found = bases.of(space)
    assert found is not None
    return found.checksum


def kept_files(media_dir: Path) -> set[str]:
    return {path.name for path in (media_dir / deep.FOLDER).rglob("*.*")}


def test_it_is_time_when_there_is_enough_new(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace, basis: str
) -> None:
    liked = scores(space)
    answer(alice, axes[0], liked, 60)
    answer(bob, axes[0], liked, 30)
    assert due(space, basis) == []
    answer(alice, axes[1], liked, 60)
    assert due(space, basis) == [(alice.pk, 120)]
    trained(alice, axes[0], space)
    assert due(space, basis) == []
    answer(alice, axes[2], liked, 49)
    assert due(space, basis) == []
    answer(bob, axes[1], liked, 90)
    assert due(space, basis) == [(bob.pk, 120)]
    Comparison.objects.filter(rater=bob).update(is_evaluation=True)
    answer(alice, axes[1], liked, 1, seed=77)
    assert due(space, basis) == [(alice.pk, 170)]
    assert due(space, "of other coordinates") == [(alice.pk, 170)]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert due(space, basis) == []


def test_nobody_else_trains_what_somebody_is_at(
    alice: User, axes: list[Axis], space: EmbeddingSpace, basis: str
) -> None:
    answer(alice, axes[0], scores(space), 100)
    taste = claim(alice, space, 100, basis)
    assert taste is not None
    assert claim(alice, space, 100, basis) is None
    assert not deep_learning.train_next(QUICK)
    deep_claims.hold(taste)
    deep_claims.release(taste)
    assert deep_learning.train_next(QUICK)
    assert DeepTaste.objects.get().attempts == 1


def test_what_a_dead_worker_left_is_taken_over_and_its_late_result_is_not_kept(
    alice: User, axes: list[Axis], space: EmbeddingSpace, basis: str, media_dir: Path,
    django_capture_on_commit_callbacks: Commits,
) -> None:  # fmt: skip
    answer(alice, axes[0], scores(space), 100)
    late = claim(alice, space, 100, basis)
    assert late is not None
    DeepTaste.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deep_learning.train_next(QUICK)
    kept = DeepTaste.objects.get()
    assert (kept.version, kept.attempts, kept.trained_at is not None) == (1, 2, True)
    with pytest.raises(Overtaken):
        deep_claims.hold(late)
    files, coordinates = kept_files(media_dir), bases.of(space)
    answer(alice, axes[1], scores(space), 20)  # so that it finds something else
    assert coordinates is not None
    with django_capture_on_commit_callbacks(execute=True):
        deep_learning.learn(late, coordinates, QUICK)
    assert DeepTaste.objects.get().file == kept.file
    assert kept_files(media_dir) == files


def test_who_kills_every_worker_is_left_alone_until_there_is_more(
    alice: User, axes: list[Axis], space: EmbeddingSpace, basis: str
) -> None:
    answer(alice, axes[0], scores(space), 100)
    for _ in range(deep_claims.MAX_ATTEMPTS):
        ((_, answers),) = due(space, basis)
        assert claim(alice, space, answers, basis) is not None
        DeepTaste.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert due(space, basis) == []
    answer(alice, axes[1], scores(space), 50)
    assert due(space, basis) == [(alice.pk, 150)]


def test_old_versions_go_with_their_files(
    alice: User, axes: list[Axis], space: EmbeddingSpace, media_dir: Path, django_capture_on_commit_callbacks: Commits
) -> None:
    answer(alice, axes[0], scores(space), 100)
    for number in range(KEPT + 2):
        with django_capture_on_commit_callbacks(execute=True):
            trained(alice, axes[0], space)
        answer(alice, axes[1], scores(space), 50, seed=number)
    rows = DeepTaste.objects.order_by("version")
    assert [row.version for row in rows] == [3, 4, 5]
    assert kept_files(media_dir) == {f"{row.file}.{kind}" for row in rows for kind in (deep.WEIGHTS, deep.DESCRIPTION)}


def test_files_that_nothing_tells_of_go_after_a_day(
    alice: User, axes: list[Axis], space: EmbeddingSpace, media_dir: Path
) -> None:
    answer(alice, axes[0], scores(space), 100)
    kept = trained(alice, axes[0], space).taste.file
    for name in ("a" * 64, "b" * 64):
        orphan = media_dir / deep.key(name, deep.WEIGHTS)
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.write_bytes(b"what a worker wrote before it died")
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for path in (media_dir / deep.key("a" * 64, deep.WEIGHTS), media_dir / deep.key(kept, deep.WEIGHTS)):
        os.utime(path, (long_ago, long_ago))
    deep_claims.forget_orphans()
    names = {name.partition(".")[0] for name in kept_files(media_dir)}
    assert names == {kept, "b" * 64}


def test_deleting_ones_data_deletes_rows_and_files_and_what_others_have_of_it_is_learned_again(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace, basis: str, media_dir: Path,
    django_capture_on_commit_callbacks: Commits,
) -> None:  # fmt: skip
    for rater in (alice, bob):
        answer(rater, axes[0], scores(space), 100, seed=rater.pk)
        trained(rater, axes[0], space)
    training = claim(alice, space, 100, basis)
    assert training is not None
    files = {row.owner_id: row.file for row in DeepTaste.objects.exclude(trained_at=None)}
    with django_capture_on_commit_callbacks(execute=True):
        assert forgetting.forget(alice) == 100
    assert not DeepTaste.objects.filter(owner=alice).exists()
    assert {name.partition(".")[0] for name in kept_files(media_dir)} == {files[bob.pk]}
    with pytest.raises(Overtaken):
        deep_claims.hold(training)

    assert due(space, basis) == [(bob.pk, 100)]
    Taste.objects.filter(owner=bob).update(is_prior_of_others=True)
    assert due(space, basis) == [], "first everybody's taste is learned again"
    Taste.objects.filter(owner=bob).update(is_prior_of_others=False)
    trained(bob, axes[0], space)
    assert DeepTaste.objects.get().version == 2, "what began with all of them is not kept"


# --- another process -----------------------------------------------------------------------------------------------


@pytest.fixture
def worker(transactional_db: None, media_dir: Path) -> Iterator[Any]:
    """Begins to train in a process of its own, without an end."""
    database = connection.settings_dict
    address = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    variables = {
        "DATABASE_URL": address,
        "MSE_MEDIA_DIR": str(media_dir),
        "DJANGO_SETTINGS_MODULE": "mse_site.settings",
    }
    begun: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-c", ENDLESS], env={**os.environ, **variables}))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def test_a_worker_that_is_killed_while_it_trains_loses_nothing(worker: Any, alice: User, axes: list[Axis]) -> None:
    space = small_library(80)
    answer(alice, axes[0], scores(space), 100)
    process = worker()
    eventually(lambda: DeepTaste.objects.filter(attempts=1).exists(), within_s=60)
    assert not deep_learning.train_next(QUICK), "somebody is at it"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not deep_learning.train_next(QUICK), "it may only be slow"
    DeepTaste.objects.update(leased_until=timezone.now())
    assert deep_learning.train_next(QUICK)
    assert DeepTaste.objects.get().trained_at is not None
