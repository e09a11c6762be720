"""Texts, and pictures, that are asked for at once share a trip through the encoder."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from search.encoders import Picture, load
from search.sidecar.index import ExactIndex
from search.sidecar.served import Served, Space
from search.sidecar.terms import Vector
from search.sidecar.together import MOST_TOGETHER, Together
from tests.search.sidecar.waiting import eventually

LITE = load("lite")
WITHIN_S = 30.0
REMEMBERED = 50


class Counting:
    """The real encoder, which notes the size of every batch and refuses one word."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode_texts(self, texts: Sequence[str]) -> Vector:
        self.batches.append(len(texts))
        if "forbidden" in texts:
            raise ValueError("a word that is refused")
        return LITE.encode_texts(texts)


def texts_of(encoder: Counting, encoding: threading.Lock) -> Together[str]:
    return Together(encoder.encode_texts, encoding, remembered=REMEMBERED)


def ask_at_once(vectors: Together[str], encoding: threading.Lock, texts: list[str]) -> dict[str, object]:
    """All are waiting when the encoder becomes free."""
    answers: dict[str, object] = {}

    def ask(text: str) -> None:
        try:
            answers[text] = vectors.of(text, text)
        except ValueError as error:
            answers[text] = str(error)

    with encoding:
        threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        eventually(lambda: len(vectors._waiting) == len(set(texts)), within_s=WITHIN_S)
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def encoder() -> Counting:
    return Counting()


def test_texts_that_wait_together_are_encoded_together(encoder: Counting) -> None:
    encoding = threading.Lock()
    texts = [f"cat number {number}" for number in range(MOST_TOGETHER + 4)]
    answers = ask_at_once(texts_of(encoder, encoding), encoding, texts)
    assert encoder.batches == [MOST_TOGETHER, 4]
    for text in texts:
        np.testing.assert_allclose(np.asarray(answers[text]), LITE.encode_texts([text])[0], atol=1e-6)


def test_the_same_text_asked_for_at_once_is_encoded_once(encoder: Counting) -> None:
    encoding = threading.Lock()
    vectors = texts_of(encoder, encoding)
    ask_at_once(vectors, encoding, ["dogs"] * 8)
    vectors.of("dogs", "dogs")
    assert encoder.batches == [1]


def test_a_text_that_is_refused_costs_the_others_nothing(encoder: Counting) -> None:
    encoding = threading.Lock()
    vectors = texts_of(encoder, encoding)
    answers = ask_at_once(vectors, encoding, ["dogs", "forbidden", "cats"])
    assert answers["forbidden"] == "a word that is refused"
    np.testing.assert_allclose(np.asarray(answers["cats"]), LITE.encode_texts(["cats"])[0], atol=1e-6)
    with pytest.raises(ValueError, match="refused"):
        vectors.of("forbidden", "forbidden")  # asked again, it is tried again


def test_the_texts_asked_for_last_are_remembered(encoder: Counting) -> None:
    vectors = texts_of(encoder, threading.Lock())
    first = vectors.of("first", "first")
    for number in range(REMEMBERED - 1):
        vectors.of(str(number), str(number))
    assert vectors.of("first", "first") is first
    vectors.of("one more", "one more")  # pushes out "0"
    asked = len(encoder.batches)
    vectors.of("first", "first")
    assert len(encoder.batches) == asked
    vectors.of("0", "0")
    assert len(encoder.batches) == asked + 1


def test_pictures_that_wait_together_are_encoded_together() -> None:
    batches: list[int] = []

    def encode(pictures: Sequence[Picture]) -> Vector:
        batches.append(len(pictures))
        return LITE.encode_pictures(pictures)

    encoding = threading.Lock()
    vectors = Together(encode, encoding, remembered=REMEMBERED)
    pictures = [Picture(Image.new("RGB", (8, 8), colour)) for colour in ("red", "lime", "blue")]
    answers: dict[int, Vector] = {}
    with encoding:
        threads = [
            threading.Thread(target=lambda key=key, picture=picture: answers.update({key: vectors.of(key, picture)}))
            for key, picture in enumerate(pictures)
        ]
        for thread in threads:
            thread.start()
        eventually(lambda: len(vectors._waiting) == len(pictures), within_s=WITHIN_S)
    for thread in threads:
        thread.join()
    assert batches == [3]
    for key, picture in enumerate(pictures):
        np.testing.assert_allclose(answers[key], LITE.encode_pictures([picture])[0], atol=1e-6)


def test_a_text_and_a_picture_are_never_encoded_at_the_same_time() -> None:
    served = Served(Space(1, "lite", LITE.revision, LITE.dims), LITE, ExactIndex(LITE.dims))
    assert served._texts._encoding is served._pictures._encoding
