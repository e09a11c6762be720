"""What changes the library: taking content in, keeping results of the stages, opening what is kept."""

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO, Literal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from search import merging, states, store
from search.locators import decode_path
from search.media import BadMedia, Derived, Limits, Probe, content_hash, probe
from search.media.ocr import Reading
from search.models import Claim, Embedding, Meme, Sighting, Source

UPLOAD_FACTS = (
    "added_by", "title", "kind", "format", "width", "height", "duration_ms", "size_bytes", "has_sound", "is_stored",
)  # fmt: skip

DERIVED_FACTS = (
    "derived_at", "has_preview", "frame_count", "phash", "color", "width", "height", "duration_ms", "has_sound",
)  # fmt: skip

# What a path says when its file was moved, deleted or replaced; anything else may pass.
NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
WELCOME = (Meme.State.ACTIVE, Meme.State.MISSING)


class TakenOut(Exception):
    """These bytes are known, and somebody has taken them out of the library: they do not come back by themselves.

    `remedy` is what whoever hands them over may ask for instead: `anyway` (they come back), `private` (for their own eyes).
    """

    def __init__(self, remedy: Literal["anyway", "private", ""], is_own: bool) -> None:
        who = "you have" if is_own else "a curator has"
        super().__init__(f"These bytes have been in the library, and {who} taken them out.")
        self.remedy = remedy


class OriginalGone(Exception):
    """The bytes of a meme cannot be read any more; the message says where they were and what to do."""


@dataclass(frozen=True)
class Content:
    """What is known of bytes before they become a meme."""

    sha256: str
    size_bytes: int
    probe: Probe


@dataclass(frozen=True)
class Added:
    meme: Meme
    is_new: bool


@cache
def limits() -> Limits:
    return Limits(
        pixels=settings.MSE_MAX_PIXELS, size_bytes=settings.MSE_MAX_FILE_BYTES, duration_s=settings.MSE_MAX_CLIP_S
    )


def examine(file: BinaryIO, size_bytes: int) -> Content:
    """Hash and identify `file`, a seekable binary file. Raises BadMedia with the reason when it is not to be taken in."""
    if size_bytes > limits().size_bytes:
        raise BadMedia("too-large", f"The file is larger than {limits().size_bytes // 1_000_000} MB.")
    found = probe(file, limits())
    file.seek(0)
    return Content(content_hash(file), size_bytes, found)


def add_many(contents: Sequence[tuple[Content, str]], *, is_stored: bool, added_by: User | None) -> dict[str, Added]:
    """Take shared content in, `(content, title)` each, and say for every hash which meme it is now and whether it is new.

    Content that is there already stays as it is; a meme that was missing is active again. Safe to repeat and to run twice
    at once: whoever comes second finds the meme of the first.
    """
    hashes = {content.sha256 for content, _ in contents}
    known = set(Meme.objects.filter(sha256__in=hashes, private_to=None).values_list("sha256", flat=True))
    rows = {
        content.sha256: new_meme(content, title=title, is_stored=is_stored, added_by=added_by)
        # Two at once wait for each other's rows: in one order, so that one of them can always go on.
        for content, title in sorted(contents, key=lambda one: one[0].sha256)
        if content.sha256 not in known
    }
    Meme.objects.bulk_create(rows.values(), ignore_conflicts=True)
    restore(known)
    memes = Meme.objects.filter(sha256__in=hashes, private_to=None)
    return {meme.sha256: Added(meme, meme.sha256 in rows) for meme in memes}


def restore(hashes: Iterable[str]) -> None:
    """Shared memes that had gone missing and were seen again are active again."""
    states.move(Meme.objects.filter(sha256__in=list(hashes), private_to=None), states.Action.FIND)


