"""Dumps are read in blocks; what is wrong with them costs that much of them, and is said."""

import itertools
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingestion.crawlers import dump_arrays
from ingestion.crawlers.base import SourceGone
from ingestion.crawlers.dump import Block, blocks, ended
from tests.ingestion.dumping import DIMS, arrays, record, records, rows, unit_vectors


def read(root: Path, cursor: Any = None, size: int = 4) -> list[Block]:
    return list(blocks(root, cursor or {}, dims=DIMS, size=size))


def told(found: list[Block]) -> list[str]:
    return [one.url.rpartition("/")[2] for block in found for one in block.records]


def faults(found: list[Block]) -> dict[str, tuple[int, str]]:
    """By code: how many, and what is said."""
    return {one.code: (one.count, one.reason) for block in found for one in block.faults}


def dump(folder: Path, kind: str, count: int = 10) -> Path:
    vectors = unit_vectors(count)
    if kind == "arrays":
        arrays(folder, 0, rows(count), vectors)
    else:
        records(folder / "memes.msgpack.zst", [record(number, vectors[number]) for number in range(count)])
    return folder


@pytest.mark.parametrize("kind", ["arrays", "records"])
def test_every_record_comes_with_its_own_vector_in_blocks(tmp_path: Path, kind: str) -> None:
    found = read(dump(tmp_path, kind))
    assert told(found) == [f"{number}.png" for number in range(10)]
    assert max(len(block.records) for block in found) <= 4
    np.testing.assert_allclose(np.concatenate([block.vectors for block in found]), unit_vectors(10), atol=1e-3)
    first = found[0].records[0]
    assert (first.width, first.height, first.posted_at) == (640, 480, datetime.fromtimestamp(1_600_000_000, UTC))
    assert not any(block.skipped or block.faults for block in found)


@pytest.mark.parametrize("kind", ["arrays", "records"])
def test_reading_goes_on_behind_any_block(tmp_path: Path, kind: str) -> None:
    whole = read(dump(tmp_path, kind), size=3)
    for number, block in enumerate(whole):
        rest = read(tmp_path, block.cursor, size=3)
        assert told(whole[: number + 1]) + told(rest) == told(whole)
        assert not rest or not rest[0].is_first
    assert read(tmp_path, whole[-1].cursor) == []


