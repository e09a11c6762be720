"""The bytes of memes over HTTP."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from ingestion.crawling import import_folder
from search import indexing, store
from search.models import Meme
from tests.drawing import write
from tests.search.asking import rows
from tests.search.taking_in import take_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def meme(alice: User) -> Meme:
    found = take_in(alice, "red", title='cat "in"\n a/box')
    indexing.derive_media()
    found.refresh_from_db()
    return found


def address(meme: Meme, variant: str = "original") -> str:
    return f"/media/{meme.pk}/{meme.sha256[:8]}/{variant}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_original_is_what_was_uploaded(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.get(address(meme))
    data = body(answer)
    assert len(data) == meme.size_bytes == int(answer.headers["Content-Length"])
    assert Image.open(io.BytesIO(data)).size == (320, 240)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_thumbnail_is_a_webp(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.get(address(meme, "thumbnail"))
    assert answer.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(body(answer))).format == "WEBP"


def test_nothing_that_is_served_can_do_anything(alice_client: Client, meme: Meme) -> None:
    headers = alice_client.get(address(meme)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_download_is_named_after_the_title_without_what_a_disk_refuses(alice_client: Client, meme: Meme) -> None:
    Meme.objects.update(title='../cat "in"\r\na: box')
    inline, download = (
        alice_client.get(address(meme) + end).headers["Content-Disposition"] for end in ("", "?download")
    )
    assert inline == 'inline; filename="cat ina box.png"'
    assert download == 'attachment; filename="cat ina box.png"'


@pytest.mark.parametrize(
    ("header", "content_range", "expected"),
    [("bytes=0-3", "bytes 0-3/{}", slice(0, 4)), ("bytes=-4", "bytes {0}-{1}/{2}", slice(-4, None))],
)
def test_a_part_of_a_file_can_be_asked_for(
    header: str, content_range: str, expected: slice, alice_client: Client, meme: Meme
) -> None:
    whole, size = body(alice_client.get(address(meme))), meme.size_bytes
    answer = alice_client.get(address(meme), headers={"Range": header})
    assert answer.status_code == 206
    assert body(answer) == whole[expected]
    numbers = (size - 4, size - 1, size) if "{0}" in content_range else (size,)
    assert answer.headers["Content-Range"] == content_range.format(*numbers)
    assert answer.headers["Content-Length"] == "4"


def test_a_part_beyond_the_end_is_refused(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.get(address(meme), headers={"Range": f"bytes={meme.size_bytes}-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{meme.size_bytes}"
    assert "Cache-Control" not in answer.headers


def test_a_part_of_another_version_becomes_the_whole_file(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.get(address(meme), headers={"Range": "bytes=0-3", "If-Range": '"another"'})
    assert (answer.status_code, len(body(answer))) == (200, meme.size_bytes)
    etag = answer.headers["ETag"]
    assert alice_client.get(address(meme), headers={"Range": "bytes=0-3", "If-Range": etag}).status_code == 206


def test_what_the_browser_has_is_not_sent_again(alice_client: Client, meme: Meme) -> None:
    etag = alice_client.get(address(meme)).headers["ETag"]
    answer = alice_client.get(address(meme), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == etag


def test_head_tells_the_size_without_the_bytes(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.head(address(meme))
    assert answer.headers["Content-Length"] == str(meme.size_bytes)
    assert body(answer) == b""


@pytest.mark.parametrize("variant", ["preview", "frame-0", "frame-99999", "html", "original.svg", "thumbnail.webp"])
def test_what_was_not_made_is_not_there(variant: str, alice_client: Client, meme: Meme) -> None:
    assert alice_client.get(address(meme, variant)).status_code == 404


def test_there_is_no_thumbnail_before_it_was_made(alice_client: Client, alice: User) -> None:
    assert alice_client.get(address(take_in(alice, "green"), "thumbnail")).status_code == 404


def test_frames_of_clips_are_there(alice_client: Client, meme: Meme) -> None:
    Meme.objects.update(kind="animation", frame_count=2)
    store.put(store.frame_key(meme.sha256, 1), b"RIFF1234WEBP")
    assert body(alice_client.get(address(meme, "frame-1"))) == b"RIFF1234WEBP"
    assert alice_client.get(address(meme, "frame-2")).status_code == 404


def test_another_version_in_the_address_is_not_there(alice_client: Client, meme: Meme) -> None:
    assert alice_client.get(f"/media/{meme.pk}/00000000/original").status_code == 404


def test_a_lost_original_says_what_happened(alice_client: Client) -> None:
    (lost,) = rows(1)
    answer = alice_client.get(address(lost))
    assert answer.status_code == 404
    assert b"restore it from a backup" in answer.content
    assert "Cache-Control" not in answer.headers


def test_a_file_in_a_folder_is_served_from_there(alice_client: Client, tmp_path: Path) -> None:
    write(tmp_path / "memes" / "green.jpg", "green")
    import_folder(tmp_path / "memes")
    (meme,) = Meme.objects.all()
    answer = alice_client.get(address(meme))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert body(answer) == (tmp_path / "memes" / "green.jpg").read_bytes()


def test_others_and_strangers_get_nothing_of_what_is_private(client: Client, alice: User, bob: User) -> None:
    meme = take_in(alice, "red", is_private=True)
    assert client.get(address(meme)).status_code == 404
    client.force_login(bob)
    assert client.get(address(meme)).status_code == 404
    client.force_login(alice)
    assert client.get(address(meme)).status_code == 200


@pytest.mark.parametrize("state", ["hidden", "trashed", "missing", "purged"])
def test_what_is_not_active_is_not_served(state: str, alice_client: Client, meme: Meme) -> None:
    Meme.objects.update(state=state)
    assert alice_client.get(address(meme)).status_code == 404


def test_the_address_only_reads(alice_client: Client, meme: Meme) -> None:
    assert alice_client.post(address(meme)).status_code == 405


def test_a_picture_costs_three_queries(alice_client: Client, meme: Meme, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # session, user, meme
        alice_client.get(address(meme, "thumbnail"))
