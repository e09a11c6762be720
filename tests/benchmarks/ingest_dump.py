"""How fast a dump of vectors is loaded, and in how much memory: `python -m tests.benchmarks.ingest_dump`."""

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.full_library import phrase, vocabulary
from tests.benchmarks.ingest_site import empty_site
from tests.benchmarks.report import Figure, Report, figure, main

RECORDS, QUICK_RECORDS = 200_000, 40_000
PART_RECORDS = 100_000
DIMS = 768
SUBREDDITS, AUTHORS = 20, 5_000


def measure_dump(quick: bool) -> list[Figure]:
    """Loaded twice, by a process of its own: everything, then the same records again with the vectors of another space."""
    records = QUICK_RECORDS if quick else RECORDS
    with empty_site() as site:
        write(site.folder / "dump", records)
        found = json.loads(site.result("ingest_dump", "load", site.folder / "dump", records))
    return [
        figure("dump: vectors by COPY, change feed and all", found["vectors_per_s"], "vectors/s", bound=">= 20000"),
        figure("dump: everything, memes and where they were seen too", found["records_per_s"], "records/s"),
        figure("dump: most memory of the loader", found["peak_mb"], "MB", bound="< 500"),
    ]  # fmt: skip


def write(folder: Path, records: int) -> None:
    """In the layout of clip-retrieval: a part for every PART_RECORDS, 16-bit floats of unit norm."""
    dice = np.random.default_rng(3)
    chance, words = random.Random(3), vocabulary()
    for part, start in enumerate(range(0, records, PART_RECORDS)):
        count = min(PART_RECORDS, records - start)
        block = dice.standard_normal((count, DIMS), np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        for name in ("img_emb", "metadata"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        np.save(folder / "img_emb" / f"img_emb_{part}.npy", block.astype(np.float16))
        numbers = range(start, start + count)
        table = pa.table(
            {
                "url": [f"https://i.memes.example/{number:07}.jpg" for number in numbers],
                "caption": [phrase(chance, words, chance.randint(2, 8)) for _ in numbers],
                "key": [f"{number:09}" for number in numbers],
                "subreddit": [f"community{number % SUBREDDITS}" for number in numbers],
                "author": [f"author{number * 7 % AUTHORS}" for number in numbers],
                "timestamp": [1_500_000_000 + 60 * number for number in numbers],
                "width": [640] * count,
                "height": [480] * count,
                "NSFW": ["UNLIKELY"] * count,
            }
        )
        pq.write_table(table, folder / "metadata" / f"metadata_{part}.parquet")


def load(folder: Path, records: int) -> dict[str, float]:
    """In the process that this is called in; the first time that something is done is not measured."""
    import django

    django.setup()
    from ingestion import runs
    from ingestion.models import Subscription
    from search.locators import encode_path
    from search.models import EmbeddingSpace, Source

    source = Source.objects.create(kind=Source.Kind.DUMP, name="dump", root=encode_path(folder))
    spaces = [
        EmbeddingSpace.objects.create(name=f"space {n}", revision="1", dims=DIMS, reads_text=False, state="building")
        for n in range(2)
    ]
    took: list[float] = []
    for space in spaces:
        Subscription.objects.update_or_create(source=source, defaults={"options": {"space": space.pk}, "cursor": {}})
        started = time.perf_counter()
        run = runs.crawl(source)
        took.append(time.perf_counter() - started)
        assert not run.error, run.error
        assert space.embeddings.count() == records
    return {"records_per_s": records / took[0], "vectors_per_s": records / took[1], "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory that this process had resident. `getrusage` tells of the one that started it, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def measure(quick: bool) -> Report:
    records = QUICK_RECORDS if quick else RECORDS
    sizes: dict[str, Any] = {"records": records, "dims": DIMS}
    return Report("Dumps", measure_dump(quick), sizes, "most of the records" if quick else "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        print(json.dumps(load(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(measure, __doc__)
