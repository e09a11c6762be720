"""Training deep tastes, in a worker: whatever dies on the way, the answers are there and somebody trains them again."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from rating import bases, deep, deep_claims, deep_versions, lessons
from rating.bayes import Basis
from rating.deep_claims import Overtaken
from rating.deep_reports import Instant, instants, report
from rating.ensemble.crossing import Crossed, cross_validate
from rating.ensemble.model import CONFIG, WEIGHTS, Config, Ensemble
from rating.ensemble.networks import Networks
from rating.ensemble.split import FOLDS
from rating.ensemble.train import ON_DIRECTIONS, Examples, Schedule, train
from rating.lessons import Lessons
from rating.models import DeepAxis, DeepTaste
from search import jobs, spaces, store

log = logging.getLogger(__name__)

Beat = Callable[[int], None]


def train_next(schedule: Schedule = ON_DIRECTIONS) -> bool:
    """Train the deep taste of whoever waits longest for it. False if nobody does, or others are at all of them.

    One at a time: the workers that train also read new memes.
    """
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is None or basis is None:
        return False
    for rater, answers in deep_claims.due(space, basis.checksum):
        owner = User.objects.filter(pk=rater).first()
        taste = None if owner is None else deep_claims.claim(owner, space, answers, basis.checksum)
        if taste is not None:
            learn(taste, basis, schedule)
            return True
    return False


def learn(taste: DeepTaste, basis: Basis, schedule: Schedule = ON_DIRECTIONS) -> None:
    """Train the version that was claimed. If it was taken over or forgotten meanwhile, nothing is left of it."""
    started = time.monotonic()
    said = lessons.gather(taste.owner, taste.space, basis, FOLDS)
    if not said.answers:
        deep_claims.release(taste)  # of nothing that was compared there is a vector
        return
    try:
        with _told(taste, said) as job, _one_thread():
            beginnings = instants(taste.owner, said, basis)
            crossed, model, facts = _trained(said, beginnings, basis, schedule, _beat(taste, job))
            facts["took_s"] = round(time.monotonic() - started, 1)
            _keep(taste, said, _Found(beginnings, crossed, _files(model, facts), facts))
            job.reach(_rounds(said))
    except Overtaken as error:
        log.info("not kept: %s", error)
    except jobs.Cancelled:
        deep_claims.release(taste)
        log.info("stopped: %s", taste)


def _told(taste: DeepTaste, said: Lessons) -> AbstractContextManager[jobs.Running]:
    return jobs.running("deep_taste", key=str(taste.owner_id), user=taste.owner, total=_rounds(said))


def _rounds(said: Lessons) -> int:
    """Of training: one without each part of the memes, and one with all of them."""
    return len(np.unique(said.folds)) + 1


@contextmanager
def _one_thread() -> Iterator[None]:
    """Two take six times as long for networks as small as these where others are busy: they wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _beat(taste: DeepTaste, job: jobs.Running) -> Beat:
    """A few signs of life in each lease, whatever an epoch takes. Raises Cancelled when somebody asks to stop."""
    last, rounds = time.monotonic(), 0

    def beat(epoch: int) -> None:
        nonlocal last, rounds
        rounds += epoch == 1
        job.reach(rounds - 1)
        job.check_cancelled()
        if time.monotonic() - last > settings.CLAIM_LEASE_S / 4:
            deep_claims.hold(taste)
            last = time.monotonic()

    return beat


def _trained(
    said: Lessons, beginnings: list[Instant], basis: Basis, schedule: Schedule, beat: Beat
) -> tuple[Crossed, Ensemble, dict[str, Any]]:
    """How well it works without each part of the memes, then the networks of all answers; each on top of the directions."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    examples, learned = _examples(said)
    config = Config(basis.size, tuple(str(lesson.axis.pk) for lesson in said.by_axis), basis=basis.checksum)
    without = {
        fold: np.stack([instant.without[fold].mean for instant in beginnings], axis=1)
        for fold in np.unique(said.folds).tolist()
    }
    crossed = cross_validate(
        config, examples, said.folds, learned,
        directions=without, schedule=schedule, device=device, heartbeat=beat,
    )  # fmt: skip
    epochs = crossed.epochs or schedule.blind_epochs
    whole = np.stack([instant.direction for instant in beginnings], axis=1)
    model = train(
        config, examples.only(learned), directions=whole,
        schedule=replace(schedule, blind_epochs=epochs), device=device, heartbeat=beat,
    ).model  # fmt: skip
    losses = [round(loss, 5) for loss in crossed.losses]
    return crossed, model, {"epochs": epochs, "losses": losses, "device": device, "schedule": asdict(schedule)}


def _examples(said: Lessons) -> tuple[Examples, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Of all axes, one after the other; and which of them may be learned from."""
    parts = said.by_axis
    examples = Examples(
        said.features,
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        np.concatenate([part.targets for part in parts]),
    )
    return examples, np.concatenate([np.arange(len(part)) < part.learned for part in parts])


def _files(model: Ensemble, facts: dict[str, Any]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        model.save(folder := Path(name), facts)
        return {deep.WEIGHTS: (folder / WEIGHTS).read_bytes(), deep.DESCRIPTION: (folder / CONFIG).read_bytes()}


@dataclass(frozen=True, eq=False)
class _Found:
    beginnings: list[Instant]
    crossed: Crossed
    files: dict[str, bytes]
    facts: dict[str, Any]


def _keep(taste: DeepTaste, said: Lessons, found: _Found) -> None:
    """The files first, then the row that tells of them: killed in between, nobody looks for them. Raises Overtaken."""
    known = Networks.read(found.files[deep.WEIGHTS], found.files[deep.DESCRIPTION])
    wins = np.split(found.crossed.wins, np.cumsum([len(lesson) for lesson in said.by_axis])[:-1])
    reports = [report(taste, said, *parts, known) for parts in zip(found.beginnings, wins, strict=True)]
    against = deep_versions.against(taste, said, wins)
    facts = {**found.facts, "against": None if against is None else asdict(against)}
    for kind, data in found.files.items():
        store.put(deep.key(known.checksum, kind), data, renew=True)
    with transaction.atomic():
        is_mine = deep_claims.mine(taste).update(
            file=known.checksum, facts=facts, answers=said.answers, trained_at=timezone.now(),
            waits_because="" if against is None else against.reason,
        )  # fmt: skip
        if is_mine:
            DeepAxis.objects.bulk_create(reports)
            deep_claims.prune(taste)
    if not is_mine:
        deep_claims.forget([known.checksum])
        raise Overtaken(str(taste))
    log.info("trained %s of %d answers: %s", taste, said.answers, [(axis.axis_id, axis.is_better) for axis in reports])