def new_meme(content: Content, *, title: str, is_stored: bool, added_by: User | None) -> Meme:
    """An unsaved meme of `content`."""
    found = content.probe
    return Meme(
        sha256=content.sha256,
        added_by=added_by,
        title=title[:300],
        kind=found.kind.value,
        format=found.format,
        width=found.width,
        height=found.height,
        duration_ms=found.duration_ms,
        size_bytes=content.size_bytes,
        has_sound=found.has_sound,
        is_stored=is_stored,
    )


def add_upload(
    file: BinaryIO, size_bytes: int, *, filename: str, user: User, is_private: bool = False, anyway: bool = False
) -> Added:
    """Take in what a person hands over; the bytes are kept in the media store. Repeated, the same meme comes back.

    Raises BadMedia when the content is refused, TakenOut when somebody did not want it (unless `anyway` is asked for by one
    who may bring it back), and OSError when the store is full; then nothing is kept.
    """
    content = examine(file, size_bytes)
    owner = user if is_private else None
    known = Meme.objects.filter(sha256=content.sha256, private_to=owner)
    with store.alone_with(content.sha256):
        found = known.first()
        shown = found and merging.shown_as(found)
        if shown is not None and shown != found and shown.state == Meme.State.ACTIVE:
            return Added(shown, is_new=False)
        _let_in(found, user, anyway)
        file.seek(0)
        store.put(store.original_key(content.sha256), file)
        draft = new_meme(content, title=Path(filename).stem, is_stored=True, added_by=user)
        facts = {name: getattr(draft, name) for name in UPLOAD_FACTS}
        meme, is_new = Meme.objects.get_or_create(sha256=content.sha256, private_to=owner, defaults=facts)
        _keep_stored(meme, draft.title)
        Sighting.objects.get_or_create(
            source=upload_source(),
            locator=f"{meme.pk}/{user.pk}",
            defaults={"meme": meme, "title": filename[:300], "author": user.username},
        )
    return Added(meme, is_new)


def _let_in(known: Meme | None, user: User, anyway: bool) -> None:
    """Raises TakenOut for what is not to come back, and brings back what is."""
    if known is None or known.state in WELCOME:
        return
    may_return = states.Action.READMIT in states.open_to(user, known)
    if may_return and anyway:
        states.move_one(known, states.Action.READMIT, user)
        return
    is_own = known.private_to_id is not None
    raise TakenOut("anyway" if may_return else "" if is_own else "private", is_own)


def _keep_stored(meme: Meme, title: str) -> None:
    """A meme known from a folder alone now has its bytes in the store; one that was missing is back. A purge took its title."""
    Meme.objects.filter(pk=meme.pk, is_stored=False).update(is_stored=True)
    Meme.objects.filter(pk=meme.pk, title="").update(title=title)
    states.move(Meme.objects.filter(pk=meme.pk), states.Action.FIND)
    meme.refresh_from_db(fields=["is_stored", "state", "title"])


def upload_source() -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.UPLOAD, root="", defaults={"name": "Uploads"})[0]


def open_original(meme: Meme) -> IO[bytes]:
    """The bytes of `meme`, from the store or from a folder that still holds them unchanged. Raises OriginalGone."""
    if meme.is_stored and store.has(store.original_key(meme.sha256)):
        return store.get(store.original_key(meme.sha256))
    if meme.remote_url:
        raise OriginalGone("Its picture has not been got from where it is.")
    present = meme.sightings.filter(source__kind=Source.Kind.FOLDER, missing_since=None, merged_from=None)
    for sighting in present.select_related("source"):
        file = open_in_folder(sighting)
        if file is not None:
            return file
    if meme.is_stored:
        raise OriginalGone("The media store has lost this file: restore it from a backup.")
    raise OriginalGone("The file has been moved or changed since it was read: import its folder again.")


