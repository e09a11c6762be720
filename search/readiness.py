"""How far a meme is on its way to being found: which stage it waits for, or why one gave it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from search.models import Claim, Embedding, EmbeddingSpace, Meme

State = Literal["media", "text", "embedding", "ready", "failed", "remote"]

LABELS: dict[State, str] = {
    "media": "Making its thumbnail",
    "text": "Reading the words in it",
    "embedding": "Learning what it shows",
    "ready": "Ready to be found",
    "failed": "Could not be read",
    "remote": "Its picture is not here yet",
}


@dataclass(frozen=True)
class Readiness:
    """`state` is the stage a meme waits for, or `ready`, or `failed` with the `reason` of the stage that gave up, or
    `remote`: its vector came without its bytes."""

    state: State
    reason: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.state]

    @property
    def is_final(self) -> bool:
        return self.state in ("ready", "failed", "remote")


def readiness(memes: Sequence[Meme]) -> dict[int, Readiness]:
    """The readiness of each meme by its id, in two queries. Counted from the rows, so it is right whoever does the work."""
    ids = [meme.pk for meme in memes]
    embedded = set(
        Embedding.objects.filter(meme__in=ids, space__state=EmbeddingSpace.State.ACTIVE).values_list("meme", flat=True)
    )
    failed = {
        (meme, stage): reason
        for meme, stage, reason in Claim.objects.filter(meme__in=ids)
        .exclude(failed_at=None)
        .values_list("meme", "stage", "reason")
    }
    return {meme.pk: _of(meme, meme.pk in embedded, failed) for meme in memes}


def _of(meme: Meme, is_embedded: bool, failed: dict[tuple[int, str], str]) -> Readiness:
    if meme.remote_url:
        return Readiness("remote")
    has_text = meme.text_read_at is not None or (meme.pk, Claim.Stage.TEXT) in failed  # the last stage does without
    lacking: list[tuple[State, bool]] = [
        ("media", meme.derived_at is None),
        ("text", not has_text),
        ("embedding", not is_embedded),
    ]
    for stage, is_lacking in lacking:
        if is_lacking:
            reason = failed.get((meme.pk, stage))
            return Readiness(stage) if reason is None else Readiness("failed", reason)
    return Readiness("ready")
