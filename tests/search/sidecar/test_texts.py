"""Texts that are asked for at once share a trip through the encoder."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from search.encoders import load
from search.sidecar.terms import Vector
from search.sidecar.texts import CACHED_TEXTS, MOST_TOGETHER, TextVectors
from tests.search.sidecar.waiting import eventually

LITE = load("lite")
WITHIN_S = 30.0


class Counting:
    """The real encoder, which notes the size of every batch and refuses one word."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode_texts(self, texts: Sequence[str]) -> Vector:
        self.batches.append(len(texts))
        if "forbidden" in texts:
            raise ValueError("a word that is refused")
        return LITE.encode_texts(texts)


def ask_at_once(vectors: TextVectors, encoding: threading.Lock, texts: list[str]) -> dict[str, object]:
    """All are waiting when the encoder becomes free."""
    answers: dict[str, object] = {}

    def ask(text: str) -> None:
        try:
            answers[text] = vectors.of(text)
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
    answers = ask_at_once(TextVectors(encoder, encoding), encoding, texts)
    assert encoder.batches == [MOST_TOGETHER, 4]
    for text in texts:
        np.testing.assert_allclose(np.asarray(answers[text]), LITE.encode_texts([text])[0], atol=1e-6)


def test_the_same_text_asked_for_at_once_is_encoded_once(encoder: Counting) -> None:
    encoding = threading.Lock()
    vectors = TextVectors(encoder, encoding)
    ask_at_once(vectors, encoding, ["dogs"] * 8)
    vectors.of("dogs")
    assert encoder.batches == [1]


def test_a_text_that_is_refused_costs_the_others_nothing(encoder: Counting) -> None:
    encoding = threading.Lock()
    vectors = TextVectors(encoder, encoding)
    answers = ask_at_once(vectors, encoding, ["dogs", "forbidden", "cats"])
    assert answers["forbidden"] == "a word that is refused"
    np.testing.assert_allclose(np.asarray(answers["cats"]), LITE.encode_texts(["cats"])[0], atol=1e-6)
    with pytest.raises(ValueError, match="refused"):
        vectors.of("forbidden")  # asked again, it is tried again


def test_the_texts_asked_for_last_are_remembered(encoder: Counting) -> None:
    vectors = TextVectors(encoder, threading.Lock())
    first = vectors.of("first")
    for number in range(CACHED_TEXTS - 1):
        vectors.of(str(number))
    assert vectors.of("first") is first
    vectors.of("one more")  # pushes out "0"
    asked = len(encoder.batches)
    vectors.of("first")
    assert len(encoder.batches) == asked
    vectors.of("0")
    assert len(encoder.batches) == asked + 1
