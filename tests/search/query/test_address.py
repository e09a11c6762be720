"""Embeddings in an address."""

import pytest

from search.query import BadQuery, TextTerm, VectorTerm, from_pairs, parse


def test_an_address_may_hold_several_embeddings() -> None:
    one, two = b"\x00\x3c", b"\x00\xbc"
    assert from_pairs("cats", ["ADw", "ALw^-0.5"]).terms == (TextTerm("cats"), VectorTerm(one), VectorTerm(two, -0.5))


def test_words_to_avoid_are_a_query_beside_an_embedding() -> None:
    assert from_pairs("-dogs", ["ADw"]).terms == (TextTerm("dogs", -1.0), VectorTerm(b"\x00\x3c"))
    with pytest.raises(BadQuery, match="Add something"):
        from_pairs("-dogs", ["ADw^-1"])


@pytest.mark.parametrize(
    "given", ["", "!", "AAA", "AHw", "ADw cats", "ADw type:video", "ADw^x", "ADw^1e308", "ADw\x00x"]
)
def test_what_is_no_embedding_is_refused(given: str) -> None:
    with pytest.raises(BadQuery) as refused:
        from_pairs("cats", [given])
    assert "vector:" not in str(refused.value)
    assert refused.value.parameter == "e"


def test_too_many_embeddings_are_too_many_terms() -> None:
    with pytest.raises(BadQuery, match="terms"):
        from_pairs("cats", ["ADw"] * 32)


def test_an_address_without_parameters_is_the_empty_query() -> None:
    assert from_pairs("") == parse("")
