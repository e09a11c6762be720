"""Stems of words: asked for once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search import stems

pytestmark = pytest.mark.django_db


def test_words_of_one_stem_have_the_same_and_stop_words_have_none() -> None:
    found = stems.of(["running", "runs", "the", "cat"])
    assert found["running"] == found["runs"] == "run"
    assert "the" not in found


def test_a_word_is_asked_for_once() -> None:
    with CaptureQueriesContext(connection) as asked:
        first = stems.of(["nobodyelsesayings", "the"])
        assert first == {"nobodyelsesayings": "nobodyelsesay"}
        assert stems.of(["the", "nobodyelsesayings"]) == first
        assert len(asked) == 1
        assert stems.of(["nobodyelsesayings", "noreveryoneelses"])["noreveryoneelses"] == "noreveryoneels"
        assert len(asked) == 2


def test_what_is_remembered_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stems, "MOST_KNOWN", 3)
    for number in range(5):
        assert stems.of([f"cats{number}", "dogs"])["dogs"] == "dog"
    assert len(stems._known) <= 3
