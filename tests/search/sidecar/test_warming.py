"""The encoder that is loaded before anybody asks."""

import threading

import pytest

from search.encoders import Encoder, EncoderError, load
from search.sidecar.warming import Warmed
from tests.search.sidecar.waiting import eventually


class Counting:
    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.threads: list[str] = []

    def __call__(self, spec: str) -> Encoder:
        self.loaded.append(spec)
        self.threads.append(threading.current_thread().name)
        return load(spec)


def test_it_is_loaded_beside_and_handed_out_once() -> None:
    counting = Counting()
    warmed = Warmed(counting, "lite")
    warmed.start()
    assert warmed("lite").encode_texts(["a"]).shape == (1, 512)
    assert counting.threads in (["warm"], ["MainThread"])  # whoever was first
    warmed("lite")
    assert len(counting.loaded) == 2


def test_what_was_loaded_before_is_not_loaded_again() -> None:
    counting = Counting()
    warmed = Warmed(counting, "lite")
    warmed.start()
    eventually(lambda: counting.loaded, within_s=10)
    warmed("lite")
    assert counting.threads == ["warm"]


def test_asked_for_another_it_gives_that_and_drops_its_own() -> None:
    counting = Counting()
    warmed = Warmed(counting, "no-such-encoder")
    warmed.start()
    assert warmed("lite").dims == 512
    with pytest.raises(EncoderError):
        warmed("no-such-encoder")


def test_without_a_name_nothing_is_loaded_before_its_time() -> None:
    counting = Counting()
    warmed = Warmed(counting, "")
    warmed.start()
    warmed("lite")
    assert counting.threads == ["MainThread"]
