import hashlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from search.media import BLANK_PHASH, content_hash, derive, hamming, phash
from search.media.hashes import DCT
from tests.search.media.making import opened, saved, scene

SIGNED = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def test_the_content_hash_is_the_sha256_of_all_bytes():
    data = bytes(range(256)) * 10_000
    assert content_hash(BytesIO(data)) == hashlib.sha256(data).hexdigest()


def test_the_content_hash_of_nothing_is_the_published_one():
    assert content_hash(BytesIO(b"")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_transform_is_orthonormal():
    np.testing.assert_allclose(DCT @ DCT.T, np.eye(8), atol=1e-12)


def test_the_hash_is_the_signs_of_the_textbook_transform():
    image = scene(3, (32, 32)).convert("L")
    pixels = np.asarray(image, dtype=float)
    n = np.arange(32)
    low = [
        [
            (pixels * np.outer(np.cos(np.pi * v * (2 * n + 1) / 64), np.cos(np.pi * u * (2 * n + 1) / 64))).sum()
            for u in range(8)
        ]
        for v in range(8)
    ]
    # The textbook's scale factors: sqrt(1/N) for frequency 0 and sqrt(2/N) else, in both directions.
    scale = np.where(np.arange(8) == 0, np.sqrt(1 / 32), np.sqrt(2 / 32))
    low = np.array(low) * np.outer(scale, scale)
    bits = "".join("1" if value > np.median(low) else "0" for value in low.ravel())
    assert phash(image) & (2**64 - 1) == int(bits, 2)


def test_half_of_the_bits_are_set():
    assert [hamming(phash(scene(seed)), 0) for seed in range(5)] == [32] * 5


@pytest.mark.parametrize("seed", range(8))
def test_scaling_and_encoding_again_move_few_bits(seed):
    image = scene(seed, (900, 600))
    original = derive(BytesIO(saved(image, "PNG"))).phash
    for again in (
        saved(image, "JPEG", quality=40),
        saved(image.resize((300, 200)), "WEBP", quality=60),
        saved(image.resize((1800, 1200)), "JPEG"),
        saved(image, "GIF"),
    ):
        assert hamming(derive(BytesIO(again)).phash, original) <= 6


def test_different_pictures_are_far_apart():
    hashes = [phash(scene(seed)) for seed in range(30)]
    distances = [hamming(a, b) for number, a in enumerate(hashes) for b in hashes[:number]]
    assert min(distances) > 12
    assert 26 < sum(distances) / len(distances) < 38


def test_pictures_of_one_colour_share_the_hash_that_says_nothing():
    for color in ("black", "white", "teal"):
        image = Image.new("RGB", (300, 200), color)
        expected = BLANK_PHASH if color != "black" else 0
        assert phash(image) == expected


@given(SIGNED, SIGNED)
def test_the_distance_counts_differing_bits(a, b):
    assert hamming(a, b) == f"{(a ^ b) % 2**64:b}".count("1") == hamming(b, a)
    assert hamming(a, a) == 0


def test_the_hash_fits_a_signed_64_bit_column():
    hashes = [phash(opened(saved(scene(seed), "JPEG"))) for seed in range(20)]
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert len(set(hashes)) == 20
