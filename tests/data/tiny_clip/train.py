"""Trains the tiny OpenCLIP model beside this file: ``python -m tests.data.tiny_clip.train``, a few minutes on one core.

The tests load it the way any OpenCLIP model is loaded. Training draws with the seeds 0 to ``--steps``; tests draw with
others, and so see pictures that were never trained on.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from search.encoders.torchvision_shim import import_open_clip
from tests.data.tiny_clip.drawing import COLOURS, SHAPES, SIZES, Drawing, draw, invent

FOLDER = Path(__file__).parent
BATCH_SIZE = 96
LEARNING_RATE = 4e-3
NAMES = {"shape": list(SHAPES), "colour": list(COLOURS)}
Wish = dict[str, str]


def train(steps: int) -> nn.Module:
    """Return a model trained on ``steps`` batches of drawings with captions; only the order of sums is left to chance."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    open_clip = import_open_clip()
    model = open_clip.create_model(f"local-dir:{FOLDER}", load_weights=False).train()
    # Vectors of 12 numbers need to start further apart than the 0.02 meant for 512.
    nn.init.normal_(model.token_embedding.weight, std=0.3)
    graders = nn.ModuleDict({key: nn.Linear(32, len(names)) for key, names in NAMES.items()})
    optimizer = torch.optim.AdamW([*model.parameters(), *graders.parameters()], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    to_pixels = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(**model.visual.preprocess_cfg), is_train=False
    )
    tokenizer = open_clip.get_tokenizer(f"local-dir:{FOLDER}")
    for step in range(steps):
        chance = random.Random(step)
        drawings = [invent(chance) for _ in range(BATCH_SIZE)]
        wishes = [_forget(drawing, chance) for drawing in drawings]
        pixels = torch.stack([to_pixels(draw(drawing, chance)) for drawing in drawings])
        images, texts, scale = model(pixels, tokenizer([_caption(wish, chance) for wish in wishes]))[:3]
        loss = _contrast(scale * texts @ images.T, _matches(wishes, drawings))
        loss = loss + 0.5 * _grade(graders, images, texts, drawings)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step:5d}  loss {loss.item():.3f}", flush=True)
    return model.eval()


def _forget(drawing: Drawing, chance: random.Random) -> Wish:
    """Return some of what a drawing is: always its shape or its colour, the rest by chance."""
    kept = {"shape": drawing.shape, "colour": drawing.colour}
    kept.pop(chance.choice(["shape", "colour", *[""] * 6]), None)
    if chance.random() < 0.15:
        kept["ground"] = drawing.ground
    if chance.random() < 0.15:
        kept["size"] = drawing.size
    return kept


def _caption(wish: Wish, chance: random.Random) -> str:
    article = chance.choice(["", "a", "the", "a picture of a"])
    shape = wish.get("shape") or chance.choice(["", "shape"])
    ground = f"on {wish['ground']}" if "ground" in wish else ""
    return " ".join(" ".join([article, wish.get("size", ""), wish.get("colour", ""), shape, ground]).split())


def _matches(wishes: list[Wish], drawings: list[Drawing]) -> torch.Tensor:
    """Return ``(texts, images)`` of 1 where a caption is true of a drawing, not only of the one it was made for."""
    rows = [
        [all(getattr(drawing, key) == value for key, value in wish.items()) for drawing in drawings] for wish in wishes
    ]
    return torch.tensor(rows, dtype=torch.float32)


def _contrast(logits: torch.Tensor, matches: torch.Tensor) -> torch.Tensor:
    """Return the symmetric cross-entropy of CLIP with every true pair as a target, all of a row weighing the same."""
    by_text = functional.cross_entropy(logits, matches / matches.sum(1, keepdim=True))
    by_image = functional.cross_entropy(logits.T, matches.T / matches.T.sum(1, keepdim=True))
    return (by_text + by_image) / 2


def _grade(graders: nn.ModuleDict, images: torch.Tensor, texts: torch.Tensor, drawings: list[Drawing]) -> torch.Tensor:
    """Return the loss of reading shape and colour off the vectors, from which shapes are learnt much sooner."""
    loss = torch.zeros(())
    for key, grader in graders.items():
        answers = torch.tensor([NAMES[key].index(getattr(drawing, key)) for drawing in drawings])
        for vectors in (images, texts):
            loss = loss + functional.cross_entropy(10 * grader(vectors), answers)
    return loss


def save(model: nn.Module, path: Path) -> None:
    """Write the weights as float16; words that no caption has become zero, so that they say nothing."""
    tokenizer = import_open_clip().get_tokenizer(f"local-dir:{FOLDER}")
    words = ["a the picture of on shape", *COLOURS, *SHAPES, *SIZES]
    used = torch.cat([tokenizer(words).flatten()]).unique()
    weights = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in model.state_dict().items()
    }
    table = weights["token_embedding.weight"]
    weights["token_embedding.weight"] = torch.zeros_like(table).index_copy(0, used, table[used])
    save_file(weights, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--out", type=Path, default=FOLDER / "open_clip_model.safetensors")
    options = parser.parse_args()
    started = time.perf_counter()
    save(train(options.steps), options.out)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes after {time.perf_counter() - started:.0f} s")
