"""Text towers that read from left to right: what stands behind the end of a text is not computed, for it changes nothing."""

from __future__ import annotations

from typing import Any

import torch

from search.encoders.torchvision_shim import import_open_clip

ENDS = ("argmax", "eos")  # ways of a tower to take the vector of a text from its end token


class CausalTower:
    """The text tower of an OpenCLIP model whose attention looks back only, and whose vector is that of the end token.

    A search of three words then costs five tokens instead of the 77 that open_clip fills up with padding.
    """

    def __init__(self, tower: Any, pooling: str, end_token: int) -> None:
        self._tower = tower
        self._pooling = pooling
        self._end_token = end_token

    @classmethod
    def of(cls, model: Any) -> CausalTower | None:
        """None when the model's texts have to be read whole: attention in both directions, a class token, a tower of others."""
        open_clip = import_open_clip()
        if type(model) is open_clip.CLIP:
            tower, pooling, end_token = model, model.text_pool_type, model.text_eos_id
        elif type(model) is open_clip.CustomTextCLIP and type(model.text) is open_clip.transformer.TextTransformer:
            tower, pooling, end_token = model.text, model.text.pool_type, model.text.eos_id
        else:
            return None
        is_causal = tower.attn_mask is not None and getattr(tower, "cls_emb", None) is None
        return cls(tower, pooling, end_token) if is_causal and pooling in ENDS else None

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n, context) int64 -> (n, dims), what `encode_text` gives for them but for float32 rounding."""
        tower, ends = self._tower, self._ends(tokens)
        length = int(ends.max()) + 1
        kind = tower.transformer.get_cast_dtype()
        inputs = tower.token_embedding(tokens[:, :length]).to(kind) + tower.positional_embedding[:length].to(kind)
        outputs = tower.transformer(inputs, attn_mask=tower.attn_mask[:length, :length])
        pooled: torch.Tensor = tower.ln_final(outputs[torch.arange(len(tokens), device=tokens.device), ends])
        projection = tower.text_projection
        if projection is not None:
            pooled = projection(pooled) if isinstance(projection, torch.nn.Linear) else pooled @ projection
        return pooled

    def _ends(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n,): where each text ends. The end token has the highest number, or one that the model names."""
        if self._pooling == "argmax":
            return tokens.argmax(dim=-1)
        return torch.eq(tokens, self._end_token).int().argmax(dim=-1)
