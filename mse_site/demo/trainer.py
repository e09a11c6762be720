"""The training of the demo's model: what is learned from a batch, and all that a checkpoint holds."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from mse_site.demo import texts as writing
from mse_site.demo.colours import COLOURS
from mse_site.demo.compositions import CLOSE_SIDE_PX, Batch
from mse_site.demo.model import CONFIG, SIDE_PX, build_model, build_tokenizer, export
from mse_site.demo.objectives import rank_pictures, rank_texts, subtract_terms, tell_apart
from mse_site.demo.scenes import PLACES
from mse_site.demo.vocabulary import load_vocabulary

# Texts of one step that names and broader words are drawn for; all of them would cost more than the pictures do.
NAMES_A_STEP, WORDS_A_STEP, RELATIONS_A_STEP = 256, 128, 24
# The average forgets a step after about 250 others, so that it is not held back by an earlier size of pictures.
AVERAGE_KEEPS = 0.996
TEXT_AVERAGE_KEEPS = 0.98
TEXT_EVERY_STEPS = 5
TEXT_RATE, TEXT_SCALE, CAPTIONS_A_STEP = 1.5e-3, 20.0, 160


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how to train; the learning rate follows the share of the minutes that is used up."""

    minutes: float = 90.0
    batch: int = 128
    rate: float = 1.5e-3
    decay: float = 0.05
    warm_up: float = 0.02
    close_until: float = (
        0.36  # until this share of the time: close-ups of one thing each, which are learned from fastest
    )
    threads: int = 1
    has_text_process: bool = True  # a second process for the text tower; the pictures are drawn by one more
    save_every_s: float = 120.0
    templates: int = 3000
    steps: int = 0  # stop after so many steps in this run; 0: no such limit


