"""Learning concepts, turn by turn: whatever dies on the way, somebody goes on from where it was."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from django.conf import settings

from search import jobs
from search.concepts import claims, finishing
from search.concepts.claims import Overtaken
from search.concepts.files import name_of
from search.concepts.gathering import Gathered, gather
from search.concepts.sizes import config_for, schedule_for
from search.models import ConceptModel
from search.sae import (
    BadCheckpoint,
    BadVectors,
    Config,
    Schedule,
    Step,
    Training,
    begin,
    load_training,
    save_training,
    train,
)
from search.sae.threads import one_thread

log = logging.getLogger(__name__)

# The workers that learn also read new memes, which wait for the end of a turn. What takes long to save has longer ones.
TURN_S, LONG_TURN_S, LARGE = 20.0, 120.0, 8_000_000  # seconds, seconds, numbers in a decoder
SEED = 0  # the same memes end in the same concepts

OnStep = Callable[[Step, Schedule], None]


@dataclass(frozen=True)
class Turn:
    """How long a turn is, and the whole learning, instead of what suits the library; `on_step` is told of each step."""

    seconds: float | None = None
    schedule: Schedule | None = None
    on_step: OnStep = lambda step, schedule: None


def learn_next(turn: Turn = Turn()) -> bool:
    """One turn at what is to be learned. False if there is nothing more to do.

    What cannot be learned has failed with its reason, and the concepts that were there stay in use.
    """
    claims.fail_retired()
    claims.forget_old_work()
    model = claims.take_next()
    if model is None:
        return False
    try:
        with jobs.running("concepts", key=str(model.pk), about=model.space.name) as job:
            job.has_more = not _take_turn(model, replace(turn, on_step=_telling(job, turn.on_step)))
        return job.has_more
    except jobs.Cancelled as error:
        claims.fail(model, str(error))
        return False
    except Overtaken as error:
        log.info("not learned here: %s", error)
        claims.fail_retired()
        return False
    except (BadVectors, BadCheckpoint, claims.TooFew) as error:
        log.warning("no concepts learned: %s", error)
        claims.fail(model, str(error))
        return False
    except Exception as error:
        claims.note(model, error)  # a full disk, an encoder that cannot be loaded: it is tried again after the lease
        raise


def _telling(job: jobs.Running, on_step: OnStep) -> OnStep:
    def tell(step: Step, schedule: Schedule) -> None:
        on_step(step, schedule)
        job.expect(schedule.steps)
        job.advance()
        job.check_cancelled()

    return tell


class _TurnOver(Exception):
    pass


def _take_turn(model: ConceptModel, turn: Turn) -> bool:
    """Whether all is learned and kept."""
    folder = claims.folder_of(model.pk)
    gathered = gather(model.space, folder, lambda: claims.hold(model, model.step))
    if len(gathered.memes) < claims.FEWEST:
        raise claims.TooFew(f"{len(gathered.memes)} memes are too few to learn concepts from.")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = config_for(len(gathered.memes), model.space.dims, has_gpu=device.type == "cuda")
    schedule = turn.schedule or schedule_for(len(gathered.memes))
    ConceptModel.objects.filter(pk=model.pk).update(
        memes=len(gathered.memes), latents=config.latents, active=config.k, steps=schedule.steps
    )
    is_large = config.latents * config.dims > LARGE
    watch = _watched(model, turn.seconds or (LONG_TURN_S if is_large else TURN_S), schedule, turn.on_step)
    with nullcontext() if is_large else one_thread():
        training = _training(model, config, gathered, device, folder)
        try:
            train(training, gathered.vectors, schedule, seed=SEED, on_step=watch)
        except _TurnOver:
            save_training(training, folder / "training", space=name_of(model.space))
            claims.pause(model, training.step)
            return False
        finishing.keep(model, training, gathered)
    claims.forget_work(model.pk)
    return True


def _training(model: ConceptModel, config: Config, gathered: Gathered, device: torch.device, folder: Path) -> Training:
    """What was saved at the end of the last turn; from the beginning where nothing was, or what there is cannot be used."""
    if (folder / "training").exists():
        try:
            saved = load_training(folder / "training", space=name_of(model.space), device=device)
            if saved.model.config == config:
                return saved
        except BadCheckpoint as error:
            log.warning("begun anew: %s", error)
    generator = torch.Generator().manual_seed(SEED)
    return begin(config, gathered.vectors, device=device, generator=generator)


def _watched(
    model: ConceptModel, turn_s: float, schedule: Schedule, on_step: OnStep
) -> Callable[[Step, Training], None]:
    """Ends the turn in time, with a few signs of life in each lease, whatever a step takes."""
    started = held = time.monotonic()

    def watch(step: Step, training: Training) -> None:
        nonlocal held
        on_step(step, schedule)
        now = time.monotonic()
        if now - held > settings.CLAIM_LEASE_S / 8:
            claims.hold(model, training.step)
            held = now
        if now - started > turn_s and training.step < schedule.steps:
            raise _TurnOver

    return watch
