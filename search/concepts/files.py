"""The weights of a dictionary in the media store, where every worker finds them."""

import hashlib
import tempfile
from functools import lru_cache
from pathlib import Path

from search import store
from search.models import ConceptModel, EmbeddingSpace
from search.sae import BadCheckpoint, Checkpoint, load, save
from search.sae.checkpoint import WEIGHTS

FOLDER = "concepts"


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
