"""People of the drawn world answer by their planted tastes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from ingestion.crawling import import_folder
from mse_site.demo.library import write_library
from mse_site.demo.people import PEOPLE, utility
from mse_site.demo.truth import Truth
from mse_site.management.commands.simulate_rater import read_truths
from rating.models import Axis, Comparison
from search import indexing
from search.models import Meme
from tests.rating.conftest import axes

__all__ = ["axes"]

SIGNS = {"much_left": 1, "left": 1, "tie": 0, "right": -1, "much_right": -1}


@pytest.fixture
def truths(tmp_path: Path, transactional_db: None, axes: list[Axis], settings: Any) -> Mapping[int, Truth]:
    settings.DATA_DIR = tmp_path
    write_library(tmp_path / "library", 0, 24)
    import_folder(tmp_path / "library")
    while indexing.derive_media():
        pass
    return read_truths(tmp_path / "library")


def test_answers_agree_with_the_taste_that_was_planted(truths: Mapping[int, Truth], alice: User, bob: User) -> None:
    assert len(truths) == Meme.objects.count()
    for user in (alice, bob):
        call_command("simulate_rater", user.username, 120, "--axis", "meme", "--axis", "useful")
        person = next(person for person in PEOPLE if person.username == user.username)
        rows = Comparison.objects.filter(rater=user).select_related("axis")
        assert rows.count() == 240
        assert set(rows.values_list("outcome", flat=True)) <= set(SIGNS)
        right = wrong = 0
        for row in rows:
            margin = utility(person, row.axis.name, truths[row.left_id]) - utility(
                person, row.axis.name, truths[row.right_id]
            )
            right += SIGNS[row.outcome] * margin > 0
            wrong += SIGNS[row.outcome] * margin < 0
        assert right > 2 * wrong  # a coin would agree as often as not


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nobody", "3"], "nobody called"),
        (["charlie", "3"], "nobody of the drawn world"),
        (["alice", "3", "--axis", "funny"], "--axis is one of"),
        (["alice", "3"], "no drawn library"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_simulated_is_said(
    alice: User, charlie: User, axes: list[Axis], tmp_path: Path, settings: Any, words: list[str], reason: str
) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match=reason):
        call_command("simulate_rater", *words)
