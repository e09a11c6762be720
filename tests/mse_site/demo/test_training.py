import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors import safe_open

from mse_site.demo.compositions import CLOSE_SIDE_PX, MOST_THINGS, Stream
from mse_site.demo.model import CONFIG, build_model, export
from mse_site.demo.styles import SPRITE_PX, ink, load_own
from mse_site.demo.train import train
from mse_site.demo.trainer import Plan, Trainer, schedule
from tests.search.sidecar.waiting import eventually

BRIEFLY = Plan(minutes=10, batch=8, templates=4, steps=2, save_every_s=1e9, has_text_process=False)


ENDLESSLY = """
from pathlib import Path
from mse_site.demo.train import train
from mse_site.demo.trainer import Plan
if __name__ == "__main__":
    train(Plan(batch=8, templates=4), Path(FOLDER), only_own=True)
"""


@pytest.fixture(scope="module")
def own() -> np.ndarray:
    return load_own()


@pytest.mark.parametrize("side", [CLOSE_SIDE_PX, 64])
def test_the_stream_gives_pictures_with_what_is_in_them(own: np.ndarray, side: int) -> None:
    batch = Stream(own[None], [1.0], seed=1, side=side, templates=4).batch(16)
    assert batch.pixels.shape == (16, side, side, 3)
    assert batch.pixels.dtype == np.uint8
    assert batch.things.shape == (16, MOST_THINGS)
    assert (batch.things[:, 0] >= 0).all()
    assert len({pixels.tobytes() for pixels in batch.pixels}) == 16
    assert all(1 <= len(scenes) <= 2 for scenes in batch.scenes)


def test_the_same_seed_gives_the_same_stream(own: np.ndarray) -> None:
    one, other = (Stream(own[None], [1.0], seed=7, side=64, templates=4).batch(4) for _ in range(2))
    assert (one.pixels == other.pixels).all()
    assert (one.things == other.things).all()


def test_inking_keeps_the_shape_and_makes_dark_lines(own: np.ndarray) -> None:
    inked = ink(own[:6])
    assert inked.shape == (6, SPRITE_PX, SPRITE_PX, 4)
    dark = ((inked[..., :3].max(axis=-1) < 20) & (inked[..., 3] > 0)).mean()
    assert dark > 1.5 * ((own[:6, ..., :3].max(axis=-1) < 20) & (own[:6, ..., 3] > 0)).mean()


def test_the_rate_warms_up_and_then_falls() -> None:
    rates = [schedule(progress, 0.1) for progress in (0.0, 0.05, 0.1, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] == 1.0
    assert rates[2] > rates[3] > rates[4] > 0


def test_training_goes_on_where_it_stopped(tmp_path: Path, own: np.ndarray) -> None:
    first = train(BRIEFLY, tmp_path, only_own=True)
    assert (first.step, first.seen_pictures) == (2, 32)
    assert (tmp_path / "export" / "open_clip_model.safetensors").exists()
    second = Trainer(BRIEFLY, tmp_path)
    assert second.resume()
    assert (second.step, second.spent_s) == (2, first.spent_s)
    assert all(torch.equal(first.average[name], second.average[name]) for name in first.average)
    losses = second.train_on(Stream(own[None], [1.0], seed=2, side=CLOSE_SIDE_PX, templates=4).batch(8))
    second.follow()
    assert second.step == 3
    assert all(np.isfinite(loss) for loss in losses.values())
    assert sum(not torch.equal(first.average[name], second.average[name]) for name in first.average) > 100


def test_the_text_tower_learns_to_write_vectors_without_pictures(tmp_path: Path) -> None:
    trainer = Trainer(BRIEFLY, tmp_path)
    prototypes, seeing = trainer.prototypes.detach().clone(), trainer.model.visual.state_dict()
    before = {name: tensor.clone() for name, tensor in seeing.items()}
    losses = [trainer.train_on_texts() for _ in range(4)]
    assert losses[-1] < losses[0]
    assert torch.equal(trainer.prototypes, prototypes)
    assert all(torch.equal(before[name], seeing[name]) for name in before)


def test_two_trainers_can_share_their_weights(tmp_path: Path, own: np.ndarray) -> None:
    first, second = Trainer(BRIEFLY, tmp_path), Trainer(BRIEFLY, tmp_path)
    second.join(first.share())
    before = first.prototypes.detach().clone()
    second.train_on(Stream(own[None], [1.0], seed=3, side=CLOSE_SIDE_PX, templates=4).batch(8))
    assert not torch.equal(first.prototypes, before)
    ours, theirs = (trainer.model.state_dict() for trainer in (first, second))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_killed_training_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "endlessly.py"
    script.write_text(ENDLESSLY.replace("FOLDER", repr(str(tmp_path))))
    training = subprocess.Popen([sys.executable, script], cwd=tmp_path, env={"PYTHONPATH": str(Path.cwd())})
    helpers: list[psutil.Process] = []
    try:
        eventually(
            lambda: len(psutil.Process(training.pid).children()) == 3, within_s=60
        )  # and one of multiprocessing's own
        helpers = psutil.Process(training.pid).children()
    finally:
        training.kill()
        training.wait()
    _, left = psutil.wait_procs(helpers, timeout=60)
    for process in left:
        process.kill()
    assert not left


def test_a_folder_without_a_checkpoint_starts_anew(tmp_path: Path) -> None:
    trainer = Trainer(BRIEFLY, tmp_path)
    assert not trainer.resume()
    assert trainer.step == 0


def test_an_exported_model_is_half_precision_and_silent_on_unknown_tokens(tmp_path: Path) -> None:
    seen = torch.zeros(49408, dtype=torch.bool)
    seen[:100] = True
    export(build_model().state_dict(), tmp_path, seen)
    assert json.loads((tmp_path / "open_clip_config.json").read_text())["model_cfg"] == CONFIG["model_cfg"]
    with safe_open(tmp_path / "open_clip_model.safetensors", "pt") as weights:
        embedding = weights.get_tensor("text.token_embedding.weight")
    assert embedding.dtype == torch.float16
    assert embedding[:100].abs().sum() > 0
    assert embedding[100:].abs().sum() == 0