def open_in_folder(sighting: Sighting) -> BinaryIO | None:
    """The file a folder sighting tells of; None when it is gone or no longer the one that was read."""
    path = decode_path(sighting.source.root) / decode_path(sighting.locator)
    try:
        # Never wait on a pipe somebody put there, never follow a link that appeared since.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise
    status = os.fstat(file.fileno())
    if (status.st_size, status.st_mtime_ns) == (sighting.size_bytes, sighting.modified_ns):
        return file
    file.close()
    return None


def keep_derived(meme: Meme, derived: Derived) -> None:
    """Keep thumbnail, preview, frames and facts of `meme`; nothing of one that was purged meanwhile."""
    keep_all_derived([(meme, derived)])


def keep_all_derived(found: Sequence[tuple[Meme, Derived]]) -> None:
    """The same of several, all or nothing: one transaction takes hardly longer than that of one."""
    with store.alone_with(*(meme.sha256 for meme, _ in found)):
        alive = _not_purged(meme for meme, _ in found)
        kept = [(meme, derived) for meme, derived in found if meme.pk in alive]
        # Files first: a row that says they exist never lies.
        for meme, derived in kept:
            _store_derived(meme, derived)
            for name, value in _derived_facts(derived).items():
                setattr(meme, name, value)
        Meme.objects.bulk_update([meme for meme, _ in kept], DERIVED_FACTS)
        _drop_lone_vectors([meme.pk for meme, _ in kept if meme.frame_count > 1])
        Claim.objects.filter(meme__in=alive, stage=Claim.Stage.MEDIA).delete()


def _drop_lone_vectors(ids: Sequence[int]) -> None:
    """Of clips, where the one that came with a dump stands for all frames: the next sweep makes one of each."""
    others = Embedding.objects.filter(meme=OuterRef("meme"), space=OuterRef("space"), frame__gt=0)
    Embedding.objects.filter(~Exists(others), meme__in=ids).delete()


def _not_purged(memes: Iterable[Meme]) -> list[int]:
    """Their ids, in order, locked in it."""
    rows = Meme.objects.filter(pk__in=[meme.pk for meme in memes]).exclude(state=Meme.State.PURGED).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _store_derived(meme: Meme, derived: Derived) -> None:
    store.put(store.thumbnail_key(meme.sha256), derived.thumbnail)
    if derived.preview is not None:
        store.put(store.preview_key(meme.sha256), derived.preview)
    for number, frame in enumerate(derived.frames):
        store.put(store.frame_key(meme.sha256, number), frame)


def _derived_facts(derived: Derived) -> dict[str, object]:
    """By DERIVED_FACTS; the decoder knows size and length better than the header."""
    return {
        "derived_at": timezone.now(),
        "has_preview": derived.preview is not None,
        "frame_count": max(1, len(derived.frames)),
        "phash": derived.phash,
        "color": derived.dominant_color,
        "width": derived.probe.width,
        "height": derived.probe.height,
        "duration_ms": derived.probe.duration_ms,
        "has_sound": derived.probe.has_sound,
    }


def keep_reading(meme: Meme, reading: Reading) -> None:
    """Keep the text found in `meme`, unless it was purged meanwhile. Vectors that depend on text are dropped, so that the next
    sweep makes them anew."""
    keep_readings([(meme, reading)])


def keep_readings(found: Sequence[tuple[Meme, Reading]]) -> None:
    """The same of several, all or nothing."""
    with transaction.atomic():
        alive = _not_purged(meme for meme, _ in found)
        kept = [(meme, reading) for meme, reading in found if meme.pk in alive]
        for meme, reading in kept:
            meme.text_read_at, meme.text = timezone.now(), reading.text.replace("\x00", "")
            meme.text_boxes = [{"text": box.text, "score": box.score, "quad": box.quad} for box in reading.boxes]
        Meme.objects.bulk_update([meme for meme, _ in kept], ["text_read_at", "text", "text_boxes"])
        Embedding.objects.filter(meme__in=alive, space__reads_text=True).delete()
        Claim.objects.filter(meme__in=alive, stage=Claim.Stage.TEXT).delete()
