import numpy as np
import pytest

from rating.bayes import Prior, fit, from_bytes, to_bytes
from rating.bayes.storage import BadPosterior
from tests.rating.bayes.drawing import FEATURES, answers, planted


def test_what_is_read_is_equal_to_the_bit() -> None:
    """Also after updates."""
    given = answers(planted(), 60)
    posterior = fit(given, Prior.around_nothing(FEATURES))
    for pair in given.pairs[:7]:
        posterior = posterior.with_pair(pair, 0.7)
    again = from_bytes(to_bytes(posterior), FEATURES)
    assert again.mean.tobytes() == posterior.mean.tobytes()
    assert again.covariance.tobytes() == posterior.covariance.tobytes()
    assert again.log_evidence == posterior.log_evidence
    assert to_bytes(again) == to_bytes(posterior)


def test_a_taste_of_another_size_is_refused() -> None:
    data = to_bytes(fit(answers(planted(), 5), Prior.around_nothing(FEATURES)))
    with pytest.raises(BadPosterior, match="8 weights, not 9"):
        from_bytes(data, FEATURES + 1)


@pytest.mark.parametrize("data", [b"", b"junk", b"\x08" + bytes(40), bytes(100)])
def test_bytes_that_are_no_taste_are_refused(data: bytes) -> None:
    with pytest.raises(BadPosterior, match="no posterior"):
        from_bytes(data, FEATURES)


def test_a_cut_off_taste_is_refused() -> None:
    data = to_bytes(fit(answers(planted(), 5), Prior.around_nothing(FEATURES)))
    with pytest.raises(BadPosterior, match="no posterior"):
        from_bytes(data[:-1], FEATURES)


def test_numbers_that_are_not_finite_are_refused() -> None:
    posterior = fit(answers(planted(), 5), Prior.around_nothing(FEATURES))
    posterior.mean[2] = np.nan
    with pytest.raises(BadPosterior, match="finite"):
        from_bytes(to_bytes(posterior), FEATURES)