def test_parts_come_in_the_order_of_their_numbers_and_changed_ones_again(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        arrays(tmp_path, number, rows(2, start=100 * number), unit_vectors(2))
    found = read(tmp_path)
    assert told(found) == ["200.png", "201.png", "900.png", "901.png", "1000.png", "1001.png"]
    arrays(tmp_path, 9, rows(3, start=300), unit_vectors(3))
    assert told(read(tmp_path, found[-1].cursor)) == ["300.png", "301.png", "302.png"]


def test_a_part_that_cannot_be_opened_is_read_by_the_next_run(tmp_path: Path) -> None:
    paths = [records(tmp_path / f"{name}.zst", [record(name, unit_vectors(1)[0])]) for name in range(3)]
    run = blocks(tmp_path, {}, dims=DIMS)
    found = [next(run)]
    aside = paths[1].rename(tmp_path / ".aside")
    paths[1].symlink_to(aside)
    found += run
    assert told(found) == ["0.png", "2.png"]
    assert "cannot be read" in faults(found)["unreadable"][1]
    aside.rename(paths[1])
    assert read(tmp_path, found[-1].cursor) == []  # not in each slice of the same run
    assert told(read(tmp_path, ended(found[-1].cursor))) == ["1.png"]


def test_what_records_say_is_taken_over(tmp_path: Path) -> None:
    entry = record(1, unit_vectors(1)[0], over_18=True, score=7, permalink="https://memes.example/1")
    (found,) = read(records(tmp_path / "one.msgpack.zst", [entry]))[0].records
    assert (found.title, found.author, found.community) == ("record 1", "somebody", "memes")
    assert (found.score, found.is_nsfw, found.mime) == (7, True, "image/png")
    assert found.permalink == "https://memes.example/1"


def test_vectors_become_unit_and_useless_ones_are_left_out_with_a_reason(tmp_path: Path) -> None:
    vectors = unit_vectors(6).astype(np.float32) * 3
    vectors[1, 2], vectors[2, 0], vectors[3] = np.nan, np.inf, 0
    arrays(tmp_path, 0, rows(6), vectors)
    found = read(tmp_path)
    assert told(found) == ["0.png", "4.png", "5.png"]
    norms = np.linalg.norm(np.concatenate([block.vectors for block in found]).astype(np.float32), axis=1)
    np.testing.assert_allclose(norms, 1, atol=2e-3)
    assert faults(found)["not-finite"][0] == 2
    assert faults(found)["zero"] == (
        1,
        "1 of its vectors are nothing but zeros: make the dump anew from those pictures.",
    )
    assert sum(block.skipped for block in found) == 3


@pytest.mark.parametrize(
    "address", [None, 7, "", "ftp://memes.example/1", "/r/memes/1", "https://memes.example/a b", "https://a/" + "x" * 2000]
)  # fmt: skip
def test_a_record_that_nobody_could_see_is_left_out(tmp_path: Path, address: Any) -> None:
    vectors = unit_vectors(2)
    path = records(tmp_path / "a.zst", [record(0, vectors[0], url=address), record(1, vectors[1])])
    found = read(path)
    assert told(found) == ["1.png"]
    assert faults(found)["no-address"][0] == 1


@pytest.mark.parametrize("date", [10**17, -(10**9), 0, float("nan"), float("inf"), "yesterday", [1], True])
def test_a_date_that_no_post_can_have_is_left_out_and_the_record_is_not(tmp_path: Path, date: Any) -> None:
    (first, *_) = found = read(records(tmp_path / "a.zst", [record(0, unit_vectors(1)[0], timestamp=date)]))
    assert first.records[0].posted_at is None
    assert faults(found)["odd-date"][0] == 0
    assert first.skipped == 0


def test_entries_that_are_no_records_and_vectors_of_another_length_are_counted(tmp_path: Path) -> None:
    vectors = unit_vectors(3)
    entries = [7, ["a"], {1: 2}, record(0, vectors[0], embedding=b"short"), record(1, vectors[1], embedding="text"),
               record(2, vectors[2])]  # fmt: skip
    found = read(records(tmp_path / "a.zst", entries))
    assert told(found) == ["2.png"]
    assert {code: count for code, (count, _) in faults(found).items()} == {"not-a-record": 3, "dims": 2}


@pytest.mark.parametrize("share", [0.02, 0.3, 0.999])
def test_a_file_that_was_cut_off_gives_what_stands_before(tmp_path: Path, share: float) -> None:
    vectors = (
        np.random.default_rng(0).standard_normal((4000, DIMS)).astype(np.float16)
    )  # too much for one piece of zstandard
    path = records(tmp_path / "a.msgpack.zst", [record(number, vectors[number]) for number in range(4000)])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    found = read(path, size=500)
    assert told(found) == [f"{number}.png" for number in range(len(told(found)))]
    assert len(told(found)) < 4000
    assert set(faults(found)) & {"cut-off", "empty"}
    assert "get the file again" in found[-1].broken


BOMBS = {
    "a list of four billion": b"\xdd\xff\xff\xff\xff",
    "a map of four billion": b"\xdf\xff\xff\xff\xff\xa1a",
    "a text of four gigabytes": b"\xdb\xff\xff\xff\xff",
    "bytes of four gigabytes": b"\xc6\xff\xff\xff\xff",
    "nested without end": b"\x91" * 100_000,
    "a key that cannot be one": b"\x81\x90\x01",
    "nothing that there is": b"\xc1",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_the_file_and_not_the_run(tmp_path: Path, bomb: bytes) -> None:
    vectors = unit_vectors(2)
    good = [msgpack.packb(record(number, vectors[number])) for number in range(2)]
    (tmp_path / "a.msgpack.zst").write_bytes(zstandard.compress(good[0] + bomb + b"\0" * 5_000_000))
    (tmp_path / "b.msgpack").write_bytes(good[1])
    found = read(tmp_path)
    assert told(found) == ["0.png", "1.png"]
    assert faults(found)["damaged"][0] == 1


def test_a_record_of_nothing_but_empty_maps_ends_the_file_before_the_memory(tmp_path: Path) -> None:
    vector = unit_vectors(1)[0]
    long = record(0, vector, note="x" * 250_000)
    path = records(tmp_path / "a.zst", [long, {"url": [[{}] * 10_000] * 200}])  # 2 MB, of 64 times that as objects
    tracemalloc.start()
    try:
        found = read(path)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told(found) == ["0.png"]
    assert "record number 2 cannot be read" in found[-1].broken
    assert peak_bytes < 60_000_000


def test_a_text_that_a_whole_table_repeats_is_in_memory_once(tmp_path: Path) -> None:
    count, text = 2_000, "x" * 100_000  # 200 MB in 5 KB
    caption = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([text]))
    urls = pa.array([post["url"] for post in rows(count)])
    fields = pa.array([{"author": "somebody", "width": 640, "height": 480}] * count)
    arrays(tmp_path, 0, rows(1), unit_vectors(count))
    table = pa.table({"url": urls, "Caption": caption, "metadata": fields})
    pq.write_table(table, tmp_path / "metadata/metadata_0.parquet")
    before_bytes = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        first, *_ = blocks(tmp_path, {}, dims=DIMS, size=count)
        peak_bytes = tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes() - before_bytes
    finally:
        tracemalloc.stop()
    assert len(first.records) == count
    last = first.records[-1]
    assert (last.title, last.author, last.width) == ("x" * 2000, "somebody", 640)
    assert peak_bytes < 50_000_000


def test_a_row_group_beyond_what_fits_into_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays(tmp_path, 0, rows(5), unit_vectors(5))
    monkeypatch.setattr(dump_arrays, "MAX_GROUP_BYTES", 100)
    assert "write it with smaller ones (row_group_size)" in read(tmp_path)[0].broken


def test_what_is_not_zstandard_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "a.zst").write_bytes(b"<html>not found</html>")
    assert "zstandard cannot unpack it" in read(tmp_path)[0].broken


