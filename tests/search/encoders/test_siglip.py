"""SigLIP's way through open_clip in small: a timm tower, a tokenizer of transformers, a bias; nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from search.encoders import load
from search.encoders.torchvision_shim import import_open_clip
from tests.search.encoders.promises import assert_keeps_its_promises

WORDS = ["<pad>", "<unk>", "a", "red", "circle", "grumpy", "monday"]


@pytest.fixture
def siglip_folder(tmp_path: Path) -> Path:
    # The architecture of ViT-B-16-SigLIP2 as open_clip has it, with everything that is large made small.
    config = import_open_clip().get_model_config("ViT-B-16-SigLIP2")
    config["vision_cfg"] |= {
        "timm_model_name": "test_vit",
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 160,
    }
    config["text_cfg"] |= {"vocab_size": len(WORDS), "width": 32, "heads": 2, "layers": 1, "context_length": 8}
    config["embed_dim"] = 32
    whole = {"model_cfg": config, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(whole))
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", unk_token="<unk>").save_pretrained(tmp_path)
    torch.manual_seed(0)
    model = import_open_clip().create_model(f"local-dir:{tmp_path}", load_weights=False)
    save_file(model.state_dict(), tmp_path / "open_clip_model.safetensors")
    return tmp_path


def test_a_siglip_model_keeps_the_promises_and_cleans_texts_as_it_was_trained(siglip_folder: Path) -> None:
    encoder = load(f"openclip:local-dir:{siglip_folder}", device="cpu")
    assert_keeps_its_promises(encoder)
    plain, shouted, other = encoder.encode_texts(["a red circle", "A RED, circle!", "grumpy monday"])
    np.testing.assert_array_equal(plain, shouted)
    assert plain @ other < 0.99


def test_the_largest_recommended_models_can_be_built_as_far_as_their_shapes() -> None:
    open_clip = import_open_clip()
    for name, dims in [("ViT-B-16-SigLIP2", 768), ("ViT-SO400M-14-SigLIP-384", 1152)]:
        config = open_clip.get_model_config(name)
        assert config.pop("custom_text")
        with torch.device("meta"):
            model = open_clip.CustomTextCLIP(**config)
        assert model.text.text_projection.out_features == dims
