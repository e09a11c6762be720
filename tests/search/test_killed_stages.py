"""A worker that is killed while it keeps what a stage has made: nothing half done, and the next one does it once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from search import indexing, store
from search.models import Claim, Embedding, Meme
from tests.fixtures.processes import begin, killed_at, wait_until_blocked
from tests.search.taking_in import take_in

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = {"media": indexing.derive_media, "text": indexing.read_texts, "embedding": indexing.embed_memes}
# Lets a claim refer to the row, and nobody write to it.
HOLD = "SELECT 1 FROM search_meme WHERE id = %s FOR NO KEY UPDATE"


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_that_is_killed_in_a_stage_leaves_it_to_the_next(
    stage: str, alice: User, media_dir: Path, settings: Any
) -> None:
    settings.MSE_OCR = False
    meme = take_in(alice, "blue")
    for earlier in list(STAGES)[: list(STAGES).index(stage)]:
        STAGES[earlier]()
    before = done(meme)
    with killed_at(HOLD, meme.pk):
        worker = begin("tests.search.stage_process", stage, media=media_dir, MSE_OCR="false")
        wait_until_blocked()
        worker.kill()
        worker.wait()
    assert done(meme) == before
    assert STAGES[stage]() == 0  # its lease has not run out
    assert Claim.objects.get(stage=stage).attempts == 1
    Claim.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert [STAGES[stage](), STAGES[stage]()] == [1, 0]
    assert done(meme) == before + 1
    assert not Claim.objects.exists()
    assert store.has(store.thumbnail_key(meme.sha256))


def done(meme: Meme) -> int:
    """How many stages say that they have."""
    meme.refresh_from_db()
    return sum([meme.derived_at is not None, meme.text_read_at is not None, Embedding.objects.count()])
