"""The demo's OpenCLIP model: its configuration, and how it is built, exported and found."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from search.encoders.torchvision_shim import import_open_clip

MODEL_FOLDER = Path(__file__).parent / "model"
SIDE_PX = 96

# 2.4 million parameters see (a RegNetX of 200 MFLOP at 224 px trains three times as fast on a CPU as a ResNet-10 of twice
# the size), 0.4 million read; the byte-pair embeddings, 49,408 x 96, are two thirds of the file.
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 256,
        "init_logit_scale": 3.0,
        "vision_cfg": {
            "timm_model_name": "regnetx_002",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "linear",
            "image_size": SIDE_PX,
        },
        "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 96, "heads": 4, "layers": 3},
        "custom_text": True,
    },
    "preprocess_cfg": {
        "size": SIDE_PX,
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        # Memes carry their words at the edges: squeeze to a square, never crop.
        "resize_mode": "squash",
        "interpolation": "bicubic",
    },
}


def build_model() -> Any:
    """A new model with random weights."""
    open_clip = import_open_clip()
    settings = {key: value for key, value in CONFIG["model_cfg"].items() if key != "custom_text"}
    return open_clip.CustomTextCLIP(**settings)


def build_tokenizer() -> Any:
    """OpenCLIP's own byte-pair tokenizer at this model's context length."""
    return import_open_clip().SimpleTokenizer(context_length=CONFIG["model_cfg"]["text_cfg"]["context_length"])


def export(state: dict[str, torch.Tensor], folder: Path, seen_tokens: torch.Tensor) -> None:
    """Writes configuration and fp16 weights in OpenCLIP's local folder layout.

    seen_tokens: (vocabulary,) bool; embeddings of tokens that were never trained on are set to zero, so that an unknown
    word says nothing instead of something at random.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.detach().clone().contiguous() for name, tensor in state.items() if tensor.ndim or "scale" in name
    }
    weights["text.token_embedding.weight"][~seen_tokens] = 0
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG, indent=2) + "\n", encoding="utf-8")
    partial = folder / "open_clip_model.safetensors.partial"
    save_file(halves, str(partial))
    partial.chmod(0o644)
    partial.replace(folder / "open_clip_model.safetensors")
