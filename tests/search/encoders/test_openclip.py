"""The tiny model through the path of every OpenCLIP model, and what is refused on the way."""

from __future__ import annotations

import json
import pickle
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from search.encoders import Encoder, EncoderError, Picture, load
from search.encoders.causal import CausalTower
from search.encoders.torchvision_shim import import_open_clip
from tests.data.tiny_clip.drawing import COLOURS, SHAPES, SIZES, Drawing, draw
from tests.search.encoders.promises import assert_keeps_its_promises

TINY = Path(__file__).parents[2] / "data" / "tiny_clip"
WEIGHTS = "open_clip_model.safetensors"
CONFIG = "open_clip_config.json"


@pytest.fixture(scope="module")
def tiny() -> Encoder:
    return load(f"openclip:local-dir:{TINY}", device="cpu", threads=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (CONFIG, WEIGHTS):
        shutil.copy(TINY / name, tmp_path)
    return tmp_path


def load_from(folder: Path) -> Encoder:
    return load(f"openclip:local-dir:{folder}", device="cpu")


def test_an_openclip_model_keeps_the_promises_of_every_encoder(tiny: Encoder) -> None:
    assert_keeps_its_promises(tiny)
    assert (tiny.dims, tiny.reads_text) == (32, False)


def test_a_batch_larger_than_the_models_own_is_encoded_in_order(tiny: Encoder) -> None:
    pictures = [Picture(Image.new("RGB", (20, 20), (i, 255 - i, 0))) for i in range(150)]
    vectors = tiny.encode_pictures(pictures)
    np.testing.assert_allclose(vectors[149], tiny.encode_pictures(pictures[149:])[0], atol=1e-5)


def test_the_weights_fit_into_a_repository() -> None:
    assert (TINY / WEIGHTS).stat().st_size <= 2_000_000


def test_a_colour_and_a_shape_find_such_drawings_never_trained_on(tiny: Encoder) -> None:
    chance = random.Random("not a training seed")
    wanted = [(colour, shape) for colour in COLOURS for shape in SHAPES for _ in range(4)]
    drawings = [
        Drawing(shape, colour, chance.choice([c for c in COLOURS if c != colour]), chance.choice(SIZES))
        for colour, shape in wanted
    ]
    pictures = tiny.encode_pictures([Picture(draw(drawing, chance, side=200)) for drawing in drawings])
    first = [wanted[i] for i in np.argsort(-(pictures @ tiny.encode_texts(["red circle"])[0]))[:4]]
    assert first == [("red", "circle")] * 4
    combinations = sorted(set(wanted))
    best = (pictures @ tiny.encode_texts([" ".join(pair) for pair in combinations]).T).argmax(axis=0)
    assert np.mean([wanted[i] == pair for i, pair in zip(best, combinations, strict=True)]) >= 0.9


def test_loading_does_not_warn_of_the_weights_that_come_a_moment_later(caplog: pytest.LogCaptureFixture) -> None:
    load_from(TINY)
    assert "initialized randomly" not in caplog.text


def test_a_text_longer_than_the_context_is_cut_off(tiny: Encoder) -> None:
    start, longer = tiny.encode_texts(["red circle " * 20, "red circle " * 20_000])
    np.testing.assert_array_equal(start, longer)


@pytest.mark.parametrize("pooling", ["argmax", "eos"])
@pytest.mark.parametrize("kind", ["CLIP", "CustomTextCLIP"])
def test_a_text_is_read_to_its_end_and_no_further(kind: str, pooling: str) -> None:
    open_clip = import_open_clip()
    config = json.loads((TINY / CONFIG).read_text())["model_cfg"]
    config["text_cfg"] |= {"pool_type": pooling, "eos_id": 49407}
    torch.manual_seed(0)
    model = getattr(open_clip, kind)(**config).eval()
    tower = CausalTower.of(model)
    assert tower is not None
    tokens = open_clip.SimpleTokenizer(context_length=16)(["a red circle", "", "grumpy", "word " * 50])
    with torch.inference_mode():
        torch.testing.assert_close(tower(tokens), model.encode_text(tokens), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(tower(tokens[:1]), model.encode_text(tokens)[:1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("facts", [{"no_causal_mask": True}, {"pool_type": "last"}, {"embed_cls": True}])
def test_a_text_that_is_not_read_from_left_to_right_is_read_whole(facts: dict[str, object]) -> None:
    config = json.loads((TINY / CONFIG).read_text())["model_cfg"]
    config["text_cfg"] |= facts
    assert CausalTower.of(import_open_clip().CustomTextCLIP(**config)) is None


def test_the_revision_changes_with_weights_and_configuration_only(tiny: Encoder, folder: Path) -> None:
    assert load_from(folder).revision == tiny.revision
    config = json.loads((folder / CONFIG).read_text())
    config["preprocess_cfg"]["mean"] = [0.4, 0.5, 0.5]
    (folder / CONFIG).write_text(json.dumps(config))
    other_mean = load_from(folder).revision
    weights = load_file(folder / WEIGHTS)
    weights["logit_scale"] += 1
    save_file(weights, folder / WEIGHTS)
    assert len({tiny.revision, other_mean, load_from(folder).revision}) == 3


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderError, match="/nowhere/clip does not exist"):
        load("openclip:local-dir:/nowhere/clip")


def test_a_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="holds no open_clip_config"):
        load_from(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_cfg": 1}', '{"model_cfg": {"text_cfg": []}}', "\xff"])
def test_a_broken_configuration_is_refused(folder: Path, text: str) -> None:
    (folder / CONFIG).write_text(text, encoding="latin-1")
    with pytest.raises(EncoderError):
        load_from(folder)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["open_clip_pytorch_model.bin", "model.pt", "model.pth", "pytorch_model.bin"])
def test_pickled_weights_are_refused_unopened(folder: Path, name: str) -> None:
    trap = folder / "opened"
    (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(pickle.dumps(Bomb(trap)))
    with pytest.raises(EncoderError, match=f"holds only {name}. Weights are loaded from safetensors only"):
        load_from(folder)
    assert not trap.exists()


def test_a_pickle_beside_safetensors_is_ignored(tiny: Encoder, folder: Path) -> None:
    # open_clip itself would choose the pickle here, for its name.
    (folder / WEIGHTS).rename(folder / "mine.safetensors")
    (folder / "open_clip_pytorch_model.bin").write_bytes(pickle.dumps(Bomb(folder / "opened")))
    np.testing.assert_array_equal(load_from(folder).encode_texts(["red"]), tiny.encode_texts(["red"]))
    assert not (folder / "opened").exists()


def test_a_pickle_named_safetensors_is_refused_unopened(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps(Bomb(folder / "opened")))
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_from(folder)
    assert not (folder / "opened").exists()


def test_several_weights_without_the_usual_name_are_refused(folder: Path) -> None:
    shutil.copy(folder / WEIGHTS, folder / "b.safetensors")
    (folder / WEIGHTS).rename(folder / "a.safetensors")
    with pytest.raises(EncoderError, match=r"several weights \(a.safetensors, b.safetensors\)"):
        load_from(folder)


def test_truncated_or_foreign_weights_are_refused(folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_from(folder)
    save_file({"something": torch.zeros(3)}, folder / WEIGHTS)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_from(folder)


def test_weights_that_are_not_numbers_are_refused(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    weights["text_projection"] *= float("nan")
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(EncoderError, match="not numbers"):
        load_from(folder)


def test_a_configuration_that_wants_to_run_code_is_refused(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"trust_remote_code": True}
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(EncoderError, match="trust_remote_code"):
        load_from(folder)


def test_a_model_or_tag_that_openclip_does_not_know_is_named() -> None:
    with pytest.raises(EncoderError, match="no model 'ViT-Z-99'"):
        load("openclip:ViT-Z-99:webli")
    with pytest.raises(EncoderError, match="no pretrained weights 'nope'; OpenCLIP knows: webli"):
        load("openclip:ViT-B-16-SigLIP2:nope")


def test_every_recommended_model_is_known_to_openclip_with_its_preprocessing() -> None:
    open_clip = import_open_clip()
    for model, dims, side in [("ViT-B-16-SigLIP2", 768, 224), ("ViT-SO400M-14-SigLIP-384", 1152, 384)]:
        config = open_clip.get_model_config(model)
        assert (config["embed_dim"], config["vision_cfg"]["image_size"]) == (dims, side)
        assert open_clip.get_pretrained_cfg(model, "webli")["resize_mode"] == "squash"


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderError, match="no device called 'abacus'"):
        load(f"openclip:local-dir:{TINY}", device="abacus")
    with pytest.raises(EncoderError, match="no GPU 'cuda:99'"):
        load(f"openclip:local-dir:{TINY}", device="cuda:99")


def test_the_number_of_threads_can_be_set() -> None:
    before = torch.get_num_threads()
    try:
        load(f"openclip:local-dir:{TINY}", device="cpu", threads=before + 1)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)
