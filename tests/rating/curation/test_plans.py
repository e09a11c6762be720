import pytest

from rating.curation import plans
from rating.curation.plans import Wanted


class Watched(Wanted):
    """Counts how often one is compared with another."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Watched.compared += 1
        return self is other

    __hash__ = Wanted.__hash__


def test_no_meme_is_looked_for_among_all_others() -> None:
    wanted = [Watched(pk, f"{pk:064x}", "Best", f"meme {pk}", ".png", 1) for pk in range(100)]
    first = plans.files(wanted, {}, [])
    kept = {path: one.sha256 for path, one in first.items()}
    assert list(first)[:2] == ["Best/meme 0.png", "Best/meme 1.png"]
    assert plans.files(wanted[1:], kept, []).keys() == first.keys() - {"Best/meme 0.png"}
    assert Watched.compared == 0


@pytest.mark.parametrize(
    ("name", "called"),
    [("con", "con_"), ("Con.cat", "Con_.cat"), ("NUL .x", "NUL_.x"), ("com¹", "com¹_"), ("concat", "concat")],
)
def test_no_file_is_called_as_a_device_of_windows(name: str, called: str) -> None:
    assert plans.cut(name) == called
