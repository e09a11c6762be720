"""The weights of a dictionary in the media store, where every worker finds them."""

import hashlib
import logging
import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.utils import timezone

from search import store
from search.models import ConceptModel, EmbeddingSpace
from search.sae import BadCheckpoint, Checkpoint, load, save
from search.sae.checkpoint import WEIGHTS

log = logging.getLogger(__name__)

FOLDER = "concepts"
ORPHANED_AFTER = timedelta(days=1)  # no learning takes as long to write its row as that


def key(file: str) -> str:
    """Where the store keeps weights; `file` is their checksum."""
    return f"{FOLDER}/{file[:2]}/{file}.safetensors"


def name_of(space: EmbeddingSpace) -> str:
    """How weights say which space they belong to."""
    return f"{space.name} {space.revision}"


def keep(checkpoint: Checkpoint) -> str:
    """Returns the checksum. Raises OSError when the store is full or away."""
    with tempfile.TemporaryDirectory() as name:
        save(checkpoint, Path(name))
        data = (Path(name) / WEIGHTS).read_bytes()
    file = hashlib.sha256(data).hexdigest()
    store.put(key(file), data, renew=True)
    return file


def read(model: ConceptModel) -> Checkpoint:
    """Raises BadCheckpoint for weights that are gone, damaged, of another space or version; OSError when the store is away."""
    return _read(model.file, name_of(model.space))


@lru_cache(maxsize=1)
def _read(file: str, space: str) -> Checkpoint:
    try:
        with store.get(key(file)) as kept:
            data = kept.read()
    except FileNotFoundError as error:
        raise BadCheckpoint("The weights of these concepts are gone.") from error
    if hashlib.sha256(data).hexdigest() != file:
        raise BadCheckpoint("The weights of these concepts were damaged.")
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / WEIGHTS).write_bytes(data)
        return load(Path(name), space=space)


def drop(file: str) -> None:
    """Nothing is kept of these weights. Raises OSError when the store is away."""
    if file:
        store.drop(key(file))


def let_go(file: str) -> None:
    """The same; what the store does not drop now is an orphan."""
    try:
        drop(file)
    except OSError as error:
        log.warning("%s is kept for now: %s", key(file), error)


def forget_orphans() -> None:
    """Weights that no dictionary names for a day: of workers that were overtaken or died, and what could not be dropped.

    Raises OSError when the store is away. Repeated, nothing.
    """
    keys = list(store.older_than(FOLDER, timezone.now() - ORPHANED_AFTER))
    found = {one.rsplit("/", 1)[-1].partition(".")[0] for one in keys}
    for file in found - set(ConceptModel.objects.filter(file__in=found).values_list("file", flat=True)):
        let_go(file)
