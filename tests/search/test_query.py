"""What people type becomes terms and phrases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import MAX_LENGTH, BadQuery, LikeTerm, Query, TextTerm, parse


def test_words_in_a_row_are_one_text() -> None:
    assert parse("  cats in   space ") == Query((TextTerm("cats in space"),))


def test_a_minus_sign_turns_a_word_into_its_opposite() -> None:
    assert parse("cats -dogs") == Query((TextTerm("cats"), TextTerm("dogs", -1.0)))


def test_a_minus_sign_before_quotes_takes_the_whole_phrase() -> None:
    assert parse('cats -"angry dogs"').terms == (TextTerm("cats"), TextTerm("angry dogs", -1.0))


def test_quoted_words_must_occur_and_also_mean_something() -> None:
    assert parse('grumpy "hello world"') == Query((TextTerm("grumpy hello world"),), ("hello world",))


def test_like_names_a_meme() -> None:
    assert parse("like:12 -like:7").terms == (LikeTerm(12), LikeTerm(7, -1.0))


@pytest.mark.parametrize("text", ["like:", "like:x", "like:12x", "-", "--", '"', "a-b"])
def test_what_is_not_syntax_is_text(text: str) -> None:
    query = parse(text)
    assert all(isinstance(term, TextTerm) for term in query.terms)
    assert not query.is_empty()


@pytest.mark.parametrize("text", ["", "   ", '""', '"  "', "\x00"])
def test_nothing_asked_is_an_empty_query(text: str) -> None:
    assert parse(text).is_empty()


def test_a_query_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(BadQuery, match=str(MAX_LENGTH + 1)):
        parse("x" * (MAX_LENGTH + 1))


def test_too_many_terms_are_refused() -> None:
    with pytest.raises(BadQuery, match="terms"):
        parse(" ".join(f"-w{number}" for number in range(100)))


@given(st.text(max_size=200))
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text)
    assert all(term.text.strip() for term in query.terms if isinstance(term, TextTerm))
    assert "\x00" not in "".join(query.phrases)