class Trainer:
    """The model, its slow average, the optimiser, and how much time was spent: all that a checkpoint holds."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.vocabulary = load_vocabulary()
        self.tokenizer = build_tokenizer()
        self.tokens: dict[str, Tensor] = {}
        self.model = build_model().to(memory_format=torch.channels_last).train()
        self.causal_mask = self.model.text.attn_mask
        self.bias = nn.Parameter(torch.tensor(-8.0))
        self.words = writing.find_broader_words(self.vocabulary)
        # One vector for each thing and word to begin with: the picture tower learns from them at once, and the text tower
        # learns to write them. They are not part of the exported model.
        self.prototypes = nn.Parameter(0.1 * torch.randn(len(self.vocabulary.things) + len(self.words), 256))
        self.average = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.rows = {word: min(found) for word, found in self.vocabulary.words.items()}
        self.rows |= {word: len(self.vocabulary.things) + number for number, word in enumerate(self.words)}
        self.text_optimiser = torch.optim.AdamW(
            self.model.text.parameters(), lr=TEXT_RATE, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.optimiser = torch.optim.AdamW(self._groups(), lr=plan.rate, betas=(0.9, 0.98))
        self.seen_tokens = torch.zeros(CONFIG["model_cfg"]["text_cfg"]["vocab_size"], dtype=torch.bool)
        self.step, self.seen_pictures, self.spent_s = 0, 0, 0.0
        self.rng = random.Random()
        self.captioner = writing.Captioner(self.vocabulary, self.rng)
        preprocess = CONFIG["preprocess_cfg"]
        self.mean, self.std = (torch.tensor(preprocess[key]).view(1, 3, 1, 1) * 255 for key in ("mean", "std"))

    def _groups(self) -> list[dict[str, Any]]:
        parameters = [*self.model.named_parameters(), ("bias", self.bias), ("prototype embeddings", self.prototypes)]
        decayed = [tensor for name, tensor in parameters if tensor.ndim >= 2 and "embedding" not in name]
        others = [tensor for name, tensor in parameters if tensor.ndim < 2 or "embedding" in name]
        return [{"params": decayed, "weight_decay": self.plan.decay}, {"params": others, "weight_decay": 0.0}]

    @property
    def progress(self) -> float:
        return min(1.0, self.spent_s / (60 * self.plan.minutes))

    @property
    def side_px(self) -> int:
        return CLOSE_SIDE_PX if self.progress < self.plan.close_until else SIDE_PX

    def train_on(self, batch: Batch) -> dict[str, float]:
        """One step; returns the losses."""
        started = time.monotonic()
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * schedule(self.progress, self.plan.warm_up)
        losses = self._losses(batch)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimiser.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=math.log(60))
        self.step += 1
        self.seen_pictures += len(batch.pixels)
        self.spent_s += time.monotonic() - started
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def train_on_texts(self) -> float:
        """One step of the text tower alone: it learns to write the vectors of names and words, and their sums for captions."""
        for group in self.text_optimiser.param_groups:
            group["lr"] = TEXT_RATE * min(1.0, 0.02 + (1 - self.progress) / 0.15)
        named = self.rng.sample(range(len(self.vocabulary.things)), NAMES_A_STEP)
        names, also = writing.write_names(self.vocabulary, named, self.rng)
        worded = self.rng.sample(self.words, min(WORDS_A_STEP, len(self.words)))
        words = writing.write_words_alone(worded, self.vocabulary, self.rng)
        captions = self.captioner.imagine(CAPTIONS_A_STEP)
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            short = F.normalize(self._encode(names + words).float(), dim=1)
            long = F.normalize(self._encode([text for text, _ in captions]).float(), dim=1)
        known = F.normalize(self.prototypes.detach(), dim=1)
        targets = known[named + [self.rows[word] for word in worded]]
        sums = F.normalize(
            torch.stack([known[[self.rows[word] for word in used]].sum(dim=0) for _, used in captions]), dim=1
        )
        left_out = torch.zeros(len(short), len(known), dtype=torch.bool)
        left_out[: len(named), : len(also)] = torch.from_numpy(also.T)
        right = F.one_hot(torch.tensor(named + [self.rows[word] for word in worded]), len(known)).bool()
        loss = rank_texts(TEXT_SCALE * short @ known.T, right, left_out & ~right)
        loss = loss + rank_texts(TEXT_SCALE * long @ sums.T, (sums @ sums.T) > 0.999)
        loss = loss + 4.0 * (2 - (short * targets).sum(dim=1).mean() - (long * sums).sum(dim=1).mean())
        self.text_optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.model.text.parameters(), 2.0)
        self.text_optimiser.step()
        return float(loss.detach())

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        atoms = writing.find_atoms(batch, self.vocabulary)
        pixels = self._pixels(batch.pixels)
        # For so few tokens the plain attention is five times as fast on a CPU as the one made for long texts.
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            pictures = F.normalize(self.model.encode_image(pixels).float(), dim=1)
            losses = self._prototype_losses(pictures, atoms)
            if self.step % TEXT_EVERY_STEPS == 0:
                losses |= self._text_losses(pictures, atoms, batch)
        return losses

    def _prototype_losses(self, pictures: Tensor, atoms: NDArray[np.bool_]) -> dict[str, Tensor]:
        scale = self.model.logit_scale.exp()
        prototypes = F.normalize(self.prototypes, dim=1)
        count = len(self.vocabulary.things)
        names, words = prototypes[:count], prototypes[count:]
        things = torch.from_numpy(atoms[:, :count])
        meant = torch.from_numpy(writing.find_words(atoms, self.vocabulary, self.words))
        name_logits, word_logits = (scale * pictures @ known.T for known in (names, words))
        scenes = [number for number, word in enumerate(self.words) if word in COLOURS or word in PLACES]
        scene_logits, scene_truth = word_logits[:, scenes], meant[:, scenes]
        return {
            "scene": 0.5 * rank_texts(scene_logits, scene_truth) + 0.5 * rank_pictures(scene_logits, scene_truth),
            "name": rank_texts(name_logits, things),
            "name-": 0.5 * rank_pictures(name_logits, things),
            "word-": 0.3 * rank_pictures(word_logits, meant),
            "tell": 1.5 * tell_apart(word_logits, meant, self.bias),
            "tell-": 1.5 * tell_apart(name_logits, things, self.bias),
            "minus": 1.5 * subtract_terms(pictures, names, things, scale),
        }

    def _text_losses(self, pictures: Tensor, atoms: NDArray[np.bool_], batch: Batch) -> dict[str, Tensor]:
        named = self.rng.sample(range(len(self.vocabulary.things)), NAMES_A_STEP)
        worded = self.rng.sample(range(len(self.words)), min(WORDS_A_STEP, len(self.words)))
        names, also = writing.write_names(self.vocabulary, named, self.rng)
        words = writing.write_words_alone([self.words[number] for number in worded], self.vocabulary, self.rng)
        texts = F.normalize(self._encode(names + words).float(), dim=1)
        scale = self.model.logit_scale.exp()
        things = torch.from_numpy(atoms[:, : len(self.vocabulary.things)])
        left_out = (things.float() @ torch.from_numpy(also).float()) > 0
        aims = named + [len(self.vocabulary.things) + number for number in worded]
        # Both move: the text tower, 96 wide, writes into 96 of the 256 dims, so the prototypes have to settle there too.
        targets = F.normalize(self.prototypes[aims], dim=1)
        return {
            "align": 12.0 * (1 - (texts * targets).sum(dim=1)).mean(),
            "text": rank_texts(scale * pictures @ texts[: len(names)].T, things[:, named], left_out),
            **self._caption_losses(pictures, atoms, batch),
        }

    def _caption_losses(self, pictures: Tensor, atoms: NDArray[np.bool_], batch: Batch) -> dict[str, Tensor]:
        captions = self.captioner.write(batch, atoms)
        rows, true, false = writing.write_relations(batch, self.vocabulary, self.rng, RELATIONS_A_STEP)
        texts = F.normalize(self._encode(captions.texts + true + false).float(), dim=1)
        scale = self.model.logit_scale.exp()
        logits = scale * pictures @ texts[: len(captions.texts)].T
        truth = torch.from_numpy(captions.truth)
        right, wrong = texts[len(captions.texts) :].chunk(2)
        margins = scale * (pictures[rows] * (right - wrong)).sum(dim=1)
        return {
            "caption": 0.5 * (rank_texts(logits, truth) + rank_pictures(logits, truth)),
            "order": 0.3 * F.softplus(-margins).mean() if rows else scale.new_zeros(()),
        }

    def _pixels(self, pixels: NDArray[np.uint8]) -> Tensor:
        tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
        return ((tensor - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def _encode(self, texts: Sequence[str]) -> Tensor:
        tokens = self._tokenize(texts)
        # Attention is causal, so the padding that all of these texts share can be cut off without changing anything.
        length = int((tokens != 0).sum(dim=1).max())
        self.model.text.attn_mask = self.causal_mask[:length, :length]
        features: Tensor = self.model.encode_text(tokens[:, :length])
        return features

    def _tokenize(self, texts: Sequence[str]) -> Tensor:
        for text in texts:
            if text not in self.tokens:
                self.tokens[text] = self.tokenizer([text])[0]
        tokens = torch.stack([self.tokens[text] for text in texts])
        self.seen_tokens[torch.unique(tokens)] = True
        return tokens

    def follow(self) -> None:
        """Moves the average towards the model."""
        keep = min(AVERAGE_KEEPS, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                average = self.average[name]
                if tensor.is_floating_point():
                    average.lerp_(tensor, 1 - (min(keep, TEXT_AVERAGE_KEEPS) if name.startswith("text.") else keep))
                else:
                    average.copy_(tensor)

    def share(self) -> dict[str, Tensor]:
        """Everything that a second process may train at the same time, moved to memory that both see."""
        shared: dict[str, Tensor] = self.model.state_dict() | {
            "bias": self.bias.data,
            "prototypes": self.prototypes.data,
        }
        shared["seen_tokens"] = self.seen_tokens
        for tensor in shared.values():
            tensor.share_memory_()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return shared

    def join(self, shared: dict[str, Tensor]) -> None:
        """Trains these tensors instead of its own: steps of both processes land on them without waiting for each other.

        Recht et al. 2011, "Hogwild", arXiv:1106.5730: with two processes, an update is at most one step late.
        """
        self.bias.data, self.prototypes.data = shared["bias"], shared["prototypes"]
        self.seen_tokens = shared["seen_tokens"]
        for name, tensor in self.model.state_dict(keep_vars=True).items():
            tensor.data = shared[name]

    def save(self) -> None:
        """Writes the checkpoint and the exported model; a killed run leaves the previous ones whole."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "bias": self.bias.detach(),
            "prototypes": self.prototypes.detach(),
            "optimiser": self.optimiser.state_dict(),
            "seen_tokens": self.seen_tokens,
            "step": self.step,
            "seen_pictures": self.seen_pictures,
            "spent_s": self.spent_s,
        }
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")
        export(self.average, self.folder / "export", self.seen_tokens)

    def resume(self) -> bool:
        """Takes up the checkpoint of the folder when there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.seen_tokens, self.step, self.spent_s = state["seen_tokens"], state["step"], state["spent_s"]
        self.seen_pictures = state["seen_pictures"]
        with torch.no_grad():
            self.bias.copy_(state["bias"])
            self.prototypes.copy_(state["prototypes"])
        return True


def schedule(progress: float, warm_up: float) -> float:
    """Share of the full rate: a linear warm-up, then half a cosine down to a fiftieth."""
    if progress < warm_up:
        return max(0.01, progress / warm_up)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2
