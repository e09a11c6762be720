import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rating.ensemble.model import CONFIG, WEIGHTS, Config, Ensemble
from rating.ensemble.networks import AT_ONCE, BadEnsemble, Networks

SHAPE = Config(features=6, axes=("useful", "meme"), members=3, hidden=5, basis="abc")


def drawn(count: int = 7) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 6))


def saved(folder: Path, config: Config = SHAPE) -> tuple[bytes, bytes]:
    model = Ensemble(config, seed=4)
    model.linear.data.normal_(generator=torch.Generator().manual_seed(1))
    model.save(folder)
    return (folder / WEIGHTS).read_bytes(), (folder / CONFIG).read_bytes()


def test_numpy_says_what_torch_says(tmp_path: Path) -> None:
    read = Networks.read(*saved(tmp_path))
    model = Ensemble.load(tmp_path)
    memes = drawn(2 * AT_ONCE + 1)
    expected = model.scores(torch.as_tensor(memes))[0].double().numpy()
    np.testing.assert_allclose(read.scores(memes), expected, atol=1e-5)
    assert (read.config, read.checksum) == (model.config, model.checksum)
    assert read.scores(np.zeros((0, 6))).shape == (0, 2)


def test_what_each_member_says_is_what_torch_says_and_means_the_score(tmp_path: Path) -> None:
    model = Ensemble(SHAPE, seed=4)
    model.linear.data[:] = torch.randn(1, 6, 2, generator=torch.Generator().manual_seed(1))
    model.save(tmp_path)
    read = Networks.read((tmp_path / WEIGHTS).read_bytes(), (tmp_path / CONFIG).read_bytes())
    memes = drawn(AT_ONCE + 1)
    said = read.by_member(memes, "meme")
    expected = model(torch.as_tensor(memes, dtype=torch.float32).expand(3, -1, -1))[..., 1].detach().numpy().T
    np.testing.assert_allclose(said, expected, atol=1e-5)
    np.testing.assert_allclose(said.mean(1), read.scores(memes)[:, 1], atol=1e-5)


def test_large_features_are_no_overflow(tmp_path: Path) -> None:
    assert np.isfinite(Networks.read(*saved(tmp_path)).scores(1e6 * drawn())).all()


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    weights, description = saved(tmp_path / "one")
    _, other = saved(tmp_path / "other", Config(features=9, axes=("useful",)))
    flipped = weights[:-2] + bytes([weights[-2] ^ 1]) + weights[-1:]
    for bad_weights, bad_description, why in (
        (weights[: len(weights) // 2], description, "no ensemble"),
        (b"", description, "no ensemble"),
        (weights, b"", "no ensemble"),
        (weights, b"[1]", "no ensemble"),
        (weights, json.dumps({"config": {}}).encode(), "no ensemble"),
        (weights, other, "other shapes"),
        (flipped, description, "damaged"),
    ):
        with pytest.raises(BadEnsemble, match=why):
            Networks.read(bad_weights, bad_description)


def test_features_of_another_space_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="6 features"):
        Networks.read(*saved(tmp_path)).scores(np.zeros((2, 5)))
