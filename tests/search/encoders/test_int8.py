"""The tiny model through onnxruntime: like torch's own, made once, and made again when damaged."""

from __future__ import annotations

import random
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.encoders import Encoder, EncoderError, Picture, load, towers
from search.encoders.int8 import revision_of
from search.encoders.specs import OpenClipSpec
from search.encoders.towers import META, PICTURE, TEXT
from search.encoders.weights import find_checkpoint
from tests.data.tiny_clip.drawing import COLOURS, SHAPES, draw, invent
from tests.search.encoders.processes import run_python
from tests.search.encoders.promises import assert_keeps_its_promises

TINY = Path(__file__).parents[2] / "data" / "tiny_clip"
SPEC = f"local-dir:{TINY}"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the towers were exported to, once for all tests; those that change it copy it."""
    folder = tmp_path_factory.mktemp("encoders")
    load(f"openclip-int8:{SPEC}", threads=1, folder=folder)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "encoders")
    return tmp_path / "encoders"


def load_from(folder: Path) -> Encoder:
    return load(f"openclip-int8:{SPEC}", threads=1, folder=folder)


def made(folder: Path) -> Path:
    (only,) = (path for path in folder.iterdir() if path.is_dir())
    return only


def test_it_keeps_the_promises_of_every_encoder(kept: Path) -> None:
    encoder = load_from(kept)
    assert_keeps_its_promises(encoder)
    assert (encoder.dims, encoder.reads_text) == (32, False)


def test_rankings_are_those_of_the_whole_model(kept: Path) -> None:
    chance = random.Random("int8")
    pictures = [Picture(draw(invent(chance), chance)) for _ in range(60)]
    texts = [f"{colour} {shape}" for colour in COLOURS for shape in SHAPES]
    whole, small = load(f"openclip:{SPEC}", device="cpu", threads=1), load_from(kept)
    for one, other in (
        (whole.encode_texts(texts), small.encode_texts(texts)),
        (whole.encode_pictures(pictures), small.encode_pictures(pictures)),
    ):
        assert (one * other).sum(axis=1).min() >= 0.99
    scores = [encoder.encode_texts(texts) @ encoder.encode_pictures(pictures).T for encoder in (whole, small)]
    first = [set(map(tuple, np.argwhere(score >= np.sort(score)[:, -10:-9]).tolist())) for score in scores]
    assert len(first[0] & first[1]) / len(first[0]) >= 0.9


def test_its_space_is_not_that_of_the_whole_model(kept: Path) -> None:
    assert load_from(kept).revision != load(f"openclip:{SPEC}", device="cpu").revision


def test_vectors_of_other_makers_are_of_another_revision(kept: Path) -> None:
    checkpoint, made_by = find_checkpoint(OpenClipSpec("local-dir", str(TINY))), towers.makers()
    assert load_from(kept).revision == revision_of(checkpoint, made_by)
    revisions = [revision_of(checkpoint, made_by | {name: "0.1"}) for name in ("torch", "onnxruntime")]
    assert len({load_from(kept).revision, *revisions}) == 3


def test_towers_are_made_once(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in made(folder).iterdir()}
    encoder = load_from(folder)
    assert {path.name: path.stat().st_mtime_ns for path in made(folder).iterdir()} == before
    assert set(before) == {TEXT, PICTURE, META}
    assert made(folder).name == encoder.revision


@pytest.mark.parametrize("name", [TEXT, PICTURE, META])
def test_damaged_towers_are_made_anew(folder: Path, kept: Path, name: str) -> None:
    path = made(folder) / name
    path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
    np.testing.assert_array_equal(load_from(folder).encode_texts(["red"]), load_from(kept).encode_texts(["red"]))
    assert path.read_bytes()[-20:] != b"x" * 20


def test_what_a_killed_export_left_is_no_hindrance(kept: Path, tmp_path: Path) -> None:
    left = tmp_path / f"{made(kept).name}.unfinished"
    left.mkdir()
    (left / TEXT).write_bytes(b"half")
    load_from(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [made(kept).name, "lock"]


def test_two_that_start_together_export_once(tmp_path: Path) -> None:
    encoders: list[Encoder] = []
    threads = [threading.Thread(target=lambda: encoders.append(load_from(tmp_path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one, other = (encoder.encode_texts(["red circle"]) for encoder in encoders)
    np.testing.assert_array_equal(one, other)


def test_without_a_folder_nothing_is_left_behind(kept: Path) -> None:
    encoder = load(f"openclip-int8:{SPEC}", threads=1)
    np.testing.assert_array_equal(encoder.encode_texts(["red"]), load_from(kept).encode_texts(["red"]))


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="/nowhere/clip does not exist"):
        load("openclip-int8:local-dir:/nowhere/clip", folder=tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_from(tmp_path / "file")


def test_towers_that_are_there_need_no_onnx_package(kept: Path) -> None:
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from pathlib import Path; from search.encoders import load\n"
        f"print(load('openclip-int8:{SPEC}', threads=1, folder=Path({str(kept)!r})).dims)"
    )
    assert run_python(code) == ["32"]


def test_a_picture_of_any_mode_is_encoded(kept: Path) -> None:
    grey = load_from(kept).encode_pictures([Picture(Image.new("L", (30, 20), 90))])
    assert np.isfinite(grey).all()
