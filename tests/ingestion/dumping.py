"""Small dumps, made as other programs make large ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from ingestion.models import Subscription
from search.locators import encode_path
from search.models import EmbeddingSpace, Source

DIMS = 8


def unit_vectors(count: int, seed: int = 0, dims: int = DIMS) -> npt.NDArray[np.float16]:
    block = np.random.default_rng(seed).standard_normal((count, dims))
    return (block / np.linalg.norm(block, axis=1, keepdims=True)).astype(np.float16)


def rows(count: int, start: int = 0, host: str = "https://i.memes.example") -> list[dict[str, Any]]:
    return [
        {
            "url": f"{host}/{number}.png", "caption": f"meme number {number}", "key": f"{number:05}",
            "timestamp": 1_600_000_000 + number, "width": 640, "height": 480, "NSFW": "UNLIKELY",
        }
        for number in range(start, start + count)
    ]  # fmt: skip


def arrays(folder: Path, number: int, posts: Sequence[Mapping[str, Any]], vectors: npt.NDArray[Any]) -> None:
    """A part in the layout of clip-retrieval, in row groups of a few rows."""
    for name in ("img_emb", "metadata"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    np.save(folder / "img_emb" / f"img_emb_{number}.npy", vectors)
    table = pa.Table.from_pylist([dict(post) for post in posts])
    pq.write_table(table, folder / "metadata" / f"metadata_{number}.parquet", row_group_size=7)


def record(number: int, vector: npt.NDArray[np.float16], **changes: Any) -> dict[str, Any]:
    return {
        "url": f"https://i.memes.example/{number}.png", "id": f"t3_{number}", "title": f"record {number}", "subreddit": "memes",
        "author": "somebody", "timestamp": 1_600_000_000 + number, "embedding": vector.tobytes(),
        "metadata": {"mime_type": "image/png", "original_file_size": 1000, "dimension": [640, 480]}, **changes,
    }  # fmt: skip


def records(path: Path, entries: Sequence[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.compress(b"".join(msgpack.packb(entry) for entry in entries)))
    return path


def source_of(path: Path, space: EmbeddingSpace, name: str = "a dump", *, fetches_pictures: bool = False) -> Source:
    source = Source.objects.create(kind=Source.Kind.DUMP, name=name, root=encode_path(path))
    options = {"space": space.pk, "fetches_pictures": fetches_pictures}
    Subscription.objects.create(source=source, options=options)
    return source


def again(source: Source) -> None:
    Subscription.objects.filter(source=source).update(cursor={})
