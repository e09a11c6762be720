"""From terms to a direction and to memes, with the real encoder."""

import io

import numpy as np
import pytest
from PIL import Image

from search.encoders import Picture, load
from search.sidecar.index import ExactIndex
from search.sidecar.served import Served, Space
from search.sidecar.service import NotServing, Service, combine
from search.sidecar.terms import BadTerm, MemeTerm, PictureTerm, Term, TextTerm, UnknownMeme, VectorTerm
from search.sidecar.together import CACHED_PICTURES
from tests.search.sidecar.scratch import DIMS, unit_vectors

ENCODER = load("lite")


@pytest.fixture
def service() -> Service:
    index = ExactIndex(DIMS)
    for meme, text in enumerate(["a red circle", "dogs in space", "tax return"], 1):
        index.replace(meme, {0: ENCODER.encode_texts([text])[0]})
    service = Service()
    service.publish(Served(Space(7, "lite", ENCODER.revision, DIMS), ENCODER, index))
    return service


def png(color: str, size: tuple[int, int] = (64, 64)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def test_a_text_finds_what_says_it(service: Service) -> None:
    found = service.search([TextTerm("dogs")], 3)
    assert found.ids[0] == 2
    assert found.space_id == 7
    assert found.took_ms > 0


def test_a_single_term_is_the_encoders_own_vector(service: Service) -> None:
    np.testing.assert_allclose(
        service.encode([TextTerm("dogs", 2.5)]).vector, ENCODER.encode_texts(["dogs"])[0], atol=1e-6
    )


def test_a_picture_asked_for_again_is_not_encoded_again(service: Service) -> None:
    served = service.served
    assert served is not None
    one, other = (PictureTerm(png(color)) for color in ("red", "blue"))
    assert served.known_picture(one.data) is None
    first = service.search([one], 3)
    known = served.known_picture(one.data)
    assert known is not None
    service.search([other], 3)
    assert served.known_picture(one.data) is known
    assert served.known_picture(other.data) is not None
    again = service.search([one], 3)
    assert again.ids.tolist() == first.ids.tolist()
    for number in range(CACHED_PICTURES):
        served.encode_picture(bytes([number]), Picture(Image.new("RGB", (4, 4))))
    assert served.known_picture(one.data) is None


def test_a_picture_is_encoded_as_when_it_is_indexed(service: Service) -> None:
    data = png("red")
    expected = ENCODER.encode_pictures([Picture(Image.open(io.BytesIO(data)).convert("RGB"))])[0]
    np.testing.assert_allclose(service.encode([PictureTerm(data)]).vector, expected, atol=1e-6)


def test_weights_and_signs_add_up_in_unit_vectors(service: Service) -> None:
    one, two = unit_vectors(1, 2).astype(np.float64)
    vector = service.encode([VectorTerm(one * 40, 1.5), VectorTerm(two, -0.5)]).vector
    expected = 1.5 * one / np.linalg.norm(one) - 0.5 * two / np.linalg.norm(two)
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)
    assert vector.dtype == np.float32


def test_a_negative_term_pushes_its_meme_to_the_end(service: Service) -> None:
    assert service.search([TextTerm("circle"), TextTerm("dogs", -1.0)], 3).ids.tolist()[::2] == [1, 2]


def test_a_meme_is_found_by_itself(service: Service) -> None:
    assert service.search([MemeTerm(3)], 1).ids.tolist() == [3]


def test_a_clip_stands_for_all_its_frames(service: Service) -> None:
    assert service.served is not None
    frames = unit_vectors(3, 2)
    service.served.index.replace(9, dict(enumerate(frames)))
    np.testing.assert_allclose(
        service.encode([MemeTerm(9)]).vector, frames.sum(axis=0) / np.linalg.norm(frames.sum(axis=0)), atol=1e-5
    )


def test_more_results_than_memes_may_be_asked_for(service: Service) -> None:
    assert len(service.search([TextTerm("dogs")], 10**12).ids) == 3


def test_the_same_text_is_encoded_once(service: Service) -> None:
    assert service.served is not None
    assert service.served.encode_text("dogs") is service.served.encode_text("dogs")


def vector(value: float, dims: int = DIMS) -> np.ndarray:
    return np.full(dims, value, np.float32)


BAD: dict[str, tuple[list[Term], int | None, str]] = {
    "no terms": ([], None, "1 to 256 terms"),
    "too many terms": ([TextTerm("x")] * 10_000, None, "1 to 256 terms"),
    "empty text": ([TextTerm("a"), TextTerm(" \n")], 1, "empty"),
    "a megabyte of text": ([TextTerm("cat " * 250_000)], 0, "characters"),
    "NaN": ([VectorTerm(vector(np.nan))], 0, "not finite"),
    "infinity": ([VectorTerm(vector(np.inf))], 0, "not finite"),
    "zero": ([VectorTerm(vector(0))], 0, "zero"),
    "wrong dims": ([VectorTerm(vector(1, 3))], 0, "512 numbers, not 3"),
    "no dims": ([VectorTerm(vector(1, 0))], 0, "512 numbers, not 0"),
    "weight of 1e308": ([TextTerm("a", 1e308), TextTerm("b", 1e308)], 0, "weight"),
    "weight NaN": ([TextTerm("a", float("nan"))], 0, "weight"),
    "weight infinite": ([TextTerm("a", float("-inf"))], 0, "weight"),
    "all weights zero": ([TextTerm("a", 0.0)], None, "cancel"),
    "opposites": ([TextTerm("a", 1.0), TextTerm("a", -1.0)], None, "cancel"),
    "no picture": ([PictureTerm(b"GIF89a but not really")], 0, "GIF"),
    "empty picture": ([PictureTerm(b"")], 0, "empty"),
    "too large a file": ([PictureTerm(b"\x89PNG\r\n\x1a\n" + bytes(33 * 1024 * 1024))], 0, "MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_query_without_a_direction_is_refused(service: Service, name: str) -> None:
    terms, position, reason = BAD[name]
    with pytest.raises(BadTerm, match=reason) as caught:
        service.search(terms, 5)
    assert caught.value.position == position


def test_a_decompression_bomb_is_refused_before_it_is_decoded(service: Service) -> None:
    bomb = bytearray(png("red"))
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2  # width and height in the header
    with pytest.raises(BadTerm):
        service.search([PictureTerm(bytes(bomb))], 5)


def test_an_unknown_meme_is_told_from_other_bad_terms(service: Service) -> None:
    with pytest.raises(UnknownMeme) as caught:
        service.search([TextTerm("a"), MemeTerm(4711)], 5)
    assert caught.value.position == 1


def test_the_largest_float32_has_a_direction(service: Service) -> None:
    largest: list[Term] = [VectorTerm(vector(3.4e38))]
    assert np.linalg.norm(service.encode(largest).vector) == pytest.approx(1.0, abs=1e-6)


def test_no_results_is_no_number_of_results(service: Service) -> None:
    with pytest.raises(BadTerm):
        service.search([TextTerm("a")], 0)


def test_without_an_index_nothing_is_answered() -> None:
    with pytest.raises(NotServing):
        Service().search([TextTerm("a")], 5)


def test_a_request_keeps_the_space_it_began_in(service: Service) -> None:
    served = service.served
    assert served is not None
    service.publish(None)
    assert combine(served, [TextTerm("dogs")]).shape == (DIMS,)
