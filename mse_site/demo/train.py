"""Trains the demo's model: `python -m mse_site.demo.train --minutes 90` (stop and start it as you like)."""

import argparse
import sys
import time
from dataclasses import fields
from multiprocessing import parent_process
from pathlib import Path
from queue import Full
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.multiprocessing import get_context

from mse_site.demo.compositions import Batch, Stream
from mse_site.demo.model import MODEL_FOLDER, export
from mse_site.demo.styles import TRAINING_STYLES, ink, load_own, load_style
from mse_site.demo.trainer import Plan, Trainer

# How often each set of drawings is used: the shipped one, the others, and the inked variant of each.
OWN_SHARE, OTHER_SHARE, INK_SHARE = 0.6, 0.26, 0.14
LOG_EVERY_STEPS = 25
LOOK_S = 2.0  # a process that waits for room looks this often whether the training still runs


def load_bank(folder: Path, *, only_own: bool = False) -> tuple[NDArray[np.uint8], list[float]]:
    """All drawings, (styles, cells, 64, 64, 4), and how often each style is used; fetched when missing."""
    own = load_own()
    if only_own:
        return own[None], [1.0]
    folder.mkdir(parents=True, exist_ok=True)
    count = 1 + len(TRAINING_STYLES)
    weights = [OWN_SHARE] + [OTHER_SHARE / (count - 1)] * (count - 1) + [INK_SHARE / count] * count
    cached = folder / "bank.npy"
    if not cached.exists():
        styles = [own, *(load_style(style, folder / "styles") for style in TRAINING_STYLES)]
        np.save(cached, np.stack(styles + [ink(style) for style in styles]))
    bank: NDArray[np.uint8] = np.load(cached)
    return bank, weights


def feed(queue: Any, side: Any, bank: NDArray[np.uint8], weights: list[float], seed: int, plan: Plan) -> None:
    """Body of the drawing process: fills the queue, as long as the training runs, with pictures of the side it asks for."""
    torch.set_num_threads(1)
    while True:
        side_px = side.value
        stream = Stream(bank, weights, seed=seed, side=side_px, templates=plan.templates)
        # Close-ups cost a fraction of whole pictures, so that there is room for more of them.
        for batch in stream.batches(plan.batch * (2 if stream.is_close else 1)):
            while not _put(queue, batch):
                if not _has_parent():
                    queue.cancel_join_thread()  # nobody is left to take what lies in the pipe
                    return
            if side.value != side_px:
                break
        seed += 1


def _put(queue: Any, batch: Batch) -> bool:
    try:
        queue.put(batch, timeout=LOOK_S)
    except Full:
        return False
    return True


def _has_parent() -> bool:
    """Whether the training still runs: killed, it takes nobody with it."""
    parent = parent_process()
    return parent is None or parent.is_alive()


def assist(spent_s: Any, shared: dict[str, Tensor], plan: Plan, folder: Path) -> None:
    """Body of the second training process: trains the text tower of the same weights, without any pictures, as long."""
    torch.set_num_threads(plan.threads)
    trainer = Trainer(plan, folder)
    trainer.join(shared)
    while _has_parent():
        trainer.spent_s = spent_s.value
        loss = trainer.train_on_texts()
        trainer.step += 1
        if trainer.step % LOG_EVERY_STEPS == 0:
            print(f"text step {trainer.step} {loss:.3f}", flush=True)


def train(plan: Plan, folder: Path, *, only_own: bool = False) -> Trainer:
    """Trains until the minutes (of all runs together) or the steps (of this run) are used up; resumes by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(plan.threads)
    trainer = Trainer(plan, folder)
    trainer.resume()
    bank, weights = load_bank(folder, only_own=only_own)
    context = get_context("spawn")
    queue = context.Queue(maxsize=4)
    side, spent_s = context.Value("i", trainer.side_px), context.Value("d", trainer.spent_s)
    helpers = [context.Process(target=feed, args=(queue, side, bank, weights, trainer.step + 1, plan), daemon=True)]
    shared = trainer.share()
    if plan.has_text_process:
        helpers.append(context.Process(target=assist, args=(spent_s, shared, plan, folder), daemon=True))
    for helper in helpers:
        helper.start()
    try:
        _loop(trainer, queue, side, spent_s)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here")
    finally:
        for helper in helpers:
            helper.terminate()
            helper.join()
    trainer.save()
    return trainer


def _loop(trainer: Trainer, queue: Any, side: Any, spent_s: Any) -> None:
    first, saved = trainer.step, time.monotonic()
    smooth: dict[str, float] = {}
    while trainer.progress < 1 and (not trainer.plan.steps or trainer.step - first < trainer.plan.steps):
        started = time.monotonic()
        side.value, spent_s.value = trainer.side_px, trainer.spent_s
        batch = queue.get()
        waited_s = time.monotonic() - started
        for name, loss in trainer.train_on(batch).items():
            smooth[name] = smooth.get(name, loss) * 0.95 + loss * 0.05
        trainer.follow()
        trainer.spent_s += waited_s
        speed = len(batch.pixels) / (time.monotonic() - started)
        _show(trainer, smooth, speed, waited_s)
        if time.monotonic() - saved > trainer.plan.save_every_s:
            trainer.save()
            saved = time.monotonic()


def _show(trainer: Trainer, losses: dict[str, float], speed: float, waited_s: float) -> None:
    done = round(30 * trainer.progress)
    told = " ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
    bar = f"[{'#' * done}{'.' * (30 - done)}] {trainer.progress:6.1%}"
    line = f"{bar} step {trainer.step} {speed:4.0f}/s wait {waited_s:.2f} {told}"
    is_terminal = sys.stdout.isatty()
    if is_terminal or trainer.step % LOG_EVERY_STEPS == 0:
        print(line, end="\r" if is_terminal else "\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("data/demo-training"), help="checkpoints and fetched drawings"
    )
    parser.add_argument("--fetch", action="store_true", help="only fetch the other artists' drawings")
    parser.add_argument("--install", action="store_true", help="put the trained weights where the demo loads them from")
    for field in fields(Plan):
        if not isinstance(field.default, bool):
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    options = vars(parser.parse_args())
    folder, fetch_only, install = options.pop("folder"), options.pop("fetch"), options.pop("install")
    if fetch_only:
        load_bank(folder)
        return
    trainer = train(Plan(**options), folder)
    print(f"{trainer.step:,} steps, {trainer.seen_pictures:,} pictures, {trainer.spent_s / 60:.0f} minutes")
    if install:
        export(trainer.average, MODEL_FOLDER, trainer.seen_tokens)


if __name__ == "__main__":
    main()