def broken_arrays(folder: Path, what: str) -> None:
    vectors: Any = unit_vectors(5)
    posts: list[dict[str, Any]] = rows(5)
    match what:
        case "counts":
            vectors = unit_vectors(4)
        case "dims":
            vectors = unit_vectors(5, dims=DIMS + 1)
        case "integers":
            vectors = np.ones((5, DIMS), np.int32)
        case "flat":
            vectors = np.ones(5, np.float32)
        case "in columns":
            vectors = np.asfortranarray(vectors)
        case "no url":
            posts = [{"caption": "a"}] * 5
        case "url of bytes":
            posts = [{"url": b"https://i.memes.example/1.png"}] * 5
    arrays(folder, 0, posts, vectors)
    match what:
        case "no metadata":
            (folder / "metadata/metadata_0.parquet").unlink()
        case "not parquet":
            (folder / "metadata/metadata_0.parquet").write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
        case "not numpy":
            (folder / "img_emb/img_emb_0.npy").write_bytes(b"rubbish")
        case "pickled":
            np.save(folder / "img_emb/img_emb_0.npy", np.array([{}] * 5, object), allow_pickle=True)
        case "link":
            (folder / "elsewhere").mkdir()
            (folder / "img_emb/img_emb_0.npy").rename(folder / "elsewhere/.hidden.npy")
            (folder / "img_emb/img_emb_0.npy").symlink_to(folder / "elsewhere/.hidden.npy")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("counts", "4 vectors and metadata_0.parquet has 5 rows"),
        ("dims", "9 numbers and those of the chosen space 8"),
        ("integers", "not a vector of floating-point numbers"),
        ("flat", "not a vector of floating-point numbers"),
        ("in columns", "numpy.ascontiguousarray"),
        ("no url", "no column of addresses (url) as texts; its columns are caption"),
        ("url of bytes", "no column of addresses (url) as texts; its columns are url"),
        ("no metadata", "There is no metadata_0.parquet"),
        ("not parquet", "metadata_0.parquet cannot be read as Parquet"),
        ("not numpy", "no .npy file"),
        ("pickled", "not a vector of floating-point numbers"),
    ],
)
def test_arrays_that_cannot_be_read_are_left_out_and_the_next_are_not(tmp_path: Path, what: str, said: str) -> None:
    broken_arrays(tmp_path, what)
    arrays(tmp_path, 1, rows(2, start=50), unit_vectors(2))
    found = read(tmp_path)
    assert told(found) == ["50.png", "51.png"]
    assert said in found[0].broken
    assert next(itertools.chain(*(block.faults for block in found))).reason == found[0].broken


def test_an_array_that_was_cut_off_gives_what_stands_before(tmp_path: Path) -> None:
    arrays(tmp_path, 0, rows(10), unit_vectors(10))
    path = tmp_path / "img_emb/img_emb_0.npy"
    path.write_bytes(path.read_bytes()[: -3 * 2 * DIMS - 1])
    found = read(tmp_path)
    assert told(found) == [f"{number}.png" for number in range(6)]
    assert faults(found)["cut-off"][0] == 4
    assert "after 6 of 10 vectors" in found[-1].broken


def test_a_folder_without_a_dump_says_what_one_is(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    broken_arrays(tmp_path, "link")  # which is not followed
    with pytest.raises(SourceGone, match=r"img_emb/img_emb_0\.npy"):
        read(tmp_path)
