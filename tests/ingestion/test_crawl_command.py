"""`manage.py crawl` reads a source by its name and says what came of it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ingestion import crawling
from search.models import Source
from tests.drawing import write

pytestmark = pytest.mark.django_db


def crawl(*words: str) -> str:
    out = io.StringIO()
    call_command("crawl", *words, stdout=out)
    return out.getvalue()


def test_it_reads_a_source_by_name_or_number_and_lists_all_of_them(folder: Path) -> None:
    crawling.import_folder(folder)
    write(folder / "new.png", seed=99)
    assert "1 added, 6 known" in crawl("Memes")
    assert "0 added, 7 known" in crawl(str(Source.objects.get().pk))
    assert "memes (folder): ok, 7 memes" in crawl()


def test_what_it_cannot_read_is_an_error_with_a_reason(folder: Path) -> None:
    with pytest.raises(CommandError, match="no source called cats"):
        crawl("cats")
    crawling.import_folder(folder)
    gone = folder.rename(folder.with_name("unplugged"))
    with pytest.raises(CommandError, match="cannot be read"):
        crawl("memes")
    folder.symlink_to(gone)
    with pytest.raises(CommandError, match="links are not followed"):
        crawl("memes")
    Source.objects.create(kind="feed", name="memes", root="https://a.example/")
    with pytest.raises(CommandError, match="Several sources"):
        crawl("memes")
