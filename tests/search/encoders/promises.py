"""What every encoder must keep, as assertions shared by the tests of each."""

from __future__ import annotations

import numpy as np
from PIL import Image

from search.encoders import Encoder, Picture
from search.encoders.base import Vectors

TEXTS = ["a red circle", "", "GRUMPY monday", "火曜日の猫", "?!", "word " * 500]
PICTURES = [
    Picture(Image.new("RGB", (64, 48), "red"), "a red circle"),
    Picture(Image.new("RGB", (1, 1), "black")),
    Picture(Image.new("RGB", (7, 900), (128, 128, 128)), "   "),
    Picture(Image.linear_gradient("L").convert("RGB"), "grumpy"),
]


def assert_unit_rows(vectors: Vectors, count: int, dims: int) -> None:
    assert vectors.dtype == np.float32
    assert vectors.shape == (count, dims)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def assert_keeps_its_promises(encoder: Encoder) -> None:
    assert encoder.spec
    assert encoder.name
    assert encoder.revision
    texts, pictures = encoder.encode_texts(TEXTS), encoder.encode_pictures(PICTURES)
    assert_unit_rows(texts, len(TEXTS), encoder.dims)
    assert_unit_rows(pictures, len(PICTURES), encoder.dims)
    assert_unit_rows(encoder.encode_texts([]), 0, encoder.dims)
    assert_unit_rows(encoder.encode_pictures([]), 0, encoder.dims)
    one_by_one = [encoder.encode_texts([text])[0] for text in TEXTS]
    np.testing.assert_allclose(texts, one_by_one, atol=1e-5)
    one_by_one = [encoder.encode_pictures([picture])[0] for picture in PICTURES]
    np.testing.assert_allclose(pictures, one_by_one, atol=1e-5)
