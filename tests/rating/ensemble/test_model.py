import json
from pathlib import Path

import pytest
import torch

from rating.ensemble.model import CONFIG, WEIGHTS, BadEnsemble, Config, Ensemble

SHAPE = Config(features=6, axes=("useful", "meme"), members=3, hidden=5, basis="abc")


def drawn(count: int = 7) -> torch.Tensor:
    return torch.randn(count, 6, generator=torch.Generator().manual_seed(0))


def test_every_member_scores_every_meme_on_every_axis() -> None:
    assert Ensemble(SHAPE)(drawn()).shape == (3, 7, 2)
    mean, spread = Ensemble(SHAPE).scores(drawn())
    assert mean.shape == spread.shape == (7, 2)
    assert (spread > 0).all()  # members start differently


def test_the_members_in_one_tensor_are_the_members_one_by_one() -> None:
    model = Ensemble(SHAPE)
    for member in range(3):
        hidden = torch.nn.functional.silu(drawn() @ model.inner[member] + model.inner_bias[member])
        alone = hidden @ model.outer[member] + drawn() @ model.linear[member]
        torch.testing.assert_close(model(drawn())[member], alone)


def test_swapping_left_and_right_turns_the_prediction_round() -> None:
    model = Ensemble(SHAPE)
    left, right = drawn()[:3], drawn()[3:6]
    torch.testing.assert_close(model.predict(left, right) + model.predict(right, left), torch.ones(3, 2))


def test_the_same_seed_starts_with_the_same_weights() -> None:
    assert Ensemble(SHAPE, seed=4).checksum == Ensemble(SHAPE, seed=4).checksum
    assert Ensemble(SHAPE, seed=4).checksum != Ensemble(SHAPE, seed=5).checksum


def test_what_is_loaded_is_equal_to_the_bit(tmp_path: Path) -> None:
    model = Ensemble(SHAPE, seed=4)
    model.save(tmp_path / "taste", {"epochs": 3})
    loaded = Ensemble.load(tmp_path / "taste")
    assert loaded.config == SHAPE
    for name, weights in model.state_dict().items():
        assert weights.numpy().tobytes() == loaded.state_dict()[name].numpy().tobytes()
    assert torch.equal(model(drawn()), loaded(drawn()))
    assert json.loads((tmp_path / "taste" / CONFIG).read_text())["facts"] == {"epochs": 3}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    Ensemble(SHAPE).save(tmp_path)
    data = bytearray((tmp_path / WEIGHTS).read_bytes())
    data[-2] ^= 1
    (tmp_path / WEIGHTS).write_bytes(data)
    with pytest.raises(BadEnsemble, match="damaged"):
        Ensemble.load(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"config": {}}', '{"config": {"features": 6, "axes": ["a"], "depth": 2}}', "[1]"]
)
def test_a_foreign_description_is_refused(tmp_path: Path, text: str) -> None:
    Ensemble(SHAPE).save(tmp_path)
    (tmp_path / CONFIG).write_text(text)
    with pytest.raises(BadEnsemble, match="no ensemble"):
        Ensemble.load(tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    Ensemble(SHAPE).save(tmp_path / "one")
    Ensemble(Config(features=9, axes=("useful",))).save(tmp_path / "other")
    (tmp_path / "one" / WEIGHTS).write_bytes((tmp_path / "other" / WEIGHTS).read_bytes())
    with pytest.raises(BadEnsemble, match="no ensemble"):
        Ensemble.load(tmp_path / "one")


def test_no_ensemble_at_all_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Ensemble.load(tmp_path)
