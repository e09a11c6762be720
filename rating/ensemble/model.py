"""An ensemble of small networks that score memes on several axes, all members in one tensor."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rating.ensemble import networks
from rating.ensemble.networks import BadEnsemble, Config

__all__ = ["CONFIG", "WEIGHTS", "BadEnsemble", "Config", "Ensemble"]

WEIGHTS, CONFIG = "ensemble.safetensors", "ensemble.json"


class Ensemble(nn.Module):
    """Each member: `x @ linear + silu(x @ inner + inner_bias) @ outer`, with weights of its own.

    The linear part is the instant taste's model, so that the networks only have to learn what it cannot say. Scores are
    logits: the left one of two wins with `sigmoid(s_left - s_right)`. There is no bias at the end, it would cancel out.
    """

    def __init__(self, config: Config, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        drawn = torch.Generator().manual_seed(seed)  # on the CPU, so that every device starts from the same numbers
        members, features, hidden, axes = config.members, config.features, config.hidden, len(config.axes)
        self.linear = nn.Parameter(torch.zeros(members, features, axes))
        self.inner = nn.Parameter(torch.randn(members, features, hidden, generator=drawn))
        self.inner_bias = nn.Parameter(torch.randn(members, 1, hidden, generator=drawn) * 0.5)
        self.outer = nn.Parameter(torch.randn(members, hidden, axes, generator=drawn) * hidden**-0.5)

    @torch.no_grad()
    def begin_with(self, directions: npt.NDArray[np.float64]) -> None:
        """Score as these `directions` (features, axes) do, and learn nothing but what they cannot say."""
        self.linear.copy_(torch.as_tensor(directions, dtype=torch.float32).expand_as(self.linear))
        self.linear.requires_grad_(False)
        self.outer.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """Scores (members, n, axes) of `features` (members, n, k), or (n, k) for all members alike."""
        if features.dim() == 2:
            features = features.expand(self.config.members, -1, -1)
        hidden = nn.functional.silu(torch.baddbmm(self.inner_bias, features, self.inner))
        return torch.bmm(hidden, self.outer) + torch.bmm(features, self.linear)

    @torch.no_grad()
    def scores(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation over the members, (n, axes) each, of `features` (n, k), in logits."""
        scores = self(features.to(self.linear.device, self.linear.dtype))
        return scores.mean(0), scores.std(0, correction=0)

    @torch.no_grad()
    def predict(self, left: Tensor, right: Tensor) -> Tensor:
        """Probabilities (n, axes) that the left one wins, the mean of what the members say; features (n, k)."""
        device, dtype = self.linear.device, self.linear.dtype
        gaps = self(left.to(device, dtype)) - self(right.to(device, dtype))
        return torch.sigmoid(gaps).mean(0)

    @property
    def checksum(self) -> str:
        """SHA-256 in hexadecimal over the configuration and the bytes of all weights."""
        weights = {name: values.cpu().contiguous().numpy() for name, values in self.state_dict().items()}
        return networks.checksum(self.config, weights)

    def save(self, folder: Path, facts: dict[str, Any] | None = None) -> None:
        """Weights as safetensors, configuration and `facts` (how it was trained) as JSON; equal to the bit when loaded."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: weights.cpu().contiguous() for name, weights in self.state_dict().items()}, folder / WEIGHTS)
        described = {"config": asdict(self.config), "checksum": self.checksum, "facts": facts or {}}
        (folder / CONFIG).write_text(json.dumps(described, indent=2))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Ensemble:
        """Raises BadEnsemble for damaged or foreign files, FileNotFoundError if there are none."""
        try:
            described = json.loads((folder / CONFIG).read_text())
            config = Config(**{**described["config"], "axes": tuple(described["config"]["axes"])})
            model = cls(config)
            model.load_state_dict(load_file(folder / WEIGHTS))
        except (SafetensorError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError, RuntimeError) as error:
            raise BadEnsemble(f"{folder.name} holds no ensemble: {error}") from error
        if model.checksum != described.get("checksum"):
            raise BadEnsemble(f"{folder.name} is damaged: its checksum is not the one it was saved with.")
        return model.to(device)
