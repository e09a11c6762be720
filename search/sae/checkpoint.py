"""A trained model on disk: safetensors beside JSON, each whole or not at all, refused where it does not belong."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from search.sae.data import Scale
from search.sae.model import Config, SparseAutoencoder
from search.sae.train import Training, optimizer_of

VERSION = 1
WEIGHTS, FACTS = "sae.safetensors", "sae.json"


class BadCheckpoint(ValueError):
    """What lies there is no model, or not the one that was asked for; the message says which."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """`space` names the vectors that it was trained on, such as an encoder's revision; `facts` is whatever is told of it."""

    model: SparseAutoencoder
    scale: Scale
    space: str
    facts: dict[str, Any] = field(default_factory=dict)


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Into `folder`, made when missing; a process that is killed leaves what was there before."""
    model = checkpoint.model
    _write(folder, dict(model.state_dict()), checkpoint.scale, model.config, checkpoint.space, checkpoint.facts)


def load(folder: Path, *, space: str) -> Checkpoint:
    """Raises BadCheckpoint, also for a model of another space."""
    tensors, config, scale, facts = _read(folder, space)
    model = SparseAutoencoder(config)
    _fill(model, tensors)
    return Checkpoint(model.eval(), scale, space, facts)


def save_training(training: Training, folder: Path, *, space: str) -> None:
    """Enough to go on from here, equal to the bit."""
    tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
    tensors["unseen"] = training.unseen
    for place, state in training.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{place}.{name}": tensor for name, tensor in state.items()}
    facts = {"step": training.step, "losses": training.losses}
    _write(folder, tensors, training.scale, training.model.config, space, facts)


def load_training(folder: Path, *, space: str, device: torch.device) -> Training:
    """Raises BadCheckpoint."""
    tensors, config, scale, facts = _read(folder, space)
    model = SparseAutoencoder(config)
    _fill(model, {name.removeprefix("model."): one for name, one in tensors.items() if name.startswith("model.")})
    model = model.to(device).train()
    optimizer = optimizer_of(model)
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, place, part = name.split(".")
            moments.setdefault(int(place), {})[part] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return Training(model, scale, optimizer, tensors["unseen"].to(device), facts["step"], facts["losses"])


def _write(
    folder: Path, tensors: dict[str, torch.Tensor], scale: Scale, config: Config, space: str, facts: dict[str, Any]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The description is in the weights' own file, so that both are of one moment. The JSON beside it is for people.
    described = {"version": VERSION, "space": space, "config": asdict(config), "factor": scale.factor, "facts": facts}
    text = json.dumps(described, indent=1)
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    partial = folder / f".{WEIGHTS}.partial"
    save_file({**whole, "scale.mean": torch.from_numpy(scale.mean)}, str(partial), metadata={"sae": text})
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(folder / WEIGHTS)
    (folder / FACTS).write_text(text, encoding="utf-8")


def _read(folder: Path, space: str) -> tuple[dict[str, torch.Tensor], Config, Scale, dict[str, Any]]:
    path = folder / WEIGHTS
    try:
        tensors = load_file(str(path))
        with safe_open(str(path), framework="pt") as file:
            described = json.loads((file.metadata() or {})["sae"])
        version = described["version"]
        config = Config(**{**described["config"], "nested": tuple(described["config"]["nested"])})
        scale = Scale(tensors.pop("scale.mean").numpy().astype(np.float32), float(described["factor"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{path} holds no model: {error}") from error
    if version != VERSION:
        raise BadCheckpoint(f"{path} was written as version {version}; this is {VERSION}.")
    if described["space"] != space:
        raise BadCheckpoint(f"{path} was learned from vectors of {described['space']}, not of {space}.")
    return tensors, config, scale, described["facts"]


def _fill(model: SparseAutoencoder, tensors: dict[str, torch.Tensor]) -> None:
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise BadCheckpoint(f"The weights do not fit their description: {error}") from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise BadCheckpoint("The weights hold numbers that are not finite.")
