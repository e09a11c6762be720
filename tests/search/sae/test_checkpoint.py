"""Models on disk."""

import json
from pathlib import Path

import pytest
import torch

from search.sae import BadCheckpoint, Checkpoint, load, save
from search.sae.checkpoint import WEIGHTS
from tests.search.sae.planted import trained, vectors


def kept(folder: Path) -> Checkpoint:
    training = trained(20, nested=(16,))
    checkpoint = Checkpoint(training.model.eval(), training.scale, "lite-1", {"rows": 6000})
    save(checkpoint, folder)
    return checkpoint


def test_what_is_read_again_is_equal_to_the_bit(tmp_path: Path) -> None:
    before = kept(tmp_path)
    after = load(tmp_path, space="lite-1")
    assert after.model.config == before.model.config
    assert after.facts == {"rows": 6000}
    for name, tensor in before.model.state_dict().items():
        assert torch.equal(tensor, after.model.state_dict()[name])
    x = torch.from_numpy(before.scale.apply(vectors(50)))
    assert torch.equal(before.model.decode(before.model.encode(x)), after.model.decode(after.model.encode(x)))
    assert json.loads((tmp_path / "sae.json").read_text())["config"]["latents"] == 64


def test_a_model_of_other_vectors_is_refused(tmp_path: Path) -> None:
    kept(tmp_path)
    with pytest.raises(BadCheckpoint, match="lite-1, not of other"):
        load(tmp_path, space="other")


def test_a_model_of_a_later_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.sae.checkpoint.VERSION", 2)
    kept(tmp_path)
    monkeypatch.undo()
    with pytest.raises(BadCheckpoint, match="version 2"):
        load(tmp_path, space="lite-1")


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\x08\0\0\0\0\0\0\0{}      "], ids=["empty", "nonsense", "no tensors"]
)
def test_rubbish_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(BadCheckpoint, match="holds no model"):
        load(tmp_path, space="lite-1")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    kept(tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadCheckpoint, match="holds no model"):
        load(tmp_path, space="lite-1")


def test_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="No such file"):
        load(tmp_path / "nowhere", space="lite-1")
