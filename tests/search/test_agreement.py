"""Which readings of pictures may be of the same words."""

import random

import pytest

from mse_site.demo.world import Kind, World
from search.agreement import agree, edits

SAME = [
    ("", ""),
    ("me on monday", "ME ON MONDAY!"),
    ("when the meeting could have been an email", "when the rneeting could have been an ernail"),
    ("this is fine everything is fine", "thls is flne everything is fine"),
    ("one does not simply walk into mordor", "one doesnot simply walk into mordor"),
    ("a long caption that was read in full here dot io", "a long caption that was read in full here"),
    ("これはミームです", "これはミームです"),
    ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
]
OTHER = [
    ("me on monday", "me on friday"),
    ("me on monday", ""),
    ("me at 3am", "me at 4am"),
    ("a long caption of very many words with 12 in it", "a long caption of very many words with 13 in it"),
    ("a long caption of very many words about my cat", "a long caption of very many words about my dog"),
    ("cats are better", "dogs are better"),
    ("yes", "no"),
    ("do it", "do not do it"),
    ("これはミームです", "あれは絵ではない"),
]


@pytest.mark.parametrize(("text", "other"), SAME)
def test_bad_readings_of_the_same_words_agree(text: str, other: str) -> None:
    assert agree(text, other)
    assert agree(other, text)


@pytest.mark.parametrize(("text", "other"), OTHER)
def test_another_word_or_number_is_another_caption(text: str, other: str) -> None:
    assert not agree(text, other)
    assert not agree(other, text)


def test_edits_are_counted_until_there_are_too_many() -> None:
    assert [edits("kitten", "sitting", most=most) for most in (5, 3, 2)] == [3, 3, 3]
    assert edits("", "abc", most=3) == 3


def test_captions_of_the_drawn_templates_agree_with_themselves_badly_read_and_not_with_each_other() -> None:
    dice = random.Random(4)
    world = World(seed=3, count=400)
    captions = [(meme, " ".join(meme.truth.words)) for meme in world.memes if meme.kind is Kind.RECAPTION]
    assert len(captions) > 15
    for meme, caption in captions:
        assert meme.origin is not None
        before = " ".join(world.memes[meme.origin].truth.words)
        assert agree(caption, before) == (caption == before)  # some layouts are recaptioned by their pictures alone
    long = [caption for _, caption in captions if len(caption) > 20]
    agreed = sum(agree(caption, badly_read(caption, dice)) for caption in long)
    assert agreed >= 0.8 * len(long)


def badly_read(text: str, dice: random.Random) -> str:
    """One letter in forty taken for another that looks like it."""
    alike = {"i": "l", "l": "1", "o": "0", "s": "5", "m": "rn", "b": "8"}
    return "".join(alike.get(letter, letter) if dice.random() < 0.025 else letter for letter in text.lower())
